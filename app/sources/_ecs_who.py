"""Who and where, out of an ECS document: the host, the moment, the process, its user, container and parent.

Knows the older names of each field beside ECS's own; the newest that is there counts.
"""

import re
from functools import lru_cache
from typing import Any

from app.errors import RecordRejected
from app.sources import Context
from app.sources._command_lines import arguments_in
from app.sources._containers import container_id, image_reference
from app.sources._ecs_shapes import Beat, Document, Endpoint, Event, Host, Image, Process, User
from app.sources._moments import instant
from app.sources._network import address
from app.sources._texts import arguments
from app.sources._values import identity, natural_of, number_id, present

_AUDIT_MOMENT = re.compile(r"audit\((\d{1,11})\.(\d{3}):")
_LOCAL_NAMES = frozenset(("localhost", "localhost.localdomain"))


def words(value: str | list[str] | None) -> tuple[str, ...]:
    """Return what may be one text or several as several."""
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)


def module_of(document: Document, event: Event) -> str:
    """Return who made the document: auditd, system, endpoint, file_integrity …"""
    if event.module:
        return event.module
    if document.fileset is not None and document.fileset.module:
        return document.fileset.module
    if event.dataset:
        return event.dataset.partition(".")[0]
    return "auditd" if document.auditd is not None or document.record_type is not None else ""


def when(document: Document, event: Event, context: Context) -> dict[str, Any]:
    """Return moment, host and sensor as an event's fields."""
    host = _host(document) or context.host
    if not host:
        raise RecordRejected("the host is not known: host.name is absent and none was given (--host)")
    return {"at": _at(document, event), "host": host, "sensor": "ecs"}


def _host(document: Document) -> str | None:
    host, auth = document.host, document.system.auth if document.system else None
    if auth is not None:
        # The shipper's own name is in host.name; the line may come from elsewhere.
        named = present(auth.hostname) or (present(host.hostname) if isinstance(host, Host) else None)
        if named and named not in _LOCAL_NAMES:
            return named
    named = (present(host.name) or present(host.hostname)) if isinstance(host, Host) else present(host)
    if named is None:
        for beat in (document.agent, document.beat):
            if isinstance(beat, Beat) and named is None:
                named = present(beat.hostname) or present(beat.name)
    if named is None and isinstance(host, Host):
        named = present(host.identity)
    if named is None and auth is not None:
        named = present(auth.hostname)
    return named


def _at(document: Document, event: Event) -> int:
    at = instant(document.timestamp)
    if at is None:
        at = instant(event.created)
    if at is None:
        for line in words(event.original)[:1]:
            found = _AUDIT_MOMENT.search(line)
            at = int(found.group(1)) * 1000 + int(found.group(2)) if found else None
    if at is None:
        raise RecordRejected("@timestamp: not a moment" if document.timestamp else "@timestamp: it is missing")
    return at


def who(document: Document, event: Event, context: Context) -> dict[str, Any]:
    """Return all that a document says of when, where and which process, as an event's fields."""
    found = when(document, event, context)
    process = document.process or Process()
    log = document.auditd.log if document.auditd else None
    found["pid"] = natural_of(process.pid)
    found["binary"] = _binary(process)
    found["process"] = identity(process.entity_id)
    if process.start is not None and module_of(document, event) == "system":
        # Found by polling, so that the document is later than the start; others are written as it happens.
        found["started_at"] = _start_of(process.start)
    if process.args:
        found["args"] = arguments(list(words(process.args)))
    found["command"] = process.command_line or None
    if not process.args:
        found["args"] = arguments_in(found["command"], found["binary"])
    found["cwd"] = process.working_directory or process.cwd or None
    _add_user(found, document)
    parent = process.parent
    found["parent_pid"] = natural_of(process.ppid)
    if parent is not None:
        _add_parent(found, parent)
    if log is not None:
        found["pid"] = found["pid"] if found["pid"] is not None else natural_of(log.pid)
        found["binary"] = found["binary"] or present(log.exe) or present(log.comm)
        found["parent_pid"] = found["parent_pid"] if found["parent_pid"] is not None else natural_of(log.ppid)
    container = document.container
    if container is not None and container.identity:
        found["container"] = container_id(container.identity)
        found["image"] = _reference(container.image)
    return found


def _binary(process: Process) -> str | None:
    return present(process.executable) or present(process.exe) or present(process.name)


def _add_parent(found: dict[str, Any], parent: Process) -> None:
    named = identity(parent.entity_id)
    if named != found["process"]:
        found["parent"] = named
    pid = natural_of(parent.pid)
    if pid is not None:
        found["parent_pid"] = pid
    found["parent_binary"] = _binary(parent)
    found["parent_args"] = arguments(list(words(parent.args)))
    found["parent_cwd"] = parent.working_directory or None
    if named is not None and parent.start:
        found["parent_started_at"] = _start_of(parent.start)
    user = parent.user
    if user is not None:
        found["parent_uid"] = number_id(user.identity)
        found["parent_user"] = present(user.name)


def _add_user(found: dict[str, Any], document: Document) -> None:
    """Add who acts, and who logged in."""
    audit, log = document.auditd, document.auditd.log if document.auditd else None
    user = document.user
    if isinstance(user, str):
        found["user"] = present(user)
    elif user is not None:
        found["uid"], found["user"] = effective(user)
        found["user_domain"] = present(user.domain)
        login = user.audit
        if login is not None:
            found["login_uid"], found["login_user"] = number_id(login.identity), present(login.name)
        else:
            ids, names = user.ids, user.name_map
            found["login_uid"] = number_id(user.auid if user.auid is not None else ids.auid if ids else None)
            found["login_user"] = _named(names.auid) if names and found["login_uid"] is not None else None
    if log is not None and found.get("uid") is None:
        found["uid"] = number_id(log.euid)
        found["login_uid"] = found.get("login_uid") or number_id(log.auid)
    session = document.session if document.session is not None else audit.session if audit else None
    if session is None and log is not None:
        session = log.ses
    number = number_id(session)
    found["session"] = None if number is None else str(number)


def effective(user: User) -> tuple[int | None, str | None]:
    """Return number and name of the user that a process acts as."""
    acting = user.effective
    if acting is not None and (acting.identity is not None or acting.name):
        number = number_id(acting.identity)
        return number, present(acting.name) or (present(user.name) if number == number_id(user.identity) else None)
    if user.euid is not None or user.ids is not None or user.uid is not None:
        number = number_id(user.euid if user.euid is not None else user.ids.euid if user.ids else user.uid)
        names = user.name_map
        return number, _named(names.euid if names.euid is not None else names.uid) if names else None
    return number_id(user.identity), present(user.name)


def real(document: Document) -> tuple[int | None, str | None]:
    """Return number and name of the user that a process was started by, whatever it acts as."""
    if document.process is not None and document.process.real_user is not None:
        return number_id(document.process.real_user.identity), present(document.process.real_user.name)
    user = document.user
    if not isinstance(user, User):
        return None, None
    if user.effective is not None:
        return number_id(user.identity), present(user.name)
    if user.euid is not None:
        return number_id(user.uid), _named(user.name_map.uid) if user.name_map else None
    return (number_id(user.ids.uid) if user.ids else None), None


def _named(name: str | int | None) -> str | None:
    return present(name) if isinstance(name, str) else None


def _reference(image: Image | None) -> str | None:
    return image_reference(image.name, next(iter(words(image.tag)), None)) if image else None


# All that a process does repeats when it started.
_start_of = lru_cache(maxsize=16384)(instant)


def side(found: Endpoint | str | None) -> Endpoint:
    """Return one side of a connection; nothing known of it where the field holds something else."""
    # Filebeat 6 has the file that it read in `source`.
    return found if isinstance(found, Endpoint) else Endpoint()


def ip_of(side: Endpoint) -> str | None:
    """Return the first address of a side."""
    return next((ip for text in words(side.ip) if (ip := address(text))), None) or address(side.address)
