"""Rules that every query file keeps, one test a file."""

import msgspec
import pytest

from app import queries
from app.check import faults
from app.events import KINDS, AnyEvent
from app.graph import Graph
from app.project import Naming, rows
from app.queries import Query
from app.rows import NodeRow
from app.schema import Schema
from tests.conformance.everything import EVERYTHING

FILES = [pytest.param(query, id=query.path) for query in queries.load().all()]

NOVELTY_OF = {
    "new_application": {"Binary", "Image"},
    "new_application_on_host": {"RUNS", "Host", "Binary"},
    "new_child_process": {"LAUNCHES", "Binary"},
    "user_ran_new_application": {"USES", "User", "Binary"},
    "privilege_escalation": {"BECAME", "User"},
    "outbound_new_external_ip": {"IpAddress"},
    "outbound_new_external_ip_from_application": {"CONTACTS", "Binary", "IpAddress"},
    "outbound_new_domain": {"Domain"},
    "inbound_new_external_ip": {"IpAddress"},
    "known_bad_file": {"HOLDS"},
}
"""What each rule about novelty compares: whatever makes one of these new, or shows that it was not, wakes it."""


@pytest.fixture(scope="module")
def found(database: Graph) -> dict[str, list[str]]:
    by_file: dict[str, list[str]] = {}
    for fault in faults(database):
        by_file.setdefault(fault.file, []).append(str(fault))
    return by_file


@pytest.mark.parametrize("query", FILES)
def test_every_query(query: Query[queries.ReadHeader], found: dict[str, list[str]]) -> None:
    assert found.get(query.path, []) == []


def test_every_other_file(found: dict[str, list[str]]) -> None:
    assert [fault for file, faults_ in found.items() if not file.startswith("queries/") for fault in faults_] == []


def seen_by_kind() -> dict[str, set[str]]:
    """Return which labels and behaviours an event of each kind may show; a name is contacted by a join."""
    shown: dict[str, set[str]] = {kind.KIND: set() for kind in KINDS}
    for record in EVERYTHING:
        event = msgspec.convert(record, AnyEvent)
        for row in rows(event, Naming()):
            if row.by is not None:
                shown[event.KIND].add(row.label if isinstance(row, NodeRow) else row.type[1])
    shown["connection_out"].add("Domain")
    shown["name_resolved"].add("Domain")
    return shown


@pytest.mark.parametrize("name", NOVELTY_OF)
def test_every_novelty_rule_is_woken_by_all_that_shows_what_it_compares(name: str, asked: queries.Queries) -> None:
    """Or a late login that shows an address to be known would not withdraw the alert about it."""
    wakes = {kind for kind, shown in seen_by_kind().items() if not shown.isdisjoint(NOVELTY_OF[name])}
    assert wakes <= set(asked.alerts[name].header.wakes)


def test_every_novelty_rule_is_listed(asked: queries.Queries, database: Graph, declared: Schema) -> None:
    novel = {name for name, query in asked.alerts.items() if "learning" in database.plan(query.text, {}).columns}
    assert novel == set(NOVELTY_OF)


def test_no_rule_is_woken_by_what_cannot_concern_it(asked: queries.Queries) -> None:
    shown = seen_by_kind()
    for name, things in NOVELTY_OF.items():
        vain = [
            kind
            for kind in asked.alerts[name].header.wakes
            if kind != "indicator" and shown[kind].isdisjoint(things | {"Feed"})
        ]
        assert vain == [], name
