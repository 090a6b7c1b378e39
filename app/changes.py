"""What detection or a person changed: the word that goes out to GraphQL subscriptions.

Pure. Published on one channel of Redis (`stream`) and read by every API process; it only says what to
read again, so one that comes twice does no harm.
"""

import msgspec
from msgspec import Struct


class Change(Struct, frozen=True, omit_defaults=True):
    """Ids of alerts and investigations that are not what they were."""

    alerts: tuple[str, ...] = ()
    investigations: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.alerts or self.investigations)


def encode(change: Change) -> bytes:
    """Return the change as JSON."""
    return msgspec.json.encode(change)


def decode(message: bytes) -> Change:
    """Return what `encode` wrote.

    Raises ValueError when it is something else.
    """
    return msgspec.json.decode(message, type=Change)
