"""What a write touched: the hand-over from writing to detection.

Keys and times of a batch, never "what this write changed": the same batch written again touches the
same, so detection can be run again at any time. Pure.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

GAP = 3_600_000
"""Moments closer than this, in milliseconds, share a span."""
MOST_SPANS = 16
"""A batch that is scattered wider is looked at as a whole."""


class Touched(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one or more batches touched."""

    kinds: frozenset[str] = frozenset()
    """Event kinds written, and `indicator` where threat intelligence came."""
    spans: tuple[tuple[int, int], ...] = ()
    """Moments touched, as closed spans of epoch milliseconds, ascending, apart."""
    hosts: dict[str, tuple[int, int]] = {}
    """First and last moment touched of each Host, by id."""
    clock: int = 0
    """The deployment's clock when the earliest of the batches was written, epoch milliseconds UTC."""

    def __bool__(self) -> bool:
        return bool(self.spans)

    @property
    def first(self) -> int:
        """Return the earliest moment touched."""
        return self.spans[0][0]

    @classmethod
    def of(
        cls, kinds: Iterable[str], moments: Iterable[int], hosts: dict[str, tuple[int, int]], clock: int
    ) -> "Touched":
        """Return what a batch with these moments touched."""
        return cls(kinds=frozenset(kinds), spans=_spans((at, at) for at in moments), hosts=hosts, clock=clock)

    def __or__(self, other: "Touched") -> "Touched":
        """Return what both touched; detection may look at many batches at once."""
        if not self:
            return other
        if not other:
            return self
        hosts = dict(self.hosts)
        for host, (first, last) in other.hosts.items():
            before = hosts.get(host, (first, last))
            hosts[host] = (min(first, before[0]), max(last, before[1]))
        return Touched(
            kinds=self.kinds | other.kinds,
            spans=_spans([*self.spans, *other.spans]),
            hosts=hosts,
            clock=min(self.clock, other.clock),
        )


def _spans(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first - joined[-1][1] <= GAP:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    if len(joined) > MOST_SPANS:
        return ((joined[0][0], joined[-1][1]),)
    return tuple(joined)


def pack(touched: Touched) -> bytes:
    """Return the hand-over's bytes (MessagePack)."""
    return msgspec.msgpack.encode(touched)


def unpack(entry: bytes) -> Touched:
    """Return what `pack` wrote."""
    return msgspec.msgpack.decode(entry, type=Touched)
