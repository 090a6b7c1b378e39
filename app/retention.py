"""Forget what is older than it need be kept: the only deletion for age.

A job beside the flow (`polygraph retention run`). Age counts by the deployment's clock, not the wall's,
so that an import of last year's logs is not forgotten as it arrives. Withdraws nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.graph import Graph
from app.novelty import DAY
from app.queries import Queries
from app.schema import Schema
from app.statements import forget


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What one run deleted."""

    clock: int
    """The deployment's clock, epoch milliseconds UTC."""
    gone: dict[str, int]
    """Deleted nodes by label and relationships by type."""


def run(
    graph: Graph,
    schema: Schema,
    queries: Queries,
    *,
    evidence_days: int,
    behaviour_days: int,
    progress: Callable[[str], None] = lambda _: None,
) -> Forgotten:
    """Delete evidence and behaviour that was not seen for so many days; 0 days keep it all."""
    found = graph.read(queries.engine["clock"].text)
    clock = int(found[0]["clock"] or 0) if found else 0
    days = {"evidence": evidence_days, "behaviour": behaviour_days}
    gone: dict[str, int] = {}
    for name, layer, statement in forget(schema):
        if days[layer]:
            progress(name)
            rows = graph.command(statement, {"before": clock - days[layer] * DAY})
            count = int(rows[0]["gone"] or 0) if rows else 0
            if count:
                gone[name] = gone.get(name, 0) + count
    return Forgotten(clock, gone)
