"""Things of the graph as GraphQL shows them: what all have in common, and the plain ones.

A type is named as its label and a field as its property; where nothing else is said, its description is the
one in `graph_schema/nodes` (`schema.described`). A type of its own for a label is found by that name alone.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from types import MappingProxyType
from typing import Any

import strawberry

from app.api.context import Info
from app.api.fields import resolved
from app.api.inputs import BinaryKind, Criticality, EntityKind
from app.api.scalars import DateTime, Json, Long
from app.graph import GraphEdge, GraphNode
from app.schema import Schema

_OTHER_NAMES: Mapping[tuple[str, str], str] = MappingProxyType(
    {("Host", "hostname"): "name", ("Binary", "binary_kind"): "kind"}
)
"""Fields that are not named as their property: by label and field."""
_ENUMS: Mapping[str, type[Enum]] = MappingProxyType({"criticality": Criticality, "binary_kind": BinaryKind})
_HIDDEN = frozenset(("sightings", "openings", "same_as", "first_seen", "last_seen", "novel_since", "_lock", "pair"))
"""Properties that are shown as fields of their own, or are the engine's bookkeeping."""


@strawberry.interface(description="Anything with an id of its own.")
class Node:
    """As Relay has it."""

    id: strawberry.ID = strawberry.field(description="Opaque, the same for ever, unlike any other's.")


@strawberry.interface(description="A thing of the graph that alerts speak of.")
class Entity(Node):
    """What all kinds have."""

    kind: EntityKind = strawberry.field(description="What kind of thing it is.")
    label: str = strawberry.field(description="How it is shown in a sentence.")
    first_seen: DateTime | None = strawberry.field(description="First moment seen.")
    last_seen: DateTime | None = strawberry.field(description="Last moment seen.")
    novel_since: DateTime | None = strawberry.field(
        description="Since when it is new to the deployment: the first moment after the latest 90 days without it."
    )
    properties: Json = strawberry.field(description="All its properties, as the graph schema declares them.")


def property_of(label: str, field: str) -> str:
    """Return the property that a field (in Python's spelling) shows."""
    return _OTHER_NAMES.get((label, field), field)


def kind_of(label: str) -> EntityKind:
    """Return the kind that a label is.

    Raises KeyError for a label that is not shown.
    """
    return EntityKind[re.sub(r"(?<!^)(?=[A-Z])", "_", label).upper()]


def label_of_kind(kind: EntityKind) -> str:
    """Return the label of a kind."""
    return "".join(part.capitalize() for part in kind.name.split("_"))


def shown(schema: Schema, node: GraphNode) -> str:
    """Return how a node is shown in a sentence."""
    read = node.properties
    match node.label:
        case "Process":
            text = read.get("command") or read.get("executable") or read.get("native_id")
        case "Port":
            text = f"{read.get('protocol')}/{read.get('number')}"
        case "Container":
            text = read.get("name") or read.get("native_id")
        case label:
            declared = schema.nodes.get(label)
            text = read.get(declared.show) if declared else None
    return str(node.id if text is None else text)


def open_properties(thing: GraphNode | GraphEdge) -> dict[str, object]:
    """Return the properties that are not shown as fields of their own."""
    return {name: value for name, value in thing.properties.items() if name not in _HIDDEN}


def entity(schema: Schema, node: GraphNode) -> Entity:
    """Return the type that shows a node.

    Raises KeyError for a label that is not shown.
    """
    shape = next((one for one in Entity.__subclasses__() if one.__name__ == node.label), None)
    if shape is None:
        raise KeyError(node.label)
    read = node.properties
    values: dict[str, Any] = {
        "id": node.id,
        "kind": kind_of(node.label),
        "label": shown(schema, node),
        "properties": open_properties(node),
        "same_as": read.get("same_as", []),
        "host_id": node.id,
    }
    stored = [one.name for one in fields(shape) if one.init]
    for name in stored:
        if name not in values:
            values[name] = _value(name, read.get(property_of(node.label, name)))
    return shape(**{name: values[name] for name in stored})


def _value(name: str, stored: Any) -> Any:  # noqa: ANN401 - what a property may hold
    named = _ENUMS.get(name)
    return stored if stored is None or named is None else named[stored.upper()]


async def linked(info: Info, id: str, kind: str) -> list[Any]:
    """Return what hangs on an entity by one relationship type."""
    links = await info.context.loaders.links.load(id)
    return [entity(info.context.services.schema, node) for node in links.get(kind, ())]


async def one_linked(info: Info, id: str, kind: str) -> Any:  # noqa: ANN401 - the schema says of which label
    """Return the first of what hangs on an entity by one relationship type."""
    return next(iter(await linked(info, id, kind)), None)


@strawberry.type
class User(Entity):
    """The label User."""

    name: str


@strawberry.type
class Binary(Entity):
    """The label Binary."""

    binary_kind: BinaryKind
    name: str
    basename: str | None


@strawberry.type
class IpAddress(Entity):
    """The label IpAddress."""

    ip: str
    external: bool | None


@strawberry.type
class Domain(Entity):
    """The label Domain."""

    name: str
    registered: str | None

    @resolved("The registered domain that it is part of; null for that itself.")
    async def part_of(self, info: Info) -> "Domain | None":
        """Return the domain above."""
        above: Domain | None = await one_linked(info, self.id, "PART_OF")
        return above


@strawberry.type
class Port(Entity):
    """The label Port."""

    protocol: str
    number: Long


@strawberry.type
class Path(Entity):
    """The label Path."""

    path: str


@strawberry.type
class File(Entity):
    """The label File."""

    sha256: str


@strawberry.type
class Image(Entity):
    """The label Image."""

    name: str
    tags: list[str] | None


@strawberry.type
class Indicator(Entity):
    """The label Indicator."""

    type: str
    value: str
    source: str
    about: strawberry.ID | None
    confidence: Long | None
    description: str | None
    valid_from: DateTime | None
    valid_until: DateTime | None
    tags: list[str] | None
