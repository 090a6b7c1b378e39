"""Single values of JSON of which nobody knows beforehand whether they come as numbers or as text.

Knows no format. What is not what it should be is None: a document is not lost for one odd field of it.
"""

from msgspec import Struct

from app.sources._values import LAST_MOMENT, from_nanoseconds, moment, present

Scalar = str | int | float | bool | None
_LARGEST = 2**63


class Stamp(Struct):
    """A moment as Protocol Buffers give it, where their JSON is not made by the book."""

    seconds: int | str = 0
    nanos: int = 0


def text(value: Scalar) -> str | None:
    """Return a field's text; None for "<NA>" and the like."""
    return present(value) if value is None or isinstance(value, str) else str(value)


def number(value: Scalar) -> int | None:
    """Return a field's number, also one that came as text; None where there is none of 64 bits."""
    if value is None:
        return None
    if isinstance(value, str):
        digits = value.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 19:
            return None
        value = int(value)
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else None
    if value is None or value is True or value is False or not -_LARGEST <= value < _LARGEST:
        return None
    return value


def natural(value: Scalar) -> int | None:
    """Return a field's number unless it is negative, which stands for none."""
    found = number(value)
    return found if found is not None and found >= 0 else None


def port(value: Scalar) -> int | None:
    """Return a field's number if it can be a port; 0 is none."""
    found = number(value)
    return found if found is not None and 0 < found <= 65535 else None


def truth(value: Scalar) -> bool | None:
    """Return what a field of true and false says, as such or as text."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def stamped(value: Stamp | Scalar) -> int | None:
    """Return epoch milliseconds of a stamp, of ISO 8601, or of epoch nanoseconds; None for anything else."""
    if isinstance(value, Stamp):
        seconds = number(value.seconds)
        at = None if seconds is None else seconds * 1000 + value.nanos // 1_000_000
        return at if at is not None and 0 < at <= LAST_MOMENT else None
    at = moment(value) if isinstance(value, str) else None
    return from_nanoseconds(number(value)) if at is None else at
