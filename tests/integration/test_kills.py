"""Kill anything at any time: nothing is lost, nothing is counted twice (DESIGN, promise 3).

A story is replayed twice through the real pipeline: once undisturbed; once while worker, detector, Redis and
Neo4j are killed (kill -9) in turn at random points of progress, counted in acknowledged events. Both end in
the same graph, to the property, alerts and investigations included.

The default is small enough for every run of the tests. The full size took 13 minutes on two busy cores:

    POLYGRAPH_KILL_EVENTS=50000 POLYGRAPH_KILLS=20 pytest tests/integration/test_kills.py -s

`POLYGRAPH_KILL_SEED` chooses other points and another order.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from dumps import Dump, difference
from pipeline import PARTS, Deployment, Feeding, Part, Record, everything, records, start

import seeds
from app.graph import Graph
from app.local import Endpoints, LocalStack
from app.main import Services

EVENTS = int(os.environ.get("POLYGRAPH_KILL_EVENTS", "6000"))
KILLS = int(os.environ.get("POLYGRAPH_KILLS", "8"))
SEED = int(os.environ.get("POLYGRAPH_KILL_SEED", "1"))
SETTINGS = {
    # What is delivered again may lie far behind the clock, and is to be raised all the same.
    "POLYGRAPH_RETENTION_DAYS": "0",
    "POLYGRAPH_CLAIM_MS": "1500",
    "POLYGRAPH_LEASE_MS": "1000",
    "POLYGRAPH_BATCH_EVENTS": str(max(500, EVENTS // 50)),
    # Ingest is at work nearly until the end, so that it is hit too.
    "POLYGRAPH_BACKLOG": str(max(3_000, EVENTS // 8)),
    # What is masked stays comparable under one key alone, and each Redis would make its own.
    "POLYGRAPH_MASK_KEY": "the same in both",
    "POLYGRAPH_LOG_FORMAT": "json",
}
pytestmark = pytest.mark.timeout(120 + EVENTS // 20 + 30 * KILLS)


@dataclass(frozen=True)
class Kill:
    """One kill, and what it met."""

    part: Part
    point: int
    """Events that had to be acknowledged before."""
    acknowledged: int
    waiting: int
    """Entries and hand-overs that waited or were being worked on."""
    in_hand: int
    """Of these, what lay before the detector, when it was that; else what the worker had taken."""
    feeding: bool


FULL = 20
"""Kills of the full size, among which some surely meet what a few may miss."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    return records(tmp_path_factory.mktemp("raw"), EVENTS)


@pytest.fixture(scope="module")
def indicators(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("indicators")
    seeds.write("gs_netcat", folder, scale=0.1)
    return (folder / seeds.INDICATOR_FILE).read_text(encoding="utf-8")


@pytest.fixture
def large(graph: Graph) -> Iterator[Graph]:
    """A graph of which more may be made than one transaction can delete."""
    yield graph
    graph.command("MATCH ()-[edge]->() CALL (edge) { DELETE edge } IN TRANSACTIONS OF 5000 ROWS")


@pytest.fixture
def own_stack(tmp_path: Path, jar_cache: Path) -> Iterator[LocalStack]:
    stack = LocalStack(tmp_path / "stack", cache=jar_cache)
    yield stack
    stack.down(delete=True)


def replay(
    deployment: Deployment, told: list[Record], indicators: str, disturb: Callable[[Services, Feeding], None]
) -> tuple[Dump, set[str]]:
    """Send everything through the pipeline and return what the graph holds then (see `everything`)."""
    with deployment.running() as given:
        deployment.know(given, indicators)
        feeding = Feeding(given, told)
        feeding.start()
        disturb(given, feeding)
        deployment.settle(feeding)
        assert feeding.result().complete
        assert deployment.stream.standing().dead_letters == 0
        return everything(given)


def plan(random: Random) -> list[tuple[int, Part]]:
    """Return where to kill what: a random point in each of as many stretches, and each part before one comes again."""
    rounds = [random.sample(PARTS, len(PARTS)) for _ in range(0, KILLS, len(PARTS))]
    victims = [part for order in rounds for part in order][:KILLS]
    stretch = EVENTS * 0.9 / KILLS
    return [(int((number + random.random()) * stretch) + 1, victim) for number, victim in enumerate(victims)]


def test_kills_change_nothing(
    told: list[Record],
    indicators: str,
    endpoints: Endpoints,
    large: Graph,
    own_stack: LocalStack,
    tmp_path: Path,
) -> None:
    random = Random(SEED)
    met: list[Kill] = []
    began = time.monotonic()

    def undisturbed(given: Services, feeding: Feeding) -> None:
        return

    calm = Deployment(endpoints, f"calm-{uuid4().hex}", tmp_path / "calm", SETTINGS)
    once, once_gone = replay(calm, told, indicators, undisturbed)
    calm_seconds = time.monotonic() - began

    up = start(own_stack)
    troubled = Deployment(up, "troubled", tmp_path / "troubled", SETTINGS, own_stack)

    def disturb(given: Services, feeding: Feeding) -> None:
        for point, part in plan(random):
            met.append(hit(troubled, feeding, point, part, random))

    began = time.monotonic()
    again, again_gone = replay(troubled, told, indicators, disturb)
    seconds = time.monotonic() - began

    words = difference(once, again)
    said = [
        f"{len(told)} records, {len(once)} nodes and relationships; undisturbed {calm_seconds:.0f} s, "
        f"with {len(met)} kills {seconds:.0f} s; taken back {len(once_gone)} and {len(again_gone)}",
        *map(str, met),
        *words,
    ]
    sys.stdout.write("\n".join(said) + "\n")
    assert [one for one in met if not one.waiting] == [], "a kill met no work"
    if len(met) >= FULL:
        # With few kills this is luck: how fast the machine is decides where a point lies.
        assert any(one.in_hand for one in met if one.part == "worker"), "no worker had anything in hand"
        assert any(one.feeding for one in met if one.part == "redis"), "Redis was never killed while ingest was at work"
    assert words == []


def hit(deployment: Deployment, feeding: Feeding, point: int, part: Part, random: Random) -> Kill:
    """Kill one part in the middle of work, once so much is done, and bring it back."""
    while deployment.acknowledged() < point or not deployment.in_hand(part):
        deployment.check()
        time.sleep(0.01)
        now = deployment.standing()
        if not feeding.is_alive() and now is not None and now.idle:
            feeding.result()
            raise AssertionError(f"all was done before the {part} could be killed at {point}")
    # A transaction takes some hundred milliseconds: anywhere within, or after it.
    time.sleep(random.uniform(0, 0.2))
    acknowledged, fed = deployment.acknowledged(), feeding.is_alive()
    standing, in_hand = deployment.standing(), deployment.in_hand(part)
    deployment.kill(part)
    if part != "redis":
        # What it left behind, which is what counts; a Redis that is gone cannot be asked.
        standing, in_hand = deployment.standing(), deployment.in_hand(part)
    assert standing is not None
    time.sleep(random.uniform(0, 0.5))
    deployment.bring_back(part)
    return Kill(part, point, acknowledged, standing.entries + standing.hand_overs, in_hand, fed)
