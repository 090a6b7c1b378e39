"""Read auditd's log, raw or enriched, and what agents make of it: executions, connections, files, logins.

First stage of the flow: knows auditd's records and nothing of the graph. What is logged is what the
host's rules ask for; USER_LOGIN and the sessions of su and sudo come without rules.

- auditd has no id of a process: an execution is known by pid, time and executable, anything else by
  pid and executable. `exe` is what ran; argv[0], `comm` and the process title are anybody's to choose.
- A failed execve names the caller and makes nothing. A connect that is still in progress (-115), was
  refused or timed out did go out, and counts; auditd does not say whether it was TCP.
- PROCTITLE is cut to 128 bytes and, at an execve, may still be the caller's: it gives arguments only
  to other calls, and not the last one if it may be cut. A document that has nothing else is believed.
- LAUREL, auoms, Wazuh and their like forward an event as one JSON document: the same records, put together.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from app.errors import RecordRejected
from app.events import AnyEvent
from app.sources import Context, Ignored, Record, Taken
from app.sources._auditd_calls import called
from app.sources._auditd_json import read_document
from app.sources._auditd_lines import PARTS, Key, call_of, head_of
from app.sources._auditd_lines import records as lines_of_events
from app.sources._auditd_logins import became, logged_in
from app.sources._auditd_parts import LineParts, Parts
from app.sources._lists import in_lists
from app.sources._moments import LAST_MOMENT
from app.sources._texts import decoded

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "auditd log, or JSON made of it"
TAKES = ("process", "network", "file", "login", "privilege")

# `records` and `data` are arrangements of agents.
_documents = in_lists(usual=("events", "items", "value", "results", "hits"))
_READ = ("SYSCALL", "USER_LOGIN", "USER_START")


def records(lines: Iterable[bytes]) -> Iterator[Record]:
    """Yield each event as one record: the lines that belong together, or a document, by how the first line begins.

    A document among lines is a record by itself, and so is a line among documents.
    """
    rest = iter(lines)
    blank: list[bytes] = []
    for line in rest:
        begins = line.lstrip(b"\xef\xbb\xbf \t\r\n")[:2]
        if begins:
            # auoms puts the time before the document, in an array of its own for every event.
            is_json = begins[:1] == b"{" or (begins[:1] == b"[" and not begins[1:].isdigit())
            cut = _documents if is_json else lines_of_events
            yield from cut(chain(blank, (line,), rest))
            return
        blank.append(b"\n")


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return what one event's records say; raises RecordRejected when it cannot be told."""
    parts: Parts
    if record.raw[:1] in (b"{", b"["):
        document = read_document(record.raw)
        if document.lines is None:
            return _told(record, document.parts, document.type, document.at, document.node or context.host)
        parts, first, key = _of_lines(document.lines)
        node = document.node
    else:
        parts, first, key = _of_lines(record.raw)
        node = None
    return _told(record, parts, first, key[1], (decoded(key[0]) if key[0] else node) or context.host)


def _of_lines(raw: bytes) -> tuple[LineParts, str, Key]:
    parts = LineParts()
    first = None
    for line in raw.split(b"\n"):
        head = head_of(line)
        if head is None:
            raise RecordRejected("no type=… audit(seconds.milliseconds:serial) in it")
        first = first or head
        parts.add(head)
    if first is None or first.key[1] > LAST_MOMENT:
        raise RecordRejected("its time is past the year 9999")
    return parts, first.type, first.key


def _told(record: Record, parts: Parts, first: str, at: int, host: str | None) -> Taken | Ignored:
    kind = next((kind for kind in _READ if kind in parts), first)
    if kind not in _READ:
        if kind in PARTS:
            raise RecordRejected(f"{' and '.join(parts)} without SYSCALL: who did it is not known")
        return Ignored(record, kind)
    if not host:
        raise RecordRejected("the host is not known: the line has no node= and none was given (--host)")
    when: dict[str, Any] = {"at": at, "host": host, "sensor": "auditd"}
    fields = parts.one(kind)
    events: list[AnyEvent]
    if kind == "SYSCALL":
        call = call_of(fields)
        events, why = called(call, parts, when)
        kind = f"SYSCALL {call} {why}".rstrip()
    elif kind == "USER_LOGIN":
        events = logged_in(fields, when)
        kind = "USER_LOGIN without a user"
    else:
        events = became(fields, when)
    return Taken(record, tuple(events)) if events else Ignored(record, kind)
