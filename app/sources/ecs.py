"""Read documents of the Elastic Common Schema: Elastic Defend, Auditbeat 6 to 8, Filebeat's auditd and system.

First stage of the flow: knows ECS and nothing of the graph. Names may be nested or dotted, and a document
may lie in a search hit, in a list of them, in `message` or `json`; the action lines of bulk files are
ignored. What a document of any other module says by category and type alone is taken too.

- `process` is the entity id. It outlives an exec on Linux; a fork alone executes nothing and is ignored.
- A time without an offset is UTC, as Elasticsearch has it.
- Auditbeat's process events are found by polling, so `started_at` is what they say of the start; what was
  there before the sensor is a start at that time too, and not one where the time is not said.
- What only ends a connection is ignored: its beginning has been said, or was never seen.
- Filebeat does not join auditd's lines, so its executions have no arguments and its connections no address.
"""

import msgspec

from app.errors import RecordRejected
from app.events import AnyEvent
from app.sources import Context, Ignored, Record, Taken, _lenient
from app.sources._ecs_auditd import acts_of_audit, failed, is_audit, log_of
from app.sources._ecs_events import built
from app.sources._ecs_shapes import Document, Event, Host
from app.sources._ecs_who import ip_of, module_of, side, words
from app.sources._envelopes import document_in
from app.sources._lists import in_lists
from app.sources._network import INBOUND, OUTBOUND, address

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "Elastic Common Schema (Elastic Defend, Auditbeat, Filebeat)"
TAKES = ("process", "network", "dns", "file", "login", "privilege")

records = in_lists()

_MOST_WRAPPERS = 4

_documents: msgspec.json.Decoder[Document] = msgspec.json.Decoder(Document)
_STARTS = frozenset(("exec", "start", "executed", "process_started", "existing_process", "already_running"))
_ENDS = frozenset(("end", "process_stopped"))
_OF_PROCESSES = frozenset(("exec", "executed", "process_started", "process_stopped", "existing_process"))
"""Actions that are a process's even where no category says so, as before Auditbeat 7.6."""
_WRITES = frozenset(("creation", "created", "modification", "updated", "overwrite", "rename", "renamed"))
_DELETES = frozenset(("deletion", "deleted"))
_OPENS = frozenset(("open", "read", "opened-file", "access"))
_NOT_OPENED = frozenset(("disconnect_received", "socket_closed", "existing_socket", "http_request"))
_ON_HOSTS = frozenset((None, "endpoint", "auditd", "system", "sysmon", "windows", "security"))
_NOT_EVENTS = frozenset(("signal", "metric", "pipeline_error", "asset", "enrichment"))
"""Kinds that count, or that repeat what another document has said."""
_NOT_LOGINS = frozenset(("log_off", "logged_off", "user_logout", "logoff", "boot", "shutdown", "ssh_disconnect"))


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return what one document says; raises RecordRejected when it cannot be told."""
    document = _unwrapped(record.raw)
    actions = (document.bulk_index, document.bulk_create, document.bulk_update, document.bulk_delete)
    if document.event is None and document.timestamp is None and any(map(_is_object, actions)):
        return Ignored(record, "bulk action")
    event = document.event if isinstance(document.event, Event) else None
    if event is None and document.auditd is None and document.system is None and document.record_type is None:
        raise RecordRejected("not a document of ECS's: it has no event")
    event = event or Event()
    acts = acts_of_audit(document, event) if is_audit(document, event) else _acts(document, event)
    events: list[AnyEvent] = built(acts, document, event, context) if acts else []
    return Taken(record, tuple(events)) if events else Ignored(record, _kind(document, event))


def _unwrapped(raw: bytes) -> Document:
    """Return the document in a search hit, in `message`, in `json` or in `event`."""
    for _ in range(_MOST_WRAPPERS):
        document = _lenient.read(raw, _documents, Document)
        if _is_object(document.hit):
            inner: bytes | None = bytes(document.hit)
        elif _says_nothing(document):
            inner = document_in(raw, "json", "message")
        else:
            inner = None
        if inner is None and isinstance(document.event, Event) and document.event.timestamp is not None:
            inner = document_in(raw, "event")
        if inner is None:
            return document
        raw = inner
    raise RecordRejected("wrapped too often")


def _says_nothing(document: Document) -> bool:
    """Say whether a document only carries another: its shipper may have given it a dataset."""
    event = document.event
    if document.auditd is not None or document.system is not None or isinstance(event, str):
        return False
    return event is None or (event.action is None and event.category is None and event.timestamp is None)


def _is_object(raw: msgspec.Raw) -> bool:
    return len(raw) > 1 and bytes(memoryview(raw)[:1]) == b"{"


def _kind(document: Document, event: Event) -> str:
    """Return the kind of a document that says nothing here."""
    action = next(iter(words(event.action)), None) or (document.summary.action if document.summary else None)
    log = log_of(document)
    said = action or (log.record_type if log else None) or event.dataset or "without an action"
    kind = f"{module_of(document, event)} {said}".strip()
    return f"{kind} that failed" if failed(document, event) else kind


def _acts(document: Document, event: Event) -> tuple[str, ...]:
    """Return what a document says was done, in our words; nothing if it is of no interest."""
    actions = {action.lower() for action in words(event.action)}
    categories = set(words(event.category))
    types = set(words(event.type))
    if event.kind in _NOT_EVENTS:
        return ()
    if event.kind == "alert":
        # It may have been prevented; only what was hashed is sure to have been there.
        return ("hashed",)
    if document.dns is not None and document.dns.question is not None:
        return ("resolved",) if _is_of_host(document, event) else ()
    auth = document.system.auth if document.system else None
    if auth is not None and auth.sudo is not None:
        return ("sudo",)
    if "authentication" in categories or "session" in categories or "user_login" in actions or (auth and auth.ssh):
        return () if actions & _NOT_LOGINS or "end" in types else ("login",)
    if "network" in categories or actions & {"connection_attempted", "connection_accepted", "network_flow"}:
        return _network(document, actions) if _is_of_host(document, event) else ()
    if document.network is not None and document.destination is not None and "process" not in categories:
        return _network(document, actions) if _is_of_host(document, event) else ()
    if "file" in categories or (document.file is not None and "process" not in categories):
        return _file(actions, types)
    if "process" in categories or actions & _OF_PROCESSES:
        return _process(document, event, actions, types)
    return ()


def _process(document: Document, event: Event, actions: set[str], types: set[str]) -> tuple[str, ...]:
    if "uid_change" in actions:
        return ("became",)
    if event.outcome == "failure" or document.process is None:
        return ()
    found = []
    if actions & {"existing_process", "already_running"}:
        found = ["running"]
    elif actions & _STARTS or ("start" in types and not actions & {"fork", "ran-command", "started-service"}):
        found = ["started"]
    if actions & _ENDS or ("end" in types and "fork" not in actions):
        found.append("ended")
    return tuple(found)


def _network(document: Document, actions: set[str]) -> tuple[str, ...]:
    if actions & {"connection_attempted", "connected-to"}:
        return ("out",)
    if actions & {"connection_accepted", "accepted-connection-from"}:
        return ("in",)
    direction = (document.network.direction or "").lower() if document.network else ""
    if direction == "listening":
        return ("listening",)
    if actions and actions <= _NOT_OPENED:
        return ()
    if direction in OUTBOUND:
        return ("out",)
    if direction in INBOUND:
        return ("in",)
    return ("in",) if _is_destination(document) else ("out",)


def _is_destination(document: Document) -> bool:
    """Say whether only the destination is an address of the host's."""
    own = _own_addresses(document)
    return ip_of(side(document.destination)) in own and ip_of(side(document.source)) not in own


def _is_of_host(document: Document, event: Event) -> bool:
    """Say whether it was the host that spoke: a network sensor's documents, or a cloud's, name another or none."""
    if document.process is not None:
        return True
    own = _own_addresses(document)
    if own:
        return ip_of(side(document.source)) in own or ip_of(side(document.destination)) in own
    return document.observer is None and event.module in _ON_HOSTS


def _own_addresses(document: Document) -> frozenset[str | None]:
    return frozenset(map(address, words(document.host.ip))) - {None} if isinstance(document.host, Host) else frozenset()


def _file(actions: set[str], types: set[str]) -> tuple[str, ...]:
    if actions & _DELETES and not actions & _WRITES:
        return ("deleted",)
    if actions & _WRITES:
        return ("written", "hashed")
    if actions & _OPENS:
        return ("opened",)
    if actions & {"initial_scan", "attributes_modified"}:
        return ("hashed",)
    if actions & {"moved", "config_change"}:
        return ()
    if "deletion" in types and "creation" not in types:
        return ("deleted",)
    if types & {"creation", "change"}:
        return ("written", "hashed")
    return ("opened",) if "access" in types else ("hashed",)
