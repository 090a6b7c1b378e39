"""The command line: `polygraph …`.

The only reader of the environment; every command gets a `Caller` with it. An error of ours is one
sentence on standard error and exit code 2; anything else is a fault of this program.
"""

import os
import sys
from collections.abc import Mapping

import typer

from app.cli import ask, bench, demo, files, flow, upkeep
from app.cli.caller import Caller
from app.errors import PolygraphError
from app.local.cli import local_app
from app.log import shown

FAILED = 2
"""Exit code when a command could not do what it was asked."""


def build(environment: Mapping[str, str]) -> typer.Typer:
    """Return all commands for one environment."""
    caller = Caller(environment)
    app = typer.Typer(
        help="Open, graph-based security investigation: events, novelty, alerts, one story.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for part in (flow, ask, files, upkeep, demo, bench):
        part.mount(app, caller)
    app.add_typer(local_app(environment, caller.prepare), name="local")
    return app


def main() -> None:
    """Run the command line."""
    try:
        build(os.environ)()
    except PolygraphError as error:
        sys.stderr.write(f"polygraph: {shown(str(error), 2000)}\n")
        sys.exit(FAILED)
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
