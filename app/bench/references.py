"""What the pipeline is compared with: a beginner's loop and the best loop that one would write by hand.

Neither has a stream, masks for anybody else, or detects; both run in this process, on the same raw logs and
the same kind of fresh database as the pipeline.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from app import main
from app.events import AnyEvent
from app.graph import Transaction
from app.ingest import Origin
from app.schema import Schema
from app.sources import Outcome, Taken
from app.statements import count_edges, count_nodes

_NAIVE = Path(__file__).with_name("naive")
_UNKNOWN: dict[str, Any] = {
    "binary": "unknown",
    "call": "unknown",
    "command": "unknown",
    "host": "unknown",
    "local_port": 0,
    "name": "unknown",
    "parent": "unknown",
    "parent_binary": "unknown",
    "parent_pid": 0,
    "pid": 0,
    "region": "unknown",
    "remote_ip": "unknown",
    "remote_port": 0,
    "started_at": 0,
    "target_user": "unknown",
}
"""What a beginner writes where a record says nothing: MERGE takes no null."""

Outcomes = Iterable[tuple[Origin, Outcome]]


def naive(given: main.Services, outcomes: Outcomes, size: int) -> None:
    """Write each batch by one `UNWIND … MERGE` a kind of event, row by row as they came."""
    statements = {file.stem: file.read_text(encoding="utf-8") for file in _NAIVE.glob("*.cypher")}
    for batch in _batches(_events(outcomes), size):
        kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in batch:
            kinds[event.KIND].append(_row(event))

        def work(transaction: Transaction, kinds: dict[str, list[dict[str, Any]]] = kinds) -> None:
            for kind, rows in kinds.items():
                transaction.run(statements[kind], {"rows": rows})

        given.graph.write(work)


def hand_written(given: main.Services, outcomes: Outcomes, size: int) -> None:
    """Write the graph that the pipeline writes: same parse, mask, fold and Cypher, in one loop."""
    writer, masker = main.writer(given), main.masker(given)
    for batch in _batches(map(masker.event, _events(outcomes)), size):
        writer.write(list(dict.fromkeys(batch)))


def counts(given: main.Services) -> dict[str, int]:
    """Return how many nodes and relationships of each kind events made; alerts and what is theirs left out."""
    found: dict[str, int] = {}
    for label in written_labels(given.schema):
        found[label] = _count(given, count_nodes(label))
    for edge in given.schema.edges:
        if edge.relationship.kind != "reference":
            name = f"{edge.source} {edge.type} {edge.target}"
            found[name] = _count(given, count_edges(edge))
    return found


def written_labels(schema: Schema) -> list[str]:
    """Return the labels that events make."""
    return sorted(label for label, node in schema.nodes.items() if node.layer in ("evidence", "behaviour"))


def _count(given: main.Services, statement: str) -> int:
    return int(given.graph.read(statement)[0]["count"])


def _events(outcomes: Outcomes) -> Iterator[AnyEvent]:
    for _, outcome in outcomes:
        if isinstance(outcome, Taken):
            yield from outcome.events


def _batches(events: Iterator[AnyEvent], size: int) -> Iterator[Sequence[AnyEvent]]:
    while batch := list(islice(events, size)):
        yield batch


def _row(event: AnyEvent) -> dict[str, Any]:
    row: dict[str, Any] = _UNKNOWN | msgspec.to_builtins(event)
    row["user"] = row.get("user") or str(row.get("uid", "unknown"))
    row["command"] = row.get("command") or " ".join(row.get("args", ()))
    row["process"] = f"{row['host']}/{row.get('process') or row['pid']}/{row['started_at']}"
    row["parent"] = f"{row['host']}/{row['parent']}/{row['parent_pid']}"
    row.setdefault("answers", [])
    return row
