"""What a kernel function that Tetragon hooked says happened: a connection, a write, a change of user.

Knows functions and their arguments, and takes who did it as given. Policies choose the functions, so
one that is not known here is nothing unusual.
"""

from typing import Any

from app.events import (
    AnyEvent,
    ConnectionIn,
    ConnectionOut,
    FileHashed,
    FileWritten,
    PortListening,
    PrivilegeChanged,
)
from app.sources._tetragon_shapes import Argument, Connection, Hook, Listen, Socket, SocketAddress
from app.sources._values import sha256_of

MAY_WRITE = 2
_NO_ADDRESS = frozenset(("", "0.0.0.0", "::"))  # noqa: S104 - compared with, not bound to
_PREFIXES = ("__x64_", "__arm64_", "__ia32_compat_", "__ia32_", "__se_")
_CONNECTS = frozenset(("tcp_connect", "tcp_v4_connect", "tcp_v6_connect", "socket_connect", "udp_sendmsg"))
_ACCEPTS = frozenset(("inet_csk_accept", "inet_accept"))
_LISTENS = frozenset(("inet_csk_listen_start", "inet_listen", "socket_listen"))
_WRITES_BY_MASK = frozenset(("file_permission", "file_open", "file_post_open"))
_WRITES = frozenset(("path_truncate", "sys_write", "vfs_write"))
_SETS_USER = frozenset(("sys_setuid", "sys_setreuid", "sys_setresuid"))


def function_of(hook: Hook) -> str:
    """Return a hooked function's name without what differs between architectures and hook types."""
    name = hook.function_name
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name.removeprefix("security_").removeprefix("bpf_lsm_")


def of_hook(hook: Hook, who: dict[str, Any]) -> list[AnyEvent]:
    """Return what a kprobe or LSM hook says; nothing when it is not of interest."""
    function = function_of(hook)
    events: list[AnyEvent] = []
    path = _path(hook.args)
    if hook.ima_hash.startswith("sha256:") and path:
        digest = sha256_of(hook.ima_hash[7:])
        if digest is not None:
            events.append(FileHashed(**who, path=path, sha256=digest))
    if _refused(hook):
        return events
    if function in _CONNECTS:
        events += _connected(hook.args, who)
    elif function in _ACCEPTS:
        sockets = [hook.return_] if hook.return_ and hook.return_.sock_arg else hook.args
        for argument in sockets:
            socket = argument.sock_arg
            if socket and socket.daddr not in _NO_ADDRESS:
                events.append(
                    ConnectionIn(
                        **who,
                        remote_ip=socket.daddr,
                        remote_port=socket.dport,
                        protocol=_protocol(socket.protocol),
                        local_ip=socket.saddr or None,
                        local_port=socket.sport or None,
                    )
                )
    elif function in _LISTENS:
        for argument in hook.args:
            socket = argument.sock_arg
            if socket and socket.sport:
                events.append(
                    PortListening(
                        **who, port=socket.sport, protocol=_protocol(socket.protocol), ip=socket.saddr or None
                    )
                )
    elif path and (function in _WRITES or (function in _WRITES_BY_MASK and _mask(hook.args) & MAY_WRITE)):
        events.append(FileWritten(**who, path=path))
    elif function in _SETS_USER or function == "commit_creds":
        target = _target_user(function, hook)
        if target is not None and who.get("uid") is not None and target != who["uid"]:
            events.append(PrivilegeChanged(**who, target_uid=target))
    return events


def of_connection(connection: Connection, accepted: bool, who: dict[str, Any]) -> list[AnyEvent]:
    """Return what the enterprise edition's connect or accept says; the remote of an accept is its source."""
    protocol = _protocol(connection.protocol)
    if accepted:
        if connection.source_ip in _NO_ADDRESS:
            return []
        return [
            ConnectionIn(
                **who,
                remote_ip=connection.source_ip,
                remote_port=connection.source_port,
                protocol=protocol,
                local_ip=connection.destination_ip or None,
                local_port=connection.destination_port or None,
            )
        ]
    if connection.destination_ip in _NO_ADDRESS:
        return []
    return [
        ConnectionOut(
            **who,
            remote_ip=connection.destination_ip,
            remote_port=connection.destination_port,
            protocol=protocol,
            local_ip=connection.source_ip or None,
            local_port=connection.source_port or None,
        )
    ]


def of_listen(listen: Listen, who: dict[str, Any]) -> list[AnyEvent]:
    """Return what the enterprise edition's listen says."""
    if not listen.port:
        return []
    return [PortListening(**who, port=listen.port, protocol=_protocol(listen.protocol), ip=listen.ip or None)]


def _connected(args: list[Argument], who: dict[str, Any]) -> list[AnyEvent]:
    socket: Socket | None = next((argument.sock_arg for argument in args if argument.sock_arg), None)
    address: SocketAddress | None = next((argument.sockaddr_arg for argument in args if argument.sockaddr_arg), None)
    if address and address.family in ("", "AF_INET", "AF_INET6") and address.addr not in _NO_ADDRESS:
        remote_ip, remote_port = address.addr, address.port
    elif socket and socket.daddr not in _NO_ADDRESS:
        remote_ip, remote_port = socket.daddr, socket.dport
    else:
        return []
    return [
        ConnectionOut(
            **who,
            remote_ip=remote_ip,
            remote_port=remote_port,
            protocol=_protocol(socket.protocol) if socket else "tcp",
            local_ip=socket.saddr if socket and socket.saddr not in _NO_ADDRESS else None,
            local_port=(socket.sport or None) if socket else None,
        )
    ]


def _path(args: list[Argument]) -> str | None:
    for argument in args:
        file = argument.file_arg or argument.path_arg or argument.linux_binprm_arg
        if file and file.path:
            if file.path.startswith(("socket:[", "pipe:[", "anon_inode:", "/[M]")):
                return None
            return file.path if file.path.startswith("/") else f"/{file.path}"
    return None


def _mask(args: list[Argument]) -> int:
    for argument in args:
        value = argument.int_arg if argument.int_arg is not None else argument.uint_arg
        if value is not None:
            return value
    return 0


def _refused(hook: Hook) -> bool:
    # tcp_connect and its like are attempts, and count; a negative result of the others did nothing.
    returned = hook.return_.int_arg if hook.return_ else None
    return returned is not None and returned < 0 and function_of(hook) not in _CONNECTS


def _target_user(function: str, hook: Hook) -> int | None:
    """Return who the process became; None unless the record says that it did."""
    if function == "commit_creds":
        for argument in hook.args:
            credentials = argument.process_credentials_arg
            if credentials:
                return credentials.euid if credentials.euid is not None else credentials.uid
        return None
    # A system call's arguments are a wish; only its result makes it a fact.
    if hook.return_ is None or hook.return_.int_arg != 0:
        return None
    numbers = [argument.int_arg for argument in hook.args if argument.int_arg is not None]
    wanted = numbers[0:1] if function == "sys_setuid" else numbers[1:2]
    return wanted[0] if wanted and wanted[0] >= 0 else None


def _protocol(name: str) -> str:
    return name.lower().removeprefix("ipproto_") or "tcp"
