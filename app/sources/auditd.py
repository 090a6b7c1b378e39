"""Read auditd's log, raw or enriched: executions, connections, listeners, file writes, logins.

First stage of the flow: knows auditd's records and nothing of the graph. What is logged is what the
host's rules ask for; USER_LOGIN and the sessions of su and sudo come without rules.

- auditd has no id of a process: an execution is known by pid, time and executable, anything else by
  pid and executable. `exe` is what ran; argv[0], `comm` and the process title are anybody's to choose.
- A failed execve names the caller and makes nothing. A connect that is still in progress (-115), was
  refused or timed out did go out, and counts; auditd does not say whether it was TCP.
- PROCTITLE is cut to 128 bytes and, at an execve, may still be the caller's: it gives arguments only
  to other calls, and not the last one if it may be cut.
"""

from binascii import a2b_hex
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from app.errors import RecordRejected
from app.events import (
    AnyEvent,
    ConnectionIn,
    ConnectionOut,
    FileWritten,
    PortListening,
    PrivilegeChanged,
    ProcessEnded,
    ProcessStarted,
)
from app.sources import Context, Ignored, Record, Taken
from app.sources._auditd_lines import (
    PARTS,
    Fields,
    Head,
    bytes_of,
    call_of,
    executable_of,
    fields_of,
    head_of,
    natural_of,
    number_of,
    records,
    session_of,
    text_of,
)
from app.sources._auditd_logins import became, logged_in
from app.sources._values import LAST_MOMENT, WENT_OUT, arguments, decoded, number_id, present

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "auditd log"
TAKES = ("process", "network", "file", "login", "privilege")

_TITLE_LIMIT = 128
_AT_CWD = frozenset((b"ffffff9c", b"ffffffffffffff9c"))
_ACCESS_MODE = 3
_FILE_TYPES = frozenset((0o100000, 0o120000))
_MOST_ARGUMENTS = 4096


class _Parts:
    """The lines of one event by their types; a line's fields are read when they are asked for."""

    def __init__(self) -> None:
        self._bodies: dict[str, list[bytes]] = {}

    def add(self, head: Head) -> None:
        """Take in a line."""
        self._bodies.setdefault(head.type, []).append(head.body)

    def __iter__(self) -> Iterator[str]:
        return iter(self._bodies)

    def __contains__(self, kind: str) -> bool:
        return kind in self._bodies

    def all(self, kind: str) -> list[Fields]:
        """Return the fields of every line of a type."""
        return [fields_of(body) for body in self._bodies.get(kind, ())]

    def one(self, kind: str) -> Fields:
        """Return the fields of the first line of a type; none where there is no such line."""
        bodies = self._bodies.get(kind)
        return fields_of(bodies[0]) if bodies else {}


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return what the lines of one event say; raises RecordRejected when it cannot be told."""
    parts = _Parts()
    first = None
    for line in record.raw.split(b"\n"):
        head = head_of(line)
        if head is None:
            raise RecordRejected("no type=… audit(seconds.milliseconds:serial) in it")
        first = first or head
        parts.add(head)
    if first is None or first.key[1] > LAST_MOMENT:
        raise RecordRejected("its time is past the year 9999")
    kind = next((kind for kind in ("SYSCALL", "USER_LOGIN", "USER_START") if kind in parts), first.type)
    if kind not in ("SYSCALL", "USER_LOGIN", "USER_START"):
        if kind in PARTS:
            raise RecordRejected(f"{' and '.join(parts)} without SYSCALL: who did it is not known")
        return Ignored(record, kind)
    node, at, _ = first.key
    host = decoded(node) if node else context.host
    if not host:
        raise RecordRejected("the host is not known: the line has no node= and none was given (--host)")
    when = {"at": at, "host": host, "sensor": "auditd"}
    fields = parts.one(kind)
    events: list[AnyEvent]
    if kind == "SYSCALL":
        call = call_of(fields)
        events, why = _called(call, parts, when)
        kind = f"SYSCALL {call} {why}".rstrip()
    elif kind == "USER_LOGIN":
        events = logged_in(fields, when)
        kind = "USER_LOGIN without a user"
    else:
        events = became(fields, when)
    return Taken(record, tuple(events)) if events else Ignored(record, kind)


def _called(call: str, parts: _Parts, when: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    """Return what a system call did, or why it is not of interest."""
    fields = parts.one("SYSCALL")
    succeeded = fields.get(b"success") == b"yes"
    if call == "exit_group":
        code = number_of(fields, b"a0", 16)
        return [ProcessEnded(**_who(parts, when), exit_code=None if code is None else code & 0xFF)], ""
    if call == "connect":
        if not succeeded and number_of(fields, b"exit") not in WENT_OUT:
            return [], "that failed"
        return _connected(parts, when)
    if not succeeded:
        return [], "that failed"
    if call == "execve":
        return _executed(parts, when), ""
    if call in ("accept", "bind"):
        return _served(call, parts, when)
    if call in ("setuid", "setreuid", "setresuid"):
        who = _who(parts, when)
        target = who.pop("uid")
        name = who.pop("user", None)
        # Before the call the user may have been any; who logged in is known, and is not who acts now.
        if target is None or who["login_uid"] is None or who["login_uid"] == target:
            return [], "of no other user"
        return [PrivilegeChanged(**who, target_uid=target, target_user=name)], ""
    return [FileWritten(**_who(parts, when), path=path) for path in _written(call, parts)], ""


def _who(parts: _Parts, when: dict[str, Any]) -> dict[str, Any]:
    """Return all that SYSCALL, CWD and PROCTITLE say of the process, as an event's fields."""
    fields = parts.one("SYSCALL")
    who: dict[str, Any] = {
        **when,
        "pid": natural_of(fields, b"pid"),
        "binary": executable_of(fields),
        "uid": number_id(number_of(fields, b"euid")),
        "login_uid": number_id(number_of(fields, b"auid")),
        "session": session_of(fields),
        "parent_pid": natural_of(fields, b"ppid"),
        "cwd": text_of(parts.one("CWD"), b"cwd"),
    }
    for name, key in (("user", b"EUID"), ("login_user", b"AUID")):
        known = present(text_of(fields, key))
        if known:
            who[name] = known
    if "PROCTITLE" in parts:
        title = bytes_of(parts.one("PROCTITLE").get(b"proctitle", b""))
        words = title.split(b"\0")
        if len(words) > 1:
            kept = words[:-1] if len(title) >= _TITLE_LIMIT else words
            who["args"] = arguments([decoded(word) for word in kept])
        else:
            who["command"] = decoded(title) or None
    return who


def _executed(parts: _Parts, when: dict[str, Any]) -> list[AnyEvent]:
    who = _who(parts, when)
    if who["pid"] is None or who["binary"] is None:
        raise RecordRejected("execve without pid or exe")
    args = _argv(parts.all("EXECVE"))
    who |= {"started_at": when["at"], "args": args, "command": None}
    events: list[AnyEvent] = [ProcessStarted(**who)]
    fields = parts.one("SYSCALL")
    real = number_id(number_of(fields, b"uid"))
    if real is not None and who["uid"] is not None and real != who["uid"]:
        target, name = who["uid"], who.pop("user", None)
        who["uid"] = real
        known = present(text_of(fields, b"UID"))
        if known:
            who["user"] = known
        events.append(PrivilegeChanged(**who, target_uid=target, target_user=name))
    return events


def _argv(lines: list[Fields]) -> tuple[str, ...]:
    """Return the arguments of one or several EXECVE lines, up to the first that got lost."""
    values: dict[bytes, bytes] = {}
    for line in lines:
        values.update(line)
    args: list[str] = []
    for index in range(min(number_of(values, b"argc") or _MOST_ARGUMENTS, _MOST_ARGUMENTS)):
        whole = values.get(b"a%d" % index)
        if whole is not None:
            args.append(decoded(bytes_of(whole)))
            continue
        pieces: list[bytes] = []
        while (piece := values.get(b"a%d[%d]" % (index, len(pieces)))) is not None:
            pieces.append(bytes_of(piece))
        if not pieces:
            break
        args.append(decoded(b"".join(pieces)))
    return arguments(args)


def _connected(parts: _Parts, when: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    if "SOCKADDR" not in parts:
        raise RecordRejected("connect without SOCKADDR: where to is not known")
    address, why = _address(parts)
    if address is None:
        return [], why
    return [ConnectionOut(**_who(parts, when), remote_ip=address[0], remote_port=address[1])], ""


def _served(call: str, parts: _Parts, when: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    address, why = _address(parts)
    if address is None:
        return [], why
    if call == "accept":
        return [ConnectionIn(**_who(parts, when), remote_ip=address[0], remote_port=address[1])], ""
    if address[1] == 0:
        return [], "to any port"
    return [PortListening(**_who(parts, when), ip=address[0], port=address[1])], ""


def _address(parts: _Parts) -> tuple[tuple[str, int] | None, str]:
    """Return address and port of SOCKADDR, or why there is none."""
    try:
        raw = a2b_hex(parts.one("SOCKADDR").get(b"saddr", b"").strip(b'"'))
    except ValueError as error:
        raise RecordRejected("SOCKADDR: saddr is not hexadecimal") from error
    family = int.from_bytes(raw[:2], "little")
    port = int.from_bytes(raw[2:4], "big")
    if family == 2 and len(raw) >= 8:
        return (str(IPv4Address(raw[4:8])), port), ""
    if family == 10 and len(raw) >= 24:
        return (str(IPv6Address(raw[8:24])), port), ""
    return None, {0: "without an address", 1: "within the host", 16: "within the host"}.get(family, "of another family")


def _written(call: str, parts: _Parts) -> list[str]:
    """Return the files that a successful call created or opened for writing."""
    fields = parts.one("SYSCALL")
    opened = call in ("creat", "truncate")
    if call in ("open", "openat"):
        flags = number_of(fields, b"a1" if call == "open" else b"a2", 16)
        opened = flags is not None and flags & _ACCESS_MODE != 0
    paths = parts.all("PATH")
    found = []
    for path in paths:
        created = path.get(b"nametype") == b"CREATE"
        if not (created or (opened and path.get(b"nametype") == b"NORMAL")):
            continue
        mode = number_of(path, b"mode", 8)
        name = text_of(path, b"name")
        if name and (call in ("open", "openat", "creat") if mode is None else mode & 0o170000 in _FILE_TYPES):
            found.append(_absolute(name, call, parts))
    return found


def _absolute(name: str, call: str, parts: _Parts) -> str:
    """Return a path from the root where the record tells the directory that it starts from."""
    if name.startswith("/"):
        return name
    cwd = text_of(parts.one("CWD"), b"cwd")
    if call.endswith(("at", "at2")) and parts.one("SYSCALL").get(b"a0") not in _AT_CWD:
        # Relative to a descriptor: only the parent's own entry may know which directory it is.
        parents = [text_of(path, b"name") for path in parts.all("PATH") if path.get(b"nametype") == b"PARENT"]
        cwd = next((parent for parent in parents if parent and parent.startswith("/")), None)
        name = name.rpartition("/")[2] if cwd else name
    return f"{cwd.rstrip('/')}/{name.removeprefix('./')}" if cwd else name
