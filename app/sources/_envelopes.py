"""The documents that shippers put a sensor's line into: what is inside, as it was.

Knows no format and no shipper. A format names the fields in which its own lines may lie, and asks only when a
document is none of its own, so that a sensor's own field of such a name comes first.
"""

import msgspec

from app.sources._rejections import DECODE_ERRORS

USUAL = ("_source", "result", "_raw", "event", "log", "message", "MESSAGE")
"""Elasticsearch's exports, Splunk's (`event` too), containers' logs, Filebeat, Fluent Bit, Vector, journald."""

_members: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])
_texts: msgspec.json.Decoder[str] = msgspec.json.Decoder(str)


def document_in(envelope: bytes, *names: str) -> bytes | None:
    """Return the first document that stands under one of these names, or as a text there; None where there is none.

    A name may be dotted: `event.original` is that field, or `original` in `event`.
    """
    for content in _contents(envelope, names):
        if content[:1] == b"{":
            return content
    return None


def line_in(envelope: bytes, *names: str) -> bytes | None:
    """Return the first document or line of text that stands under one of these names; None where there is none."""
    return next(iter(_contents(envelope, names)), None)


def _contents(envelope: bytes, names: tuple[str, ...]) -> list[bytes]:
    try:
        members = _members.decode(envelope)
        found = [_plain(part) for name in names if (part := _part(members, name))]
    except DECODE_ERRORS:
        return []
    return [content for content in found if content]


def _part(members: dict[str, msgspec.Raw], name: str) -> bytes:
    if name in members:
        return bytes(members[name])
    first, dot, rest = name.partition(".")
    inner = bytes(members.get(first, b"")) if dot else b""
    return _part(_members.decode(inner), rest) if inner[:1] == b"{" else b""


def _plain(part: bytes) -> bytes:
    """Return an object as it stands, and a text as what it holds; nothing for anything else."""
    if part[:1] == b'"':
        return _texts.decode(part).strip().encode("utf-8", "replace")
    return part if part[:1] == b"{" else b""
