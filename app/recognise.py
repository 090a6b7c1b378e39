"""Tell what format a file is in, by trying all of them on its beginning.

Beside `reading`: knows no format by name. A sensor's own reader is the best judge of what that sensor
wrote, so there is no second description of any format here that could fall behind the first.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from msgspec import Struct

from app import sources
from app.errors import ConfigError
from app.sources import Context, Ignored, Taken

_LINES = 400
_BYTES = 1 << 20


class Recognised(Struct, frozen=True):
    """What a format made of the beginning of a file."""

    format: str
    records: int
    taken: int
    events: int
    ignored: int
    rejected: int

    @property
    def why(self) -> str:
        """Return in words why this format was chosen."""
        parts = [f"{self.taken} of its first {self.records} records read as {sources.source(self.format).TITLE}"]
        if self.ignored:
            parts.append(f"{self.ignored} are of kinds that are not of interest")
        if self.rejected:
            parts.append(f"{self.rejected} are rejected")
        return ", ".join(parts)


def beginning(lines: Iterable[bytes]) -> tuple[Sequence[bytes], Iterator[bytes]]:
    """Return the first lines and, as one, those and all that follow."""
    rest = iter(lines)
    head: list[bytes] = []
    size = 0
    for line in rest:
        head.append(line)
        size += len(line)
        if len(head) >= _LINES or size >= _BYTES:
            break
    return head, chain(head, rest)


def recognise(head: Sequence[bytes], context: Context) -> Recognised:
    """Return the format that makes the most of the lines; raises ConfigError when none makes anything of them.

    Where two make events of as many records, that one is right which rejects fewer, then which ignores fewer,
    then which says more of them.
    """
    tried = [_tried(name, head, context) for name in sources.names()]
    best = max(tried, key=lambda one: (one.taken - one.rejected, -one.rejected, -one.ignored, one.events))
    if best.taken:
        return best
    # Nothing but what is not of interest: still told apart from what nobody knows.
    known = [one for one in tried if one.ignored and not one.rejected]
    if len(known) == 1:
        return known[0]
    names = ", ".join(sources.names())
    raise ConfigError(f"no format makes anything of it; name the one that wrote it, one of: {names}")


def _tried(name: str, head: Sequence[bytes], context: Context) -> Recognised:
    taken = events = ignored = rejected = records = 0
    for outcome in sources.read(name, head, context):
        records += 1
        if isinstance(outcome, Taken):
            taken += 1
            events += len(outcome.events)
        elif isinstance(outcome, Ignored):
            ignored += 1
        else:
            rejected += 1
    return Recognised(name, records, taken, events, ignored, rejected)
