"""The cost of detection grows with what is new, not with what is stored (DESIGN §4, trap 12).

PROFILE of every alert, every composite and what the detector asks besides, on a filled graph and on one that
holds ten times as much, with the same new data: at most 1.3 times the database hits. The shape of a plan on an
empty database says nothing: the same Cypher starts from an index there and from a scan on a filled one.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from app import intel, queries
from app.detect import EVER, Detector, Tuning
from app.events import AnyEvent
from app.graph import Graph
from app.ids import ident
from app.novelty import DAY
from app.project import Naming
from app.queries import Queries
from app.schema import Schema
from app.touched import Touched
from app.writer import Writer
from tests.conftest import empty

MOST = 1.3
SLACK = 50
"""Database hits that a plan may cost more once: a dense node's groups of relationships, a deeper index."""
TODAY = 70
NOW = TODAY * DAY
BAD = "b" * 64
ASKED_BESIDES = (
    "clock",
    "alerts_near",
    "subjects",
    "weak_alerts",
    "stored_courses",
    "sightings",
)

Cost = dict[str, tuple[int, int]]
"""Database hits and rows, by query."""


def background(hosts: range, days: range) -> Iterator[AnyEvent]:
    """Yield ten records of ordinary life a host and day: shared programs and peers, users of each host."""
    for day in days:
        for number in hosts:
            chance = random.Random(day * 1000 + number)
            host, at = f"host-{number}", day * DAY + number
            user, name = f"user{chance.randrange(3)}", f"www{chance.randrange(40)}.example.com"
            program, address = f"/usr/bin/tool{chance.randrange(40)}", f"52.1.1.{chance.randrange(60)}"
            client, looked_up = f"81.2.69.{chance.randrange(60)}", f"52.1.2.{chance.randrange(40)}"
            shell = {"pid": 9, "binary": "/usr/bin/bash", "started_at": at, "user": user, "login_user": user}
            for record in (
                {"kind": "logged_in", "user": user, "session": str(day), "remote_ip": client},
                {
                    "kind": "process_started",
                    **shell,
                    "session": str(day),
                    "parent_pid": 1,
                    "parent_binary": "/usr/sbin/sshd",
                },
                {"kind": "process_started", "pid": 10, "binary": program, "user": user, "parent_pid": 9}
                | {"parent_binary": "/usr/bin/bash", "parent_started_at": at},
                {"kind": "process_started", "pid": 11, "binary": f"/usr/bin/own{number % 5}", "uid": 0},
                {"kind": "process_started", "pid": 12, "binary": "/usr/sbin/nginx", "uid": 0},
                {
                    "kind": "connection_in",
                    "pid": 12,
                    "binary": "/usr/sbin/nginx",
                    "remote_ip": client,
                    "local_port": 443,
                },
                {
                    "kind": "connection_out",
                    "pid": 13,
                    "binary": "/usr/bin/wget",
                    "remote_ip": address,
                    "remote_port": 443,
                },
                {"kind": "name_resolved", "pid": 14, "binary": "/usr/bin/curl", "domain": name, "answers": [looked_up]},
                {
                    "kind": "connection_out",
                    "pid": 14,
                    "binary": "/usr/bin/curl",
                    "remote_ip": looked_up,
                    "remote_port": 443,
                },
                {"kind": "file_hashed", "path": "/usr/bin/bash", "sha256": f"{day % 3:064x}"},
            ):
                yield msgspec.convert({"at": at, "host": host} | record, AnyEvent)


def today() -> list[AnyEvent]:
    """Return what is new: something for every rule, on one host among many."""
    ann = {"user": "user1", "login_user": "user1", "session": "x"}
    tool = {
        "pid": 51,
        "binary": "/usr/bin/ncat",
        "started_at": NOW + 10,
        "uid": 0,
        "login_user": "user1",
        "session": "x",
    }
    records: list[dict[str, Any]] = [
        {"kind": "process_started", "pid": 50, "binary": "/usr/bin/zsh", **ann},
        {
            "kind": "process_started",
            **tool,
            "parent_pid": 50,
            "parent_binary": "/usr/bin/zsh",
            "parent_started_at": NOW,
        },
        {"kind": "process_started", "pid": 52, "binary": "/usr/bin/own1", **ann},
        {"kind": "process_started", "pid": 53, "binary": "/usr/bin/bash", "uid": 0, "parent_pid": 12}
        | {"parent_binary": "/usr/sbin/nginx"},
        {"kind": "connection_out", **tool, "remote_ip": "213.171.212.212", "remote_port": 80},
        {"kind": "connection_out", "pid": 54, "binary": "/usr/bin/curl", "remote_ip": "52.1.1.7", "remote_port": 443},
        {"kind": "name_resolved", **tool, "domain": "l.gs.thc.org", "answers": ["213.171.212.213"]},
        {"kind": "connection_out", **tool, "remote_ip": "213.171.212.213", "remote_port": 7350},
        {
            "kind": "connection_in",
            "pid": 55,
            "binary": "/usr/sbin/sshd",
            "remote_ip": "213.171.212.1",
            "local_port": 22,
        },
        {"kind": "connection_out", "pid": 56, "binary": "/usr/bin/wget", "remote_ip": "52.1.1.9", "remote_port": 443},
        {"kind": "name_resolved", "pid": 57, "binary": "/usr/bin/curl", "domain": "www7.example.com", "answers": []},
        {"kind": "file_hashed", "path": "/usr/bin/ncat", "sha256": BAD},
    ]
    return [
        msgspec.convert({"at": NOW + 10 * number, "host": "host-3"} | record, AnyEvent)
        for number, record in enumerate(records)
    ]


INDICATORS = [
    intel.indicator({"type": "sha256", "value": BAD}, "feed"),
    intel.indicator({"type": "ip", "value": "52.1.1.9"}, "feed"),
    intel.indicator({"type": "domain", "value": "www7.example.com"}, "feed"),
]


@dataclass(frozen=True)
class Measured:
    """The same questions on a graph and on one ten times as big."""

    once: Cost
    tenfold: Cost
    events: tuple[int, int]


@pytest.fixture(scope="module")
def measured(database: Graph, declared: Schema, asked: Queries) -> Iterator[Measured]:
    empty(database)
    writer = Writer(database, declared, asked, Naming())
    detector = Detector(database, declared, asked, Tuning(daily_cap=1000), now=lambda: 0)
    few = list(background(range(10), range(40, TODAY)))
    touched = _fill(writer, few)
    detector.evaluate(touched)
    writer.know(INDICATORS, at=0)
    detector.evaluate(writer.write(today()))
    once = _costs(database, asked)
    more = [*background(range(10), range(10, 40)), *background(range(10, 50), range(10, TODAY))]
    detector.evaluate(_fill(writer, more))
    yield Measured(once, _costs(database, asked), (len(few), len(few) + len(more)))
    empty(database)


def _fill(writer: Writer, events: list[AnyEvent]) -> Touched:
    touched = Touched()
    for start in range(0, len(events), 2_000):
        touched |= writer.write(events[start : start + 2_000])
    return touched


def _costs(graph: Graph, asked: Queries) -> Cost:
    """Return what each question about today costs; twice asked, for the first time pays for reading the disk.

    Plans made for what earlier tests stored would stand for a minute; who grows for days has plans of his own.
    """
    graph.command("CALL db.clearQueryCaches()")
    host = ident("Host", "host-3")
    window = {"from": NOW, "to": EVER, "after": []}
    ids = [
        row["id"] for row in graph.read("MATCH (alert:Alert) WHERE alert.at >= $at RETURN alert.id AS id", {"at": NOW})
    ]
    pools = [
        row["pool"]
        for row in graph.read(
            "MATCH (alert:Alert) WHERE alert.id IN $ids RETURN DISTINCT alert.pool AS pool", {"ids": ids}
        )
    ]
    engine: dict[str, dict[str, Any]] = {
        "clock": {},
        "alerts_near": {"ids": ids, "pools": pools, "rule": "new_application", "since": NOW},
        "subjects": {"rows": [{"host": host, "since": NOW - DAY}]},
        "weak_alerts": {"subject": host, "since": NOW - 2 * DAY},
        "stored_courses": {"subject": host, "rule": "potentially_compromised_host", "since": NOW - DAY},
        "sightings": {"rows": [{"alert": one, "roles": ["application"]} for one in ids]},
    }
    found: Cost = {}
    for query in asked.all():
        match query.folder:
            case "alerts":
                given = {**query.parameters, **window}
            case "composites":
                names = [name.rpartition("/")[2] for name in query.header.after]
                given = {**query.parameters, **window, "after": names, "subjects": [host]}
            case "engine" if query.name in engine:
                given = {**query.parameters, **engine[query.name]}
            case _:
                continue
        graph.plan(query.text, given, profile=True)
        plan = graph.plan(query.text, given, profile=True)
        found[query.path] = (plan.hits, plan.rows)
    return found


def test_the_graph_is_ten_times_as_big(measured: Measured) -> None:
    few, many = measured.events
    assert many == 10 * few


def test_every_alert_and_composite_is_asked(measured: Measured, asked: Queries) -> None:
    wanted = {query.path for query in asked.all() if query.folder in ("alerts", "composites")}
    assert wanted <= measured.once.keys()


NAMES = sorted(query.path for query in queries.load().all() if query.folder in ("alerts", "composites"))


@pytest.mark.parametrize("path", [*NAMES, *(f"queries/engine/{name}.cypher" for name in ASKED_BESIDES)])
def test_cost_does_not_grow_with_what_is_stored(path: str, measured: Measured) -> None:
    hits, rows = measured.once[path]
    many_hits, many_rows = measured.tenfold[path]
    if path in NAMES:
        assert rows, "a query that finds nothing costs nothing: this measures nothing"
        assert many_rows == rows
    assert many_hits <= MOST * hits + SLACK, f"{hits} database hits once, {many_hits} in a graph ten times as big"
