"""The loop behind ingest: events from the stream into the graph, and what they touched to detection.

Downstream of `stream` and `writer`; knows neither Cypher nor rules. Whatever ends it in the middle (a crash,
a kill, an outage) leaves its work in the stream, where the next one finds it; doing it again changes nothing.
`run` puts it and the detection loop into threads of one process.
"""

import signal
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from threading import Event
from time import monotonic, perf_counter
from types import FrameType
from typing import Protocol

import msgspec
import structlog

from app.config import Settings
from app.detecting import DetectLoop, Detector
from app.errors import BackPressure, GraphUnavailable, StreamUnavailable, WriteRefused
from app.events import AnyEvent
from app.metrics import Metrics
from app.patience import Patience, Stopped, Unforeseen, attempt, beating
from app.stream import ENTRY_EVENTS, UNREADABLE_ENTRY, DeadLetter, Entry, Lease, Stream
from app.touched import Touched

_IDLE_MS = 500
"""Longest wait for an entry, after which a loop looks whether it is to stop."""
_GAP_MS = 20
"""Milliseconds without a new entry after which a batch is not waited for any longer."""
_ALONE_AFTER = 3
"""Deliveries after which an entry is written by itself: it may be what ends the workers."""
_TRIES = 3
"""Tries of a batch that fails for a reason nobody foresaw, before the culprit is looked for."""
_LONGEST = 600.0
"""Seconds for which a batch may keep its entries from others."""


class Writer(Protocol):
    """What stores events; raises GraphUnavailable (try again) or WriteRefused (the events are at fault)."""

    def write(self, events: Sequence[AnyEvent], /) -> Touched:
        """Store the events and return what they touched."""
        ...


class Worker:
    """Writes events into the graph; any number of them, in any number of processes."""

    def __init__(
        self,
        stream: Stream,
        writer: Writer,
        settings: Settings,
        name: str,
        now: Callable[[], int],
        metrics: Metrics | None = None,
        partitions: Sequence[int] | None = None,
    ) -> None:
        self._stream = stream
        self._writer = writer
        self._settings = settings
        self._name = name
        self._now = now
        self._metrics = metrics or Metrics()
        self._partitions = partitions
        self._log = structlog.get_logger().bind(worker=name)

    def run(self, stop: Event) -> None:
        """Take, write and hand over until told to stop; a batch that is begun is finished."""
        with suppress(Stopped):
            self._run(stop, Patience(stop, self._log, "Redis does not give events"))

    def _run(self, stop: Event, patience: Patience) -> None:
        while not stop.is_set():
            try:
                entries = self._gather()
                patience.over()
                if entries:
                    self.write(entries, stop)
            except (StreamUnavailable, BackPressure) as error:
                self._metrics.troubles.labels("stream", "unavailable").inc()
                patience.wait(error)

    def write(self, entries: Sequence[Entry], stop: Event) -> None:
        """Write entries and hand them over; raises Stopped when that has to be left to another time."""
        again = sum(entry.deliveries > 1 for entry in entries)
        self._metrics.redelivered.inc(again)
        parts = [entries]
        if any(entry.deliveries > _ALONE_AFTER for entry in entries):
            parts = [[entry] for entry in sorted(entries, key=lambda one: one.deliveries)]
        every = self._settings.claim_ms / 3000
        with beating(lambda: self._stream.keep(self._name, entries), every, _LONGEST):
            for part in parts:
                self._write(part, stop)

    def _gather(self) -> list[Entry]:
        """Return what is there; wait for more only while so much comes that a fuller batch pays."""
        most, most_bytes = self._settings.batch_events, self._settings.batch_bytes
        entries = self._stream.take(self._name, most, most_bytes, _IDLE_MS, self._partitions)
        deadline = monotonic() + self._settings.batch_ms / 1000
        count = sum(entry.count for entry in entries)
        size = sum(len(entry.packed) for entry in entries)
        while most // 8 <= count <= most - ENTRY_EVENTS and size < most_bytes and monotonic() < deadline:
            more = self._stream.take(self._name, most - count, most_bytes - size, _GAP_MS, self._partitions)
            if not more:
                break
            entries += more
            count += sum(entry.count for entry in more)
            size += sum(len(entry.packed) for entry in more)
        return entries

    def _write(self, entries: Sequence[Entry], stop: Event) -> None:
        source, now = f"worker {self._name}", self._now()
        letters = [
            DeadLetter(at=now, format=UNREADABLE_ENTRY, source=source, reason=entry.fault, raw=entry.packed)
            for entry in entries
            if entry.fault is not None
        ]
        events = [event for entry in entries for event in entry.events]
        refused: list[tuple[AnyEvent, str]] = []
        what = Touched()
        for start in range(0, len(events), self._settings.batch_events):
            what |= self._store(events[start : start + self._settings.batch_events], _TRIES, refused, stop)
        for event, reason in refused:
            raw = msgspec.json.encode(event)
            letters.append(DeadLetter(at=now, format="polygraph", source=source, reason=reason, raw=raw))
        if letters:
            self._log.error("events became dead letters", count=len(letters), reason=letters[0].reason)
        self._hand_over(entries, what, letters, stop)
        for letter in letters:
            self._metrics.dead_letters.labels(letter.format).inc()

    def _store(
        self, events: Sequence[AnyEvent], tries: int, refused: list[tuple[AnyEvent, str]], stop: Event
    ) -> Touched:
        """Write events, waiting for the graph as long as it takes; who is refused is found by halving."""
        patience = Patience(stop, self._log, "the graph does not take events")
        while True:
            began = perf_counter()
            try:
                what = attempt(self._writer.write, events)
            except GraphUnavailable as error:
                self._metrics.troubles.labels("write", "unavailable").inc()
                patience.wait(error)
            except WriteRefused as error:
                self._metrics.troubles.labels("write", "refused").inc()
                reason = str(error)
                break
            except Unforeseen as error:
                self._metrics.troubles.labels("write", "unforeseen").inc()
                tries -= 1
                if tries <= 0:
                    reason = str(error)
                    break
                self._log.error("a batch failed", events=len(events), exc_info=error.__cause__)
                patience.wait(error)
            else:
                patience.over()
                self._count(events, perf_counter() - began)
                return what
        if len(events) == 1:
            refused.append((events[0], reason))
            return Touched()
        middle = len(events) // 2
        first = self._store(events[:middle], 1, refused, stop)
        return first | self._store(events[middle:], 1, refused, stop)

    def _hand_over(self, entries: Sequence[Entry], what: Touched, letters: Sequence[DeadLetter], stop: Event) -> None:
        patience = Patience(stop, self._log, "Redis does not take what was written")
        while True:
            try:
                self._stream.hand_over(entries, what, letters)
            except (StreamUnavailable, BackPressure) as error:
                self._metrics.troubles.labels("stream", "unavailable").inc()
                patience.wait(error)
            else:
                patience.over()
                return

    def _count(self, events: Sequence[AnyEvent], seconds: float) -> None:
        metrics = self._metrics
        metrics.write_seconds.observe(seconds)
        metrics.batch_events.observe(len(events))
        for kind, count in Counter(event.KIND for event in events).items():
            metrics.written.labels(kind).inc(count)
        metrics.lag_seconds.set((self._now() - max(event.at for event in events)) / 1000)


def run(
    stream: Stream,
    settings: Settings,
    name: str,
    now: Callable[[], int],
    stop: Event,
    *,
    writer: Writer,
    workers: int = 1,
    detector: Detector | None = None,
    lease: Lease | None = None,
    metrics: Metrics | None = None,
) -> None:
    """Run loops in threads until `stop` is set, or until one cannot go on: then all end, and it raises.

    `name` must stay the same when the process is started again, and differ from that of any other: by it
    workers find what they had begun.
    """
    loops: list[Worker | DetectLoop] = []
    for number in range(workers):
        own = [partition for partition in range(stream.partitions) if partition % workers == number]
        loops.append(Worker(stream, writer, settings, f"{name}-{number}", now, metrics, own))
    if detector is not None:
        loops.append(DetectLoop(stream, detector, lease or Lease(stream, settings.lease_ms), metrics))
    with ThreadPoolExecutor(max_workers=max(1, len(loops))) as pool:
        running = [pool.submit(loop.run, stop) for loop in loops]
        try:
            wait(running, return_when=FIRST_EXCEPTION)
        finally:
            stop.set()
    for one in running:
        one.result()


def stop_on_signals(stop: Event) -> None:
    """Have SIGTERM and Ctrl-C set `stop`: what is begun is finished; a second signal does not wait."""

    def end(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
