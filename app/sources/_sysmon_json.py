"""Read one Windows event from the JSON that shippers and exporters make of it.

Knows how each of them lays out System and EventData, and nothing of single events:

- exporters of .evtx files: {"Event": {"System": {...}, "EventData": {...}}}, with or without "Event",
  attributes under "#attributes", "…_attributes" or "@Name", EventData by name or as a list of Data;
- winlogbeat: winlog.event_data (event_data before version 7), or fields of ECS that it made of them;
- NXLog, Security-Datasets and Sentinel: everything at the top, or EventData as XML or JSON in a string;
- events normalised to EQL's schema (`_sysmon_eql`);
- anything else with one of these, or with the XML, inside (`_sysmon_wrapped`).
"""

import re

import msgspec
from msgspec import Raw, Struct

from app.errors import RecordRejected
from app.sources import _sysmon_eql as in_eql
from app.sources._rejections import DECODE_ERRORS, not_json
from app.sources._sysmon_shapes import Data, Entry, number, text
from app.sources._sysmon_wrapped import ecs_data, unwrapped
from app.sources._sysmon_xml import data_of, entry_of_text


class _Document(
    Data,
    rename={"timestamp": "@timestamp"},
):
    EventID: object = None
    EventId: object = None
    event_id: object = None
    Id: object = None
    SourceName: object = None
    Channel: object = None
    Hostname: object = None
    Computer: object = None
    timestamp: object = None
    EventTime: object = None
    Message: object = None
    Provider: Raw = Raw()
    ProviderName: object = None
    Source: object = None
    source_name: object = None
    EventLog: object = None
    HostName: object = None
    MachineName: object = None
    computer_name: object = None
    host: Raw = Raw()
    TimeCreated: object = None
    TimeGenerated: object = None
    System: Raw = Raw()
    Event: Raw = Raw()
    EventData: Raw = Raw()
    event_data: Raw = Raw()
    winlog: Raw = Raw()
    event_type: object = None


class _Attributes(Struct):
    Name: object = None
    SystemTime: object = None


class _Named(Struct, rename={"attributes": "#attributes", "at_name": "@Name", "at_time": "@SystemTime", "in_xml": "$"}):
    """An element that has attributes, in any of the ways that exporters write them."""

    Name: object = None
    SystemTime: object = None
    attributes: _Attributes | None = None
    at_name: object = None
    at_time: object = None
    in_xml: _Attributes | None = None

    def inner(self) -> _Attributes:
        return self.attributes or self.in_xml or _Attributes(self.Name or self.at_name, self.SystemTime or self.at_time)


class _System(Struct):
    EventID: object = None
    Provider: Raw = Raw()
    Provider_attributes: _Attributes | None = None
    TimeCreated: Raw = Raw()
    TimeCreated_attributes: _Attributes | None = None
    Channel: object = None
    Computer: object = None


class _Event(Struct):
    System: Raw = Raw()
    EventData: Raw = Raw()


class _Winlog(Struct):
    event_id: object = None
    provider_name: object = None
    channel: object = None
    computer_name: object = None
    event_data: Raw = Raw()


class _Host(Struct):
    name: object = None
    hostname: object = None


_documents = msgspec.json.Decoder(_Document)
_trees = msgspec.json.Decoder(dict[str, object])
_objects = msgspec.json.Decoder()
_systems = msgspec.json.Decoder(_System)
_named = msgspec.json.Decoder(_Named)
_events = msgspec.json.Decoder(_Event)
_winlogs = msgspec.json.Decoder(_Winlog)
_hosts = msgspec.json.Decoder(_Host)
_data = msgspec.json.Decoder(Data)
_MESSAGE_LINE = re.compile(r"^([A-Z]\w{1,40}): ([^\r\n]*)", re.MULTILINE)
_MOST_MESSAGE = 128 * 1024


def entry_of(raw: bytes, wrapped: bool = False) -> Entry | str:
    """Return the event that a JSON document holds, or the kind of one that is none of Windows' events.

    `wrapped` says that it was taken out of another.
    """
    try:
        entry = _entry(raw)
        if entry is None and not wrapped:
            inner = unwrapped(_trees.decode(raw))
            if isinstance(inner, str):
                entry = entry_of_text(inner)
            elif inner is not None:
                entry = entry_of(inner, wrapped=True)
    except DECODE_ERRORS as error:
        raise not_json(error) from error
    if entry is None:
        raise RecordRejected("not a Windows event: it has no EventID")
    return entry


def _entry(raw: bytes) -> Entry | str | None:
    document = _documents.decode(raw)
    if (winlog := _object(document.winlog)) is not None:
        return _of_winlogbeat(raw, _winlogs.decode(winlog), document)
    if (event := _object(document.Event)) is not None:
        inner = _events.decode(event)
        system = _object(inner.System)
        return None if system is None else _of_exporter(system, inner.EventData, document)
    if (system := _object(document.System)) is not None:
        return _of_exporter(system, document.EventData, document)
    event_id = _event_id(document.EventID or document.EventId or document.event_id or document.Id)
    if event_id is not None:
        return _of_flat(event_id, document)
    return in_eql.entry_of(raw) if type(document.event_type) is str else None


def _of_winlogbeat(raw: bytes, winlog: _Winlog, document: _Document) -> Entry | None:
    event_id = _event_id(winlog.event_id)
    if event_id is None:
        return None
    inner = _object(winlog.event_data)
    data = _data.decode(inner) if inner is not None else Data()
    if data.ProcessGuid is None and data.NewProcessId is None and data.TargetUserName is None:
        data = ecs_data(raw, data)
    return Entry(
        event_id=event_id,
        provider=text(winlog.provider_name) or "",
        channel=text(winlog.channel) or "",
        computer=text(winlog.computer_name) or _host_of(document),
        data=data,
        received=(document.timestamp,),
    )


def _of_exporter(raw_system: Raw, raw_data: Raw, document: _Document) -> Entry | None:
    system = _systems.decode(raw_system)
    event_id = _event_id(system.EventID)
    if event_id is None:
        return None
    provider = system.Provider_attributes or _attributes(system.Provider)
    created = system.TimeCreated_attributes or _attributes(system.TimeCreated)
    return Entry(
        event_id=event_id,
        provider=text(provider.Name) or "",
        channel=text(system.Channel) or "",
        computer=text(system.Computer) or _host_of(document),
        data=_data_in(raw_data) or Data(),
        written=created.SystemTime,
        received=(document.timestamp,),
    )


def _of_flat(event_id: int, document: _Document) -> Entry:
    data = _data_in(document.EventData) or _data_in(document.event_data) or document
    message = document.Message
    if (data.ProcessId is None or data.UtcTime is None) and type(message) is str and "UtcTime: " in message:
        # NXLog has a ProcessID of its own, and what takes the two names for one loses Sysmon's.
        _fill(data, message[:_MOST_MESSAGE])
    provider = text(document.SourceName or document.ProviderName or document.Source or document.source_name)
    return Entry(
        event_id=event_id,
        provider=provider or text(_attributes(document.Provider).Name) or "",
        channel=text(document.Channel) or text(document.EventLog) or "",
        computer=_host_of(document),
        data=data,
        written=document.TimeCreated,
        received=(document.timestamp, document.TimeGenerated, document.EventTime),
    )


def _fill(data: Data, message: str) -> None:
    """Add what only the event's text for people says."""
    said = msgspec.convert(dict(_MESSAGE_LINE.findall(message)), Data)
    for field in Data.__struct_fields__:
        if getattr(data, field) is None:
            setattr(data, field, getattr(said, field))


def _data_in(raw: Raw) -> Data | None:
    """Return EventData from an object by name, a list of Data, or a text that is XML or JSON."""
    value = bytes(raw)
    if value[:1] == b'"':
        inner = str(_objects.decode(value))
        if "<Data" in inner:
            return data_of(inner)
        value = inner.strip().encode("utf-8", "replace")
    if value[:1] != b"{":
        return None
    tree = _trees.decode(value) if b'"Data"' in value else None
    if tree is not None and isinstance(listed := tree.get("Data"), list):
        return msgspec.convert(dict(map(_pair, listed)), Data)
    return _data.decode(value)


def _pair(item: object) -> tuple[str, object]:
    """Return name and value of an element of a list of Data."""
    if not isinstance(item, dict):
        return "", None
    attributes = item.get("#attributes")
    name = item.get("@Name") or item.get("Name") or (attributes.get("Name") if isinstance(attributes, dict) else None)
    return str(name), next((item[key] for key in ("#text", "Value", "content", "text", "$t") if key in item), None)


def _object(raw: Raw) -> Raw | None:
    return raw if bytes(raw)[:1] == b"{" else None


def _attributes(raw: Raw) -> _Attributes:
    """Return the name or the time that an element's attributes give, or its own value for either."""
    if not bytes(raw):
        return _Attributes()
    if _object(raw) is not None:
        return _named.decode(raw).inner()
    value = _objects.decode(raw)
    return _Attributes(value, value)


def _event_id(value: object) -> int | None:
    if isinstance(value, dict):
        value = next((value[key] for key in ("#text", "Value", "text", "$t") if key in value), None)
    return number(value)


def _host_of(document: _Document) -> str | None:
    """Return the host that an event is of; `host` may be the collector, and comes last."""
    for value in (
        document.Computer,
        document.Hostname,
        document.HostName,
        document.computer_name,
        document.MachineName,
    ):
        if (said := text(value)) is not None:
            return said
    if not bytes(document.host):
        return None
    if _object(document.host) is None:
        return text(_objects.decode(document.host))
    host = _hosts.decode(document.host)
    return text(host.name) or text(host.hostname)
