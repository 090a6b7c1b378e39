"""A deployment as in production, of which every part may be killed: servers, worker, detector, ingest.

Worker and detector are processes of their own (`polygraph work`), started again under the same name; ingest
waits in a thread where the backlog is full or Redis is away, as `polygraph ingest` does.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Literal

import redis
from dumps import WALL_CLOCK, Dump

import seeds
from app import intel, main, reading
from app.config import Settings
from app.errors import StreamUnavailable
from app.events import AnyEvent
from app.graph import Graph
from app.ingest import Origin, Tally, moment, read
from app.local import Endpoints, LocalStack
from app.migrate import ensure
from app.sources import Context, Outcome, Taken
from app.stream import DeadLetter, Standing, Stream

Part = Literal["worker", "detector", "redis", "neo4j"]
PARTS: tuple[Part, ...] = ("worker", "detector", "redis", "neo4j")

_COMMANDS = {
    "worker": ("work", "--no-detect", "--workers", "2", "--name", "kills"),
    "detector": ("work", "--workers", "0", "--name", "kills"),
}
_MOVES_WITHIN = 400.0
_KNOWN_AT = 1_773_000_000_000
"""When the indicators were learnt: the one moment that is otherwise the wall clock's."""

Record = tuple[Origin, Outcome]


def records(folder: Path, most: int) -> list[Record]:
    """Return the records of the story's last events, by time: about as many as asked for."""
    # Ordinary life has some 18,300 events that no scale thins out, and 12,000 more for each 1.0.
    scale = max(0.1, (most - 17_500) / 12_000)
    manifest = seeds.write("gs_netcat", folder, scale=round(scale, 1))
    told = [one for step in manifest.steps if step.ingest for one in _read(folder, step.ingest)]
    # The last and not the first: without what lies between them and the story, what is usual would be new again.
    first, count = len(told), 0
    while first > 0 and count < most:
        first -= 1
        count += _events(told[first])
    return told[first:]


def _read(folder: Path, files: Sequence[seeds.File]) -> list[Record]:
    streams = []
    for file in files:
        reader = reading.opened(str(folder / file.file))
        origin = Origin(file.file, file.format, Context(not_after=reader.modified))
        streams.append(list(read(origin, reader, main.now)))
    return list(reading.merged(streams, moment))


def _events(record: Record) -> int:
    return len(record[1].events) if isinstance(record[1], Taken) else 0


def start(stack: LocalStack) -> Endpoints:
    """Start what does not run; Redis so that a kill loses nothing that it has said is stored."""
    return stack.up(fsync="always", owner_pid=os.getpid())


class Counting(Stream):
    """A stream that knows how many events it was given."""

    published = 0

    def publish(self, batch: Sequence[AnyEvent], letters: Sequence[DeadLetter] = ()) -> int:  # type: ignore[override]
        count = super().publish(batch, letters)
        self.published += count
        return count


class Feeding(Thread):
    """Ingest that waits."""

    def __init__(self, given: main.Services, told: Sequence[Record]) -> None:
        super().__init__(daemon=True, name="ingest")
        self._take = main.ingest(given, waits=True)
        self._told = told
        self._tally: Tally | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._tally = self._take.feed_merged(iter(self._told))
        except BaseException as error:
            self._error = error

    def result(self) -> Tally:
        """Return what became of the records, once all are published."""
        assert not self.is_alive()
        if self._error is not None:
            raise self._error
        assert self._tally is not None
        return self._tally


class Deployment:
    """Worker and detector on servers that run; with a stack, these can be killed too."""

    def __init__(
        self,
        endpoints: Endpoints,
        prefix: str,
        folder: Path,
        set_to: Mapping[str, str],
        stack: LocalStack | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._stack = stack
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("POLYGRAPH_")}
        self._environment |= {
            "POLYGRAPH_HOME": str(folder),
            "POLYGRAPH_NEO4J_URI": endpoints.neo4j_uri,
            "POLYGRAPH_NEO4J_USER": endpoints.neo4j_user,
            "POLYGRAPH_NEO4J_PASSWORD": endpoints.neo4j_password,
            "POLYGRAPH_REDIS_URL": endpoints.redis_url,
            "POLYGRAPH_REDIS_PREFIX": prefix,
            **set_to,
        }
        self.settings = Settings.from_env(self._environment)
        self._redis = redis.Redis.from_url(endpoints.redis_url, protocol=2)
        self.stream = Counting(
            endpoints.redis_url,
            prefix,
            partitions=self.settings.partitions,
            backlog=self.settings.backlog,
            claim_ms=self.settings.claim_ms,
        )

    @contextmanager
    def running(self) -> Iterator[main.Services]:
        """Start worker and detector, and end them at the end; what is begun is finished."""
        with main.services(self.settings) as given:
            ensure(given.graph, given.schema)
            self.stream.open()
            try:
                for part in _COMMANDS:
                    self._start(part)
                yield replace(given, stream=self.stream)
                for part in _COMMANDS:
                    self._end(part)
            finally:
                for process in self._processes.values():
                    process.kill()
                    process.wait()
                self.stream.close()
                self._redis.close()

    def know(self, given: main.Services, indicators: str) -> None:
        """Load threat intelligence, as `polygraph intel import` does, but at a moment that is always the same."""
        found = [one for one in intel.read(indicators.splitlines(keepends=True), "seeds")]
        known = [one for one in found if isinstance(one, intel.Indicator)]
        assert known == found
        self.stream.wake(main.writer(given).know(known, _KNOWN_AT))

    def standing(self) -> Standing | None:
        """Return how much waits; None while Redis does not answer."""
        with suppress(StreamUnavailable):
            return self.stream.standing()
        return None

    def acknowledged(self) -> int:
        """Return how many events are in the graph for good, or a few less."""
        now = self.standing()
        return 0 if now is None else max(0, self.stream.published - now.events)

    def in_hand(self, part: Part) -> int:
        """Return how many entries were taken and are not done, or how many hand-overs lie before the detector."""
        with suppress(redis.RedisError):
            if part == "detector":
                return int(self._redis.xlen(self.stream.key("touched")))
            keys = [self.stream.key(f"events:{number}") for number in range(self.settings.partitions)]
            return sum(int(self._redis.xpending(key, "writers")["pending"]) for key in keys)
        return 0

    def kill(self, part: Part) -> None:
        """End one part as a crash would: kill -9, no goodbye."""
        if part in self._processes:
            self._processes[part].kill()
            self._processes[part].wait(10)
        else:
            assert self._stack is not None
            self._stack.kill("redis" if part == "redis" else "neo4j")

    def bring_back(self, part: Part) -> None:
        """Start it again: same name, same port, same data."""
        if part in self._processes:
            self._start(part)
        else:
            assert self._stack is not None
            up = start(self._stack)
            assert up.redis_url == self._environment["POLYGRAPH_REDIS_URL"]
            assert up.neo4j_uri == self._environment["POLYGRAPH_NEO4J_URI"]

    def check(self) -> None:
        """Start again what ended because a server was away while it started, as a supervisor does; else fail."""
        for part, process in list(self._processes.items()):
            if process.poll() is not None:
                ending = [line for line in self.log(part).splitlines() if line.startswith("polygraph: ")]
                away = ending and "does not answer" in ending[-1]
                assert away, f"the {part} ended with {process.returncode}:\n{self.log(part)}"
                self._start(part)

    def settle(self, feeding: Feeding) -> None:
        """Wait until all is published, written and evaluated; fail when nothing moves any more."""
        before, since = self.standing(), time.monotonic()
        while feeding.is_alive() or before is None or not before.idle:
            self.check()
            time.sleep(0.05)
            now = self.standing()
            if now != before:
                before, since = now, time.monotonic()
            logs = f"{before}\n{self.log('worker')}\n{self.log('detector')}" if before else ""
            assert time.monotonic() - since < _MOVES_WITHIN, f"nothing moves any more: {logs}"

    def log(self, part: str) -> str:
        """Return the end of what a process said."""
        return (self._folder / f"{part}.log").read_text(errors="replace")[-8_000:]

    def _start(self, part: str) -> None:
        with (self._folder / f"{part}.log").open("ab") as log:
            self._processes[part] = subprocess.Popen(
                [sys.executable, "-m", "app.cli", *_COMMANDS[part], "--with-parent"],
                # Its end is ours: a test that is killed leaves nothing behind.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._environment,
            )

    def _end(self, part: str) -> None:
        process = self._processes[part]
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0, f"the {part} ended with {process.returncode}:\n{self.log(part)}"


def everything(given: main.Services) -> tuple[Dump, set[str]]:
    """Return all that the graph holds but what is the wall clock's, and the ids of what was taken back.

    An alert that was withdrawn and an investigation that was superseded were true once, when less had come:
    which of them there are tells how events came, not what happened. That none of them stands otherwise is
    seen from those that do stand.
    """
    found = _dump(given.graph)
    gone = {
        key.partition(" ")[2]
        for key, properties in found.items()
        if properties.get("state") == "WITHDRAWN" or properties.get("phase") == "SUPERSEDED"
    }
    kept = {key: properties for key, properties in found.items() if gone.isdisjoint(key.split(" "))}
    for key, properties in kept.items():
        if key.startswith("Investigation "):
            properties.pop("first_seen")  # when it was first stored
    return kept, gone


def _dump(graph: Graph) -> Dump:
    """Return what `dumps.dump` returns, asked for in parts: the whole is too much for one answer."""
    found: Dump = {}
    for row in graph.read("CALL db.labels() YIELD label RETURN label ORDER BY label"):
        label = row["label"]
        for one in graph.read(f"MATCH (node:{label}) RETURN properties(node) AS properties", timeout=_MOVES_WITHIN):
            properties = {name: value for name, value in one["properties"].items() if name not in WALL_CLOCK}
            key = f"{label} {properties['id']}"
            assert key not in found, f"twins of {key}"
            found[key] = properties
    for row in graph.read("CALL db.relationshipTypes() YIELD relationshipType AS type RETURN type ORDER BY type"):
        asked = (
            f"MATCH (source)-[edge:{row['type']}]->(target) "
            "RETURN source.id AS source, target.id AS target, properties(edge) AS properties"
        )
        for one in graph.read(asked, timeout=_MOVES_WITHIN):
            properties = one["properties"]
            own = properties.get("id", properties.get("role", ""))
            key = f"{one['source']} {row['type']} {one['target']} {own}"
            assert key not in found, f"twins of {key}"
            found[key] = properties
    return found
