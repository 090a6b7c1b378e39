"""`polygraph local`: the local stack by hand.

Mounted by `app.cli`, which hands over the environment and what is to be done once the stack is up. Errors are
left to it as well.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from app.local.jars import default_cache
from app.local.neo4j_server import BENCH, THRIFTY
from app.local.redis_server import Fsync
from app.local.stack import LocalStack, Status, default_folder
from app.local.state import Endpoints

_Folder = Annotated[
    Path | None, typer.Option("--folder", help="Folder of the stack; $POLYGRAPH_HOME or the user's own.")
]
_DOWN = 1  # exit code of `status` when not all is up


class _ProfileName(StrEnum):
    THRIFTY = "thrifty"
    BENCH = "bench"


def local_app(
    env: Mapping[str, str], after_up: Callable[[LocalStack, Endpoints], None] = lambda stack, endpoints: None
) -> typer.Typer:
    """Make the commands; `after_up` is called each time that `up` has succeeded."""
    app = typer.Typer(help="A real Neo4j and a real Redis on this machine, without Docker.", no_args_is_help=True)
    out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)

    def stack(folder: Path | None) -> LocalStack:
        return LocalStack(folder or default_folder(env), cache=default_cache(env))

    @app.command()
    def up(
        folder: _Folder = None,
        profile: Annotated[
            _ProfileName, typer.Option(help="thrifty starts soonest; bench has more memory.")
        ] = _ProfileName.THRIFTY,
        relaxed: Annotated[
            bool, typer.Option("--relaxed", help="Redis syncs once a second: faster, and a crash may lose two seconds.")
        ] = False,
    ) -> None:
        """Start what does not run; it stays until `down`."""
        it = stack(folder)
        fsync: Fsync = "everysec" if relaxed else "always"
        size = BENCH if profile is _ProfileName.BENCH else THRIFTY
        if out.is_terminal:
            with out.status("looking for the stack") as line:
                endpoints = it.up(profile=size, fsync=fsync, progress=line.update)
        else:
            endpoints = it.up(profile=size, fsync=fsync, progress=out.print)
        after_up(it, endpoints)
        _show(out, it.status())

    @app.command()
    def down(
        folder: _Folder = None,
        delete: Annotated[bool, typer.Option("--delete", help="Remove the folder and all data in it.")] = False,
    ) -> None:
        """Stop what runs."""
        it = stack(folder)
        if not it.exists:
            out.print(f"{it.folder} holds no stack")
            return
        it.down(delete=delete)
        out.print(f"{it.folder} is {'deleted' if delete else 'down; its data is kept'}")

    @app.command()
    def status(
        folder: _Folder = None,
        json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """Tell what runs; the exit code is 1 when not all does."""
        now = stack(folder).status()
        if json:
            out.print(msgspec.json.encode(now, enc_hook=str).decode())
        else:
            _show(out, now)
        raise typer.Exit(0 if now.up else _DOWN)

    return app


def _show(out: Console, status: Status) -> None:
    """Print a line a server and where its secrets are, never the secrets."""
    for part in status.parts:
        where = f"127.0.0.1:{part.port}, pid {part.pid}" if part.up else f"log {part.log}"
        out.print(f"{part.name:<6} {'up' if part.up else 'down':<5} {part.version:<8} {where}")
    out.print(f"folder {status.folder} (ports and passwords in stack.json)")
