"""The right to detect: held by one process at a time, and checked before anything is written.

Between `handovers` and the detection loop. A process that was stopped or cut off for longer than the lease
finds out here, by its own clock and without asking anybody, before it writes.
"""

from secrets import token_hex
from time import monotonic

from app.errors import LeaseLost
from app.stream.handovers import HandOvers


class Lease:
    """One process's claim on the lease."""

    def __init__(self, stream: HandOvers, lease_ms: int) -> None:
        self._stream = stream
        self._ms = lease_ms
        self._token = token_hex(16)
        self._until = 0.0

    @property
    def pause(self) -> float:
        """Return how often, in seconds, it wants to be held, or asked for."""
        return self._ms / 3000

    def hold(self) -> bool:
        """Take or prolong the lease; False while another process has it."""
        # Counted from before the question, and short of the whole: never longer than Redis counts.
        until = monotonic() + self._ms * 0.9 / 1000
        mine = self._stream.hold_lease(self._token, self._ms)
        self._until = until if mine else 0.0
        return mine

    def check(self) -> None:
        """Raise LeaseLost unless the lease is still this process's; to be called before each write."""
        if monotonic() >= self._until and not self.hold():
            raise LeaseLost("another detector has taken over")

    def release(self) -> None:
        """Let another process begin at once."""
        self._until = 0.0
        self._stream.release_lease(self._token)
