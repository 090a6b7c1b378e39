"""Rows: what one event says about nodes and relationships, and many rows folded to one an id.

Pure. A batch is folded before it is written: a key that came three times in a statement would be
seen as new three times, and the database does less work.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.ids import ident
from app.novelty import DAY, First

Values = Mapping[str, Any]
EdgeType = tuple[str, str, str]
"""Source label, relationship type, target label."""


@dataclass(frozen=True, slots=True)
class NodeRow:
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


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """A relationship as one event shows it; `by` where it is a sighting."""

    type: EdgeType
    source: str
    target: str
    id: str = ""
    fixed: Values = field(default_factory=dict)
    at: int | None = None
    by: str | None = None


Row = NodeRow | EdgeRow


def link(source: str, kind: str, target: str, of: tuple[str, str]) -> EdgeRow:
    """Return a relationship without properties between the ids `of`."""
    return EdgeRow((source, kind, target), *of)


def behaviour(source: str, kind: str, target: str, of: tuple[str, str], at: int, by: str, **key: str | int) -> EdgeRow:
    """Return a sighting of a behaviour; `key` are the properties that its identity has beside its ends."""
    opaque = ident(kind, *of, *(str(value) for value in key.values()))
    return EdgeRow((source, kind, target), *of, opaque, key, at, by)


def observation(source: str, kind: str, target: str, of: tuple[str, str], at: int, **fixed: str | int) -> EdgeRow:
    """Return a relationship that stands once a record."""
    opaque = ident(kind, *of, str(at), *(str(value) for value in fixed.values()))
    return EdgeRow((source, kind, target), *of, opaque, {"id": opaque, "at": at, **fixed}, at)


@dataclass(slots=True)
class Folded:
    """Everything that a batch says about one node or relationship."""

    id: str
    source: str
    target: str
    fixed: Values
    first_seen: int | None = None
    last_seen: int | None = None
    merged: dict[str, Any] = field(default_factory=dict)
    days: dict[int, First] = field(default_factory=dict)

    def see(self, at: int | None, by: str | None) -> None:
        """Take one more sighting in; the order does not matter."""
        if at is None:
            return
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
    batch = Batch({}, {})
    for row in rows:
        if isinstance(row, NodeRow):
            nodes = batch.nodes.setdefault(row.label, {})
            folded = nodes.get(row.id)
            if folded is None:
                folded = nodes[row.id] = Folded(row.id, "", "", row.fixed)
            if row.merged:
                _merge(folded.merged, row.merged, merges[row.label])
        else:
            edges = batch.edges.setdefault(row.type, {})
            key = row.id or row.source + row.target
            folded = edges.get(key)
            if folded is None:
                folded = edges[key] = Folded(row.id, row.source, row.target, row.fixed)
        folded.see(row.at, row.by)
    return batch


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
