"""The cost of an answer: statements do not grow with rows, database hits not with what is stored."""

from typing import Any

import pytest
from api_world import Api, World

from app.graph import Graph

ENTITY = "id kind label firstSeen lastSeen novelSince properties"
PROCESS = f"""... on Process {{ {ENTITY} command user {{ name }} users {{ name }} binary {{ name }} host {{ hostname }}
  session {{ user {{ name }} cameFrom {{ ip }} host {{ hostname }} }} container {{ image {{ name }} }}
  parent {{ command parent {{ command }} }} parents {{ command user {{ name }} }} }}"""
ALERT = f"""id rule status assignee tickets closeReason comments {{ text }} host {{ hostname criticality }}
  entities {{ role node {{ {ENTITY} ... on Domain {{ partOf {{ name }} }} }} }}
  evidence {{ id {PROCESS} ... on Alert {{ status evidence {{ id {PROCESS} }} entities {{ node {{ id }} }} }} }}
  partOf {{ id status }} replaces {{ id }} replacedBy {{ id }} graph {{ nodes {{ id }} edges {{ id }} }}"""

DOCUMENTS = {
    "alerts": f"query ($n: Int) {{ alerts(first: $n) {{ totalCount edges {{ cursor node {{ {ALERT} }} }} }} }}",
    "compositeAlerts": f"query ($n: Int) {{ compositeAlerts(first: $n) {{ totalCount nodes {{ {ALERT} }} }} }}",
    "hosts": f"""query ($n: Int) {{ hosts(first: $n) {{ totalCount nodes {{ {ENTITY} criticality tags
      alerts(first: 3) {{ totalCount nodes {{ id status host {{ hostname }} }} }}
      learnt: alerts(first: 3, filter: {{state: [LEARNING]}}) {{ totalCount nodes {{ id }} }}
      investigations(first: 3) {{ totalCount nodes {{ id evidence {{ id }} host {{ hostname }} }} }} }} }} }}""",
    "binaries": f"query ($n: Int) {{ binaries(first: $n) {{ totalCount nodes {{ {ENTITY} binaryKind }} }} }}",
    "search": f"""query ($n: Int) {{ search(text: "o", first: $n) {{ totalCount nodes {{ {ENTITY}
      ... on Host {{ alerts {{ nodes {{ id }} }} }} ... on Domain {{ partOf {{ name }} }} }} }} }}""",
    "processes": f'query ($n: Int) {{ search(text: "/", kinds: [PROCESS], first: $n) {{ nodes {{ {PROCESS} }} }} }}',
    "investigations": """query ($n: Int) { investigations(first: $n) { totalCount nodes { id
      subject { label } host { hostname } course { alert { rule status } } evidence { id status } composites { id }
    } } }""",
}  # fmt: skip


@pytest.fixture(scope="module")
def large(new_api: Any) -> Api:
    return new_api(complexity=10_000_000, depth=30)


@pytest.mark.parametrize("field", DOCUMENTS)
def test_the_number_of_statements_does_not_grow_with_rows(large: Api, field: str) -> None:
    costs = {}
    for rows in (2, 7, 25):
        answer = large.ask(DOCUMENTS[field], n=rows)
        costs[rows] = large.graph.statements
    assert costs[25] <= costs[7] <= costs[2] + _depth(answer), costs


def _depth(answer: dict[str, Any]) -> int:
    """Return statements that a longer chain of parents among more rows may take; a chain has at most six."""
    return 12 if "parents" in str(answer) else 3


def test_the_plain_list_is_one_statement(api: Api) -> None:
    api.ask("{ alerts(first: 20) { nodes { id rule title severity state message at } pageInfo { endCursor } } }")
    assert api.graph.statements == 1
    api.ask("{ alerts(first: 20) { totalCount nodes { id status assignee host { hostname } } } }")
    assert api.graph.statements == 4
    api.ask("{ rules { name } }")
    assert api.graph.statements == 0


def test_the_newest_alerts_cost_the_same_however_many_there_are(api: Api, world: World) -> None:
    """PROFILE on a graph of 500 and of 5,000 more alerts."""
    fill = """UNWIND range($from, $to) AS number
      CREATE (:Alert {id: 'filler ' + number, rule: 'r' + number % 9, at: number, state: 'RAISED',
        host: 'h' + number % 50, composite: false, title: 't',
        message: 'm', severity: 'LOW', rule_hash: 'h', evidence: [], raised_at: 1})"""
    given: dict[str, Any] = {
        "states": ["RAISED"], "rules": None, "severities": None, "statuses": None, "composite": None, "assignee": None,
        "since": -1, "until": 10**15, "text": None, "hosts": None, "after_at": None, "after_id": None,
    }  # fmt: skip
    views = api.services.queries.views
    hits: dict[str, list[int]] = {}
    for first, last in ((1, 500), (501, 5_000)):
        world.graph.command(fill, {"from": first, "to": last})
        world.graph.command("CALL db.prepareForReplanning(60)")
        cases = {"alerts_newest": given, "alerts_of_hosts": {**given, "hosts": ["h7"]}}
        for view, asked in cases.items():
            plan = world.graph.plan(views[view].text, {"given": asked, "limit": 10}, profile=True)
            assert "NodeByLabelScan" not in plan.operators
            hits.setdefault(view, []).append(plan.hits)
    world.graph.command("MATCH (alert:Alert) WHERE alert.id STARTS WITH 'filler' DELETE alert")
    for few, many in hits.values():
        assert many <= few * 1.3 + 20, hits


def test_pages_deep_in_the_list_cost_no_more(api: Api, world: World) -> None:
    _ = world
    after = None
    for _ in range(4):
        page = api.ask("query ($a: String) { alerts(first: 5, after: $a) { pageInfo { endCursor } } }", a=after)[
            "alerts"
        ]
        assert api.graph.statements == 1
        after = page["pageInfo"]["endCursor"]


def test_the_intrusion_graph_is_bounded(api: Api, world: World) -> None:
    """A process with thousands of connections does not make a graph of thousands of nodes."""
    graph: Graph = world.graph
    id = world.one("MATCH (alert:Alert {rule: 'dual_use_tool'}) RETURN alert.id")
    process = world.one("MATCH (:Alert {id: $id})-[:ABOUT]->(process:Process) RETURN process.id", id=id)
    graph.command(
        "MATCH (process:Process {id: $process}) UNWIND range(1, 2000) AS number "
        "CREATE (process)-[:CONNECTED_TO {id: 'many ' + number, at: 8650361000 + number, port: 1, protocol: 'tcp'}]->"
        "(:IpAddress {id: 'many ' + number, ip: '10.0.0.' + number, first_seen: 1, last_seen: 1, external: false})",
        {"process": process},
    )
    found = api.ask("query ($id: ID!) { alert(id: $id) { graph { nodes { id } notice } } }", id=id)["alert"]["graph"]
    graph.command("MATCH (many:IpAddress) WHERE many.id STARTS WITH 'many' DETACH DELETE many")
    assert len(found["nodes"]) <= 60
    assert found["notice"] is not None
