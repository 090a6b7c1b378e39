"""Read Sysmon's events, of Windows and of Linux: XML, syslog around XML, and the JSON of most shippers.

First stage of the flow: knows Sysmon's events and nothing of the graph; `_sysmon_xml` and `_sysmon_json`
know how they are written. The Security log's processes and logins, which often lie in the same file, are
read too (`_sysmon_security`); all other events are counted by their source and number.

- A process is known by its GUID *and* pid: on Linux children that never execute share the GUID of their
  parent (microsoft/SysmonForLinux#84). A GUID of zeros is none.
- UtcTime is when it happened. Linux counts it from the start of the machine without the time it slept,
  so that it falls behind by hours or days: there, more than a minute off, the time of writing counts.
- LogonId is the session on Windows. On Linux it is the user's number, and TerminalSessionId the session.
- Linux gives no hashes. In event 15 the hash is that of the stream that is named, or of the file itself.
"""

import re
from typing import Any

from app.errors import RecordRejected
from app.events import (
    AnyEvent,
    ConnectionIn,
    ConnectionOut,
    FileDeleted,
    FileHashed,
    FileWritten,
    NameResolved,
    ProcessEnded,
    ProcessStarted,
)
from app.sources import Context, Ignored, Record, Taken
from app.sources import _sysmon_json as in_json
from app.sources import _sysmon_xml as in_xml
from app.sources._command_lines import linux_arguments, windows_arguments
from app.sources._moments import instant
from app.sources._network import address, port_of, protocol_of
from app.sources._syslog_documents import OTHER_LINE, is_other_line
from app.sources._sysmon_lines import BEGINNING, NUMBERING, records
from app.sources._sysmon_security import of_security
from app.sources._sysmon_shapes import OF_INTEREST, Data, Entry, number, path_of, text, utc
from app.sources._values import identity, number_id, sha256_of, truth_of

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "Sysmon events, XML or JSON"
TAKES = ("process", "network", "dns", "file", "login")

_SLEPT = 60_000
_MARKUP = re.compile(rb"<(?:\?xml[\s>]|!--|/?[A-Za-z_]{2,40}[\s/>])")
_SHA256 = re.compile(r"SHA256=([0-9A-Fa-f]{64})(?![0-9A-Fa-f])", re.IGNORECASE)
_STREAM = re.compile(r"(?:[A-Za-z]:)?+[^:]*:")
_MOST_ANSWERS = 256


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return what one event says; raises RecordRejected when it cannot be told."""
    entry = _entry(record.raw)
    if isinstance(entry, str):
        return Ignored(record, entry)
    family = _family(entry)
    if family not in ("sysmon", "security") or entry.event_id not in OF_INTEREST:
        return Ignored(record, f"{family} {entry.event_id}")
    host = entry.computer or context.host
    if not host:
        raise RecordRejected("the host is not known: the event has no Computer and none was given (--host)")
    events: list[AnyEvent] | str
    if family == "security":
        events = of_security(entry, {"at": _at(entry), "host": host, "sensor": "windows_security"})
    else:
        events = _of_sysmon(entry, host)
    if isinstance(events, str):
        return Ignored(record, f"{family} {entry.event_id} {events}".rstrip())
    return Taken(record, tuple(events))


def _entry(raw: bytes) -> Entry | str:
    """Return the event in a record, or the kind of a record that is none."""
    if raw[:1] == b"{":
        return in_json.entry_of(raw)
    begins, brace = BEGINNING.search(raw), raw.find(b'{"')
    if brace >= 0 and (begins is None or brace < begins.start()):
        return in_json.entry_of(raw[brace:])
    entry = in_xml.entry_of(raw)
    if entry is not None:
        return entry
    if _MARKUP.match(raw):
        return "markup between events"
    if NUMBERING.fullmatch(raw):
        return "numbering of events"
    if is_other_line(raw):
        return OTHER_LINE
    raise RecordRejected("not a Windows event: neither XML nor JSON")


def _family(entry: Entry) -> str:
    """Return which log an event is of; numbers mean something only within one."""
    said = (entry.provider or entry.channel).lower()
    if "sysmon" in said:
        return "sysmon"
    if said in ("microsoft-windows-security-auditing", "security"):
        return "security"
    if said:
        return said.removeprefix("microsoft-windows-").partition("/")[0][:48]
    if entry.data.ProcessGuid is not None or entry.data.UtcTime is not None:
        return "sysmon"
    return "event"


def _is_linux(entry: Entry) -> bool:
    source = entry.provider or entry.channel
    return "Linux" in source if source else str(entry.data.Image)[:1] == "/"


def _at(entry: Entry) -> int:
    happened = utc(entry.data.UtcTime)
    if happened is None or _is_linux(entry):
        written = utc(entry.written)
        if happened is None or (written is not None and abs(written - happened) > _SLEPT):
            happened = written
    if happened is None:
        told = (instant(value, assume_utc=False) for value in entry.received)
        happened = next((at for at in told if at is not None), None)
    if happened is None:
        raise RecordRejected("it has no time that can be read: UtcTime, TimeCreated or @timestamp with an offset")
    return happened


def _of_sysmon(entry: Entry, host: str) -> list[AnyEvent] | str:
    """Return what an event that is read says, or why it is not of interest."""
    data, event_id = entry.data, entry.event_id
    who = _who(data, _at(entry), host)
    if event_id == 1:
        return _started(entry, who)
    if event_id == 3:
        return _connected(data, who)
    if event_id == 5:
        return [ProcessEnded(**who)]
    if event_id == 22:
        domain = text(data.QueryName)
        return [NameResolved(**who, domain=domain, answers=_answers(data))] if domain else "without a name"
    path = path_of(data.TargetFilename)
    if path is None:
        return "without a path"
    if event_id in (23, 26):
        # What was deleted had been hashed before it went.
        return [*_hashed(data.Hashes, path, who), FileDeleted(**who, path=path)]
    if event_id == 29:
        return [FileWritten(**who, path=path), *_hashed(data.Hashes or data.Hash, path, who)]
    events: list[AnyEvent] = [FileWritten(**who, path=path)]
    if event_id == 15 and not _STREAM.match(path):
        events += _hashed(data.Hash or data.Hashes, path, who)
    return events


def _who(data: Data, at: int, host: str) -> dict[str, Any]:
    """Return when, where and which process, as an event's fields."""
    pid = number(data.ProcessId)
    who: dict[str, Any] = {
        "at": at,
        "host": host,
        "sensor": "sysmon",
        "pid": pid,
        "binary": path_of(data.Image),
        "process": _process(data.ProcessGuid, pid),
    }
    who["user"], who["user_domain"] = _account(text(data.User))
    return who


def _process(value: object, pid: int | None) -> str | None:
    """Return the sensor's own id of a process, however a shipper writes GUIDs."""
    guid = identity(text(value))
    if guid is None:
        return None
    guid = guid.strip("{}").lower()
    return guid if pid is None else f"{guid}:{pid}"


def _account(user: str | None) -> tuple[str | None, str | None]:
    if user is None or "\\" not in user:
        return user, None
    domain, _, name = user.rpartition("\\")
    return text(name), text(domain)


def _started(entry: Entry, who: dict[str, Any]) -> list[AnyEvent]:
    data = entry.data
    if who["process"] is None and (who["pid"] is None or who["binary"] is None):
        raise RecordRejected("it names neither ProcessGuid nor ProcessId and Image")
    is_linux = _is_linux(entry)
    split = linux_arguments if is_linux else windows_arguments
    command, parent_command = text(data.CommandLine), text(data.ParentCommandLine)
    parent_pid = number(data.ParentProcessId)
    parent = _process(data.ParentProcessGuid, parent_pid)
    binary = who["binary"]
    # Told by the executable alone: with its arguments an interpreter would be taken for its script.
    hashed = _hashed(data.Hashes, binary, who) if binary and ("\\" in binary or "/" in binary) else []
    who |= {
        "started_at": who["at"],
        "command": command,
        "args": split(command) if command else (),
        "cwd": text(data.CurrentDirectory),
        "parent": parent if parent != who["process"] else None,
        "parent_pid": parent_pid,
        "parent_binary": path_of(data.ParentImage),
        "parent_args": split(parent_command) if parent_command else (),
        "parent_user": text(data.ParentUser),
    }
    logon = number(data.LogonId)
    if is_linux:
        session = number_id(number(data.TerminalSessionId))
        # The terminal's number may stand above the user's.
        who["uid"] = None if logon is None else number_id(logon & 0xFFFFFFFF)
        who["session"] = None if session is None else str(session)
    else:
        who["session"] = hex(logon) if logon else None
    return [ProcessStarted(**who), *hashed]


def _hashed(hashes: object, path: str, who: dict[str, Any]) -> list[AnyEvent]:
    found = _SHA256.search(hashes) if type(hashes) is str else None
    digest = sha256_of(found.group(1)) if found else None
    return [FileHashed(**who, path=path, sha256=digest)] if digest else []


def _connected(data: Data, who: dict[str, Any]) -> list[AnyEvent] | str:
    # Only a connection that says it came in did; the remote party is then its source.
    is_in = truth_of(data.Initiated) is False
    remote, local = (data.DestinationIp, data.DestinationPort), (data.SourceIp, data.SourcePort)
    if is_in:
        remote, local = local, remote
    remote_ip = address(text(remote[0]))
    if remote_ip is None:
        return "without an address"
    kind = ConnectionIn if is_in else ConnectionOut
    return [
        kind(
            **who,
            remote_ip=remote_ip,
            remote_port=port_of(remote[1]) or 0,
            protocol=protocol_of(data.Protocol),
            local_ip=address(text(local[0])),
            local_port=port_of(local[1]),
        )
    ]


def _answers(data: Data) -> tuple[str, ...]:
    """Return the addresses among what a look-up gave; names stand after "type:"."""
    said = text(data.QueryResults)
    if said is None:
        return ()
    found = (address(item.strip()) for item in said.split(";", _MOST_ANSWERS)[:_MOST_ANSWERS])
    return tuple(dict.fromkeys(ip for ip in found if ip is not None))
