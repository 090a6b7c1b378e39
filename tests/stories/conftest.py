"""The stories' common past, written once, and a database for each that begins with it."""

import os
import shutil
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import seeds
from app import intel, queries, schema, sources
from app.detect import Detector, Tuning
from app.events import AnyEvent
from app.graph import Graph
from app.local import LocalStack
from app.migrate import ensure
from app.novelty import DAY
from app.project import Naming
from app.reading import merged_by_time, opened
from app.sources import Context, Taken
from app.writer import Writer
from seeds import Manifest, Step
from tests.stories.endings import Ending

_BATCH = 2_000
_PAST = 0
"""The first step of every story is the same past, to the byte."""


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory, jar_cache: Path) -> Path:
    """A folder with the past's files, and a stopped stack whose graph holds it."""
    folder = tmp_path_factory.mktemp("past")
    stack = LocalStack(folder / "stack", cache=jar_cache)
    up = stack.up(owner_pid=os.getpid())
    files = folder / "files"
    manifest = seeds.write("benign", files)
    with Graph(up.neo4j_uri, up.neo4j_user, up.neo4j_password) as graph:
        ensure(graph, schema.load())
        play(graph, files, manifest, manifest.steps[: _PAST + 1])
    stack.down()
    return folder


@pytest.fixture(scope="session")
def ending(past: Path, tmp_path_factory: pytest.TempPathFactory, jar_cache: Path) -> Callable[[str], Ending]:
    """Return what a story ends in, told once a session on a copy of the past."""

    @cache
    def tell(name: str) -> Ending:
        folder = tmp_path_factory.mktemp(name)
        shutil.copytree(past / "stack", folder / "stack")
        stack = LocalStack(folder / "stack", cache=jar_cache)
        up = stack.up(owner_pid=os.getpid())
        try:
            with Graph(up.neo4j_uri, up.neo4j_user, up.neo4j_password) as graph:
                manifest = seeds.write(name, folder / "files")
                own = own_past(past / "files", folder / "files", manifest.steps[_PAST], folder / "own")
                play(graph, folder / "own", manifest, (own,))
                play(graph, folder / "files", manifest, manifest.steps[_PAST + 1 :])
                return Ending.of(graph, manifest)
        finally:
            stack.down(delete=True)

    return tell


def own_past(common: Path, files: Path, step: Step, into: Path) -> Step:
    """Write what a story's past has beyond the common one into files of its own."""
    into.mkdir()
    for one in step.ingest:
        known = set((common / one.file).read_bytes().splitlines(keepends=True))
        lines = (files / one.file).read_bytes().splitlines(keepends=True)
        (into / one.file).write_bytes(b"".join(line for line in lines if line not in known))
    return step


def play(graph: Graph, folder: Path, manifest: Manifest, steps: tuple[Step, ...]) -> None:
    """Read raw logs and write them, batch by batch, detecting after each; as worker and detector do."""
    given = (graph, schema.load(), queries.load())
    writer = Writer(*given, Naming())
    detector = Detector(*given, Tuning(retention=30 * DAY), lambda: time.time_ns() // 1_000_000)
    for step in steps:
        if step.indicators:
            with (folder / step.indicators).open(encoding="utf-8") as lines:
                found = [one for one in intel.read(lines, "seeds") if isinstance(one, intel.Indicator)]
            detector.evaluate(writer.know(found, time.time_ns() // 1_000_000))
        events: list[AnyEvent] = []
        streams = [sources.read(one.format, opened(folder / one.file), Context()) for one in step.ingest]
        for outcome in merged_by_time(streams):
            assert isinstance(outcome, Taken | sources.Ignored), outcome
            if isinstance(outcome, Taken):
                events += outcome.events
        for start in range(0, len(events), _BATCH):
            detector.evaluate(writer.write(events[start : start + _BATCH]))
