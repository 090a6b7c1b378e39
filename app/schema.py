"""What the graph may hold, read from `graph_schema/nodes/*.toml`.

Said once there; used for constraints and indexes here, for statements in `statements`, and by `check`
for everything else.
Knows files and text only, nothing of events or the driver.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import msgspec
from msgspec import Struct

from app.errors import DeclarationError

Type = Literal["string", "integer", "float", "boolean", "strings", "integers"]
Merge = Literal["key", "min", "max", "union"]
Kind = Literal["link", "observation", "behaviour", "reference"]

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "graph_schema"


class Property(Struct, frozen=True, kw_only=True, rename={"meaning": "is"}, forbid_unknown_fields=True):
    """One property: its type, what it means, and how two values of it become one."""

    type: Type
    meaning: str
    optional: bool = False
    merge: Merge = "key"
    """`key` is fixed by the node's key; the others are order-free by nature."""
    by: Literal["events", "engine", "analyst"] = "events"
    """Who writes it: the projection of events, detection, or people."""


class Relationship(Struct, frozen=True, kw_only=True, rename={"meaning": "is"}, forbid_unknown_fields=True):
    """One relationship type out of a label.

    A `link` has no properties; an `observation` stands once a record, with its moment `at`; a
    `behaviour` stands once a pair and key, with sightings and novelty; a `reference` is written by
    detection or people.
    """

    to: tuple[str, ...]
    kind: Kind
    meaning: str
    key: tuple[str, ...] = ()
    index: tuple[tuple[str, ...], ...] = ()
    properties: dict[str, Property] = {}


class Node(Struct, frozen=True, kw_only=True, rename={"meaning": "is"}, forbid_unknown_fields=True):
    """One label: what it is, what identifies it, what it may hold."""

    meaning: str
    layer: Literal["evidence", "behaviour", "knowledge", "case"]
    key: tuple[str, ...]
    show: str
    properties: dict[str, Property]
    out: dict[str, Relationship] = {}
    novelty: bool = False
    index: tuple[tuple[str, ...], ...] = ()


COMMON = {
    "id": Property(type="string", meaning="Opaque id: label and 128 bits of SHA-256 over the key."),
    "first_seen": Property(type="integer", merge="min", meaning="First moment seen, epoch milliseconds UTC."),
    "last_seen": Property(type="integer", merge="max", meaning="Last moment seen, epoch milliseconds UTC."),
}
NOVELTY = {
    "sightings": Property(
        type="integers",
        optional=True,
        meaning="First moment of each UTC day on which it was seen, epoch milliseconds UTC, ascending.",
    ),
    "openings": Property(
        type="strings",
        optional=True,
        meaning="For each day without a sighting in the 90 days before it: its first moment and the id of "
        "the observation, joined by a bar.",
    ),
    "novel_since": Property(
        type="integer", optional=True, meaning="First moment of the latest such day, epoch milliseconds UTC."
    ),
    "novel_by": Property(
        type="string",
        optional=True,
        meaning="Id of the observation that made it new: process, session, look-up.",
    ),
}
_OBSERVATION = {
    "id": Property(type="string", meaning="Opaque id over source, target, key and moment."),
    "at": Property(type="integer", meaning="When it happened, epoch milliseconds UTC."),
}


@dataclass(frozen=True, slots=True)
class Edge:
    """One relationship type between two labels, with all its properties."""

    source: str
    type: str
    target: str
    relationship: Relationship

    @property
    def properties(self) -> dict[str, Property]:
        """Return every property that the edge may hold, the common ones included."""
        match self.relationship.kind:
            case "link":
                return {}
            case "reference":
                return dict(self.relationship.properties)
            case "observation":
                return _OBSERVATION | self.relationship.properties
            case "behaviour":
                return COMMON | NOVELTY | self.relationship.properties


@dataclass(frozen=True)
class Schema:
    """Every label and relationship that the graph may hold."""

    nodes: Mapping[str, Node]

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Return every declared relationship between two labels, in a fixed order."""
        return tuple(
            Edge(label, kind, target, relationship)
            for label, node in self.nodes.items()
            for kind, relationship in node.out.items()
            for target in relationship.to
        )

    def edge(self, source: str, kind: str, target: str) -> Edge:
        """Return one declared relationship.

        Raises KeyError when it is not declared.
        """
        return self._edges[(source, kind, target)]

    @cached_property
    def _edges(self) -> dict[tuple[str, str, str], Edge]:
        return {(edge.source, edge.type, edge.target): edge for edge in self.edges}

    def properties(self, label: str) -> dict[str, Property]:
        """Return every property that a node of the label may hold, the common ones included."""
        node = self.nodes[label]
        if node.layer == "case":
            seen = msgspec.structs.replace(COMMON["first_seen"], optional=True)
            return {"id": COMMON["id"], "first_seen": seen} | node.properties
        return COMMON | (NOVELTY if node.novelty else {}) | node.properties

    def requirements(self) -> Iterator[tuple[str, str]]:
        """Yield name and statement of every constraint and index that the graph must have."""
        for label, node in self.nodes.items():
            name = f"{_snake(label)}_id"
            yield name, f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"
            wanted = [*node.index, *([("novel_since",)] if node.novelty else [])]
            for columns in wanted:
                yield _index(f"{_snake(label)}_{'_'.join(columns)}", f"(n:{label})", columns)
        seen: set[str] = set()
        for edge in self.edges:
            columns_of = [*edge.relationship.index]
            if edge.relationship.kind == "behaviour":
                columns_of += [("novel_since",)]
            if edge.relationship.kind == "observation":
                name = f"{edge.type.lower()}_id"
                if name not in seen:
                    seen.add(name)
                    yield (
                        name,
                        f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR ()-[n:{edge.type}]-() REQUIRE n.id IS UNIQUE",
                    )
            for columns in columns_of:
                name = f"{edge.type.lower()}_{'_'.join(columns)}"
                if name not in seen:
                    seen.add(name)
                    yield _index(name, f"()-[n:{edge.type}]-()", columns)


def load(folder: Path = FOLDER) -> Schema:
    """Return the declared schema.

    Raises DeclarationError with the place of the first fault.
    """
    schema = Schema(MappingProxyType({label_of(path): read(path) for path in files(folder)}))
    for fault in dangling(schema):
        raise fault
    return schema


def files(folder: Path = FOLDER) -> list[Path]:
    """Return the file of every label."""
    return sorted((folder / "nodes").glob("*.toml"))


def label_of(path: Path) -> str:
    """Return the label that a file declares; its path is its name."""
    return "".join(part.capitalize() for part in path.stem.split("_"))


def read(path: Path) -> Node:
    """Return one label's declaration.

    Raises DeclarationError with the place of the first fault.
    """
    try:
        declared: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        node = msgspec.convert(declared, Node)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise DeclarationError(f"{_where(path)}:{line.group(1) if line else 1}", str(error)) from error
    except msgspec.ValidationError as error:
        raise DeclarationError(_where(path), str(error)) from error
    for name in (*node.key, node.show):
        if name not in node.properties:
            raise DeclarationError(_where(path), f"`{name}` is used and not declared under [properties]")
    return node


def dangling(schema: Schema) -> Iterator[DeclarationError]:
    """Yield what one declaration says of another, or of its own properties, that is not there."""
    for label, node in schema.nodes.items():
        where = f"graph_schema/nodes/{_snake(label)}.toml"
        for name in {name for columns in node.index for name in columns} - schema.properties(label).keys():
            yield DeclarationError(where, f"`{name}` is indexed and not declared")
        for kind, relationship in node.out.items():
            for target in relationship.to:
                if target not in schema.nodes:
                    yield DeclarationError(where, f"`{kind}` leads to {target}, which has no file")
            known = Edge(label, kind, label, relationship).properties
            used = {*relationship.key, *(name for columns in relationship.index for name in columns)}
            for name in used - known.keys():
                yield DeclarationError(where, f"`{kind}` uses `{name}`, which it does not declare")


def _index(name: str, pattern: str, columns: tuple[str, ...]) -> tuple[str, str]:
    on = ", ".join(f"n.{column}" for column in columns)
    return name, f"CREATE INDEX {name} IF NOT EXISTS FOR {pattern} ON ({on})"


def _snake(label: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", label).lower()


def _where(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()
