"""The demo's ending: the story as the API tells it, for people and for machines."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

import seeds
from app import drawing
from app.analytics import Picture
from app.cli.caller import Caller
from app.graph import GraphEdge, GraphNode
from app.log import shown

Ask = Callable[..., dict[str, Any]]

_STORY = """
query Story($host: String!, $since: DateTime!) {
  alerts(first: 200, orderBy: {field: AT, direction: ASC},
         filter: {hostname: $host, since: $since, isComposite: false, state: [RAISED, WITHDRAWN]}) {
    nodes { id rule title severity state at message reason entities { role node { id } } }
  }
  compositeAlerts(first: 20, orderBy: {field: AT, direction: ASC}, filter: {since: $since}) {
    nodes {
      id rule title severity state at message score host { hostname }
      evidence { ... on Alert { id rule at message } }
    }
  }
  host(hostId: $host) {
    investigations(first: 20) {
      nodes {
        phase score missing openedAt lastAt lapsesAt warnedAt compositeAt
        course { at alertId score missing }
      }
    }
  }
}
"""
_PICTURE = """
query Picture($id: ID!) {
  alert(id: $id) {
    graph { notice
      nodes { id kind label properties }
      edges { id kind source target properties }
    }
  }
}
"""
_TO_PASTE = (
    (
        "The composite and what it is made of",
        "{ compositeAlerts { nodes { message at score host { hostname } "
        "evidence { ... on Alert { at rule message } } } } }",
    ),
    (
        "The course of each investigation, and what it still lacks",
        "{ investigations { nodes { host { hostname } phase score missing lapsesAt course { at score missing } } } }",
    ),
    (
        "What is new to the deployment since the story began",
        '{ binaries(filter: {novelSince: {since: "%s"}}) { nodes { label novelSince firstSeen } } }',
    ),
)
_SUBJECTS = ("application", "address", "domain", "file", "effective", "binary")
"""Roles of what an alert is about, as against where and by whom it was seen."""
_DAYS_BEFORE = 8 * 86_400
_COLOURS = {"CRITICAL": "bold red", "HIGH": "red", "MEDIUM": "yellow", "LOW": "cyan"}


def result(ask: Ask, manifest: seeds.Manifest) -> dict[str, Any]:
    """Return what the story ended in: alerts, composites and the timeline."""
    since = _iso(manifest.story_start / 1000 - _DAYS_BEFORE)
    answer = ask(_STORY, host=manifest.host, since=since)
    investigations = answer["host"]["investigations"]["nodes"] if answer["host"] else []
    composites = answer["compositeAlerts"]["nodes"]
    return {
        "story": manifest.story,
        "title": manifest.title,
        "host": manifest.host,
        "alerts": answer["alerts"]["nodes"],
        "composites": composites,
        "investigations": investigations,
        "timeline": _timeline(answer["alerts"]["nodes"], composites, investigations),
        "story_start": _iso(manifest.story_start / 1000),
    }


def _timeline(
    alerts: list[dict[str, Any]], composites: list[dict[str, Any]], investigations: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    scores = {step["alertId"]: step["score"] for one in investigations for step in one["course"]}
    lines = [
        {
            "at": one["at"],
            "what": "alert",
            "rule": one["rule"],
            "severity": one["severity"],
            "state": one["state"],
            "message": one["message"] if one["state"] == "RAISED" else f"{one['message']} Withdrawn: {one['reason']}",
            "score": scores.get(one["id"]),
        }
        for one in alerts
    ]
    for one in investigations:
        if one["warnedAt"]:
            lines.append(
                {
                    "at": one["warnedAt"],
                    "what": "early warning",
                    "rule": "potentially_compromised_host",
                    "severity": "HIGH",
                    "state": "RAISED",
                    "message": "Early warning: what is known so far hangs together.",
                    "score": max(step["score"] for step in one["course"] if step["at"] <= one["warnedAt"]),
                }
            )
    lines += [
        {
            "at": one["at"],
            "what": "composite",
            "rule": one["rule"],
            "severity": one["severity"],
            "state": one["state"],
            "message": one["message"],
            "score": one["score"],
        }
        for one in composites
    ]
    order = {"alert": 0, "early warning": 1, "composite": 2}
    return sorted(lines, key=lambda line: (str(line["at"]), order[str(line["what"])]))


def show(caller: Caller, ask: Ask, told: dict[str, Any], url: str) -> None:
    """Print the story for people."""
    out = caller.out
    out.print(Panel(Text(f"{told['title']}\nHost {told['host']}"), expand=False))
    table = Table(box=None, pad_edge=False)
    for column in ("time (UTC)", "severity", "what", "score", "why it is new, or why it matters"):
        table.add_column(column, overflow="fold", justify="right" if column == "score" else "left")
    for line in told["timeline"]:
        colour = _COLOURS.get(line["severity"], "")
        loud = line["what"] != "alert"
        table.add_row(
            line["at"][:19].replace("T", " "),
            Text(line["severity"], style=colour),
            Text(line["what"].upper() if loud else line["rule"], style=f"bold {colour}" if loud else ""),
            "" if line["score"] is None else f"{line['score']:g}",
            Text(shown(line["message"]), style="bold" if loud else ""),
        )
    out.print(table)
    composites = [one for one in told["composites"] if one["state"] == "RAISED"]
    for one in composites:
        pieces = [piece["at"] for piece in one["evidence"] if "at" in piece]
        minutes = (_moment(max(pieces)) - _moment(min(pieces))) / 60 if pieces else 0.0
        out.print(f"\nFrom the first piece to the last: {minutes:.0f} minutes of the story.")
        out.print(f"\nWhat hangs together ({shown(one['message'])}):\n")
        out.print(drawing.draw(picture(ask, one["id"]), marks(told["alerts"])))
    if not composites:
        phases = ", ".join(f"{one['phase']} ({one['score']:g})" for one in told["investigations"])
        out.print(f"\nNo composite. Investigations of {told['host']}: {phases or 'none'}.")
    seconds = told["seconds"]
    out.print("\n" + ", ".join(f"{name} {value:g} s" for name, value in seconds.items()))
    out.print(f"\nAsk it yourself at {url}/graphql, or by `polygraph query -`:\n")
    for title, document in _TO_PASTE:
        out.print(f"  # {title}")
        out.print(f"  {document % told['story_start'] if '%s' in document else document}\n")


def marks(alerts: list[dict[str, Any]]) -> dict[str, str]:
    """Return the rules that spoke of each node, for the drawing."""
    spoken: dict[str, list[str]] = {}
    for alert in alerts:
        for entity in alert["entities"]:
            if entity["role"] in _SUBJECTS and alert["rule"] not in spoken.setdefault(entity["node"]["id"], []):
                spoken[entity["node"]["id"]].append(alert["rule"])
    return {node: ", ".join(rules) for node, rules in spoken.items()}


def picture(ask: Ask, alert: str) -> Picture:
    """Return an alert's small graph as the API gives it."""
    graph = ask(_PICTURE, id=alert)["alert"]["graph"]
    nodes = tuple(GraphNode(one["id"], _label(one["kind"]), one["properties"]) for one in graph["nodes"])
    edges = tuple(
        GraphEdge(one["id"], one["kind"], one["source"], one["target"], one["properties"]) for one in graph["edges"]
    )
    return Picture(nodes, edges, graph["notice"])


def _label(kind: str) -> str:
    return "".join(part.capitalize() for part in kind.split("_"))


def _iso(seconds: float) -> str:
    from datetime import UTC

    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
