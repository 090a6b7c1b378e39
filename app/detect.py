"""Detection: what was touched wakes rules, rules raise weak alerts, weak alerts make investigations.

Reads the graph, writes alerts and investigations; one at a time (the worker's lease sees to it).
Everything is computed from keys and times, so an evaluation may be repeated at any time. A rule with a
`learning` column is about novelty: what was touched may change what is new at any later moment, so it
is asked from the first touched moment on, over the index on `novel_since`. The others are asked about
the touched spans alone.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from app import alerts
from app.alerts import Alert, Stored
from app.changes import Change
from app.graph import Graph, Row, Transaction
from app.ids import label_of
from app.investigate import Investigator
from app.novelty import disproof
from app.queries import AlertHeader, Queries, Query
from app.schema import Schema
from app.statements import write_reference
from app.touched import Touched

EVER = 2**53
"""Later than any moment; Cypher takes it and JSON too."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What the deployment sets of detection."""

    learning: int | None = None
    """Milliseconds of learning in place of the rules' own; 0 for a forensic import."""
    retention: int | None = None
    """Milliseconds behind the clock before which nothing is raised any more; None for no limit."""
    daily_cap: int = 20


class Detector:
    """Evaluates what was touched and keeps alerts and investigations true."""

    def __init__(
        self,
        graph: Graph,
        schema: Schema,
        queries: Queries,
        tuning: Tuning,
        now: Callable[[], int],
        fence: Callable[[], None] = lambda: None,
    ) -> None:
        """Ask `fence` before each write: it raises LeaseLost when another detector has taken over."""
        self._graph = graph
        self._queries = queries
        self._tuning = tuning
        self._now = now
        self._fence = fence
        self._show = {label: node.show for label, node in schema.nodes.items()}
        self._about = {
            edge.target: {True: write_reference(edge, "CREATE"), False: write_reference(edge, "MERGE")}
            for edge in schema.edges
            if (edge.source, edge.type) == ("Alert", "ABOUT")
        }
        self._novel = {name: "learning" in self._columns(query) for name, query in queries.alerts.items()}
        self._investigator = Investigator(graph, queries, now, self.store, fence)

    def evaluate(self, touched: Touched) -> Change:
        """Make alerts and investigations what the graph says, as far as `touched` may concern them.

        Raises GraphUnavailable when it may be tried again; a repetition ends the same.
        """
        changed: set[str] = set()
        since: dict[str, int] = {}
        if touched:
            for name, query in self._queries.alerts.items():
                if not touched.kinds.isdisjoint(query.header.wakes):
                    self._rule(name, query, touched, changed, since)
        for host, (first, _) in touched.hosts.items():
            since[host] = min(first, since.get(host, first))
        clock = self._clock()
        investigations = self._investigator.evaluate(since, clock, changed)
        return Change(alerts=tuple(sorted(changed)), investigations=tuple(sorted(investigations)))

    def _columns(self, query: Query[AlertHeader]) -> tuple[str, ...]:
        return self._graph.plan(query.text, self._parameters(query, 0, EVER)).columns

    def _parameters(self, query: Query[AlertHeader], first: int, last: int) -> dict[str, Any]:
        given = {**query.parameters, "from": first, "to": last, "after": []}
        if "learning" in given and self._tuning.learning is not None:
            given["learning"] = self._tuning.learning
        return given

    def _clock(self) -> int:
        found = self._graph.read(self._queries.engine["clock"].text)
        return int(found[0]["clock"] or 0) if found else 0

    def _rule(
        self,
        name: str,
        query: Query[AlertHeader],
        touched: Touched,
        changed: set[str],
        since: dict[str, int],
    ) -> None:
        novel = self._novel[name]
        spans = [(touched.first, EVER)] if novel else [(first, last + 1) for first, last in touched.spans]
        rows: list[Row] = []
        for first, end in spans:
            rows.extend(self._graph.read(query.text, self._parameters(query, first, end)))
        found = alerts.earliest(alerts.alert_of(query, row, self._show) for row in rows)
        stored = self._near(name, found, (), touched.first if novel else EVER)
        wanted = alerts.with_stored(found, stored, touched.first if novel else EVER)
        if self._tuning.retention is not None:
            floor = touched.clock - self._tuning.retention
            wanted = {opaque: one for opaque, one in wanted.items() if one.at >= floor or opaque in stored}
        withdrawn = self._disproved(query, stored, found, touched.first) if novel else {}
        pools = alerts.pools_of(wanted, stored, withdrawn)
        stored |= self._near(name, (), pools, EVER)
        standing = [one for one in stored.values() if one.id not in withdrawn]
        wanted, moved = alerts.capped(wanted, standing, pools, self._tuning.daily_cap)
        fresh = [one for one in wanted.values() if not _same(one, stored.get(one.id))]
        if not (fresh or withdrawn or moved):
            return
        replaced = _replacements(wanted.values(), stored, withdrawn)
        now = self._now()

        def work(transaction: Transaction) -> None:
            self.store(transaction, fresh, now, {}, stored)
            if withdrawn:
                rows = [{"id": one, "reason": reason} for one, reason in sorted(withdrawn.items())]
                transaction.run(self._queries.engine["withdraw_alerts"].text, {"rows": rows})
            if moved:
                transaction.run(self._queries.engine["cap_alerts"].text, {"rows": _moves(moved)})
            if replaced:
                transaction.run(self._queries.engine["replace_alerts"].text, {"rows": replaced})

        self._fence()
        self._graph.write(work)
        moments = [(one.id, one.host, one.at) for one in fresh]
        for opaque in (*withdrawn, *moved, *(one.id for one in fresh if one.id in stored)):
            moments.append((opaque, stored[opaque].values.get("host"), stored[opaque].at))
        for opaque, host, at in moments:
            changed.add(opaque)
            if host:
                since[host] = min(at, since.get(host, at))

    def _near(self, name: str, ids: Iterable[str], pools: Iterable[str], since: int) -> dict[str, Stored]:
        """Return what is stored of some alerts, of some pools, and of a rule from a moment on."""
        parameters = {"ids": sorted(ids), "pools": sorted(pools), "rule": name, "since": since}
        if not (parameters["ids"] or parameters["pools"]) and since == EVER:
            return {}
        rows = self._graph.read(self._queries.engine["alerts_near"].text, parameters)
        return {row["alert"].id: Stored.of(row["alert"]) for row in rows}

    def _disproved(
        self, query: Query[AlertHeader], stored: Mapping[str, Stored], found: Mapping[str, Alert], since: int
    ) -> dict[str, str]:
        """Return the stored alerts that a sighting disproves, with the reason that names it."""
        stale = {
            opaque: one
            for opaque, one in stored.items()
            if opaque not in found
            and one.rule == query.name
            and one.at >= since
            and one.state != "WITHDRAWN"
            and not one.values.get("summary")
        }
        if not stale:
            return {}
        roles = list(query.header.key)
        rows = self._graph.read(
            self._queries.engine["sightings"].text,
            {"rows": [{"alert": one, "roles": roles} for one in sorted(stale)]},
        )
        seen: dict[str, list[int]] = {}
        makers: dict[str, dict[int, str]] = {}
        for row in rows:
            seen.setdefault(row["alert"], []).extend(row["sightings"] or ())
            for opening in row["openings"] or ():
                moment, _, maker = opening.partition("|")
                makers.setdefault(row["alert"], {})[int(moment)] = maker
        reasons: dict[str, str] = {}
        for opaque, one in stale.items():
            known = disproof(seen.get(opaque, ()), one.at)
            if known is not None:
                maker = makers.get(opaque, {}).get(known)
                reasons[opaque] = f"known since {_iso(known)}: a sighting that came late" + (
                    f" ({label_of(maker)} {maker})" if maker else ""
                )
        return reasons

    def store(
        self,
        transaction: Transaction,
        fresh: Sequence[Alert],
        now: int,
        pieces: Mapping[str, Sequence[str]],
        stored: Container[str],
    ) -> None:
        """Write alerts with what they are about; `pieces` are a composite's weak alerts, by its id."""
        if not fresh:
            return
        ordered = sorted(fresh, key=lambda one: one.id)
        engine = self._queries.engine
        rows = [{"id": one.id, "values": one.values()} for one in ordered]
        found = transaction.run(engine["raise_alerts"].text, {"rows": rows, "now": now})
        made_now = set(found[0]["made"])
        known = [
            {
                "id": one.id,
                "about": [f"{role} {node}" for role, node in one.roles],
                "pieces": list(pieces.get(one.id, ())),
            }
            for one in ordered
            if one.id in stored
        ]
        composed = [{"id": one.id, "pieces": list(pieces[one.id])} for one in ordered if pieces.get(one.id)]
        if composed:
            transaction.run(engine["made_of"].text, {"rows": composed})
        by_label: dict[tuple[str, bool], list[dict[str, str]]] = {}
        for one in ordered:
            for role, node in dict.fromkeys(one.roles):
                label = label_of(node)
                if label in self._about:
                    row = {"source": one.id, "target": node, "role": role}
                    by_label.setdefault((label, one.id in made_now), []).append(row)
        # Locks are taken in the writer's order, or each would roll the other's batch back.
        for label, made in sorted(by_label, key=lambda one: (one[0] != "Host", one)):
            by_label[label, made].sort(key=itemgetter("target"))
            transaction.run(self._about[label][made], {"rows": by_label[label, made]})
        if known:
            transaction.run(engine["tidy_alerts"].text, {"rows": known})


def _same(one: Alert, stored: Stored | None) -> bool:
    """Return whether what is stored says the same already; the rule's hash is its first raiser's."""
    if stored is None:
        return False
    ignored = {"rule_hash"}
    return all(stored.values.get(name) == value for name, value in one.values().items() if name not in ignored)


def _replacements(
    wanted: Iterable[Alert], stored: Mapping[str, Stored], withdrawn: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return which alert stands instead of each withdrawn one: the same key, at its true moment."""
    gone = {stored[opaque].about: opaque for opaque in withdrawn}
    return sorted(
        (
            {"new": one.id, "old": gone[one.about]}
            for one in wanted
            if one.about in gone and one.id != gone[one.about] and not one.summary
        ),
        key=lambda row: (row["new"], row["old"]),
    )


def _moves(moved: Mapping[str, str]) -> list[dict[str, str | None]]:
    reasons = {"SUPPRESSED": alerts.PAST_CAP, "WITHDRAWN": alerts.UNDER_CAP}
    return [{"id": opaque, "state": state, "reason": reasons.get(state)} for opaque, state in sorted(moved.items())]


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
