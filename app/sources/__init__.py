"""Turn what sensors write into events: one module a format, found by its file name.

First stage of the flow: pure, takes lines of bytes and yields outcomes. Every record that goes in
comes out as exactly one `Taken`, `Ignored` or `Rejected`; nothing that a line may contain raises.

To add a format is to add `app/sources/<format>.py` with the four things that `Source` asks for, and
`tests/golden/sources/<format>/<case>.raw` with its `.events.jsonl`. Nothing lists the formats: a
module here whose name does not start with an underscore is one.

What formats share stands once: cutting lines (`_documents`, `_lists`, `_syslog_documents`), what shippers wrap
around a record (`_envelopes`, `_lenient`), single values (`_values`, `_moments`, `_network`, `_texts`,
`_command_lines`, `_paths`, `_containers`), what was done (`_system_calls`, `_api_calls`, `_syslog_lines`), and the
words for what could not be decoded (`_rejections`). A name such as `_ecs_who` is of its format alone.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from msgspec import Struct

from app.errors import ConfigError, RecordRejected
from app.events import AnyEvent
from app.sources._texts import cleaned, shown

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of one record; what is longer is rejected, and never held in memory whole."""

KEPT_OF_TOO_LONG = 64 * 1024
"""Bytes of a record over the limit that its rejection keeps, enough to recognise it by."""


class Context(Struct, frozen=True):
    """What the one who reads knows and the records do not say."""

    host: str | None = None
    """The host to assume when a record does not name one."""
    not_after: int | None = None
    """Epoch milliseconds that no record lies beyond, but for a day: when the file was last written, or now.
    A date without a year is of the newest year that this allows; where it is not given, such a date is none."""
    utc_offset: int = 0
    """Minutes by which the clock of the one who wrote ran ahead of UTC, for times that do not say so."""


NOTHING_KNOWN = Context()


class Record(Struct, frozen=True):
    """What one record was: all its lines as they came, and the number of the first, from 1."""

    raw: bytes
    line: int

    def whole(self) -> "Record":
        """Return the record so that it can be read by itself, with what stood before others too if that is needed."""
        return self


class Taken(Struct, frozen=True):
    """A record that became events."""

    record: Record
    events: tuple[AnyEvent, ...]


class Ignored(Struct, frozen=True):
    """A record of a kind that is known and deliberately not of interest; counted by `kind`."""

    record: Record
    kind: str


class Rejected(Struct, frozen=True):
    """A record that could not become events, and why, in words for people."""

    record: Record
    reason: str


Outcome = Taken | Ignored | Rejected


class Source(Protocol):
    """What a module of this package offers."""

    @property
    def TITLE(self) -> str:
        """The format's name for people."""
        ...

    @property
    def TAKES(self) -> tuple[str, ...]:
        """What it yields: process, network, dns, file, login, container, privilege, cloud."""
        ...

    @property
    def records(self) -> Callable[[Iterable[bytes]], Iterator[Record]]:
        """Cut lines into records, lazily and in bounded memory; `by_line` where a line is a record."""
        ...

    @property
    def parse(self) -> Callable[[Record, Context], Taken | Ignored]:
        """Say what one record is; raises RecordRejected with the reason when it cannot be told."""
        ...


def by_line(lines: Iterable[bytes]) -> Iterator[Record]:
    """Yield each line that holds more than blanks as a record."""
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if stripped:
            yield Record(stripped, number)


@cache
def names() -> tuple[str, ...]:
    """Return the known formats, sorted."""
    return tuple(sorted(found.name for found in iter_modules(__path__) if not found.name.startswith("_")))


def source(name: str) -> Source:
    """Return the format's module; raises ConfigError that lists the known ones."""
    if name not in names():
        raise ConfigError(f"there is no format {name!r}; known are: {', '.join(names())}")
    return cast(Source, import_module(f"{__name__}.{name}"))


def read(name: str, lines: Iterable[bytes], context: Context | Callable[[], Context]) -> Iterator[Outcome]:
    """Yield the outcome of every record in `lines`, in order and as soon as it is known.

    A line is bytes with or without its end; `app.reading` yields them from files. What is known of an input that
    is still being written changes with time, and is asked for at each record.
    """
    module = source(name)
    parse = module.parse
    known = context if callable(context) else lambda: context
    for record in module.records(lines):
        if len(record.raw) > LONGEST_LINE:
            cut = Record(record.raw[:KEPT_OF_TOO_LONG], record.line)
            yield Rejected(cut, f"longer than {LONGEST_LINE} bytes; only its beginning is kept")
            continue
        outcome: Outcome
        try:
            outcome = parse(record, known())
        except RecordRejected as error:
            outcome = Rejected(record.whole(), error.reason)
        except RecursionError:
            outcome = Rejected(record, "nested too deeply")
        if isinstance(outcome, Taken):
            outcome = Taken(record, tuple(cleaned(event) for event in outcome.events))
        elif isinstance(outcome, Ignored):
            outcome = Ignored(record, shown(outcome.kind))
        yield outcome
