"""Cut documents out of what they are handed over in: {"events": […]}, a search's {"hits": {"hits": […]}}.

Knows the names of such lists and nothing of what lies in them. Each document is a record by itself, so
that one that is broken costs no other.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from app.sources import Record
from app.sources._documents import records as documents

_LIKELY = re.compile(rb'\{\s*"(?:events|Records|records|value|items|data|hits|took|expected|results?)"\s*:')
# A list's own lines, where what lies in it begins in the first column and so was cut from it.
_OPENING = re.compile(rb'\{\s*"\w+"\s*:\s*\[')


class _Hits(msgspec.Struct):
    hits: list[msgspec.Raw] = []


class _Wrapper(msgspec.Struct, rename={"aws": "Records"}):
    """The lists that documents come in; at most one of them is there."""

    events: list[msgspec.Raw] = []
    aws: list[msgspec.Raw] = []
    records: list[msgspec.Raw] = []
    value: list[msgspec.Raw] = []
    items: list[msgspec.Raw] = []
    data: list[msgspec.Raw] = []
    expected: list[msgspec.Raw] = []
    result: list[msgspec.Raw] = []
    results: list[msgspec.Raw] = []
    hits: _Hits = msgspec.field(default_factory=_Hits)


_wrappers: msgspec.json.Decoder[_Wrapper] = msgspec.json.Decoder(_Wrapper)


def records(lines: Iterable[bytes]) -> Iterator[Record]:
    """Yield each document as a record, those in a wrapper one by one."""
    opened = False
    for record in documents(lines):
        raw = record.raw
        if _LIKELY.match(raw) is not None:
            inner = _documents_in(raw)
            if inner:
                yield from _cut(record, inner)
                continue
            if _OPENING.fullmatch(raw):
                opened = True
                continue
        elif opened and raw == b"}":
            opened = False
            continue
        yield record


def _documents_in(raw: bytes) -> list[bytes]:
    """Return the objects in a wrapper's list; none when it is no wrapper."""
    try:
        wrapper = _wrappers.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    lists = (*msgspec.structs.astuple(wrapper)[:-1], wrapper.hits.hits)
    found = next((list(map(bytes, each)) for each in lists if each), [])
    return found if all(one[:1] == b"{" for one in found) else []


def _cut(wrapper: Record, inner: list[bytes]) -> Iterator[Record]:
    """Yield each document with the line that it begins on."""
    line, place = wrapper.line, 0
    for one in inner:
        start = wrapper.raw.find(one, place)
        line += wrapper.raw.count(b"\n", place, start)
        place = start
        yield Record(one, line)
