"""Texts and arguments as events keep them: what the database takes, and no more of it than anybody reads.

Knows no format. Everything here is total.
"""

import re
from typing import TypeVar

import msgspec

from app.ids import LONGEST_TEXT, clean

MOST_ARGUMENTS = 256
LONGEST_KIND = 96
_NOT_SHOWN = re.compile(r"[^\x20-\x7e]")
_E = TypeVar("_E", bound=msgspec.Struct)


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


def shown(kind: str) -> str:
    """Return the kind of a record as it is counted and shown: short and printable, whatever the record says."""
    if len(kind) <= LONGEST_KIND and kind.isascii() and kind.isprintable():
        return kind
    return _NOT_SHOWN.sub("?", kind[:LONGEST_KIND])


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
