"""Rows: what one event says about nodes and relationships, and many rows folded to one an id.

Pure. A batch is folded before it is written: a key that came three times in a statement would be
seen as new three times, and the database does less work.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from app.ids import ident
from app.novelty import DAY, First

Values = Mapping[str, Any]
EdgeType = tuple[str, str, str]
"""Source label, relationship type, target label."""


# An event makes about ten rows, which live as long as a batch: structs, for these are made three times as
# fast as dataclasses, and nothing in them can form a cycle for the collector to look for.


class NodeRow(Struct, frozen=True, gc=False):
    """A node as one event shows it."""

    label: str
    id: str
    fixed: Values
    """Properties fixed by the key."""
    at: int | None = None
    """When it was seen; None where the row only names the node."""
    by: str | None = None
    """Id of the observation, where this is a sighting."""
    merged: Values | None = None
    """Properties that merge: minimum, maximum or union, as the schema says."""


class EdgeRow(Struct, frozen=True, gc=False):
    """A relationship as one event shows it; `by` where it is a sighting."""

    type: EdgeType
    source: str
    target: str
    id: str = ""
    fixed: Values = {}
    at: int | None = None
    by: str | None = None


Row = NodeRow | EdgeRow


def link(source: str, kind: str, target: str, of: tuple[str, str]) -> EdgeRow:
    """Return a relationship without properties between the ids `of`."""
    return EdgeRow((source, kind, target), *of)


def behaviour(source: str, kind: str, target: str, of: tuple[str, str], at: int, by: str, **key: str | int) -> EdgeRow:
    """Return a sighting of a behaviour; `key` are the properties that its identity has beside its ends."""
    opaque = ident(kind, *of, *map(str, key.values()))
    return EdgeRow((source, kind, target), *of, opaque, key, at, by)


def observation(source: str, kind: str, target: str, of: tuple[str, str], at: int, **fixed: str | int) -> EdgeRow:
    """Return a relationship that stands once a record."""
    # Of one record only: remembering the id would push out those that come again.
    opaque = ident.__wrapped__(kind, *of, str(at), *map(str, fixed.values()))
    return EdgeRow((source, kind, target), *of, opaque, {"id": opaque, "at": at, **fixed}, at)


class Folded(Struct, gc=False):
    """Everything that a batch says about one node or relationship."""

    id: str
    source: str
    target: str
    fixed: Values
    first_seen: int | None = None
    last_seen: int | None = None
    merged: dict[str, Any] = {}
    days: dict[int, First] = {}

    def see(self, at: int, by: str | None) -> None:
        """Take one more sighting in; the order does not matter."""
        if self.first_seen is None or at < self.first_seen:
            self.first_seen = at
        if self.last_seen is None or at > self.last_seen:
            self.last_seen = at
        if by is not None:
            day = at // DAY
            before = self.days.get(day)
            if before is None or (at, by) < before:
                self.days[day] = (at, by)


@dataclass(frozen=True, slots=True)
class Batch:
    """Folded rows by label and by relationship type."""

    nodes: dict[str, dict[str, Folded]]
    edges: dict[EdgeType, dict[str, Folded]]


def fold(rows: Iterable[Row], merges: Mapping[str, Mapping[str, str]]) -> Batch:
    """Return the rows folded to one an id; `merges` gives each label's merge of each property."""
    nodes: dict[str, dict[str, Folded]] = {}
    edges: dict[EdgeType, dict[str, Folded]] = {}
    for row in rows:
        if type(row) is NodeRow:
            of_label = nodes.get(row.label)
            if of_label is None:
                of_label = nodes[row.label] = {}
            folded = of_label.get(row.id)
            if folded is None:
                folded = of_label[row.id] = Folded(row.id, "", "", row.fixed)
            if row.merged:
                _merge(folded.merged, row.merged, merges[row.label])
        else:
            assert type(row) is EdgeRow  # noqa: S101 - there are two kinds of rows
            of_type = edges.get(row.type)
            if of_type is None:
                of_type = edges[row.type] = {}
            key = row.id or row.source + row.target
            folded = of_type.get(key)
            if folded is None:
                folded = of_type[key] = Folded(row.id, row.source, row.target, row.fixed)
        if row.at is not None:
            folded.see(row.at, row.by)
    return Batch(nodes, edges)


def _merge(into: dict[str, Any], values: Values, how: Mapping[str, str]) -> None:
    for name, value in values.items():
        if value is None:
            continue
        before = into.get(name)
        if before is None:
            into[name] = value
        elif how[name] == "union":
            into[name] = sorted({*before, *value})
        elif (value < before) if how[name] == "min" else (value > before):
            into[name] = value
