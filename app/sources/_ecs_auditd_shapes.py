"""The fields that auditd's events have beside ECS's, by Auditbeat, by its library and by Filebeat.

Knows no events.
"""

from msgspec import Struct

Number = int | str | None


class Socket(Struct):
    """An address given to a system call (Auditbeat)."""

    addr: str | None = None
    port: Number = None


class Data(Struct):
    """The fields of auditd's records that are no ECS (Auditbeat)."""

    syscall: str | None = None
    exit: str | None = None
    a0: str | None = None
    a1: str | None = None
    a2: str | None = None
    acct: str | None = None
    id: Number = None
    socket: Socket | None = None
    socket_addr: str | None = None
    socket_port: Number = None


class Path(Struct):
    """A file that a system call named (Auditbeat)."""

    name: str | None = None
    nametype: str | None = None
    mode: str | None = None


class Log(Struct):
    """One line of auditd's log, not joined with its neighbours (Filebeat)."""

    record_type: str | None = None
    syscall: Number = None
    success: str | bool | None = None
    res: str | bool | None = None
    a0: str | None = None
    ses: Number = None
    pid: Number = None
    ppid: Number = None
    exe: str | None = None
    comm: str | None = None
    uid: Number = None
    euid: Number = None
    auid: Number = None
    acct: str | None = None
    addr: str | None = None
    arch: str | None = None


class Summary(Struct):
    """The library's one-line summary."""

    action: str | None = None


class Auditd(Struct):
    """What auditd said, by Auditbeat or Filebeat."""

    data: Data | None = None
    log: Log | None = None
    message_type: str | None = None
    result: str | None = None
    session: Number = None
    paths: list[Path] = []
