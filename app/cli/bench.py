"""`polygraph bench …`: what this machine does in a second, and whether the aims are met on it.

Databases of its own in a temporary folder; nothing that is up is touched.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer

from app.cli.caller import Caller

_Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
_Workers = Annotated[int, typer.Option(min=1, max=64, help="Threads of the worker that write into the graph.")]
Progress = Callable[[str, int, int], None]


def mount(app: typer.Typer, caller: Caller) -> None:
    """Add the commands."""
    bench = typer.Typer(help="Measure rate, latency, memory and the cost of detection.", no_args_is_help=True)
    app.add_typer(bench, name="bench")

    @bench.command()
    def ingest(
        events: Annotated[int, typer.Option(min=200, help="Events of each run.")] = 30_000,
        rounds: Annotated[int, typer.Option(min=1, help="Runs of each contestant; the median counts.")] = 3,
        workers: _Workers = 2,
        json: _Json = False,
    ) -> None:
        """Events a second from raw line to evaluated alert, next to a naive and to the best hand-written loop."""
        from app.bench import ingest as one
        from app.bench.report import show_ingest

        with _progress(caller) as progress:
            found = one.measure(caller.environment, events=events, rounds=rounds, workers=workers, progress=progress)
        caller.emit(found) if json else show_ingest(caller.out, found)

    @bench.command()
    def latency(
        events: Annotated[int, typer.Option(min=100, help="Events that find the highest rate.")] = 20_000,
        seconds: Annotated[float, typer.Option(min=1, max=400, help="How long life goes on at half of it.")] = 60.0,
        workers: _Workers = 2,
        json: _Json = False,
    ) -> None:
        """Seconds from an event to its alert in a GraphQL subscription, at half of the highest rate."""
        from app.bench import latency as one
        from app.bench.report import show_latency

        with _progress(caller) as progress:
            found = one.measure(caller.environment, events=events, seconds=seconds, workers=workers, progress=progress)
        caller.emit(found) if json else show_latency(caller.out, found)

    @bench.command()
    def memory(
        events: Annotated[int, typer.Option(min=100, help="Events of the run; the aim is for a million.")] = 100_000,
        workers: _Workers = 2,
        json: _Json = False,
    ) -> None:
        """Resident size of worker and detector over a long run."""
        from app.bench import memory as one
        from app.bench.report import show_memory

        with _progress(caller) as progress:
            found = one.measure(caller.environment, events=events, workers=workers, progress=progress)
        caller.emit(found) if json else show_memory(caller.out, found)

    @bench.command()
    def detection(
        events: Annotated[int, typer.Option(min=100, help="Events stored in the smaller graph.")] = 10_000,
        batches: Annotated[int, typer.Option(min=1, max=250, help="New batches evaluated on both.")] = 20,
        json: _Json = False,
    ) -> None:
        """Time to evaluate the same new batches on a graph and on one of ten times its size."""
        from app.bench import detection as one
        from app.bench.report import show_detection

        with _progress(caller) as progress:
            found = one.measure(caller.environment, events=events, batches=batches, progress=progress)
        caller.emit(found) if json else show_detection(caller.out, found)


@contextmanager
def _progress(caller: Caller) -> Iterator[Progress]:
    """Offer one bar that says what is being done; nothing where standard error is no terminal."""
    # Being told to end is an end in order too: what was started is stopped, and its folder deleted.
    signal.signal(signal.SIGTERM, _end)
    with caller.progress() as bars:
        bar = bars.add_task("starting", total=None)

        def show(what: str, done: int, of: int) -> None:
            bars.update(bar, description=what, completed=done, total=of)

        yield show


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
