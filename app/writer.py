"""Write a batch of events into the graph: one transaction, and the same graph for any order of batches.

Between the stream and detection. Statements are generated from the schema or stand in
`queries/engine`; what is merged is decided by `novelty` and `joins`. The order within a transaction
is part of the design:

1. Hosts first. Their write locks make everything that is joined on one host happen one batch after
   the other, so that of a look-up and a connection that two workers write, one sees the other.
2. All other nodes, by label and id, so that two writers never wait for each other.
3. Relationships, whose ends are now locked.
4. Sightings: most in the same statements; those that come late are merged here, under the lock.
5. Joins, and the sightings that follow from them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from app import joins
from app.events import AnyEvent
from app.graph import Graph, Transaction
from app.intel import Indicator
from app.novelty import Novelty, merge
from app.project import Naming, rows
from app.queries import Queries
from app.rows import Batch, EdgeType, Folded, NodeRow, Row, behaviour, fold
from app.schema import Schema
from app.statements import set_edge_novelty, set_node_novelty, upsert_edge, upsert_node
from app.touched import Touched

LATEST = 253_402_300_799_999
"""The last moment that an event may have: the end of the year 9999, epoch milliseconds UTC."""

ROWS_A_STATEMENT = 5_000
"""More rows than this go in several statements, so that no transaction message grows without bound."""


@dataclass(frozen=True, slots=True)
class _Statements:
    nodes: Mapping[str, str]
    node_novelty: Mapping[str, str]
    edges: Mapping[EdgeType, str]
    edge_novelty: Mapping[EdgeType, str]


class Writer:
    """Writes events; any number of them may work on one graph at a time.

    Threads may share one: each folds its batch while another's is written. Their transactions come one after the
    other, for at once they would only wait for each other's locks on what all hosts share.
    """

    def __init__(self, graph: Graph, schema: Schema, queries: Queries, naming: Naming) -> None:
        self._graph = graph
        self._queries = queries
        self._naming = naming
        self._turn = Lock()
        self._merges = {
            label: {name: one.merge for name, one in schema.properties(label).items()} for label in schema.nodes
        }
        written = {
            (edge.source, edge.type, edge.target): edge
            for edge in schema.edges
            if edge.relationship.kind != "reference"
        }
        self._values = {kind: _VALUES[edge.relationship.kind] for kind, edge in written.items()}
        self._statements = _Statements(
            {label: upsert_node(schema, label) for label in schema.nodes},
            {label: set_node_novelty(label) for label, node in schema.nodes.items() if node.novelty},
            {kind: upsert_edge(edge) for kind, edge in written.items()},
            {kind: set_edge_novelty(edge) for kind, edge in written.items() if edge.relationship.kind == "behaviour"},
        )

    def write(self, events: Sequence[AnyEvent]) -> Touched:
        """Store what the events say and return what they touched.

        Raises GraphUnavailable when it may be tried again; then nothing of the batch was stored.
        """
        folded = fold((row for event in events for row in rows(event, self._naming)), self._merges)

        def work(transaction: Transaction) -> list[int]:
            self._store(transaction, folded)
            self._join_executions(transaction, folded)
            return self._join_names(transaction, folded)

        moments = {event.at for event in events}
        with self._turn:
            moments.update(self._graph.write(work))
        hosts = {
            one.id: (one.first_seen, one.last_seen)
            for one in folded.nodes.get("Host", {}).values()
            if one.first_seen is not None and one.last_seen is not None
        }
        return Touched.of({event.KIND for event in events}, moments, hosts, self._clock())

    def know(self, indicators: Iterable[Indicator], at: int) -> Touched:
        """Store threat intelligence learnt `at` (wall clock); it concerns all evidence there is."""
        folded = fold((one.row(at) for one in indicators), self._merges)
        self._graph.write(lambda transaction: self._store(transaction, folded))
        return Touched(kinds=frozenset({"indicator"}), spans=((0, LATEST),), clock=self._clock())

    def _clock(self) -> int:
        found = self._graph.read(self._queries.engine["clock"].text)
        return int(found[0]["clock"] or 0) if found else 0

    def _store(self, transaction: Transaction, batch: Batch) -> None:
        for label in sorted(batch.nodes, key=lambda one: (one != "Host", one)):
            folded = sorted(batch.nodes[label].values(), key=lambda one: one.id)
            self._upsert(
                transaction,
                folded,
                self._statements.nodes[label],
                self._statements.node_novelty.get(label),
                _node_values if "last_seen" in self._merges[label] else _case_values,
            )
        for kind in sorted(batch.edges):
            folded = sorted(batch.edges[kind].values(), key=lambda one: (one.source, one.target, one.id))
            self._upsert(
                transaction,
                folded,
                self._statements.edges[kind],
                self._statements.edge_novelty.get(kind),
                self._values[kind],
            )

    def _upsert(
        self,
        transaction: Transaction,
        folded: Sequence[Folded],
        statement: str,
        set_novelty: str | None,
        values: Callable[[Folded], dict[str, Any]],
    ) -> None:
        for start in range(0, len(folded), ROWS_A_STATEMENT):
            part = folded[start : start + ROWS_A_STATEMENT]
            found = transaction.run(statement, {"rows": [values(one) for one in part]})
            if set_novelty is None or not found[0]["stored"]:
                continue
            told = {one.id: one for one in part}
            changed = []
            for opaque, sightings, openings in found[0]["stored"]:
                one = told[opaque]
                novelty = merge(sightings, openings, one.days)
                if novelty:
                    changed.append({"id": one.id, "source": one.source, "target": one.target, **_novelty(novelty)})
            if changed:
                transaction.run(set_novelty, {"rows": changed})

    def _join_executions(self, transaction: Transaction, batch: Batch) -> None:
        """Join what two sensors saw of one execution, and find parents known by pid alone.

        Asked for every Process touched: what decides the join may be in the graph and not in this batch.
        """
        ids = sorted(batch.nodes.get("Process", ()))
        if not ids:
            return
        touched = batch.nodes["Process"].values()
        given = {
            "pids": [{"host": one.fixed["host"], "pid": one.merged["pid"]} for one in touched if "pid" in one.merged],
            "ids": [one.id for one in touched if "pid" not in one.merged],
        }
        found = transaction.run(self._queries.engine["same_pid"].text, given)
        groups: dict[tuple[str, int], list[joins.Seen]] = {}
        before: set[joins.Pair] = set()
        for row in found:
            seen = joins.Seen(
                row["id"], row["sensor"], row["started_at"], row["first_seen"], frozenset(row["binaries"])
            )
            groups.setdefault((row["host"], row["pid"]), []).append(seen)
            before.update((row["id"], other) for other in row["joined"])
        after = {one for group in groups.values() for one in joins.pairs(group)}
        if before != after:
            transaction.run(
                self._queries.engine["join_same"].text,
                {"away": _ends(before - after), "here": _ends(after - before)},
            )
        transaction.run(self._queries.engine["parents_by_pid"].text, {"ids": ids})

    def _join_names(self, transaction: Transaction, batch: Batch) -> list[int]:
        """Let connections contact the names that their host looked the address up by.

        Returns the moments of the connections that were found, which may be another batch's.
        """
        connections = list(batch.edges.get(("Process", "CONNECTED_TO", "IpAddress"), {}).values())
        answers = list(batch.edges.get(("Domain", "ANSWERED", "IpAddress"), {}).values())
        contacts: list[tuple[str, str, int, str, int, str, str | None]] = []
        if connections:
            query = self._queries.engine["names_of_connections"]
            asked = [
                {
                    "address": one.target,
                    "pair": one.fixed["pair"],
                    "at": one.fixed["at"],
                    "position": position,
                }
                for position, one in enumerate(connections)
                if "binary" in one.fixed
            ]
            for row in transaction.run(query.text, {**query.parameters, "rows": asked}):
                one = connections[row["position"]]
                fixed = one.fixed
                contacts.append(
                    (
                        fixed["binary"],
                        row["domain"],
                        fixed["port"],
                        fixed["protocol"],
                        fixed["at"],
                        one.source,
                        row["registered"],
                    )
                )
        if answers:
            query = self._queries.engine["connections_of_names"]
            asked = [
                {"pair": one.fixed["pair"], "domain": one.fixed["domain"], "at": one.fixed["at"]} for one in answers
            ]
            contacts.extend(
                (
                    row["binary"],
                    row["domain"],
                    row["port"],
                    row["protocol"],
                    row["at"],
                    row["process"],
                    row["registered"],
                )
                for row in transaction.run(query.text, {**query.parameters, "rows": asked})
            )
        if contacts:
            self._store(transaction, fold(_contact_rows(contacts), self._merges))
        return [contact[4] for contact in contacts]


def _contact_rows(contacts: Iterable[tuple[str, str, int, str, int, str, str | None]]) -> Iterable[Row]:
    """Yield the sightings that contact with a name makes; the nodes are there and only locked again."""
    for binary, domain, port, protocol, at, process, registered in contacts:
        yield NodeRow("Binary", binary, {})
        yield NodeRow("Domain", domain, {}, at, process)
        if registered:
            yield NodeRow("Domain", registered, {}, at, process)
        ends = (binary, domain)
        yield behaviour("Binary", "CONTACTS", "Domain", ends, at, process, port=port, protocol=protocol)


def _node_values(one: Folded) -> dict[str, Any]:
    return {"id": one.id, "values": {**_seen(one), **one.merged}}


def _case_values(one: Folded) -> dict[str, Any]:
    return {"id": one.id, "values": {**one.fixed, "first_seen": one.first_seen, **one.merged}}


def _behaviour_values(one: Folded) -> dict[str, Any]:
    return {"id": one.id, "source": one.source, "target": one.target, "values": _seen(one)}


def _observation_values(one: Folded) -> dict[str, Any]:
    return {"id": one.id, "source": one.source, "target": one.target, "values": one.fixed}


def _link_values(one: Folded) -> dict[str, Any]:
    return {"source": one.source, "target": one.target}


_VALUES = {"behaviour": _behaviour_values, "observation": _observation_values, "link": _link_values}


def _seen(one: Folded) -> dict[str, Any]:
    values = {**one.fixed, "first_seen": one.first_seen, "last_seen": one.last_seen}
    novelty = merge(None, None, one.days)
    return values | _novelty(novelty) if novelty else values


def _novelty(one: Novelty) -> dict[str, Any]:
    return {
        "sightings": one.sightings,
        "openings": one.openings,
        "novel_since": one.novel_since,
        "novel_by": one.novel_by,
    }


def _ends(found: Iterable[joins.Pair]) -> list[dict[str, str]]:
    return [{"source": source, "target": target} for source, target in sorted(found)]
