"""What is declared is what the database holds, and says what it is."""

from collections.abc import Iterable

import msgspec
import pytest

from app import intel
from app.detect import Detector
from app.events import KINDS, AnyEvent
from app.graph import Graph
from app.schema import Node, Property, Schema, load
from app.writer import Writer
from tests.conformance.everything import EVERYTHING

NODES = [pytest.param(label, node, id=label) for label, node in load().nodes.items()]
BY_PEOPLE = {"Audit", "Comment", "Token"}
"""Labels that no story writes: people do, through the API."""
ACTED_ON = {("Alert", "MADE_OF"), ("Alert", "REPLACES"), ("Investigation", "LED_TO")}
"""References of a longer story: a composite, a withdrawal."""


@pytest.fixture
def full(graph: Graph, writer: Writer, detector: Detector) -> Graph:
    """The graph after a day on which everything was said."""
    events = msgspec.convert(EVERYTHING, list[AnyEvent])
    bad = intel.indicator(
        {"type": "sha256", "value": "a" * 64, "confidence": "9", "tags": "x", "description": "y"}, "z"
    )
    dated = intel.indicator(
        {"type": "ip", "value": "8.8.4.4", "valid_from": "1970-01-01", "valid_until": "1980-01-01"}, "z"
    )
    detector.evaluate(writer.write(events) | writer.know([bad, dated], at=1))
    return graph


def test_the_day_says_everything() -> None:
    assert {record["kind"] for record in EVERYTHING} == {kind.KIND for kind in KINDS}


@pytest.mark.parametrize(("label", "node"), NODES)
def test_every_node(label: str, node: Node) -> None:
    said = [node.meaning, *(prop.meaning for prop in node.properties.values())]
    for relationship in node.out.values():
        said += [relationship.meaning, *(prop.meaning for prop in relationship.properties.values())]
    assert [text for text in said if not text.rstrip().endswith((".", "…"))] == []
    assert node.key
    assert node.meaning[0].isupper()
    for name in node.key:
        assert not node.properties[name].optional, name
        assert node.properties[name].merge == "key", name


def test_stories_hold_what_is_declared(full: Graph, declared: Schema) -> None:
    for label in declared.nodes.keys() - BY_PEOPLE:
        rows = full.read(f"MATCH (n:{label}) RETURN properties(n) AS properties")
        assert rows, f"nothing is a {label}"
        _held(label, declared.properties(label), (row["properties"] for row in rows))
    unknown = full.read(
        "MATCH (n) WHERE size(labels(n)) <> 1 OR NOT labels(n)[0] IN $known RETURN labels(n)",
        {"known": [*declared.nodes]},
    )
    assert unknown == []


def test_stories_hold_the_relationships_that_are_declared(full: Graph, declared: Schema) -> None:
    there = {
        (row["source"], row["type"], row["target"])
        for row in full.read(
            "MATCH (s)-[r]->(t) RETURN DISTINCT labels(s)[0] AS source, type(r) AS type, labels(t)[0] AS target"
        )
    }
    stated = {(edge.source, edge.type, edge.target) for edge in declared.edges}
    assert there <= stated
    wanted = {one for one in stated if declared.edge(*one).relationship.kind != "reference" and one[0] not in BY_PEOPLE}
    assert wanted <= there
    references = {one[:2] for one in stated if one[0] not in BY_PEOPLE} - ACTED_ON
    assert references <= {one[:2] for one in there}
    for source, kind, target in there:
        rows = full.read(f"MATCH (:{source})-[r:{kind}]->(:{target}) RETURN properties(r) AS properties")
        _held(
            f"{source} {kind} {target}",
            declared.edge(source, kind, target).properties,
            (row["properties"] for row in rows),
        )


def test_a_list_of_exceptions_is_still_needed(full: Graph, declared: Schema) -> None:
    assert full.read("MATCH (n) WHERE labels(n)[0] IN $labels RETURN n", {"labels": [*BY_PEOPLE]}) == []
    assert {(edge.source, edge.type) for edge in declared.edges} >= ACTED_ON


TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "float": (float,),
    "boolean": (bool,),
    "strings": (list,),
    "integers": (list,),
}


def _held(where: str, properties: dict[str, Property], found: Iterable[dict[str, object]]) -> None:
    ever: set[str] = set()
    for held in found:
        assert held.keys() <= properties.keys(), where
        for name, value in held.items():
            assert type(value) in TYPES[properties[name].type], f"{where}.{name} is {value!r}"
        lacking = {name for name, prop in properties.items() if not prop.optional} - held.keys()
        assert not lacking, f"{where} lacks {lacking}"
        ever |= held.keys()
    never = {name for name, prop in properties.items() if prop.by == "events"} - ever - {"first_seen"}
    assert not never, f"no story gives {where} its {never}"
