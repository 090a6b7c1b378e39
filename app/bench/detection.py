"""Whether detection costs what is new, not what is stored: the same batches on a graph of 1 × and of 10 ×.

The two graphs stand side by side and take turns, batch by batch, so that the machine's moods hit both.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from statistics import median
from typing import Any

import msgspec

from app import main
from app.bench.load import Deployment, outcomes_of
from app.bench.place import Place, conditions, fresh
from app.detect import Detector, Tuning
from app.events import AnyEvent
from app.novelty import DAY
from app.sources import Taken
from app.statements import count_nodes

TIMES = 10
MOST = 1.3
"""Most that an evaluation may take at ten times the size, in times of the small one."""
_DAYS = 80
_NEW_EVENTS = 400
Progress = Callable[[str, int, int], None]


def measure(
    environment: Mapping[str, str],
    *,
    events: int,
    batches: int,
    progress: Progress = lambda what, done, of: None,
) -> dict[str, Any]:
    """Return how long evaluating the same new batches takes on a graph of `events` events and of ten times."""
    now = main.now()
    seconds: tuple[list[float], list[float]] = ([], [])
    with ExitStack() as stack:
        places = [stack.enter_context(fresh(environment)) for _ in seconds]
        sizes = (events, TIMES * events)
        for place, size in zip(places, sizes, strict=True):
            _fill(place, size, now, progress)
        detectors = [_detector(place) for place in places]
        # The first ones warm both up and do not count.
        warm = max(1, batches // 4)
        for number in range(batches + warm):
            new = list(_new(number, now))
            for place, detector, taken in zip(places, detectors, seconds, strict=True):
                touched = main.writer(place.services).write(new)
                began = time.perf_counter()
                detector.evaluate(touched)
                if number >= warm:
                    taken.append(time.perf_counter() - began)
            progress("evaluating", number + 1, batches + warm)
        alerts = [_alerts(place) for place in places]
    small, large = (median(taken) for taken in seconds)
    return {
        "stored_events": list(sizes),
        "new_events": _NEW_EVENTS,
        "batches": batches,
        "seconds": [round(small, 4), round(large, 4)],
        "ratio": round(large / small, 3),
        "alerts": alerts,
        "settings": conditions(),
    }


def _fill(place: Place, size: int, now: int, progress: Progress) -> None:
    """Store ordinary life in which all that there is grows with the size: hosts, programs, addresses."""
    writer = main.writer(place.services)
    # Ten times the events are ten times the hosts and addresses too: both graphs have the same shape.
    life = Deployment(hosts=max(20, size // 500), binaries=40, addresses=max(50, size // 100))
    events = _events(life.lines(size, now - _DAYS * DAY, now - DAY))
    done = 0
    while batch := list(islice(events, place.settings.batch_events)):
        writer.write(batch)
        done += len(batch)
        progress(f"storing {size} events", done, size)


def _new(number: int, now: int) -> Iterator[AnyEvent]:
    """Yield a batch on hosts that both graphs know: mostly ordinary, and some that no host has seen."""
    at = now - DAY // 2 + number * 60_000
    yield from _events(Deployment(hosts=20).lines(_NEW_EVENTS - 12, at, at + 50_000))
    for host in range(3):
        actor = {
            "host": f"host-{host}",
            "process": f"new-{number}-{host}",
            "pid": 31_000 + number,
            "binary": f"/opt/new-{number}-{host}",
            "uid": 1000,
        }
        parent = {"parent": f"shell-{host}", "parent_pid": 900, "parent_binary": "/usr/bin/bash"}
        ip, name = f"46.{number}.{host}.9", f"new-{number}-{host}.example.org"
        for event in (
            {"kind": "process_started", **parent},
            {"kind": "name_resolved", "domain": name, "answers": [ip]},
            {"kind": "connection_out", "remote_ip": ip, "remote_port": 443},
            {"kind": "file_written", "path": f"/tmp/new-{number}"},  # noqa: S108 - a name in a record
        ):
            yield msgspec.convert({"at": at + 55_000, **actor, **event}, AnyEvent)


def _events(lines: Iterator[bytes]) -> Iterator[AnyEvent]:
    for _, outcome in outcomes_of(lines):
        if isinstance(outcome, Taken):
            yield from outcome.events


def _detector(place: Place) -> Detector:
    given = place.services
    return Detector(given.graph, given.schema, given.queries, Tuning(), given.now)


def _alerts(place: Place) -> int:
    return int(place.services.graph.read(count_nodes("Alert"))[0]["count"])
