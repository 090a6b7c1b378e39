"""Investigations: the course of one subject's weak alerts, and what it amounts to.

Pure; `detect` asks the database. A composite's query gives a row for each moment at which a piece of
evidence came: the score and what is missing so far. From these rows follow phase and moments.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Phase = Literal["OBSERVING", "EARLY_WARNING", "COMPOSITE", "EXPIRED", "SUPERSEDED"]


@dataclass(frozen=True, slots=True)
class Weak:
    """A raised weak alert of a subject."""

    id: str
    rule: str
    at: int


@dataclass(frozen=True, slots=True)
class Step:
    """The state of evidence after one piece: one row of a composite's query."""

    at: int
    alert: str
    """Id of the piece that came."""
    evidence: tuple[str, ...]
    """Ids of all pieces that hang together with it, in order of time."""
    score: float
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """What a run of weak alerts amounts to."""

    opened_at: int
    last_at: int
    lapses_at: int
    phase: Phase
    score: float
    missing: tuple[str, ...]
    warned_at: int | None
    composite_at: int | None
    evidence: tuple[str, ...]
    """Of the best step: most complete, then highest score."""
    pieces: tuple[str, ...]
    """All weak alerts of the run."""
    steps: tuple[Step, ...]


def runs(alerts: Iterable[Weak], lapse: int) -> list[list[Weak]]:
    """Return the longest runs of alerts with gaps of at most `lapse` milliseconds."""
    found: list[list[Weak]] = []
    for alert in sorted(alerts, key=lambda one: (one.at, one.id)):
        if found and alert.at - found[-1][-1].at <= lapse:
            found[-1].append(alert)
        else:
            found.append([alert])
    return found


def course(run: Sequence[Weak], steps: Iterable[Step], *, warn: float, enough: float, lapse: int, clock: int) -> Course:
    """Return what a run amounts to, given the deployment's clock.

    A step is the composite when nothing is missing and its score is `enough`; the first such step is
    the composite's moment, the best step its evidence.
    """
    ordered = tuple(sorted(steps, key=lambda step: (step.at, step.alert)))
    warned = [step.at for step in ordered if step.score >= warn]
    complete = [step.at for step in ordered if step.score >= enough and not step.missing]
    # Fewest missing, then highest score, then the earliest: the same step whatever the rows' order.
    best = min(ordered, key=lambda step: (len(step.missing), -step.score, step.at, step.alert), default=None)
    last_at = run[-1].at
    phase: Phase = "OBSERVING"
    if complete:
        phase = "COMPOSITE"
    elif clock > last_at + lapse:
        phase = "EXPIRED"
    elif warned:
        phase = "EARLY_WARNING"
    return Course(
        opened_at=run[0].at,
        last_at=last_at,
        lapses_at=last_at + lapse,
        phase=phase,
        score=max((step.score for step in ordered), default=0.0),
        missing=best.missing if best else (),
        warned_at=min(warned, default=None),
        composite_at=min(complete, default=None),
        evidence=best.evidence if best else (),
        pieces=tuple(alert.id for alert in run),
        steps=ordered,
    )
