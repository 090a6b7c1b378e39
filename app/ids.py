"""Ids and text that are safe to store: the edge where hostile bytes become plain values.

Upstream of everything but `errors`; knows nothing of events or the graph.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

LONGEST_TEXT = 4096
"""Characters of any text that are kept to show. Neo4j refuses indexed strings above about 8 kB."""

_SEPARATOR = "\x1f"


@lru_cache(maxsize=32768)
def ident(label: str, *key: str) -> str:
    """Return the opaque id of what `key` names among all `label`s: 128 bits of SHA-256.

    The label stands in front, so that an id alone says where to look it up.
    """
    digest = hashlib.sha256(_SEPARATOR.join(key).encode("utf-8", "surrogatepass")).digest()[:16]
    return urlsafe_b64encode(label.encode() + b":" + digest).decode().rstrip("=")


def label_of(opaque: str) -> str | None:
    """Return the label that an id was made with; None when it is no id of ours."""
    try:
        raw = urlsafe_b64decode(opaque + "=" * (-len(opaque) % 4))
        label, digest = raw[:-17].decode("ascii"), raw[-16:]
    except (ValueError, UnicodeDecodeError):
        return None
    if raw[-17:-16] != b":" or len(digest) != 16 or not label.replace("_", "").isalnum():
        return None
    return label


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return `text` as the database takes it: no NUL, no lone surrogate, at most `longest` characters."""
    if "\x00" in text:
        text = text.replace("\x00", "\N{SYMBOL FOR NULL}")
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= longest else text[: longest - 1] + "…"
