"""Investigations: look again at the subjects whose weak alerts changed.

A part of detection: asks each composite's query about each run of a subject's raised weak alerts, and
stores what `composites` makes of the answer.
"""

import json
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, Protocol

from app import composites
from app.alerts import Alert, alert_id, message_of
from app.composites import Course, Step, Weak
from app.graph import Graph, GraphNode, Transaction
from app.ids import ident
from app.queries import CompositeHeader, Queries, Query


class Store(Protocol):
    """How alerts are stored; the detector's."""

    def __call__(
        self,
        transaction: Transaction,
        fresh: Sequence[Alert],
        now: int,
        pieces: Mapping[str, Sequence[str]],
        stored: Container[str],
    ) -> None:
        """Write alerts in a transaction."""


class Investigator:
    """Keeps investigations and composite alerts true."""

    def __init__(
        self, graph: Graph, queries: Queries, now: Callable[[], int], store: Store, fence: Callable[[], None]
    ) -> None:
        self._graph = graph
        self._queries = queries
        self._now = now
        self._store = store
        self._fence = fence

    def evaluate(self, since: Mapping[str, int], clock: int, changed: set[str]) -> set[str]:
        """Look again at the hosts of `since`, from that moment on; return the investigations that changed.

        Composite alerts that changed are added to `changed`.
        """
        investigations: set[str] = set()
        if since:
            for query in self._queries.composites.values():
                self._composite(query, since, clock, changed, investigations)
        self._fence()
        expired = self._graph.write(
            lambda transaction: transaction.run(self._queries.engine["expire_investigations"].text, {"clock": clock})
        )
        return investigations | {row["id"] for row in expired}

    def _composite(
        self,
        query: Query[CompositeHeader],
        since: Mapping[str, int],
        clock: int,
        changed: set[str],
        investigations: set[str],
    ) -> None:
        window, lapse = int(query.parameters["window"]), int(query.parameters["lapse"])
        rows = [{"host": host, "since": moment - max(window, lapse)} for host, moment in sorted(since.items())]
        found = self._graph.read(self._queries.engine["subjects"].text, {"rows": rows})
        for subject in (str(row["host"]) for row in found):
            self._subject(query, subject, since[subject] - max(window, lapse), clock, changed, investigations)

    def _subject(
        self,
        query: Query[CompositeHeader],
        subject: str,
        since: int,
        clock: int,
        changed: set[str],
        investigations: set[str],
    ) -> None:
        read = query.parameters
        names = [name.rpartition("/")[2] for name in query.header.after]
        lapse = int(read["lapse"])
        weak = self._weak(subject, names, since, lapse)
        affected = [run for run in composites.runs(weak, lapse) if run[-1].at >= since]
        courses: list[tuple[Course, str]] = []
        for run in affected:
            rows = self._graph.read(
                query.text,
                {**read, "from": run[0].at, "to": run[-1].at + 1, "after": names, "subjects": [subject]},
            )
            steps = [_step(row) for row in rows]
            name = next((str(row["subject"].properties["name"]) for row in rows), subject)
            found = composites.course(
                run, steps, warn=float(read["warn"]), enough=float(read["raise"]), lapse=lapse, clock=clock
            )
            courses.append((found, name))
        first = min([since, *(one.opened_at for one, _ in courses)])
        stored = {
            row["found"].id: row["found"]
            for row in self._graph.read(
                self._queries.engine["stored_courses"].text,
                {"subject": subject, "rule": query.name, "since": first},
            )
        }
        self._settle(query, subject, courses, stored, changed, investigations)

    def _weak(self, subject: str, names: Container[str], since: int, lapse: int) -> list[Weak]:
        """Return the weak alerts of every run that reaches beyond `since`, however long before it began."""
        query, back = self._queries.engine["weak_alerts"].text, 2 * lapse + 1
        while True:
            floor = max(0, since - back)
            rows = self._graph.read(query, {"subject": subject, "since": floor})
            found = [Weak(row["id"], row["rule"], row["at"]) for row in rows if row["rule"] in names]
            if not found or not floor or found[0].at - floor > lapse:
                return found
            back *= 4

    def _settle(
        self,
        query: Query[CompositeHeader],
        subject: str,
        courses: Sequence[tuple[Course, str]],
        stored: Mapping[str, GraphNode],
        changed: set[str],
        investigations: set[str],
    ) -> None:
        raised = [_alert(query, subject, name, one) for one, name in courses if one.composite_at is not None]
        rows = [_row(query, subject, one) for one, _ in courses]
        fresh_rows = [row for row in rows if not _stored_same(stored.get(row["id"]), row["values"])]
        fresh = [one for one in raised if not _stored_same(stored.get(one.id), one.values())]
        kept = {one.id for one in raised} | {row["id"] for row in rows}
        gone = [node for node in stored.values() if node.id not in kept]
        withdrawn = [node.id for node in gone if node.label == "Alert" and node.properties["state"] != "WITHDRAWN"]
        superseded = [node.id for node in gone if node.label == "Investigation"]
        if not (fresh_rows or fresh or withdrawn or superseded):
            return
        pieces = {one.id: one.evidence for one in raised}
        now = self._now()

        def work(transaction: Transaction) -> None:
            self._store(transaction, fresh, now, pieces, stored)
            if fresh_rows:
                transaction.run(self._queries.engine["store_investigations"].text, {"rows": fresh_rows, "now": now})
            if superseded:
                transaction.run(self._queries.engine["supersede_investigations"].text, {"ids": superseded})
            if withdrawn:
                reason = "what is left of its evidence no longer matches"
                withdrawals = [{"id": one, "reason": reason} for one in withdrawn]
                transaction.run(self._queries.engine["withdraw_alerts"].text, {"rows": withdrawals})
                if raised:
                    replaced = [{"new": raised[0].id, "old": one} for one in withdrawn]
                    transaction.run(self._queries.engine["replace_alerts"].text, {"rows": replaced})

        self._fence()
        self._graph.write(work)
        changed.update(one.id for one in fresh)
        changed.update(withdrawn)
        investigations.update(row["id"] for row in fresh_rows)
        investigations.update(superseded)


def _step(row: Mapping[str, Any]) -> Step:
    return Step(
        at=int(row["at"]),
        alert=row["last"].id,
        evidence=tuple(one.id for one in row["evidence"]),
        score=round(float(row["score"]), 3),
        missing=tuple(row["missing"]),
    )


def _alert(query: Query[CompositeHeader], subject: str, name: str, one: Course) -> Alert:
    header = query.header
    at = one.composite_at
    assert at is not None  # noqa: S101 - the caller asked for those that have one
    words = {"host": name, "score": f"{one.score:g}", "pieces": str(len(one.evidence))}
    return Alert(
        id=alert_id(query.name, (subject,), at),
        rule=query.name,
        title=header.title,
        severity=header.severity.upper(),
        rule_hash=query.hash,
        composite=True,
        about=(subject,),
        at=at,
        state="RAISED",
        message=message_of(header.message, words, {}),
        host=subject,
        evidence=one.evidence,
        roles=((header.key[0], subject),),
        score=one.score,
    )


def _row(query: Query[CompositeHeader], subject: str, one: Course) -> dict[str, Any]:
    composite = None if one.composite_at is None else alert_id(query.name, (subject,), one.composite_at)
    values = {
        "rule": query.name,
        "subject": subject,
        "opened_at": one.opened_at,
        "last_at": one.last_at,
        "lapses_at": one.lapses_at,
        "phase": one.phase,
        "score": one.score,
        "missing": list(one.missing),
        "warned_at": one.warned_at,
        "composite_at": one.composite_at,
        "course": [
            json.dumps({"at": step.at, "alert": step.alert, "score": step.score, "missing": list(step.missing)})
            for step in one.steps
        ],
        "rule_hash": query.hash,
    }
    opaque = ident("Investigation", query.name, subject, str(one.opened_at))
    return {"id": opaque, "values": values, "pieces": list(one.pieces), "composite": composite}


def _stored_same(stored: GraphNode | None, values: Mapping[str, Any]) -> bool:
    if stored is None:
        return False
    return all(stored.properties.get(name) == value for name, value in values.items() if name != "rule_hash")
