"""Who and where, out of an OCSF record: the host, the moment, the process, its user, container and parent."""

from typing import Any

from app.errors import RecordRejected
from app.sources import Context
from app.sources._command_lines import arguments_in
from app.sources._containers import container_id, image_reference
from app.sources._moments import instant
from app.sources._network import protocol_of
from app.sources._ocsf_shapes import Actor, Connection, Container, Device, Endpoint, Event, File, Process, User
from app.sources._values import identity, natural_of, number_id, present, sha256_of, text_of

_NOBODY = frozenset(("NULL SID", "S-1-0-0"))


def when(event: Event, context: Context, *sides: Endpoint | None) -> dict[str, Any]:
    """Return moment, host and sensor as an event's fields; without a device the host is the first of `sides`."""
    host = _name_of(event.device)
    for side in sides:
        host = host or _name_of(side)
    host = host or context.host
    if not host:
        raise RecordRejected("the host is not known: there is no device and none was given (--host)")
    return {"at": moment_of(event), "host": host, "sensor": "ocsf"}


def moment_of(event: Event) -> int:
    """Return when it happened; raises RecordRejected where no field says so."""
    for said in (event.time, event.time_dt, event.metadata.original_time if event.metadata else None):
        at = instant(said)
        if at is not None:
            return at
    raise RecordRejected("time: not a moment" if event.time is not None else "time: it is missing")


def _name_of(device: Device | None) -> str | None:
    if device is None:
        return None
    instance = present(device.instance_uid) if isinstance(device, Endpoint) else None
    return present(device.hostname) or present(device.name) or present(device.uid) or instance or present(device.ip)


def who(said: dict[str, Any], event: Event, process: Process | None, parent: Process | None) -> dict[str, Any]:
    """Return the fields of a process that acts, or is acted upon, beside moment and host."""
    process = process or Process()
    actor = event.actor or Actor()
    found = {
        **said,
        "pid": pid_of(process),
        "binary": binary_of(process),
        "process": identity(text_of(process.uid)),
        "started_at": started_at(process),
        "command": process.cmd_line or None,
        "args": arguments_in(process.cmd_line, binary_of(process)),
        "cwd": process.working_directory or None,
        "session": _session(process, actor),
    }
    user = process.user if _is_known(process.user) else actor.user
    if user is not None and _is_known(user):
        found["user"], found["user_domain"], found["uid"] = (
            present(user.name),
            present(user.domain),
            number_id(user.uid),
        )
    container = process.container or event.container
    if container is not None and container.uid:
        found["container"] = container_id(container.uid)
        found["image"] = _reference(container)
    if parent is not None and not _is_same(parent, process):
        found["parent"] = identity(text_of(parent.uid))
        found["parent_pid"] = pid_of(parent)
        found["parent_binary"] = binary_of(parent)
        found["parent_started_at"] = started_at(parent)
        found["parent_cwd"] = parent.working_directory or None
        if parent.user is not None and _is_known(parent.user):
            found["parent_user"], found["parent_uid"] = present(parent.user.name), number_id(parent.user.uid)
    return found


def pid_of(process: Process) -> int | None:
    """Return a process's number; 0 and -1 stand for none."""
    return natural_of(process.pid) or None


def binary_of(process: Process) -> str | None:
    """Return what a process runs, by its path or else its name."""
    file = process.file or File()
    return path_of(file) or present(process.path) or present(file.name) or present(process.name)


def path_of(file: File | None) -> str | None:
    """Return a file's path, put together where it comes in parts."""
    if file is None:
        return None
    path, name, folder = present(file.path), present(file.name), present(file.parent_folder)
    if path is None and name and folder:
        return f"{folder.rstrip('/')}/{name}" if folder.startswith("/") else f"{folder.rstrip(chr(92))}\\{name}"
    return path


def started_at(process: Process) -> int | None:
    """Return when a process started, if that is said."""
    at = instant(process.created_time)
    return instant(process.created_time_dt) if at is None else at


def digest_of(file: File | None) -> str | None:
    """Return a file's SHA-256."""
    if file is None:
        return None
    for one in (*file.hashes, *file.fingerprints):
        if natural_of(one.algorithm_id) == 3 or (one.algorithm or "").upper().replace("-", "") == "SHA256":
            digest = sha256_of(one.value)
            if digest:
                return digest
    return None


def protocol_in(event: Event) -> str:
    """Return a connection's protocol in lower case."""
    info = event.connection_info or Connection()
    return protocol_of(info.protocol_name, info.protocol_num)


def _is_same(one: Process, other: Process) -> bool:
    if one.uid is not None and other.uid is not None:
        return one.uid == other.uid
    return pid_of(one) == pid_of(other) and binary_of(one) in (None, binary_of(other))


def _is_known(user: User | None) -> bool:
    return user is not None and (present(user.name) is not None or text_of(user.uid) not in (None, *_NOBODY))


def _session(process: Process, actor: Actor) -> str | None:
    for session in (process.session, actor.session):
        text = text_of(session.uid) if session else None
        # Session 0 is where nobody logged in.
        if text is not None and text.removeprefix("0x").strip("0"):
            return text
    return None


def _reference(container: Container) -> str | None:
    image = container.image
    if image is None:
        return None
    return image_reference(image.name, image.tag, image.uid) or image.uid or None
