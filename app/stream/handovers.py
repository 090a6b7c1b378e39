"""What workers hand to detection, and the lease that says who detects.

One part of `Stream`. There is one detector at a time, always under the same consumer name: what one took and
did not finish is what the next one gets first.
"""

from collections.abc import Sequence

import msgspec

from app import changes, touched
from app.changes import Change
from app.stream.connection import LONGEST_BLOCK_MS, Connection, GroupMissing
from app.stream.letters import HAND_OVER, NO_LIMIT, DeadLetter, arguments
from app.stream.scripts import DONE, HOLD, PUBLISH, RELEASE
from app.touched import Touched

GROUP = "detector"
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
        try:
            found = self._read(most, "0")
            if len(found) < most:
                found += self._read(most - len(found), ">", 0 if found else min(wait_ms, LONGEST_BLOCK_MS))
        except GroupMissing:
            self.make_detector_group()
            raise
        return found

    def done(self, ids: Sequence[str], change: Change | None = None) -> None:
        """Delete hand-overs that were evaluated, and tell whoever listens what changed, in one step."""
        news = changes.encode(change) if change else b""
        self._run(DONE, [self.key("touched")], [GROUP, self.key(CHANNEL), news, *ids])

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

    def make_detector_group(self) -> None:
        """Make the stream and its group where they are missing."""
        self._make_group(self.key("touched"), GROUP)

    def _read(self, most: int, start: str, wait_ms: int = 0) -> list[tuple[str, Touched]]:
        block = ("BLOCK", wait_ms) if wait_ms > 0 else ()
        key = self.key("touched")
        found = self._ask("XREADGROUP", "GROUP", GROUP, GROUP, "COUNT", most, *block, "STREAMS", key, start)
        taken = []
        for id, fields in found[0][1] if found else ():
            try:
                taken.append((id.decode(), touched.unpack(fields[b"t"])))
            except msgspec.DecodeError as error:
                # Such as one of another version's.
                self._bury(id.decode(), fields[b"t"], str(error))
        return taken

    def _bury(self, id: str, packed: bytes, why: str) -> None:
        at = int(id.partition("-")[0])
        letter = DeadLetter(at=at, format=HAND_OVER, source="detector", reason=why, raw=packed)
        keys = [self.key("backlog"), self.key("dead"), self.key("dead:bytes")]
        self._run(PUBLISH, keys, [0, NO_LIMIT, 0, *arguments([letter])])
        self.done([id])
