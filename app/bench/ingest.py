"""How many events a second end to end, next to two loops without stream and detection.

One round runs each contestant once on the same records, on a fresh database of its own; rounds alternate the
order, so that whatever else the machine does hits all alike. The first records warm the database up and are
not counted, for all three.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from typing import Any

from app import main
from app.bench import references
from app.bench.load import Logs, cut, logs
from app.bench.place import Place, conditions, fresh
from app.errors import PolygraphError
from app.ingest import Origin
from app.sources import Outcome

PIPELINE = "pipeline"
NAIVE = "naive"
HAND_WRITTEN = "hand_written"
AIMS = {NAIVE: 2.0, HAND_WRITTEN: 0.7}
"""Least ratio to each reference."""
_WARM = 3
"""One part of so many warms up: a database that has just started plans and compiles for some 10,000 events."""
Progress = Callable[[str, int, int], None]
"""Told what runs, how many events are done, and of how many."""


def measure(
    environment: Mapping[str, str],
    *,
    events: int,
    rounds: int,
    workers: int,
    progress: Progress = lambda what, done, of: None,
) -> dict[str, Any]:
    """Return events a second of the pipeline and of both references; raises PolygraphError when graphs differ."""
    warm = events // _WARM
    results: list[dict[str, float]] = []
    graphs: dict[str, dict[str, int]] = {}
    settings: dict[str, Any] = {}
    with logs(events) as records:
        for number in range(rounds):
            order = [PIPELINE, HAND_WRITTEN, NAIVE]
            result: dict[str, float] = {}
            for who in order if number % 2 == 0 else reversed(order):
                with fresh(environment) as place:
                    result[who] = round(events_per_second(place, who, records, warm, workers, progress), 1)
                    settings = _settings(place, warm, workers)
                    if who != NAIVE:
                        graphs[who] = references.counts(place.services)
            _same(graphs[PIPELINE], graphs[HAND_WRITTEN])
            results.append(result)
    middle = {who: median(result[who] for result in results) for who in (PIPELINE, NAIVE, HAND_WRITTEN)}
    return {
        "events": events,
        "events_per_second": middle[PIPELINE],
        "references": {NAIVE: middle[NAIVE], HAND_WRITTEN: middle[HAND_WRITTEN]},
        # Of each round by itself: contestants of one round met the same machine.
        "ratios": {
            who: round(median(result[PIPELINE] / result[who] for result in results), 3) for who in (NAIVE, HAND_WRITTEN)
        },
        "rounds": results,
        "graph": graphs[PIPELINE],
        "settings": settings,
    }


def events_per_second(
    place: Place, who: str, records: Logs, warm: int, workers: int, progress: Progress = lambda what, done, of: None
) -> float:
    """Run one contestant over all records and return its rate behind the warm-up."""
    contestants: dict[str, Callable[[Place, Iterator[tuple[Origin, Outcome]], Callable[[int], None]], None]] = {
        PIPELINE: _pipeline,
        HAND_WRITTEN: lambda place, outcomes, left: references.hand_written(
            place.services, outcomes, place.settings.batch_events
        ),
        NAIVE: lambda place, outcomes, left: references.naive(place.services, outcomes, place.settings.batch_events),
    }
    contestant = contestants[who]
    if who == PIPELINE:
        place.start_worker(workers)

    def left(events: int) -> None:
        progress(who, max(0, records.events - events), records.events)

    with records.outcomes() as outcomes:
        contestant(place, cut(outcomes, warm), lambda events: None)
        counted = _Told(outcomes, lambda done: progress(who, warm + done, records.events))
        began = time.perf_counter()
        contestant(place, iter(counted) if who != PIPELINE else outcomes, left)
        return (records.events - warm) / (time.perf_counter() - began)


class _Told:
    """Records on their way to a reference, whose progress is how many it has asked for."""

    def __init__(self, outcomes: Iterator[tuple[Origin, Outcome]], each: Callable[[int], None]) -> None:
        self._outcomes = outcomes
        self._each = each

    def __iter__(self) -> Iterator[tuple[Origin, Outcome]]:
        for number, item in enumerate(self._outcomes):
            if number % 1000 == 0:
                self._each(number)
            yield item


def _pipeline(place: Place, outcomes: Iterator[tuple[Origin, Outcome]], left: Callable[[int], None]) -> None:
    """Send records as `polygraph ingest` does and wait until all is written and evaluated."""
    main.ingest(place.services, waits=True).feed_merged(outcomes)
    place.settle(left)


def _same(pipeline: Mapping[str, int], by_hand: Mapping[str, int]) -> None:
    differing = {name: (count, by_hand.get(name)) for name, count in pipeline.items() if count != by_hand.get(name)}
    if differing:
        said = ", ".join(f"{name} {one} and {other}" for name, (one, other) in sorted(differing.items()))
        raise PolygraphError(f"pipeline and hand-written loop end in different graphs: {said}")


def _settings(place: Place, warm: int, workers: int) -> dict[str, Any]:
    settings = place.settings
    return {
        **conditions(),
        "warm_up_events": warm,
        "workers": workers,
        "batch_events": settings.batch_events,
        "batch_bytes": settings.batch_bytes,
        "batch_ms": settings.batch_ms,
        "partitions": settings.partitions,
        "learning": settings.learning,
    }
