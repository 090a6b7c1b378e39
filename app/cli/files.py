"""Commands over our own files: `check`, `docs`, `new`."""

from enum import StrEnum
from typing import Annotated

import typer

from app.cli.caller import Caller
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
            settings = caller.settings()
            with open_graph(settings) as graph:
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
