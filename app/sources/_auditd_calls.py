"""What a system call did, out of the records that auditd writes of it.

Knows the fields of SYSCALL, EXECVE, PATH, CWD, SOCKADDR and PROCTITLE, whoever put them together: the lines
of a log, or a document that an agent made of them.
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
    FileDeleted,
    FileRead,
    FileWritten,
    PortListening,
    PrivilegeChanged,
    ProcessEnded,
    ProcessStarted,
)
from app.sources._auditd_lines import Fields, bytes_of, executable_of, natural_in, number_in, session_of, text_in
from app.sources._auditd_parts import Parts
from app.sources._paths import absolute
from app.sources._system_calls import is_file, opened_to_write, went_out
from app.sources._texts import arguments, decoded
from app.sources._values import number_id, present

_TITLE_LIMIT = 128
_AT_CWD = frozenset((b"ffffff9c", b"ffffffffffffff9c"))
_DELETES = frozenset(("unlink", "unlinkat"))
_OF_FILES = _DELETES | {"open", "openat", "creat"}
_MOST_ARGUMENTS = 4096


def called(call: str, parts: Parts, when: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    """Return what a system call did, or why it is not of interest."""
    fields = parts.one("SYSCALL")
    succeeded = fields.get(b"success") == b"yes"
    if call == "exit_group":
        code = number_in(fields, b"a0", 16)
        return [ProcessEnded(**_who(parts, when), exit_code=None if code is None else code & 0xFF)], ""
    if call == "connect":
        if not succeeded and not went_out(number_in(fields, b"exit")):
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
    return [kind(**_who(parts, when), path=path) for kind, path in _touched(call, parts)], ""


def _who(parts: Parts, when: dict[str, Any]) -> dict[str, Any]:
    """Return all that SYSCALL, CWD and PROCTITLE say of the process, as an event's fields."""
    fields = parts.one("SYSCALL")
    who: dict[str, Any] = {
        **when,
        "pid": natural_in(fields, b"pid"),
        "binary": executable_of(fields),
        "uid": number_id(number_in(fields, b"euid")),
        "login_uid": number_id(number_in(fields, b"auid")),
        "session": session_of(fields),
        "parent_pid": natural_in(fields, b"ppid"),
        "cwd": text_in(parts.one("CWD"), b"cwd"),
    }
    for name, key in (
        ("user", b"EUID"),
        ("login_user", b"AUID"),
        ("parent_binary", b"pexe"),
        ("container", b"container"),
    ):
        known = present(text_in(fields, key))
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


def _executed(parts: Parts, when: dict[str, Any]) -> list[AnyEvent]:
    who = _who(parts, when)
    if who["pid"] is None or who["binary"] is None:
        raise RecordRejected("execve without pid or exe")
    args = _argv(parts.all("EXECVE"))
    fields = parts.one("SYSCALL")
    # Only agents that put records together give a command line as one text.
    who |= {"started_at": when["at"], "args": args, "command": None if args else text_in(fields, b"cmdline")}
    events: list[AnyEvent] = [ProcessStarted(**who)]
    real = number_id(number_in(fields, b"uid"))
    if real is not None and who["uid"] is not None and real != who["uid"]:
        target, name = who["uid"], who.pop("user", None)
        who["uid"] = real
        known = present(text_in(fields, b"UID"))
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
    for index in range(min(number_in(values, b"argc") or _MOST_ARGUMENTS, _MOST_ARGUMENTS)):
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


def _connected(parts: Parts, when: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    if "SOCKADDR" not in parts:
        raise RecordRejected("connect without SOCKADDR: where to is not known")
    address, why = _address(parts)
    if address is None:
        return [], why
    return [ConnectionOut(**_who(parts, when), remote_ip=address[0], remote_port=address[1])], ""


def _served(call: str, parts: Parts, when: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    address, why = _address(parts)
    if address is None:
        return [], why
    if call == "accept":
        return [ConnectionIn(**_who(parts, when), remote_ip=address[0], remote_port=address[1])], ""
    if address[1] == 0:
        return [], "to any port"
    return [PortListening(**_who(parts, when), ip=address[0], port=address[1])], ""


def _address(parts: Parts) -> tuple[tuple[str, int] | None, str]:
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


def _touched(call: str, parts: Parts) -> Iterator[tuple[type[FileWritten | FileRead | FileDeleted], str]]:
    """Yield the files that a successful call created, deleted, or opened, and which of these it did."""
    fields = parts.one("SYSCALL")
    writes: bool | None = call in ("creat", "truncate") or None
    if call in ("open", "openat"):
        flags = number_in(fields, b"a1" if call == "open" else b"a2", 16)
        writes = opened_to_write(flags)
    for path in parts.all("PATH"):
        kind: type[FileWritten | FileRead | FileDeleted]
        nametype = path.get(b"nametype")
        if nametype == b"CREATE" and call not in _DELETES:
            kind = FileWritten
        elif nametype == b"NORMAL" and writes is not None:
            kind = FileWritten if writes else FileRead
        elif nametype == b"DELETE" and call in _DELETES:
            kind = FileDeleted
        else:
            continue
        mode = number_in(path, b"mode", 8)
        name = text_in(path, b"name")
        if name and (call in _OF_FILES if mode is None else is_file(mode)):
            yield kind, _absolute(name, call, parts)


def _absolute(name: str, call: str, parts: Parts) -> str:
    """Return a path from the root where the record tells the directory that it starts from."""
    if name.startswith("/"):
        return name
    cwd = text_in(parts.one("CWD"), b"cwd")
    if call.endswith(("at", "at2")) and parts.one("SYSCALL").get(b"a0") not in _AT_CWD:
        # Relative to a descriptor: only the parent's own entry may know which directory it is.
        parents = [text_in(path, b"name") for path in parts.all("PATH") if path.get(b"nametype") == b"PARENT"]
        cwd = next((parent for parent in parents if parent and parent.startswith("/")), None)
        name = name.rpartition("/")[2] if cwd else name
    return absolute(name, cwd)
