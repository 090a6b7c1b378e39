"""auditd's lines: which belong together, and what their fields hold.

Knows how lines look and nothing of what they mean. The kernel writes one event as several lines that
share node, time and serial; other events' lines stand in between, a dispatcher may shuffle them, and
nothing but a rare EOE says that an event is whole. So an event is handed over as soon as it can be seen
to be whole, else when the log has moved on by two seconds or a thousand lines.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.sources import LONGEST_LINE, Record
from app.sources._system_calls import name_of
from app.sources._texts import decoded
from app.sources._values import number_id, present

_HEAD = (
    rb"(?:node=(\S{1,255})\s+)?type=([A-Za-z_0-9\[\]]{1,64})\s+"
    rb"(?:msg=)?audit\((\d{1,12})\.(\d{1,3}):(\d{1,20})\):?\s?"
)
_AT_START = re.compile(_HEAD)
_AFTER_PREFIX = re.compile(rb"(?<=\s)" + _HEAD)
_LONGEST_PREFIX = 512
_LONGEST_CACHED = 8192
_FIELD = re.compile(rb"""([A-Za-z0-9_-]{1,32}(?:\[\d{1,6}\])?)=("[^"]*+"|\{[^}]*+\}|[^\s,)"']*+)""")
_REPLACED = re.compile(r"(?:;[0-9a-f]{8})?(?: \(deleted\))?\Z")
_HEX = re.compile(rb"(?:[0-9A-F]{2})+")
_ENRICHED = b"\x1d"

_NUMBERED = {
    "1006": "LOGIN", "1100": "USER_AUTH", "1105": "USER_START", "1112": "USER_LOGIN", "1123": "USER_CMD",
    "1300": "SYSCALL", "1302": "PATH", "1306": "SOCKADDR", "1307": "CWD", "1309": "EXECVE", "1320": "EOE",
    "1326": "SECCOMP", "1327": "PROCTITLE", "1400": "AVC",
}  # fmt: skip
PARTS = frozenset(("SYSCALL", "EXECVE", "PATH", "CWD", "SOCKADDR", "PROCTITLE"))
"""The types that make up one event together; most others are an event each."""
_SHARED = PARTS | {
    "AVC", "BPRM_FCAPS", "CAPSET", "CONFIG_CHANGE", "EOE", "FD_PAIR", "INTEGRITY_POLICY_RULE", "KERN_MODULE",
    "LOGIN", "MMAP", "NETFILTER_CFG", "OBJ_PID", "SECCOMP",
}  # fmt: skip

_OPEN_EVENTS = 512
_MOST_LINES = 4096
_OLD_LINES = 1000
_NEAR_LINES = 32
_OLD_MS = 2000


Key = tuple[bytes | None, int, bytes]


@dataclass(slots=True)
class Head:
    """How a line begins: what it is and which event it belongs to."""

    key: Key
    """What the lines of one event share: node, epoch milliseconds and serial."""
    type: str
    body: bytes


def head_of(line: bytes) -> Head | None:
    """Return how a line begins, also behind a syslog prefix; None when it is no line of auditd's."""
    return _head_of(line) if len(line) <= _LONGEST_CACHED else _head_of.__wrapped__(line)


# A line is looked at when its event is put together and again when that is read, shortly after.
@lru_cache(maxsize=512)
def _head_of(line: bytes) -> Head | None:
    found = _AT_START.match(line) or _AFTER_PREFIX.search(line, 0, _LONGEST_PREFIX)
    if found is None:
        return None
    node, kind, seconds, fraction, serial = found.groups()
    name = kind.decode()
    if name.startswith("UNKNOWN[") and name.endswith("]"):
        name = _NUMBERED.get(name[8:-1], name)
    elif name.isdigit():
        name = _NUMBERED.get(name, name)
    at = int(seconds) * 1000 + int(fraction.ljust(3, b"0"))
    return Head((node, at, serial), name, line[found.end() :])


Fields = Mapping[bytes, bytes]
"""A line's fields, as they stand: quoted, bare or hex."""


def fields_of(body: bytes) -> Fields:
    """Return a line's fields; those that auditd interpreted itself (UID="root") in upper case.

    The `msg='…'` of user space's own records is read through: its fields come like the others, but
    never in their place, since programs write it and the kernel writes the rest.
    """
    return _fields_of(body) if len(body) <= _LONGEST_CACHED else _fields_of.__wrapped__(body)


@lru_cache(maxsize=256)
def _fields_of(body: bytes) -> Fields:
    own, _, names = body.partition(_ENRICHED)
    start = own.find(b"msg='")
    if start < 0 and not names:
        return dict(_FIELD.findall(own))
    message = b""
    if start >= 0:
        end = own.rfind(b"'")
        message = own[start + 5 : end if end > start + 5 else None]
        own = own[:start]
    return dict(_FIELD.findall(names)) | dict(_FIELD.findall(message)) | dict(_FIELD.findall(own))


def text_in(fields: Fields, key: bytes) -> str | None:
    """Return a field's text: what stands in quotes, or hex of what could not; None for placeholders."""
    value = fields.get(key)
    if value is None:
        return None
    if value[:1] == b'"':
        value = value[1:-1] if len(value) > 1 else b""
    elif _HEX.fullmatch(value):
        value = bytes.fromhex(value.decode())
    elif value in (b"(null)", b"?", b"(none)"):
        return None
    return decoded(value) or None


def bytes_of(value: bytes) -> bytes:
    """Return the bytes that a quoted or hex value stands for."""
    if value[:1] == b'"':
        return value[1:-1]
    return bytes.fromhex(value.decode()) if _HEX.fullmatch(value) else value


def number_in(fields: Fields, key: bytes, base: int = 10) -> int | None:
    """Return a field's number if it fits into 64 bits."""
    value = fields.get(key, b"").strip(b'"')
    if not value or len(value) > 20:
        return None
    try:
        number = int(value, base)
    except ValueError:
        return None
    return number if -(2**63) <= number < 2**64 and b"_" not in value else None


def executable_of(fields: Fields) -> str | None:
    """Return what ran, as it was called when it started: replaced or deleted since, it is still that."""
    value = text_in(fields, b"exe")
    return present(_REPLACED.sub("", value)) or None if value else None


def natural_in(fields: Fields, key: bytes) -> int | None:
    """Return a field's number if it can be that of a process."""
    number = number_in(fields, key)
    return number if number is not None and 0 <= number < 2**63 else None


def session_of(fields: Fields) -> str | None:
    """Return the login session's id, if there is one."""
    session = number_id(number_in(fields, b"ses"))
    return None if session is None else str(session)


def call_of(fields: Fields) -> str:
    """Return which system call a SYSCALL line is of; auditd's own reading where it gives one."""
    number = fields.get(b"SYSCALL") or fields.get(b"syscall", b"")
    return name_of(fields.get(b"arch", b""), number, fields.get(b"a0", b""))


class _Event:
    """The lines of one event so far, and what its SYSCALL announces."""

    __slots__ = ("first", "heads", "kinds", "last", "lines", "paths", "size", "wanted")

    def __init__(self, number: int) -> None:
        self.first = number
        self.last = number
        self.lines: list[bytes] = []
        self.heads: list[Head] = []
        self.kinds: Counter[str] = Counter()
        self.wanted: set[str] | None = None
        self.paths = 0
        self.size = 0

    def add(self, line: bytes, head: Head, number: int) -> None:
        """Take in one more line."""
        self.lines.append(line)
        self.heads.append(head)
        self.kinds[head.type] += 1
        self.last = number
        self.size += len(line)
        if head.type == "SYSCALL":
            self._announce(fields_of(head.body))

    def _announce(self, fields: Fields) -> None:
        # PROCTITLE comes last in the log; where it is not logged at all, only time tells.
        self.wanted = {"PROCTITLE"}
        self.paths = number_in(fields, b"items") or 0
        call, succeeded = call_of(fields), fields.get(b"success") == b"yes"
        if self.paths:
            self.wanted.add("CWD")
        if call == "execve" and succeeded:
            self.wanted.add("EXECVE")
        elif call in ("connect", "bind") or (call == "accept" and succeeded):
            self.wanted.add("SOCKADDR")

    def is_whole(self) -> bool:
        """Say whether everything that is announced is there."""
        if self.wanted is None or "PROCTITLE" not in self.kinds:
            return False
        if self.kinds["PATH"] < self.paths or not self.wanted <= self.kinds.keys():
            return False
        return "EXECVE" not in self.wanted or _has_all_arguments(self.heads)

    def is_full(self) -> bool:
        """Say whether it must be handed over because no event is that big."""
        return self.size > LONGEST_LINE or len(self.lines) >= _MOST_LINES


def _has_all_arguments(heads: list[Head]) -> bool:
    """Say whether the last argument that EXECVE announces is there, with its last piece."""
    argc = 0
    merged: dict[bytes, bytes] = {}
    for head in heads:
        if head.type == "EXECVE":
            merged.update(fields_of(head.body))
            argc = max(argc, number_in(merged, b"argc") or 0)
    last = b"a%d" % (argc - 1)
    if last in merged or argc == 0:
        return True
    length = number_in(merged, last + b"_len")
    pieces = sum(len(value.strip(b'"')) for key, value in merged.items() if key.startswith(last + b"["))
    return length is not None and pieces >= length


class _Held:
    """The events that are not whole yet, oldest first."""

    def __init__(self) -> None:
        self.events: dict[Key, _Event] = {}
        self.newest: dict[bytes | None, int] = {}
        self.size = 0

    def add(self, line: bytes, head: Head, number: int) -> Iterator[Record]:
        """Take in a line and yield the event that it makes whole."""
        event = self.events.get(head.key)
        if event is None:
            event = self.events[head.key] = _Event(number)
        event.add(line, head, number)
        self.size += len(line)
        node, at, _ = head.key
        self.newest[node] = max(at, self.newest.get(node, 0))
        if event.is_full() or event.is_whole():
            yield from self.take(head.key)

    def take(self, key: Key) -> Iterator[Record]:
        """Yield the event with this key, if it is held."""
        event = self.events.pop(key, None)
        if event is not None:
            self.size -= event.size
            yield Record(b"\n".join(event.lines), event.first)

    def take_old(self, number: int) -> Iterator[Record]:
        """Yield what the log has moved on from, and the oldest while there is too much."""
        while self.events:
            key, oldest = next(iter(self.events.items()))
            lines, ahead = number - oldest.last, self.newest[key[0]] - key[1]
            is_old = lines > _OLD_LINES or (lines > _NEAR_LINES and ahead > _OLD_MS)
            if not is_old and len(self.events) <= _OPEN_EVENTS and self.size <= 2 * LONGEST_LINE:
                return
            yield from self.take(key)


def records(lines: Iterable[bytes]) -> Iterator[Record]:
    """Yield each event's lines as one record; a line that is none of auditd's is a record by itself."""
    held = _Held()
    for number, line in enumerate(lines, 1):
        line = line.strip(b" \t\r\n")
        if not line:
            continue
        is_line = len(line) <= LONGEST_LINE and line[:1] not in (b"{", b"[")
        head = head_of(line) if is_line else None
        if head is None or not (head.type in _SHARED or head.type.startswith("UNKNOWN[")):
            yield Record(line, number)
        elif head.type == "EOE":
            # An end of what is not held ends what was whole before.
            yield from held.take(head.key)
        else:
            yield from held.add(line, head, number)
        yield from held.take_old(number)
    for key in list(held.events):
        yield from held.take(key)
