"""Read single values: what is absent, texts, numbers and truths, whatever a shipper made of them.

Knows no format. Everything here is total: what cannot be read is None, for a document is not lost for one odd
field of it.
"""

import re
from typing import TypeAlias

UNSET_ID = 4294967295
"""The kernel's word for "no user" and "no session" (-1 as an unsigned 32-bit number)."""

Value: TypeAlias = str | int | float | bool | None
"""A single value of JSON; shippers turn texts into numbers and back."""

_ABSENT = frozenset(
    ("", "-", "?", "(none)", "(null)", "<NA>", "<unknown process>", "unset", "(invalid user)", "(unknown)")
)
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LARGEST = 2**63 - 1
_SHA256 = re.compile(r"[0-9a-f]{64}")


def present(text: str | None) -> str | None:
    """Return `text`, or None where it is one of the placeholders that sensors write for nothing."""
    return None if text is None or text in _ABSENT else text


def identity(text: str | None) -> str | None:
    """Return a sensor's id of something; None for a placeholder, such as a GUID of zeros."""
    found = present(text)
    return found if found is not None and found.strip("{}0-") else None


def text_of(value: object) -> str | None:
    """Return a single value as text; None where it is absent, a placeholder or no single value."""
    if type(value) is str:
        return None if value in _ABSENT else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else None


def number_of(value: object) -> int | None:
    """Return a whole number of 64 bits, also one that came as text; None where there is none."""
    kind = type(value)
    if kind is int:
        found: int = value  # type: ignore[assignment]
    elif isinstance(value, str):
        digits = value.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 19:
            return None
        found = int(value)
    elif isinstance(value, float) and value.is_integer():
        found = int(value)
    else:
        return None
    return found if -_LARGEST <= found <= _LARGEST else None


def natural_of(value: object) -> int | None:
    """Return a number unless it is negative, which stands for none."""
    found = number_of(value)
    return found if found is not None and found >= 0 else None


def number_id(value: object) -> int | None:
    """Return a user or session number; None for the kernel's "unset", for a SID and for whatever else is none."""
    found = number_of(value)
    return None if found is None or found < 0 or found == UNSET_ID else found


def truth_of(value: object) -> bool | None:
    """Return a value as true or false, which some write as words; None where it is neither."""
    if isinstance(value, bool):
        return value
    return _TRUTHS.get(value.lower()) if isinstance(value, str) else None


def sha256_of(text: str | None) -> str | None:
    """Return a SHA-256 in lower case; None for what is none, or all zeros, as where nothing was measured."""
    if text is None or len(text) != 64:
        return None
    digest = text.lower()
    return digest if _SHA256.fullmatch(digest) and digest.strip("0") else None
