"""Sightings merge like sets, and what is new follows from them, whatever the order."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.novelty import DAY, Novelty, disproof, merge

NOON = DAY // 2


def told(*sightings: tuple[int, str]) -> Novelty | None:
    """Return what is stored after each sighting was written by itself."""
    stored: Novelty | None = None
    for at, by in sightings:
        known = stored or Novelty([], [])
        stored = merge(known.sightings, known.openings, {at // DAY: (at, by)}) or stored
    return stored


def test_the_first_sighting_opens() -> None:
    found = told((5, "p1"))
    assert found == Novelty([5], ["5|p1"])
    assert (found.novel_since, found.novel_by) == (5, "p1")


def test_a_sighting_that_is_known_changes_nothing() -> None:
    assert merge([5], ["5|p1"], {0: (5, "p1")}) is None
    assert merge([5], ["5|p1"], {0: (6, "p0")}) is None


def test_a_day_keeps_its_first_moment_alone() -> None:
    assert told((50, "b"), (20, "a"), (70, "c")) == Novelty([20], ["20|a"])


def test_of_two_first_moments_the_lesser_id_made_it() -> None:
    assert told((5, "b"), (5, "a")) == told((5, "a"), (5, "b")) == Novelty([5], ["5|a"])


@pytest.mark.parametrize(("gap", "opens"), [(1, False), (89, False), (90, False), (91, True), (400, True)])
def test_the_gap_counts_in_utc_days(gap: int, opens: bool) -> None:
    """From the last millisecond of one day, or from its first: only the days count."""
    for first in (0, DAY - 1):
        for later in (gap * DAY, gap * DAY + DAY - 1):
            found = told((first, "a"), (later, "b"))
            assert found is not None
            assert found.sightings == [first, later]
            assert found.openings == ([f"{first}|a", f"{later}|b"] if opens else [f"{first}|a"])
            assert found.novel_since == (later if opens else first)


def test_a_late_sighting_closes_an_opening() -> None:
    found = told((0, "a"), (120 * DAY, "b"), (60 * DAY, "c"))
    assert found == Novelty([0, 60 * DAY, 120 * DAY], ["0|a"])


def test_a_late_sighting_opens_before_all_others() -> None:
    found = told((100 * DAY, "b"), (10 * DAY, "a"))
    assert found == Novelty([10 * DAY, 100 * DAY], [f"{10 * DAY}|a"])


def test_a_maker_is_remembered_where_a_later_gap_opens() -> None:
    """A bar in an id does no harm: the moment stands before the first one."""
    found = told((0, "a|x"), (200 * DAY, "b|y"))
    assert found is not None
    assert found.novel_by == "b|y"


@given(st.lists(st.tuples(st.integers(0, 300 * DAY), st.sampled_from("abc")), min_size=1, max_size=5))
def test_any_order_ends_the_same(sightings: list[tuple[int, str]]) -> None:
    endings = {repr(told(*order)) for order in permutations(sightings)}
    assert len(endings) == 1


@given(
    st.lists(st.tuples(st.integers(0, 300 * DAY), st.sampled_from("abc")), max_size=6),
    st.lists(st.tuples(st.integers(0, 300 * DAY), st.sampled_from("abc")), min_size=1, max_size=6),
)
def test_a_batch_is_its_sightings(before: list[tuple[int, str]], batch: list[tuple[int, str]]) -> None:
    stored = told(*before) or Novelty([], [])
    days: dict[int, tuple[int, str]] = {}
    for sighting in batch:
        days[sighting[0] // DAY] = min(sighting, days.get(sighting[0] // DAY, sighting))
    assert (merge(stored.sightings, stored.openings, days) or stored) == told(*before, *batch)


@pytest.mark.parametrize(
    ("sightings", "at", "known"),
    [
        ([], 100 * DAY, None),
        ([100 * DAY], 100 * DAY, None),
        ([10 * DAY], 100 * DAY, 10 * DAY),
        ([10 * DAY - 1], 100 * DAY, None),
        ([100 * DAY + 1], 100 * DAY + 2, 100 * DAY + 1),
        ([101 * DAY], 100 * DAY, None),
        ([20 * DAY, 30 * DAY, 200 * DAY], 100 * DAY + NOON, 30 * DAY),
    ],
)
def test_only_a_sighting_within_the_window_before_disproves(sightings: list[int], at: int, known: int | None) -> None:
    assert disproof(sightings, at) == known
