"""From what sources say of records to what lies on the stream: admission, masking, batches, the final count.

Between `sources` and `stream`; knows no format. Every record that goes in is counted once, as taken, ignored or
rejected, and what was rejected lies among the dead letters with its reason. Secrets are masked here, before
anything is stored.
"""

import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from threading import Lock

import msgspec
from msgspec import Struct

from app import events, sources, touched
from app.errors import BackPressure, PolygraphError, StreamUnavailable
from app.events import AnyEvent
from app.mask import Masker
from app.metrics import Metrics
from app.patience import beating
from app.sources import NOTHING_KNOWN, Context, Ignored, Outcome, Rejected, Taken
from app.stream import HAND_OVER, UNREADABLE_ENTRY, DeadLetter, StoredLetter, Stream, reason_class
from app.tally import Tally, count, duration

__all__ = ["Ingest", "Origin", "Tally", "moment", "read", "replay_dead_letters"]

BATCH_EVENTS = 2_000
"""Events that are published at once."""
BATCH_LETTER_BYTES = 4_000_000
LIVE_SECONDS = 0.2
"""Longest time that an event from a live source waits for others."""

_PROGRESS_EVERY = 500
_PAGE = 100
_OUTAGE = 120.0
"""Seconds that a waiting ingest gives Redis to come back."""


class Origin(Struct, frozen=True):
    """Where records come from."""

    source: str
    """A name for people, such as a file's."""
    format: str
    context: Context = NOTHING_KNOWN
    """What is known of them; without `not_after` they are still being written."""


def read(origin: Origin, lines: Iterable[bytes], now: Callable[[], int]) -> Iterator[tuple[Origin, Outcome]]:
    """Yield what records say, each with where it comes from."""
    given = origin.context
    asked = given if given.not_after is not None else lambda: msgspec.structs.replace(given, not_after=now())
    return ((origin, outcome) for outcome in sources.read(origin.format, lines, asked))


def moment(item: tuple[Origin, Outcome]) -> int | None:
    """Return the time by which a record is merged with those of other inputs: its first event's."""
    outcome = item[1]
    return outcome.events[0].at if isinstance(outcome, Taken) and outcome.events else None


class Ingest:
    """Takes outcomes of any source; built once, used by several threads."""

    def __init__(
        self,
        stream: Stream,
        masker: Masker,
        now: Callable[[], int],
        future_tolerance_ms: int,
        *,
        sleep: Callable[[float], None] | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        """With `sleep`, wait where there is no room; without, raise BackPressure and leave waiting to the sender."""
        self._stream = stream
        self._masker = masker
        self._now = now
        self._tolerance = future_tolerance_ms
        self._sleep = sleep
        self._metrics = metrics or Metrics()

    def feed(
        self,
        outcomes: Iterable[Outcome],
        source: str,
        format: str,
        progress: Callable[[int], None] | None = None,
        *,
        context: Context = NOTHING_KNOWN,
        live: bool = False,
        whole: bool = False,
    ) -> Tally:
        """Publish what one source yields and return what became of its records; see `feed_merged`."""
        origin = Origin(source, format, context)
        return self.feed_merged(((origin, outcome) for outcome in outcomes), progress, live=live, whole=whole)

    def feed_merged(
        self,
        outcomes: Iterable[tuple[Origin, Outcome]],
        progress: Callable[[int], None] | None = None,
        *,
        live: bool = False,
        whole: bool = False,
    ) -> Tally:
        """Publish what sources yield and return what became of their records.

        `progress` is told how many more records are done. With `live`, events do not wait for a batch to fill
        while the sources are silent; with `whole`, all is held until the end, and stored together or not at all.
        Raises BackPressure (unless this waits), DeadLettersFull or StreamUnavailable: feeding the same again
        changes nothing about what was stored before.
        """
        batch = _Batch(self._publish, BATCH_EVENTS if not whole else sys.maxsize)
        with beating(batch.beat, LIVE_SECONDS, math.inf) if live else nullcontext():
            try:
                for number, (origin, outcome) in enumerate(outcomes, 1):
                    self._sort(origin, outcome, batch)
                    if progress and number % _PROGRESS_EVERY == 0:
                        progress(_PROGRESS_EVERY)
            finally:
                # A source may break in the middle, or be interrupted: what came before that is not lost.
                if not whole and batch.failed is None:
                    batch.flush()
        batch.flush()
        batch.measure(self._metrics)
        tally = batch.tally()
        if progress:
            progress(tally.records % _PROGRESS_EVERY)
        return tally

    def replay(self, letters: Iterable[StoredLetter]) -> Tally:
        """Try dead letters again; those that succeed are deleted, the others stay as they are."""
        tally = Tally()
        for stored in letters:
            letter = stored.letter
            if letter.format == HAND_OVER:
                outcome = self._wake(letter)
            elif letter.format == UNREADABLE_ENTRY:
                outcome = self._unpack(letter)
            else:
                outcome = self._read(letter)
            if isinstance(outcome, Tally):
                self._stream.delete_dead_letters([stored.id])
            else:
                outcome = Tally(records=1, rejected={reason_class(outcome): 1})
            tally |= outcome
        return tally

    def _read(self, letter: DeadLetter) -> Tally | str:
        if letter.format not in sources.names():
            return f"there is no format {letter.format} here"
        batch = _Batch(self._publish, sys.maxsize)
        not_after = letter.at if letter.not_after is None else letter.not_after
        origin = Origin(letter.source, letter.format, Context(letter.host, not_after, letter.utc_offset))
        for _, outcome in read(origin, letter.raw.split(b"\n"), self._now):
            self._sort(origin, outcome, batch)
        if batch.letters:
            return batch.letters[0].reason
        batch.flush()
        tally = batch.tally()
        # A header that was kept for the record to be read by is none that was sent again.
        return msgspec.structs.replace(tally, records=tally.taken, ignored={}) if tally.taken else tally

    def _unpack(self, letter: DeadLetter) -> Tally | str:
        try:
            found = events.unpack(letter.raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return str(error)
        self._publish(found, ())
        return Tally(records=1, taken=1, events=len(found))

    def _wake(self, letter: DeadLetter) -> Tally | str:
        try:
            self._stream.wake(touched.unpack(letter.raw))
        except msgspec.DecodeError as error:
            return str(error)
        return Tally(records=1, taken=1)

    def _sort(self, origin: Origin, outcome: Outcome, batch: "_Batch") -> None:
        """Put a record where it belongs: masked and admitted, counted only, or among the dead letters."""
        now = self._now()
        if isinstance(outcome, Taken):
            latest = max((event.at for event in outcome.events), default=0)
            if latest <= now + self._tolerance:
                batch.take(origin.format, tuple(map(self._masker.event, outcome.events)))
                return
            ahead = duration(latest - now)
            outcome = Rejected(outcome.record.whole(), f"lies {ahead} in the future of this machine's clock")
        if isinstance(outcome, Ignored):
            batch.ignore(origin.format, outcome.kind)
            return
        letter = DeadLetter(
            at=now,
            format=origin.format,
            source=origin.source,
            line=outcome.record.line,
            # A reason may quote the record.
            reason=self._masker.text(outcome.reason),
            raw=self._masker.raw(outcome.record.raw),
            host=origin.context.host,
            not_after=origin.context.not_after,
            utc_offset=origin.context.utc_offset,
        )
        batch.reject(letter)

    def _publish(self, found: Sequence[AnyEvent], letters: Sequence[DeadLetter]) -> int:
        """Store a batch; where this is one to wait, wait for room, and for Redis to come back."""
        waited, pause = 0.0, 0.1
        while True:
            try:
                return self._stream.publish(found, letters)
            except BackPressure as error:
                self._metrics.back_pressure.inc()
                if self._sleep is None:
                    raise
                self._sleep(error.retry_after)
            except StreamUnavailable:
                if self._sleep is None or waited >= _OUTAGE:
                    raise
                self._sleep(pause)
                waited += pause
                pause = min(2 * pause, 2.0)


class _Batch:
    """What waits to be published, and the count so far; shared with the thread that beats for a live source."""

    def __init__(self, publish: Callable[[Sequence[AnyEvent], Sequence[DeadLetter]], int], most: int) -> None:
        self._publish = publish
        self._most = most
        self._lock = Lock()
        self.failed: PolygraphError | None = None
        self.letters: list[DeadLetter] = []
        self._events: list[AnyEvent] = []
        self._letter_bytes = 0
        self._published = 0
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._ignored: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._first, self._last = math.inf, -math.inf

    def take(self, format: str, found: Sequence[AnyEvent]) -> None:
        """Add a record's events."""
        with self._lock:
            self._raise_failed()
            self._outcomes[format, "taken"] += 1
            self._events += found
            for event in found:
                self._first, self._last = min(self._first, event.at), max(self._last, event.at)
            if len(self._events) >= self._most:
                self._flush()

    def ignore(self, format: str, kind: str) -> None:
        """Count a record that is not of interest."""
        self._outcomes[format, "ignored"] += 1
        count(self._ignored, kind)

    def reject(self, letter: DeadLetter) -> None:
        """Add a record that is a dead letter."""
        with self._lock:
            self._raise_failed()
            self._outcomes[letter.format, "rejected"] += 1
            count(self._rejected, reason_class(letter.reason))
            self.letters.append(letter)
            self._letter_bytes += len(letter.raw)
            if self._letter_bytes >= BATCH_LETTER_BYTES and self._most < sys.maxsize:
                self._flush()

    def flush(self) -> None:
        """Publish what waits."""
        with self._lock:
            self._flush()

    def beat(self) -> None:
        """Publish what waits, from another thread: an error is raised where records are added."""
        with suppress(PolygraphError):
            self.flush()
        if isinstance(self.failed, StreamUnavailable):
            # It waits on, and is tried again with the next beat or the next record.
            self.failed = None

    def tally(self) -> Tally:
        """Return the count so far."""
        return Tally(
            records=self._outcomes.total(),
            taken=sum(count for (_, outcome), count in self._outcomes.items() if outcome == "taken"),
            events=self._published,
            ignored=dict(self._ignored),
            rejected=dict(self._rejected),
            first=int(self._first) if self._last >= 0 else None,
            last=int(self._last) if self._last >= 0 else None,
        )

    def measure(self, metrics: Metrics) -> None:
        """Add the count to what can be measured from outside."""
        for (format, outcome), number in self._outcomes.items():
            metrics.records.labels(format, outcome).inc(number)
            if outcome == "rejected":
                metrics.dead_letters.labels(format).inc(number)
        metrics.published.inc(self._published)

    def _raise_failed(self) -> None:
        if self.failed is not None:
            raise self.failed

    def _flush(self) -> None:
        self._raise_failed()
        if not (self._events or self.letters):
            return
        try:
            # Equal events are one event; sensors do repeat themselves.
            self._published += self._publish(list(dict.fromkeys(self._events)), self.letters)
        except PolygraphError as error:
            self.failed = error
            raise
        self._events, self.letters, self._letter_bytes = [], [], 0


def replay_dead_letters(stream: Stream, ingest: Ingest) -> Tally:
    """Try all dead letters again, oldest first; those that succeed are deleted."""
    tally, last = Tally(), None
    while letters := stream.dead_letters(after=last, count=_PAGE):
        tally |= ingest.replay(letters)
        last = letters[-1].id
    return tally
