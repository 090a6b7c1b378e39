"""The records of one audit event by their types, whether they came as lines or in a document.

Knows types and fields as such, and nothing of what they say.
"""

from collections.abc import Iterator
from typing import Protocol

from app.sources._auditd_lines import Fields, Head, fields_of


class Parts(Protocol):
    """The records of one event by their types."""

    def __iter__(self) -> Iterator[str]:
        """Yield the types, in the order that they came."""
        ...

    def __contains__(self, kind: str) -> bool: ...

    def all(self, kind: str) -> list[Fields]:
        """Return the fields of every record of a type."""
        ...

    def one(self, kind: str) -> Fields:
        """Return the fields of the first record of a type; none where there is no such record."""
        ...


class LineParts:
    """The lines of one event by their types; a line's fields are read when they are asked for."""

    def __init__(self) -> None:
        self._bodies: dict[str, list[bytes]] = {}

    def add(self, head: Head) -> None:
        """Take in a line."""
        self._bodies.setdefault(head.type, []).append(head.body)

    def __iter__(self) -> Iterator[str]:
        return iter(self._bodies)

    def __contains__(self, kind: str) -> bool:
        return kind in self._bodies

    def all(self, kind: str) -> list[Fields]:
        """Return the fields of every line of a type."""
        return [fields_of(body) for body in self._bodies.get(kind, ())]

    def one(self, kind: str) -> Fields:
        """Return the fields of the first line of a type; none where there is no such line."""
        bodies = self._bodies.get(kind)
        return fields_of(bodies[0]) if bodies else {}


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
