"""Which Process nodes are one execution.

Pure. Two sensors see one execution some tens of milliseconds apart, and a sensor may see a process
act whose start it never saw. Both are joined by SAME_AS and never re-keyed; every read shows the
joined ones as one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CLOSE = 250
"""Milliseconds within which two sensors' starts of one pid and binary are one execution."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A Process of one host and pid, as far as joining goes."""

    id: str
    sensor: str
    started_at: int | None
    first_seen: int
    binaries: frozenset[str]


Pair = tuple[str, str]


def pairs(seen: Sequence[Seen]) -> set[Pair]:
    """Return the joins among the processes that one host has had under one pid.

    Executions are joined when each is the other's nearest of another sensor with a common binary, at
    most `CLOSE` apart, ties by id. A process that was only seen to act is joined to the last
    execution of its binary that started before, by the same sensor's word if there is one.
    """
    started = [one for one in seen if one.started_at is not None]
    nearest = {one.id: _nearest(one, started) for one in started}
    found = {
        (one, other) for one, other in nearest.items() if other is not None and one < other and nearest[other] == one
    }
    for act in seen:
        if act.started_at is None:
            execution = _execution(act, started)
            if execution:
                found.add((act.id, execution))
    return found


def _nearest(one: Seen, others: Iterable[Seen]) -> str | None:
    close = [
        (abs(_start(other) - _start(one)), other.id)
        for other in others
        if other.sensor != one.sensor and abs(_start(other) - _start(one)) <= CLOSE and other.binaries & one.binaries
    ]
    return min(close)[1] if close else None


def _execution(act: Seen, started: Iterable[Seen]) -> str | None:
    before = [
        (other.sensor == act.sensor, _start(other), other.id)
        for other in started
        if _start(other) <= act.first_seen + CLOSE and other.binaries & act.binaries
    ]
    return max(before)[2] if before else None


def _start(one: Seen) -> int:
    assert one.started_at is not None  # noqa: S101 - callers pass executions only
    return one.started_at
