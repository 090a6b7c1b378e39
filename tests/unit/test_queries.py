"""Query files are read whole: header, text, values of their parameters."""

from pathlib import Path

import pytest

from app import queries
from app.errors import DeclarationError

VIEW = """/*
title = "Hosts"
description = "All of them."
params.names = {type = "strings", file = "names.toml", is = "Names."}
params.most = {type = "integer", default = 5, is = "Most rows."}
*/
MATCH (host:Host) RETURN host
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "views").mkdir()
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "names.toml").write_text('values = ["a", "b"]\n')
    return tmp_path


def read(folder: Path, text: str) -> queries.Query[queries.ReadHeader]:
    path = folder / "views" / "some.cypher"
    path.write_text(text)
    return queries.read(path, "views")


def test_a_file_is_its_header_and_runs_as_it_stands(folder: Path) -> None:
    query = read(folder, VIEW)
    assert (query.name, query.path, query.text) == ("some", "queries/views/some.cypher", VIEW)
    assert (query.header.title, query.header.writes) == ("Hosts", False)


def test_parameters_are_defaults_and_lists(folder: Path) -> None:
    assert dict(read(folder, VIEW).parameters) == {"names": ["a", "b"], "most": 5}


def test_the_hash_is_of_every_byte(folder: Path) -> None:
    assert read(folder, VIEW).hash != read(folder, VIEW + "\n").hash


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("/*\n", "", "queries/views/some.cypher:1: the file must open with its TOML header"),
        ('title = "', 'title = ""', "queries/views/some.cypher:2: header: "),
        ("params.most", "parms.most", "unknown field `parms`"),
        ('description = "All of them."\n', "", "required field `description`"),
        ("names.toml", "nams.toml", "`names` names queries/lists/nams.toml: No such file"),
        ('type = "integer"', 'type = "int"', "Invalid enum value 'int'"),
    ],
)
def test_a_fault_is_told_with_its_place(folder: Path, old: str, new: str, fault: str) -> None:
    with pytest.raises(DeclarationError, match=r"queries/views/some\.cypher:\d") as raised:
        read(folder, VIEW.replace(old, new))
    assert fault in str(raised.value)


@pytest.mark.parametrize(
    ("text", "fault"), [("values = 3", "one list, `values`"), ("names = []", "one list"), ("[", ":1: ")]
)
def test_a_list_that_is_none_is_told(folder: Path, text: str, fault: str) -> None:
    (folder / "lists" / "names.toml").write_text(text)
    with pytest.raises(DeclarationError, match=r"queries/lists/names\.toml:1") as raised:
        read(folder, VIEW)
    assert fault in str(raised.value)


def test_a_messages_placeholders_are_its_columns() -> None:
    assert queries.placeholders("{host} and {binary}, twice {host}; {{not}} this") == {"host", "binary"}


def test_all_are_told_in_the_order_of_their_paths() -> None:
    paths = [query.path for query in queries.load().all()]
    assert paths == sorted(paths)
    assert "queries/alerts/new_application.cypher" in paths
