"""Everything that a database holds, as plain values that can be compared."""

from collections.abc import Collection
from typing import Any

from app.graph import Graph

WALL_CLOCK = {"raised_at"}
CASE = {"Alert", "Investigation"}

Dump = dict[str, dict[str, Any]]


def dump(graph: Graph, without: Collection[str] = CASE) -> Dump:
    """Return all nodes by label and id, and all relationships by type and ends, with their properties."""
    found: Dump = {}
    nodes = graph.read(
        "MATCH (node) WHERE none(label IN labels(node) WHERE label IN $without) "
        "RETURN labels(node) AS labels, properties(node) AS properties",
        {"without": list(without)},
    )
    for row in nodes:
        properties = {name: value for name, value in row["properties"].items() if name not in WALL_CLOCK}
        key = f"{'+'.join(row['labels'])} {properties['id']}"
        assert key not in found, f"twins of {key}"
        found[key] = properties
    edges = graph.read(
        "MATCH (source)-[edge]->(target) "
        "WHERE none(label IN labels(source) + labels(target) WHERE label IN $without) "
        "RETURN source.id AS source, type(edge) AS type, target.id AS target, properties(edge) AS properties",
        {"without": list(without)},
    )
    for row in edges:
        properties = row["properties"]
        key = f"{row['source']} {row['type']} {row['target']} {properties.get('id', properties.get('role', ''))}"
        assert key not in found, f"twins of {key}"
        found[key] = properties
    return found


def difference(one: Dump, other: Dump) -> list[str]:
    """Return what only one of two dumps has, or has otherwise, in words."""
    words = []
    for key in sorted(one.keys() | other.keys()):
        if one.get(key) != other.get(key):
            words.append(f"{key}:\n   {_words(one.get(key), other.get(key))}")
    return words


def _words(one: dict[str, Any] | None, other: dict[str, Any] | None) -> str:
    if one is None or other is None:
        return f"only {'there' if one is None else 'here'}: {other if one is None else one}"
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    return "; ".join(f"{name} {one.get(name)!r} here and {other.get(name)!r} there" for name in names)
