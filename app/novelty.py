"""What is new: sightings merge like sets, and novelty follows from them.

Pure. An entity or behaviour carries the first moment of each UTC day on which it was seen. A day
without a sighting in the 90 days before it is an *opening*: there the thing was new. `novel_since` is
the latest opening, `novel_by` the observation that was its first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DAY = 86_400_000
"""Milliseconds of a UTC day."""
WINDOW_DAYS = 90
"""The deployment's novelty window in UTC days; no rule overrides it."""

First = tuple[int, str]
"""A day's first moment (epoch milliseconds UTC) and the id of the observation that made it."""


@dataclass(frozen=True, slots=True)
class Novelty:
    """What is stored of an entity's or behaviour's sightings."""

    sightings: list[int]
    """First moment of each day, ascending."""
    openings: list[str]
    """`moment|observation` of each day that opened, ascending."""

    @property
    def novel_since(self) -> int:
        """Return the first moment of the latest opening."""
        return int(self.openings[-1].partition("|")[0])

    @property
    def novel_by(self) -> str:
        """Return the id of the observation that made it new."""
        return self.openings[-1].partition("|")[2]


def merge(sightings: Sequence[int] | None, openings: Sequence[str] | None, new: Mapping[int, First]) -> Novelty | None:
    """Return the union of what is stored and what is `new` (by UTC day); None when nothing changes.

    Only openings need to remember who made them: a day that is none stays none, for sightings are
    only ever added. So any order and any repetition of `new` ends in the same Novelty.
    """
    firsts = {moment // DAY: moment for moment in sightings or ()}
    makers: dict[int, str] = {}
    for opening in openings or ():
        opened_at, _, opener = opening.partition("|")
        makers[int(opened_at) // DAY] = opener
    changed = False
    for day, (moment, maker) in new.items():
        stored = firsts.get(day)
        if stored is None or moment < stored:
            firsts[day], makers[day] = moment, maker
            changed = True
        elif moment == stored and day in makers and maker < makers[day]:
            makers[day] = maker
            changed = True
    if not changed:
        return None
    days = sorted(firsts)
    opened_days = [day for position, day in enumerate(days) if position == 0 or day - days[position - 1] > WINDOW_DAYS]
    return Novelty([firsts[day] for day in days], [f"{firsts[day]}|{makers[day]}" for day in opened_days])


def disproof(sightings: Sequence[int], at: int) -> int | None:
    """Return the latest sighting that shows that something first said to be new at `at` was known.

    It lies before `at`, within the window of UTC days before it or earlier on the same day; None when
    there is none, and then nothing may be withdrawn.
    """
    day = at // DAY
    earlier = [moment for moment in sightings if moment < at and day - moment // DAY <= WINDOW_DAYS]
    return max(earlier, default=None)
