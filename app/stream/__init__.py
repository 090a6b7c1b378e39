"""The Redis streams between ingest, workers and detection, and what else a deployment keeps in Redis.

Between `sources` and `writer`; a Redis client is imported nowhere else (`connection`). `Stream` is made of
three parts: `entries` (events on their way), `handovers` (what detection is to look at) and `letters` (what
was refused).

What is stored is stored at least once and goes only when it is done with: an entry in the same step that
hands over what its graph write touched, a hand-over in the same step that announces what it changed, a dead
letter when somebody deletes it.
"""

from os import urandom
from time import monotonic, sleep

from msgspec import Struct

from app.errors import ConfigError
from app.stream.entries import ENTRY_EVENTS, Entries, Entry
from app.stream.handovers import HandOvers
from app.stream.lease import Lease
from app.stream.letters import HAND_OVER, UNREADABLE_ENTRY, DeadLetter, Letters, StoredLetter, reason_class
from app.stream.news import changes, wake
from app.stream.scripts import STANDING

__all__ = [
    "ENTRY_EVENTS",
    "HAND_OVER",
    "UNREADABLE_ENTRY",
    "DeadLetter",
    "Entry",
    "Lease",
    "Standing",
    "StoredLetter",
    "Stream",
    "changes",
    "reason_class",
    "wake",
]

_OLDEST = (6, 2)


class Standing(Struct, frozen=True):
    """How much lies in Redis at one moment."""

    events: int
    """Events that wait or are being written."""
    entries: int
    """Entries that these are in."""
    hand_overs: int
    """Hand-overs that wait or are being evaluated."""
    dead_letters: int

    @property
    def idle(self) -> bool:
        """Tell whether all that was published is in the graph and evaluated."""
        return self.entries == 0 and self.hand_overs == 0


class Stream(Entries, HandOvers, Letters):
    """All that one deployment keeps in Redis; threads may share it."""

    def open(self) -> list[str]:
        """Make what is missing, and return warnings for people about how safe things are here.

        Raises ConfigError when this Redis would lose or misplace events.
        """
        said = {str(name): str(value) for name, value in self._ask("INFO").items()}
        version = said.get("redis_version", "0")  # Valkey says here what it is compatible with
        if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
            raise ConfigError(f"Redis at {self.where} is {version}: polygraph needs Redis 6.2 or later, or Valkey")
        if said.get("maxmemory", "0") != "0" and said.get("maxmemory_policy") != "noeviction":
            raise ConfigError(
                f"Redis at {self.where} deletes keys when its memory is full (maxmemory-policy "
                f"{said.get('maxmemory_policy')}), events among them: set maxmemory-policy to noeviction"
            )
        self._settle_partitions()
        self.make_groups()
        self.forget_workers()
        if said.get("aof_enabled") != "1":
            return [
                f"Redis at {self.where} writes no append-only file: when it ends, events that are not yet in "
                "the graph are lost; set appendonly to yes"
            ]
        if self._setting("appendfsync") not in ("always", None):
            # Measured: while the disk is slow, `everysec` answers before it writes, for up to two seconds.
            return [
                f"Redis at {self.where} writes its append-only file once a second: when it is killed, events of "
                "the last two seconds may be lost; set appendfsync to always"
            ]
        return []

    def standing(self) -> Standing:
        """Return how much lies here, all at one moment."""
        keys = [self.key("dead"), self.key("touched"), *self._streams]
        events, dead, hand_overs, entries = self._run(STANDING, [self.key("backlog"), *keys], [])
        return Standing(int(events), int(entries), int(hand_overs), int(dead))

    def idle(self) -> bool:
        """Tell whether nothing waits, nothing is being written and nothing is to be evaluated."""
        return self.standing().idle

    def wait_until_idle(self, timeout: float) -> bool:
        """Wait until all that was published is in the graph and evaluated; False when that takes longer."""
        deadline = monotonic() + timeout
        while not self.idle():
            if monotonic() >= deadline:
                return False
            sleep(0.02)
        return True

    def mask_key(self) -> bytes:
        """Return the key under which this deployment masks secrets, made at first use."""
        key = self.key("mask-key")
        self._ask("SET", key, urandom(32), "NX")
        return bytes(self._ask("GET", key))

    def _settle_partitions(self) -> None:
        """Refuse another number of streams while events wait in streams that nobody would read."""
        key = self.key("partitions")
        self._ask("SET", key, self.partitions, "NX")
        before = int(self._ask("GET", key))
        if before == self.partitions:
            return
        if any(self._ask("XLEN", self.key(f"events:{number}")) for number in range(before)):
            raise ConfigError(
                f"events wait in {before} partitions and POLYGRAPH_PARTITIONS is {self.partitions}: "
                f"set it to {before}, let a worker finish, then change it"
            )
        self._ask("SET", key, self.partitions)
