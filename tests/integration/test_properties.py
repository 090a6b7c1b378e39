"""The graph is a function of the set of events, and so is what is raised from it (STYLE, rule 5).

Hypothesis looks for a set of events and two ways to tell it that end differently. `--hypothesis-profile=deep`
looks longer.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from dumps import Dump, difference, dump
from histories import HASHES, NARROW, OUTSIDE, WIDE, Happened, histories, tellings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import expected, stored

from app import intel
from app.detect import Detector, Tuning
from app.events import AnyEvent, ProcessStarted
from app.graph import Graph
from app.local import Endpoints
from app.novelty import DAY
from app.project import Naming
from app.queries import Queries
from app.schema import Schema
from app.touched import Touched
from app.writer import Writer

SHARE = 4
"""A database takes its time: a fourth of the profile's examples."""
calm = settings(
    max_examples=max(1, settings.default.max_examples // SHARE),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True, repr=False)
class World:
    """A graph, and four writers with connections of their own, as in four processes."""

    graph: Graph
    writers: Sequence[Writer]
    wipe: Callable[[], None]
    declared: Schema
    asked: Queries

    def detector(self, tuning: Tuning) -> Detector:
        return Detector(self.graph, self.declared, self.asked, tuning, now=lambda: 0)


@pytest.fixture
def world(
    endpoints: Endpoints, graph: Graph, wipe: Callable[[], None], declared: Schema, asked: Queries
) -> Iterator[World]:
    graphs = [Graph(endpoints.neo4j_uri, endpoints.neo4j_user, endpoints.neo4j_password) for _ in range(4)]
    yield World(graph, [Writer(one, declared, asked, Naming()) for one in graphs], wipe, declared, asked)
    for one in graphs:
        one.close()


def tell(world: World, batches: Sequence[Sequence[AnyEvent]], count: int) -> None:
    """Write batches, by so many writers at once."""
    hands = world.writers[:count]
    shares = [batches[number :: len(hands)] for number in range(len(hands))]

    def work(hand: Writer, share: Sequence[Sequence[AnyEvent]]) -> None:
        for batch in share:
            hand.write(batch)

    with ThreadPoolExecutor(len(hands)) as pool:
        for done in [pool.submit(work, hand, share) for hand, share in zip(hands, shares, strict=True)]:
            done.result()


@calm
@given(data=st.data())
def test_any_telling_gives_the_same_graph(data: st.DataObject, world: World) -> None:
    happened = data.draw(histories(WIDE, 16))
    telling = data.draw(tellings(len(happened)))
    world.wipe()
    world.writers[0].write(happened)
    once = dump(world.graph)
    world.wipe()
    tell(world, [[happened[one] for one in batch] for batch in telling.batches], telling.writers)
    assert difference(once, dump(world.graph)) == []


@calm
@given(happened=histories(WIDE, 24))
def test_novelty_equals_the_reference(happened: Happened, world: World) -> None:
    world.wipe()
    world.writers[0].write(happened)
    found, wanted = stored(world.graph), expected(happened)
    assert {thing: found.get(thing) for thing in wanted} == wanted
    assert found.keys() == wanted.keys()


INDICATORS = tuple(
    intel.indicator(row, "feed")
    for row in (
        {"type": "sha256", "value": HASHES[0]},
        {"type": "ip", "value": OUTSIDE[0], "valid_until": "1970-01-03"},
        {"type": "ip", "value": OUTSIDE[0], "source": "other", "confidence": "50"},
        {"type": "domain", "value": "thc.org", "valid_from": "1970-01-02"},
    )
)


@calm
@given(data=st.data())
def test_any_telling_raises_the_same_alerts(data: st.DataObject, world: World) -> None:
    """Detection after each batch, now and then or only at the end: the same alerts stand in the end.

    Within one novelty window: an opening that another one follows can only be seen by a detection in between.
    """
    happened = data.draw(histories(NARROW, 12, whole=True))
    telling = data.draw(tellings(len(happened)))
    tuning = Tuning(learning=data.draw(st.sampled_from((0, None))), daily_cap=data.draw(st.sampled_from((1, 2, 20))))
    count = len(telling.batches)
    learnt = data.draw(st.integers(0, count), label="indicators come before batch")
    looked = data.draw(st.lists(st.booleans(), min_size=count, max_size=count), label="detection follows")
    detector = world.detector(tuning)

    world.wipe()
    detector.evaluate(world.writers[0].write(happened) | world.writers[0].know(INDICATORS, at=0))
    once = standing(world.graph)
    world.wipe()
    waiting = Touched()
    for number, batch in enumerate(telling.batches):
        if number == learnt:
            waiting |= world.writers[0].know(INDICATORS, at=0)
        waiting |= world.writers[0].write([happened[one] for one in batch])
        if looked[number]:
            detector.evaluate(waiting)
            waiting = Touched()
    if learnt == count:
        waiting |= world.writers[0].know(INDICATORS, at=0)
    detector.evaluate(waiting)
    assert difference(once, standing(world.graph)) == [], f"with {tuning}"


def standing(graph: Graph) -> Dump:
    """Return alerts and investigations that stand, by content: not what was withdrawn, nor when it was written."""
    gone = {"WITHDRAWN", "SUPERSEDED"}
    found = dump(graph, without=())
    kept = {key for key, one in found.items() if gone.isdisjoint((one.get("state"), one.get("phase")))}
    cases = {key for key in kept if key.startswith(("Alert ", "Investigation "))}
    ids = {key.partition(" ")[2] for key in cases}
    edges = {key for key in kept if key.split(" ")[0] in ids and key.split(" ")[1] != "REPLACES"}
    return {key: found[key] for key in cases | edges}


def test_four_writers_on_one_shared_binary_lose_no_sighting(world: World) -> None:
    """Each writes four hundred days of one binary, in small batches, all at once."""
    days = 400
    happened = [
        ProcessStarted(at=day * DAY + 1000 - number, host=f"host-{number}", pid=day + 1, binary="/usr/bin/shared")
        for day in range(days)
        for number in range(4)
    ]
    shares = [happened[number::4][start : start + 5] for start in range(0, days, 5) for number in range(4)]
    tell(world, shares, 4)
    rows = world.graph.read("MATCH (binary:Binary) RETURN binary.sightings AS seen, size(binary.openings) AS openings")
    assert rows == [{"seen": [day * DAY + 997 for day in range(days)], "openings": 1}]
    runs = world.graph.read("MATCH (:Host)-[runs:RUNS]->(:Binary) RETURN size(runs.sightings) AS days")
    assert [row["days"] for row in runs] == [days] * 4
