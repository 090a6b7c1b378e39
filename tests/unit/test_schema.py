"""The declarations are read whole, and what follows from them is fixed."""

from pathlib import Path

import pytest

from app import schema, statements
from app.errors import DeclarationError

THING = """
is = "A thing."
layer = "behaviour"
key = ["name"]
show = "name"
[properties]
name = {type = "string", is = "Its name."}
"""


def folder(tmp_path: Path, **files: str) -> Path:
    (tmp_path / "nodes").mkdir()
    for name, text in files.items():
        (tmp_path / "nodes" / f"{name}.toml").write_text(text)
    return tmp_path


def test_a_files_path_is_its_label(tmp_path: Path) -> None:
    assert list(schema.load(folder(tmp_path, odd_thing=THING, thing=THING)).nodes) == ["OddThing", "Thing"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (THING.replace('key = ["name"]', 'key = ["nam"]'), "`nam` is used and not declared"),
        (THING.replace('show = "name"', 'show = "nam"'), "`nam` is used and not declared"),
        (THING.replace('layer = "behaviour"', 'layer = "behavior"'), "Invalid enum value 'behavior'"),
        (THING + 'color = "red"\n', "Expected `object`, got `str`"),
        (THING.replace('is = "A thing."\n', ""), "required field `is`"),
        (THING.replace('key = ["name"]', 'key = ["name"]\nindex = [["nam"]]'), "`nam` is indexed and not declared"),
        (THING + '[out]\nHAS = {to = ["Nothing"], kind = "link", is = "x"}\n', "`HAS` leads to Nothing"),
        (THING + '[out]\nHAS = {to = ["Thing"], kind = "behaviour", key = ["x"], is = "x"}\n', "`HAS` uses `x`"),
        ("is = [", "thing.toml:1: Invalid value"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(DeclarationError, match=r"thing\.toml") as raised:
        schema.load(folder(tmp_path, thing=text))
    assert fault in str(raised.value)


def test_every_label_has_its_id_by_constraint() -> None:
    declared = schema.load()
    statements_ = dict(declared.requirements())
    for label in declared.nodes:
        assert f"FOR (n:{label}) REQUIRE n.id IS UNIQUE" in " ".join(statements_.values())


def test_names_of_constraints_and_indexes_are_said_once() -> None:
    names = [name for name, _ in schema.load().requirements()]
    assert len(names) == len(set(names))


def test_every_novelty_is_found_by_an_index() -> None:
    declared = schema.load()
    made = " ".join(statement for _, statement in declared.requirements())
    for label, node in declared.nodes.items():
        assert (f"FOR (n:{label}) ON (n.novel_since)" in made) == node.novelty
    for edge in declared.edges:
        if edge.relationship.kind == "behaviour":
            assert f"FOR ()-[n:{edge.type}]-() ON (n.novel_since)" in made


def test_what_an_edge_may_hold_follows_from_its_kind() -> None:
    declared = schema.load()
    assert declared.edge("Process", "RAN_ON", "Host").properties == {}
    assert {"id", "at", "port", "pair"} <= declared.edge("Process", "CONNECTED_TO", "IpAddress").properties.keys()
    assert {"id", "novel_since", "novel_by"} <= declared.edge("Host", "RUNS", "Binary").properties.keys()
    assert list(declared.edge("Alert", "ABOUT", "Host").properties) == ["role"]
    with pytest.raises(KeyError):
        declared.edge("Host", "RAN_ON", "Process")


def test_an_upsert_takes_the_lock_before_it_reads() -> None:
    """Or two writers would each keep their own minimum."""
    text = statements.upsert_node(schema.load(), "Process")
    assert text.index("REMOVE n._lock") < text.index("WITH n, row") < text.index("n.first_seen")


def test_what_people_write_is_not_written_from_events() -> None:
    declared = schema.load()
    assert "criticality" not in statements.upsert_node(declared, "Host")
    with pytest.raises(ValueError, match="ABOUT is not written from events"):
        statements.upsert_edge(declared.edge("Alert", "ABOUT", "Host"))
