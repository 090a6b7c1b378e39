"""Rules that the GraphQL schema and its views keep, whatever is added."""

import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    build_schema,
    get_named_type,
    introspection_from_schema,
    lexicographic_sort_schema,
    print_schema,
)
from strawberry.utils.str_converters import to_snake_case

from app.api.entities import Entity, kind_of, property_of
from app.api.inputs import EntityKind
from app.api.limits import Limits
from app.api.schema import graphql_schema, undescribed
from app.graph import Graph
from app.queries import Queries
from app.schema import ROOT, Schema

GOLDEN = ROOT / "tests" / "golden" / "schema.graphql"
HEAD = "# Generated from app/api by `pytest --accept`; never edited.\n\n"
VIEWS = ROOT / "queries" / "views"


@pytest.fixture(scope="module")
def core(declared: Schema) -> GraphQLSchema:
    return graphql_schema(declared, Limits(), development=True)._schema


def test_schema_is_the_golden_one(core: GraphQLSchema, accept: bool) -> None:
    # Sorted, so that the order of imports is no change; through its text, for Strawberry's own types do not sort.
    printed = HEAD + print_schema(lexicographic_sort_schema(build_schema(print_schema(core)))) + "\n"
    if accept:
        GOLDEN.write_text(printed, encoding="utf-8")
    assert printed == GOLDEN.read_text(encoding="utf-8"), "look at the change, then `pytest --accept`"


def test_introspection_equals_the_golden_schema(core: GraphQLSchema) -> None:
    seen = lexicographic_sort_schema(build_client_schema(introspection_from_schema(core)))
    assert print_schema(seen) == print_schema(build_schema(GOLDEN.read_text(encoding="utf-8")))


def test_everything_says_what_it_is(core: GraphQLSchema) -> None:
    assert undescribed(core) == []


PROMISED = {
    "Query": "node search host hosts binaries alerts compositeAlerts alert investigations rules",
    "Mutation": "updateAlerts commentAlert setHost",
    "Subscription": "alertChanged investigationChanged",
    "Alert": "id rule title severity status state isComposite message at raisedAt host entities attack why "
    "benignReasons investigate resolve evidence partOf graph",
    "Host": "hostId hostname firstSeen lastSeen novelSince criticality alerts investigations",
    "PictureNode": "id kind label properties novelSince",
    "PictureEdge": "id kind source target properties novelSince",
}


@pytest.mark.parametrize("name", PROMISED)
def test_names_that_clients_rely_on_are_there(core: GraphQLSchema, name: str) -> None:
    type_ = core.type_map[name]
    assert isinstance(type_, GraphQLObjectType)
    assert set(PROMISED[name].split()) <= set(type_.fields)


def test_every_shown_label_has_a_type_a_kind_and_its_properties(declared: Schema) -> None:
    types = {type_.__name__: type_ for type_ in Entity.__subclasses__()}
    shown = {label for label, node in declared.nodes.items() if node.layer != "case"}
    assert shown == set(types), "a label that is shown needs a type of its name in app/api"
    assert {kind_of(label) for label in shown} == set(EntityKind)


def test_every_field_of_an_entity_shows_a_declared_property(core: GraphQLSchema, declared: Schema) -> None:
    for type_ in Entity.__subclasses__():
        properties = declared.properties(type_.__name__)
        own = set(type_.__annotations__) - {"host_id", "same_as"}
        undeclared = {name for name in own if property_of(type_.__name__, name) not in properties}
        assert not undeclared, type_.__name__


def test_every_list_of_rows_is_a_connection_as_relay_has_it(core: GraphQLSchema) -> None:
    connections = {name for name in core.type_map if name.endswith("Connection")}
    assert connections
    for name in connections:
        type_ = core.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        assert {"edges", "nodes", "pageInfo", "totalCount"} == set(type_.fields)
        edge = get_named_type(type_.fields["edges"].type)
        assert isinstance(edge, GraphQLObjectType)
        assert set(edge.fields) == {"cursor", "node"}
    for type_ in core.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                paged = str(get_named_type(field.type)) in connections
                assert paged == ("first" in field.args) == ("after" in field.args), f"{type_}.{name}"


def test_no_field_has_32_bits(core: GraphQLSchema) -> None:
    """Times and counts outgrow GraphQL's Int; a page size does not."""
    for type_ in core.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__"):
            assert not [name for name, field in type_.fields.items() if str(get_named_type(field.type)) == "Int"]


def test_the_views_are_those_that_the_code_reads(asked: Queries) -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "app").rglob("*.py")))
    assert [name for name in asked.views if f'"{name}"' not in code] == []


BLOCKS = re.compile(r"// (filter|candidates).*?\n(.*?)// end of \1", re.DOTALL)


@pytest.mark.parametrize("family", ["alerts_", "hosts", "binaries", "search", "investigations"])
def test_a_filter_is_the_same_wherever_it_stands(family: str) -> None:
    """A page and its count must agree on what is in the list."""
    found: dict[str, set[str]] = {}
    files = sorted(VIEWS.glob(f"{family}*.cypher"))
    for path in files:
        for kind, block in BLOCKS.findall(path.read_text(encoding="utf-8")):
            found.setdefault(kind, set()).add(" ".join(block.split()))
    assert found, files
    assert {kind: len(blocks) for kind, blocks in found.items()} == dict.fromkeys(found, 1)


SCANS = frozenset({"binaries", "search", "search_counted"})
"""Views that look at every node of a label: a part of a name is in no index."""


def test_views_start_from_an_index(graph: Graph, asked: Queries) -> None:
    scanning = set()
    for name, query in asked.views.items():
        given = dict.fromkeys(query.header.params) | dict(query.parameters)
        plan = graph.plan(query.text, {**given, "given": {}, "limit": 10})
        assert "AllNodesScan" not in plan.operators, name
        if "NodeByLabelScan" in plan.operators or "DirectedRelationshipTypeScan" in plan.operators:
            scanning.add(name)
    # The composites among all alerts are found by what they are made of, which is theirs alone.
    assert scanning - {"alerts_found", "alerts_counted"} == SCANS, "an entry that is not needed goes"


def test_only_what_says_that_it_writes_does(asked: Queries) -> None:
    writing = re.compile(r"\b(SET|MERGE|CREATE|DELETE|REMOVE)\b")
    for name, query in asked.views.items():
        text = query.text.partition("*/")[2]
        assert query.header.writes == bool(writing.search(text)), name


def test_no_cypher_in_python() -> None:
    for path in sorted((ROOT / "app" / "api").glob("*.py")):
        assert not re.search(r"\bMATCH \(|\bMERGE \(|\bUNWIND \$", path.read_text(encoding="utf-8")), path.name


def test_a_property_is_described_once_in_the_graph_schema(core: GraphQLSchema, declared: Schema) -> None:
    alert = core.type_map["Alert"]
    assert isinstance(alert, GraphQLObjectType)
    for name in ("reason", "raisedAt", "ruleHash", "message"):
        meaning = declared.nodes["Alert"].properties[to_snake_case(name)].meaning
        assert (alert.fields[name].description or "").rstrip(".").split(",")[0] == meaning.rstrip(".").split(",")[0]


def test_examples_in_the_readme_are_valid() -> None:
    """What a stranger pastes must work: every fenced graphql block of the README."""
    from graphql import parse, validate

    readme: Path = ROOT / "README.md"
    schema = build_schema(GOLDEN.read_text(encoding="utf-8"))
    for block in re.findall(r"```graphql\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL):
        assert validate(schema, parse(block)) == []
