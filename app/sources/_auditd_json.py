"""An audit event that an agent forwards as one JSON document: its records, as the lines would have them.

Knows how agents arrange things, and nothing of what they mean: LAUREL keeps the records apart, auoms, Wazuh
and home-made forwarders put their fields side by side, in the document itself or somewhere inside.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

import msgspec

from app.errors import RecordRejected
from app.sources._auditd_fields import (
    Document,
    fields_of_address,
    fields_of_argv,
    fields_of_call,
    fields_of_paths,
    fields_of_title,
    fields_of_values,
    is_map,
)
from app.sources._auditd_lines import call_of, head_of
from app.sources._auditd_parts import Records
from app.sources._envelopes import USUAL, document_in
from app.sources._moments import LAST_MOMENT, instant
from app.sources._rejections import DECODE_ERRORS, not_json
from app.sources._texts import decoded
from app.sources._values import present

_KEPT_APART = ("EXECVE", "CWD", "PATH", "SOCKADDR", "PROCTITLE")
_TIMES = ("@timestamp", "timestamp", "Timestamp", "time", "event_time", "EventTime", "TimeGenerated")
_SERIALS = ("ID", "AuditID", "audit_id", "msg", "id", "event_id", "full_log")
_HOSTS = ("NODE", "node", "host", "Computer", "computer", "HostName", "hostName", "host_name", "agent", "beat")
_SERIAL = re.compile(r"(?<!\d)(\d{9,12})\.(\d{3}):\d{1,20}(?!\d)", re.ASCII)
_NEXT_LINE = re.compile(r"(?<!\s)\s++(?=(?:node=\S{1,255} )?type=[A-Z_0-9\[\]]{1,64} msg=audit\()")

_documents: msgspec.json.Decoder[dict[str, object] | list[object]] = msgspec.json.Decoder(
    dict[str, object] | list[object]
)


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
    if body is None and (content := document_in(raw, *USUAL)) is not None:
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
    if is_map(call):
        _kept_apart(call, document, seen.parts)
        return seen
    kind = next((str(body[name]) for name in ("type", "record_type", "RecordType") if name in body), "")
    if kind.startswith("USER_") or not ("syscall" in body or "SYSCALL" in body or "execve" in body):
        seen.type = kind or "a record without a type"
        seen.parts.add(seen.type, fields_of_values(body))
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


def _body(document: dict[str, object]) -> Document | None:
    """Return the part of a document that holds the fields; None where there is none."""
    data = document.get("data")
    records = document.get("records")
    candidates: list[object] = [document, document.get("audit"), data]
    if is_map(data):
        candidates.append(data.get("audit"))
    if isinstance(records, list):
        candidates += records[:1]
    for each in candidates:
        if is_map(each) and ("syscall" in each or "SYSCALL" in each or "RecordType" in each or "execve" in each):
            return each
    dotted = {name.removeprefix("data.").removeprefix("audit."): value for name, value in document.items()}
    if dotted.keys() != document.keys() and ("syscall" in dotted or "type" in dotted):
        return dotted
    for each in candidates:
        kind = each.get("type") if is_map(each) else None
        if is_map(each) and isinstance(kind, str) and re.fullmatch(r"[A-Z][A-Z_0-9]{2,40}", kind):
            return each
    return None


# --- when and where ----------------------------------------------------------------------------------


def _moment(document: Document, body: Document) -> int | None:
    sources = (body,) if body is document else (body, document)
    for source in sources:
        for name in _SERIALS:
            value = source.get(name)
            found = _SERIAL.search(value[:4096]) if isinstance(value, str) else None
            if found is not None:
                serial = int(found.group(1)) * 1000 + int(found.group(2))
                return serial if serial <= LAST_MOMENT else None
    for source in sources:
        for name in _TIMES:
            at = instant(source.get(name), assume_utc=False)
            if at is not None:
                return at
    return None


def _host(document: Document, body: Document) -> str | None:
    for source in (document,) if body is document else (document, body):
        for name in _HOSTS:
            if name not in source:
                continue
            value = source[name]
            if is_map(value):
                value = value.get("name") or value.get("hostname")
            if isinstance(value, str) and present(value) is not None:
                return value
        # What is called so beside a login's fields is where the user came from.
        value = source.get("hostname")
        if isinstance(value, str) and present(value) is not None and "acct" not in source:
            return value
    return None


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
        if is_map(parent) and isinstance(parent.get("exe"), str):
            flat["pexe"] = parent["exe"]
    container = document.get("CONTAINER_INFO")
    if is_map(container):
        flat["container"] = container.get("id")
    parts.add("SYSCALL", fields_of_call(_unescaped(flat)))
    for kind in _KEPT_APART:
        found = document.get(kind)
        for each in found if isinstance(found, list) else [found]:
            if not is_map(each):
                continue
            record = _unescaped(each)
            words = record.get("ARGV")
            if kind == "EXECVE":
                parts.add(kind, fields_of_argv(words) if isinstance(words, list) else fields_of_values(record))
            elif kind == "PROCTITLE":
                parts.add(kind, fields_of_title(words if isinstance(words, list) else record.get("proctitle")))
            elif kind == "SOCKADDR":
                parts.add(kind, fields_of_address(record.get("saddr"), record))
            else:
                parts.add(kind, fields_of_values(record))


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
    fields = fields_of_call(body)
    arguments = body.get("execve")
    words: list[object] = []
    if is_map(arguments):
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
    title = fields_of_title(body.get("proctitle"))
    if title and b"cmdline" not in fields:
        shown = title[b"proctitle"]
        if shown[:1] != b'"':
            shown = b'"%s"' % bytes.fromhex(shown.decode()).replace(b"\0", b" ").rstrip()
        fields[b"cmdline"] = shown
    parts.add("SYSCALL", fields)
    if words:
        parts.add("EXECVE", fields_of_argv(words))
    if isinstance(body.get("cwd"), str):
        parts.add("CWD", fields_of_values({"cwd": body["cwd"]}))
    if call_of(fields) == "execve":
        # The title may be the caller's still, and the rest says nothing of an execution.
        return
    for path in fields_of_paths(body):
        parts.add("PATH", path)
    parts.add("SOCKADDR", fields_of_address(body.get("saddr"), body))
    parts.add("PROCTITLE", title)
