"""Names that an attacker chose go through every field unharmed, and do no harm."""

import json

import pytest
from api_world import HOSTILE, Api, World

from app.ids import clean

DOCUMENT = """query ($text: String!, $host: String!) {
  search(text: $text, first: 5) { totalCount nodes { __typename id label properties } }
  processes: search(text: $text, kinds: [PROCESS]) { nodes { id label ... on Process { command executable
    user { name } binary { name basename } } } }
  binaries(filter: {text: $text}) { nodes { id name label } }
  hosts(filter: {text: $text}) { nodes { id } }
  alerts(filter: {text: $text, hostname: $host}) { nodes { id message entities { role node { label } }
    graph { nodes { label properties } edges { kind properties } } evidence { ... on Process { command } } } }
}"""


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:24])
def test_a_hostile_name_comes_back_as_it_was_stored(api: Api, name: str) -> None:
    stored = clean(name)
    part = stored[:200].lower()
    answer = api.ask(DOCUMENT, text=part, host="odd")
    assert stored in [node["label"] for node in answer["search"]["nodes"]]
    assert stored in [node["name"] for node in answer["binaries"]["nodes"]]
    [process] = [node for node in answer["processes"]["nodes"] if node["binary"]["name"] == stored]
    assert process["executable"] == stored
    alerts = answer["alerts"]["nodes"]
    assert alerts
    shown = [entity["node"]["label"] for alert in alerts for entity in alert["entities"]]
    assert stored in shown
    assert all(alert["graph"]["nodes"] for alert in alerts)


SAID = [*HOSTILE, "\ud800 lone", "$where", "' OR 1=1 //", "\\u0000", "﷽" * 50]


@pytest.mark.parametrize("said", SAID, ids=lambda name: ascii(name)[:24])
def test_hostile_arguments_are_values_and_no_more(api: Api, said: str, world: World) -> None:
    before = world.one("MATCH (n) WHERE NOT n:Token RETURN count(n)")
    filter = dict.fromkeys(("text", "rule", "hostId", "entityId", "assignee"), said)
    document = """query ($t: String!, $f: AlertFilter) { search(text: $t, kinds: [HOST]) { totalCount }
      alerts(filter: $f) { totalCount nodes { id } } host(hostId: $t) { id } hosts(filter: {text: $t}) { totalCount }
      investigations(filter: {rule: $t, hostId: $t}) { totalCount } node(id: "x") { id } }"""
    answer = api.ask(document, t=said, f=filter)
    assert answer["alerts"] == {"totalCount": 0, "nodes": []}
    assert world.one("MATCH (n) WHERE NOT n:Token RETURN count(n)") == before


@pytest.mark.parametrize("said", SAID, ids=lambda name: ascii(name)[:24])
def test_hostile_words_are_stored_and_shown_as_they_were_said(api: Api, world: World, said: str) -> None:
    id = world.one("MATCH (alert:Alert {state: 'RAISED'}) RETURN alert.id ORDER BY alert.id LIMIT 1")
    document = """mutation ($id: ID!, $t: String!) { commentAlert(id: $id, text: $t) { comments { text author } } }"""
    comments = api.ask(document, id=id, t=said)["commentAlert"]["comments"]
    assert comments[0] == {"text": clean(said), "author": "ann"}
    assert json.loads(world.one("MATCH (a:Audit {of: $id}) RETURN a.details ORDER BY a.at DESC LIMIT 1", id=id)) == {
        "text": clean(said)
    }


def test_the_answer_is_json_that_no_page_takes_for_html(api: Api) -> None:
    answer = api.send("POST", "/graphql", json={"query": '{ search(text: "<script>") { nodes { label } } }'})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<script>" in answer.json()["data"]["search"]["nodes"][0]["label"]
