"""Build the events of one ECS document, once it is known what was done."""

from typing import Any

from app.errors import RecordRejected
from app.events import (
    AnyEvent,
    ConnectionIn,
    ConnectionOut,
    FileDeleted,
    FileHashed,
    FileRead,
    FileWritten,
    NameResolved,
    PortListening,
    PrivilegeChanged,
    ProcessEnded,
    ProcessStarted,
)
from app.sources import Context
from app.sources._ecs_auditd import account, data_of, exit_code, files_of, is_audit
from app.sources._ecs_logins import logged_in
from app.sources._ecs_shapes import Answer, Dns, Document, Event, File, Hash
from app.sources._ecs_who import ip_of, real, side, when, who, words
from app.sources._moments import instant
from app.sources._network import address, port_of, protocol_of
from app.sources._paths import absolute
from app.sources._values import natural_of, number_of, present, sha256_of

_FILES: dict[str, type[FileWritten | FileRead | FileDeleted]] = {
    "written": FileWritten,
    "read": FileRead,
    "deleted": FileDeleted,
}


def built(acts: tuple[str, ...], document: Document, event: Event, context: Context) -> list[AnyEvent]:
    """Return the events of what was done; none where the document lacks what they are about."""
    if acts == ("login",):
        return logged_in(document, event, when(document, event, context))
    said = who(document, event, context)
    events: list[AnyEvent] = []
    for act in acts:
        match act:
            case "started":
                events += _started(document, said)
            case "running":
                events += _running(document, said)
            case "ended":
                events += _ended(document, said)
            case "out" | "in":
                events += _connected(document, event, said, act == "out")
            case "listening":
                events += _listening(document, said)
            case "resolved":
                events += _resolved(document.dns or Dns(), said)
            case "files":
                events += [
                    _FILES[how](**said, path=absolute(path, said["cwd"])) for how, path in files_of(document, event)
                ]
            case "written" | "read" | "deleted":
                events += [_FILES[act](**said, path=absolute(path, said["cwd"])) for path in _path(document)]
            case "opened":
                events += _opened(document, event, said)
            case "hashed":
                events += _hashed(document, said)
            case _:
                events += _became(document, act, said)
    return events


def _known(said: dict[str, Any]) -> None:
    if said["process"] is None and (said["pid"] is None or said["binary"] is None):
        raise RecordRejected("it names neither process.entity_id nor process.pid and process.executable")


def _started(document: Document, said: dict[str, Any]) -> list[AnyEvent]:
    _known(said)
    events: list[AnyEvent] = [ProcessStarted(**said)]
    events += _own_hash(document, said)
    before, name = real(document)
    if before is not None and said.get("uid") is not None and before != said["uid"]:
        was = {**said, "uid": before, "user": name}
        events.append(PrivilegeChanged(**was, target_uid=said["uid"], target_user=said.get("user")))
    return events


def _running(document: Document, said: dict[str, Any]) -> list[AnyEvent]:
    start = instant(document.process.start) if document.process else None
    if start is None:
        return _own_hash(document, said)
    return _started(document, {**said, "at": start, "started_at": start})


def _own_hash(document: Document, said: dict[str, Any]) -> list[AnyEvent]:
    digests = document.process.hash if document.process else None
    digest = sha256_of(digests.sha256) if digests else None
    path = said["binary"]
    return [FileHashed(**said, path=path, sha256=digest)] if digest and path else []


def _ended(document: Document, said: dict[str, Any]) -> list[AnyEvent]:
    _known(said)
    process = document.process
    code = number_of(process.exit_code) if process else None
    if code is None and is_audit(document, Event()):
        code = exit_code(document)
    at = instant(process.end) if process and process.end else None
    return [
        ProcessEnded(
            **{**said, "at": said["at"] if at is None else at},
            exit_code=code,
        )
    ]


def _connected(document: Document, event: Event, said: dict[str, Any], out: bool) -> list[AnyEvent]:
    source, destination = side(document.source), side(document.destination)
    remote, local = (destination, source) if out else (source, destination)
    remote_ip, remote_port = ip_of(remote), port_of(remote.port)
    if remote_ip is None and is_audit(document, event):
        remote_ip, remote_port = _of_socket(document)
    if remote_ip is None:
        return []
    # A flow is written when it is over; it says when it began.
    began = instant(event.start) if event.start else None
    kind = ConnectionOut if out else ConnectionIn
    transport = document.network.transport if document.network else None
    return [
        kind(
            **{**said, "at": said["at"] if began is None else began},
            remote_ip=remote_ip,
            remote_port=remote_port or 0,
            protocol=protocol_of(transport),
            local_ip=ip_of(local),
            local_port=port_of(local.port),
            bytes_out=natural_of(local.bytes),
            bytes_in=natural_of(remote.bytes),
        )
    ]


def _listening(document: Document, said: dict[str, Any]) -> list[AnyEvent]:
    ip, port = _of_socket(document)
    for one in (side(document.destination), side(document.source)):
        ip, port = (ip, port) if port is not None else (ip_of(one), port_of(one.port))
    transport = document.network.transport if document.network else None
    return [PortListening(**said, port=port, ip=ip, protocol=protocol_of(transport))] if port else []


def _of_socket(document: Document) -> tuple[str | None, int | None]:
    """Return the address that auditd's SOCKADDR says, whichever side it is."""
    data = data_of(document)
    if data.socket is not None:
        return address(data.socket.addr), port_of(data.socket.port)
    return address(data.socket_addr), port_of(data.socket_port)


def _resolved(dns: Dns, said: dict[str, Any]) -> list[AnyEvent]:
    name = present((dns.question.name or "").strip().rstrip(".")) if dns.question else None
    if name is None:
        return []
    given = [dns.answers] if isinstance(dns.answers, Answer) else dns.answers or []
    texts = (*words(dns.resolved_ip), *(answer.data for answer in given))
    answers = dict.fromkeys(ip for text in texts if (ip := address(text)))
    return [NameResolved(**said, domain=name, answers=tuple(answers))]


def _path(document: Document) -> list[str]:
    file = document.file
    path = present(file) if isinstance(file, str) else present(file.path) if file else None
    if isinstance(file, File) and file.type in ("dir", "directory", "socket", "pipe", "fifo"):
        return []
    return [path] if path else []


def _opened(document: Document, event: Event, said: dict[str, Any]) -> list[AnyEvent]:
    if event.outcome == "failure":
        return []
    extension = document.file.extension if isinstance(document.file, File) else None
    modes = words(extension.access.mode) if extension and extension.access else ()
    kind = FileWritten if any("write" in mode.lower() for mode in modes) else FileRead
    return [kind(**said, path=absolute(path, said["cwd"])) for path in _path(document)]


def _hashed(document: Document, said: dict[str, Any]) -> list[AnyEvent]:
    digests = document.file.hash if isinstance(document.file, File) else None
    if digests is None and isinstance(document.hash, Hash):
        digests = document.hash
    digest = sha256_of(digests.sha256) if digests else None
    events: list[AnyEvent] = []
    if digest is not None:
        events += [FileHashed(**said, path=absolute(path, said["cwd"]), sha256=digest) for path in _path(document)]
    return events or _own_hash(document, said)


def _became(document: Document, act: str, said: dict[str, Any]) -> list[AnyEvent]:
    """Return the change of user by a system call, by the session of su or sudo, or told by sudo's log."""
    auth = document.system.auth if document.system else None
    if act == "sudo":
        if auth is None or auth.sudo is None or auth.sudo.error or not present(auth.sudo.user):
            return []
        named = present(auth.user) or said.get("user")
        was = {**said, "user": named, "uid": None, "binary": said["binary"] or "sudo"}
        return [PrivilegeChanged(**was, target_user=present(auth.sudo.user))]
    _known(said)
    _, name = account(document)
    target, target_name = said.get("uid"), said.get("user")
    if name is not None:
        # The session of su or sudo: the account is whom it became, and the process was its caller's.
        if said.get("login_uid") is None:
            return []
        return [PrivilegeChanged(**{**said, "uid": None, "user": None}, target_user=name)]
    if target is None:
        return []
    if is_audit(document, Event()) and said.get("login_uid") in (None, target):
        return []
    before, before_name = real(document)
    was = {**said, "uid": None, "user": None}
    if before not in (None, target):
        was |= {"uid": before, "user": before_name}
    return [PrivilegeChanged(**was, target_uid=target, target_user=target_name)]
