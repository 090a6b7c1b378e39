"""Lines of syslog: who wrote what, where and when, in the forms that syslog daemons and journald give them.

Knows how a line begins and nothing of what it says: BSD's form (RFC 3164), with or without a year, and with
ISO times; RFC 5424; and journald's export as JSON. Local times are of the zone that the one who reads gives.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from msgspec import Struct, field

from app.errors import RecordRejected
from app.sources import Context
from app.sources._envelopes import USUAL, line_in
from app.sources._moments import DAY, LAST_MOMENT, MONTHS, midnight, moment
from app.sources._rejections import DECODE_ERRORS, not_json
from app.sources._texts import decoded
from app.sources._values import Value, natural_of, text_of

_LEAP_CYCLE = 9
_BSD = re.compile(
    r"(?:<\d{1,3}>)?([A-Z][a-z]{2}) {1,2}([ 0-3]?\d)(?: (\d{4}))? ([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)"
    r"(?:[.,]\d{1,9})?(?: (\d{4}))?[ \t]+",
    re.ASCII,
)
_ISO = re.compile(
    r"(<\d{1,3}>1 )?(?:<\d{1,3}>)?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,12})?)(Z|[+-]\d\d:?\d\d)?[ \t]+",
    re.ASCII,
)
_WRITER = re.compile(r"(?:(\S{1,255}(?<!:))[ \t]+)?([^\s\[\]:]{1,128})(?:\[(\d{1,10})\]|\])?:(?:[ \t]|\Z)", re.ASCII)
_FIELDS = re.compile(r"(\S{1,255}) (\S{1,128}) (\S{1,128}) (\S{1,32}) ")
_STRUCTURED = re.compile(r'-|(?:\[(?:[^"\]]|"(?:[^"\\]|\\.)*+")*+\])++', re.DOTALL)
_SOLARIS = re.compile(r"\[ID \d{1,10} [a-z0-9]{1,16}\.[a-z]{1,16}\] ", re.ASCII)


@dataclass(slots=True)
class Entry:
    """What one line is, before anybody reads its message."""

    at: int
    host: str
    program: str
    """Empty where the line does not say who wrote it."""
    pid: int | None
    message: str


class _Journal(Struct):
    realtime: Value = field(default=None, name="__REALTIME_TIMESTAMP")
    source_realtime: Value = field(default=None, name="_SOURCE_REALTIME_TIMESTAMP")
    host: Value = field(default=None, name="_HOSTNAME")
    identifier: Value = field(default=None, name="SYSLOG_IDENTIFIER")
    command: Value = field(default=None, name="_COMM")
    pid: Value = field(default=None, name="_PID")
    syslog_pid: Value = field(default=None, name="SYSLOG_PID")
    message: str | list[int] | None = field(default=None, name="MESSAGE")


_journals: msgspec.json.Decoder[_Journal] = msgspec.json.Decoder(_Journal)


def entry_of(raw: bytes, context: Context) -> Entry:
    """Return what a line is; raises RecordRejected when it is none of syslog's, or its time cannot be told."""
    if raw[:1] == b"{":
        try:
            journal = _journals.decode(raw)
        except DECODE_ERRORS as error:
            raise not_json(error) from error
        if journal.realtime is not None:
            return _of_journal(journal, context)
        content = line_in(raw, *USUAL)
        if content is None or content[:1] == b"{":
            raise RecordRejected("not of journald: it has no __REALTIME_TIMESTAMP, and no line inside")
        raw = content
    line = decoded(raw)
    found = _BSD.match(line)
    if found is not None:
        return _written(line[found.end() :], _local(found, context), context)
    found = _ISO.match(line)
    if found is None:
        raise RecordRejected("not a line of syslog: it does not begin with a time")
    is_structured, stamp, zone = found.groups()
    at = moment(stamp + (zone or "Z"))
    if at is not None and not zone:
        at -= context.utc_offset * 60_000
    if at is None or at < 0:
        raise RecordRejected("its time is none")
    rest = line[found.end() :]
    return _structured(rest, at, context) if is_structured else _written(rest, at, context)


def _written(rest: str, at: int, context: Context) -> Entry:
    """Return an entry from what follows the time: host, program, its pid, and the message."""
    found = _WRITER.match(rest)
    if found is None:
        host, _, message = rest.partition(" ")
        return Entry(at, _known(host, context), "", None, message)
    host, program, pid = found.groups()
    message = rest[found.end() :]
    if message.startswith("[ID "):
        message = _SOLARIS.sub("", message, count=1)
    return Entry(at, _known(host, context), program, int(pid) if pid else None, message)


def _structured(rest: str, at: int, context: Context) -> Entry:
    found = _FIELDS.match(rest)
    data = _STRUCTURED.match(rest, found.end()) if found else None
    if found is None or data is None:
        raise RecordRejected("not RFC 5424: it lacks host, program, pid, id or structured data")
    host, program, pid, _ = found.groups()
    message = rest[data.end() :].removeprefix(" ").removeprefix("\ufeff")
    number = int(pid) if pid.isascii() and pid.isdigit() and len(pid) <= 10 else None
    return Entry(at, _known("" if host == "-" else host, context), "" if program == "-" else program, number, message)


def _of_journal(journal: _Journal, context: Context) -> Entry:
    since_1970 = natural_of(journal.source_realtime) or natural_of(journal.realtime)
    if since_1970 is None or since_1970 // 1000 > LAST_MOMENT:
        raise RecordRejected("__REALTIME_TIMESTAMP: not microseconds")
    message = journal.message or ""
    if isinstance(message, list):
        # Bytes that are no text come as numbers.
        message = decoded(bytes(byte & 0xFF for byte in message))
    pid = natural_of(journal.pid)
    return Entry(
        since_1970 // 1000,
        _known(text_of(journal.host), context),
        text_of(journal.identifier) or text_of(journal.command) or "",
        natural_of(journal.syslog_pid) if pid is None else pid,
        message,
    )


def _known(host: str | None, context: Context) -> str:
    name = host or context.host
    if not name:
        raise RecordRejected("the host is not known: the line names none and none was given (--host)")
    return name


def _local(found: "re.Match[str]", context: Context) -> int:
    month, day, year, hour, minute, second, late_year = found.groups()
    if month not in MONTHS:
        raise RecordRejected(f"its time is none: there is no month {month}")
    since_midnight = int(hour) * 3_600_000 + int(minute) * 60_000 + int(second) * 1000 - context.utc_offset * 60_000
    said = year or late_year
    if said is None and context.not_after is None:
        raise RecordRejected("its time has no year, and it is not known when it was written (--year)")
    start = _day_of(MONTHS[month], int(day), int(said) if said else None, context.not_after, since_midnight)
    if start is None:
        raise RecordRejected(f"its time is none: there is no {month} {int(day)}")
    return start + since_midnight


def _day_of(month: int, day: int, year: int | None, not_after: int | None, since_midnight: int) -> int | None:
    """Return a day's beginning: of the year that is said, or of the newest that does not lie in the future.

    A day's grace is for clocks that are wrong and zones that are not known.
    """
    limit = LAST_MOMENT if year is not None else min(not_after or 0, LAST_MOMENT - DAY) + DAY
    newest = year if year is not None else datetime.fromtimestamp(limit / 1000, UTC).year
    for candidate in (newest,) if year is not None else range(newest, newest - _LEAP_CYCLE, -1):
        start = midnight(f"{candidate:04}-{month:02}-{day:02}")
        if start is not None and 0 <= start + since_midnight <= limit:
            return start
    return None
