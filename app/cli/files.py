"""Commands over our own files: `check`, `docs`, `new`."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.caller import Caller
from app.config import Settings
from app.graph import Graph
from app.local import LocalStack, default_cache
from app.main import open_graph


class Kind(StrEnum):
    """What `new` makes."""

    ALERT = "alert"
    COMPOSITE = "composite"
    PIVOT = "pivot"


def mount(app: typer.Typer, caller: Caller) -> None:
    """Add the commands."""

    @app.command()
    def check(
        offline: Annotated[bool, typer.Option("--offline", help="Leave out what only the database can judge.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """Print every fault of schema, queries and cases as `file:line: what`; the exit code is 1 if there are any."""
        from app.check import faults

        if offline:
            found = faults(None)
        else:
            with scratch(caller) as graph:
                found = faults(graph)
        if json:
            caller.emit([{"where": fault.where, "what": fault.what} for fault in found])
        else:
            for fault in found:
                caller.out.print(f"{fault.where}: {fault.what}")
            caller.say("no faults" if not found else f"{len(found)} faults")
        raise typer.Exit(1 if found else 0)

    @app.command()
    def docs() -> None:
        """Write the generated pages anew: the schema's README, its statements, the catalogue of queries."""
        from app.docs import write

        for path in write():
            caller.out.print(str(path))

    @app.command()
    def new(
        kind: Annotated[Kind, typer.Argument(help="What to add.")],
        name: Annotated[str, typer.Argument(help="Its name, snake_case; the file's name.")],
    ) -> None:
        """Write a new detection or pivot and its case file, to be filled in."""
        from app.scaffold import scaffold

        for path in scaffold(kind.value, name):
            caller.out.print(str(path))


@contextmanager
def scratch(caller: Caller) -> Iterator[Graph]:
    """Yield an empty database to judge Cypher by: the one that the environment names, else one of its own.

    Never the user's local stack: what is asked of it there would stay in its list of names.
    """
    settings = Settings.from_env(caller.environment)
    if settings.neo4j_uri is not None:
        with open_graph(settings) as graph:
            yield graph
        return
    with tempfile.TemporaryDirectory(prefix="polygraph-check-") as folder:
        stack = LocalStack(Path(folder) / "stack", cache=default_cache(caller.environment))
        up = stack.up(owner_pid=os.getpid())
        try:
            with Graph(up.neo4j_uri, up.neo4j_user, up.neo4j_password) as graph:
                yield graph
        finally:
            stack.down(delete=True)
