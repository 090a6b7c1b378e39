"""Scalars: moments, big integers and free-form values.

GraphQL's own Int has 32 bits, which no epoch millisecond fits into.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from app.api.errors import bad_input

DateTime = NewType("DateTime", int)
"""Epoch milliseconds UTC here and in the graph; ISO 8601 outside."""
Long = NewType("Long", int)
Json = NewType("Json", object)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 253_402_300_799_999
_BIG = 2**63
_EXACT = 2**53


def moment_to_text(moment: int) -> str:
    """Return epoch milliseconds as ISO 8601 in UTC; what lies outside the years 1 to 9999 is cut to them."""
    at = _EPOCH + timedelta(milliseconds=min(max(moment, -62_135_596_800_000), _LAST))
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def text_to_moment(text: object) -> DateTime:
    """Return ISO 8601 with an offset as epoch milliseconds.

    Raises ApiError when it is none, or leaves the offset out: nobody knows then which moment is meant.
    """
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise bad_input("a DateTime is ISO 8601 with an offset, such as 2026-03-01T15:04:05.000Z")
    since = at - _EPOCH
    return DateTime(since // timedelta(milliseconds=1))


def _long(value: object) -> Long:
    if isinstance(value, bool) or not isinstance(value, int) or not -_BIG <= value < _BIG:
        raise bad_input("a Long is a whole number of at most 64 bits")
    return Long(value)


def _json(value: object) -> object:
    """Return a value as JSON holds it exactly: whole numbers beyond 53 bits become text."""
    match value:
        case bool() | None | str() | float():
            return value
        case int():
            return value if -_EXACT <= value <= _EXACT else str(value)
        case Mapping():
            return {str(key): _json(one) for key, one in value.items()}
        case list() | tuple():
            return [_json(one) for one in value]
        case _:
            return str(value)


SCALARS: Mapping[object, ScalarDefinition] = MappingProxyType(
    {
        DateTime: strawberry.scalar(
            name="DateTime",
            description="A moment: ISO 8601 with milliseconds, always UTC when answered. "
            "As input any offset will do, but there must be one.",
            serialize=moment_to_text,
            parse_value=text_to_moment,
        ),
        Long: strawberry.scalar(
            name="Long",
            description="A whole number of 64 bits.",
            serialize=lambda value: value,
            parse_value=_long,
        ),
        Json: strawberry.scalar(
            name="JSON",
            description="Any JSON value; whole numbers beyond 53 bits come as text.",
            serialize=_json,
            parse_value=lambda value: value,
        ),
    }
)
