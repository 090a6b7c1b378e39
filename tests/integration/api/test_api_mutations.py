"""What people say is checked, stored with its audit in one statement, and told to subscribers."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from api_world import Api, World

from app.changes import Change
from app.errors import StreamUnavailable

UPDATE = """mutation (
  $ids: [ID!]!, $status: AlertStatus, $closeReason: CloseReason, $assignee: String, $ticket: String
) {
  updateAlerts(ids: $ids, status: $status, closeReason: $closeReason, assignee: $assignee, ticket: $ticket) {
    id status closeReason assignee tickets state
  } }"""
SET_HOST = """mutation ($id: ID!, $criticality: Criticality, $tags: [String!]) {
  setHost(id: $id, criticality: $criticality, tags: $tags) { id hostname criticality tags } }"""


@pytest.fixture
def ids(world: World) -> list[str]:
    """Three alerts that nobody said anything of."""
    world.graph.command(
        "MATCH (alert:Alert {rule: 'new_application'}) WHERE alert.message CONTAINS 'tool-1' "
        "REMOVE alert.status, alert.close_reason, alert.assignee, alert.tickets"
    )
    world.graph.command("MATCH (audit:Audit) DELETE audit")
    world.graph.command("MATCH (comment:Comment) DETACH DELETE comment")
    rows = world.graph.read(
        "MATCH (alert:Alert {rule: 'new_application'}) WHERE alert.message CONTAINS 'tool-1' "
        "RETURN alert.id AS id ORDER BY alert.at LIMIT 3"
    )
    return [row["id"] for row in rows]


def audits(world: World) -> list[dict[str, Any]]:
    return [
        {**row["audit"], "details": json.loads(row["audit"]["details"])}
        for row in world.graph.read("MATCH (audit:Audit) RETURN properties(audit) AS audit ORDER BY audit.of")
    ]


def test_update_says_it_of_all_in_the_order_asked(api: Api, world: World, ids: list[str]) -> None:
    asked = [ids[2], ids[0], ids[1]]
    api.published.clear()
    said = {"status": "IN_PROGRESS", "assignee": "bob", "ticket": "T-1"}
    changed = api.ask(UPDATE, ids=[*asked, asked[0]], **said)["updateAlerts"]
    assert api.graph.statements == 3, "one write, one read of alerts, one of what people said"
    assert [one["id"] for one in changed] == asked
    assert {(one["status"], one["assignee"], *one["tickets"]) for one in changed} == {("IN_PROGRESS", "bob", "T-1")}
    written = audits(world)
    assert [one["of"] for one in written] == sorted(ids)
    assert {(one["actor"], one["action"]) for one in written} == {("ann", "updateAlerts")}
    assert written[0]["details"] == said
    assert all(abs(one["at"] - api.now) < 10 for one in written)
    assert api.published == [Change(alerts=tuple(asked))]


def test_what_is_not_said_stays(api: Api, ids: list[str]) -> None:
    api.ask(UPDATE, ids=ids, status="IN_PROGRESS", assignee="bob", ticket="T-1")
    api.ask(UPDATE, ids=ids, ticket="T-2")
    [one] = api.ask(UPDATE, ids=ids[:1], ticket="T-1")["updateAlerts"]
    assert (one["status"], one["assignee"], one["tickets"]) == ("IN_PROGRESS", "bob", ["T-1", "T-2"])
    [one] = api.ask(UPDATE, ids=ids[:1], status="CLOSED", closeReason="EXPECTED")["updateAlerts"]
    assert (one["status"], one["closeReason"], one["state"]) == ("CLOSED", "EXPECTED", "RAISED")
    [one] = api.ask(UPDATE, ids=ids[:1], status="OPEN", assignee="")["updateAlerts"]
    assert (one["status"], one["closeReason"], one["assignee"]) == ("OPEN", None, None)


def test_each_of_two_changes_in_one_request_answers_for_itself(api: Api, ids: list[str]) -> None:
    document = """mutation ($ids: [ID!]!) {
      one: updateAlerts(ids: $ids, status: IN_PROGRESS) { status }
      two: updateAlerts(ids: $ids, status: OPEN, assignee: "cy") { status assignee } }"""
    answer = api.ask(document, ids=ids[:1])
    assert answer == {"one": [{"status": "IN_PROGRESS"}], "two": [{"status": "OPEN", "assignee": "cy"}]}


@pytest.mark.parametrize(
    ("said", "code", "says"),
    [
        ({"status": "CLOSED"}, "BAD_USER_INPUT", "closeReason"),
        ({"status": "OPEN", "closeReason": "EXPECTED"}, "BAD_USER_INPUT", "closeReason"),
        ({"closeReason": "EXPECTED"}, "BAD_USER_INPUT", "closeReason"),
        ({}, "BAD_USER_INPUT", "nothing to change"),
        ({"ids": [], "status": "OPEN"}, "BAD_USER_INPUT", "`ids` is empty"),
        ({"ids": [f"id {n}" for n in range(501)], "status": "OPEN"}, "LIMIT_EXCEEDED", "the limit is 500"),
        ({"assignee": "x" * 201}, "BAD_USER_INPUT", "give a name"),
        ({"ticket": " "}, "BAD_USER_INPUT", "address or number"),
        ({"ticket": "x" * 2049}, "BAD_USER_INPUT", "address or number"),
        ({"status": "DONE"}, "BAD_USER_INPUT", "DONE"),
    ],
)
def test_what_makes_no_sense_is_refused(
    api: Api, world: World, ids: list[str], said: dict[str, Any], code: str, says: str
) -> None:
    found, text = api.refused(UPDATE, **{"ids": ids, **said})
    assert found == code
    assert says in text
    assert api.graph.statements == 0
    assert audits(world) == []


def test_an_unknown_id_changes_nothing_and_is_named(api: Api, world: World, ids: list[str]) -> None:
    host = world.one("MATCH (host:Host {name: 'odd'}) RETURN host.id")
    code, text = api.refused(UPDATE, ids=[*ids, "no-such", host], status="IN_PROGRESS")
    assert code == "NOT_FOUND"
    assert "no-such" in text
    assert host in text
    assert ids[0] not in text
    assert audits(world) == []
    alerts = world.graph.read("MATCH (alert:Alert) WHERE alert.id IN $ids RETURN alert.status AS status", {"ids": ids})
    assert {row["status"] for row in alerts} == {None}


def test_two_changes_in_one_millisecond_are_both_in_the_audit(api: Api, world: World, ids: list[str]) -> None:
    for status in ("IN_PROGRESS", "OPEN"):
        api.now -= 1
        api.ask(UPDATE, ids=ids[:1], status=status)
    details = world.graph.read("MATCH (audit:Audit) RETURN audit.details AS details")
    assert sum(row["details"].count("status") for row in details) == 2


def test_a_comment_is_stored_once_with_its_audit(api: Api, world: World, ids: list[str]) -> None:
    document = (
        "mutation ($id: ID!, $t: String!) { commentAlert(id: $id, text: $t) { id comments { id text author at } } }"
    )
    api.published.clear()
    alert = api.ask(document, id=ids[0], t="first\nline")["commentAlert"]
    assert [(one["text"], one["author"]) for one in alert["comments"]] == [("first\nline", "ann")]
    alert = api.ask(document, id=ids[0], t="second")["commentAlert"]
    assert [one["text"] for one in alert["comments"]] == ["second", "first\nline"]
    assert api.ask("query ($id: ID!) { node(id: $id) { ... on Comment { text } } }", id=alert["comments"][0]["id"]) == {
        "node": {"text": "second"}
    }
    assert {one["action"] for one in audits(world)} == {"commentAlert"}
    assert len(api.published) == 2
    assert api.refused(document, id="no-such", t="x")[0] == "NOT_FOUND"
    assert api.refused(document, id=ids[0], t=" \n")[0] == "BAD_USER_INPUT"
    assert api.refused(document, id=ids[0], t="x" * 4_097)[0] == "BAD_USER_INPUT"
    assert len(audits(world)) == 2


def test_set_host_wakes_detection(api: Api, world: World) -> None:
    world.graph.command("MATCH (audit:Audit) DELETE audit")
    id = world.one("MATCH (host:Host {name: 'node-05'}) RETURN host.id")
    api.woken.clear()
    host = api.ask(SET_HOST, id=id, criticality="HIGH", tags=["b", "a", "b"])["setHost"]
    assert host == {"id": id, "hostname": "node-05", "criticality": "HIGH", "tags": ["a", "b"]}
    assert api.woken == [id]
    [audit] = audits(world)
    assert (audit["action"], audit["of"], audit["details"]) == (
        "setHost",
        id,
        {"criticality": "HIGH", "tags": ["a", "b"]},
    )
    document = 'mutation ($id: ID!) { setHost(id: $id, tags: ["c"]) { criticality tags } }'
    assert api.ask(document, id=id)["setHost"] == {"criticality": "HIGH", "tags": ["c"]}
    assert api.ask("{ hosts(filter: {criticality: [HIGH]}) { nodes { hostname } } }")["hosts"]["nodes"] == [
        {"hostname": "node-05"}
    ]
    document = "mutation ($id: ID!) { setHost(id: $id, criticality: null, tags: null) { criticality tags } }"
    assert api.ask(document, id=id)["setHost"] == {"criticality": None, "tags": None}


@pytest.mark.parametrize("tags", [["x" * 65], [" "], [f"tag {n}" for n in range(51)]])
def test_tags_are_bounded(api: Api, world: World, tags: list[str]) -> None:
    id = world.one("MATCH (host:Host {name: 'node-05'}) RETURN host.id")
    assert api.refused(SET_HOST, id=id, tags=tags)[0] == "BAD_USER_INPUT"
    assert api.refused("mutation ($id: ID!) { setHost(id: $id) { id } }", id=id)[0] == "BAD_USER_INPUT"
    assert api.refused(SET_HOST, id="no-such", tags=["a"])[0] == "NOT_FOUND"


def test_when_redis_is_away_it_is_stored_and_said(new_api: Callable[..., Api], world: World, ids: list[str]) -> None:
    api = new_api()

    async def away(*_: object) -> None:
        raise StreamUnavailable("gone")

    object.__setattr__(api.services, "publish", away)
    object.__setattr__(api.services, "wake", away)
    [one] = api.ask(UPDATE, ids=ids[:1], status="IN_PROGRESS")["updateAlerts"]
    assert one["status"] == "IN_PROGRESS"
    host = world.one("MATCH (host:Host {name: 'node-06'}) RETURN host.id")
    code, text = api.refused(SET_HOST, id=host, criticality="LOW", tags=None)
    assert (code, "it is stored" in text) == ("UNAVAILABLE", True)
    assert world.one("MATCH (host:Host {name: 'node-06'}) RETURN host.criticality") == "LOW"
    world.graph.command("MATCH (host:Host {name: 'node-06'}) REMOVE host.criticality")
