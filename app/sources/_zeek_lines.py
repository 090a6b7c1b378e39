"""Cut Zeek's logs into records: JSON documents, and lines of tabs under a #fields header.

Knows how Zeek writes values and nothing of what a log means. A line of tabs is nothing without its
header, so a record carries it; a header's own lines are records too.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from app.sources import LONGEST_LINE, Record
from app.sources._lists import in_lists
from app.sources._texts import decoded

_documents = in_lists()
_MOST_COLUMNS = 512
_HEADER = re.compile(rb"#(?:separator|set_separator|empty_field|unset_field|path|open|close|fields|types)\b")


class Header(msgspec.Struct):
    """What the lines before say of the lines that follow; a new one for each #fields line."""

    path: str = ""
    separator: bytes = b"\t"
    set_separator: bytes = b","
    empty: bytes = b"(empty)"
    unset: bytes = b"-"
    columns: tuple[str, ...] = ()


class Row(Record, frozen=True):
    """A record that is a line of tabs, with the header that it stands under."""

    header: Header


class Note(Record, frozen=True):
    """A line of a header, or the mark at a log's end."""


def records(lines: Iterable[bytes]) -> Iterator[Record]:
    """Yield each line of tabs and each JSON document as a record."""
    header = Header()
    numbered = enumerate(lines, 1)
    for number, line in numbered:
        text = line.strip(b" \r\n")
        if not text:
            continue
        if _is_header(text):
            header = _read(header, text)
            yield Note(text, number)
        elif text[:1] in b"{[":
            rest = _Rest(numbered, line)
            for record in _documents(rest):
                yield Record(record.raw, record.line + number - 1)
            if rest.left is None:
                return
            number, line = rest.left
            text = line.strip(b" \r\n")
            header = _read(header, text)
            yield Note(text, number)
        else:
            yield Row(text, number, header)


class _Rest:
    """The lines from the first of JSON on, up to a header's."""

    def __init__(self, numbered: Iterator[tuple[int, bytes]], first: bytes) -> None:
        self._numbered = numbered
        self._first = first
        self.left: tuple[int, bytes] | None = None

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        for number, line in self._numbered:
            if _is_header(line):
                self.left = number, line
                return
            yield line


def _is_header(line: bytes) -> bool:
    return line[:1] == b"#" and _HEADER.match(line) is not None


def _read(header: Header, line: bytes) -> Header:
    """Return the header as it is after one more of its lines."""
    if len(line) > LONGEST_LINE:
        return header
    name, _, value = line.partition(b" ") if line.startswith(b"#separator ") else line.partition(header.separator)
    match name:
        case b"#separator":
            # A new log begins; what the one before said does not hold.
            return Header(separator=_unescaped(value.strip()) or b"\t")
        case b"#set_separator":
            return msgspec.structs.replace(header, set_separator=_unescaped(value) or b",")
        case b"#empty_field":
            return msgspec.structs.replace(header, empty=value)
        case b"#unset_field":
            return msgspec.structs.replace(header, unset=value)
        case b"#path":
            return msgspec.structs.replace(header, path=decoded(value[:64]), columns=())
        case b"#fields":
            columns = value.split(header.separator)[:_MOST_COLUMNS]
            return msgspec.structs.replace(header, columns=tuple(decoded(column[:64]) for column in columns))
    return header


def _unescaped(value: bytes) -> bytes:
    r"""Return a value with its \x09 as the byte that it stands for."""
    if b"\\x" not in value:
        return value
    parts = value.split(b"\\x")
    found = [parts[0]]
    for part in parts[1:]:
        try:
            found.append(bytes((int(part[:2], 16),)) + part[2:])
        except ValueError:
            found.append(b"\\x" + part)
    return b"".join(found)


Reader = Callable[[bytes, Header], Any]


def text(value: bytes, header: Header) -> str | None:
    """Return a text, its escapes undone."""
    return decoded(_unescaped(value))


def number(value: bytes, header: Header) -> int | None:
    """Return a count or port."""
    return int(value) if value.isdigit() and len(value) < 20 else None


def truth(value: bytes, header: Header) -> bool | None:
    """Return T or F."""
    return True if value == b"T" else False if value == b"F" else None


def several(value: bytes, header: Header) -> list[str]:
    """Return a set or vector of texts."""
    if value == header.empty:
        return []
    return [decoded(_unescaped(one)) for one in value.split(header.set_separator) if one != header.unset]


def values(row: Row, readers: dict[str, tuple[str, Reader]]) -> dict[str, Any]:
    """Return the columns that are read of one line, by our names; what is unset is left out."""
    header = row.header
    found = {}
    for column, value in zip(header.columns, row.raw.split(header.separator), strict=False):
        reader = readers.get(column)
        if reader is not None and value != header.unset:
            name, read = reader
            found[name] = read(value, header)
    return found
