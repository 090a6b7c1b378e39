"""The loop that evaluates what workers handed over: one at a time, wherever how many run.

Downstream of `stream`; knows the detector by one method, and no rules. What it begins and does not finish lies
in the stream for the next, and evaluating it again ends the same.
"""

from contextlib import suppress
from functools import reduce
from operator import or_
from threading import Event
from time import perf_counter
from typing import Protocol

import structlog

from app.changes import Change
from app.errors import BackPressure, GraphUnavailable, LeaseLost, StreamUnavailable, WriteRefused
from app.metrics import Metrics
from app.patience import Patience, Stopped, Unforeseen, attempt, beating
from app.stream import Lease, Stream
from app.touched import Touched

_IDLE_MS = 500
"""Longest wait for a hand-over, after which the loop looks whether it is to stop."""
_LONGEST = 600.0
"""Seconds for which an evaluation may keep the lease from others."""
_MOST_HAND_OVERS = 64
_HOPELESS_AFTER = 5
"""Failures of one hand-over by itself after which it becomes a dead letter, and detection goes on."""


class Detector(Protocol):
    """What makes alerts; checks the lease (`Lease.check`) before it writes."""

    def evaluate(self, touched: Touched, /) -> Change:
        """Make alerts and investigations what the graph says; raises GraphUnavailable to be asked again."""
        ...


class DetectLoop:
    """Evaluates what workers handed over; one at a time, wherever how many run."""

    def __init__(self, stream: Stream, detector: Detector, lease: Lease, metrics: Metrics | None = None) -> None:
        self._stream = stream
        self._detector = detector
        self._lease = lease
        self._metrics = metrics or Metrics()
        self._log = structlog.get_logger().bind(worker="detector")
        self._most = _MOST_HAND_OVERS
        self._failed = 0
        self._holds = False

    def run(self, stop: Event) -> None:
        """Detect while the lease is ours and wait for it while it is not, until told to stop."""
        patience = Patience(stop, self._log, "detection does not get on")
        try:
            with suppress(Stopped):
                while not stop.is_set():
                    self._turn(stop, patience)
        finally:
            self._show_holding(False)
            with suppress(StreamUnavailable):
                self._lease.release()

    def _turn(self, stop: Event, patience: Patience) -> None:
        try:
            if not self._lease.hold():
                self._show_holding(False)
                stop.wait(min(self._lease.pause, 1.0))
                return
            self._show_holding(True)
            self._evaluate()
            patience.over()
        except LeaseLost as error:
            self._log.warning("the lease was lost", reason=str(error))
        except (StreamUnavailable, BackPressure, GraphUnavailable) as error:
            self._metrics.troubles.labels("detection", "unavailable").inc()
            patience.wait(error)
        except (Unforeseen, WriteRefused) as error:
            self._metrics.troubles.labels("detection", "unforeseen").inc()
            patience.wait(error)

    def _evaluate(self) -> None:
        found = self._stream.take_touched(self._most, min(_IDLE_MS, int(self._lease.pause * 1000)))
        if not found:
            return
        ids = [id for id, _ in found]
        what = reduce(or_, (one for _, one in found))
        began = perf_counter()
        try:
            with beating(self._lease.hold, self._lease.pause, _LONGEST):
                change = attempt(self._detector.evaluate, what)
        except (Unforeseen, WriteRefused) as error:
            self._log.error("detection failed", hand_overs=len(ids), exc_info=error.__cause__ or error)
            self._failed += len(ids) == 1
            if self._failed < _HOPELESS_AFTER:
                # One at a time from here on, so that one that cannot be evaluated does not hold up the rest.
                self._most = 1
                raise
            self._log.error("a hand-over became a dead letter", reason=str(error))
            self._stream.refuse_touched(ids[0], what, str(error))
            change = Change()
        self._lease.check()
        self._stream.done(ids, change)
        self._most, self._failed = _MOST_HAND_OVERS, 0
        self._metrics.detection_seconds.observe(perf_counter() - began)
        self._metrics.evaluated.inc(len(ids))
        self._metrics.changes.labels("alert").inc(len(change.alerts))
        self._metrics.changes.labels("investigation").inc(len(change.investigations))

    def _show_holding(self, holds: bool) -> None:
        if holds != self._holds:
            self._holds = holds
            self._metrics.detecting.set(holds)
            self._log.info("detecting" if holds else "not detecting any more")
