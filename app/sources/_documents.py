"""Cut lines into JSON documents: one a line, several on a line, one over many lines, or in an array.

Knows JSON's braces and strings and nothing of what a document means. A broken document must not
swallow its neighbours: a line whose first column says `{"` starts a new document whatever came before,
and so does a lone `{` there where the lines before it were indented.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import msgspec

from app.sources import LONGEST_LINE, Record
from app.sources._values import DECODE_ERRORS

# Possessive, and a string without an end takes the rest of the line: one pass over any bytes.
_MARK = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[{}]', re.DOTALL)
Part: TypeAlias = msgspec.Raw | msgspec.UnsetType
"""A part of a document that is decoded only where it is needed."""
_MANY, _LEAST_APART = 100_000, 12
_BETWEEN = b" \t\r\n,[]\xef\xbb\xbf"


def records(lines: Iterable[bytes]) -> Iterator[Record]:
    """Yield each JSON object in `lines` as a record; what is no object is a record by itself."""
    held = _Held()
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            # It was cut, so what its braces say does not hold for the lines that follow.
            if held.parts:
                yield held.take()
            yield Record(line, number)
            continue
        if held.parts:
            if held.is_cut_by(line):
                yield held.take()
        else:
            text = line.strip()
            if text[:1] == b"{" and text[-1:] == b"}" and b"}{" not in text and b"} {" not in text:
                yield Record(text, number)
                continue
            if not text:
                continue
        yield from held.feed(line, number)
    if held.parts:
        yield held.take()


def inside(*names: str) -> Callable[[Iterable[bytes]], Iterator[Record]]:
    """Return a `records` that also opens what wraps documents: each in a list of one of these names is a record.

    So one that is broken is rejected alone, and a file that is one document is not one record. A list that is
    empty or none at all leaves its document as it stands.
    """
    marks = re.compile(b'"(?:%s)"' % b"|".join(name.encode() for name in names))
    # Where each document of the list has a line of its own, the wrapper's beginning and end come as records.
    begins = re.compile(rb'\{.{0,4096}"(?:%s)"\s*:\s*\[' % b"|".join(name.encode() for name in names), re.DOTALL)

    def opened(lines: Iterable[bytes]) -> Iterator[Record]:
        is_open = False
        for record in records(lines):
            raw = record.raw
            if raw[-1:] == b"[" and begins.fullmatch(raw):
                is_open = True
            elif is_open and raw == b"}":
                is_open = False
            elif is_open and (document := _before_end(raw)) is not None:
                is_open = False
                yield Record(document, record.line)
            elif len(raw) <= LONGEST_LINE and marks.search(raw):
                yield from _listed(record, names)
            else:
                yield record

    return opened


def _before_end(raw: bytes) -> bytes | None:
    """Return the last document of a list when the wrapper's end stands behind it; None when it does not."""
    if raw[-1:] != b"}" or raw[:-1].rstrip()[-1:] != b"]":
        return None
    try:
        _members.decode(raw)
    except (*DECODE_ERRORS, RecursionError):
        return raw[:-1].rstrip()[:-1].rstrip()
    return None


_members: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])
_texts: msgspec.json.Decoder[str] = msgspec.json.Decoder(str)
_lists: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])


def _listed(record: Record, names: tuple[str, ...]) -> Iterator[Record]:
    found: list[msgspec.Raw] = []
    commas = record.raw.count(b",")
    # Millions of next to nothing are no documents, and would take a hundred times their size.
    if commas <= _MANY or commas * _LEAST_APART < len(record.raw):
        try:
            members = _members.decode(record.raw)
            found = [one for name in names if name in members for one in _lists.decode(members[name])]
        except (*DECODE_ERRORS, RecursionError):
            found = []
    if not found:
        yield record
        return
    place, line = 0, record.line
    for one in found:
        raw = bytes(one)
        start = record.raw.find(raw, place)
        if start >= 0:
            line += record.raw.count(b"\n", place, start)
            place = start
        yield Record(raw, line)


def is_empty(part: Part) -> bool:
    """Say whether a part of a document is a list of nothing."""
    return isinstance(part, msgspec.Raw) and len(part) <= 64 and bytes(part).split() in ([b"[]"], [b"[", b"]"])


def nested(part: Part, *names: str) -> bytes | None:
    """Return what stands in a part of a document under names, one in the other; None where nothing does.

    A text is returned as what it holds, for many wrap a document as a text. Raises what decoders raise.
    """
    for name in names:
        if not isinstance(part, msgspec.Raw) or bytes(part)[:1] != b"{":
            return None
        part = _members.decode(part).get(name, msgspec.UNSET)
    if not isinstance(part, msgspec.Raw):
        return None
    raw = bytes(part)
    if raw[:1] == b'"':
        raw = _texts.decode(raw).strip().encode("utf-8", "surrogatepass")
    return None if raw in (b"", b"null") else raw


class _Held:
    """The document that is not at its end yet."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0
        self.first = 0
        self.depth = 0

    def is_cut_by(self, line: bytes) -> bool:
        """Say whether `line` can only be the beginning of another document."""
        return line.startswith(b'{"') or (
            line.rstrip() == b"{" and len(self.parts) > 1 and self.parts[1][:1] in (b" ", b"\t")
        )

    def take(self) -> Record:
        """Hand over what is held, as it stands."""
        record = Record(b"".join(self.parts).strip(), self.first)
        self.parts, self.size, self.depth = [], 0, 0
        return record

    def feed(self, line: bytes, number: int) -> Iterator[Record]:
        """Take in a line and yield what ends in it, and what lies between documents if not blank."""
        start = 0
        for mark in _MARK.finditer(line):
            brace = mark.group()
            if brace == b"{":
                if self.depth == 0:
                    yield from _stray(line[start : mark.start()], number)
                    start, self.first = mark.start(), number
                self.depth += 1
            elif brace == b"}" and self.depth:
                self.depth -= 1
                if self.depth == 0:
                    self.keep(line[start : mark.end()])
                    yield self.take()
                    start = mark.end()
        if self.depth:
            self.keep(line[start:] if line.endswith(b"\n") else line[start:] + b"\n")
        else:
            yield from _stray(line[start:], number)

    def keep(self, part: bytes) -> None:
        """Add to the document; one that is too long already only has its end looked for."""
        if self.size <= LONGEST_LINE:
            self.parts.append(part)
            self.size += len(part)


def _stray(between: bytes, number: int) -> Iterator[Record]:
    text = between.strip(_BETWEEN)
    if text:
        yield Record(text, number)
