"""Commands that keep a deployment running: `intel import`, `retention run`, `dead-letters`."""

from pathlib import Path
from typing import Annotated

import typer

from app import intel, main, queries, retention, schema
from app.api.tokens import new_token, store_token
from app.cli.caller import Caller
from app.errors import ConfigError
from app.log import shown
from app.migrate import ensure

_BATCH = 2_000


def mount(app: typer.Typer, caller: Caller) -> None:
    """Add the commands."""
    intelligence = typer.Typer(help="Threat intelligence.", no_args_is_help=True)
    app.add_typer(intelligence, name="intel")

    @intelligence.command("import")
    def import_(
        file: Annotated[Path, typer.Argument(help="A CSV with the columns type and value at least.")],
        source: Annotated[str | None, typer.Option(help="Who says so, where a line does not.")] = None,
        json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """Take indicators from a CSV; they match what is stored already, and what comes."""
        with main.services(caller.settings()) as given:
            taken, rejected = import_indicators(given, file, source or file.name)
        if json:
            caller.emit({"taken": taken, "rejected": [{"line": line, "reason": why} for line, why in rejected]})
        else:
            for line, why in rejected:
                caller.out.print(f"{shown(file.name)}:{line}: {why}")
            caller.say(f"{taken} indicators taken, {len(rejected)} rejected")
        raise typer.Exit(1 if rejected else 0)

    tokens = typer.Typer(help="Tokens for the API.", no_args_is_help=True)
    app.add_typer(tokens, name="token")

    @tokens.command("new")
    def new(name: Annotated[str, typer.Argument(help="Whose it is; the audit trail names it.")]) -> None:
        """Make a token and print it once; only its hash is stored."""
        with main.open_graph(caller.settings()) as graph:
            ensure(graph, schema.load())
            token = new_token()
            store_token(graph, queries.load(), name, "admin", token)
        caller.out.print(token)

    ageing = typer.Typer(help="Forget what is older than it need be kept.", no_args_is_help=True)
    app.add_typer(ageing, name="retention")

    @ageing.command("run")
    def run(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
        """Delete evidence and behaviour past their days, in small transactions; safe beside running workers."""
        with main.services(caller.settings()) as given:
            done = retention.run(
                given.graph,
                given.schema,
                given.queries,
                evidence_days=given.settings.retention_days,
                behaviour_days=given.settings.behaviour_days,
                progress=lambda name: caller.say(f"forgetting {name}") if caller.err.is_terminal else None,
            )
        if json:
            caller.emit({"clock": done.clock, "gone": done.gone})
        else:
            for name, count in done.gone.items():
                caller.out.print(f"{count:>10} {name}")
            caller.say(f"{sum(done.gone.values())} forgotten")


def import_indicators(given: main.Services, file: Path, source: str) -> tuple[int, list[tuple[int, str]]]:
    """Store a CSV's indicators, wake detection, and return how many, and the lines that were wrong."""
    store = main.writer(given)
    rejected: list[tuple[int, str]] = []
    batch: list[intel.Indicator] = []
    taken = 0

    def flush() -> None:
        nonlocal taken
        if batch:
            given.stream.wake(store.know(batch, given.now()))
            taken += len(batch)
            batch.clear()

    try:
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            for one in intel.read(lines, source):
                if isinstance(one, intel.Indicator):
                    batch.append(one)
                    if len(batch) >= _BATCH:
                        flush()
                else:
                    rejected.append(one)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    flush()
    return taken, rejected
