"""Find a Windows event in a document that holds it somewhere inside, or under names of its own.

Knows search engines' hits, dotted names, Wazuh's and ECS's names, and XML or JSON in a text.
"""

from collections import deque

import msgspec
from msgspec import Struct

from app.sources._lenient import unfolded
from app.sources._network import INBOUND
from app.sources._sysmon_shapes import Data
from app.sources._values import text_of

_MOST_LOOKED_AT = 2000
_DEEPEST = 8
_EVENT_KEYS = frozenset(("EventID", "event_data", "winlog", "Event", "System"))


def unwrapped(document: dict[str, object]) -> bytes | str | None:
    """Return the event inside as JSON in one of the usual layouts, or as the text of its XML; or None."""
    waiting: deque[tuple[object, int]] = deque([(document, 0)])
    for _ in range(_MOST_LOOKED_AT):
        if not waiting:
            return None
        value, depth = waiting.popleft()
        if isinstance(value, str):
            start = max(value.find("<Event>"), value.find("<Event "))
            if start >= 0:
                return value[start:]
            if value[:1] == "{" and ("EventID" in value or "event_data" in value):
                return value.encode("utf-8", "replace")
        elif isinstance(value, dict):
            if any("." in name for name in value):
                value = unfolded(value)
            if depth or value is not document:
                if "eventdata" in value and "system" in value:
                    return _of_wazuh(value)
                if not _EVENT_KEYS.isdisjoint(value):
                    return msgspec.json.encode(value)
            if depth < _DEEPEST:
                waiting.extend((inner, depth + 1) for inner in value.values() if isinstance(inner, dict | list | str))
        elif isinstance(value, list) and depth < _DEEPEST:
            waiting.extend((inner, depth + 1) for inner in value[:_MOST_LOOKED_AT])
    return None


def _of_wazuh(event: dict[str, object]) -> bytes:
    """Return what Wazuh makes of an event: names begin small, and backslashes are doubled."""
    system, data = event["system"], event["eventdata"]
    fields: dict[str, object] = {}
    for name, value in data.items() if isinstance(data, dict) else ():
        fields[name[:1].upper() + name[1:]] = value.replace("\\\\", "\\") if isinstance(value, str) else value
    if isinstance(system, dict):
        fields |= {
            "EventID": system.get("eventID"),
            "SourceName": str(system.get("providerName", "")).strip('"'),
            "Channel": system.get("channel"),
            "Computer": system.get("computer"),
            "TimeCreated": system.get("systemTime"),
        }
    return msgspec.json.encode(fields)


class _Hash(Struct):
    sha256: object = None


class _Process(Struct):
    entity_id: object = None
    pid: object = None
    executable: object = None
    command_line: object = None
    working_directory: object = None
    hash: _Hash | None = None
    parent: "_Process | None" = None


class _User(Struct):
    name: object = None
    domain: object = None


class _End(Struct):
    ip: object = None
    port: object = None


class _Network(Struct):
    transport: object = None
    direction: object = None


class _Question(Struct):
    name: object = None


class _Dns(Struct):
    question: _Question | None = None
    resolved_ip: list[object] | None = None


class _File(Struct):
    path: object = None
    hash: _Hash | None = None


class _Ecs(Struct):
    process: _Process | None = None
    user: _User | None = None
    source: _End | None = None
    destination: _End | None = None
    network: _Network | None = None
    dns: _Dns | None = None
    file: _File | None = None


_ecs = msgspec.json.Decoder(_Ecs)


def ecs_data(raw: bytes, data: Data) -> Data:
    """Return EventData completed by the fields of ECS that winlogbeat moved its own to."""
    ecs = _ecs.decode(raw)
    if (process := ecs.process) is not None:
        data.ProcessGuid = data.ProcessGuid or process.entity_id
        data.ProcessId = data.ProcessId or process.pid
        data.Image = data.Image or process.executable
        data.CommandLine = data.CommandLine or process.command_line
        data.CurrentDirectory = data.CurrentDirectory or process.working_directory
        if process.hash is not None and process.hash.sha256:
            data.Hashes = data.Hashes or f"SHA256={process.hash.sha256}"
        if (parent := process.parent) is not None:
            data.ParentProcessGuid = data.ParentProcessGuid or parent.entity_id
            data.ParentProcessId = data.ParentProcessId or parent.pid
            data.ParentImage = data.ParentImage or parent.executable
            data.ParentCommandLine = data.ParentCommandLine or parent.command_line
    if ecs.user is not None and ecs.user.name:
        data.User = data.User or (f"{ecs.user.domain}\\{ecs.user.name}" if ecs.user.domain else ecs.user.name)
    if ecs.source is not None:
        data.SourceIp, data.SourcePort = data.SourceIp or ecs.source.ip, data.SourcePort or ecs.source.port
    if ecs.destination is not None:
        data.DestinationIp = data.DestinationIp or ecs.destination.ip
        data.DestinationPort = data.DestinationPort or ecs.destination.port
    if ecs.network is not None:
        data.Protocol = data.Protocol or ecs.network.transport
        if data.Initiated is None and text_of(ecs.network.direction) in INBOUND:
            data.Initiated = False
    if ecs.dns is not None:
        data.QueryName = data.QueryName or (ecs.dns.question.name if ecs.dns.question else None)
        data.QueryResults = data.QueryResults or ";".join(map(str, ecs.dns.resolved_ip or ()))
    if ecs.file is not None:
        data.TargetFilename = data.TargetFilename or ecs.file.path
        if ecs.file.hash is not None and ecs.file.hash.sha256:
            data.Hash = data.Hash or f"SHA256={ecs.file.hash.sha256}"
    return data
