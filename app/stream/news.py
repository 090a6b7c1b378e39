"""What detection changed, as it happens, for GraphQL subscriptions; and a knock on detection's door.

Asynchronous, beside the rest of `Stream`: an API has an event loop. Knows nothing of GraphQL.
"""

from asyncio import to_thread
from collections.abc import AsyncIterator

import msgspec

from app import changes as format
from app.changes import Change
from app.stream.connection import messages
from app.stream.handovers import CHANNEL, HandOvers
from app.touched import Touched


async def changes(url: str, prefix: str) -> AsyncIterator[Change]:
    """Yield an empty change when it listens, then each change.

    Raises StreamUnavailable when Redis goes away. Whoever reads the graph after the empty change, and again
    after beginning anew, misses nothing.
    """
    async for message in messages(url, prefix, CHANNEL):
        if message is None:
            yield Change()
            continue
        try:
            yield format.decode(message)
        except msgspec.DecodeError:
            continue  # not ours: a channel is open to everybody who may use this Redis


async def wake(stream: HandOvers, what: Touched) -> None:
    """Have detection look again at hosts and times, such as after an exception was removed."""
    await to_thread(stream.wake, what)
