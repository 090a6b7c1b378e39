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
from app.sources._envelopes import USUAL, document_in
from app.sources._lists import BUT_DATA, in_lists
from app.sources._moments import LAST_MOMENT, MONTHS, instant, moment
from app.sources._osquery_rows import events_of, table_of
from app.sources._osquery_shapes import Differences, Result, Row
from app.sources._rejections import DECODE_ERRORS, not_json
from app.sources._syslog_documents import OTHER_LINE, behind_heads, headless, is_other_line
from app.sources._values import text_of

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "osquery results log"
TAKES = ("process", "network", "file", "login")

records = behind_heads(in_lists(usual=BUT_DATA))

_results: msgspec.json.Decoder[Result] = msgspec.json.Decoder(Result)
_CALENDAR = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4}) UTC")


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return what the rows of one line say; raises RecordRejected when it cannot be told."""
    raw = headless(record.raw)
    if is_other_line(raw):
        return Ignored(record, OTHER_LINE)
    try:
        result = _results.decode(raw)
        if _is_none(result) and (inner := document_in(raw, "osquery.result", *USUAL)) is not None:
            result = _results.decode(inner)
    except DECODE_ERRORS as error:
        raise not_json(error) from error
    events: list[AnyEvent] = []
    kind = ""
    for one in result.data or (result,):
        found, why = _of_result(one, context)
        events += found
        kind = kind or why
    return Taken(record, tuple(events)) if events else Ignored(record, kind)


def _is_none(result: Result) -> bool:
    """Say whether a document is no result itself."""
    return not (result.columns or result.snapshot or result.diffResults or result.data or result.name)


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
    return events, kind


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
            text_of(decorations.get("hostname"))
            or text_of(result.hostIdentifier or result.host_identifier or result.hostname)
            or text_of(decorations.get("host_uuid"))
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
    at = instant(result.unixTime if result.unixTime is not None else result.unix_time)
    if at:
        return at
    said = result.calendarTime or result.calendar_time
    found = _CALENDAR.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        return instant(said)
    month, day, clock, year = found.groups()
    return moment(f"{year}-{MONTHS[month]:02}-{day:0>2}T{clock}Z") if month in MONTHS else None
