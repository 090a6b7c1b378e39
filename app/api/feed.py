"""Changes, from one listener of this process to all its subscribers.

One connection to Redis a process, however many subscribe. A subscriber that does not keep up gathers the
ids it has missed, each once; past a bound it is told so, and nothing is dropped in silence.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal

import structlog

from app.api.errors import ApiError, Code
from app.changes import Change
from app.errors import PolygraphError

Kind = Literal["alerts", "investigations"]

AGAIN = "read the list again, then subscribe again"
_PAUSE = 1.0
"""Seconds between two tries to listen."""


class Subscriber:
    """What one subscription has yet to be told."""

    def __init__(self, kind: Kind, most: int) -> None:
        self._kind = kind
        self._most = most
        self._ids: dict[str, None] = {}
        self._there = asyncio.Event()
        self._error: ApiError | None = None

    def put(self, change: Change) -> None:
        """Take a change in."""
        self._ids.update(dict.fromkeys(change.alerts if self._kind == "alerts" else change.investigations))
        if len(self._ids) > self._most:
            self.end(ApiError(Code.LIMIT_EXCEEDED, f"more than {self._most} changes are waiting: {AGAIN}"))
        elif self._ids:
            self._there.set()

    def end(self, error: ApiError) -> None:
        """Let the subscription end with an error, without what is waiting."""
        self._error = error
        self._ids.clear()
        self._there.set()

    async def take(self) -> list[str]:
        """Wait for changes and return the ids of all that are there.

        Raises ApiError when there will be no more.
        """
        await self._there.wait()
        if self._error is not None:
            raise self._error
        self._there.clear()
        ids, self._ids = list(self._ids), {}
        return ids


class Feed:
    """Listens while the app runs; the app's lifespan runs `listen`."""

    def __init__(self, changes: Callable[[], AsyncIterator[Change]], most: int) -> None:
        self._changes = changes
        self._most = most
        self._subscribers: set[Subscriber] = set()
        self._down: str | None = None

    async def listen(self) -> None:
        """Pass changes on, for ever; while nothing can be heard, subscribing fails and is told why."""
        try:
            while True:
                await self._listen_once()
                await asyncio.sleep(_PAUSE)
        finally:
            # However it ends, nobody waits for what will not come.
            self._lost("this server listens no more")

    async def _listen_once(self) -> None:
        try:
            self._down = None
            async for change in self._changes():
                self.put(change)
            self._lost("the stream of changes ended")
        except PolygraphError as error:
            structlog.get_logger().warning("changes cannot be heard", error=str(error))
            self._lost("the stream of changes does not answer")

    def put(self, change: Change) -> None:
        """Tell every subscriber of this process."""
        for subscriber in self._subscribers:
            subscriber.put(change)

    def _lost(self, what: str) -> None:
        self._down = what
        for subscriber in self._subscribers:
            subscriber.end(ApiError(Code.UNAVAILABLE, f"{what}: {AGAIN}"))

    @asynccontextmanager
    async def subscribe(self, kind: Kind) -> AsyncIterator[Subscriber]:
        """Listen to changes of one kind from now on."""
        if self._down is not None:
            raise ApiError(Code.UNAVAILABLE, f"{self._down}: try again in some seconds")
        subscriber = Subscriber(kind, self._most)
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)
