"""Cut documents out of the lists that they are handed over in: {"Records": […]}, a search's {"hits": {"hits": […]}}.

Knows the names of such lists and nothing of what lies in them. Each document is a record by itself, so that one
that is broken costs no other, and a file that is one document is not one record.
"""

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from app.sources import LONGEST_LINE, Record
from app.sources._documents import records as documents
from app.sources._rejections import DECODE_ERRORS

USUAL = ("events", "Events", "records", "Records", "items", "value", "data", "result", "results", "expected", "hits")
"""Lists that exports begin with: of APIs, AWS, Azure, Splunk, pipelines' tests and Elasticsearch."""
BUT_DATA = tuple(name for name in USUAL if name != "data")
"""The same for formats that have a list of that name themselves."""

_MANY, _LEAST_APART = 100_000, 12

_members: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])
_lists: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])


def in_lists(*anywhere: str, usual: tuple[str, ...] = USUAL) -> Callable[[Iterable[bytes]], Iterator[Record]]:
    """Return a `records` that cuts documents apart, those in a list too.

    `anywhere` are lists that may stand behind other fields; those of `usual` count where the document begins with
    them. A list that holds no objects leaves its document as it stands.
    """
    names = tuple(dict.fromkeys((*anywhere, *usual)))
    either = b"|".join(name.encode() for name in names)
    likely = re.compile(rb'\{\s*"(?:took|%s)"\s*:' % b"|".join(name.encode() for name in usual))
    marks = tuple(f'"{name}"'.encode() for name in anywhere)
    # Where each document of the list has a line of its own, the wrapper's beginning and end come as records.
    begins = re.compile(rb'\{.{0,4096}"(?:%s)"\s*:\s*\[' % either, re.DOTALL)

    def records(lines: Iterable[bytes]) -> Iterator[Record]:
        is_open = False
        for record in documents(lines):
            raw = record.raw
            if raw[-1:] == b"[" and begins.fullmatch(raw):
                is_open = True
            elif is_open and not raw.strip(b"} \t\r\n]"):
                is_open = False
            elif is_open and (document := _before_end(raw)) is not None:
                is_open = False
                yield Record(document, record.line)
            elif len(raw) <= LONGEST_LINE and (likely.match(raw) or any(mark in raw for mark in marks)):
                yield from _listed(record, names)
            else:
                yield record

    return records


def is_empty(listed: msgspec.Raw) -> bool:
    """Say whether a part of a document is a list of nothing."""
    return 0 < len(listed) <= 64 and bytes(listed).split() in ([b"[]"], [b"[", b"]"])


def _before_end(raw: bytes) -> bytes | None:
    """Return the last document of a list when the wrapper's end stands behind it; None when it does not."""
    if raw[-1:] != b"}" or raw[:-1].rstrip(b"} \t\r\n")[-1:] != b"]":
        return None
    try:
        _members.decode(raw)
    except (*DECODE_ERRORS, RecursionError):
        return raw[:-1].rstrip(b"} \t\r\n")[:-1].rstrip()
    return None


def _listed(record: Record, names: tuple[str, ...]) -> Iterator[Record]:
    raw = record.raw
    commas = raw.count(b",")
    # Millions of next to nothing are no documents, and would take a hundred times their size.
    is_apart = commas <= _MANY or commas * _LEAST_APART < len(raw)
    found = _documents_in(raw, names) if is_apart else []
    if not found:
        yield record
        return
    place, line = 0, record.line
    for one in found:
        start = raw.find(one, place)
        if start >= 0:
            line += raw.count(b"\n", place, start)
            place = start
        yield Record(one, line)


def _documents_in(raw: bytes, names: tuple[str, ...]) -> list[bytes]:
    """Return what stands in the lists of these names, of which each begins with an object."""
    found: list[bytes] = []
    try:
        members = _members.decode(raw)
        for name in names:
            listed = bytes(members.get(name, b""))
            if listed[:1] == b"{":
                # The hits of a search lie in a list of the same name.
                listed = bytes(_members.decode(listed).get(name, b"")) if name == "hits" else b""
            if listed[:1] != b"[":
                continue
            ones = [bytes(one) for one in _lists.decode(listed)]
            if ones and ones[0][:1] == b"{":
                found += ones
    except (*DECODE_ERRORS, RecursionError):
        return []
    return found
