"""What workers hand to detection, and the lease that says who detects.

One part of `Stream`. As there is one detector at a time, there is no consumer group: what lies here is what is
to be done, oldest first, whoever began it before.
"""

from collections.abc import Sequence

import msgspec

from app import changes, touched
from app.changes import Change
from app.stream.connection import LONGEST_BLOCK_MS, Connection
from app.stream.letters import HAND_OVER, NO_LIMIT, DeadLetter, arguments
from app.stream.scripts import DONE, HOLD, PUBLISH, RELEASE
from app.touched import Touched

CHANNEL = "changed"


class HandOvers(Connection):
    """Hand-overs, the lease and the news in Redis."""

    def hold_lease(self, token: str, lease_ms: int) -> bool:
        """Take the lease, or hold it for longer; False while another has it."""
        return bool(self._run(HOLD, [self.key("detector")], [token, lease_ms]))

    def release_lease(self, token: str) -> None:
        """Let another detector begin at once."""
        self._run(RELEASE, [self.key("detector")], [token])

    def take_touched(self, most: int, wait_ms: int = 0) -> list[tuple[str, Touched]]:
        """Return up to `most` hand-overs that are not done, oldest first; waits when there is none."""
        block = ("BLOCK", min(wait_ms, LONGEST_BLOCK_MS)) if wait_ms > 0 else ()
        found = self._ask("XREAD", "COUNT", most, *block, "STREAMS", self.key("touched"), "0")
        taken = []
        for id, fields in found[0][1] if found else ():
            packed = fields.get(b"t", b"")
            try:
                taken.append((id.decode(), touched.unpack(packed)))
            except msgspec.DecodeError as error:
                # Such as one of another version's.
                self._bury(id.decode(), packed, str(error))
        return taken

    def done(self, ids: Sequence[str], change: Change | None = None) -> None:
        """Delete hand-overs that were evaluated, and tell whoever listens what changed, in one step."""
        news = changes.encode(change) if change else b""
        self._run(DONE, [self.key("touched")], [self.key(CHANNEL), news, *ids])

    def wake(self, what: Touched) -> None:
        """Have detection look again at these hosts and times, as if they had just been written."""
        if what:
            self._ask("XADD", self.key("touched"), "*", "t", touched.pack(what))

    def announce(self, change: Change) -> None:
        """Tell whoever listens what people changed."""
        self._ask("PUBLISH", self.key(CHANNEL), changes.encode(change))

    def refuse_touched(self, id: str, what: Touched, why: str) -> None:
        """Make a dead letter of a hand-over that cannot be evaluated."""
        self._bury(id, touched.pack(what), why)

    def _bury(self, id: str, packed: bytes, why: str) -> None:
        at = int(id.partition("-")[0])
        letter = DeadLetter(at=at, format=HAND_OVER, source="detector", reason=why, raw=packed)
        keys = [self.key("backlog"), self.key("dead"), self.key("dead:bytes")]
        self._run(PUBLISH, keys, [0, NO_LIMIT, 0, *arguments([letter])])
        self.done([id])
