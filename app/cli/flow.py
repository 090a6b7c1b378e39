"""Commands of the flow: `serve`, `work`, `ingest`, `replay`, `dead-letters`."""

import json as _json
import os
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event
from typing import Annotated

import structlog
import typer
from rich.table import Table

from app import main, sources, worker
from app.cli import dead_letters
from app.cli.caller import API_FILE, Caller
from app.config import Settings
from app.errors import ConfigError, GraphUnavailable, StreamUnavailable
from app.ingest import Tally
from app.log import configure, shown
from app.migrate import ensure, verify
from app.patience import Patience, Stopped
from app.stream import Lease


def _when_ready(settings: Settings, stop: Event, stack: ExitStack, say: Callable[[str], None]) -> main.Services | None:
    """Connect and prepare, waiting for databases that do not answer yet; None when told to stop meanwhile.

    After a power cut everything starts at once, and Neo4j takes the longest.
    """
    patience = Patience(stop, structlog.get_logger(), "the databases do not answer yet")
    while True:
        try:
            with ExitStack() as trying:
                given = trying.enter_context(main.services(settings))
                ensure(given.graph, given.schema)
                verify(given.graph, given.schema)
                for warning in given.stream.open():
                    say(warning)
                stack.push(trying.pop_all())
                patience.over()
                return given
        except (GraphUnavailable, StreamUnavailable) as error:
            try:
                patience.wait(error)
            except Stopped:
                return None


def mount(app: typer.Typer, caller: Caller) -> None:
    """Add the commands."""

    @app.command()
    def serve(
        host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
        port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
        development: Annotated[bool, typer.Option("--development", help="GraphiQL and introspection.")] = False,
        with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
    ) -> None:
        """Run the GraphQL API until it is told to stop."""
        from app.api.serve import run

        settings = caller.settings(host=host, port=port, development=development or None)
        configure(settings.log_format)
        stop = Event()
        worker.stop_on_signals(stop)
        if with_parent:
            end_with_parent(stop)
        file = caller.folder / API_FILE

        def ready(url: str) -> None:
            caller.say(f"GraphQL at {url}/graphql")
            if file.parent.is_dir():
                file.write_text(_json.dumps({"url": url, "pid": os.getpid()}))

        try:
            run(settings, stop, ready)
        finally:
            with suppress(OSError, ValueError):
                if _json.loads(file.read_text())["pid"] == os.getpid():
                    file.unlink()

    @app.command()
    def work(
        workers: Annotated[
            int, typer.Option(min=0, max=64, help="Threads that fold and write: while one folds, another writes.")
        ] = 2,
        detect: Annotated[bool, typer.Option(help="Take part in detection; one process at a time does it.")] = True,
        name: Annotated[str | None, typer.Option(help="Name that stays when this process is started again.")] = None,
        with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
    ) -> None:
        """Run worker and detector until told to stop; what is begun is finished."""
        settings = caller.settings()
        configure(settings.log_format)
        stop = Event()
        worker.stop_on_signals(stop)
        if with_parent:
            end_with_parent(stop)
        with ExitStack() as stack:
            given = _when_ready(settings, stop, stack, caller.say)
            if given is None:
                return
            if settings.metrics_port:
                given.metrics.show_standing(given.stream.standing)
                stack.callback(given.metrics.serve(settings.host, settings.metrics_port))
            lease = Lease(given.stream, settings.lease_ms)
            worker.run(
                given.stream,
                settings,
                name or socket.gethostname(),
                given.now,
                stop,
                writer=main.writer(given),
                workers=workers,
                detector=main.detector(given, lease) if detect else None,
                lease=lease,
                metrics=given.metrics,
            )

    @app.command(name="sources")
    def formats(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
        """List the formats that can be taken, and what of each."""
        found = [(name, sources.source(name)) for name in sources.names()]
        if json:
            caller.emit([{"format": name, "title": one.TITLE, "takes": list(one.TAKES)} for name, one in found])
            return
        table = Table("format", "what writes it", "taken", box=None, pad_edge=False)
        for name, one in found:
            table.add_row(name, one.TITLE, ", ".join(one.TAKES))
        caller.out.print(table)

    @app.command()
    def ingest(
        format: Annotated[
            str, typer.Argument(help=f"One of: {', '.join(sources.names())}; or auto, to have it told from each file.")
        ],
        files: Annotated[list[str], typer.Argument(help="Files (plain or gzip), or - for standard input.")],
        host: Annotated[str | None, typer.Option(help="Host to assume when a record names none.")] = None,
        utc_offset: Annotated[
            str | None, typer.Option(help="How far local times are ahead of UTC: +HH:MM, or minutes.")
        ] = None,
        year: Annotated[
            int | None, typer.Option(min=1970, max=9998, help="Last year of dates without one; else a file's age says.")
        ] = None,
        json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """Take what a sensor wrote; several files are merged by time. Exit code 1 when records were rejected."""
        from app.cli.intake import AUTO, ingest_files, known_of

        if format != AUTO:
            sources.source(format)
        known = known_of(host, utc_offset, year)
        with main.services(caller.settings()) as given:
            given.stream.open()
            tally = ingest_files(given, caller, [(format, name) for name in files], known)
        show(caller, tally, json)
        raise typer.Exit(0 if tally.complete else 1)

    @app.command()
    def replay(
        story: Annotated[str, typer.Argument(help="Name of a story under seeds/.")],
        scale: Annotated[float, typer.Option(min=0.1, help="How much ordinary life; the story stays.")] = 1.0,
        json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """Send a story's raw logs through the pipeline; workers must run (`polygraph work`)."""
        from app.cli.intake import replay_story

        with main.services(caller.settings()) as given:
            given.stream.open()
            tally = replay_story(given, caller, story, scale)
        show(caller, tally, json)
        raise typer.Exit(0 if tally.complete else 1)

    dead_letters.mount(app, caller)


def show(caller: Caller, tally: Tally, json: bool) -> None:
    """Print what became of the records."""
    if json:
        caller.emit(
            {
                "records": tally.records,
                "taken": tally.taken,
                "events": tally.events,
                "ignored": dict(tally.ignored),
                "rejected": dict(tally.rejected),
                "first": tally.first,
                "last": tally.last,
            }
        )
        return
    rejected, ignored = sum(tally.rejected.values()), sum(tally.ignored.values())
    caller.out.print(
        f"{tally.records} records: {tally.taken} taken as {tally.events} events, {ignored} ignored, {rejected} rejected"
    )
    for kind, count in sorted(tally.ignored.items()):
        caller.out.print(f"  ignored  {count:>8}  {shown(kind)}")
    for reason, count in sorted(tally.rejected.items()):
        caller.out.print(f"  rejected {count:>8}  {shown(reason)}")
    if rejected:
        caller.say("what was rejected waits among the dead letters: `polygraph dead-letters`")


def end_with_parent(stop: Event) -> None:
    """Have the end of standard input, which is the parent's end, set `stop`."""
    from threading import Thread

    def watch() -> None:
        # Not through sys.stdin: a thread that waits in its buffer aborts the interpreter at the end.
        while os.read(sys.stdin.fileno(), 4096):
            pass
        stop.set()
        # Whatever hangs must not outlive the parent either.
        Event().wait(20)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def readable(name: str) -> Path:
    """Return a file's path; raises ConfigError when it cannot be read."""
    path = Path(name)
    if not path.is_file():
        raise ConfigError(f"there is no file {name}")
    return path
