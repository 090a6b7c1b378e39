"""An audit event that an agent forwards as one JSON document: its fields, as the lines would have them.

Knows how agents arrange and name things, and nothing of what they mean: LAUREL keeps the records apart,
auoms, Wazuh and home-made forwarders put their fields side by side. Values that lines quote, or write in
hex, are quoted here, so that a text that looks like hex is not taken for it.
"""

import errno
import re
from binascii import b2a_hex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TypeGuard
from urllib.parse import unquote_to_bytes

import msgspec

from app.errors import RecordRejected
from app.sources._auditd_lines import Fields, head_of
from app.sources._envelopes import inside
from app.sources._values import DECODE_ERRORS, LAST_MOMENT, decoded, from_nanoseconds, moment, not_json, present

Document = Mapping[str, object]

_BARE = frozenset(
    ("arch", "syscall", "SYSCALL", "success", "exit", "a0", "a1", "a2", "a3", "items", "ppid", "pid", "auid", "uid",
     "euid", "ses", "id", "res", "nametype", "mode", "saddr", "argc")
)  # fmt: skip
_KEPT_APART = ("EXECVE", "CWD", "PATH", "SOCKADDR", "PROCTITLE")
_TIMES = ("@timestamp", "timestamp", "Timestamp", "time", "event_time", "EventTime", "TimeGenerated")
_SERIALS = ("ID", "AuditID", "audit_id", "msg", "id", "event_id", "full_log")
_HOSTS = ("NODE", "node", "host", "Computer", "computer", "HostName", "hostName", "host_name", "agent", "beat")
_SERIAL = re.compile(r"(?<!\d)(\d{9,12})\.(\d{3}):\d{1,20}(?!\d)", re.ASCII)
_SECONDS = re.compile(r"(\d{9,12})(?:\.(\d{1,9}))?", re.ASCII)
_NAMED_ERROR = re.compile(r"-?(E[A-Z0-9]{2,20})\b")
_TITLE_IN_HEX = re.compile(r"(?:[0-9A-F]{2}){4,}")
_SHOWN_ADDRESS = re.compile(
    r"(?:laddr|raddr|addr|host)[=: ]{1,3}([0-9A-Fa-f.:]{2,45})"
    r"(?: .{0,40}?(?:lport|rport|port|serv)[=: ]{1,3}(\d{1,5}))?\b"
)
_NEXT_LINE = re.compile(r"(?<!\s)\s++(?=(?:node=\S{1,255} )?type=[A-Z_0-9\[\]]{1,64} msg=audit\()")
_ALIASES = {
    "user": "UID", "user_name": "UID", "audit_user": "AUID", "effective_user": "EUID",
    "containerid": "container", "container_id": "container", "ppid_exe": "pexe", "parent_exe": "pexe",
    "command_line": "cmdline", "CommandLine": "cmdline", "executable": "exe", "loginuid": "auid", "session": "ses",
}  # fmt: skip
_NAMES_OF_IDS = {"uid": "UID", "auid": "AUID", "euid": "EUID"}
_YES = frozenset(("yes", "true", "1", "success", "succeeded"))
_NO = frozenset(("no", "false", "0", "fail", "failed", "failure"))

_documents: msgspec.json.Decoder[dict[str, object] | list[object]] = msgspec.json.Decoder(
    dict[str, object] | list[object]
)
_lists: msgspec.json.Decoder[list[str]] = msgspec.json.Decoder(list[str])


class Records:
    """The records of one event by their types."""

    def __init__(self) -> None:
        self._fields: dict[str, list[Fields]] = {}

    def add(self, kind: str, fields: Fields) -> None:
        """Take in a record, if it says anything."""
        if fields:
            self._fields.setdefault(kind, []).append(fields)

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __contains__(self, kind: str) -> bool:
        return kind in self._fields

    def all(self, kind: str) -> list[Fields]:
        """Return the fields of every record of a type."""
        return self._fields.get(kind, [])

    def one(self, kind: str) -> Fields:
        """Return the fields of the first record of a type; none where there is no such record."""
        return next(iter(self.all(kind)), {})


@dataclass(slots=True)
class Seen:
    """What a document holds."""

    at: int = 0
    node: str | None = None
    type: str = ""
    parts: Records = field(default_factory=Records)
    lines: bytes | None = None
    """auditd's own lines, where the document has kept them: they say more than what was made of them."""


def read_document(raw: bytes) -> Seen:
    """Return what a document holds; raises RecordRejected when it is no audit event."""
    document = _decoded(raw)
    body = _body(document)
    if body is None and (content := inside(raw)) is not None and content[:1] == b"{":
        document = _decoded(content)
        body = _body(document)
    if body is None:
        raise RecordRejected("not an audit event: it has neither syscall nor a type that is known")
    kept = document.get("full_log")
    if isinstance(kept, str) and kept.startswith(("type=", "node=")):
        lines = _NEXT_LINE.sub("\n", kept).encode("utf-8", "replace")
        if all(map(head_of, lines.split(b"\n"))):
            return Seen(node=_host(document, body), lines=lines)
    at = _moment(document, body)
    if at is None:
        raise RecordRejected("its time is not known: neither seconds.milliseconds:serial nor a moment")
    seen = Seen(at, _host(document, body), "SYSCALL")
    call = document.get("SYSCALL")
    if _is_map(call):
        _kept_apart(call, document, seen.parts)
        return seen
    kind = next((str(body[name]) for name in ("type", "record_type", "RecordType") if name in body), "")
    if kind.startswith("USER_") or not ("syscall" in body or "SYSCALL" in body or "execve" in body):
        seen.type = kind[:64] or "a record without a type"
        seen.parts.add(seen.type, _fields(body))
    else:
        _side_by_side(body, seen.parts)
    return seen


def _decoded(raw: bytes) -> dict[str, object]:
    try:
        found = _documents.decode(raw)
    except DECODE_ERRORS as error:
        raise not_json(error) from error
    if isinstance(found, list):
        # auoms sends [time, document].
        found = next((each for each in reversed(found) if isinstance(each, dict)), {})
    return found


def _is_map(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _body(document: dict[str, object]) -> Document | None:
    """Return the part of a document that holds the fields; None where there is none."""
    data = document.get("data")
    records = document.get("records")
    candidates: list[object] = [document, document.get("audit"), data]
    if _is_map(data):
        candidates.append(data.get("audit"))
    if isinstance(records, list):
        candidates += records[:1]
    for each in candidates:
        if _is_map(each) and ("syscall" in each or "SYSCALL" in each or "RecordType" in each or "execve" in each):
            return each
    dotted = {name.removeprefix("data.").removeprefix("audit."): value for name, value in document.items()}
    if dotted.keys() != document.keys() and ("syscall" in dotted or "type" in dotted):
        return dotted
    for each in candidates:
        kind = each.get("type") if _is_map(each) else None
        if _is_map(each) and isinstance(kind, str) and re.fullmatch(r"[A-Z][A-Z_0-9]{2,40}", kind):
            return each
    return None


# --- when and where ----------------------------------------------------------------------------------


def _moment(document: Document, body: Document) -> int | None:
    for source in (body, document):
        for name in _SERIALS:
            value = source.get(name)
            found = _SERIAL.search(value[:4096]) if isinstance(value, str) else None
            if found is not None:
                serial = int(found.group(1)) * 1000 + int(found.group(2))
                return serial if serial <= LAST_MOMENT else None
    for source in (body, document):
        for name in _TIMES:
            at = _epoch(source.get(name))
            if at is not None:
                return at
    return None


def _epoch(value: object) -> int | None:
    """Return epoch milliseconds of ISO 8601, or of seconds, milliseconds or nanoseconds by how many they are."""
    if isinstance(value, str):
        found = _SECONDS.fullmatch(value)
        if found is not None:
            return int(found.group(1)) * 1000 + int((found.group(2) or "0")[:3].ljust(3, "0"))
        return moment(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**19:
        return None
    if value < 10**11:
        return int(value * 1000)
    return int(value) if value < 10**14 else from_nanoseconds(int(value))


def _host(document: Document, body: Document) -> str | None:
    for source in (document, body):
        for name in _HOSTS:
            value = source.get(name)
            if _is_map(value):
                value = value.get("name") or value.get("hostname")
            if isinstance(value, str) and present(value) is not None:
                return value
        # What is called so beside a login's fields is where the user came from.
        value = source.get("hostname")
        if isinstance(value, str) and present(value) is not None and "acct" not in source:
            return value
    return None


# --- fields ------------------------------------------------------------------------------------------


def _fields(values: Document) -> dict[bytes, bytes]:
    """Return a record's single values as a line would have them."""
    fields: dict[bytes, bytes] = {}
    for name, value in values.items():
        name = _ALIASES.get(name, name)
        if value is None or isinstance(value, dict | list) or name.encode() in fields:
            continue
        text = str(value).strip() if not isinstance(value, bool) else "yes" if value else "no"
        if name in _NAMES_OF_IDS and not text.removeprefix("-").isdigit():
            name = _NAMES_OF_IDS[name]
        if name == "success":
            text = "yes" if text.lower() in _YES else "no" if text.lower() in _NO else text
        elif name == "res":
            text = "success" if text.lower() in _YES else text
        elif name == "exit":
            text = _result(text)
        elif name in ("arch", "a0", "a1", "a2", "a3"):
            text = text.removeprefix("0x")
        elif name == "mode":
            text = text.removeprefix("0o")
        data = text.encode("utf-8", "replace")
        fields[name.encode()] = data if name in _BARE else b'"%s"' % data
    return fields


def _result(text: str) -> str:
    found = _NAMED_ERROR.match(text)
    if found is None:
        return text
    number = getattr(errno, found.group(1), None)
    return str(-number) if isinstance(number, int) else text


def _called(values: Document) -> dict[bytes, bytes]:
    fields = _fields(values)
    result = fields.get(b"exit", b"")
    if b"success" not in fields:
        fields[b"success"] = b"no" if result.startswith(b"-") else b"yes"
    if b"euid" not in fields and b"uid" in fields:
        fields[b"euid"] = fields[b"uid"]
        if b"UID" in fields:
            fields.setdefault(b"EUID", fields[b"UID"])
    return fields


def _argv(words: list[object]) -> dict[bytes, bytes]:
    return {
        b"argc": b"%d" % len(words),
        **{b"a%d" % index: b'"%s"' % str(word).encode("utf-8", "replace") for index, word in enumerate(words)},
    }


def _title(value: object) -> dict[bytes, bytes]:
    if isinstance(value, list):
        data = b"\0".join(str(word).encode("utf-8", "replace") for word in value)
        return {b"proctitle": b2a_hex(data).upper()} if data else {}
    if not isinstance(value, str) or present(value) is None:
        return {}
    if _TITLE_IN_HEX.fullmatch(value) and decoded(bytes.fromhex(value).replace(b"\0", b" ")).isprintable():
        return {b"proctitle": value.encode()}
    return {b"proctitle": b'"%s"' % value.encode("utf-8", "replace")}


def _address(value: object, values: Document) -> dict[bytes, bytes]:
    """Return a socket's address in hex, also where the agent has read it already."""
    shown = values.get("SADDR")
    place = dict(shown) if _is_map(shown) else dict(values)
    if isinstance(value, str) and not re.fullmatch(r"(?:0x)?(?:[0-9A-Fa-f]{2}){2,}", value):
        found = _SHOWN_ADDRESS.search(value[:512])
        place = {"addr": found.group(1), "port": found.group(2)} if found else place
        value = None
    if isinstance(value, str):
        return {b"saddr": value.removeprefix("0x").encode()}
    ip = next((place[name] for name in ("addr", "laddr", "raddr", "remote_ip", "dest_ip", "ip") if name in place), None)
    port = next((place[name] for name in ("port", "lport", "rport", "remote_port", "dest_port") if name in place), None)
    try:
        address = ip_address(str(ip))
        number = int(str(port or 0)).to_bytes(2, "big")
    except (ValueError, OverflowError):
        return {}
    if address.version == 4:
        return {b"saddr": b2a_hex(b"\x02\x00" + number + address.packed)}
    return {b"saddr": b2a_hex(b"\x0a\x00" + number + bytes(4) + address.packed)}


# --- records kept apart, as LAUREL does --------------------------------------------------------------


def _kept_apart(call: Document, document: Document, parts: Records) -> None:
    pointers = call.get("ARGV")
    flat = (
        {**{f"a{index}": value for index, value in enumerate(pointers[:4])}, **call}
        if isinstance(pointers, list)
        else dict(call)
    )
    for name in ("PARENT_INFO", "PPID"):
        parent = document.get(name) or call.get(name)
        if _is_map(parent) and isinstance(parent.get("exe"), str):
            flat["pexe"] = parent["exe"]
    container = document.get("CONTAINER_INFO")
    if _is_map(container):
        flat["container"] = container.get("id")
    parts.add("SYSCALL", _called(_unescaped(flat)))
    for kind in _KEPT_APART:
        found = document.get(kind)
        for each in found if isinstance(found, list) else [found]:
            if not _is_map(each):
                continue
            record = _unescaped(each)
            words = record.get("ARGV")
            if kind == "EXECVE":
                parts.add(kind, _argv(words) if isinstance(words, list) else _fields(record))
            elif kind == "PROCTITLE":
                parts.add(kind, _title(words if isinstance(words, list) else record.get("proctitle")))
            elif kind == "SOCKADDR":
                parts.add(kind, _address(record.get("saddr"), record))
            else:
                parts.add(kind, _fields(record))


def _unescaped(record: Document) -> dict[str, object]:
    """Return a record without the percent signs that stand for bytes which are no text."""
    return {
        name: [_plain(each) for each in value] if isinstance(value, list) else _plain(value)
        for name, value in record.items()
    }


def _plain(value: object) -> object:
    return decoded(unquote_to_bytes(value)) if isinstance(value, str) and "%" in value else value


# --- fields side by side -----------------------------------------------------------------------------


def _side_by_side(body: Document, parts: Records) -> None:
    fields = _called(body)
    arguments = body.get("execve")
    words: list[object] = []
    if _is_map(arguments):
        for index in range(len(arguments)):
            if f"a{index}" not in arguments:
                break
            words.append(arguments[f"a{index}"])
    for name in ("argv", "args", "ARGV", "execve_args"):
        value = body.get(name)
        if isinstance(value, list):
            words = words or value
    # Only an execution has such arguments, where the number of the call is no help without its machine.
    if words and not fields.get(b"syscall", b"").strip(b"0123456789").isalpha() and b"arch" not in fields:
        fields[b"syscall"] = b"execve"
    title = _title(body.get("proctitle"))
    if title and b"cmdline" not in fields:
        shown = title[b"proctitle"]
        if shown[:1] != b'"':
            shown = b'"%s"' % bytes.fromhex(shown.decode()).replace(b"\0", b" ").rstrip()
        fields[b"cmdline"] = shown
    parts.add("SYSCALL", fields)
    if words:
        parts.add("EXECVE", _argv(words))
    if isinstance(body.get("cwd"), str):
        parts.add("CWD", _fields({"cwd": body["cwd"]}))
    for path in _paths(body):
        parts.add("PATH", path)
    parts.add("SOCKADDR", _address(body.get("saddr"), body))
    parts.add("PROCTITLE", title)


def _paths(body: Document) -> Iterator[dict[bytes, bytes]]:
    """Yield the files that a call named; without a word on what became of them they were there before."""
    file = body.get("file")
    if _is_map(file):
        yield _fields({"nametype": "NORMAL", **file})
    names = _several(body, "path_name", "names", "paths", "name", "path")
    kinds = _several(body, "path_nametype", "nametypes", "nametype", "objtype")
    modes = _several(body, "path_mode", "modes")
    for index, name in enumerate(names):
        kind = kinds[index] if index < len(kinds) else "NORMAL"
        mode = modes[index] if index < len(modes) else None
        if not _is_map(name):
            yield _fields({"name": name, "nametype": kind, "mode": mode})
        else:
            yield _fields({"nametype": kind, **name})


def _several(body: Document, *names: str) -> list[object]:
    """Return the first of these values as a list: a list, a list written as text, or one alone."""
    for name in names:
        value = body.get(name)
        if isinstance(value, list) and value:
            return value
        if isinstance(value, str) and value.startswith("["):
            try:
                return list(_lists.decode(value))
            except (msgspec.DecodeError, UnicodeDecodeError):
                return []
        if isinstance(value, str) and present(value) is not None:
            return [value]
    return []
