"""Read osquery's results log: one row a line, snapshots of many rows, and batches of differences.

First stage of the flow: knows osquery's tables and nothing of the graph. A query's name is its author's
to choose and does not tell the table, so rows are told by their columns (`_osquery_rows`); what fits
none is counted by the query's name. Rows that were removed say that something is over, or that a column
changed, and not when: they are counted only.

Rows come again with every snapshot and whenever a shipper repeats itself: the same row is the same event.
"""

import re
from typing import Any

import msgspec

from app.errors import RecordRejected
from app.events import AnyEvent
from app.sources import Context, Ignored, Record, Taken
from app.sources._osquery_rows import events_of, table_of
from app.sources._osquery_shapes import Differences, Result, Row, text
from app.sources._prefixed import SYSLOG_HEAD, document_in, records
from app.sources._values import DECODE_ERRORS, LAST_MOMENT, moment, not_json

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "osquery results log"
TAKES = ("process", "network", "file", "login")

_results: msgspec.json.Decoder[Result] = msgspec.json.Decoder(Result)
_NOT_SHOWN = re.compile(r"[^\x20-\x7e]")
_CALENDAR = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4}) UTC")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return what the rows of one line say; raises RecordRejected when it cannot be told."""
    raw = document_in(record.raw)
    if raw[:1] != b"{" and SYSLOG_HEAD.match(raw):
        return Ignored(record, "another line of syslog's")
    try:
        result = _results.decode(raw)
    except DECODE_ERRORS as error:
        raise not_json(error) from error
    if result.osquery is not None and result.osquery.result is not None:
        result = result.osquery.result
    events: list[AnyEvent] = []
    kind = ""
    for one in result.data or (result,):
        found, why = _of_result(one, context)
        events += found
        kind = kind or why
    return Taken(record, tuple(events)) if events else Ignored(record, kind)


def _of_result(result: Result, context: Context) -> tuple[list[AnyEvent], str]:
    """Return what one query's result says, and what was ignored in it."""
    rows, removed = _rows(result)
    when = _Envelope(result, context).when
    events: list[AnyEvent] = []
    kind = ""
    for row in rows:
        table = table_of(row, result.name)
        found: list[AnyEvent] | str = "" if table is None else events_of(table, row, when)
        if isinstance(found, str):
            kind = kind or f"{table} {found}".strip() if table else kind
        else:
            events += found
    if not kind:
        name = result.name[:64] or "query without a name"
        kind = f"{name} removed" if removed and not rows else f"{name} without rows" if not rows else name
    return events, _NOT_SHOWN.sub("?", kind)


def _rows(result: Result) -> tuple[list[Row], bool]:
    """Return the rows that are there, and whether some are no more."""
    if result.columns is not None:
        return ([], True) if result.action == "removed" else ([result.columns], False)
    if result.snapshot is not None:
        return result.snapshot, False
    if isinstance(result.diffResults, Differences):
        added, removed = result.diffResults.added, result.diffResults.removed
        return (added if isinstance(added, list) else []), bool(removed)
    if result.severity is not None and result.filename is not None:
        result.name = "status log"
        return [Row()], False
    raise RecordRejected("not a result of osquery's: it has neither columns, snapshot nor diffResults")


class _Envelope:
    """What the rows of one result share, read when a row of interest asks for it."""

    def __init__(self, result: Result, context: Context) -> None:
        self._result = result
        self._context = context

    def when(self, own_time: int | None) -> dict[str, Any]:
        """Return the time and the host of a row, as an event's fields; its own time in seconds, if it has one."""
        result = self._result
        decorations = result.decorations or {}
        host = (
            text(decorations.get("hostname"))
            or text(result.hostIdentifier or result.host_identifier or result.hostname)
            or text(decorations.get("host_uuid"))
            or self._context.host
        )
        if host is None:
            raise RecordRejected("the host is not known: no hostIdentifier, and none was given (--host)")
        at = own_time * 1000 if own_time else _asked_at(result)
        if at is None or at > LAST_MOMENT:
            raise RecordRejected("its time is not known: no time in the row, no unixTime and no calendarTime")
        return {"at": at, "host": host, "sensor": "osquery"}


def _asked_at(result: Result) -> int | None:
    """Return when the query ran."""
    seconds = result.unixTime if result.unixTime is not None else result.unix_time
    try:
        if isinstance(seconds, int | float) or (isinstance(seconds, str) and len(seconds) < 20):
            at = int(float(seconds) * 1000)
            if 0 < at <= LAST_MOMENT:
                return at
    except (ValueError, OverflowError):
        pass
    said = result.calendarTime or result.calendar_time
    if not isinstance(said, str):
        return None
    found = _CALENDAR.fullmatch(said)
    if found is None:
        return moment(said + "Z") or moment(said)
    month, day, clock, year = found.groups()
    return moment(f"{year}-{_MONTHS.index(month) + 1:02}-{day:0>2}T{clock}Z") if month in _MONTHS else None
