"""Cut lines into documents that may stand behind a syslog head.

Knows how a line of syslog begins. A head is told by the first line of an input: with one, every line is a
record; without one, documents are looked for wherever they begin and end.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from app.sources import Record, by_line

HEAD = re.compile(
    rb"(?:<\d{1,3}>)?(?:\d{1,2} )?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)"
)
"""The beginning of a line of syslog's, as far as it takes to tell it from a document."""

_Cutter = Callable[[Iterable[bytes]], Iterator[Record]]


def behind_heads(cut: _Cutter) -> _Cutter:
    """Return a `records` that yields lines with heads whole, with what stands before the document on them."""

    def records(lines: Iterable[bytes]) -> Iterator[Record]:
        rest = iter(lines)
        seen: list[bytes] = []
        for line in rest:
            seen.append(line)
            if text := line.strip():
                cut_here = by_line if HEAD.match(text) else cut
                yield from cut_here(chain(seen, rest))
                return

    return records


def headless(raw: bytes) -> bytes:
    """Return a record without its syslog head; as it stands where there is none, or no document behind it."""
    if raw[:1] == b"{":
        return raw
    begins = raw.find(b'{"')
    return raw[begins:] if begins > 0 and HEAD.match(raw) else raw


OTHER_LINE = "another line of syslog's"
"""The kind of such a line."""


def is_other_line(raw: bytes) -> bool:
    """Say whether a record without its head is still a line of syslog's: one that holds no document."""
    return raw[:1] != b"{" and HEAD.match(raw) is not None
