"""The Cypher that follows from the schema: upserts, sightings, references and what retention deletes.

Beside `schema`; the one place where Cypher is made, of declared names only and never of data.
"""

from collections.abc import Iterator
from typing import Literal

from app.novelty import DAY, WINDOW_DAYS
from app.schema import COMMON, NOVELTY, Edge, Property, Schema


def upsert_node(schema: Schema, label: str) -> str:
    """Return the statement that writes folded rows of one label.

    A row has `id` and `values`: what the node is made with. Where it stands already, what merges is merged:
    the write lock is taken before anything is read (removing a property that no node has does just that; setting
    it to null does not), or two writers would lose each other's minimum.
    """
    node = schema.nodes[label]
    merged = {name: prop for name, prop in schema.properties(label).items() if _is_merged(name, prop)}
    lines = [
        "UNWIND $rows AS row",
        f"MERGE (n:{label} {{id: row.id}})",
        "ON CREATE SET n += row.values",
        "REMOVE n._lock",
        "WITH n, row",
        "SET " + ",\n    ".join(_merge("n", name, prop) for name, prop in merged.items()),
    ]
    if node.novelty:
        lines.append(_SEEN)
    return "\n".join(lines)


def upsert_edge(edge: Edge) -> str:
    """Return the statement that writes folded rows of one relationship type.

    The ends are locked already: every batch writes its nodes first, in the order of their ids, so
    two writers never hold one end each.
    """
    ends = [
        "UNWIND $rows AS row",
        f"MATCH (s:{edge.source} {{id: row.source}})",
        f"MATCH (t:{edge.target} {{id: row.target}})",
    ]
    match edge.relationship.kind:
        case "link":
            return "\n".join([*ends, f"MERGE (s)-[:{edge.type}]->(t)"])
        case "observation":
            return "\n".join([*ends, f"MERGE (s)-[n:{edge.type} {{id: row.id}}]->(t)", "ON CREATE SET n += row.values"])
        case "behaviour":
            return "\n".join(
                [
                    *ends,
                    f"MERGE (s)-[n:{edge.type} {{id: row.id}}]->(t)",
                    "ON CREATE SET n += row.values",
                    "ON MATCH SET "
                    + ",\n    ".join(_merge("n", name, COMMON[name]) for name in ("first_seen", "last_seen")),
                    _SEEN,
                ]
            )
        case "reference":
            raise ValueError(f"{edge.type} is not written from events")


def write_reference(edge: Edge, verb: Literal["CREATE", "MERGE"]) -> str:
    """Return the statement that writes rows of a reference, whose properties are its key.

    A MERGE that finds nothing locks both ends. Where the source was made in the same transaction, CREATE does,
    and waits for nobody who writes about the target.
    """
    key = ", ".join(f"{name}: row.{name}" for name in edge.relationship.properties)
    return (
        "UNWIND $rows AS row\n"
        f"MATCH (s:{edge.source} {{id: row.source}})\n"
        f"MATCH (t:{edge.target} {{id: row.target}})\n"
        f"{verb} (s)-[:{edge.type}{f' {{{key}}}' if key else ''}]->(t)"
    )


def set_node_novelty(label: str) -> str:
    """Return the statement that stores merged sightings of nodes of one label."""
    return f"UNWIND $rows AS row\nMATCH (n:{label} {{id: row.id}})\n{_SET_NOVELTY}"


def set_edge_novelty(edge: Edge) -> str:
    """Return the statement that stores merged sightings of one relationship type."""
    return (
        "UNWIND $rows AS row\n"
        f"MATCH (s:{edge.source} {{id: row.source}})-[n:{edge.type} {{id: row.id}}]->"
        f"(t:{edge.target} {{id: row.target}})\n"
        f"{_SET_NOVELTY}"
    )


def count_nodes(label: str) -> str:
    """Return the statement that counts the nodes of one label."""
    return f"MATCH (n:{label}) RETURN count(n) AS count"


def count_edges(edge: Edge) -> str:
    """Return the statement that counts the relationships of one type between two labels."""
    return f"MATCH (:{edge.source})-[n:{edge.type}]->(:{edge.target}) RETURN count(n) AS count"


def forget(schema: Schema) -> Iterator[tuple[str, str, str]]:
    """Yield what ages: its name, its layer and the statement that deletes what was not seen since `$before`.

    Each works in transactions of bounded size. What is old is locked and looked at once more before it
    goes, for a worker may just have seen it again. What an alert is about stays, with the parents of its
    processes.
    """
    evidence = "|".join(label for label, node in schema.nodes.items() if node.layer == "evidence")
    for label, node in schema.nodes.items():
        if node.layer not in ("evidence", "behaviour"):
            continue
        stays = "EXISTS { (n)<-[:ABOUT]-(:Alert) }"
        if label == "Process":
            stays = "EXISTS { (n)-[:SPAWNED|LIKELY_SPAWNED|SAME_AS]->{0,6}(:Process)<-[:ABOUT]-(:Alert) }"
        elif node.layer == "behaviour":
            stays += f" OR EXISTS {{ (n)--(:{evidence}) }}"
        yield (
            label,
            node.layer,
            f"MATCH (n:{label})\nWHERE n.last_seen < $before AND NOT ({stays})\n"
            "CALL (n) {\n  REMOVE n._lock\n  WITH n WHERE n.last_seen < $before\n"
            "  DETACH DELETE n\n  RETURN 1 AS gone\n"
            "} IN TRANSACTIONS OF 1000 ROWS\nRETURN sum(gone) AS gone",
        )
    for edge in schema.edges:
        kind = edge.relationship.kind
        if kind not in ("observation", "behaviour"):
            continue
        layer, when = ("evidence", "at") if kind == "observation" else ("behaviour", "last_seen")
        stays = (
            "EXISTS { (s)<-[:ABOUT]-(:Alert) }"
            if kind == "observation"
            else "EXISTS { (s)<-[:ABOUT]-(:Alert)-[:ABOUT]->(t) }"
        )
        yield (
            f"{edge.source} {edge.type} {edge.target}",
            layer,
            f"MATCH (s:{edge.source})-[n:{edge.type}]->(t:{edge.target})\nWHERE n.{when} < $before AND NOT {stays}\n"
            f"CALL (n) {{\n  REMOVE n._lock\n  WITH n WHERE n.{when} < $before\n  DELETE n\n  RETURN 1 AS gone\n"
            "} IN TRANSACTIONS OF 1000 ROWS\nRETURN sum(gone) AS gone",
        )


# Nearly all sightings are of a thing that was just made, were stored before, or follow the stored ones within the
# window and so open nothing: those are done here. What is left is merged by `novelty`, under the same lock. It comes
# in one row: to read thousands of short ones costs the driver more than to make them costs the database.
_SEEN = f"""\
WITH n, row.id AS id, row.values.sightings AS days, row.values.openings AS openings
WHERE days IS NOT NULL AND (n.sightings IS NULL OR n.sightings <> days OR n.openings <> openings)
WITH n, id, days, size(openings) = 1 AND days[0] > n.sightings[-1]
     AND days[0] / {DAY} - n.sightings[-1] / {DAY} <= {WINDOW_DAYS} AS follows
FOREACH (one IN CASE WHEN follows THEN [n] ELSE [] END |
  SET one.sightings = one.sightings
    + CASE WHEN days[0] / {DAY} = one.sightings[-1] / {DAY} THEN days[1..] ELSE days END)
WITH n, id, follows
WHERE follows IS NULL OR NOT follows
RETURN collect([id, n.sightings, n.openings]) AS stored"""
_SET_NOVELTY = (
    "SET n.sightings = row.sightings, n.openings = row.openings, "
    "n.novel_since = row.novel_since, n.novel_by = row.novel_by"
)


def _is_merged(name: str, prop: Property) -> bool:
    return name not in NOVELTY and prop.merge != "key" and prop.by == "events"


def _merge(variable: str, name: str, prop: Property) -> str:
    stored, new = f"{variable}.{name}", f"row.values.{name}"
    match prop.merge:
        case "min" | "max":
            keeps = "<=" if prop.merge == "min" else ">="
            return f"{stored} = CASE WHEN {new} IS NULL OR {stored} {keeps} {new} THEN {stored} ELSE {new} END"
        case "union":
            return (
                f"{stored} = CASE WHEN {new} IS NULL THEN {stored} ELSE "
                f"COLLECT {{ UNWIND coalesce({stored}, []) + {new} AS one "
                "WITH DISTINCT one ORDER BY one RETURN one } END"
            )
        case "key":
            raise ValueError(f"{name} is fixed by the key")
