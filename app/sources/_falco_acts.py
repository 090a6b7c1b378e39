"""What the event that woke a rule of Falco's did: an execution, a connection, a file opened, a change of user.

Knows system calls and their fields, and takes who did it as given. A rule need not print which call it was:
then its words are asked, but only for files that are written or read, where nothing else can be meant.
"""

import re
from typing import Any

from app.events import (
    AnyEvent,
    ConnectionIn,
    ConnectionOut,
    FileDeleted,
    FileRead,
    FileWritten,
    NameResolved,
    PortListening,
    PrivilegeChanged,
    ProcessEnded,
    ProcessStarted,
)
from app.sources._falco_fields import Alert, Fields
from app.sources._network import address, port_of, protocol_of
from app.sources._system_calls import opened_to_write, result_of, went_out
from app.sources._values import Value, number_id, text_of, truth_of

_EXECUTES = frozenset(("execve", "execveat"))
_SENDS = frozenset(("connect", "sendto", "sendmsg", "sendmmsg"))
_ACCEPTS = frozenset(("accept", "accept4"))
_OPENS = frozenset(("open", "openat", "openat2", "open_by_handle_at", "creat"))
_DELETES = frozenset(("unlink", "unlinkat"))
_NAMES = frozenset(("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"))
_SETS_USER = {"setuid": "arg_uid", "setreuid": "arg_euid", "setresuid": "arg_euid"}
_PAIR = re.compile(r"(\S{2,64}):(\d{1,5})->(\S{2,64}):(\d{1,5})", re.ASCII)
_END = re.compile(r"(\S{2,64}):(\d{1,5})", re.ASCII)
_FLAGS_OF = re.compile(r"\bflags=\d+\(([A-Z0-9_|]+)\)")
_WRITES = re.compile(
    r"\b(?:writ(?:e|es|ing|ten)|modif(?:y|ies|ied)|creat(?:e|es|ed)|updat(?:e|es|ed)|overwr\w+|tamper\w*|append\w*"
    r"|clear|schedule)\b"
)
_READS = re.compile(r"\b(?:reads?|reading)\b")


def act(alert: Alert, fields: Fields, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    """Return what happened; or nothing, and why it is not of interest where that is known."""
    call = text_of(fields.evt_type) or ""
    if text_of(fields.evt_dir) == ">":
        # Before the call: that it was made is known, not what became of it.
        return [], ""
    if call in _EXECUTES:
        if _failed(fields):
            return [], f"{call} that failed"
        known = who["process"] is not None or (who["pid"] is not None and who["binary"] is not None)
        return ([ProcessStarted(**who)] if known else []), ""
    if call == "procexit":
        return ([ProcessEnded(**who)] if who["pid"] is not None else []), ""
    if call in _SENDS or call in _ACCEPTS or call == "listen":
        return _connection(call, fields, who)
    if call in _SETS_USER:
        return _changed(call, fields, who)
    return _file(call, alert, fields, who)


def _failed(fields: Fields) -> bool:
    return truth_of(fields.evt_failed) is True or any(result < 0 for result in _results(fields))


def _results(fields: Fields) -> list[int]:
    """Return what the call returned, as far as it is said: a number, or an error's name."""
    found = (result_of(fields.evt_res), result_of(fields.evt_rawres))
    return [result for result in found if result is not None]


# --- network -----------------------------------------------------------------------------------------


def _connection(call: str, fields: Fields, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    if call == "connect":
        if any(result < 0 and not went_out(result) for result in _results(fields)):
            return [], "connect that failed"
    elif _failed(fields):
        return [], f"{call} that failed"
    protocol = protocol_of(fields.fd_protocol)
    if call == "listen":
        end = _END.fullmatch(text_of(fields.fd_name) or "")
        port = port_of(fields.fd_sport) or port_of(fields.fd_lport) or (port_of(end.group(2)) if end else None)
        ip = text_of(fields.fd_sip) or text_of(fields.fd_lip) or (end.group(1) if end else None)
        if port is None:
            return [], "listen without a port"
        return [PortListening(**who, port=port, protocol=protocol, ip=ip)], ""
    inbound = call in _ACCEPTS or (call != "connect" and truth_of(fields.fd_is_server) is True)
    remote, local = _ends(fields, inbound)
    if remote is None:
        return [], f"{call} without an address"
    local_ip, local_port = local or (None, None)
    made = ConnectionIn if inbound else ConnectionOut
    events: list[AnyEvent] = [
        made(
            **who,
            remote_ip=remote[0],
            remote_port=remote[1] or 0,
            protocol=protocol,
            local_ip=local_ip,
            local_port=local_port,
        )
    ]
    domain = text_of(fields.fd_rip_name) or text_of(fields.fd_sip_name)
    if domain and not inbound and not address(domain):
        # Falco looked the name up itself, so it says nothing of the process.
        events.append(NameResolved(at=who["at"], host=who["host"], sensor="falco", domain=domain, answers=(remote[0],)))
    return events, ""


_End = tuple[str, int | None]


def _ends(fields: Fields, inbound: bool) -> tuple[_End | None, _End | None]:
    """Return the other party and this one; Falco names them local and remote, or client and server."""
    remote, local = _end(fields.fd_rip, fields.fd_rport), _end(fields.fd_lip, fields.fd_lport)
    client, server = _end(fields.fd_cip, fields.fd_cport), _end(fields.fd_sip, fields.fd_sport)
    pair = _PAIR.fullmatch(text_of(fields.fd_name) or "")
    if pair is not None:
        # The name puts the client first, whoever looks.
        client = client or _end(pair.group(1), pair.group(2))
        server = server or _end(pair.group(3), pair.group(4))
    there, here = (client, server) if inbound else (server, client)
    return remote or there, local or here


def _end(ip: Value, port: Value) -> _End | None:
    said, behind = text_of(ip) or "", ""
    if said.count(":") == 1:
        said, _, behind = said.partition(":")
    found = address(said)
    return (found, port_of(port) or port_of(behind)) if found else None


# --- files -------------------------------------------------------------------------------------------


def _file(call: str, alert: Alert, fields: Fields, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    if call in _DELETES:
        path = _path(fields.fs_path, fields.arg_path, fields.arg_pathname, fields.arg_name, fields.fd_name)
        kind: type[FileDeleted | FileWritten | FileRead] | None = FileDeleted
    elif call in _NAMES:
        path = _path(fields.fs_target, fields.arg_newpath, fields.arg_linkpath)
        kind = FileWritten
    elif call in _OPENS or not call:
        path = _path(fields.fd_name, fields.fs_path, fields.arg_name, fields.arg_path, fields.arg_pathname)
        kind = _opened(call, alert, fields)
    else:
        return [], ""
    if kind is None or path is None:
        return [], ""
    if _failed(fields):
        return [], f"{call or 'open'} that failed"
    return [kind(**who, path=path)], ""


def _opened(call: str, alert: Alert, fields: Fields) -> type[FileWritten | FileRead] | None:
    """Return what a file was opened for: by the call and its flags, else by what the rule is about."""
    if call == "creat" or truth_of(fields.open_write) is True:
        return FileWritten
    flags = text_of(fields.arg_flags)
    if flags is None:
        found = _FLAGS_OF.search(text_of(fields.evt_args) or "")
        flags = found.group(1) if found else None
    writes = opened_to_write(flags)
    if writes is None and truth_of(fields.open_read) is True:
        writes = False
    if writes is None:
        words = (alert.rule or "").lower()
        if _WRITES.search(words):
            writes = True
        elif _READS.search(words):
            writes = False
    return None if writes is None else FileWritten if writes else FileRead


def _path(*values: Value) -> str | None:
    for value in values:
        path = text_of(value)
        if path is not None and path.startswith("/"):
            return path
    return None


# --- users -------------------------------------------------------------------------------------------


def _changed(call: str, fields: Fields, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    if _failed(fields):
        return [], f"{call} that failed"
    asked = fields.arg_euid if _SETS_USER[call] == "arg_euid" else fields.arg_uid
    uid, name = number_id(asked), None
    if uid is None:
        name = text_of(asked)
        if name is None or name.removeprefix("-").isdigit():
            return [], ""
    if (uid is not None and who["uid"] == uid) or (name is not None and who.get("user") == name):
        return [], f"{call} to the same user"
    return [PrivilegeChanged(**who, target_uid=uid, target_user=name)], ""
