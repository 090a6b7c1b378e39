"""Weak alerts: from a rule's rows to what should stand in the graph.

Pure; `detect` asks the database and stores the outcome. An alert's id is a hash of rule, key and the
UTC day of its moment, so that raising it twice is raising it once.
"""

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.errors import DeclarationError
from app.graph import GraphNode, Row
from app.ids import clean, ident, label_of
from app.novelty import DAY
from app.queries import AlertHeader, Query, placeholders

State = Literal["RAISED", "LEARNING", "SUPPRESSED", "WITHDRAWN"]

PAST_CAP = "past the daily cap for its subject; summed up in one alert"
UNDER_CAP = "what it summed up is under the daily cap again"


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as the engine writes it; the analyst's words are not here."""

    id: str
    rule: str
    title: str
    severity: str
    rule_hash: str
    composite: bool
    about: tuple[str, ...]
    """Ids of the key's nodes, in the key's order."""
    at: int
    state: State
    message: str
    host: str | None
    evidence: tuple[str, ...]
    roles: tuple[tuple[str, str], ...]
    """Every column that is a node: its name and the node's id."""
    pool: str | None = None
    subject: tuple[str, str] | None = None
    """Id and shown name of what the daily cap counts by."""
    reason: str | None = None
    score: float | None = None
    summary: bool = False

    @property
    def day(self) -> int:
        """Return the UTC day of `at`."""
        return self.at // DAY

    def values(self) -> dict[str, Any]:
        """Return the stored properties but `id` and `raised_at`."""
        return {
            "rule": self.rule,
            "about": list(self.about),
            "day": self.day,
            "composite": self.composite,
            "title": self.title,
            "message": self.message,
            "severity": self.severity,
            "at": self.at,
            "state": self.state,
            "reason": self.reason,
            "host": self.host,
            "evidence": list(self.evidence),
            "pool": self.pool,
            "rule_hash": self.rule_hash,
            "score": self.score,
            "summary": self.summary or None,
        }


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of an alert, as far as detection needs it."""

    id: str
    rule: str
    at: int
    state: State
    about: tuple[str, ...]
    evidence: tuple[str, ...]
    pool: str | None
    values: Mapping[str, Any]

    @classmethod
    def of(cls, node: GraphNode) -> "Stored":
        """Return a stored alert."""
        read = node.properties
        return cls(
            node.id,
            read["rule"],
            read["at"],
            read["state"],
            tuple(read["about"]),
            tuple(read["evidence"]),
            read.get("pool"),
            read,
        )


def alert_id(rule: str, about: Sequence[str], at: int) -> str:
    """Return the id of an alert: rule, key and UTC day."""
    return ident("Alert", rule, *about, str(at // DAY))


def shown(value: object, show: Mapping[str, str]) -> str:
    """Return how a column is shown in a message: a node by its `show` property, else the value."""
    if isinstance(value, GraphNode):
        return str(value.properties.get(show.get(value.label, ""), value.id))
    return str(value)


def alert_of(query: Query[AlertHeader], row: Row, show: Mapping[str, str]) -> Alert:
    """Return the alert that one row of a rule stands for.

    Raises DeclarationError when the row lacks what the header promises.
    """
    header = query.header
    missing = [column for column in (*header.key, "at") if row.get(column) is None]
    if missing:
        raise DeclarationError(query.path, f"a row has no {', '.join(missing)}")
    roles = tuple((column, value.id) for column, value in row.items() if isinstance(value, GraphNode))
    about = tuple(_key(row[column]) for column in header.key)
    host = row.get("host")
    subject = row.get(header.cap_by) if header.cap_by else host
    at = int(row["at"])
    return Alert(
        id=alert_id(query.name, about, at),
        rule=query.name,
        title=header.title,
        severity=str(row.get("severity") or header.severity).upper(),
        rule_hash=query.hash,
        composite=False,
        about=about,
        at=at,
        state="LEARNING" if row.get("learning") else "RAISED",
        message=message_of(header.message, row, show),
        host=host.id if isinstance(host, GraphNode) else None,
        evidence=_evidence(row),
        roles=roles,
        pool=ident("Pool", query.name, subject.id, str(at // DAY)) if isinstance(subject, GraphNode) else None,
        subject=(subject.id, shown(subject, show)) if isinstance(subject, GraphNode) else None,
    )


def message_of(template: str, row: Row, show: Mapping[str, str]) -> str:
    """Return the sentence of a message template; `{column}` is the column as it is shown."""
    values = {name: shown(row.get(name, f"{{{name}}}"), show) for name in placeholders(template)}
    return clean("".join(_filled(template, values)), 1000)


def _filled(template: str, values: Mapping[str, str]) -> Iterable[str]:
    # Not str.format: what the attacker named must never be read as a template.
    for text, field, _, _ in string.Formatter().parse(template):
        yield text
        if field:
            yield values[field]


def _key(value: object) -> str:
    return value.id if isinstance(value, GraphNode) else str(value)


def _evidence(row: Row) -> tuple[str, ...]:
    given = row.get("evidence")
    if isinstance(given, list):
        return tuple(one.id if isinstance(one, GraphNode) else str(one) for one in given)
    kinds = ("Process", "Session", "Container")
    return tuple(value.id for value in row.values() if isinstance(value, GraphNode) and value.label in kinds)


def earliest(found: Iterable[Alert]) -> dict[str, Alert]:
    """Return one alert an id: the earliest, ties by evidence, then as the rule orders its rows."""
    best: dict[str, Alert] = {}
    for alert in found:
        known = best.get(alert.id)
        if known is None or (alert.at, alert.evidence) < (known.at, known.evidence):
            best[alert.id] = alert
    return best


def with_stored(found: Mapping[str, Alert], stored: Mapping[str, Stored], since: int) -> dict[str, Alert]:
    """Return what is found, less what is stored with an earlier moment of the same day already.

    What is stored from `since` on was asked for again, and gives way to what was found instead.
    """
    kept: dict[str, Alert] = {}
    for opaque, alert in found.items():
        known = stored.get(opaque)
        if known and known.state != "WITHDRAWN":
            if known.at < since and (known.at, known.evidence) < (alert.at, alert.evidence):
                continue
            if known.state == "RAISED" and alert.state == "LEARNING":
                continue
        kept[opaque] = alert
    return kept


def pools_of(found: Mapping[str, Alert], stored: Mapping[str, Stored], withdrawn: Iterable[str]) -> set[str]:
    """Return the daily pools that are to be counted anew: those that gain, lose or hand on an alert."""
    lost = (stored[opaque].pool for opaque in (*withdrawn, *found) if opaque in stored)
    return {pool for pool in (*(one.pool for one in found.values()), *lost) if pool}


def capped(
    found: Mapping[str, Alert], stored: Iterable[Stored], pools: Iterable[str], cap: int
) -> tuple[dict[str, Alert], dict[str, State]]:
    """Return the alerts with those past the daily cap suppressed and summed up in one a pool.

    `stored` are all that still stand of `pools`; the first `cap` by moment, then id, stay. The second
    result is the state of stored alerts that the count moves across the cap.
    """
    members: dict[str, list[tuple[int, str]]] = {pool: [] for pool in pools}
    known = {one.id: one for one in stored if one.id not in found}
    summaries = {one.pool: one for one in known.values() if one.values.get("summary")}
    for one in known.values():
        counts = one.state == "RAISED" or (one.state == "SUPPRESSED" and one.values.get("reason") == PAST_CAP)
        if counts and one.pool in members and not one.values.get("summary"):
            members[one.pool].append((one.at, one.id))
    models: dict[str, Alert] = {}
    for alert in found.values():
        if alert.pool in members and alert.state == "RAISED":
            members[alert.pool].append((alert.at, alert.id))
            models[alert.pool] = alert
    result = dict(found)
    moved: dict[str, State] = {}
    for pool, ordered in members.items():
        ordered.sort()
        past = {opaque for _, opaque in ordered[cap:]}
        for _, opaque in ordered:
            state: State = "SUPPRESSED" if opaque in past else "RAISED"
            if opaque in known and known[opaque].state != state:
                moved[opaque] = state
            elif opaque in found and opaque in past:
                result[opaque] = replace(found[opaque], state="SUPPRESSED", reason=PAST_CAP)
        summary = summaries.get(pool)
        if past and (pool in models or summary):
            standing = _summary(models[pool], pool) if pool in models else _stored_summary(summaries[pool])
            result[standing.id] = replace(standing, at=ordered[cap][0])
        elif summary and summary.state != "WITHDRAWN":
            moved[summary.id] = "WITHDRAWN"
    return result, moved


def _summary(one: Alert, pool: str) -> Alert:
    """Return what stands for a pool's alerts past the cap; how many they are is a query."""
    subject, name = one.subject or ("", "")
    host = subject if label_of(subject) == "Host" else None
    return replace(
        one,
        id=ident("Alert", "summary", pool),
        about=(subject,),
        title=f"{one.title}: more",
        message=clean(f"More of “{one.title}” for {name} on this day is summed up here.", 1000),
        host=host,
        evidence=(),
        roles=(("subject", subject), *([("host", host)] if host else [])),
        summary=True,
        state="RAISED",
        reason=None,
    )


def _stored_summary(one: Stored) -> Alert:
    """Return a summary as it is stored, for a pool that nothing new says anything of."""
    read, subject = one.values, one.about[0]
    host = read.get("host")
    return Alert(
        id=one.id,
        rule=one.rule,
        title=read["title"],
        severity=read["severity"],
        rule_hash=read["rule_hash"],
        composite=False,
        about=one.about,
        at=one.at,
        state="RAISED",
        message=read["message"],
        host=host,
        evidence=(),
        roles=(("subject", subject), *([("host", host)] if host else [])),
        pool=one.pool,
        summary=True,
    )
