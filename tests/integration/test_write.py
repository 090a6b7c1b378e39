"""The write path, and the traps of DESIGN §9 that were stepped into once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any, TypeVar, cast

import msgspec
import pytest
from dumps import difference, dump

from app import migrate, schema, statements
from app.errors import ConfigError, WriteRefused
from app.events import AnyEvent, ApiCalled, ConnectionOut, ContainerStarted, NameResolved, ProcessEnded, ProcessStarted
from app.graph import Graph, Transaction
from app.intel import indicator
from app.local import Endpoints
from app.novelty import DAY
from app.project import Naming
from app.queries import Queries
from app.schema import Schema
from app.writer import Writer
from tests.conformance.everything import EVERYTHING
from tests.hostile import hostile

T = TypeVar("T")
DAY_OF_ALL = msgspec.convert(EVERYTHING, list[AnyEvent])


def started(at: int, host: str = "web-1", pid: int = 1, binary: str = "/usr/bin/x", **more: Any) -> ProcessStarted:
    return ProcessStarted(at=at, host=host, pid=pid, binary=binary, **more)


# --- once and again ----------------------------------------------------------------------------------


def test_replaying_a_day_changes_nothing(graph: Graph, writer: Writer) -> None:
    writer.write(DAY_OF_ALL)
    once = dump(graph)
    writer.write(DAY_OF_ALL)
    writer.write(DAY_OF_ALL[::-1])
    assert difference(once, dump(graph)) == []


def test_an_empty_batch_touches_nothing(graph: Graph, writer: Writer) -> None:
    assert not writer.write([])
    assert dump(graph) == {}


def test_what_is_touched_is_the_batchs_and_not_what_it_changed(writer: Writer) -> None:
    once = writer.write(DAY_OF_ALL)
    assert writer.write(DAY_OF_ALL) == msgspec.structs.replace(once, clock=3_000)
    assert once.kinds == {record["kind"] for record in EVERYTHING}
    assert once.spans == ((100, 3_300),)


def test_a_look_up_that_comes_late_touches_the_connection_that_it_explains(writer: Writer) -> None:
    """Or detection would not look again at the moment at which the name was contacted."""
    writer.write([ConnectionOut(at=5 * 3_600_000, host="web-1", pid=1, binary="/x", remote_ip="8.8.4.4")])
    late = NameResolved(at=1_000, host="web-1", domain="l.gs.thc.org", answers=("8.8.4.4",))
    assert writer.write([late]).spans == ((1_000, 1_000), (5 * 3_600_000, 5 * 3_600_000))


def test_what_several_records_tell_of_one_call_is_the_same_in_any_order(
    graph: Graph, writer: Writer, wipe: Callable[[], None]
) -> None:
    """CloudTrail and what others make of it have the call's id in common, and each may lack what another has."""
    call: dict[str, Any] = {
        "account": "123456789012",
        "provider": "aws",
        "identity": "a",
        "service": "s",
        "operation": "o",
        "call": "c",
    }
    told: list[AnyEvent] = [
        ApiCalled(at=2_000, **call, mfa=False, read_only=True, flags=("console",), authenticated=True, region="r-1"),
        ApiCalled(at=1_000, **call, mfa=True, flags=("b", "a"), authenticated=False, error="Failure"),
        ApiCalled(at=3_000, **call, read_only=False, resources=("arn:aws:s3:::x",), remote_ip="8.8.4.4", args=("id",)),
    ]
    found = []
    for order in permutations(told):
        for batches in ([order], [[one] for one in order], [order[:2], order[1:]]):
            wipe()
            for batch in batches:
                writer.write(batch)
            found.append(dump(graph))
    assert [difference(found[0], other) for other in found[1:]] == [[]] * (len(found) - 1)
    (one,) = graph.read("MATCH (call:ApiCall) RETURN properties(call) AS said")
    said = one["said"]
    assert (said["at"], said["mfa"], said["read_only"], said["authenticated"]) == (1_000, True, True, False)
    assert (said["flags"], said["error"], said["region"], said["command"]) == (
        ["a", "b", "console"],
        "Failure",
        "r-1",
        "id",
    )


# --- trap 1: a key that comes three times in a batch ---------------------------------------------------


def test_a_key_that_comes_three_times_in_a_batch_is_new_once(graph: Graph, writer: Writer) -> None:
    writer.write([started(5, pid=1), started(3, pid=2), started(4, pid=3)])
    rows = graph.read("MATCH (binary:Binary) RETURN binary.sightings AS seen, size(binary.openings) AS openings")
    assert rows == [{"seen": [3], "openings": 1}]


def test_days_in_any_order_are_the_same_sightings(graph: Graph, writer: Writer) -> None:
    days = [7, 1, 200, 95, 3]
    for day in days:
        writer.write([started(day * DAY)])
    rows = graph.read("MATCH (:Host)-[runs:RUNS]->(:Binary) RETURN runs.sightings AS seen, runs.novel_since AS since")
    assert rows == [{"seen": [day * DAY for day in sorted(days)], "since": 200 * DAY}]


# --- trap 2: updates that lose each other --------------------------------------------------------------


def test_the_latest_and_the_earliest_win_whatever_comes_last(graph: Graph, writer: Writer) -> None:
    for at in (50, 10, 90, 40):
        writer.write([ProcessEnded(at=at, host="web-1", process="p", started_at=at)])
    rows = graph.read(
        "MATCH (process:Process) RETURN process.first_seen AS first, process.last_seen AS last, "
        "process.started_at AS started, process.ended_at AS ended"
    )
    assert rows == [{"first": 10, "last": 90, "started": 10, "ended": 90}]


def test_tags_of_an_image_are_a_set(graph: Graph, writer: Writer) -> None:
    for tag in ("2", "1", "2"):
        writer.write([ContainerStarted(at=1, host="web-1", container="a" * 12, image=f"nginx:{tag}")])
    assert graph.read("MATCH (image:Image) RETURN image.tags AS tags") == [{"tags": ["1", "2"]}]


# --- trap 3: a constraint that is not there ------------------------------------------------------------


@pytest.fixture
def restored(graph: Graph, declared: Schema) -> Any:
    """Whatever a test takes away is there again after it."""
    yield
    graph.command("MATCH (n) DETACH DELETE n")
    graph.command("DROP CONSTRAINT elsewhere IF EXISTS")
    migrate.ensure(graph, declared)


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    ("name", "drop"),
    [
        ("binary_id", "DROP CONSTRAINT binary_id"),
        ("connected_to_id", "DROP CONSTRAINT connected_to_id"),
        ("runs_novel_since", "DROP INDEX runs_novel_since"),
        ("process_host_pid", "DROP INDEX process_host_pid"),
    ],
)
def test_what_is_missing_is_refused_by_name_and_made_again(
    graph: Graph, declared: Schema, name: str, drop: str
) -> None:
    graph.command(drop)
    with pytest.raises(ConfigError, match=rf"lacks 1 of the graph's constraints and indexes: {name} \(missing\)"):
        migrate.verify(graph, declared)
    migrate.ensure(graph, declared)
    migrate.verify(graph, declared)


@pytest.mark.usefixtures("restored")
def test_the_same_constraint_under_another_name_serves(graph: Graph, declared: Schema) -> None:
    graph.command("DROP CONSTRAINT binary_id")
    graph.command("CREATE CONSTRAINT elsewhere FOR (n:Binary) REQUIRE n.id IS UNIQUE")
    migrate.verify(graph, declared)


@pytest.mark.usefixtures("restored")
def test_another_constraint_under_the_same_name_does_not(graph: Graph, declared: Schema) -> None:
    graph.command("DROP CONSTRAINT binary_id")
    graph.command("CREATE CONSTRAINT binary_id FOR (n:Binary) REQUIRE n.name IS UNIQUE")
    try:
        with pytest.raises(ConfigError, match="binary_id"):
            migrate.ensure(graph, declared)
    finally:
        graph.command("DROP CONSTRAINT binary_id")


@pytest.mark.usefixtures("restored")
def test_twins_are_told_and_not_built_upon(graph: Graph, declared: Schema) -> None:
    graph.command("DROP CONSTRAINT port_id")
    graph.command("UNWIND [1, 2] AS n CREATE (:Port {id: 'twin'})")
    with pytest.raises(ConfigError, match="the database refuses `port_id`"):
        migrate.ensure(graph, declared)


class Young:
    """A database that still builds one index and has never heard of the lock: none stays so for a test."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def command(self, statement: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        rows = self._graph.command(statement, parameters)
        if "propertyKeys" in statement:
            return []
        return [row | {"state": "POPULATING"} if row.get("name") == "host_id" else row for row in rows]


def test_what_is_not_online_yet_is_refused(graph: Graph, declared: Schema) -> None:
    with pytest.raises(ConfigError, match=r"lacks 2 .*: _lock \(missing\), host_id \(POPULATING\)"):
        migrate.verify(cast(Graph, Young(graph)), declared)


def test_the_lock_has_its_name() -> None:
    """Found by counting roll-backs: without it `REMOVE n._lock` locks nothing, and 12 batches took 29 tries."""
    assert "REMOVE n._lock" in statements.upsert_node(schema.load(), "Host")


# --- trap 4: what fails a whole batch, and not transiently ---------------------------------------------


def test_whatever_a_sensor_sends_is_stored(graph: Graph, writer: Writer) -> None:
    events = [
        msgspec.convert({"kind": kind, "at": at} | said, AnyEvent) for at, (kind, said) in enumerate(hostile(), 1)
    ]
    writer.write(events)
    assert graph.read("MATCH (host:Host) RETURN count(*) AS hosts") == [{"hosts": 1}]
    [longest] = graph.read("MATCH (n) UNWIND keys(n) AS key WITH n[key] AS value WHERE value IS :: STRING NOT NULL "
                           "RETURN max(size(value)) AS longest")  # fmt: skip
    assert longest["longest"] <= 4096


def test_the_largest_moment_and_number_are_stored(graph: Graph, writer: Writer) -> None:
    last = 253_402_300_799_999
    writer.write([started(last, pid=2**63 - 1, uid=2**63 - 1, parent_pid=2**63 - 1)])
    assert graph.read("MATCH (process:Process) RETURN process.pid AS pid, process.started_at AS at") == [
        {"pid": 2**63 - 1, "at": last}
    ]


def test_what_the_database_refuses_is_refused_and_nothing_of_it_is_stored(graph: Graph) -> None:
    def work(transaction: Transaction) -> None:
        transaction.run("CREATE (:Host {id: 'here'})")
        transaction.run("CREATE (:Host {id: $text})", {"text": "x" * 40_000})

    with pytest.raises(WriteRefused):
        graph.write(work)
    assert graph.read("MATCH (n) RETURN n") == []


def test_hostile_intelligence_is_stored(graph: Graph, writer: Writer) -> None:
    row = {
        "type": "ip",
        "value": "8.8.4.4",
        "source": "\x00" + "🐚" * 5000,
        "description": "\x00\udcff",
        "tags": "\x00;b",
    }
    assert writer.know([indicator(row, "x")], at=1)
    assert graph.read("MATCH (one:Indicator) RETURN one.description AS text") == [{"text": "␀?"}]


# --- trap 7: two writers that want the same things ------------------------------------------------------


class Counting(Graph):
    """A graph that counts how often work was begun: more than once where it was rolled back."""

    begun = 0

    def write(self, work: Callable[[Transaction], T], *, timeout: float = 120.0) -> T:
        def counted(transaction: Transaction) -> T:
            self.begun += 1
            return work(transaction)

        return super().write(counted, timeout=timeout)


def test_writers_of_the_same_things_in_any_order_do_not_deadlock(
    graph: Graph, endpoints: Endpoints, declared: Schema, asked: Queries
) -> None:
    """Keys are sorted: in the order of each batch's own, writers would hold what the others wait for."""
    days = 12
    batches = [
        [
            started(day * DAY + pid, host=f"web-{pid % 7}", pid=pid, binary=f"/usr/bin/x{pid % 11}", user=f"u{pid % 5}")
            for pid in range(60)
        ]
        for day in range(days)
    ]
    turned = [batch if number % 2 else batch[::-1] for number, batch in enumerate(batches)]
    graphs = [Counting(endpoints.neo4j_uri, endpoints.neo4j_user, endpoints.neo4j_password) for _ in range(4)]
    writers = [Writer(one, declared, asked, Naming()) for one in graphs]

    def work(writer: Writer, share: Sequence[Sequence[AnyEvent]]) -> None:
        for batch in share:
            writer.write(batch)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, writer, turned[number::4]) for number, writer in enumerate(writers)]:
            done.result()
    for one in graphs:
        one.close()
    assert sum(one.begun for one in graphs) == days
    assert graph.read("MATCH (binary:Binary) RETURN DISTINCT size(binary.sightings) AS days") == [{"days": days}]
