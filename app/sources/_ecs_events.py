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
    LoggedIn,
    NameResolved,
    PortListening,
    PrivilegeChanged,
    ProcessEnded,
    ProcessStarted,
)
from app.sources import Context
from app.sources._ecs_auditd import account, data_of, exit_code, failed, files_of, is_audit, log_of, program_of
from app.sources._ecs_shapes import Answer, Dns, Document, Endpoint, Event, File, Hash, User
from app.sources._ecs_who import effective, real, when, who, words
from app.sources._values import address, instant, natural, port_of, present, sha256_of, user_id

_FILES = {"written": FileWritten, "read": FileRead, "deleted": FileDeleted}
_CODES = 2**63


def built(acts: tuple[str, ...], document: Document, event: Event, context: Context) -> list[AnyEvent]:
    """Return the events of what was done; none where the document lacks what they are about."""
    if acts == ("login",):
        return _logged_in(document, event, when(document, event, context))
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
                events += [_FILES[how](**said, path=_absolute(path, said)) for how, path in files_of(document, event)]
            case "written" | "read" | "deleted":
                events += [_FILES[act](**said, path=_absolute(path, said)) for path in _path(document)]
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
    code = process.exit_code if process else None
    if isinstance(code, str):
        code = int(code) if code.lstrip("-").isdigit() and code.isascii() and len(code) < 19 else None
    if code is None and is_audit(document, Event()):
        code = exit_code(document)
    at = instant(process.end) if process and process.end else None
    return [
        ProcessEnded(
            **{**said, "at": said["at"] if at is None else at},
            exit_code=code if code is not None and -_CODES <= code < _CODES else None,
        )
    ]


def _connected(document: Document, event: Event, said: dict[str, Any], out: bool) -> list[AnyEvent]:
    source, destination = _side(document.source), _side(document.destination)
    remote, local = (destination, source) if out else (source, destination)
    remote_ip, remote_port = _ip(remote), port_of(remote.port)
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
            protocol=(present(transport) or "tcp").lower(),
            local_ip=_ip(local),
            local_port=port_of(local.port),
            bytes_out=natural(local.bytes),
            bytes_in=natural(remote.bytes),
        )
    ]


def _listening(document: Document, said: dict[str, Any]) -> list[AnyEvent]:
    ip, port = _of_socket(document)
    for side in (_side(document.destination), _side(document.source)):
        ip, port = (ip, port) if port is not None else (_ip(side), port_of(side.port))
    transport = document.network.transport if document.network else None
    return [PortListening(**said, port=port, ip=ip, protocol=(transport or "tcp").lower())] if port else []


def _of_socket(document: Document) -> tuple[str | None, int | None]:
    """Return the address that auditd's SOCKADDR says, whichever side it is."""
    data = data_of(document)
    if data.socket is not None:
        return address(data.socket.addr), port_of(data.socket.port)
    return address(data.socket_addr), port_of(data.socket_port)


def _side(side: Endpoint | str | None) -> Endpoint:
    # Filebeat 6 has the file that it read in `source`.
    return side if isinstance(side, Endpoint) else Endpoint()


def _ip(side: Endpoint) -> str | None:
    return next((ip for text in words(side.ip) if (ip := address(text))), None) or address(side.address)


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


def _absolute(path: str, said: dict[str, Any]) -> str:
    cwd = said["cwd"]
    if path.startswith("/") or not cwd or not cwd.startswith("/"):
        return path
    return f"{cwd.rstrip('/')}/{path.removeprefix('./')}"


def _opened(document: Document, event: Event, said: dict[str, Any]) -> list[AnyEvent]:
    if event.outcome == "failure":
        return []
    extension = document.file.extension if isinstance(document.file, File) else None
    modes = words(extension.access.mode) if extension and extension.access else ()
    kind = FileWritten if any("write" in mode.lower() for mode in modes) else FileRead
    return [kind(**said, path=_absolute(path, said)) for path in _path(document)]


def _hashed(document: Document, said: dict[str, Any]) -> list[AnyEvent]:
    digests = document.file.hash if isinstance(document.file, File) else None
    if digests is None and isinstance(document.hash, Hash):
        digests = document.hash
    digest = sha256_of(digests.sha256) if digests else None
    events: list[AnyEvent] = []
    if digest is not None:
        events += [FileHashed(**said, path=_absolute(path, said), sha256=digest) for path in _path(document)]
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


def _logged_in(document: Document, event: Event, when: dict[str, Any]) -> list[AnyEvent]:
    uid, name, method = _who_logged_in(document)
    source, log = _side(document.source), log_of(document)
    auth = document.system.auth if document.system else None
    success = not failed(document, event)
    remote = _ip(source) or (address(log.addr) if log else None)
    if auth is not None and auth.ssh is not None:
        remote = remote or address(auth.ssh.ip)
        if event.outcome is None:
            success = auth.ssh.event == "Accepted"
            if auth.ssh.event is None:
                return []
    if name is None and uid is None:
        return []
    user = document.user if isinstance(document.user, User) else None
    session = document.session if document.session is not None else document.auditd.session if document.auditd else None
    if session is None and log is not None:
        session = log.ses
    number = user_id(session)
    return [
        LoggedIn(
            **when,
            user=name,
            uid=uid,
            user_domain=present(user.domain) if user else None,
            remote_ip=remote,
            session=None if number is None else str(number),
            method=method,
            success=success,
        )
    ]


def _who_logged_in(document: Document) -> tuple[int | None, str | None, str | None]:
    """Return number and name of the account, and the program that let it in."""
    method = program_of(document)
    user = document.user if isinstance(document.user, User) else User()
    auth = document.system.auth if document.system else None
    if not is_audit(document, Event()):
        uid, name = effective(user)
        if name is None and auth is not None:
            name = present(auth.user)
        if method is None and auth is not None and auth.ssh is not None:
            method = "sshd"
        return uid, name or (present(document.user) if isinstance(document.user, str) else None), method
    uid, name = account(document)
    login = user.audit or User(identity=user.auid if user.auid is not None else user.ids.auid if user.ids else None)
    if name is None and user.effective is not None:
        name = present(user.effective.name)
    if uid is None and user.effective is not None and user.effective.identity is not None:
        uid = user_id(user.effective.identity)
    if uid is None and (present(login.name) in (None, name) or name is None):
        uid, name = user_id(login.identity), name or present(login.name)
    return uid, name, method
