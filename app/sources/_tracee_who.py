"""Who did what Tracee saw: host, process, user and container, out of either shape of its events.

Knows how Tracee names processes, and nothing of what they did.
"""

from typing import Any

import msgspec

from app.errors import RecordRejected
from app.sources import Context
from app.sources._scalars import Scalar, natural, number, stamped, text
from app.sources._tracee_arguments import Arguments
from app.sources._tracee_shapes import Container, Credentials, Document, Image, Process, Thread, bare
from app.sources._values import from_nanoseconds, number_id

_credentials: msgspec.json.Decoder[Credentials] = msgspec.json.Decoder(Credentials)


def who_did_it(document: Document, context: Context) -> dict[str, Any]:
    """Return all that an event says of when, where and which process, as an event's fields."""
    at = stamped(document.timestamp)
    if at is None:
        raise RecordRejected("timestamp: not a moment" if document.timestamp else "it has no timestamp")
    who: dict[str, Any] = {"at": at, "sensor": "tracee"}
    workload = document.workload
    if workload is not None or not document.eventName:
        host = text(document.hostName) or context.host
        who |= _newer(workload.process if workload and workload.process else Process())
        container = workload.container if workload else None
    else:
        container = document.container
        if container is None or container.id is None:
            container = Container(id=document.containerId, image=document.containerImage)
        inside = text(container.id) not in (None, "host")
        host = (context.host if inside else None) or text(document.hostName) or context.host
        who |= _older(document)
    if not host:
        raise RecordRejected("the host is not known: the event names none and none was given (--host)")
    who["host"] = host
    if container is not None and (id := text(container.id)) and id != "host":
        who["container"] = id
        who["image"] = _reference(container)
    return who


def _older(document: Document) -> dict[str, Any]:
    pid = natural(document.hostProcessId)
    if pid is None:
        pid = natural(document.processId)
    thread = natural(document.hostThreadId)
    is_first = thread is None or thread == pid
    start = natural(document.threadStartTime) if is_first else None
    parent_pid = natural(document.hostParentProcessId)
    return {
        "pid": pid,
        "process": _entity(document.processEntityId) or (f"{start}:{pid}" if start and pid else None),
        "started_at": from_nanoseconds(start),
        "binary": (text(document.executable.path) if document.executable else None)
        or (text(document.processName) if is_first else None),
        "uid": number_id(natural(document.userId)),
        "parent": _entity(document.parentEntityId),
        "parent_pid": parent_pid or natural(document.parentProcessId) or None,
    }


def _newer(process: Process) -> dict[str, Any]:
    pid = natural(bare(process.host_pid))
    if pid is None:
        pid = natural(bare(process.hostPid))
    if pid is None:
        pid = natural(bare(process.pid))
    thread = process.thread or Thread()
    thread_id = natural(bare(thread.host_tid))
    if thread_id is None:
        thread_id = natural(bare(thread.hostTid))
    is_first = thread_id is None or thread_id == pid
    # The first thread's own id is that of its process.
    own = _entity(bare(thread.unique_id)) if is_first else None
    user = process.real_user or process.realUser
    parent = process.ancestors[0] if process.ancestors else Process()
    parent_pid = natural(bare(parent.host_pid)) or natural(bare(parent.hostPid)) or natural(bare(parent.pid))
    return {
        "pid": pid,
        "process": _entity(bare(process.unique_id)) or _entity(bare(process.uniqueId)) or own,
        "started_at": stamped(thread.start_time) or stamped(thread.startTime) if is_first else None,
        "binary": (text(process.executable.path) if process.executable else None)
        or (text(thread.name) if is_first else None),
        "uid": number_id(natural(bare(user.id))) if user else None,
        "parent": _entity(bare(parent.unique_id)) or _entity(bare(parent.uniqueId)),
        "parent_pid": parent_pid or None,
        "parent_binary": text(parent.executable.path) if parent.executable else None,
    }


def _entity(value: Scalar) -> str | None:
    found = number(value)
    return str(found) if found else None


def _reference(container: Container) -> str | None:
    """Return an image's reference with its digest, as far as both are said."""
    image = container.image
    if isinstance(image, Image):
        name, digests = text(image.name), image.repo_digests
        digest = digests[0].rpartition("@")[2] if digests else None
    else:
        name, digest = text(image), text(container.imageDigest)
    if name and digest and digest.startswith("sha256:") and "@" not in name:
        return f"{name}@{digest}"
    return name


def effective_uid(args: Arguments, name: str) -> int | None:
    """Return the effective user of credentials."""
    found = args.read(name, _credentials)
    if found is None:
        return None
    euid = natural(bare(found.euid))
    return number_id(natural(bare(found.Euid)) if euid is None else euid)
