"""Values of a document as the fields of an audit record: quoted, bare or hex, as a line would have them.

Knows how agents name and write values, and nothing of how they arrange them. Texts are quoted, so that one
that looks like hex is not taken for it.
"""

import re
from binascii import b2a_hex
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import TypeGuard

import msgspec

from app.sources._system_calls import result_of
from app.sources._texts import decoded
from app.sources._values import present

Document = Mapping[str, object]

_NAMED_ERROR = re.compile(r"-?(E[A-Z0-9]{2,20})\b")
_TITLE_IN_HEX = re.compile(r"(?:[0-9A-F]{2}){4,}")
_ADDRESS_IN_HEX = re.compile(r"(?:0x)?(?:[0-9A-Fa-f]{2}){2,}")
_SHOWN_ADDRESS = re.compile(
    r"(?:laddr|raddr|addr|host)[=: ]{1,3}([0-9A-Fa-f.:]{2,45})"
    r"(?: .{0,40}?(?:lport|rport|port|serv)[=: ]{1,3}(\d{1,5}))?\b"
)
_BARE = ("arch", "syscall", "SYSCALL", "success", "exit", "a0", "a1", "a2", "a3", "ppid", "pid", "auid", "uid", "euid",
         "ses", "id", "res", "nametype", "mode")  # fmt: skip
_QUOTED = ("exe", "cwd", "name", "acct", "ID", "addr", "hostname", "UID", "AUID", "EUID", "cmdline", "pexe",
           "container")  # fmt: skip
_ALIASES = {
    "user": "UID", "user_name": "UID", "audit_user": "AUID", "effective_user": "EUID",
    "containerid": "container", "container_id": "container", "ppid_exe": "pexe", "parent_exe": "pexe",
    "command_line": "cmdline", "CommandLine": "cmdline", "executable": "exe", "loginuid": "auid", "session": "ses",
}  # fmt: skip
_KNOWN = {name: name for name in (*_BARE, *_QUOTED)} | _ALIASES
_UNQUOTED = frozenset(_BARE)
_OF_USERS = {"uid": "UID", "auid": "AUID", "euid": "EUID"}
_YES = frozenset(("yes", "true", "1", "success", "succeeded"))
_NO = frozenset(("no", "false", "0", "fail", "failed", "failure"))
_PREFIXED = frozenset(("arch", "a0", "a1", "a2", "a3", "mode"))
_ADDRESSES_IN_ORDER = ("addr", "laddr", "raddr", "remote_ip", "dest_ip", "ip")
_ADDRESSES = frozenset(_ADDRESSES_IN_ORDER)

_lists: msgspec.json.Decoder[list[str]] = msgspec.json.Decoder(list[str])


def is_map(value: object) -> TypeGuard[dict[str, object]]:
    """Say whether a value is an object."""
    return isinstance(value, dict)


def fields_of_values(values: Document) -> dict[bytes, bytes]:
    """Return a record's single values as a line would have them."""
    fields: dict[bytes, bytes] = {}
    for given, value in values.items():
        name = _KNOWN.get(given)
        if name is None or value is None or isinstance(value, dict | list):
            continue
        text = str(value).strip()
        if present(text) is None or (given != name and name.encode() in fields):
            continue
        if name in _OF_USERS and not text.removeprefix("-").isdigit():
            name = _OF_USERS[name]
        elif name == "success":
            text = "yes" if text.lower() in _YES else "no" if text.lower() in _NO else text
        elif name == "res":
            text = "success" if text.lower() in _YES else text
        elif name == "exit":
            text = _result(text)
        elif name in _PREFIXED:
            text = text.removeprefix("0x").removeprefix("0o")
        data = text.encode("utf-8", "replace")
        fields[name.encode()] = data if name in _UNQUOTED else b'"%s"' % data
    return fields


def _result(text: str) -> str:
    found = _NAMED_ERROR.match(text)
    return text if found is None else str(result_of(found.group(1)))


def fields_of_call(values: Document) -> dict[bytes, bytes]:
    fields = fields_of_values(values)
    result = fields.get(b"exit", b"")
    if b"success" not in fields:
        fields[b"success"] = b"no" if result.startswith(b"-") else b"yes"
    if b"euid" not in fields and b"uid" in fields:
        fields[b"euid"] = fields[b"uid"]
        if b"UID" in fields:
            fields.setdefault(b"EUID", fields[b"UID"])
    return fields


def fields_of_argv(words: list[object]) -> dict[bytes, bytes]:
    return {
        b"argc": b"%d" % len(words),
        **{b"a%d" % index: b'"%s"' % str(word).encode("utf-8", "replace") for index, word in enumerate(words)},
    }


def fields_of_title(value: object) -> dict[bytes, bytes]:
    if isinstance(value, list):
        data = b"\0".join(str(word).encode("utf-8", "replace") for word in value)
        return {b"proctitle": b2a_hex(data).upper()} if data else {}
    if not isinstance(value, str) or present(value) is None:
        return {}
    if _TITLE_IN_HEX.fullmatch(value) and decoded(bytes.fromhex(value).replace(b"\0", b" ")).isprintable():
        return {b"proctitle": value.encode()}
    return {b"proctitle": b'"%s"' % value.encode("utf-8", "replace")}


def fields_of_address(value: object, values: Document) -> dict[bytes, bytes]:
    """Return a socket's address in hex, also where the agent has read it already."""
    if value is None and not ("SADDR" in values or not _ADDRESSES.isdisjoint(values)):
        return {}
    shown = values.get("SADDR")
    place = dict(shown) if is_map(shown) else dict(values)
    if isinstance(value, str) and not _ADDRESS_IN_HEX.fullmatch(value):
        found = _SHOWN_ADDRESS.search(value[:512])
        place = {"addr": found.group(1), "port": found.group(2)} if found else place
        value = None
    if isinstance(value, str):
        return {b"saddr": value.removeprefix("0x").encode()}
    ip = next((place[name] for name in _ADDRESSES_IN_ORDER if name in place), None)
    port = next((place[name] for name in ("port", "lport", "rport", "remote_port", "dest_port") if name in place), None)
    try:
        address = ip_address(str(ip))
        number = int(str(port or 0)).to_bytes(2, "big")
    except (ValueError, OverflowError):
        return {}
    if address.version == 4:
        return {b"saddr": b2a_hex(b"\x02\x00" + number + address.packed)}
    return {b"saddr": b2a_hex(b"\x0a\x00" + number + bytes(4) + address.packed)}


def fields_of_paths(body: Document) -> Iterator[dict[bytes, bytes]]:
    """Yield the files that a call named; without a word on what became of them they were there before."""
    file = body.get("file")
    if is_map(file):
        yield fields_of_values({"nametype": "NORMAL", **file})
    names = _several(body, "path_name", "names", "paths", "name", "path")
    kinds = _several(body, "path_nametype", "nametypes", "nametype", "objtype")
    modes = _several(body, "path_mode", "modes")
    for index, name in enumerate(names):
        kind = kinds[index] if index < len(kinds) else "NORMAL"
        mode = modes[index] if index < len(modes) else None
        if not is_map(name):
            yield fields_of_values({"name": name, "nametype": kind, "mode": mode})
        else:
            yield fields_of_values({"nametype": kind, **name})


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
