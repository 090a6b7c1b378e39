"""How a loop outlives trouble: waiting longer each time, keeping what it holds, and no batch that ends it.

Used by `ingest`, `worker` and `detecting`. Knows neither Redis nor Neo4j.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import uniform
from threading import Event, Thread
from time import monotonic
from typing import TypeVar

from structlog.typing import FilteringBoundLogger

from app.errors import PolygraphError, StreamUnavailable

Given = TypeVar("Given")
T = TypeVar("T")

_FIRST = 0.05  # seconds
_REMINDER = 60.0


class Stopped(Exception):
    """The wait was ended because the program is to stop."""


class Unforeseen(PolygraphError):
    """A fault of this program's in one batch."""


class Patience:
    """One thing that is waited for; says when it went and when it came back."""

    def __init__(self, stop: Event, log: FilteringBoundLogger, what: str, longest: float = 5.0) -> None:
        self._stop = stop
        self._log = log
        self._what = what
        self._longest = longest
        self._since: float | None = None
        self._said = 0.0
        self._tries = 0

    def wait(self, error: Exception) -> None:
        """Wait before the next try; raises Stopped when there is to be none."""
        now = monotonic()
        if self._since is None:
            self._since = now
        if self._tries == 0 or now - self._said >= _REMINDER:
            # The first time and then once a minute: an outage of hours is some hundred lines.
            self._said = now
            waiting = round(now - self._since)
            self._log.warning(self._what, reason=str(error), tries=self._tries + 1, waiting_seconds=waiting)
        longest = min(self._longest, _FIRST * 2 ** min(self._tries, 16))
        self._tries += 1
        # By chance, so that all workers do not come back in the same millisecond.
        if self._stop.wait(uniform(longest / 2, longest)):  # noqa: S311
            raise Stopped

    def over(self) -> None:
        """Say that it is back, if it was away."""
        if self._since is not None:
            self._log.info(f"over: {self._what}", seconds=round(monotonic() - self._since, 1), tries=self._tries)
            self._since = None
            self._tries = 0


@contextmanager
def beating(beat: Callable[[], object], every: float, longest: float) -> Iterator[None]:
    """Call `beat` every so many seconds while a block runs, from beside it.

    For at most `longest` seconds, so that a block that hangs for ever loses what the beat keeps for it.
    """
    ended = Event()

    def run() -> None:
        deadline = monotonic() + longest
        while not ended.wait(every) and monotonic() < deadline:
            with suppress(StreamUnavailable):
                beat()

    thread = Thread(target=run, daemon=True, name="beat")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def attempt(work: Callable[[Given], T], batch: Given) -> T:
    """Do one batch's work; what nobody foresaw becomes Unforeseen, so that one batch cannot end a loop."""
    try:
        return work(batch)
    except PolygraphError:
        raise
    except Exception as error:
        raise Unforeseen(f"internal error: {type(error).__name__}: {error}") from error
