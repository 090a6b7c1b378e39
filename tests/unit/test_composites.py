"""From the steps of a composite's query to what an investigation amounts to."""

import pytest

from app.composites import Course, Step, Weak, course, runs

HOUR = 3_600_000


def weak(*moments: int) -> list[Weak]:
    return [Weak(f"a{at}", "rule", at) for at in moments]


def step(at: int, score: float, *missing: str, alert: str = "") -> Step:
    return Step(at, alert or f"a{at}", (f"a{at}",), score, missing)


def looked(run: list[Weak], *steps: Step, clock: int = 0) -> Course:
    return course(run, steps, warn=50, enough=100, lapse=24 * HOUR, clock=clock)


def test_a_run_is_as_long_as_its_gaps_are_short() -> None:
    found = runs(weak(0, 24 * HOUR, 48 * HOUR + 1, 49 * HOUR), 24 * HOUR)
    assert [[one.at for one in run] for run in found] == [[0, 24 * HOUR], [48 * HOUR + 1, 49 * HOUR]]


def test_runs_do_not_depend_on_the_order_of_rows() -> None:
    assert runs(weak(5, 1, 3), 10) == runs(weak(1, 3, 5), 10)
    assert runs([], 10) == []


def test_a_first_weak_signal_is_observed() -> None:
    found = looked(weak(10), step(10, 20, "a contact"), clock=10)
    assert (found.phase, found.score, found.missing, found.warned_at) == ("OBSERVING", 20, ("a contact",), None)
    assert (found.opened_at, found.last_at, found.lapses_at) == (10, 10, 10 + 24 * HOUR)


@pytest.mark.parametrize(("score", "phase"), [(49.9, "OBSERVING"), (50, "EARLY_WARNING"), (500, "EARLY_WARNING")])
def test_weight_alone_is_an_early_warning(score: float, phase: str) -> None:
    assert looked(weak(10), step(10, score, "a contact")).phase == phase


@pytest.mark.parametrize(("score", "phase"), [(99.9, "EARLY_WARNING"), (100, "COMPOSITE")])
def test_with_nothing_missing_and_enough_weight_it_is_the_composite(score: float, phase: str) -> None:
    assert looked(weak(10), step(10, score)).phase == phase


def test_the_first_complete_step_is_the_composites_moment_and_the_best_its_evidence() -> None:
    found = looked(weak(10, 20, 30), step(30, 130), step(10, 60, "x"), step(20, 110))
    assert (found.warned_at, found.composite_at, found.score) == (10, 20, 130)
    assert found.evidence == ("a30",)
    assert [one.at for one in found.steps] == [10, 20, 30]


def test_fewer_missing_goes_before_more_weight() -> None:
    found = looked(weak(10, 20), step(10, 90, "x", "y"), step(20, 60, "x"))
    assert (found.missing, found.score) == (("x",), 90)


@pytest.mark.parametrize(("clock", "phase"), [(10 + 24 * HOUR, "EARLY_WARNING"), (11 + 24 * HOUR, "EXPIRED")])
def test_it_expires_when_the_clock_passes_its_lapse(clock: int, phase: str) -> None:
    assert looked(weak(10), step(10, 60, "x"), clock=clock).phase == phase


def test_a_composite_does_not_expire() -> None:
    assert looked(weak(10), step(10, 100), clock=10**12).phase == "COMPOSITE"


def test_a_run_without_a_step_amounts_to_nothing() -> None:
    found = looked(weak(10))
    assert (found.phase, found.score, found.evidence, found.pieces) == ("OBSERVING", 0, (), ("a10",))
