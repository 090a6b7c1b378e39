"""The database: the only module that imports the driver.

Sessions, transactions, retries and the translation of the driver's types and errors into ours. Knows
no label and holds no Cypher: statements come from `queries/` and from `schema`.
"""

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar, cast

import neo4j
import neo4j.graph
from neo4j import exceptions

from app.errors import ConfigError, GraphUnavailable, WriteRefused

Value = Any
"""What Cypher returns; nodes, relationships and paths come as GraphNode, GraphEdge and GraphPath."""
Row = dict[str, Value]
T = TypeVar("T")

_UNAVAILABLE = (
    exceptions.ServiceUnavailable,
    exceptions.SessionExpired,
    exceptions.TransientError,
    exceptions.IncompleteCommit,
    exceptions.ReadServiceUnavailable,
    exceptions.WriteServiceUnavailable,
    OSError,
)

# `plan` returns the database's notices; the driver would log them too, statement and all.
logging.getLogger("neo4j.notifications").setLevel(logging.ERROR)

_AT_FAULT = ("Neo.ClientError.Statement.", "Neo.ClientError.Schema.", "Neo.DatabaseError.Statement.")
"""Codes of errors that what is written causes, and would again."""

# The driver's first retry waits a second; two writers that meet on a lock are done in milliseconds.
_FIRST_RETRY = 0.05


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node as read."""

    id: str
    label: str
    properties: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """A relationship as read; `id` is its own where it has one, else made of its ends."""

    id: str
    kind: str
    source: str
    target: str
    properties: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class GraphPath:
    """A path as read."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """What the database notices about a statement, such as a label that it does not know."""

    line: int
    """Line of the statement; 1 where the notice is about all of it."""
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What EXPLAIN or PROFILE says of a statement."""

    columns: tuple[str, ...]
    operators: tuple[str, ...]
    """Operator names, root first."""
    hits: int
    """Database hits; 0 without PROFILE."""
    rows: int
    writes: bool
    notices: tuple[Notice, ...]


class Transaction:
    """One open transaction."""

    def __init__(self, transaction: neo4j.ManagedTransaction | neo4j.Transaction) -> None:
        self._transaction = transaction

    def run(self, statement: str, parameters: Mapping[str, Value] | None = None) -> list[Row]:
        """Run one statement and return all its rows."""
        result = self._transaction.run(statement, dict(parameters or {}))
        return [dict(zip(record.keys(), map(plain, record.values()), strict=True)) for record in result]


class Graph:
    """A connection pool to one database, for worker, detector and command line."""

    def __init__(self, uri: str, user: str, password: str) -> None:
        self._driver = neo4j.GraphDatabase.driver(
            uri,
            auth=(user, password),
            connection_timeout=5.0,
            connection_acquisition_timeout=30.0,
            notifications_min_severity="OFF",
            user_agent="polygraph",
            max_transaction_retry_time=5.0,
            initial_retry_delay=_FIRST_RETRY,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._driver.close()

    def verify(self) -> str:
        """Return the server's version; raises GraphUnavailable, or ConfigError for wrong credentials."""
        with _translated():
            return str(self._driver.get_server_info().agent)

    def read(
        self, statement: str, parameters: Mapping[str, Value] | None = None, *, timeout: float = 60.0
    ) -> list[Row]:
        """Run one statement that may not write, within `timeout` seconds, and return its rows."""

        def work(transaction: neo4j.ManagedTransaction) -> list[Row]:
            return Transaction(transaction).run(statement, parameters)

        with _translated(), self._driver.session(default_access_mode=neo4j.READ_ACCESS) as session:
            return session.execute_read(neo4j.unit_of_work(timeout=timeout)(work))

    def write(self, work: Callable[[Transaction], T], *, timeout: float = 120.0) -> T:
        """Run `work` in one transaction, again after a deadlock; all of it is stored or none.

        Raises GraphUnavailable when it may be tried again, WriteRefused when what it writes is at fault.
        """

        def unit(transaction: neo4j.ManagedTransaction) -> T:
            return work(Transaction(transaction))

        try:
            with _translated(), self._driver.session() as session:
                return session.execute_write(neo4j.unit_of_work(timeout=timeout)(unit))
        except (exceptions.ClientError, exceptions.DatabaseError) as error:
            if (error.code or "").startswith(_AT_FAULT):
                raise WriteRefused(f"Neo4j refuses the write: {error.message}") from error
            # A full disk or a database that went read-only is no fault of the data: it is waited for.
            raise GraphUnavailable(f"Neo4j cannot write: {error.message}") from error

    def command(self, statement: str, parameters: Mapping[str, Value] | None = None) -> list[Row]:
        """Run one statement in its own transaction: schema changes, `CALL … IN TRANSACTIONS`.

        Raises GraphUnavailable when it may be tried again, WriteRefused when the statement is at fault.
        """
        try:
            with _translated(), self._driver.session() as session:
                result = session.run(statement, dict(parameters or {}))
                return [dict(zip(record.keys(), map(plain, record.values()), strict=True)) for record in result]
        except (exceptions.ClientError, exceptions.DatabaseError) as error:
            raise WriteRefused(f"Neo4j refuses the write: {error.message}") from error

    def plan(self, statement: str, parameters: Mapping[str, Value], *, profile: bool = False) -> Plan:
        """Return what EXPLAIN, or PROFILE, says of a statement.

        Raises the driver's `CypherSyntaxError` as `ValueError` with the database's own message.
        """
        word = "PROFILE" if profile else "EXPLAIN"
        try:
            with (
                _translated(),
                self._driver.session(
                    default_access_mode=neo4j.READ_ACCESS, notifications_min_severity="INFORMATION"
                ) as session,
            ):
                result = session.run(f"{word} {statement}", dict(parameters))
                columns = tuple(result.keys())
                rows = len(list(result))
                summary = result.consume()
        except exceptions.ClientError as error:
            raise ValueError(str(error.message)) from error
        tree = cast("dict[str, Any]", summary.profile if profile else summary.plan)
        flat = list(_flatten(tree))
        notices = tuple(
            Notice(status.position.line if status.position else 1, status.gql_status, status.status_description)
            for status in summary.gql_status_objects
            if not status.gql_status.startswith(("00", "02"))
        )
        return Plan(
            columns,
            tuple(str(node["operatorType"]).split("@")[0] for node in flat),
            sum(int(node.get("dbHits", 0)) for node in flat),
            rows,
            summary.query_type != "r",
            notices,
        )


class AsyncGraph:
    """A connection pool to one database, for the API: reads, and small writes of people."""

    def __init__(self, uri: str, user: str, password: str) -> None:
        self._driver = neo4j.AsyncGraphDatabase.driver(
            uri,
            auth=(user, password),
            connection_timeout=5.0,
            connection_acquisition_timeout=10.0,
            notifications_min_severity="OFF",
            user_agent="polygraph",
            # A read that runs out of memory is reported as transient: do not repeat it for long.
            max_transaction_retry_time=3.0,
            initial_retry_delay=_FIRST_RETRY,
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._driver.close()

    async def verify(self) -> None:
        """Raise GraphUnavailable, or ConfigError for wrong credentials."""
        with _translated():
            await self._driver.verify_connectivity()

    async def read(
        self, statement: str, parameters: Mapping[str, Value] | None = None, *, timeout: float = 10.0
    ) -> list[Row]:
        """Run one statement that may not write, within `timeout` seconds, and return its rows."""

        @neo4j.unit_of_work(timeout=timeout)
        async def work(transaction: neo4j.AsyncManagedTransaction) -> list[Row]:
            return await _rows(transaction, statement, parameters)

        async with self._session(neo4j.READ_ACCESS) as session:
            return await session.execute_read(work)

    async def write(
        self, statement: str, parameters: Mapping[str, Value] | None = None, *, timeout: float = 10.0
    ) -> list[Row]:
        """Run one statement that may write, in one transaction, and return its rows."""

        @neo4j.unit_of_work(timeout=timeout)
        async def work(transaction: neo4j.AsyncManagedTransaction) -> list[Row]:
            return await _rows(transaction, statement, parameters)

        async with self._session(neo4j.WRITE_ACCESS) as session:
            return await session.execute_write(work)

    @asynccontextmanager
    async def _session(self, mode: str) -> AsyncIterator[neo4j.AsyncSession]:
        with _translated():
            async with self._driver.session(default_access_mode=mode) as session:
                yield session


async def _rows(
    transaction: neo4j.AsyncManagedTransaction, statement: str, parameters: Mapping[str, Value] | None
) -> list[Row]:
    result = await transaction.run(statement, dict(parameters or {}))
    return [dict(zip(record.keys(), map(plain, record.values()), strict=True)) for record in [r async for r in result]]


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except exceptions.AuthError as error:
        raise ConfigError("Neo4j refuses the user name or password: look at POLYGRAPH_NEO4J_*") from error
    except _UNAVAILABLE as error:
        raise GraphUnavailable(f"Neo4j does not answer: {error}") from error
    except exceptions.ClientError as error:
        # The database says that a statement ran into its time limit as if the client were wrong.
        if "TransactionTimedOut" in (error.code or ""):
            raise TimeoutError("the statement took longer than it may") from error
        raise


def _flatten(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield tree
    for child in cast("Sequence[Mapping[str, Any]]", tree.get("children", ())):
        yield from _flatten(child)


def plain(value: Value) -> Value:
    """Return a value of the driver's as one of ours, at any depth."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case neo4j.graph.Node():
            return _node(value)
        case neo4j.graph.Relationship():
            return _edge(value)
        case neo4j.graph.Path():
            return GraphPath(tuple(map(_node, value.nodes)), tuple(map(_edge, value.relationships)))
        case list():
            return [plain(one) for one in value]
        case dict():
            return {key: plain(one) for key, one in value.items()}
        case _:
            return value


def _node(node: neo4j.graph.Node) -> GraphNode:
    properties = dict(node)
    return GraphNode(str(properties.pop("id", "")), next(iter(node.labels), ""), properties)


def _edge(edge: neo4j.graph.Relationship) -> GraphEdge:
    properties = dict(edge)
    source, target = (str(end.get("id", "")) if end is not None else "" for end in edge.nodes)
    own = properties.pop("id", None)
    return GraphEdge(str(own or f"{source}.{edge.type}.{target}"), edge.type, source, target, properties)
