"""Read polygraph's own format: one event a line, as JSON; for any shipper that can write a line.

First stage of the flow. A line is one object: `kind`, `at` and `host` are needed, everything else is
optional unless its kind says otherwise; what happens in a cloud has no host. The fields are those of
`app/events.py`, by the same names.

    {"kind": "process_started", "at": 1700000000000, "host": "web-1", "pid": 812,
     "binary": "/usr/bin/python3.11", "args": ["python3", "-m", "http.server"], "cwd": "/srv",
     "user": "alice", "uid": 1000, "session": "7", "parent_pid": 800, "parent_binary": "/usr/bin/zsh"}
    {"kind": "connection_out", "at": "2023-11-14T22:13:21.5+01:00", "host": "web-1", "pid": 812,
     "binary": "/usr/bin/python3.11", "remote_ip": "93.184.216.34", "remote_port": 443}
    {"kind": "name_resolved", "at": 1700000000500, "host": "web-1", "domain": "example.org",
     "answers": ["93.184.216.34"]}
    {"kind": "api_called", "at": 1700000000700, "provider": "aws", "account": "123456789012",
     "identity": "arn:aws:iam::123456789012:user/alice", "service": "s3.amazonaws.com",
     "operation": "ListBuckets", "region": "eu-central-1", "remote_ip": "198.51.100.9"}
    {"kind": "file_hashed", "at": 1700000000900, "host": "web-1", "path": "/usr/local/bin/tool",
     "sha256": "362b700c68ff2dc5c4188d32096b9c3d0f61073b9758cf25ab068b095460b9f9"}

| kind | what happened | needs besides `at` and `host` |
|---|---|---|
| process_started | a process executed a binary | `pid` and `binary`, or `process` |
| process_ended | a process ended | the same; `exit_code` |
| connection_out | a process connected, or tried to | `remote_ip`; `remote_port`, `protocol`, `bytes_out`, `bytes_in` |
| connection_in | a process accepted a connection | `remote_ip`; `local_port` (it serves), `bytes_out`, `bytes_in` |
| port_listening | a process listens | `port`; `protocol`, `ip` |
| name_resolved | a name was looked up | `domain`; `answers` (addresses) |
| file_written | a process created or wrote a file | `path` |
| file_read | a process opened a file to read it | `path` |
| file_deleted | a process deleted a file | `path` |
| file_hashed | a file's content was hashed | `path`, `sha256` (lower case) |
| logged_in | a user logged in, or failed to (`success`) | `user` or `uid`; `remote_ip`, `session` |
| container_started | a container was started | `container`, `image` |
| privilege_changed | a process went over to another user | `target_user` or `target_uid` |
| api_called | an identity called an API of a cloud or a cluster | no host, but `provider`, `account`, |
| | | `identity`, `service`, `operation`; `error` where it was refused |

- Times (`at`, `started_at`, `parent_started_at`) are epoch milliseconds, or ISO 8601 text with an
  offset; a text without an offset is refused, because nobody can know what it means.
- A field that is not known is left out. An unknown field, a wrong type or a number out of range
  rejects the line and names the field; the lines around it are read all the same.
- `bytes_out` and `bytes_in` are counted as the host sees them, whoever opened the connection.
- `host` may be left out where the host was said when reading (`--host`).
- `sensor` names what saw the event; the same execution seen by two sensors is shown as one.
- A line may have 16 MiB; documents may also be indented over many lines, or stand in an array.
"""

import msgspec

from app.errors import RecordRejected
from app.events import AnyEvent, ApiCalled, LoggedIn, PrivilegeChanged, ProcessEnded, ProcessStarted
from app.sources import Context, Record, Taken
from app.sources._documents import records
from app.sources._moments import moment
from app.sources._rejections import DECODE_ERRORS, not_json

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "polygraph NDJSON"
TAKES = ("process", "network", "dns", "file", "login", "container", "privilege", "cloud")

_TIMES = ("at", "started_at", "parent_started_at")
_KINDS = sorted(kind.KIND for kind in AnyEvent.__args__)

_WITH_NEEDS = frozenset((ProcessStarted, ProcessEnded, LoggedIn, PrivilegeChanged))

_events: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_objects: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])


def parse(record: Record, context: Context) -> Taken:
    """Return the event of one document; raises RecordRejected that names the field at fault."""
    try:
        return Taken(record, (_told(_events.decode(record.raw)),))
    except msgspec.ValidationError as error:
        # Texts for times and a host that is known from outside are allowed, and take a second look.
        document = _completed(record, context)
        if document is None:
            raise _rejection(error) from error
    except DECODE_ERRORS as error:
        raise not_json(error) from error
    try:
        return Taken(record, (_told(msgspec.convert(document, AnyEvent)),))
    except msgspec.ValidationError as error:
        raise _rejection(error) from error


def _told(event: AnyEvent) -> AnyEvent:
    """Return the event if it says whom it is about; some fields are only needed one for another."""
    if type(event) not in _WITH_NEEDS:
        return event
    match event:
        case ProcessStarted() | ProcessEnded() if event.process is None and None in (event.pid, event.binary):
            raise RecordRejected("process, or pid and binary, must say which process it is")
        case LoggedIn(user=None, uid=None):
            raise RecordRejected("user or uid must say who it is")
        case PrivilegeChanged(target_user=None, target_uid=None):
            raise RecordRejected("target_user or target_uid must say who it is")
    return event


def _completed(record: Record, context: Context) -> dict[str, object] | None:
    """Return the document with its times as numbers and its host; None when that changes nothing."""
    try:
        document = _objects.decode(record.raw)
    except msgspec.ValidationError:
        return None
    except DECODE_ERRORS as error:
        raise not_json(error) from error
    changed = False
    for field in _TIMES:
        text = document.get(field)
        if isinstance(text, str):
            at = moment(text)
            if at is None:
                raise RecordRejected(f"{field}: neither epoch milliseconds nor ISO 8601 with an offset")
            document[field] = at
            changed = True
    if context.host and "host" not in document and document.get("kind") != ApiCalled.KIND:
        document["host"] = context.host
        changed = True
    return document if changed else None


def _rejection(error: msgspec.ValidationError) -> RecordRejected:
    rejection = not_json(error)
    if rejection.reason.startswith("kind: "):
        return RecordRejected(f"{rejection.reason}; the kinds are {', '.join(_KINDS)}")
    return rejection
