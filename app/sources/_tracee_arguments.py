"""The arguments of Tracee's events by their names, in whichever shape they came.

Knows how values are written and nothing of what they mean. One that is not what is asked for is none.
"""

from typing import TypeVar

import msgspec
from msgspec import Raw

from app.sources._tracee_shapes import Argument, Strings
from app.sources._values import Value, number_of, text_of

_T = TypeVar("_T")

_scalars: msgspec.json.Decoder[Value] = msgspec.json.Decoder(Value)
_strings: msgspec.json.Decoder[list[str] | Strings | None] = msgspec.json.Decoder(list[str] | Strings | None)


class Arguments:
    """An event's arguments by name; each is decoded when it is asked for."""

    def __init__(self, given: list[Argument] | dict[str, Raw] | None) -> None:
        if isinstance(given, dict):
            self._raw: dict[str, Raw] = given
        else:
            self._raw = {each.name: _value_of(each) for each in given or ()}

    def scalar(self, name: str) -> Value:
        """Return a text or a number; None where there is neither."""
        return self.read(name, _scalars)

    def text(self, name: str) -> str | None:
        """Return a text."""
        return text_of(self.scalar(name))

    def number(self, name: str) -> int | None:
        """Return a number."""
        return number_of(self.scalar(name))

    def path(self, *names: str) -> str | None:
        """Return the first of these that is a path from the root."""
        for name in names:
            found = self.text(name)
            if found is not None and found.startswith("/"):
                return found
        return None

    def strings(self, name: str) -> list[str]:
        """Return a list of texts."""
        found = self.read(name, _strings)
        return found.value if isinstance(found, Strings) else found or []

    def read(self, name: str, decoder: "msgspec.json.Decoder[_T]") -> _T | None:
        """Return what a decoder makes of an argument; None where it is not there, or is not that."""
        raw = self._raw.get(name)
        if not raw:
            return None
        try:
            return decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None


def _value_of(argument: Argument) -> Raw:
    return argument.value or next((raw for raw in msgspec.structs.astuple(argument)[2:] if raw), Raw())
