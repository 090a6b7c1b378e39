"""Files into the stream, for `ingest`, `replay` and `demo`."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import reduce
from operator import or_
from pathlib import Path

import seeds
from app import main, reading, sources
from app.cli.caller import Caller
from app.cli.upkeep import import_indicators
from app.errors import ConfigError, PolygraphError
from app.ingest import Origin, Tally
from app.log import shown
from app.recognise import beginning, recognise
from app.sources import Context, Outcome, Taken

AUTO = "auto"
"""In place of a format: each file's is told from its beginning."""
SETTLES_WITHIN = 900.0
"""Seconds that a step of a story may take until everything is written and evaluated."""


def ingest_files(
    given: main.Services,
    caller: Caller,
    files: Sequence[tuple[str, str]],
    host: str | None = None,
    what: str = "reading",
) -> Tally:
    """Send files (format and name) merged by time, and return what became of their records."""
    take = main.ingest(given, waits=True)
    with ExitStack() as stack:
        readers = [(format, stack.enter_context(reading.opened(name))) for format, name in files]
        progress = stack.enter_context(caller.progress())
        sizes = [reader.size for _, reader in readers]
        bar = progress.add_task(what, total=None if None in sizes else sum(size or 0 for size in sizes))

        def advance(_: int) -> None:
            progress.update(bar, completed=sum(reader.offset for _, reader in readers))

        streams = [_outcomes(format, reader, host, caller.say) for format, reader in readers]
        tally = take.feed_merged(
            reading.merged(streams, _moment), advance, live=any(reader.size is None for _, reader in readers)
        )
        for _, reader in readers:
            if reader.fault:
                caller.say(shown(reader.fault))
    return tally


def _outcomes(
    format: str, reader: reading.Reader, host: str | None, say: Callable[[str], None]
) -> Iterator[tuple[Origin, Outcome]]:
    lines, context = iter(reader), Context(host)
    if format == AUTO:
        head, lines = beginning(lines)
        try:
            found = recognise(head, context)
        except ConfigError as error:
            raise ConfigError(f"{reader.name}: {error}") from error
        format = found.format
        say(shown(f"{reader.name}: {format}, for {found.why}"))
    origin = Origin(reader.name, format, host)
    return ((origin, outcome) for outcome in sources.read(format, lines, context))


def _moment(item: tuple[Origin, Outcome]) -> int | None:
    outcome = item[1]
    return outcome.events[0].at if isinstance(outcome, Taken) and outcome.events else None


def replay_story(
    given: main.Services,
    caller: Caller,
    name: str,
    scale: float = 1.0,
    *,
    began: Callable[[seeds.Manifest], None] = lambda manifest: None,
    before: Callable[[int], None] = lambda step: None,
) -> Tally:
    """Generate a story's raw logs and send them step by step; each step waits until all is evaluated."""
    if name not in seeds.names():
        raise ConfigError(f"there is no story {name!r}; known are: {', '.join(seeds.names())}")
    with tempfile.TemporaryDirectory(prefix="polygraph-") as folder:
        manifest = seeds.write(name, Path(folder), scale=scale)
        began(manifest)
        tallies = [Tally()]
        for number, step in enumerate(manifest.steps):
            before(number)
            caller.say(step.title)
            if step.indicators:
                import_indicators(given, Path(folder) / step.indicators, "seeds")
            files = [(one.format, str(Path(folder) / one.file)) for one in step.ingest]
            if files:
                tallies.append(ingest_files(given, caller, files, what=step.title))
            settle(given, caller)
    return reduce(or_, tallies)


def settle(given: main.Services, caller: Caller) -> None:
    """Wait until everything that was sent is written and evaluated; raises PolygraphError when nothing moves."""
    standing = given.stream.standing()
    total, waited = standing.events, 0.0
    with caller.progress() as progress:
        bar = progress.add_task("writing and detecting", total=max(1, total))
        while not given.stream.wait_until_idle(0.25):
            before, standing = standing, given.stream.standing()
            progress.update(bar, completed=max(0, total - standing.events))
            if standing != before:
                waited = 0.0
            else:
                waited += 0.25
                if waited > SETTLES_WITHIN:
                    raise PolygraphError("nothing is written any more: does a worker run (`polygraph work`)?")
