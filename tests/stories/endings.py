"""What a story ends in, read once so that several tests may look at it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app import queries
from app.graph import Graph
from seeds import Manifest

_BEFORE = 8 * 86_400_000
"""Milliseconds before a story's day on which a variant may begin."""
_ALERTS = """
    MATCH (alert:Alert)
    WHERE alert.at >= $since AND alert.state <> 'LEARNING'
    OPTIONAL MATCH (host:Host {id: alert.host})
    RETURN alert.id AS id, alert.rule AS rule, alert.state AS state, alert.at AS at, alert.reason AS reason,
           alert.composite AS composite, alert.score AS score, coalesce(alert.summary, false) AS summary,
           host.name AS host, COLLECT { MATCH (alert)-[:MADE_OF]->(piece) RETURN piece.id } AS pieces,
           COLLECT { MATCH (alert)-[about:ABOUT]->(node)
                     RETURN [about.role, coalesce(node.name, node.ip, node.sha256)] } AS about
    ORDER BY at, rule, id
"""
_INVESTIGATIONS = """
    MATCH (one:Investigation)-[:CONCERNS]->(host:Host)
    WHERE one.last_at >= $since AND one.phase <> 'SUPERSEDED'
    RETURN host.name AS host, one.phase AS phase, one.warned_at AS warned
"""


@dataclass(frozen=True, slots=True)
class Ending:
    """Alerts and investigations from shortly before the story on; `ever` those of the whole past."""

    alerts: list[dict[str, Any]]
    investigations: list[dict[str, Any]]
    composites_ever: int
    warnings_ever: int

    @classmethod
    def of(cls, graph: Graph, manifest: Manifest) -> "Ending":
        """Read it."""
        since = {"since": manifest.story_start - _BEFORE}
        rows = graph.read(_INVESTIGATIONS, since)
        return cls(
            list(_shown(graph.read(_ALERTS, since))),
            [{**row, "warned": None if row["warned"] is None else minute(row["warned"])} for row in rows],
            graph.read("MATCH (one:Alert {composite: true}) RETURN count(one) AS n")[0]["n"],
            graph.read("MATCH (one:Investigation) RETURN count(one.warned_at) AS n")[0]["n"],
        )

    def weak(self, state: str) -> list[dict[str, Any]]:
        """Return the weak alerts in a state."""
        return [one for one in self.alerts if one["state"] == state and not one["composite"]]

    def composites(self) -> list[dict[str, Any]]:
        """Return the composite alerts."""
        return [one for one in self.alerts if one["composite"]]

    def evidence(self, composite: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what a composite is made of."""
        return [one for one in self.alerts if one["id"] in composite["pieces"]]


def _shown(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    asked = queries.load()
    headers = {name: query.header for name, query in {**asked.alerts, **asked.composites}.items()}
    for row in rows:
        names = dict(row["about"])
        key = {name: names.get(name) for name in headers[row["rule"]].key}
        yield {**row, "minute": minute(row["at"]), "key": key}


def minute(moment: int) -> str:
    """Return a moment as the expectations write it."""
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%MZ")
