"""What auditd's events say was done, as Auditbeat 6 to 8, its library or Filebeat write them.

A system call's name decides, not ECS's category: "start" of a "process" is also a service or a sudo.
"""

from app.sources._ecs_auditd_shapes import Data, Log, Path
from app.sources._ecs_shapes import Document, Event
from app.sources._ecs_who import words
from app.sources._system_calls import is_file, name_of, opened_to_write, result_of, went_out
from app.sources._values import natural_of, present

_CALLS = {
    "executed": "execve",
    "connected-to": "connect",
    "accepted-connection-from": "accept",
    "bound-socket": "bind",
}
"""The call that an action is told of where a pipeline has dropped the rest."""
_DOES = {
    "execve": "started", "connect": "out", "accept": "in", "bind": "listening", "exit_group": "ended",
    "setuid": "became", "setreuid": "became", "setresuid": "became",
    "open": "files", "openat": "files", "openat2": "files", "creat": "files", "truncate": "files",
    "rename": "files", "renameat": "files", "link": "files", "linkat": "files", "symlink": "files",
    "symlinkat": "files", "unlink": "files", "unlinkat": "files",
}  # fmt: skip
_BECOMES = frozenset(("sudo", "su", "doas", "pkexec", "runuser"))
_FAILED = frozenset(("fail", "failed", "failure", "no", "0"))


def is_audit(document: Document, event: Event) -> bool:
    """Say whether a document is of auditd's."""
    return document.auditd is not None or document.record_type is not None


def acts_of_audit(document: Document, event: Event) -> tuple[str, ...]:
    """Return what one event of auditd's says was done; nothing if it is of no interest."""
    call, log = _call(document, event), log_of(document)
    if call is not None:
        act = _DOES.get(call)
        if act is None or (failed(document, event) and not (act == "out" and _went_out(document))):
            return ()
        if log is not None and act not in ("started", "ended", "became"):
            return ()
        return (act,)
    kind = _record_type(document, event)
    if kind in ("user_login", "logged-in"):
        return ("login",)
    program = program_of(document)
    if kind in ("user_start", "started-session") and not failed(document, event):
        return ("became",) if program in _BECOMES else ("login",)
    if kind in ("user_auth", "authenticated") and failed(document, event) and program not in _BECOMES:
        return ("login",)
    return ()


def failed(document: Document, event: Event) -> bool:
    """Say whether what was tried did not succeed."""
    if event.outcome:
        return event.outcome == "failure"
    result: str | bool | None = document.auditd.result if document.auditd else document.result
    log = log_of(document)
    if result is None and log is not None:
        result = log.success if log.success is not None else log.res
    return result is False or (isinstance(result, str) and result.lower() in _FAILED)


def program_of(document: Document) -> str | None:
    """Return the name of the program that sshd's and PAM's records are of."""
    process, log = document.process, log_of(document)
    path = (present(process.executable) or present(process.exe) or present(process.name)) if process else None
    path = path or (present(log.exe) if log else None)
    return path.rpartition("/")[2] or None if path else None


def log_of(document: Document) -> Log | None:
    """Return Filebeat's fields of one line."""
    return document.auditd.log if document.auditd else None


def data_of(document: Document) -> Data:
    """Return the fields that auditd alone knows."""
    data = document.auditd.data if document.auditd else document.data
    return data or Data()


def _call(document: Document, event: Event) -> str | None:
    data, log = data_of(document), log_of(document)
    if data.syscall:
        return name_of(b"", data.syscall.encode("ascii", "replace"), b"") if not data.syscall.isdigit() else None
    if log is not None and log.syscall is not None:
        arch = log.arch or (getattr(document.host, "architecture", None)) or ""
        number = str(log.syscall).encode("ascii", "replace")
        return name_of(arch.encode("ascii", "replace"), number, (log.a0 or "").encode("ascii", "replace"))
    if log is not None:
        return None
    return next((_CALLS[action] for action in words(event.action) if action in _CALLS), None)


def _record_type(document: Document, event: Event) -> str:
    log = log_of(document)
    said = (log.record_type if log else None) or document.record_type
    if said is None and document.auditd is not None:
        said = document.auditd.message_type
    if said is None:
        said = next(iter(words(event.action)), "")
    return said.lower()


def _went_out(document: Document) -> bool:
    return went_out(result_of(data_of(document).exit))


def files_of(document: Document, event: Event) -> list[tuple[str, str]]:
    """Return the files that a successful call created, opened, renamed or deleted, each with the act."""
    paths = document.auditd.paths if document.auditd else document.paths
    call = _call(document, event) or ""
    opened = _opened(call, data_of(document))
    found = [(act, path.name) for path in paths if path.name and (act := _act_on(path, opened)) is not None]
    if not paths and document.file is not None and not isinstance(document.file, str) and document.file.path:
        act = "deleted" if call.startswith("unlink") else opened
        found = [(act, document.file.path)] if act else []
    return found


def _act_on(path: Path, opened: str | None) -> str | None:
    mode = path.mode or ""
    if 0 < len(mode) <= 8 and not mode.strip("01234567") and not is_file(int(mode, 8)):
        return None
    match path.nametype:
        case "CREATE":
            return "written"
        case "DELETE":
            return "deleted"
        case "NORMAL":
            return opened
    return None


def _opened(call: str, data: Data) -> str | None:
    """Return what an opening is for: "written", "read", or None where the flags are not said."""
    if call in ("creat", "truncate"):
        return "written"
    flags = data.a1 if call == "open" else data.a2 if call == "openat" else None
    try:
        writes = opened_to_write(int(flags or "", 16))
    except ValueError:
        return None
    return None if writes is None else "written" if writes else "read"


def exit_code(document: Document) -> int | None:
    """Return what a process that ended by itself gave to exit."""
    try:
        return int(data_of(document).a0 or "", 16) & 0xFF
    except ValueError:
        return None


def account(document: Document) -> tuple[int | None, str | None]:
    """Return number and name of the account that a login is to."""
    data, log = data_of(document), log_of(document)
    name = present(data.acct) or (present(log.acct) if log else None)
    return natural_of(data.id), name
