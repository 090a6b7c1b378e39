"""Read records of the Open Cybersecurity Schema Framework, from the release candidates of 1.0 to 1.x.

First stage of the flow: knows OCSF and nothing of the graph. Taken are the classes of processes (1007),
files (1001), connections (4001), look-ups (4003), HTTP requests (4002), logins (3002) and API activity (6003).
Records may lie in {"events": […]}, an array, or `message`.

- `process` is the process's own uid. The parent is `parent_process`; the actor where there is none.
- Times are milliseconds by the standard; seconds and texts without an offset, which are UTC, are met too.
- The host is the device; without one, the side of a connection that it is seen from.
- A connection's end is ignored, unless it says when it began.
- Of whatever class a record is that names an API's operation and no device, it tells of a call: clouds tell of
  logins and of changes to accounts so.
- A launch that lists loaded modules is a script's call told as a process (Windows 4103), and is ignored.
"""

from typing import Any

import msgspec

from app.errors import RecordRejected
from app.events import (
    AnyEvent,
    ConnectionIn,
    ConnectionOut,
    FileDeleted,
    FileHashed,
    FileRead,
    FileWritten,
    LoggedIn,
    NameResolved,
    PortListening,
    PrivilegeChanged,
    ProcessEnded,
    ProcessStarted,
)
from app.sources import Context, Ignored, Record, Taken, _lenient
from app.sources._envelopes import USUAL, document_in
from app.sources._lists import in_lists
from app.sources._moments import instant
from app.sources._network import address, port_of
from app.sources._ocsf_calls import called, is_call
from app.sources._ocsf_shapes import Actor, Connection, Device, Endpoint, Event, Process, Traffic, Unmapped, User
from app.sources._ocsf_who import binary_of, digest_of, path_of, pid_of, protocol_in, when, who
from app.sources._values import natural_of, number_id, number_of, present, sha256_of, text_of

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "Open Cybersecurity Schema Framework"
TAKES = ("process", "network", "dns", "file", "login", "privilege", "cloud")

records = in_lists()

_events: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)

FILE, PROCESS, LOGIN, NETWORK, HTTP, DNS, API = 1001, 1007, 3002, 4001, 4002, 4003, 6003
_CLASSES = {FILE: "file_activity", PROCESS: "process_activity", LOGIN: "authentication", NETWORK: "network_activity",
            HTTP: "http_activity", DNS: "dns_activity", API: "api_activity"}  # fmt: skip
_FILES: dict[int, type[FileWritten | FileRead | FileDeleted]] = {
    1: FileWritten, 2: FileRead, 3: FileWritten, 4: FileDeleted, 5: FileWritten, 14: FileRead,
}  # fmt: skip
_FAILED = 2
_INBOUND, _OUTBOUND = 1, 2


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return what one record says; raises RecordRejected when it cannot be told."""
    event = _lenient.read(record.raw, _events, Event)
    if event.class_uid is None and event.type_uid is None:
        inner = document_in(record.raw, *USUAL)
        event = _lenient.read(inner, _events, Event) if inner else event
    type_uid = natural_of(event.type_uid)
    kind = natural_of(event.class_uid)
    if not kind and type_uid and type_uid >= 100:
        kind = type_uid // 100
    activity = natural_of(event.activity_id)
    if activity is None and type_uid is not None:
        activity = type_uid % 100
    if kind is None:
        raise RecordRejected("not a record of OCSF's: it has no class_uid")
    if is_call(event) and kind not in (FILE, PROCESS, NETWORK, HTTP, DNS):
        return Taken(record, (called(event, None if kind == LOGIN else activity or 0, context),))
    build = _BUILDERS.get(kind)
    events = build(event, activity or 0, context) if build else []
    return Taken(record, tuple(events)) if events else Ignored(record, _kind(kind, activity or 0, event))


def _kind(kind: int, activity: int, event: Event) -> str:
    name = _CLASSES.get(kind)
    if name is None:
        return event.class_name or f"class {kind}"
    failed = " that failed" if natural_of(event.status_id) == _FAILED else ""
    return f"{name} {activity}{failed}"


def _process(event: Event, activity: int, context: Context) -> list[AnyEvent]:
    process = event.process
    if process is None or activity not in (1, 2, 5) or natural_of(event.status_id) == _FAILED:
        return []
    if activity == 1 and process.loaded_modules:
        return []
    actor = (event.actor or Actor()).process
    said = who(when(event, context), event, process, process.parent_process or actor)
    if said["process"] is None and (said["pid"] is None or said["binary"] is None):
        raise RecordRejected("process: it names neither uid nor pid and file.path")
    if activity == 1:
        return [ProcessStarted(**said), *_hashed(said, event, said["binary"], digest_of(process.file))]
    if activity == 2:
        return [ProcessEnded(**said, exit_code=number_of(event.exit_code))]
    before, after = (event.actor or Actor()).user or User(), event.user or process.user or User()
    target, name = number_id(after.uid), present(after.name)
    if target is None and name is None:
        return []
    was = {**said, "uid": number_id(before.uid), "user": present(before.name)}
    return [PrivilegeChanged(**was, target_uid=target, target_user=name)]


def _hashed(said: dict[str, Any], event: Event, path: str | None, digest: str | None) -> list[AnyEvent]:
    digest = digest or sha256_of((event.unmapped or Unmapped()).SHA256HashData)
    return [FileHashed(**said, path=path, sha256=digest)] if path and digest else []


def _file(event: Event, activity: int, context: Context) -> list[AnyEvent]:
    if natural_of(event.status_id) == _FAILED:
        return []
    renamed = activity == 5 and event.file_result is not None
    file = event.file_result if renamed else event.file
    path = path_of(file)
    if path is None:
        return []
    actor = (event.actor or Actor()).process
    said = who(when(event, context), event, actor, actor.parent_process if actor else None)
    kind = _FILES.get(activity)
    events: list[AnyEvent] = [kind(**said, path=path)] if kind else []
    digest = digest_of(file)
    return events + ([FileHashed(**said, path=path, sha256=digest)] if digest and activity != 4 else [])


def _network(event: Event, activity: int, context: Context) -> list[AnyEvent]:
    began = instant(event.start_time)
    if activity in (2, 3) and began is None:
        return []
    source, destination = event.src_endpoint or Endpoint(), event.dst_endpoint or Endpoint()
    out = _is_outbound(event, source, destination)
    local, remote = (source, destination) if out else (destination, source)
    if activity == 7:
        side = destination if port_of(destination.port) else source
        port = port_of(side.port)
        said = _of_actor(event, when(event, context, side))
        return [PortListening(**said, port=port, protocol=protocol_in(event), ip=address(side.ip))] if port else []
    remote_ip = address(remote.ip)
    if remote_ip is None:
        return []
    said = _of_actor(event, when(event, context, local))
    if began is not None:
        said["at"] = began
    traffic = event.traffic or Traffic()
    sent, got = natural_of(traffic.bytes_out), natural_of(traffic.bytes_in)
    kind = ConnectionOut if out else ConnectionIn
    return [
        kind(
            **said,
            remote_ip=remote_ip,
            remote_port=port_of(remote.port) or 0,
            protocol=protocol_in(event),
            local_ip=address(local.ip),
            local_port=port_of(local.port),
            bytes_out=sent if out else got,
            bytes_in=got if out else sent,
        )
    ]


def _is_outbound(event: Event, source: Endpoint, destination: Endpoint) -> bool:
    info = event.connection_info or Connection()
    direction = natural_of(info.direction_id)
    if direction in (_INBOUND, _OUTBOUND):
        return direction == _OUTBOUND
    said = (info.direction or "").lower()
    if said in ("inbound", "outbound"):
        return said == "outbound"
    device = event.device or Device()
    for own, theirs, here in ((device.uid, destination.uid, source.uid), (device.ip, destination.ip, source.ip)):
        if own and own == theirs and own != here:
            return False
    return True


def _of_actor(event: Event, said: dict[str, Any]) -> dict[str, Any]:
    actor = (event.actor or Actor()).process
    return who(said, event, actor, actor.parent_process if actor else None)


def _dns(event: Event, activity: int, context: Context) -> list[AnyEvent]:
    name = present((event.query.hostname or "").strip().rstrip(".")) if event.query else None
    if name is None:
        return []
    answers = dict.fromkeys(ip for answer in event.answers or () if (ip := address(answer.rdata)))
    said = _of_actor(event, when(event, context, event.src_endpoint))
    return [NameResolved(**said, domain=name, answers=tuple(answers))]


def _http(event: Event, activity: int, context: Context) -> list[AnyEvent]:
    url = event.http_request.url if event.http_request else None
    name = present((url.hostname or "").strip().rstrip(".")) if url else None
    process = (event.actor or Actor()).process or Process()
    source, destination = event.src_endpoint or Endpoint(), event.dst_endpoint or Endpoint()
    # Without one that asks there is only a server's log, and a visitor's name for it is not of the host's.
    asks = event.device is not None or pid_of(process) is not None or binary_of(process) is not None
    if name is None or address(name) or not asks or not _is_outbound(event, source, destination):
        return []
    ip = address(destination.ip)
    said = _of_actor(event, when(event, context, source))
    return [NameResolved(**said, domain=name, answers=(ip,) if ip else ())]


def _login(event: Event, activity: int, context: Context) -> list[AnyEvent]:
    user = event.user or (event.actor or Actor()).user or User()
    name, uid = present(user.name), number_id(user.uid)
    if activity != 1 or (name is None and uid is None):
        return []
    source = event.src_endpoint or Endpoint()
    session = event.session.uid if event.session else None
    method = present(event.service.name) if event.service else None
    if method is None and event.logon_process is not None:
        method = (binary_of(event.logon_process) or "").rpartition("/")[2] or None
    said = when(event, context, event.dst_endpoint)
    return [
        LoggedIn(
            **said,
            user=name,
            uid=uid,
            user_domain=present(user.domain),
            remote_ip=address(source.ip),
            session=text_of(session),
            method=method or present(event.auth_protocol),
            success=natural_of(event.status_id) != _FAILED,
        )
    ]


_BUILDERS = {FILE: _file, PROCESS: _process, LOGIN: _login, NETWORK: _network, HTTP: _http, DNS: _dns}
