"""Files into the stream, for `ingest`, `replay` and `demo`."""

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from pathlib import Path

from msgspec.structs import replace

import seeds
from app import ingest, main, reading
from app.cli.caller import Caller
from app.cli.upkeep import import_indicators
from app.errors import ConfigError, PolygraphError
from app.ingest import Origin, Tally
from app.log import shown
from app.recognise import beginning, recognise
from app.sources import NOTHING_KNOWN, Context, Outcome

AUTO = "auto"
"""In place of a format: each file's is told from its beginning."""
_OFFSET = re.compile(r"([+-]?)(?:(\d{1,2}):([0-5]\d)|([01]\d)([0-5]\d)|(\d{1,3}))", re.ASCII)
_MOST_AHEAD = 18 * 60
SETTLES_WITHIN = 900.0
"""Seconds that a step of a story may take until everything is written and evaluated."""


def ingest_files(
    given: main.Services,
    caller: Caller,
    files: Sequence[tuple[str, str]],
    known: Context = NOTHING_KNOWN,
    what: str = "reading",
) -> Tally:
    """Send files (format and name) merged by time, and return what became of their records.

    `known` is what the records do not say; without `not_after` it is when each file was last written.
    """
    take = main.ingest(given, waits=True)
    with ExitStack() as stack:
        readers = [(format, stack.enter_context(reading.opened(name))) for format, name in files]
        progress = stack.enter_context(caller.progress())
        sizes = [reader.size for _, reader in readers]
        bar = progress.add_task(what, total=None if None in sizes else sum(size or 0 for size in sizes))

        def advance(_: int) -> None:
            progress.update(bar, completed=sum(reader.offset for _, reader in readers))

        streams = [_outcomes(format, reader, known, given.now, caller.say) for format, reader in readers]
        tally = take.feed_merged(
            reading.merged(streams, ingest.moment), advance, live=any(reader.size is None for _, reader in readers)
        )
        for _, reader in readers:
            if reader.fault:
                caller.say(shown(reader.fault))
    return tally


def _outcomes(
    format: str, reader: reading.Reader, known: Context, now: Callable[[], int], say: Callable[[str], None]
) -> Iterator[tuple[Origin, Outcome]]:
    lines = iter(reader)
    context = known if known.not_after is not None else replace(known, not_after=reader.modified)
    if format == AUTO:
        head, lines = beginning(lines)
        try:
            found = recognise(head, context if context.not_after is not None else replace(context, not_after=now()))
        except ConfigError as error:
            raise ConfigError(f"{reader.name}: {error}") from error
        format = found.format
        say(shown(f"{reader.name}: {format}, for {found.why}"))
    return ingest.read(Origin(reader.name, format, context), lines, now)


def known_of(host: str | None, utc_offset: str | None, year: int | None) -> Context:
    """Return what was said on the command line about records; raises ConfigError for an offset that is none."""
    offset = 0 if utc_offset is None else _minutes(utc_offset)
    if year is None:
        return Context(host, utc_offset=offset)
    # The last day of a year bounds it: what a source takes may lie a day beyond what it is given.
    end = datetime(year, 12, 31, tzinfo=UTC).timestamp()
    return Context(host, int(end * 1000) - 1 - offset * 60_000, offset)


def _minutes(utc_offset: str) -> int:
    found = _OFFSET.fullmatch(utc_offset)
    if found is None:
        raise ConfigError(f"--utc-offset {utc_offset}: neither minutes nor hours and minutes such as +02:00")
    sign, hours, minutes, pair, other, alone = found.groups()
    offset = int(alone) if alone else int(hours or pair) * 60 + int(minutes or other)
    if offset > _MOST_AHEAD:
        raise ConfigError(f"--utc-offset {utc_offset}: no clock is that far from UTC")
    return -offset if sign == "-" else offset


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
