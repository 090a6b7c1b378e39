"""Commands that ask the running API: `query`, `alerts`, `host set`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from app.cli.caller import Caller
from app.errors import ConfigError, PolygraphError
from app.log import shown

_ALERTS = """
query Alerts($first: Int!, $filter: AlertFilter) {
  alerts(first: $first, filter: $filter, orderBy: {field: AT, direction: DESC}) {
    totalCount
    nodes { id rule title severity state status isComposite message at raisedAt score host { hostname } }
  }
}
"""
_HOST = "query Host($id: String!) { host(hostId: $id) { id hostname } }"
_SET_HOST = """
mutation SetHost($id: ID!, $criticality: Criticality, $tags: [String!]) {
  setHost(id: $id, criticality: $criticality, tags: $tags) { hostname criticality tags }
}
"""
_COLOURS = {"CRITICAL": "bold red", "HIGH": "red", "MEDIUM": "yellow", "LOW": "cyan"}


def mount(app: typer.Typer, caller: Caller) -> None:
    """Add the commands."""

    @app.command()
    def query(
        file: Annotated[str, typer.Argument(help="A GraphQL document, or - for standard input.")],
        variable: Annotated[list[str] | None, typer.Option("--var", help="name=JSON, may be repeated.")] = None,
    ) -> None:
        """Send a GraphQL document to the running API and print the answer as JSON."""
        try:
            document = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"cannot read {file}: {error.strerror}") from error
        answer = caller.graphql(document, _variables(variable or []))
        caller.emit(answer)
        if answer.get("errors"):
            raise typer.Exit(1)

    @app.command()
    def alerts(
        first: Annotated[int, typer.Option(help="How many, newest first.")] = 50,
        state: Annotated[str | None, typer.Option(help="RAISED, LEARNING, SUPPRESSED or WITHDRAWN.")] = None,
        composite: Annotated[bool, typer.Option("--composite", help="Composite alerts only.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """List alerts, newest first."""
        wanted: dict[str, Any] = {}
        if state:
            wanted["state"] = [state.upper()]
        if composite:
            wanted["isComposite"] = True
        found = data(caller.graphql(_ALERTS, {"first": first, "filter": wanted or None}))["alerts"]
        if json:
            caller.emit(found["nodes"])
            return
        table = Table(box=None, pad_edge=False)
        for column in ("at", "severity", "rule", "host", "message"):
            table.add_column(column, overflow="fold")
        for one in found["nodes"]:
            host = one["host"]["hostname"] if one["host"] else ""
            table.add_row(
                one["at"],
                Text(one["severity"], style=_COLOURS.get(one["severity"], "")),
                one["rule"],
                shown(host),
                shown(one["message"]),
            )
        caller.out.print(table)
        caller.say(f"{len(found['nodes'])} of {found['totalCount']}")

    host = typer.Typer(help="What people know of a host.", no_args_is_help=True)
    app.add_typer(host, name="host")

    @host.command("set")
    def set_host(
        name: Annotated[str, typer.Argument(help="The host as its sensor names it.")],
        criticality: Annotated[str | None, typer.Option(help="LOW, MEDIUM, HIGH or CRITICAL.")] = None,
        tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag; repeat for several.")] = None,
    ) -> None:
        """Say how critical a host is; composites weigh it in."""
        found = data(caller.graphql(_HOST, {"id": name}))["host"]
        if found is None:
            raise PolygraphError(f"there is no host {name!r}; `polygraph query` with `hosts` lists them")
        values = {"id": found["id"], "criticality": criticality and criticality.upper(), "tags": tag}
        caller.emit(data(caller.graphql(_SET_HOST, values))["setHost"])


def data(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a GraphQL answer; raises PolygraphError with its errors."""
    if answer.get("errors"):
        raise PolygraphError("; ".join(str(one.get("message", one)) for one in answer["errors"]))
    found = answer.get("data")
    if not isinstance(found, dict):
        raise PolygraphError(str(answer.get("error") or answer.get("detail") or "the API answered without data"))
    return found


def _variables(given: list[str]) -> dict[str, Any]:
    import json

    values: dict[str, Any] = {}
    for one in given:
        name, equals, text = one.partition("=")
        if not equals:
            raise ConfigError(f"--var {one!r} is not of the form name=JSON")
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = text
    return values
