"""Read Tracee's events as JSON: the flat shape of 2022 and of 2023 on, and v1beta1.

First stage of the flow: knows Tracee's events and their arguments, and nothing of the graph. What is traced
is what the policies ask for, so the same act may come as several events: each is taken for what it says.

- An execution is `sched_process_exec`, or `execve` if that is what is traced; `security_bprm_check` comes
  before both and may be refused. With a negative result nothing was executed.
- Identity is the entity id (2023 on), else pid and start. A thread's name and start are the process's only
  in its first thread. Until 2022 starts count from boot: they serve as identity, not as moments.
- `hostName` is that of the container in a container: the host that is given when reading stands above it
  there. v1beta1 has no host at all.
- What Tracee's signatures say is their opinion of events that come by themselves: counted and no more.
"""

from typing import Any

from app.errors import RecordRejected
from app.events import (
    AnyEvent,
    ContainerStarted,
    FileDeleted,
    FileHashed,
    FileRead,
    FileWritten,
    PrivilegeChanged,
    ProcessEnded,
    ProcessStarted,
)
from app.sources import Context, Ignored, Record, Taken
from app.sources._containers import image_reference
from app.sources._envelopes import USUAL, document_in
from app.sources._lists import BUT_DATA, in_lists
from app.sources._moments import from_nanoseconds
from app.sources._rejections import DECODE_ERRORS, not_json
from app.sources._system_calls import opened_to_write, went_out
from app.sources._texts import arguments
from app.sources._tracee_arguments import Arguments
from app.sources._tracee_network import ACCEPTS, CONNECTS, of_flow, of_names, of_packet, of_socket
from app.sources._tracee_shapes import Document, documents
from app.sources._tracee_who import effective_uid, who_did_it
from app.sources._values import number_id, number_of, sha256_of

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "Tracee events (JSON)"
TAKES = ("process", "network", "dns", "file", "container", "privilege")

records = in_lists(usual=BUT_DATA)

_EXECUTES = frozenset(("sched_process_exec", "execve", "execveat"))
_OPENS = frozenset(("security_file_open", "open", "openat", "openat2"))
_WRITES = {
    "magic_write": ("pathname",),
    "vfs_write": ("pathname",),
    "vfs_writev": ("pathname",),
    "__kernel_write": ("pathname",),
    "creat": ("pathname",),
    "do_truncate": ("pathname",),
    "file_modification": ("file_path", "pathname"),
    "security_inode_rename": ("new_path",),
    "security_inode_symlink": ("linkpath",),
}
_DELETES = frozenset(("security_inode_unlink", "unlink", "unlinkat"))
_SETS_USER = {"setuid": "uid", "setreuid": "euid", "setresuid": "euid"}
_LISTENS = frozenset(("listen", "security_socket_listen"))


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return what one event says; raises RecordRejected when it cannot be told."""
    try:
        document = documents.decode(record.raw)
        if not (document.eventName or document.name) and (content := document_in(record.raw, *USUAL)) is not None:
            document = documents.decode(content)
    except DECODE_ERRORS as error:
        raise not_json(error) from error
    name = document.eventName or document.name
    if document.SigMetadata or any(
        raw and bytes(raw) != b"null"
        for raw in (document.metadata, document.threat, document.detected_from, document.detectedFrom)
    ):
        return Ignored(record, f"signature {name}".rstrip())
    if not document.eventName and (not name or (document.workload is None and document.data is None)):
        raise RecordRejected("not an event of Tracee's: it has neither eventName nor name with workload and data")
    if not _is_read(name):
        return Ignored(record, name)
    args = Arguments(document.args or document.data)
    events, why = _happened(name, document, args, who_did_it(document, context))
    return Taken(record, tuple(events)) if events else Ignored(record, why)


def _is_read(name: str) -> bool:
    return name in _READ or (name.startswith("net_packet_") and "icmp" not in name and not name.endswith("_base"))


_READ = (
    _EXECUTES | _OPENS | _WRITES.keys() | _DELETES | _SETS_USER.keys() | ACCEPTS.keys() | CONNECTS.keys() | _LISTENS
) | {
    "sched_process_exit", "net_tcp_connect", "net_flow_tcp_begin", "container_create", "existing_container",
    "commit_creds", "shared_object_loaded",
}  # fmt: skip


def _happened(name: str, document: Document, args: Arguments, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    """Return what an event of a kind that is read did, or why it is not of interest."""
    returned = number_of(document.returnValue)
    if returned is None:
        returned = args.number("returnValue")
    failed = returned is not None and returned < 0
    if failed and not (name == "connect" and went_out(returned)):
        return [], f"{name} that failed"
    if name in _EXECUTES:
        return _executed(name, args, who)
    if name == "sched_process_exit":
        return _ended(document, args, who)
    if name.startswith("net_packet_dns"):
        return of_names(name, args, who)
    if name.startswith("net_packet_"):
        return of_packet(name, args, who)
    if name == "net_flow_tcp_begin":
        return of_flow(name, args, who)
    if name == "net_tcp_connect" or name in ACCEPTS or name in CONNECTS or name in _LISTENS:
        return of_socket(name, args, who)
    if name in ("container_create", "existing_container"):
        return _contained(name, args, who)
    if name in _SETS_USER or name == "commit_creds":
        return _changed(name, args, who)
    if name == "shared_object_loaded":
        return _hashed(args, who), f"{name} without a hash"
    return _touched(name, document, args, who)


def _executed(name: str, args: Arguments, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    path = args.text("pathname")
    if name == "sched_process_exec":
        path = path or who["binary"]
    if path is None:
        return [], f"{name} without a path"
    # At execve the caller's program and name still stand; a path that starts anywhere is as good as a name.
    who["binary"] = path if path.startswith("/") else path.rpartition("/")[2] or None
    if who["binary"] is None or (who["process"] is None and who["pid"] is None):
        raise RecordRejected(f"{name}: neither process nor path is known")
    who["args"] = arguments(args.strings("argv"))
    return [ProcessStarted(**who), *(_hashed(args, who) if name == "sched_process_exec" else ())], ""


def _ended(document: Document, args: Arguments, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    whole = args.scalar("process_group_exit")
    pid, thread = number_of(document.hostProcessId), number_of(document.hostThreadId)
    if whole in (False, "false", 0) or (whole is None and thread is not None and thread != pid):
        return [], "sched_process_exit of a thread"
    code = args.number("exit_code")
    if code is not None and args.number("signal_code") is None:
        # Until there was a field for the signal, this was the kernel's own: the code stands in the second byte.
        code = code >> 8 & 0xFF if code & 0xFF == 0 else None
    return [ProcessEnded(**who, exit_code=code)], ""


def _hashed(args: Arguments, who: dict[str, Any]) -> list[AnyEvent]:
    path, digest = args.path("pathname"), sha256_of((args.text("sha256") or "").removeprefix("sha256:"))
    return [FileHashed(**who, path=path, sha256=digest)] if path and digest else []


def _contained(name: str, args: Arguments, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    container = args.text("container_id")
    image = image_reference(args.text("container_image"), digest=args.text("container_image_digest"))
    if container is None or image is None:
        return [], f"{name} without an image"
    created = from_nanoseconds(args.number("ctime"))
    started = ContainerStarted(
        at=who["at"] if created is None else created,
        host=who["host"],
        sensor="tracee",
        container=container,
        image=image,
        name=args.text("container_name"),
        namespace=args.text("pod_namespace"),
    )
    return [started], ""


def _changed(name: str, args: Arguments, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    if name == "commit_creds":
        before, target = effective_uid(args, "old_cred"), effective_uid(args, "new_cred")
        who["uid"] = before
    else:
        before, target = who["uid"], number_id(args.number(_SETS_USER[name]))
    if before is None or target is None or before == target:
        return [], f"{name} to no other user"
    return [PrivilegeChanged(**who, target_uid=target)], ""


def _touched(name: str, document: Document, args: Arguments, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    kind: type[FileWritten | FileRead | FileDeleted]
    path = args.path(*_WRITES.get(name, ("pathname", "syscall_pathname")))
    if path is None:
        return [], f"{name} of no whole path"
    if name in _OPENS:
        if document.syscall in ("execve", "execveat"):
            return [], f"{name} to execute"
        writes = opened_to_write(args.scalar("flags"))
        if writes is None:
            return [], f"{name} without flags"
        kind = FileWritten if writes else FileRead
    else:
        kind = FileDeleted if name in _DELETES else FileWritten
    return [kind(**who, path=path)], ""
