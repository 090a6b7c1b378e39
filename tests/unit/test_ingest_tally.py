"""Counting what became of records, and how spans of time are said."""

from collections import Counter

import pytest

from app.tally import MOST_WORDS, Tally, count, duration


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        (12_000_000, "3 h 20 min"),
        (12_059_999, "3 h 20 min"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (3_600_000, "1 h"),
        (3_605_000, "1 h 5 s"),
        (90_000_000, "1 d 1 h"),
        (999, "less than a second"),
        (31_536_000_000_000, "365000 d"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(milliseconds: int, said: str) -> None:
    assert duration(milliseconds) == said


def test_tallies_add_up() -> None:
    one = Tally(records=5, taken=3, events=4, ignored={"eof": 1}, rejected={"no pid": 1}, first=10, last=20)
    other = Tally(records=2, taken=1, events=1, rejected={"no pid": 1}, first=5, last=6)
    assert one | other == Tally(
        records=7, taken=4, events=5, ignored={"eof": 1}, rejected={"no pid": 2}, first=5, last=20
    )
    assert Tally() | one == one
    assert not one.complete
    assert Tally().complete


def test_words_that_a_sensor_chose_are_bounded() -> None:
    counter: Counter[str] = Counter()
    for number in range(MOST_WORDS + 50):
        count(counter, f"kind {number}")
    count(counter, "kind 3")
    assert len(counter) == MOST_WORDS + 1
    assert (counter["others"], counter["kind 3"], counter.total()) == (50, 2, MOST_WORDS + 51)
