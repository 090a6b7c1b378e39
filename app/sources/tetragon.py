"""Read Tetragon's JSON export, old and new: executions, exits, connections, file writes, hashes.

First stage of the flow: knows Tetragon's fields and nothing of the graph. Executions and exits come
without any policy; connections, writes and changes of user come from kprobes and LSM hooks that the
user's policies set, or from the enterprise edition's own events.

Identity is `exec_id`, base64 of "node:start:pid". Where the pid in it is another than the event's own
(cilium/tetragon#4349 and its like) it names some other execution, and the event goes by pid instead.
An embedded parent that is not the one that `parent_exec_id` names (#4999) is not believed.
Tetragon sees no DNS, and has content hashes only where IMA gives them to an LSM hook.
"""

from binascii import a2b_base64
from functools import lru_cache
from signal import Signals
from typing import Any

import msgspec

from app.errors import RecordRejected
from app.events import AnyEvent, ContainerStarted, PrivilegeChanged, ProcessEnded, ProcessStarted
from app.sources import Context, Ignored, Record, Taken
from app.sources._command_lines import quoted_arguments
from app.sources._containers import image_reference
from app.sources._envelopes import USUAL, document_in
from app.sources._lists import in_lists
from app.sources._moments import moment
from app.sources._rejections import DECODE_ERRORS, not_json
from app.sources._tetragon_hooks import function_of, of_connection, of_hook, of_listen
from app.sources._tetragon_shapes import Body, Container, Document, Image, Process
from app.sources._texts import arguments
from app.sources._values import number_id

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "Tetragon JSON export"
TAKES = ("process", "network", "file", "container", "privilege")

records = in_lists()

_documents: msgspec.json.Decoder[Document] = msgspec.json.Decoder(Document)
_keys: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return what one exported document says; raises RecordRejected when it cannot be told."""
    try:
        document = _documents.decode(record.raw)
    except DECODE_ERRORS as error:
        raise not_json(error) from error
    events: list[AnyEvent]
    if (started := document.process_exec) is not None:
        events = _started(started, _who(started, document, context))
        kind = "process_exec"
    elif (hook := document.process_kprobe) is not None:
        events = of_hook(hook, _who(hook, document, context))
        kind = f"process_kprobe {function_of(hook)}"
    elif (hook := document.process_lsm) is not None:
        events = of_hook(hook, _who(hook, document, context))
        kind = f"process_lsm {function_of(hook)}"
    elif (ended := document.process_exit) is not None:
        who = _who(ended, document, context)
        events, kind = [ProcessEnded(**who, exit_code=_exit_code(ended.status, ended.signal))], "process_exit"
    elif (connection := document.process_connect or document.process_accept) is not None:
        accepted = document.process_connect is None
        events = of_connection(connection, accepted, _who(connection, document, context))
        kind = "process_accept without an address" if accepted else "process_connect without an address"
    elif (listen := document.process_listen) is not None:
        events, kind = of_listen(listen, _who(listen, document, context)), "process_listen without a port"
    elif (inner := document_in(record.raw, *USUAL)) is not None:
        return parse(Record(inner, record.line), context)
    else:
        return Ignored(record, _kind(record.raw))
    return Taken(record, tuple(events)) if events else Ignored(record, kind)


def _kind(raw: bytes) -> str:
    """Return the kind of a document that is none of those that are read."""
    try:
        keys = list(_keys.decode(raw))
    except DECODE_ERRORS as error:
        raise not_json(error) from error
    for key in keys:
        if key.startswith("process_") and len(key) <= 32:
            return key
    raise RecordRejected("not an event of Tetragon's: it has no process_exec, process_exit, process_kprobe …")


def _who(body: Body, document: Document, context: Context) -> dict[str, Any]:
    """Return all that a record says of when, where and which process, as an event's fields."""
    process = body.process
    if process is None:
        raise RecordRejected("it has no process")
    node, pid = _execution(process.exec_id)
    host = document.node_name or node or context.host
    if not host:
        raise RecordRejected("the host is not known: node_name is absent and none was given (--host)")
    started_at = _start_of(process.start_time)
    at = moment(document.time) if document.time else started_at
    if at is None:
        raise RecordRejected("time: not a moment" if document.time else "it has neither time nor start_time")
    who: dict[str, Any] = {
        "at": at,
        "host": host,
        "sensor": "tetragon",
        "pid": process.pid,
        "binary": process.binary or None,
        "process": process.exec_id if process.exec_id and pid in (None, process.pid) else None,
        "started_at": started_at,
        "args": _argv(process),
        "command": f"{process.binary} {process.arguments}".strip() or None,
        "cwd": process.cwd or None,
        "uid": number_id(_uid(process)),
        "login_uid": number_id(process.auid),
    }
    # The account is of the real user: under a setuid program it is not the one that acts.
    if process.user is not None and process.user.name and _uid(process) in (None, process.uid):
        who["user"] = process.user.name
    container = process.pod.container if process.pod else None
    if container is not None:
        who["container"] = container.id.rpartition("://")[2] or process.docker or None
        who["image"] = _reference(container.image)
    elif process.docker:
        who["container"] = process.docker
    _add_parent(who, process, body.parent)
    return who


def _add_parent(who: dict[str, Any], process: Process, parent: Process | None) -> None:
    named = process.parent_exec_id
    if named and named != process.exec_id:
        who["parent"] = named
        who["parent_pid"] = _execution(named)[1]
    if parent is not None and (not named or parent.exec_id in ("", named)):
        if parent.exec_id and parent.exec_id != process.exec_id:
            who["parent"] = parent.exec_id
        who["parent_pid"] = parent.pid
        who["parent_binary"] = parent.binary or None
        who["parent_args"] = _argv(parent)
        who["parent_cwd"] = parent.cwd or None
        who["parent_started_at"] = _start_of(parent.start_time)
        who["parent_uid"] = number_id(_uid(parent))
        if parent.user is not None and parent.user.name:
            who["parent_user"] = parent.user.name


def _started(body: Body, who: dict[str, Any]) -> list[AnyEvent]:
    if who["process"] is None and (who["pid"] is None or who["binary"] is None):
        raise RecordRejected("it names neither exec_id nor pid and binary")
    events: list[AnyEvent] = [ProcessStarted(**who)]
    process = body.process
    file = process.binary_properties if process else None
    if file is not None and file.setuid is not None and file.privileges_changed and process is not None:
        before = process.process_credentials.uid if process.process_credentials else process.uid
        if before is not None and before != file.setuid:
            was = {**who, "uid": before, "user": process.user.name or None if process.user else None}
            events.append(PrivilegeChanged(**was, target_uid=file.setuid))
    pod = process.pod if process else None
    # Process 1 of a container is its start; later executions in it repeat what is said here.
    if pod is not None and pod.container is not None and pod.container.pid == 1:
        events += _container_started(pod.container, pod.namespace, who)
    return events


def _container_started(container: Container, namespace: str, who: dict[str, Any]) -> list[AnyEvent]:
    if not who["container"] or not who["image"]:
        return []
    started_at = moment(container.start_time)
    return [
        ContainerStarted(
            at=who["at"] if started_at is None else started_at,
            host=who["host"],
            sensor="tetragon",
            container=who["container"],
            image=who["image"],
            name=container.name or None,
            namespace=namespace or None,
        )
    ]


# All that a process does, and all its children, repeat when it started.
_start_of = lru_cache(maxsize=16384)(moment)


@lru_cache(maxsize=16384)
def _execution(exec_id: str) -> tuple[str, int | None]:
    """Return the node and the pid that an exec_id holds; ("", None) when it is not made that way."""
    if not exec_id or len(exec_id) > 512:
        return "", None
    try:
        node, _, rest = a2b_base64(exec_id.encode()).decode().partition(":")
    except ValueError:
        return "", None
    pid = rest.rpartition(":")[2]
    return node, int(pid) if pid.isascii() and pid.isdigit() and len(pid) < 19 else None


def _argv(process: Process) -> tuple[str, ...]:
    if not process.binary:
        return ()
    return arguments((process.binary, *quoted_arguments(process.arguments)))


def _uid(process: Process) -> int | None:
    credentials = process.process_credentials
    return credentials.euid if credentials is not None and credentials.euid is not None else process.uid


def _reference(image: Image | None) -> str | None:
    """Return an image's reference with tag and digest, as far as both are said."""
    if image is None:
        return None
    return image_reference(image.name, digest=image.id) or image.id.rpartition("://")[2] or None


def _exit_code(status: int, signal: str) -> int:
    if signal in Signals.__members__:
        return 128 + Signals[signal]
    return status
