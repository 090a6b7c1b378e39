"""Dead letters: records that could not become events, kept with the reason until somebody decides.

One part of `Stream`; knows nothing of formats. Nothing is trimmed: at the limit, what would add to them is
refused as a whole (`DeadLettersFull`), so that a broken feed stops itself and loses nothing. Letters of a
worker are beyond the limit: they hold events that were accepted before.
"""

import re
import zlib
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from app.stream.connection import Connection
from app.stream.scripts import BURN, COUNT_REASONS

MOST_LETTER_BYTES = 256 * 1024 * 1024
"""Bytes of dead letters, compressed, that Redis may hold."""
NO_LIMIT = 2**53

# Formats that no source reads; a hyphen keeps them apart from those.
UNREADABLE_ENTRY = "stream-entry"
"""An entry of events that this version cannot read; `raw` is as it was packed."""
HAND_OVER = "hand-over"
"""A hand-over that cannot be read or evaluated; `raw` is as it was packed."""

_COMPRESSED_FROM = 1024
_LONGEST_REASON = 2_000
_NUMBER = re.compile(r"\d+")


class DeadLetter(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record that was refused."""

    at: int
    """When it was refused, wall clock, epoch milliseconds UTC."""
    format: str
    """The source that can read `raw` again; `polygraph` for an event that the database refused."""
    source: str
    """Where it came from: a file's name, an address, a worker."""
    reason: str
    raw: bytes
    """The record as it came, secrets masked."""
    line: int = 0
    """Number of its first line in the source, from 1; 0 where there is none."""
    host: str | None = None
    """The host that was to be assumed when the record names none."""
    not_after: int | None = None
    """What no record of its source lies beyond, as when its file was last written; else it is `at`."""
    utc_offset: int = 0
    """Minutes by which the clock of the one who wrote it ran ahead of UTC."""


class StoredLetter(Struct, frozen=True):
    """A letter and its place among all."""

    id: str
    letter: DeadLetter


class _Envelope(Struct, frozen=True, array_like=True):
    letter: DeadLetter
    compressed: bool


_decoder = msgspec.msgpack.Decoder(_Envelope)


def pack(letter: DeadLetter) -> bytes:
    """Return the letter's bytes; long ones are compressed."""
    letter = msgspec.structs.replace(letter, reason=letter.reason[:_LONGEST_REASON])
    if compressed := len(letter.raw) >= _COMPRESSED_FROM:
        letter = msgspec.structs.replace(letter, raw=zlib.compress(letter.raw, 6))
    return msgspec.msgpack.encode(_Envelope(letter, compressed))


def unpack(packed: bytes) -> DeadLetter:
    """Return what `pack` wrote."""
    envelope = _decoder.decode(packed)
    letter = envelope.letter
    return msgspec.structs.replace(letter, raw=zlib.decompress(letter.raw)) if envelope.compressed else letter


def reason_class(reason: str) -> str:
    """Return the reason without what differs from record to record, to count by."""
    return _NUMBER.sub("#", reason)[:200]


def arguments(letters: Sequence[DeadLetter]) -> list[str | bytes | int]:
    """Return letters as the scripts take them: size, what to count by, bytes."""
    flat: list[str | bytes | int] = []
    for letter in letters:
        packed = pack(letter)
        by = msgspec.msgpack.encode((letter.format, reason_class(letter.reason)))
        flat += (len(packed), by, packed)
    return flat


class Letters(Connection):
    """The dead letters in Redis."""

    def dead_letters(self, after: str | None = None, count: int = 100) -> list[StoredLetter]:
        """Return letters, oldest first; `after` is the id of the last one seen."""
        found = self._ask("XRANGE", self.key("dead"), _after(after), "+", "COUNT", count)
        return [StoredLetter(id.decode(), unpack(fields[b"l"])) for id, fields in found]

    def dead_letter_count(self) -> int:
        """Return how many letters there are."""
        return int(self._ask("XLEN", self.key("dead")))

    def dead_letters_by_reason(self) -> dict[tuple[str, str], int]:
        """Count all letters by format and reason, numbers in reasons aside; most frequent first."""
        counts: dict[tuple[str, str], int] = {}
        last: str | None = None
        while True:
            place, flat = self._run(COUNT_REASONS, [self.key("dead")], [_after(last)])
            if not place:
                return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
            last = place.decode()
            for packed, count in zip(flat[::2], flat[1::2], strict=True):
                by = msgspec.msgpack.decode(packed, type=tuple[str, str])
                counts[by] = counts.get(by, 0) + int(count)

    def delete_dead_letters(self, ids: Sequence[str]) -> int:
        """Delete letters and return how many there were; the only way that one ever goes."""
        keys = [self.key("dead"), self.key("dead:bytes")]
        parts = (ids[start : start + 1000] for start in range(0, len(ids), 1000))
        return sum(int(self._run(BURN, keys, part)) for part in parts)


def _after(last: str | None) -> str:
    return "-" if last is None else f"({last}"
