"""What is measured with: raw logs of the seeds' deployment, or ordinary life without end.

The seeds' logs come in sensor formats and have a story's breadth; the generated ones are our own NDJSON, in
bounded memory however many. Both are the same to the byte each time.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import msgspec

import seeds
from app import reading
from app.ingest import Origin, moment, read
from app.main import now
from app.sources import Context, Outcome, Taken

_STORY = "benign"
_EVENTS_AT_SCALE_1 = 29_000
"""Events of the past at scale 1, rounded down."""
_SMALLEST = 0.1
NDJSON = Origin("bench", "polygraph")


@dataclass(frozen=True, slots=True)
class Logs:
    """Raw logs on disk, a file a format, that hold at least `events` events."""

    files: tuple[tuple[str, Path], ...]
    events: int

    @contextmanager
    def outcomes(self) -> Iterator[Iterator[tuple[Origin, Outcome]]]:
        """Open the files and offer what they say, merged by time and cut after `events` events."""
        with ExitStack() as stack:
            streams = []
            for format, path in self.files:
                reader = stack.enter_context(reading.opened(path))
                origin = Origin(reader.name, format, Context(not_after=reader.modified))
                streams.append(read(origin, reader, now))
            yield cut(reading.merged(streams, moment), self.events)


@contextmanager
def logs(events: int) -> Iterator[Logs]:
    """Write the seeds' ordinary life, dense enough for so many events, into a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="polygraph-bench-") as folder:
        scale = max(_SMALLEST, 1.1 * events / _EVENTS_AT_SCALE_1)
        manifest = seeds.write(_STORY, Path(folder), scale=scale)
        past = manifest.steps[0].ingest
        yield Logs(tuple((one.format, Path(folder) / one.file) for one in past), events)


def cut(outcomes: Iterator[tuple[Origin, Outcome]], events: int) -> Iterator[tuple[Origin, Outcome]]:
    """Yield until so many events came; a record is not torn apart."""
    left = events
    while left > 0:
        item = next(outcomes, None)
        if item is None:
            return
        left -= len(item[1].events) if isinstance(item[1], Taken) else 0
        yield item


@dataclass(frozen=True, slots=True)
class Deployment:
    """Made-up ordinary life: what runs and talks where is fixed, so that after a while nothing is new."""

    hosts: int = 50
    binaries: int = 40
    addresses: int = 100

    @property
    def cycle(self) -> int:
        """Return after how many events every program has run on every host: then nothing is new any more."""
        return self.hosts * self.binaries * 4

    def lines(self, events: int, start: int, end: int) -> Iterator[bytes]:
        """Yield records of our own format, spread evenly over [start, end)."""
        for number, document in enumerate(islice(self.documents(), events)):
            at = start + (end - start) * number // events
            yield msgspec.json.encode({"at": at, **document})

    def documents(self, first: int = 0) -> Iterator[Mapping[str, object]]:
        """Yield records without their time, for ever; `first` is the first process's number."""
        for number in count(first):
            host = number % self.hosts
            binary = number // self.hosts % self.binaries
            actor = {
                "host": f"host-{host}",
                "process": f"run-{number}",
                "pid": 1000 + number % 30_000,
                "binary": f"/usr/bin/tool-{binary}",
                "uid": 1000 + binary % 5,
            }
            parent = {"parent": f"shell-{host}", "parent_pid": 900, "parent_binary": "/usr/bin/bash"}
            site = (binary * 7 + host) % self.addresses
            args = [f"tool-{binary}", "--job", str(number)]
            yield {"kind": "process_started", **actor, **parent, "args": args}
            yield {"kind": "name_resolved", **actor, "domain": f"site-{site}.example.net", "answers": [_ip(site)]}
            yield {"kind": "connection_out", **actor, "remote_ip": _ip(site), "remote_port": 443}
            yield {"kind": "process_ended", **actor}


def _ip(site: int) -> str:
    return f"45.{site // 65536 % 200}.{site // 256 % 256}.{site % 256}"


def outcomes_of(lines: Iterator[bytes]) -> Iterator[tuple[Origin, Outcome]]:
    """Yield what records of our own format say."""
    return read(NDJSON, lines, now)
