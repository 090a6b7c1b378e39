"""What a row of one of osquery's tables says happened.

Knows tables and their columns, and takes when and where as given. Names of queries are read only for
what columns leave open: which of the tables of logins a row is of.

Of a connection among `process_open_sockets` nobody knows who opened it: the side with a port from the
kernel's ephemeral range did, and where both have one, the host itself.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from app.events import (
    AnyEvent,
    ConnectionIn,
    ConnectionOut,
    FileDeleted,
    FileHashed,
    FileRead,
    FileWritten,
    LoggedIn,
    PortListening,
    ProcessEnded,
    ProcessStarted,
)
from app.sources._auditd_lines import fields_of
from app.sources._auditd_logins import logged_in
from app.sources._command_lines import arguments_in
from app.sources._network import FIRST_EPHEMERAL, address, port_of, protocol_of
from app.sources._osquery_shapes import Row, path_of
from app.sources._texts import arguments
from app.sources._values import natural_of, number_id, sha256_of, text_of

When = Callable[[int | None], dict[str, Any]]

_SOCKET_ACTIONS = frozenset(("connect", "accept", "accept4", "bind", "listen"))
_EXECUTIONS = frozenset(("execve", "execveat", "exec", "execute"))
_LOGIN_TABLE = re.compile(r"(?:^|[^a-z])(last|logged_in_users|user_events|shell_history)(?![a-z])")
_CREATED = frozenset(("CREATED", "UPDATED", "MOVED_TO"))
_WRITES = frozenset(("write", "create", "truncate"))
_DELETES = frozenset(("unlink", "delete"))
_USER_LOGIN = "1112"

_lists: msgspec.json.Decoder[list[str]] = msgspec.json.Decoder(list[str])


def table_of(row: Row, query: str) -> str | None:
    """Return the table that a row is of by its columns; None for one that is not of interest."""
    if row.remote_address is not None or row.local_address is not None:
        return "socket_events" if _socket_action(row) else "process_open_sockets"
    if row.port is not None and (row.address is not None or "listening_ports" in query):
        return "listening_ports"
    if row.target_path is not None and row.action is not None:
        return "file_events"
    if row.operation is not None and row.executable is not None:
        return "process_file_events"
    login = _LOGIN_TABLE.search(query, 0, 255)
    if login is not None:
        return login.group(1)
    if row.pid is not None and row.cmdline is not None:
        if row.start_time is not None:
            return "processes"
        return "process_events" if row.time is not None or "process_events" in query else "processes"
    if row.syscall is not None and row.pid is not None and row.path is not None:
        return "process_events"
    return "hash" if row.sha256 is not None and row.path is not None else None


def events_of(table: str, row: Row, when: When) -> list[AnyEvent] | str:
    """Return what a row of a table says, or why it is not of interest."""
    match table:
        case "socket_events":
            return _socket(row, when)
        case "process_open_sockets":
            return _open_socket(row, when)
        case "listening_ports":
            return _listening(row.address, row.port, row, when)
        case "file_events":
            return _file(row, when)
        case "process_file_events":
            return _file_of_process(row, when)
        case "process_events":
            return _execution(row, when)
        case "processes":
            return _running(row, when)
        case "hash":
            return _hashed(row, text_of(row.path), when(None)) or "without a hash"
        case "last" | "logged_in_users":
            return _logged_in(table, row, when)
        case "user_events":
            return _user_event(row, when)
        case _:
            return ""


def _socket_action(row: Row) -> str | None:
    for value in (row.action, row.syscall):
        if isinstance(value, str) and value in _SOCKET_ACTIONS:
            return value
    # What else such a table says (close, sendmsg) has an action too.
    return "other" if row.action not in (None, "added", "snapshot") or row.syscall is not None else None


def _socket(row: Row, when: When) -> list[AnyEvent] | str:
    action = _socket_action(row)
    if action not in _SOCKET_ACTIONS:
        return "of another action"
    failed = row.status in ("failed", "no_client") or row.success in ("0", 0) or _is_negative(row.exit_code)
    # To have tried is enough for a connection that goes out: what failed may still have been seen there.
    if failed and action != "connect":
        return "that failed"
    if action in ("bind", "listen"):
        return _listening(row.local_address, row.local_port, row, when)
    return _connection(row, ConnectionOut if action == "connect" else ConnectionIn, when)


def _open_socket(row: Row, when: When) -> list[AnyEvent] | str:
    local, remote = port_of(row.local_port) or 0, port_of(row.remote_port) or 0
    if row.state == "LISTEN":
        return _listening(row.local_address, row.local_port, row, when)
    is_in = local < FIRST_EPHEMERAL and local < remote
    return _connection(row, ConnectionIn if is_in else ConnectionOut, when)


def _connection(row: Row, kind: type[ConnectionIn | ConnectionOut], when: When) -> list[AnyEvent] | str:
    remote_ip = address(text_of(row.remote_address))
    if remote_ip is None:
        return "within the host" if str(row.family) == "1" else "without an address"
    return [
        kind(
            **_who(row, when),
            remote_ip=remote_ip,
            remote_port=port_of(row.remote_port) or 0,
            protocol=protocol_of(row.protocol),
            local_ip=address(text_of(row.local_address)),
            local_port=port_of(row.local_port),
        )
    ]


def _listening(ip: object, at_port: object, row: Row, when: When) -> list[AnyEvent] | str:
    if str(row.family) == "1":
        return "within the host"
    port = port_of(at_port)
    if port is None:
        return "without a port"
    return [PortListening(**_who(row, when), port=port, protocol=protocol_of(row.protocol), ip=text_of(ip))]


def _who(row: Row, when: When) -> dict[str, Any]:
    """Return when, where and which process, as an event's fields."""
    real, effective = number_id(row.uid), number_id(row.euid)
    path = path_of(row.path)
    who: dict[str, Any] = {
        **when(natural_of(row.time)),
        "pid": natural_of(row.pid),
        # In tables of sockets a path may be the one of a socket in the file system.
        "binary": path if path and str(row.family) != "1" else text_of(row.name),
        "uid": real if effective is None else effective,
        "login_uid": number_id(row.auid),
        "user": text_of(row.username),
    }
    parent = natural_of(row.parent if row.parent not in (None, "") else row.ppid)
    if parent:
        who["parent_pid"] = parent
    return who


def _execution(row: Row, when: When) -> list[AnyEvent] | str:
    act = text_of(row.event_type) or text_of(row.syscall)
    if act == "exit":
        who = _who(row, when)
        return [ProcessEnded(**who, exit_code=natural_of(row.exit_code))] if who["binary"] else "without a path"
    if act is not None and act not in _EXECUTIONS:
        return act
    if text_of(row.status) not in (None, "0", "succeeded") or _is_negative(row.exit_code):
        return "that failed"
    return _started(row, _who(row, when), {})


def _running(row: Row, when: When) -> list[AnyEvent] | str:
    started = natural_of(row.start_time)
    if not started:
        return "without a start"
    if text_of(row.path) is None and text_of(row.cmdline) is None:
        return "of the kernel"
    row.time = started
    return _started(row, _who(row, when), when(None))


def _started(row: Row, who: dict[str, Any], seen: dict[str, Any]) -> list[AnyEvent] | str:
    """Return an execution; `seen` is when and where its file was hashed, if not at the execution."""
    if who["pid"] is None or who["binary"] is None:
        return "without a path"
    command = text_of(row.cmdline)
    hashed = _hashed(row, path_of(row.path), who | seen)
    who |= {
        "started_at": who["at"],
        "command": command,
        "args": _argv(row.json_cmdline) or arguments_in(command, who["binary"]),
        "cwd": path_of(row.cwd),
    }
    return [ProcessStarted(**who), *hashed]


def _argv(value: object) -> tuple[str, ...]:
    if not isinstance(value, str) or value[:1] != "[":
        return ()
    try:
        return arguments(_lists.decode(value))
    except (msgspec.DecodeError, UnicodeError):
        return ()


def _file(row: Row, when: When) -> list[AnyEvent] | str:
    path, action = text_of(row.target_path), str(row.action)
    if path is None:
        return "without a path"
    # Who did it is not told; uid and gid are the file's owner's.
    at = when(natural_of(row.time))
    if action in _CREATED:
        return [FileWritten(**at, path=path), *_hashed(row, path, at)]
    if action == "DELETED":
        return [FileDeleted(**at, path=path)]
    if action == "ACCESSED":
        return [FileRead(**at, path=path)]
    return action.lower()


def _file_of_process(row: Row, when: When) -> list[AnyEvent] | str:
    operation = str(row.operation).lower()
    path = text_of(row.dest_path) if operation in ("rename", "link") else text_of(row.path)
    if path is None:
        return "without a path"
    row.path = row.executable
    if operation in _WRITES or operation in ("rename", "link"):
        return [FileWritten(**_who(row, when), path=path)]
    if operation in _DELETES:
        return [FileDeleted(**_who(row, when), path=path)]
    return [FileRead(**_who(row, when), path=path)] if operation == "read" else operation


def _hashed(row: Row, path: str | None, who: dict[str, Any]) -> list[AnyEvent]:
    digest = sha256_of(text_of(row.sha256))
    return [FileHashed(**who, path=path, sha256=digest)] if path and digest else []


def _logged_in(table: str, row: Row, when: When) -> list[AnyEvent] | str:
    user = text_of(row.username) or text_of(row.user)
    # 7 is a user's process in utmp's terms, 8 one that ended, and the others are the machine's own.
    if user is None or str(row.type) not in (("7",) if table == "last" else ("user", "7", "None")):
        return "of nobody"
    return [LoggedIn(**when(natural_of(row.time)), user=user, remote_ip=address(text_of(row.host)))]


def _user_event(row: Row, when: When) -> list[AnyEvent] | str:
    """Return a login out of what auditd's user-space record said, which is kept as it was."""
    kind, message = str(row.type), text_of(row.message)
    if kind not in (_USER_LOGIN, "user_login", "USER_LOGIN"):
        return kind
    fields = fields_of(message.encode("utf-8", "replace")) if message else {}
    if b"res" not in fields:
        return "without a result"
    return logged_in(fields, when(natural_of(row.time))) or "of nobody"


def _is_negative(value: object) -> bool:
    return str(value)[:1] == "-"
