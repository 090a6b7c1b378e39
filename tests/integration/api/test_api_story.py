"""What one alert answers: evidence, graph, neighbours, rule texts, what replaced what."""

from typing import Any

import pytest
from api_world import Api, World

ALERT = """query ($id: ID!) { alert(id: $id) {
  id rule title severity state status isComposite message at raisedAt score ruleHash reason closeReason assignee
  why blindSpots benignReasons resolve investigate { ask pivot of } attack { id url }
  host { id hostname } entities { role node { id kind label } }
  evidence { __typename id ... on Alert { rule at } ... on Process { command pid } ... on Session { nativeId } }
  partOf { id rule } replaces { id } replacedBy { id } comments { text } tickets
  graph { notice nodes { id kind label isEvidence novelSince firstSeen } edges { id kind source target novelSince at } }
} }"""


@pytest.fixture(scope="module")
def composite(api: Api) -> dict[str, Any]:
    [found] = api.ask("{ compositeAlerts { nodes { id } } }")["compositeAlerts"]["nodes"]
    return api.ask(ALERT, id=found["id"])["alert"]


def test_a_composite_shows_its_evidence_in_order(composite: dict[str, Any]) -> None:
    assert composite["rule"] == "potentially_compromised_host"
    assert composite["isComposite"] is True
    assert composite["host"]["hostname"] == "web-1"
    assert composite["score"] >= 125
    assert {one["__typename"] for one in composite["evidence"]} == {"Alert"}
    moments = [one["at"] for one in composite["evidence"]]
    assert moments == sorted(moments)
    assert {"new_application", "known_bad_file", "outbound_new_domain"} <= {
        one["rule"] for one in composite["evidence"]
    }
    assert composite["partOf"] == []


def test_its_causal_tree_connects_the_evidence_and_no_more(composite: dict[str, Any]) -> None:
    graph = composite["graph"]
    labels = {node["id"]: node["label"] for node in graph["nodes"]}
    edges = {(edge["kind"], labels[edge["source"]], labels[edge["target"]]) for edge in graph["edges"]}
    assert ("SPAWNED", "/usr/bin/zsh", "/tmp/gs-netcat") in edges
    assert ("RESOLVED", "/tmp/gs-netcat", "l.gs.thc.org") in edges
    assert ("CONNECTED_TO", "/tmp/gs-netcat", "213.171.212.212") in edges
    assert ("IN_SESSION", "/tmp/gs-netcat", "7") in edges
    assert ("STARTED", "root@web-1", "/tmp/gs-netcat") in edges
    assert not {"/usr/sbin/sshd", "/usr/sbin/nginx", "www.example.com"} & set(labels.values())
    assert graph["notice"] is None
    # Novelty stands on nodes and on behaviour.
    contacts = [edge for edge in graph["edges"] if edge["kind"] == "CONTACTS"]
    assert contacts
    assert all(edge["novelSince"] for edge in contacts)


def test_texts_are_those_of_the_rule_file(composite: dict[str, Any], api: Api) -> None:
    rules = api.ask("{ rules(kind: COMPOSITE) { name why benignReasons resolve investigate { ask pivot of } hash } }")
    [rule] = [rule for rule in rules["rules"] if rule["name"] == composite["rule"]]
    assert composite["ruleHash"] == rule["hash"]
    for text in ("why", "benignReasons", "resolve", "investigate"):
        assert composite[text] == rule[text] != []
    assert {"id": "T1204.002", "url": "https://attack.mitre.org/techniques/T1204/002/"} in composite["attack"]


def test_a_rule_without_a_file_leaves_its_texts_empty(api: Api, world: World) -> None:
    id = world.one("MATCH (alert:Alert {rule: 'known_bad_file'}) RETURN alert.id")
    world.graph.command("MATCH (alert:Alert {id: $id}) SET alert.rule = 'gone'", {"id": id})
    alert = api.ask(ALERT, id=id)["alert"]
    world.graph.command("MATCH (alert:Alert {id: $id}) SET alert.rule = 'known_bad_file'", {"id": id})
    assert (alert["title"], alert["why"], alert["attack"], alert["investigate"]) == (
        "Known suspicious file",
        "",
        [],
        [],
    )


def test_a_weak_alert_shows_processes_and_what_it_is_part_of(api: Api, composite: dict[str, Any], world: World) -> None:
    id = world.one("MATCH (alert:Alert {rule: 'dual_use_tool'}) RETURN alert.id")
    alert = api.ask(ALERT, id=id)["alert"]
    assert (
        alert["evidence"]
        == [{"__typename": "Process", "id": alert["evidence"][0]["id"], "command": "/tmp/gs-netcat", "pid": 11}]
        or alert["evidence"][0]["pid"] == 11
    )
    assert [one["id"] for one in alert["partOf"]] == [composite["id"]]
    labels = {node["label"] for node in alert["graph"]["nodes"]}
    assert {"/tmp/gs-netcat", "/usr/bin/zsh", "l.gs.thc.org", "213.171.212.213", "web-1", "7"} <= labels
    assert {(one["role"], one["node"]["kind"]) for one in alert["entities"]} >= {("host", "HOST"), ("binary", "BINARY")}


def test_look_ups_are_evidence_too(api: Api, world: World) -> None:
    id = world.one("MATCH (alert:Alert {rule: 'outbound_new_domain'}) RETURN alert.id ORDER BY alert.id LIMIT 1")
    edge = world.one("MATCH ()-[seen:RESOLVED]->(:Domain {name: 'l.gs.thc.org'}) RETURN seen.id")
    before = world.one("MATCH (alert:Alert {id: $id}) RETURN alert.evidence", id=id)
    world.graph.command(
        "MATCH (a:Alert {id: $id}) SET a.evidence = a.evidence + $more", {"id": id, "more": [edge, "gone"]}
    )
    document = """query ($id: ID!) { alert(id: $id) { evidence { __typename
      ... on Observation { kind at source { label } target { label } } } } }"""
    found = api.ask(document, id=id)["alert"]["evidence"]
    world.graph.command("MATCH (a:Alert {id: $id}) SET a.evidence = $before", {"id": id, "before": before})
    assert found[-1] == {
        "__typename": "Observation",
        "kind": "RESOLVED",
        "at": "1970-04-11T02:53:20.000Z",
        "source": {"label": "/tmp/gs-netcat"},
        "target": {"label": "l.gs.thc.org"},
    }
    assert len(found) == len(before) + 1
    again = api.ask("query ($id: ID!) { node(id: $id) { id ... on Observation { kind } } }", id=edge)
    assert again == {"node": {"id": edge, "kind": "RESOLVED"}}


PROCESS = """query ($id: ID!) { node(id: $id) { __typename id ... on Process {
  command cwd sameAs pid sensor startedAt user { name } session { nativeId method user { label } cameFrom { ip } }
  host { hostname } binary { name binaryKind } parent { label } parents { label } firstSeen lastSeen
} } }"""


def test_a_process_that_two_sensors_saw_is_one(api: Api, world: World) -> None:
    twins = [row["id"] for row in world.graph.read("MATCH (p:Process {pid: 60, host: 'twin'}) RETURN p.id AS id")]
    one, other = (api.ask(PROCESS, id=twin)["node"] for twin in twins)
    assert one == other
    assert {one["id"], *one["sameAs"]} == set(twins)
    assert (one["command"], one["cwd"]) == ("seen-twice --now", "/srv")
    assert one["parent"] == {"label": "/bin/bash"}
    assert [parent["label"] for parent in one["parents"]] == ["/bin/bash", "/usr/sbin/sshd"]
    assert (one["session"]["nativeId"], one["session"]["method"]) == ("42", "sshd")
    assert one["session"]["cameFrom"] == [{"ip": "198.18.0.9"}]
    assert one["host"] == {"hostname": "twin"}


def test_every_kind_answers_node(api: Api, world: World) -> None:
    seen = set()
    for row in world.graph.read("MATCH (n) WITH labels(n)[0] AS label, min(n.id) AS id RETURN label, id"):
        node = api.ask(
            "query ($id: ID!) { node(id: $id) { __typename id ... on Entity { kind label } } }", id=row["id"]
        )
        if row["label"] in ("Feed", "Token", "Audit"):
            assert node["node"] is None, "what is the engine's own is not shown"
            continue
        assert node["node"]["__typename"] == row["label"]
        seen.add(row["label"])
    assert {"Host", "User", "Process", "Binary", "IpAddress", "Domain", "Session", "File", "Indicator", "Alert"} <= seen
    assert api.graph.statements == 1


@pytest.mark.parametrize("id", ["", "x", "QWxlcnQ6", "👻", "\ud800", "SG9zdDryVKHn1WhApPL6pltD-C0h", "A" * 9_000])
def test_an_id_of_nothing_is_null(api: Api, id: str) -> None:
    document = "query ($id: ID!, $s: String!) { node(id: $id) { id } alert(id: $id) { id } host(hostId: $s) { id } }"
    assert api.ask(document, id=id, s=id) == {"node": None, "alert": None, "host": None}


def test_status_is_read_through_what_an_alert_replaces(api: Api, world: World) -> None:
    old, middle, new = (
        row["id"]
        for row in world.graph.read(
            "MATCH (a:Alert {rule: 'new_application'}) WHERE a.message CONTAINS 'tool-0' "
            "RETURN a.id AS id ORDER BY a.at LIMIT 3"
        )
    )
    world.graph.command(
        "MATCH (old:Alert {id: $old}) MATCH (middle:Alert {id: $middle}) MATCH (new:Alert {id: $new}) "
        "MERGE (new)-[:REPLACES]->(middle) MERGE (middle)-[:REPLACES]->(old) "
        "REMOVE old.status, middle.status, new.status "
        "SET old.status = 'CLOSED', old.close_reason = 'EXPECTED', old.assignee = 'bob', old.tickets = ['T-1'], "
        "middle.tickets = ['T-2'], old.state = 'WITHDRAWN' "
        "MERGE (c:Comment {id: 'c'})-[:ON_ALERT]->(old) SET c.at = 5, c.author = 'bob', c.text = 'seen'",
        {"old": old, "middle": middle, "new": new},
    )
    alert = api.ask(ALERT, id=new)["alert"]
    assert (alert["status"], alert["closeReason"], alert["assignee"]) == ("CLOSED", "EXPECTED", "bob")
    assert sorted(alert["tickets"]) == ["T-1", "T-2"]
    assert alert["comments"] == [{"text": "seen"}]
    assert alert["replaces"] == [{"id": middle}]
    assert api.ask(ALERT, id=old)["alert"]["replacedBy"] == [{"id": middle}]
    listed = "query ($f: AlertFilter) { alerts(filter: $f) { nodes { id } } }"
    assert {"id": new} in api.ask(listed, f={"status": ["CLOSED"]})["alerts"]["nodes"]
    assert {"id": new} in api.ask(listed, f={"assignee": "bob"})["alerts"]["nodes"]
    api.ask('mutation ($id: ID!) { updateAlerts(ids: [$id], status: OPEN, assignee: "") { id } }', id=new)
    alert = api.ask(ALERT, id=new)["alert"]
    assert (alert["status"], alert["closeReason"], alert["assignee"]) == ("OPEN", None, None)
    assert {"id": new} not in api.ask(listed, f={"status": ["CLOSED"]})["alerts"]["nodes"]
    assert api.ask(ALERT, id=old)["alert"]["status"] == "CLOSED"


def test_an_investigation_tells_its_course(api: Api) -> None:
    document = """{ investigations(filter: {phase: [COMPOSITE]}) { nodes {
      title score missing phase openedAt lastAt lapsesAt warnedAt compositeAt subject { kind label }
      course { at score missing alertId alert { rule } } evidence { rule at } composites { rule } } } }"""
    [found] = api.ask(document)["investigations"]["nodes"]
    assert found["subject"] == {"kind": "HOST", "label": "web-1"}
    assert [one["rule"] for one in found["composites"]] == ["potentially_compromised_host"]
    assert found["openedAt"] <= found["warnedAt"] <= found["compositeAt"] <= found["lastAt"] < found["lapsesAt"]
    steps = found["course"]
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    assert all(step["alert"]["rule"] for step in steps)
    assert max(step["score"] for step in steps) == found["score"]
    assert [one["at"] for one in found["evidence"]] == sorted(one["at"] for one in found["evidence"])


def test_rules_are_the_files(api: Api) -> None:
    rules = api.ask("{ rules { name kind path wakes key parameters { name type meaning } } }")["rules"]
    assert [rule["name"] for rule in rules if rule["kind"] == "ALERT"] == sorted(api.services.queries.alerts)
    assert [rule["name"] for rule in rules if rule["kind"] == "COMPOSITE"] == sorted(api.services.queries.composites)
    assert {rule["path"].split("/")[1] for rule in rules} == {"alerts", "composites"}
