"""What the formats share in reading single values: absence, text, moments, the words of an error.

Knows no format. Everything here is total: what cannot be read is None, or RecordRejected with a reason.
"""

import re
from datetime import date
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias, TypeVar

import msgspec

from app.errors import RecordRejected
from app.ids import LONGEST_TEXT, clean

UNSET_ID = 4294967295
"""The kernel's word for "no user" and "no session" (-1 as an unsigned 32-bit number)."""

_ABSENT = frozenset(
    ("", "-", "?", "(none)", "(null)", "<NA>", "<unknown process>", "unset", "(invalid user)", "(unknown)")
)
WENT_OUT = frozenset((0, -115, -111, -110, -113, -4))
"""Results of connect after which something was sent: done, in progress, refused, timed out, unreachable."""

MOST_ARGUMENTS = 256
LAST_MOMENT = 253_402_300_799_999
_FIRST_NANOSECONDS = 10**17
_LONGEST_ADDRESS = 64
_EPOCH_DAY = date(1970, 1, 1).toordinal()
# Tetragon and Falco write up to nine digits of fraction, which datetime does not read.
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:[.,](\d{1,12}))?"
    r"(?:[Zz]|([+-])([01]\d|2[0-3]):?([0-5]\d))",
    re.ASCII,
)
_LONGEST_ADDRESS = 64
# Up to the year 5138 a number is in seconds; by a thousand more each, in milli-, micro- and nanoseconds.
_SECONDS_END = 100_000_000_000
_NANOSECONDS_END = _SECONDS_END * 1_000_000_000
_LARGEST = 2**63 - 1
_SHA256 = re.compile(r"[0-9a-f]{64}")
_INSIDE = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
                 "fc00::/7", "fe80::/10", "::1/128")
)  # fmt: skip
_E = TypeVar("_E", bound=msgspec.Struct)

Value: TypeAlias = str | int | float | bool | None
"""A single value of JSON; shippers turn texts into numbers and back."""

_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}

DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError)
"""What msgspec raises on a document that is not what it should be."""


def present(text: str | None) -> str | None:
    """Return `text`, or None where it is one of the placeholders that sensors write for nothing."""
    return None if text is None or text in _ABSENT else text


def identity(text: str | None) -> str | None:
    """Return a sensor's id of something; None for a placeholder, such as a GUID of zeros."""
    found = present(text)
    return found if found is not None and found.strip("{}0-") else None


def text_of(value: Value) -> str | None:
    """Return a single value as text, whatever a shipper made of it; None where it is absent or a placeholder."""
    if value is None:
        return None
    if isinstance(value, str):
        return None if value in _ABSENT else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def truth_of(value: Value) -> bool | None:
    """Return a single value as true or false, which some write as words; None where it is neither."""
    if value is None or isinstance(value, bool):
        return value
    return _TRUTHS.get(str(value).lower())


def number_id(number: int | None) -> int | None:
    """Return a user or session number, or None for the kernel's "unset"."""
    return None if number is None or number < 0 or number == UNSET_ID else number


def moment(text: str) -> int | None:
    """Return epoch milliseconds of an ISO 8601 moment with an offset; None when it is none.

    A moment without an offset is none: local times are not guessed at. Fractions are cut, not rounded,
    so that a start never comes after what it started.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    day, hour, minute, second, fraction, sign, ahead_hours, ahead_minutes = found.groups()
    midnight = _midnight(day)
    if midnight is None:
        return None
    at = midnight + int(hour) * 3_600_000 + int(minute) * 60_000 + int(second) * 1000
    if fraction:
        at += int(fraction[:3].ljust(3, "0"))
    if sign:
        ahead = int(ahead_hours) * 3_600_000 + int(ahead_minutes) * 60_000
        at += ahead if sign == "-" else -ahead
    return at if 0 <= at <= LAST_MOMENT else None


def instant(value: str | int | float | None) -> int | None:
    """Return epoch milliseconds of a time in a format that writes UTC: ISO 8601, or a number of any unit.

    For formats that say that a time without an offset is UTC; the unit follows from the number's size.
    """
    if value is None:
        return None
    if isinstance(value, str):
        found = moment(value)
        if found is not None or not 0 < len(value) <= 40:
            return found
        if not value.isascii() or not value.replace(".", "", 1).isdigit():
            return moment(f"{value}Z")
        value = float(value) if "." in value else int(value)
    if isinstance(value, float):
        if not -_NANOSECONDS_END < value < _NANOSECONDS_END:
            return None
        if abs(value) < _SECONDS_END:
            # Half a microsecond is what a float of today's seconds can be off, and must not cost a millisecond.
            value = round(value * 1_000_000) // 1000
            return value if 0 <= value <= LAST_MOMENT else None
        value = int(value)
    if value < _SECONDS_END:
        value *= 1000
    elif value >= _NANOSECONDS_END:
        return None
    else:
        while value >= _SECONDS_END * 1000:
            value //= 1000
    return value if 0 <= value <= LAST_MOMENT else None


def natural(value: str | int | None) -> int | None:
    """Return a number that may stand in quotes; None where it is negative, too large or none."""
    if isinstance(value, str):
        if not value.isascii() or not value.isdigit() or len(value) > 19:
            return None
        value = int(value)
    return value if value is not None and 0 <= value <= _LARGEST else None


def user_id(value: str | int | None) -> int | None:
    """Return a user's number; None for "unset", for a SID and for whatever else is none."""
    return number_id(natural(value))


def port_of(value: str | int | None) -> int | None:
    """Return a port; None for 0 and for what is out of range."""
    number = natural(value)
    return number if number and number <= 65535 else None


def address(text: str | None) -> str | None:
    """Return `text` if it is an address of something, without brackets and zone; else None."""
    return None if text is None or len(text) > _LONGEST_ADDRESS else _address(text)


@lru_cache(maxsize=65536)
def _address(text: str) -> str | None:
    found = _parsed(text)
    return None if found is None or found.is_unspecified else text.strip().strip("[]").partition("%")[0]


def is_inside(text: str) -> bool:
    """Say whether an address is of a private network, of the link or of the host itself."""
    return len(text) <= _LONGEST_ADDRESS and _is_inside(text)


@lru_cache(maxsize=65536)
def _is_inside(text: str) -> bool:
    found = _parsed(text)
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found is not None and any(found in network for network in _INSIDE)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None


def sha256_of(text: str | None) -> str | None:
    """Return a SHA-256 in lower case; None for what is none, or all zeros, as where nothing was measured."""
    if text is None or len(text) != 64:
        return None
    digest = text.lower()
    return digest if _SHA256.fullmatch(digest) and digest.strip("0") else None


def from_nanoseconds(since_1970: int | None) -> int | None:
    """Return epoch milliseconds of epoch nanoseconds; None for what is smaller than any: since boot, or in other units.

    What counts from the machine's start would need an uptime of three years to be taken for a moment.
    """
    if since_1970 is None or since_1970 < _FIRST_NANOSECONDS or since_1970 // 1_000_000 > LAST_MOMENT:
        return None
    return since_1970 // 1_000_000


def is_address(text: str) -> bool:
    """Say whether a text is an IP address that somebody can have; a name, or 0.0.0.0 for none, is not."""
    return len(text) <= _LONGEST_ADDRESS and _is_address(text)


@lru_cache(maxsize=16384)
def _is_address(text: str) -> bool:
    try:
        return not ip_address(text.partition("%")[0]).is_unspecified
    except ValueError:
        return False


def opened_to_write(flags: str | int | None) -> bool | None:
    """Return whether open's flags, as names or as the kernel's number, ask to write; None when they do not say."""
    if isinstance(flags, str):
        if "O_WRONLY" in flags or "O_RDWR" in flags:
            return True
        if "O_RDONLY" in flags:
            return False
        if not flags.isascii() or not flags.isdigit() or len(flags) > 20:
            return None
        flags = int(flags)
    return None if flags is None else flags & 3 != 0


@lru_cache(maxsize=1024)
def _midnight(day: str) -> int | None:
    try:
        return (date.fromisoformat(day).toordinal() - _EPOCH_DAY) * 86_400_000
    except ValueError:
        return None


def arguments(args: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return argv as it is kept: its first arguments, and a mark where there were more."""
    if len(args) <= MOST_ARGUMENTS:
        return tuple(args)
    return (*args[: MOST_ARGUMENTS - 1], "…")


def decoded(value: bytes) -> str:
    """Return the text of bytes that need not be text: file names and arguments on Linux are bytes."""
    return clean(value.decode("utf-8", "replace"), longest=len(value) + 1)


def cleaned(event: _E) -> _E:
    """Return the event with every text as the database takes it; the same object when nothing changed."""
    if _all_clean(msgspec.structs.astuple(event)):
        return event
    changed: dict[str, str | tuple[str, ...]] = {}
    for field in event.__struct_fields__:
        value = getattr(event, field)
        kind = type(value)
        if kind is str:
            if not _is_clean(value):
                changed[field] = clean(value)
        elif kind is tuple and value and not (len(value) <= MOST_ARGUMENTS and all(map(_is_clean, value))):
            changed[field] = tuple(clean(item) for item in arguments(value))
    return msgspec.structs.replace(event, **changed) if changed else event


def _all_clean(values: tuple[object, ...]) -> bool:
    """Say whether an event's values need no closer look, as is so for nearly all: one look at all of them."""
    texts = [value for value in values if type(value) is str]
    for value in values:
        if type(value) is tuple and value:
            if len(value) > MOST_ARGUMENTS:
                return False
            texts += value
    return _is_clean("".join(texts))


def _is_clean(text: str) -> bool:
    # Texts that are neither ASCII nor short go through `clean`, which decides.
    return len(text) <= LONGEST_TEXT and text.isascii() and "\x00" not in text


_FIELD = re.compile(r"Object (missing required|contains unknown) field (.*)", re.DOTALL)
_TYPES = {"str": "text", "int": "whole number", "float": "decimal number", "bool": "true or false", "null": "nothing"}
_TYPE = re.compile("|".join(rf"\b{name}\b" for name in _TYPES))
_PLACE = re.compile(r" - at `\$?\.?([^`]*)`$")


def not_json(error: Exception) -> RecordRejected:
    """Return the rejection that says in words why a document could not be decoded, naming the field."""
    if isinstance(error, UnicodeDecodeError):
        return RecordRejected("not valid UTF-8")
    # The words may quote the document, whose names are anybody's to choose.
    said = clean(str(error), longest=300)
    if not isinstance(error, msgspec.ValidationError):
        return RecordRejected(f"not valid JSON: {said.removeprefix('JSON is malformed: ')}")
    place = _PLACE.search(said)
    what = (said[: place.start()] if place else said).replace("`", "")
    where = place.group(1) if place else ""
    field = _FIELD.fullmatch(what)
    if field is not None:
        name = f"{where}.{field.group(2)}" if where else field.group(2)
        what = "it is missing" if field.group(1) == "missing required" else "there is no such field"
        return RecordRejected(f"{name}: {what}")
    what = what[:1].lower() + what[1:]
    if what.startswith("expected "):
        what = _TYPE.sub(lambda name: _TYPES[name.group()], what)
    if "matching regex" in what:
        what = "not in the form that is asked for"
    elif what.endswith("of length >= 1"):
        what = "it is empty"
    return RecordRejected(f"{where}: {what}" if where else what)
