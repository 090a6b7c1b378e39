"""Cut lines into JSON documents that may stand behind a syslog head.

Knows how a line of syslog begins. A head is told by the first line of an input: with one, every line is a
record; without one, documents are looked for wherever they begin and end.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from app.sources import Record, by_line
from app.sources._documents import records as documents

SYSLOG_HEAD = re.compile(
    rb"(?:<\d{1,3}>)?(?:\d{1,2} )?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)"
)


def records(lines: Iterable[bytes]) -> Iterator[Record]:
    """Yield each document as a record, with what stands before it on its line."""
    rest = iter(lines)
    seen: list[bytes] = []
    for line in rest:
        seen.append(line)
        if text := line.strip():
            cut = by_line if SYSLOG_HEAD.match(text) else documents
            yield from cut(chain(seen, rest))
            return


def document_in(raw: bytes) -> bytes:
    """Return a record without its syslog head."""
    if raw[:1] == b"{":
        return raw
    begins = raw.find(b'{"')
    return raw[begins:] if begins > 0 and SYSLOG_HEAD.match(raw) else raw
