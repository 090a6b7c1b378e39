"""Pages, orders and filters, on a real Neo4j."""

from collections.abc import Iterator
from typing import Any

import pytest
from api_world import HOSTS, MINUTE, START, Api, World

from app.events import ProcessStarted

ALERTS = """query ($first: Int, $after: String, $filter: AlertFilter, $orderBy: AlertOrder) {
  alerts(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { id } }
    nodes { id rule at raisedAt severity score isComposite state status message host { hostname } }
  }
}"""


def pages(api: Api, document: str, field: str, first: int, **variables: Any) -> Iterator[list[dict[str, Any]]]:
    after = None
    while True:
        page = api.ask(document, first=first, after=after, **variables)[field]
        assert len(page["nodes"]) <= first
        if "edges" in page:
            assert [edge["node"]["id"] for edge in page["edges"]] == [node["id"] for node in page["nodes"]]
            assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        yield page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def walked(api: Api, document: str, field: str, first: int, **variables: Any) -> list[dict[str, Any]]:
    return [node for page in pages(api, document, field, first, **variables) for node in page]


def test_pages_hold_every_row_once_and_newest_first(api: Api) -> None:
    whole = api.ask(ALERTS, first=200)["alerts"]
    rows = walked(api, ALERTS, "alerts", 7)
    assert [row["id"] for row in rows] == [row["id"] for row in whole["nodes"]]
    assert len({row["id"] for row in rows}) == len(rows) == whole["totalCount"] > HOSTS
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)


RANKS = {"LOW": 1, "MEDIUM": 2, "HIGH": 3, "CRITICAL": 4}


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", ["AT", "RAISED_AT", "SEVERITY", "SCORE"])
def test_every_order_pages_through_the_same_rows(api: Api, field: str, direction: str) -> None:
    order = {"field": field, "direction": direction}
    rows = walked(api, ALERTS, "alerts", 9, orderBy=order)
    assert {row["id"] for row in rows} == {row["id"] for row in walked(api, ALERTS, "alerts", 200)}
    key = {
        "AT": lambda row: row["at"],
        "RAISED_AT": lambda row: row["raisedAt"],
        "SEVERITY": lambda row: RANKS[row["severity"]],
        "SCORE": lambda row: row["score"] or 0.0,
    }[field]
    values = [key(row) for row in rows]
    assert values == sorted(values, reverse=direction == "DESC")
    assert len(rows) == len({row["id"] for row in rows})


def test_rows_that_come_meanwhile_move_nothing(api: Api, world: World) -> None:
    found = pages(api, ALERTS, "alerts", 5)
    before = [row["id"] for row in walked(api, ALERTS, "alerts", 200)]
    seen = [row["id"] for row in next(found)]
    world.tell(ProcessStarted(at=START + 86_000_000, host="late", pid=1, binary="/opt/late", user="ops"))
    seen += [row["id"] for page in found for row in page]
    assert seen == before
    world.graph.command("MATCH (host:Host {name: 'late'})--(near) DETACH DELETE host, near")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"first": 0}, "1 to 200"),
        ({"first": 201}, "1 to 200"),
        ({"first": -1}, "1 to 200"),
        ({"after": "nonsense"}, "pageInfo.endCursor"),
        ({"after": "WyJBVCBERVNDIiwxXQ"}, "pageInfo.endCursor"),
        ({"after": "WyJBVCBERVNDIiwgeyJhIjoxfSwgMSwgMV0"}, "pageInfo.endCursor"),
        ({"after": "\ud800"}, "pageInfo.endCursor"),
    ],
)
def test_a_page_that_makes_no_sense_is_refused(api: Api, given: dict[str, Any], says: str) -> None:
    code, text = api.refused(ALERTS, **given)
    assert code == "BAD_USER_INPUT"
    assert says in text


def test_a_cursor_of_another_order_is_refused(api: Api) -> None:
    cursor = api.ask(ALERTS, first=1)["alerts"]["pageInfo"]["endCursor"]
    code, _ = api.refused(ALERTS, after=cursor, orderBy={"field": "SEVERITY"})
    assert code == "BAD_USER_INPUT"


def rules(api: Api, **filter: Any) -> list[str]:
    rows = walked(api, ALERTS, "alerts", 200, filter=filter)
    assert api.ask(ALERTS, filter=filter)["alerts"]["totalCount"] == len(rows)
    return sorted(row["rule"] for row in rows)


def test_filters_by_rule_severity_kind_and_text(api: Api) -> None:
    assert rules(api, rule="known_bad_file") == ["known_bad_file"]
    assert rules(api, rules=["known_bad_file", "dual_use_tool"]) == ["dual_use_tool", "known_bad_file"]
    assert rules(api, rule="known_bad_file", rules=["dual_use_tool"]) == []
    assert rules(api, isComposite=True) == ["potentially_compromised_host"]
    assert "potentially_compromised_host" not in rules(api, isComposite=False)
    assert rules(api, severity=["CRITICAL"]) == ["potentially_compromised_host"]
    assert set(rules(api, text="TOOL-1")) == {"new_application"}
    assert len(rules(api, text="tool-1")) == 10


def test_filters_by_host_entity_and_time(api: Api, world: World) -> None:
    host = world.one("MATCH (host:Host {name: 'node-03'}) RETURN host.id")
    binary = world.one("MATCH (binary:Binary {name: '/opt/tool-03'}) RETURN binary.id")
    process = world.one("MATCH (:Binary {name: '/opt/tool-03'})<-[:EXECUTED]-(process) RETURN process.id")
    by_id, by_name = rules(api, hostId=host), rules(api, hostname="Node-03")
    assert by_id == by_name == rules(api, hostId="node-03") == ["new_application"]
    assert rules(api, entityId=binary) == rules(api, entityId=process) == ["new_application"]
    assert rules(api, hostId=host, hostname="node-04") == []
    assert rules(api, entityId="nothing") == []
    since, until = "1970-04-11T00:03:00Z", "1970-04-11T01:04:00+01:00"
    assert START + 3 * MINUTE == 8_640_180_000
    rows = walked(api, ALERTS, "alerts", 200, filter={"since": since, "until": until})
    assert [row["host"]["hostname"] for row in rows] == ["node-03"]


def test_one_entity_that_two_sensors_saw_has_one_history(api: Api, world: World) -> None:
    twins = world.graph.read("MATCH (twin:Process {pid: 60, host: 'twin'}) RETURN twin.id AS id")
    assert len(twins) == 2
    found = [rules(api, entityId=twin["id"]) for twin in twins]
    assert found[0] == found[1]
    assert "new_application" in found[0]


def test_lists_give_raised_alerts_unless_asked(api: Api, world: World) -> None:
    world.graph.command("MATCH (alert:Alert {rule: 'dual_use_tool'}) SET alert.state = 'SUPPRESSED'")
    assert "dual_use_tool" not in rules(api)
    assert rules(api, state=["SUPPRESSED"]) == ["dual_use_tool"]
    assert len(rules(api, state=["SUPPRESSED", "RAISED"])) == len(rules(api)) + 1
    world.graph.command("MATCH (alert:Alert {rule: 'dual_use_tool'}) SET alert.state = 'RAISED'")


def test_composite_alerts_are_those_alone(api: Api) -> None:
    document = "query ($f: AlertFilter) { compositeAlerts(filter: $f) { totalCount nodes { rule } } }"
    assert api.ask(document)["compositeAlerts"]["totalCount"] == 1
    assert api.ask(document, f={"isComposite": False})["compositeAlerts"]["nodes"] == []
    assert api.ask(document, f={"rule": "new_application"})["compositeAlerts"]["totalCount"] == 0


HOST_PAGE = """query ($first: Int, $after: String, $filter: EntityFilter) {
  hosts(first: $first, after: $after, filter: $filter) {
    totalCount pageInfo { hasNextPage endCursor } nodes { id hostId hostname lastSeen }
  }
}"""
BINARY_PAGE = HOST_PAGE.replace("hosts(", "binaries(").replace("hostId hostname", "name binaryKind")


def test_hosts_and_binaries_page_by_name(api: Api) -> None:
    hosts = [row["hostname"] for row in walked(api, HOST_PAGE, "hosts", 4)]
    assert hosts == sorted(hosts)
    assert len(hosts) == api.ask(HOST_PAGE)["hosts"]["totalCount"] == HOSTS + 4
    assert [row["hostname"] for row in walked(api, HOST_PAGE, "hosts", 3, filter={"text": "ODE-1"})] == [
        f"node-1{digit}" for digit in range(10)
    ]
    names = [row["name"] for row in walked(api, BINARY_PAGE, "binaries", 6)]
    assert names == sorted(names)
    seen = {"firstSeen": {"since": "1970-04-11T00:03:00Z", "until": "1970-04-11T00:05:00Z"}}
    found = [row["name"] for row in walked(api, BINARY_PAGE, "binaries", 6, filter=seen)]
    assert found == ["/opt/tool-03", "/opt/tool-04"]
    new = {"novelSince": {"until": "1970-04-01T00:00:00Z"}, "binaryKind": ["EXECUTABLE"], "text": "nginx"}
    assert [row["name"] for row in walked(api, BINARY_PAGE, "binaries", 6, filter=new)] == ["/usr/sbin/nginx"]


def test_a_filter_that_does_not_fit_the_kind_is_refused(api: Api) -> None:
    assert api.refused(HOST_PAGE, filter={"binaryKind": ["JAR"]})[0] == "BAD_USER_INPUT"
    assert api.refused(BINARY_PAGE, filter={"criticality": ["LOW"]})[0] == "BAD_USER_INPUT"
    document = "query ($f: AlertFilter) { hosts { nodes { alerts(filter: $f) { nodes { id } } } } }"
    assert "ask `alerts`" in api.answer(document, f={"hostId": "x"})["errors"][0]["message"]


SEARCH = """query ($text: String!, $kinds: [EntityKind!], $first: Int, $after: String) {
  search(text: $text, kinds: $kinds, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { id kind label }
  }
}"""


def test_search_puts_the_same_first_then_what_starts_so(api: Api) -> None:
    found = [(row["kind"], row["label"]) for row in walked(api, SEARCH, "search", 3, text="TWIN")]
    assert found[0] == ("HOST", "twin")
    assert {kind for kind, _ in found[1:]} == {"USER"}
    found = [row["label"] for row in walked(api, SEARCH, "search", 2, text="/opt/tool-0")]
    assert found == [f"/opt/tool-0{digit}" for digit in range(10)]
    assert api.ask(SEARCH, text="l.gs.thc.org")["search"]["nodes"][0]["kind"] == "DOMAIN"
    whole = api.ask(SEARCH, text="thc.org", first=1)["search"]
    assert [whole["totalCount"], whole["nodes"][0]["label"]] == [2, "thc.org"]


def test_search_shows_joined_processes_as_one(api: Api) -> None:
    found = api.ask(SEARCH, text="seen-twice", kinds=["PROCESS"])["search"]
    assert [row["label"] for row in found["nodes"]] == ["seen-twice --now"]
    assert found["totalCount"] == 1
    assert api.ask(SEARCH, text="seen-twice")["search"]["nodes"][0]["kind"] == "BINARY"


def test_an_empty_search_is_refused(api: Api) -> None:
    assert api.refused(SEARCH, text="  ")[0] == "BAD_USER_INPUT"
    assert api.refused(SEARCH, text="x", kinds=[])[0] == "BAD_USER_INPUT"


INVESTIGATIONS = """query ($first: Int, $after: String, $filter: InvestigationFilter) {
  investigations(first: $first, after: $after, filter: $filter) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
    nodes { id phase lastAt openedAt host { hostname } score missing }
  }
}"""


def test_investigations_page_by_their_last_evidence(api: Api) -> None:
    rows = walked(api, INVESTIGATIONS, "investigations", 5)
    assert len(rows) == api.ask(INVESTIGATIONS)["investigations"]["totalCount"] >= HOSTS + 2
    assert [row["lastAt"] for row in rows] == sorted((row["lastAt"] for row in rows), reverse=True)
    [one] = walked(api, INVESTIGATIONS, "investigations", 5, filter={"phase": ["COMPOSITE"]})
    assert [one["host"]["hostname"], one["missing"]] == ["web-1", []]
    assert walked(api, INVESTIGATIONS, "investigations", 5, filter={"hostId": "web-1"})[0] == one
    assert walked(api, INVESTIGATIONS, "investigations", 5, filter={"rule": "no_such"}) == []
    later = {"since": "1970-04-11T03:00:00Z"}
    found = walked(api, INVESTIGATIONS, "investigations", 5, filter=later)
    assert {row["host"]["hostname"] for row in found} == {"twin"}
