"""Read Windows events that were normalised to EQL's schema (eqllib): its names back to Sysmon's.

Knows EQL's types and subtypes; what is not a process, a connection, a file or a look-up is no more than
a kind. Its timestamps are Windows' own, tenths of microseconds from 1601 on.
"""

import msgspec
from msgspec import Struct

from app.sources._sysmon_shapes import Data, Entry, number

_EPOCH = 11_644_473_600_000
_EVENT_IDS = {
    ("process", "create"): 1,
    ("process", "terminate"): 5,
    ("network", "outgoing"): 3,
    ("network", "incoming"): 3,
    ("file", "create"): 11,
    ("file", "modify"): 11,
    ("file", "overwrite"): 11,
    ("file", "delete"): 26,
}


class _Event(Struct):
    event_type: str = ""
    subtype: str = ""
    timestamp: object = None
    hostname: str | None = None
    pid: object = None
    ppid: object = None
    unique_pid: object = None
    unique_ppid: object = None
    process_path: object = None
    process_name: object = None
    parent_process_path: object = None
    command_line: object = None
    parent_command_line: object = None
    user: object = None
    logon_id: object = None
    protocol: object = None
    source_address: object = None
    source_port: object = None
    destination_address: object = None
    destination_port: object = None
    file_path: object = None
    query_name: object = None


_events = msgspec.json.Decoder(_Event)


def entry_of(raw: bytes) -> Entry | str:
    """Return an event in Sysmon's terms, or its kind when it is of another."""
    event = _events.decode(raw)
    event_id = 22 if event.event_type == "dns" else _EVENT_IDS.get((event.event_type, event.subtype))
    if event_id is None:
        return f"eql {event.event_type} {event.subtype}".rstrip()
    ticks = number(event.timestamp)
    return Entry(
        event_id=event_id,
        provider="Microsoft-Windows-Sysmon",
        channel="",
        computer=event.hostname or None,
        written=None if ticks is None else ticks // 10_000 - _EPOCH,
        data=Data(
            ProcessGuid=event.unique_pid,
            ProcessId=event.pid,
            Image=event.process_path or event.process_name,
            CommandLine=event.command_line,
            User=event.user,
            LogonId=event.logon_id,
            ParentProcessGuid=event.unique_ppid,
            ParentProcessId=event.ppid,
            ParentImage=event.parent_process_path,
            ParentCommandLine=event.parent_command_line,
            TargetFilename=event.file_path,
            Protocol=event.protocol,
            Initiated=event.subtype != "incoming",
            SourceIp=event.source_address,
            SourcePort=event.source_port,
            DestinationIp=event.destination_address,
            DestinationPort=event.destination_port,
            QueryName=event.query_name,
        ),
    )
