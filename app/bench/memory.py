"""Whether a worker's memory stays flat over a long run: its resident size, once a second."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any

from app import main
from app.bench.load import Deployment, outcomes_of
from app.bench.place import conditions, fresh
from app.novelty import DAY

MOST_MB = 300.0
FLAT = 1.05
"""Most that the last quarter may be above the second."""
_EVERY = 1.0
_DAYS = 20


def measure(
    environment: Mapping[str, str],
    *,
    events: int,
    workers: int,
    progress: Callable[[str, int, int], None] = lambda what, done, of: None,
    every: float = _EVERY,
) -> dict[str, Any]:
    """Return the resident size of worker and detector while so many events go through."""
    samples: list[float] = []
    ended = Event()
    with fresh(environment) as place:
        pid = place.start_worker(workers)
        now = main.now()
        lines = Deployment().lines(events, now - _DAYS * DAY, now - DAY)

        def watch() -> None:
            while not ended.wait(every):
                samples.append(resident_mb(pid))

        watching = Thread(target=watch, daemon=True)
        watching.start()
        began = time.perf_counter()
        try:
            main.ingest(place.services, waits=True).feed_merged(outcomes_of(lines))
            place.settle(lambda left: progress("writing and detecting", events - left, events))
        finally:
            ended.set()
            watching.join()
        samples.append(resident_mb(pid))
        seconds = time.perf_counter() - began
    second, last = quarter(samples, 1), quarter(samples, 3)
    return {
        "events": events,
        "seconds": round(seconds, 1),
        "events_per_second": round(events / seconds, 1),
        "peak_mb": round(max(samples), 1),
        "second_quarter_mb": second,
        "last_quarter_mb": last,
        "growth": round(last / second, 3),
        "samples_mb": samples,
        "settings": conditions() | {"workers": workers},
    }


def quarter(samples: list[float], number: int) -> float:
    """Return the median of one quarter of the samples, from 0 to 3."""
    size = len(samples)
    part = samples[number * size // 4 : max(number * size // 4 + 1, (number + 1) * size // 4)]
    return round(median(part or samples), 1)


def resident_mb(pid: int) -> float:
    """Return a process's resident size in megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000, 1)
