"""Who did what Tracee saw: host, process, user and container, out of either shape of its events.

Knows how Tracee names processes, and nothing of what they did.
"""

from typing import Any

import msgspec

from app.errors import RecordRejected
from app.sources import Context
from app.sources._containers import container_id, image_reference
from app.sources._moments import from_nanoseconds, stamped
from app.sources._tracee_arguments import Arguments
from app.sources._tracee_shapes import Container, Credentials, Document, Image, Process, Thread, bare
from app.sources._values import Value, natural_of, number_id, number_of, text_of

_credentials: msgspec.json.Decoder[Credentials] = msgspec.json.Decoder(Credentials)


def who_did_it(document: Document, context: Context) -> dict[str, Any]:
    """Return all that an event says of when, where and which process, as an event's fields."""
    at = stamped(document.timestamp)
    if at is None:
        raise RecordRejected("timestamp: not a moment" if document.timestamp else "it has no timestamp")
    who: dict[str, Any] = {"at": at, "sensor": "tracee"}
    workload = document.workload
    if workload is not None or not document.eventName:
        host = text_of(document.hostName) or context.host
        who |= _newer(workload.process if workload and workload.process else Process())
        container = workload.container if workload else None
    else:
        container = document.container
        if container is None or container.id is None:
            container = Container(id=document.containerId, image=document.containerImage)
        is_inside = container_id(text_of(container.id)) is not None
        host = (context.host if is_inside else None) or text_of(document.hostName) or context.host
        who |= _older(document)
    if not host:
        raise RecordRejected("the host is not known: the event names none and none was given (--host)")
    who["host"] = host
    if container is not None and (id := container_id(text_of(container.id))):
        who["container"] = id
        who["image"] = _reference(container)
    return who


def _older(document: Document) -> dict[str, Any]:
    pid = natural_of(document.hostProcessId)
    if pid is None:
        pid = natural_of(document.processId)
    thread = natural_of(document.hostThreadId)
    is_first = thread is None or thread == pid
    start = natural_of(document.threadStartTime) if is_first else None
    parent_pid = natural_of(document.hostParentProcessId)
    return {
        "pid": pid,
        "process": _entity(document.processEntityId) or (f"{start}:{pid}" if start and pid else None),
        "started_at": from_nanoseconds(start),
        "binary": (text_of(document.executable.path) if document.executable else None)
        or (text_of(document.processName) if is_first else None),
        "uid": number_id(document.userId),
        "parent": _entity(document.parentEntityId),
        "parent_pid": parent_pid or natural_of(document.parentProcessId) or None,
    }


def _newer(process: Process) -> dict[str, Any]:
    pid = natural_of(bare(process.host_pid))
    if pid is None:
        pid = natural_of(bare(process.hostPid))
    if pid is None:
        pid = natural_of(bare(process.pid))
    thread = process.thread or Thread()
    thread_id = natural_of(bare(thread.host_tid))
    if thread_id is None:
        thread_id = natural_of(bare(thread.hostTid))
    is_first = thread_id is None or thread_id == pid
    # The first thread's own id is that of its process.
    own = _entity(bare(thread.unique_id)) if is_first else None
    user = process.real_user or process.realUser
    parent = process.ancestors[0] if process.ancestors else Process()
    parent_pid = natural_of(bare(parent.host_pid)) or natural_of(bare(parent.hostPid)) or natural_of(bare(parent.pid))
    return {
        "pid": pid,
        "process": _entity(bare(process.unique_id)) or _entity(bare(process.uniqueId)) or own,
        "started_at": stamped(thread.start_time) or stamped(thread.startTime) if is_first else None,
        "binary": (text_of(process.executable.path) if process.executable else None)
        or (text_of(thread.name) if is_first else None),
        "uid": number_id(bare(user.id)) if user else None,
        "parent": _entity(bare(parent.unique_id)) or _entity(bare(parent.uniqueId)),
        "parent_pid": parent_pid or None,
        "parent_binary": text_of(parent.executable.path) if parent.executable else None,
    }


def _entity(value: Value) -> str | None:
    found = number_of(value)
    return str(found) if found else None


def _reference(container: Container) -> str | None:
    """Return an image's reference with its digest, as far as both are said."""
    image = container.image
    if isinstance(image, Image):
        name, digests = text_of(image.name), image.repo_digests
        digest = digests[0] if digests else None
    else:
        name, digest = text_of(image), text_of(container.imageDigest)
    return image_reference(name, digest=digest)


def effective_uid(args: Arguments, name: str) -> int | None:
    """Return the effective user of credentials."""
    found = args.read(name, _credentials)
    if found is None:
        return None
    euid = natural_of(bare(found.euid))
    return number_id(bare(found.Euid) if euid is None else euid)
