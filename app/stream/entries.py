"""Events on their way: published by ingest, taken and handed over by workers.

One part of `Stream`. A stream per partition, many events to an entry, one consumer group. The backlog is
counted by the very scripts that add and delete entries, so it is exact after any crash.
"""

from collections.abc import Iterable, Iterator, Sequence
from time import monotonic
from zlib import crc32

import msgspec
from msgspec import Struct

from app import events, touched
from app.errors import BackPressure, DeadLettersFull, StreamUnavailable
from app.events import AnyEvent
from app.stream.connection import LONGEST_BLOCK_MS, Connection, GroupMissing
from app.stream.letters import MOST_LETTER_BYTES, DeadLetter, arguments
from app.stream.scripts import FORGET, HAND_OVER, KEEP, PUBLISH, RECLAIM, TAKE
from app.touched import Touched

ENTRY_EVENTS = 250
"""Most events in one entry."""
ENTRY_BYTES = 128 * 1024
"""Most bytes of an entry; an event that is larger by itself is an entry of its own."""
GROUP = "writers"
RETRY_AFTER = 1.0
"""Seconds that a sender is told to wait when the backlog is full."""

_FORGOTTEN_AFTER_MS = 86_400_000


class Entry(Struct, frozen=True):
    """One entry as a worker holds it."""

    partition: int
    id: str
    count: int
    """Events that it was published with."""
    events: tuple[AnyEvent, ...]
    """Empty when the entry cannot be read."""
    deliveries: int
    """How often it was handed to a worker, this time included."""
    packed: bytes
    fault: str | None = None
    """Why it cannot be read, such as being written by a newer version."""


class Entries(Connection):
    """The event streams in Redis."""

    def __init__(
        self,
        url: str,
        prefix: str,
        partitions: int = 4,
        backlog: int = 1_000_000,
        *,
        claim_ms: int = 30_000,
        most_letter_bytes: int = MOST_LETTER_BYTES,
    ) -> None:
        super().__init__(url, prefix)
        self.partitions = partitions
        self._limit = backlog
        self._claim_ms = claim_ms
        self._most_letter_bytes = most_letter_bytes
        self._streams = [self.key(f"events:{number}") for number in range(partitions)]
        self._kept = [self.key("backlog"), self.key("dead"), self.key("dead:bytes")]
        self._places: dict[str, int] = {}
        self._turn = 0
        # When each worker looks again for what others left behind; absent before its first take.
        self._next_claim: dict[str, float] = {}

    def publish(self, batch: Iterable[AnyEvent], letters: Sequence[DeadLetter] = ()) -> int:
        """Store all of these events and dead letters, or none of them; return the number of events.

        Raises BackPressure when the backlog has no room (an empty one takes any batch), DeadLettersFull,
        or StreamUnavailable; after the last it is not known whether they were stored, and repeating is safe.
        """
        args: list[str | bytes | int] = [self._limit, self._most_letter_bytes, 0]
        total = entries = 0
        for partition, count, packed in self._packed(batch):
            args += (partition + 1, count, packed)
            total += count
            entries += 1
        args[2] = entries
        args += arguments(letters)
        if len(args) == 3:
            return 0
        answer = self._run(PUBLISH, [*self._kept, *self._streams], args)
        if answer[0] == b"backlog":
            what = f"the backlog holds {answer[1]} events, its limit is {self._limit}"
            raise BackPressure(what, RETRY_AFTER)
        if answer[0] == b"letters":
            raise DeadLettersFull(
                f"{len(letters)} rejected records find no room: the dead letters hold {answer[1]} bytes "
                f"of at most {self._most_letter_bytes}; see `polygraph dead-letters`, then ingest again"
            )
        return total

    def take(
        self,
        worker: str,
        most_events: int,
        most_bytes: int,
        wait_ms: int = 0,
        partitions: Sequence[int] | None = None,
    ) -> list[Entry]:
        """Return entries for this worker to write, at least one unless there is none within `wait_ms`.

        Its own from before a crash come first, then what others have left idle for `claim_ms`, then new ones;
        `partitions` are looked into before the others. Bounds hold but for a single entry above them.
        """
        preferred = range(self.partitions) if partitions is None else partitions
        others = [number for number in range(self.partitions) if number not in preferred]
        # Another one is first each time, so that small batches do not pass the same ones over for ever.
        self._turn += 1
        order = _rotated(preferred, self._turn) + _rotated(others, self._turn)
        try:
            return self._left_over(worker, most_events, most_bytes, order) or self._new(
                worker, most_events, most_bytes, wait_ms, order, len(preferred)
            )
        except StreamUnavailable as error:
            # The answer may have been lost with entries in it: they are this worker's, to be asked for again.
            self._next_claim.pop(worker, None)
            if isinstance(error, GroupMissing):
                self.make_groups()
            raise

    def keep(self, worker: str, entries: Sequence[Entry]) -> list[Entry]:
        """Say that the worker still works on these; return those that nobody took from it meanwhile."""
        args: list[str | bytes | int] = [GROUP, worker]
        for entry in entries:
            args += (entry.partition + 1, entry.id)
        kept = self._run(KEEP, self._streams, args)
        return [entry for entry, mine in zip(entries, kept, strict=True) if mine]

    def hand_over(self, entries: Sequence[Entry], what: Touched, letters: Sequence[DeadLetter] = ()) -> int:
        """Acknowledge and delete what is in the graph and tell detection what it touched, in one step.

        Returns how many of them were still there: an entry that another worker handed over before is not.
        """
        args: list[str | bytes | int] = [GROUP, touched.pack(what) if what else b"", len(entries)]
        for entry in entries:
            args += (entry.partition + 1, entry.id, entry.count)
        args += arguments(letters)
        return int(self._run(HAND_OVER, [*self._kept, self.key("touched"), *self._streams], args))

    def backlog(self) -> int:
        """Return how many events wait or are being written."""
        return int(self._ask("GET", self._kept[0]) or 0)

    def make_groups(self) -> None:
        """Make the streams and their group where they are missing."""
        for stream in self._streams:
            self._make_group(stream, GROUP)

    def forget_workers(self) -> None:
        """Delete workers that have been silent for a day and hold nothing."""
        self._run(FORGET, self._streams, [GROUP, _FORGOTTEN_AFTER_MS])

    def _left_over(self, worker: str, most_events: int, most_bytes: int, order: list[int]) -> list[Entry]:
        """Return what was begun before, by this worker or by one that is silent, looking only now and then."""
        if worker not in self._next_claim:
            self._next_claim[worker] = 0.0
            # It never held more than about a batch; in another order that may need some more room.
            own = self._scripted(RECLAIM, worker, 2 * most_events, 2 * most_bytes, order, "")
            if own:
                return own
        if monotonic() < self._next_claim[worker]:
            return []
        left = self._scripted(RECLAIM, worker, most_events, most_bytes, order, self._claim_ms)
        if not left:
            self._next_claim[worker] = monotonic() + self._claim_ms / 4000
        return left

    def _new(
        self, worker: str, most_events: int, most_bytes: int, wait_ms: int, order: list[int], preferred: int
    ) -> list[Entry]:
        taken = self._scripted(TAKE, worker, most_events, most_bytes, order, preferred)
        if taken or wait_ms <= 0:
            return taken
        block = ("COUNT", 1, "BLOCK", min(wait_ms, LONGEST_BLOCK_MS))
        keys = [self._streams[number] for number in order]
        found = self._ask("XREADGROUP", "GROUP", GROUP, worker, *block, "STREAMS", *keys, *[">"] * len(keys))
        for key, part in found:
            partition = order[keys.index(key.decode())]
            taken += [_entry(partition, id, 1, fields.get(b"n", 0), fields.get(b"e", b"")) for id, fields in part]
        room = most_events - sum(entry.count for entry in taken)
        room_bytes = most_bytes - sum(len(entry.packed) for entry in taken)
        if taken and room >= ENTRY_EVENTS and room_bytes >= ENTRY_BYTES:
            # Publishers put entries into all partitions at once: the others are there too.
            taken += self._scripted(TAKE, worker, room, room_bytes, order, preferred)
        return taken

    def _scripted(
        self, script: str, worker: str, most_events: int, most_bytes: int, order: list[int], *more: str | int
    ) -> list[Entry]:
        args = [GROUP, worker, most_events, most_bytes, ENTRY_EVENTS, ENTRY_BYTES, *more]
        found = self._run(script, [self._streams[number] for number in order], args)
        return [_entry(order[stream - 1], id, times, count, packed) for stream, id, times, count, packed in found]

    def _packed(self, batch: Iterable[AnyEvent]) -> Iterator[tuple[int, int, bytes]]:
        parts: list[list[AnyEvent]] = [[] for _ in range(self.partitions)]
        for event in batch:
            parts[self._partition(event.place)].append(event)
        for partition, part in enumerate(parts):
            for start in range(0, len(part), ENTRY_EVENTS):
                for count, packed in _bounded(part[start : start + ENTRY_EVENTS]):
                    yield partition, count, packed

    def _partition(self, place: str) -> int:
        partition = self._places.get(place)
        if partition is None:
            if len(self._places) > 100_000:
                self._places.clear()
            # Not hash(): that differs from process to process.
            partition = crc32(place.encode()) % self.partitions
            self._places[place] = partition
        return partition


def _rotated(partitions: Sequence[int], turn: int) -> list[int]:
    place = turn % len(partitions) if partitions else 0
    return [*partitions[place:], *partitions[:place]]


def _bounded(part: list[AnyEvent]) -> Iterator[tuple[int, bytes]]:
    packed = events.pack(part)
    if len(packed) <= ENTRY_BYTES or len(part) == 1:
        yield len(part), packed
        return
    middle = len(part) // 2
    yield from _bounded(part[:middle])
    yield from _bounded(part[middle:])


def _entry(partition: int, id: bytes, deliveries: int, count: bytes | int, packed: bytes) -> Entry:
    found: list[AnyEvent] = []
    fault = None
    try:
        found = events.unpack(packed)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        fault = f"this entry cannot be read: {error}"
    return Entry(partition, id.decode(), int(count), tuple(found), deliveries, packed, fault)
