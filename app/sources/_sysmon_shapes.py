"""The fields of Windows events that are read, by the names that Sysmon and the Security log give them.

Knows no events of ours. Values come as text from XML and as anything from JSON: `text`, `number` and
`utc` read them as Windows writes them, and are total.
"""

from msgspec import Struct

from app.sources._moments import instant
from app.sources._values import natural_of, text_of

OF_INTEREST = frozenset((1, 3, 5, 11, 15, 22, 23, 26, 29, 4624, 4625, 4688, 4689))
"""Numbers of the events whose fields are read, Sysmon's and the Security log's."""


class Data(Struct):
    """An event's own fields, EventData: those of Sysmon, and of the Security log's few that are read."""

    UtcTime: object = None
    ProcessGuid: object = None
    ProcessId: object = None
    Image: object = None
    CommandLine: object = None
    CurrentDirectory: object = None
    User: object = None
    LogonId: object = None
    TerminalSessionId: object = None
    Hashes: object = None
    ParentProcessGuid: object = None
    ParentProcessId: object = None
    ParentImage: object = None
    ParentCommandLine: object = None
    ParentUser: object = None
    TargetFilename: object = None
    Hash: object = None
    Protocol: object = None
    Initiated: object = None
    SourceIp: object = None
    SourcePort: object = None
    DestinationIp: object = None
    DestinationPort: object = None
    QueryName: object = None
    QueryResults: object = None
    SubjectUserName: object = None
    SubjectDomainName: object = None
    SubjectLogonId: object = None
    NewProcessId: object = None
    NewProcessName: object = None
    TargetUserName: object = None
    TargetDomainName: object = None
    TargetLogonId: object = None
    ParentProcessName: object = None
    ProcessName: object = None
    Status: object = None
    LogonType: object = None
    IpAddress: object = None


class Entry(Struct):
    """One event, however it was wrapped."""

    event_id: int
    provider: str
    channel: str
    computer: str | None
    data: Data
    written: object = None
    """When the record was written, by its own clock (TimeCreated); in UTC."""
    received: tuple[object, ...] = ()
    """What a shipper says of the time, the best first; only what has an offset can be read."""


def text(value: object) -> str | None:
    """Return a value as text without blanks around it; None for nothing, placeholders and what is no single value."""
    if type(value) is str and (value[:1] <= " " or value[-1:] <= " "):
        value = value.strip()
    return text_of(value)


def path_of(value: object) -> str | None:
    """Return a path as it is written by people, without the prefix that tells Windows to take it as it is."""
    path = text(value)
    if path is not None and path[:4] in ("\\\\?\\", "\\??\\"):
        return path[4:] or None
    return path


def number(value: object) -> int | None:
    """Return a natural number that is written decimal or as 0x…; None when it is none."""
    if type(value) is str and value[:2] in ("0x", "0X") and len(value) <= 18:
        try:
            return natural_of(int(value, 16))
        except ValueError:
            return None
    return natural_of(value)


def utc(value: object) -> int | None:
    """Return epoch milliseconds of what is in UTC by definition, whether or not it says so."""
    if type(value) is str and value.startswith("/Date(") and value.endswith(")/"):
        value = value[6:-2]
    return instant(value)
