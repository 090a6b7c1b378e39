"""How a loop outlives trouble."""

import threading
import time
from itertools import pairwise

import pytest
import structlog
from structlog.testing import capture_logs

from app.errors import GraphUnavailable, StreamUnavailable
from app.patience import Patience, Stopped, Unforeseen, attempt, beating


class Clock:
    """Time that passes only while it is waited for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        monkeypatch.setattr("app.patience.monotonic", lambda: self.now)

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.now += seconds
        return False


def test_waits_grow_to_a_limit_and_hours_of_outage_are_few_lines(monkeypatch) -> None:
    clock = Clock(monkeypatch)
    patience = Patience(clock, structlog.get_logger(), "the graph is away")  # type: ignore[arg-type]
    with capture_logs() as logs:
        while clock.now < 2 * 3600:
            patience.wait(GraphUnavailable("gone"))
        patience.over()
        patience.over()
    assert clock.waits[0] <= 0.05
    assert max(clock.waits) <= 5.0
    assert min(clock.waits[10:]) >= 2.5
    assert len(set(clock.waits[20:40])) == 20, "no two workers come back together"
    assert 100 < len(logs) <= 122
    assert [line["event"] for line in logs[-1:]] == ["over: the graph is away"]


def test_a_wait_ends_when_the_program_is_to_stop() -> None:
    stop = threading.Event()
    patience = Patience(stop, structlog.get_logger(), "away")
    stop.set()
    with capture_logs(), pytest.raises(Stopped):
        patience.wait(GraphUnavailable("gone"))


def test_what_nobody_foresaw_is_named_and_what_was_foreseen_passes() -> None:
    assert attempt(int, "7") == 7
    with pytest.raises(Unforeseen, match="internal error: ValueError: invalid literal"):
        attempt(int, "x")

    def away(_: object) -> None:
        raise GraphUnavailable("gone")

    with pytest.raises(GraphUnavailable):
        attempt(away, 1)


def test_a_beat_goes_on_through_an_outage_and_ends_with_its_block_or_its_limit() -> None:
    beats: list[float] = []

    def beat() -> None:
        beats.append(time.monotonic())
        raise StreamUnavailable("gone")

    with beating(beat, 0.02, 10):
        time.sleep(0.3)
    count = len(beats)
    assert 5 < count < 16
    assert all(later - earlier > 0.015 for earlier, later in pairwise(beats))
    time.sleep(0.1)
    assert len(beats) == count
    with beating(beat, 0.02, 0.1):
        time.sleep(0.4)
    assert len(beats) - count < 8
