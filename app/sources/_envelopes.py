"""The documents that shippers put a sensor's line into: what is inside, as it was.

Knows containers' logs (`log`), Filebeat, Fluent Bit and Vector (`message`), Elasticsearch's exports
(`_source`) and Splunk's (`event`, `result`, `_raw`), and nothing of what the line means. A format asks only
when a document is none of its own, so a sensor's own field of such a name comes first.
"""

import msgspec
from msgspec import Raw, Struct


class _Envelope(Struct, rename={"source": "_source", "raw": "_raw"}):
    source: Raw = Raw()
    result: Raw = Raw()
    raw: Raw = Raw()
    event: Raw = Raw()
    log: Raw = Raw()
    message: Raw = Raw()
    MESSAGE: Raw = Raw()


_envelopes: msgspec.json.Decoder[_Envelope] = msgspec.json.Decoder(_Envelope)
_texts: msgspec.json.Decoder[str] = msgspec.json.Decoder(str)


def inside(document: bytes) -> bytes | None:
    """Return the document or the line of text that is inside a shipper's; None when this is no such thing."""
    try:
        envelope = _envelopes.decode(document)
        for part in msgspec.structs.astuple(envelope):
            content = bytes(part)
            if content[:1] == b"{":
                return content
            if content[:1] == b'"' and (text := _texts.decode(content).strip()):
                return text.encode("utf-8", "replace")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return None
