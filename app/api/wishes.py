"""From what a caller asks of a list to the parameters of its views.

Values that can be compared and hashed, so that loaders put equal wishes of many rows in one statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from app.api.errors import bad_input
from app.api.inputs import (
    AlertFilter,
    AlertOrder,
    EntityFilter,
    InvestigationFilter,
    OrderDirection,
    Phase,
    TimeRange,
)
from app.api.pages import Key, Order, Page
from app.api.services import Value
from app.ids import clean, ident, label_of

EVER = 253_402_300_800_000
"""Later than any moment."""
_EARLIEST = -(2**62)

BY_NAME = Order("NAME", (str, str))
BY_MATCH = Order("MATCH", (int, str, str))
BY_EVIDENCE = Order("EVIDENCE", (int, str))


@dataclass(frozen=True, slots=True)
class AlertWish:
    """Which alerts, in which order."""

    states: tuple[str, ...]
    rules: tuple[str, ...] | None = None
    severities: tuple[str, ...] | None = None
    statuses: tuple[str, ...] | None = None
    composite: bool | None = None
    assignee: str | None = None
    since: int = _EARLIEST
    until: int = EVER
    text: str | None = None
    hosts: tuple[str, ...] | None = None
    entity: str | None = None
    ids: tuple[str, ...] | None = None
    field: str = "AT"
    ascending: bool = False
    limit: int = 0
    after: Key | None = None

    @property
    def order(self) -> Order:
        """Return the order that cursors belong to."""
        name = f"{self.field} {'ASC' if self.ascending else 'DESC'}"
        return Order(name, (float, int, str)) if self.field == "SCORE" else Order(name, (int, int, str))

    @property
    def view(self) -> str:
        """Return the view that finds them with the least work."""
        newest = self.field == "AT" and not self.ascending
        if newest and not (self.ids or self.rules or self.composite):
            return "alerts_of_hosts" if self.hosts else "alerts_newest"
        return "alerts_found"

    def among(self, ids: Sequence[str]) -> "AlertWish":
        """Return the wish for those with an id of these; of none, when there are none."""
        wanted = [id for id in ids if self.ids is None or id in self.ids]
        return replace(self, ids=tuple(wanted) or ("",), limit=max(len(wanted), 1))

    def of_composites(self) -> "AlertWish":
        """Return the wish for composite alerts alone; one for weak alerts is then one for none."""
        return replace(self, composite=True, ids=("",) if self.composite is False else self.ids)

    def on(self, page: Page) -> "AlertWish":
        """Return the wish for one page."""
        return replace(self, limit=page.limit, after=page.after)

    def key(self, at: int, raised_at: int, severity: str, score: float | None, opaque: str) -> Key:
        """Return an alert's place in the order."""
        rank: int | float
        match self.field:
            case "AT":
                rank = at
            case "RAISED_AT":
                rank = raised_at
            case "SCORE":
                rank = float(score or 0.0)
            case _:
                rank = {"CRITICAL": 4, "HIGH": 3, "MEDIUM": 2}.get(severity, 1)
        return (rank if self.ascending else -rank, at, opaque)

    def _filter(self) -> dict[str, Value]:
        return {
            "states": list(self.states),
            "rules": _listed(self.rules),
            "severities": _listed(self.severities),
            "statuses": _listed(self.statuses),
            "composite": self.composite,
            "assignee": self.assignee,
            "since": self.since,
            "until": self.until,
            "text": self.text,
        }

    def page(self) -> dict[str, Value]:
        """Return the parameters of `view`."""
        rank, at, opaque = self.after or (None, None, None)
        given = self._filter() | {"hosts": _listed(self.hosts), "after_at": at, "after_id": opaque}
        if self.view != "alerts_found":
            return given
        return given | {
            "ids": _listed(self.ids),
            "order": self.field,
            "sign": 1 if self.ascending else -1,
            "after_rank": rank,
        }

    def page_of_hosts(self, hosts: Sequence[str]) -> dict[str, Value]:
        """Return the parameters of `alerts_of_hosts`."""
        _, at, opaque = self.after or (None, None, None)
        return self._filter() | {"hosts": list(hosts), "after_at": at, "after_id": opaque}

    def count(self, hosts: Sequence[str] | None = None) -> dict[str, Value]:
        """Return the parameters of `alerts_counted`: for each of `hosts`, else in all."""
        return self._filter() | {
            "hosts": _listed(self.hosts) if hosts is None else list(hosts),
            "ids": _listed(self.ids),
            "by_host": hosts is not None,
        }


@dataclass(frozen=True, slots=True)
class InvestigationWish:
    """Which investigations, the latest evidence first."""

    phases: tuple[str, ...]
    rules: tuple[str, ...] | None = None
    since: int = _EARLIEST
    until: int = EVER
    subjects: tuple[str, ...] | None = None
    limit: int = 0
    after: Key | None = None

    def on(self, page: Page) -> "InvestigationWish":
        """Return the wish for one page."""
        return replace(self, limit=page.limit, after=page.after)

    def _filter(self) -> dict[str, Value]:
        return {
            "phases": list(self.phases),
            "rules": _listed(self.rules),
            "since": self.since,
            "until": self.until,
        }

    def page(self, subjects: Sequence[str] | None = None) -> dict[str, Value]:
        """Return the parameters of `investigations`."""
        at, opaque = self.after or (None, None)
        wanted = _listed(self.subjects) if subjects is None else list(subjects)
        return self._filter() | {"subjects": wanted, "after_at": at, "after_id": opaque}

    def count(self, subjects: Sequence[str] | None = None) -> dict[str, Value]:
        """Return the parameters of `investigations_counted`: for each of `subjects`, else in all."""
        wanted = _listed(self.subjects) if subjects is None else list(subjects)
        return self._filter() | {"subjects": wanted, "by_subject": subjects is not None}


def alerts_wanted(given: AlertFilter | None, order: AlertOrder | None, default: Sequence[str]) -> AlertWish:
    """Return what a filter and an order ask for; `default` are the states where none is given.

    Raises ApiError when they make no sense.
    """
    wish, order = given or AlertFilter(), order or AlertOrder()
    rules = (
        None if wish.rules is None and wish.rule is None else {*(wish.rules or ()), *([wish.rule] if wish.rule else [])}
    )
    if wish.rule is not None and wish.rules is not None:
        rules = {wish.rule} & set(wish.rules)
    return AlertWish(
        states=_names(wish.state) or tuple(default),
        rules=None if rules is None else tuple(sorted(rules)),
        severities=_names(wish.severity),
        statuses=_names(wish.status),
        composite=wish.is_composite,
        assignee=wish.assignee or None,
        since=_EARLIEST if wish.since is None else wish.since,
        until=EVER if wish.until is None else wish.until,
        text=_searched(wish.text),
        hosts=_hosts(wish.host_id, wish.hostname),
        entity=wish.entity_id,
        field=order.field.name,
        ascending=order.direction is OrderDirection.ASC,
    )


def investigations_wanted(given: InvestigationFilter | None, default: Sequence[Phase]) -> InvestigationWish:
    """Return what a filter asks for; `default` are the phases where none is given."""
    wish = given or InvestigationFilter()
    return InvestigationWish(
        phases=_names(wish.phase) or tuple(phase.name for phase in default),
        rules=None if wish.rule is None else (wish.rule,),
        since=_EARLIEST if wish.since is None else wish.since,
        until=EVER if wish.until is None else wish.until,
        subjects=_hosts(wish.host_id, None),
    )


def hosts_wanted(given: EntityFilter | None) -> dict[str, Value]:
    """Return the parameters of `hosts` but for the page.

    Raises ApiError when the filter asks for what hosts do not have.
    """
    wish = given or EntityFilter()
    if wish.binary_kind is not None:
        raise bad_input("hosts have no binaryKind: leave it out, or ask for binaries")
    return _entities(wish) | {"criticalities": _listed(_names(wish.criticality))}


def binaries_wanted(given: EntityFilter | None) -> dict[str, Value]:
    """Return the parameters of `binaries` but for the page.

    Raises ApiError when the filter asks for what binaries do not have.
    """
    wish = given or EntityFilter()
    if wish.criticality is not None:
        raise bad_input("binaries have no criticality: leave it out, or ask for hosts")
    kinds = _names(wish.binary_kind)
    return _entities(wish) | {"kinds": None if kinds is None else [kind.lower() for kind in kinds]}


def after_name(page: Page) -> dict[str, Value]:
    """Return the parameters of a page of what is ordered by name."""
    name, opaque = page.after or (None, None)
    return {"after_name": name, "after_id": opaque}


def host_of(text: str) -> str:
    """Return a host's id, by id or by the name that its sensor gives it."""
    return text if label_of(text) == "Host" else ident("Host", clean(text).lower())


def _entities(wish: EntityFilter) -> dict[str, Value]:
    first, last, novel = (one or TimeRange() for one in (wish.first_seen, wish.last_seen, wish.novel_since))
    return {
        "text": _searched(wish.text),
        "first_since": _EARLIEST if first.since is None else first.since,
        "first_until": EVER if first.until is None else first.until,
        "last_since": _EARLIEST if last.since is None else last.since,
        "last_until": EVER if last.until is None else last.until,
        "novel_since": novel.since,
        "novel_until": novel.until,
    }


def _hosts(opaque: str | None, name: str | None) -> tuple[str, ...] | None:
    ids = {host_of(one) for one in (opaque, name) if one is not None}
    if not ids:
        return None
    # Two different hosts at once are none: an id of nothing says so.
    return tuple(ids) if len(ids) == 1 else ("",)


def _names(values: Sequence[Enum] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(dict.fromkeys(value.name for value in values))


def _listed(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else list(values)


def _searched(text: str | None) -> str | None:
    return (text or "").strip().lower() or None
