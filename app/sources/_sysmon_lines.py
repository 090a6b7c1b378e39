"""Cut lines into Windows events: XML one a line, several on a line or one over many, or JSON documents.

Knows where an event begins and ends and nothing of what it says. A body that syslog cut off has no end:
the next beginning ends it, be it an event, a document or a line with a syslog head of its own.
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from itertools import chain

from app.sources import LONGEST_LINE, Record
from app.sources._lists import in_lists
from app.sources._syslog_documents import HEAD

MOST_SPREAD = 1024 * 1024
"""Bytes of one XML event over many lines; Windows writes none above 64 KiB."""

BEGINNING = re.compile(rb"<(?:\w+:)?Event[\s>]")
NUMBERING = re.compile(rb"Record \d{1,19}")
"""What an exporter of .evtx files prints before each document."""

_END = re.compile(rb"</(?:\w+:)?Event>")
_documents = in_lists()
_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def records(lines: Iterable[bytes]) -> Iterator[Record]:
    """Yield each event as a record, and what stands between events as records of their own."""
    rest = iter(lines)
    seen: list[bytes] = []
    for line in rest:
        if not seen and line.startswith(_WIDE_MARKS):
            yield from records(_narrow(chain([line], rest)))
            return
        seen.append(line if seen else line.removeprefix(_MARK))
        text = seen[-1].strip()
        if text:
            if text[:1] in (b"{", b"[") or NUMBERING.fullmatch(text):
                yield from _documents(chain(seen, rest))
                return
            break
    held = _Held()
    for number, line in enumerate(chain(seen, rest), 1):
        if not held.parts:
            text = line.strip()
            if text.endswith(b"</Event>") and text.count(b"</Event>") == 1:
                yield Record(text, number)
                continue
        yield from held.feed(line, number)
    if held.parts:
        yield held.take()


def _narrow(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of what Windows' own tools write as UTF-16, in UTF-8."""
    decoder = getincrementaldecoder("utf-16")("replace")
    parts: list[str] = []
    size = 0
    for line in lines:
        # A byte that looks like the end of a line may be half of some other character.
        text = decoder.decode(line)
        parts.append(text)
        size += len(text)
        if "\n" in text or size > LONGEST_LINE:
            *whole, rest = "".join(parts).split("\n")
            for each in whole or (rest,):
                yield each.encode("utf-8", "replace")
            parts = [rest] if whole else []
            size = len(rest) if whole else 0
    if parts:
        yield "".join(parts).encode("utf-8", "replace")


class _Held:
    """The event that is not at its end yet."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0
        self.first = 0

    def take(self) -> Record:
        """Hand over what is held, as it stands."""
        record = Record(b"".join(self.parts).strip(), self.first)
        self.parts, self.size = [], 0
        return record

    def feed(self, line: bytes, number: int) -> Iterator[Record]:
        """Take in a line and yield what ends in it."""
        place = 0
        if self.parts:
            end = _END.search(line)
            if _begins(line, end.start() if end else len(line)) or self.size > MOST_SPREAD:
                yield self.take()
            else:
                place = end.end() if end else len(line)
                self.keep(line[:place])
                if end is None:
                    return
                yield self.take()
        last = place
        for end in _END.finditer(line, place):
            if last > place:
                yield Record(line[place:last].strip(), number)
            place, last = last, end.end()
        text = line[last:].strip()
        if last > place and b"<" not in text:
            # What a table has in further columns belongs to the event.
            last, text = len(line), b""
        if last > place:
            yield Record(line[place:last].strip(), number)
        if BEGINNING.search(text):
            self.first = number
            self.keep(line[last:])
        elif text:
            yield Record(text, number)

    def keep(self, part: bytes) -> None:
        """Add to the event."""
        self.parts.append(part if part.endswith((b"\n", b">")) else part + b"\n")
        self.size += len(part)


def _begins(line: bytes, end: int) -> bool:
    """Say whether a line can only be the beginning of something else; `end` is where an event ends in it."""
    if line[:2] == b'{"' or HEAD.match(line):
        return True
    return BEGINNING.search(line, 0, end) is not None
