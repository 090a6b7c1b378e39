"""What became of records, counted for people. Pure."""

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

MOST_WORDS = 100
"""Different kinds or reasons that are told apart."""


class Tally(Struct, frozen=True):
    """What became of the records of one or more sources."""

    records: int = 0
    taken: int = 0
    events: int = 0
    """Events put on the stream; equal ones that came together count once."""
    ignored: Mapping[str, int] = {}
    """Records that are known and not of interest, by kind."""
    rejected: Mapping[str, int] = {}
    """Records among the dead letters, by reason; numbers in it stand as #."""
    first: int | None = None
    """The earliest moment of an event, epoch milliseconds UTC."""
    last: int | None = None

    @property
    def complete(self) -> bool:
        """Tell whether nothing was rejected."""
        return not self.rejected

    def __or__(self, other: "Tally") -> "Tally":
        """Return the tally of both."""
        moments = [at for at in (self.first, self.last, other.first, other.last) if at is not None]
        return Tally(
            records=self.records + other.records,
            taken=self.taken + other.taken,
            events=self.events + other.events,
            ignored=_added(self.ignored, other.ignored),
            rejected=_added(self.rejected, other.rejected),
            first=min(moments, default=None),
            last=max(moments, default=None),
        )


def count(counter: Counter[str], what: str) -> None:
    """Count one more of something, told apart from others within bounds."""
    # What is counted by may hold a name that a sensor chose: their number is bounded.
    counter[what if what in counter or len(counter) < MOST_WORDS else "others"] += 1


def duration(milliseconds: int) -> str:
    """Return a span of time for people, such as "3 h 20 min"."""
    seconds = milliseconds // 1000
    parts = ((seconds // 86_400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    said = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(said[:2]) or "less than a second"


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(one) + Counter(other))
