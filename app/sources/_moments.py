"""Read moments, however they are written: ISO 8601, numbers of any unit, seconds beside nanoseconds.

Knows no format. Everything here is total and gives epoch milliseconds UTC, or None for what is no moment.
Fractions are cut, not rounded, so that a start never comes after what it started.
"""

import re
from datetime import date
from functools import lru_cache

from msgspec import Struct

from app.sources._values import Value, number_of

LAST_MOMENT = 253_402_300_799_999
"""The end of the year 9999."""
DAY = 86_400_000
MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip

_EPOCH_DAY = date(1970, 1, 1).toordinal()
# Tetragon and Falco write up to nine digits of fraction, which datetime does not read.
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:[.,](\d{1,12}))?"
    r"( ?(?:[Zz]|UTC|([+-])([01]\d|2[0-3]):?([0-5]\d)))?",
    re.ASCII,
)
_LONGEST_NUMBER = 40
# Up to the year 5138 a number is in seconds; by a thousand more each, in milli-, micro- and nanoseconds.
_SECONDS_END = 100_000_000_000
_NANOSECONDS_END = _SECONDS_END * 1_000_000_000
_FIRST_NANOSECONDS = 10**17


class Stamp(Struct):
    """A moment as Protocol Buffers give it, where their JSON is not made by the book."""

    seconds: int | str = 0
    nanos: int = 0


def moment(text: str) -> int | None:
    """Return epoch milliseconds of an ISO 8601 moment with an offset; None when it is none.

    A moment without an offset is none: local times are not guessed at.
    """
    found = _MOMENT.fullmatch(text)
    return _at(found) if found is not None and found.group(6) else None


def instant(value: object, *, assume_utc: bool = True) -> int | None:
    """Return epoch milliseconds of ISO 8601, or of a number in any unit, which follows from the number's size.

    For formats whose times are UTC whether they say so or not; else a text without an offset is none.
    """
    if isinstance(value, str):
        found = _MOMENT.fullmatch(value)
        if found is not None:
            return _at(found) if assume_utc or found.group(6) else None
        if len(value) > _LONGEST_NUMBER or not value.isascii() or not value.replace(".", "", 1).isdigit():
            return None
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        if not -_NANOSECONDS_END < value < _NANOSECONDS_END:
            return None
        if abs(value) < _SECONDS_END:
            # Half a microsecond is what a float of today's seconds can be off, and must not cost a millisecond.
            return _within(round(value * 1_000_000) // 1000)
        value = int(value)
    if not isinstance(value, int) or value >= _NANOSECONDS_END:
        return None
    if value < _SECONDS_END:
        return _within(value * 1000)
    while value >= _SECONDS_END * 1000:
        value //= 1000
    return _within(value)


def from_nanoseconds(since_1970: int | None) -> int | None:
    """Return epoch milliseconds of epoch nanoseconds; None for what is smaller than any: since boot, or in other units.

    What counts from the machine's start would need an uptime of three years to be taken for a moment.
    """
    if since_1970 is None or since_1970 < _FIRST_NANOSECONDS:
        return None
    return _within(since_1970 // 1_000_000)


def stamped(value: Stamp | Value) -> int | None:
    """Return epoch milliseconds of a stamp, of ISO 8601, or of epoch nanoseconds; None for anything else."""
    if isinstance(value, Stamp):
        seconds = number_of(value.seconds)
        return None if seconds is None else _within(seconds * 1000 + value.nanos // 1_000_000) or None
    at = moment(value) if isinstance(value, str) else None
    return from_nanoseconds(number_of(value)) if at is None else at


@lru_cache(maxsize=4096)
def midnight(day: str) -> int | None:
    """Return the beginning of a day that is written 2024-02-29; None where there is no such day."""
    try:
        return (date.fromisoformat(day).toordinal() - _EPOCH_DAY) * DAY
    except ValueError:
        return None


def _at(found: "re.Match[str]") -> int | None:
    day, hour, minute, second, fraction, _, sign, ahead_hours, ahead_minutes = found.groups()
    at = midnight(day)
    if at is None:
        return None
    at += int(hour) * 3_600_000 + int(minute) * 60_000 + int(second) * 1000
    if fraction:
        at += int(fraction[:3].ljust(3, "0"))
    if sign:
        ahead = int(ahead_hours) * 3_600_000 + int(ahead_minutes) * 60_000
        at += ahead if sign == "-" else -ahead
    return _within(at)


def _within(at: int) -> int | None:
    return at if 0 <= at <= LAST_MOMENT else None
