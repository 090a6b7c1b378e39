"""Cut lines into JSON documents: one a line, several on a line, one over many lines, or in an array.

Knows JSON's braces and strings and nothing of what a document means. A broken document must not
swallow its neighbours: a line whose first column says `{"` starts a new document whatever came before,
and so does a lone `{` there where the lines before it were indented.
"""

import re
from collections.abc import Iterable, Iterator

from app.sources import LONGEST_LINE, Record

# Possessive, and a string without an end takes the rest of the line: one pass over any bytes.
_MARK = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[{}]', re.DOTALL)
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
