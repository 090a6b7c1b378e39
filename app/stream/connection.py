"""The way to Redis: the only module that imports its client, and where its errors become ours.

Used by the other modules here; knows nothing of events. One call asks once: whoever is told
StreamUnavailable decides whether to wait, so that no call hangs in retries that nobody sees.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha1
from typing import Any, NoReturn

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.errors import BackPressure, ConfigError, StreamUnavailable

LONGEST_BLOCK_MS = 5_000
"""No call blocks for longer, so that an answer that never comes is noticed."""

_PATIENCE = 15.0  # seconds for any answer; well above the longest block
_CONNECT = 5.0
_SILENCE = 10.0  # seconds without news after which Redis is asked whether it is there
# What Redis says while it cannot serve, or not now: the first word of an error, after a dash in a script's.
_LATER = frozenset(
    {"LOADING", "BUSY", "MASTERDOWN", "READONLY", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS", "MISCONF", "UNKILLABLE"}
)
_WORD = re.compile(r"(?:^|[ -])([A-Z]{3,})\b")
_RETRY_AFTER = 5.0


class Connection:
    """A Redis and the first part of all keys there; opened at the first call, shared by threads."""

    def __init__(self, url: str, prefix: str) -> None:
        self._url = url
        self._prefix = prefix
        try:
            self._redis = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **_OPTIONS)
        except ValueError as error:
            raise ConfigError(
                f"the Redis address is none ({error}); one looks like redis://:password@host:6379/0"
            ) from None
        self._execute: Callable[..., Any] = self._redis.execute_command

    @property
    def where(self) -> str:
        """Return the address without its secrets."""
        return self._url.rpartition("@")[2].partition("?")[0].removeprefix("redis://")

    def close(self) -> None:
        """Let go of all connections."""
        self._redis.close()

    def key(self, name: str) -> str:
        """Return one of this deployment's keys; in braces, so that a Redis Cluster keeps all in one slot."""
        return f"{{{self._prefix}}}:{name}"

    def _ask(self, *command: str | bytes | int) -> Any:  # noqa: ANN401 - what Redis answers
        with translated(self.where):
            return self._execute(*command)

    def _setting(self, name: str) -> str | None:
        """Return a setting of the server's; None where we may not ask."""
        try:
            found = self._execute("CONFIG", "GET", name)
        except redis.exceptions.RedisError:
            return None
        return found[1].decode() if found else None

    def _make_group(self, stream: str, group: str) -> None:
        """Make a stream with its consumer group, which begins with the oldest entry, unless it is there."""
        with translated(self.where):
            try:
                self._execute("XGROUP", "CREATE", stream, group, "0", "MKSTREAM")
            except redis.exceptions.ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise

    def _run(self, script: str, keys: Sequence[str], args: Sequence[str | bytes | int]) -> Any:  # noqa: ANN401
        """Run a script of `scripts`; a server that does not know it yet is taught."""
        digest = sha1(script.encode(), usedforsecurity=False).hexdigest()
        with translated(self.where):
            try:
                return self._execute("EVALSHA", digest, len(keys), *keys, *args)
            except redis.exceptions.NoScriptError:
                return self._execute("EVAL", script, len(keys), *keys, *args)


class GroupMissing(StreamUnavailable):
    """A stream or its consumer group is gone; it is made anew before the next try."""


# RESP2: its replies have one shape on every server that serves us.
_OPTIONS: dict[str, Any] = {
    "protocol": 2,
    "socket_timeout": _PATIENCE,
    "socket_connect_timeout": _CONNECT,
    "socket_keepalive": True,
}


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn what the client raises into what this program knows."""
    try:
        yield
    except redis.exceptions.RedisError as error:
        _translate(error, where)
    except OSError as error:
        raise StreamUnavailable(f"Redis at {where} does not answer: {error}") from error


async def messages(url: str, prefix: str, channel: str) -> AsyncIterator[bytes | None]:
    """Yield None when it listens on this channel of ours, then each message.

    Raises StreamUnavailable when Redis goes away.
    """
    connection = Connection(url, prefix)
    with translated(connection.where):
        client = redis.asyncio.Redis.from_url(url, retry=AsyncRetry(NoBackoff(), 0), **_OPTIONS)
        try:
            async with client.pubsub() as listener:
                await listener.subscribe(connection.key(channel))
                silent = False
                while True:
                    message = await listener.get_message(timeout=_SILENCE)
                    if message is not None and message["type"] in ("subscribe", "message"):
                        yield message["data"] if message["type"] == "message" else None
                    elif message is None and silent:
                        raise StreamUnavailable(f"Redis at {connection.where} does not answer any more")
                    elif message is None:
                        # The connection may be gone without a word; an answer is a message of another type.
                        await listener.ping()
                    silent = message is None
        finally:
            await client.aclose()


def _translate(error: redis.exceptions.RedisError, where: str) -> NoReturn:
    said = str(error)
    words = frozenset(_WORD.findall(said))
    match error:
        case redis.exceptions.AuthenticationError() | redis.exceptions.NoPermissionError():
            raise ConfigError(f"Redis at {where} refuses us: {said}") from error
        case redis.exceptions.ConnectionError() | redis.exceptions.TimeoutError() | redis.exceptions.InvalidResponse():
            raise StreamUnavailable(f"Redis at {where} does not answer: {said}") from error
        case redis.exceptions.ReadOnlyError() | redis.exceptions.ClusterError():
            raise StreamUnavailable(f"Redis at {where} cannot serve now: {said}") from error
    if isinstance(error, redis.exceptions.OutOfMemoryError) or "OOM" in words:
        raise BackPressure(f"Redis at {where} has no memory left", _RETRY_AFTER) from error
    if words & {"NOGROUP", "UNBLOCKED"}:
        raise GroupMissing(f"Redis at {where} has lost its streams: {said}") from error
    if words & _LATER:
        raise StreamUnavailable(f"Redis at {where} cannot serve now: {said}") from error
    raise ConfigError(f"Redis at {where} refuses what it was asked: {said}") from error
