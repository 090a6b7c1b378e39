"""What the formats share in reading single values: absence, text, moments, the words of an error.

Knows no format. Everything here is total: what cannot be read is None, or RecordRejected with a reason.
"""

import re
from datetime import date
from functools import lru_cache
from typing import TypeAlias, TypeVar

import msgspec

from app.errors import RecordRejected
from app.ids import LONGEST_TEXT, clean

UNSET_ID = 4294967295
"""The kernel's word for "no user" and "no session" (-1 as an unsigned 32-bit number)."""

_ABSENT = frozenset(
    ("", "-", "?", "(none)", "(null)", "<NA>", "<unknown process>", "unset", "(invalid user)", "(unknown)")
)
MOST_ARGUMENTS = 256
LAST_MOMENT = 253_402_300_799_999
_EPOCH_DAY = date(1970, 1, 1).toordinal()
# Tetragon and Falco write up to nine digits of fraction, which datetime does not read.
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:[.,](\d{1,12}))?"
    r"(?:[Zz]|([+-])([01]\d|2[0-3]):?([0-5]\d))",
    re.ASCII,
)
_E = TypeVar("_E", bound=msgspec.Struct)

Value: TypeAlias = str | int | float | bool | None
"""A single value of JSON; shippers turn texts into numbers and back."""

_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}

DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError)
"""What msgspec raises on a document that is not what it should be."""


def present(text: str | None) -> str | None:
    """Return `text`, or None where it is one of the placeholders that sensors write for nothing."""
    return None if text is None or text in _ABSENT else text


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
