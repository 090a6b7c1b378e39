"""Give the database the constraints and indexes that the graph rests on, and refuse one that lacks them.

Between `schema`, which says what they are, and whoever starts something that writes: without its unique
constraint a MERGE makes twins as soon as two writers meet (100 keys, 376 nodes), so nothing may start
while one is missing or still being built. Compared by what they are on and not by name: the same
constraint under another name serves, another one under the same name does not.

The write lock needs its own name to be there too: `REMOVE n._lock` locks nothing, and says nothing, while the
database has never heard of a property `_lock`. Then writers read before they lock, and deadlock.
"""

from collections.abc import Iterator

from app.errors import ConfigError, WriteRefused
from app.graph import Graph
from app.schema import Schema

PATIENCE = 300
"""Seconds that building the indexes of a filled database may take."""

_LOCK = "_lock"
_NAME_LOCK = "CALL db.createProperty($name)"
_NAMES = "CALL db.propertyKeys() YIELD propertyKey WHERE propertyKey = $name RETURN propertyKey"
_AWAIT = "CALL db.awaitIndexes($seconds)"
_CONSTRAINTS = (
    "SHOW CONSTRAINTS YIELD type, entityType, labelsOrTypes, properties, ownedIndex "
    "WHERE type ENDS WITH 'UNIQUENESS' RETURN entityType, labelsOrTypes, properties, ownedIndex"
)
_INDEXES = (
    "SHOW INDEXES YIELD name, type, entityType, labelsOrTypes, properties, state, owningConstraint "
    "WHERE type = 'RANGE' RETURN name, entityType, labelsOrTypes, properties, state, owningConstraint"
)


def ensure(graph: Graph, schema: Schema) -> None:
    """Create what is missing and wait until all of it is online; doing it again changes nothing.

    Raises ConfigError naming what cannot be had, GraphUnavailable when the database does not answer.
    """
    for name, statement, _ in _lacking(graph, schema):
        try:
            graph.command(statement, {"name": name})
        except WriteRefused as error:
            raise ConfigError(f"the database refuses `{name}` ({statement}): {error}") from error
    try:
        graph.command(_AWAIT, {"seconds": PATIENCE})
    except WriteRefused as error:
        raise ConfigError(f"the database's indexes do not come online: {error}") from error
    verify(graph, schema)


def verify(graph: Graph, schema: Schema) -> None:
    """Return if every constraint and index of the schema is there and online.

    Raises ConfigError naming all that are not.
    """
    lacking = [f"{name} ({state})" for name, _, state in _lacking(graph, schema)]
    if lacking:
        raise ConfigError(
            f"the database lacks {len(lacking)} of the graph's constraints and indexes: {', '.join(lacking)}; "
            "start once with the right to create them, or wait until they are online"
        )


def _lacking(graph: Graph, schema: Schema) -> Iterator[tuple[str, str, str]]:
    """Yield name, statement and state of each requirement that is not online."""
    if not graph.command(_NAMES, {"name": _LOCK}):
        yield _LOCK, _NAME_LOCK, "missing"
    states = _states(graph)
    for name, statement in schema.requirements():
        state = states.get(statement.partition(" FOR ")[2], "missing")
        if state != "ONLINE":
            yield name, statement, state


def _states(graph: Graph) -> dict[str, str]:
    """Return the state of each constraint and index, by how `Schema.requirements` says what it is on."""
    indexes = graph.command(_INDEXES)
    states: dict[str, str] = {}
    for row in indexes:
        if row["owningConstraint"] is None and row["labelsOrTypes"]:
            columns = ", ".join(f"n.{name}" for name in row["properties"])
            states[f"{_pattern(row['entityType'], row['labelsOrTypes'][0])} ON ({columns})"] = row["state"]
    online = {row["name"]: row["state"] for row in indexes}
    for row in graph.command(_CONSTRAINTS):
        columns = ", ".join(f"n.{name}" for name in row["properties"])
        on = _pattern(row["entityType"], row["labelsOrTypes"][0])
        states[f"{on} REQUIRE {columns} IS UNIQUE"] = online.get(row["ownedIndex"], "without index")
    return states


def _pattern(entity: str, name: str) -> str:
    return f"(n:{name})" if entity == "NODE" else f"()-[n:{name}]-()"
