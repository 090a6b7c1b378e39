"""Run the API as a server: wire it, listen, and end in good order.

The other place beside `main` where things are built: the API has an event loop of its own.
"""

import asyncio
import socket
from collections.abc import Callable
from threading import Event

import uvicorn

from app import queries, schema, stream
from app.api.app import build
from app.api.services import ApiServices
from app.changes import Change
from app.config import Settings
from app.errors import ConfigError
from app.graph import AsyncGraph
from app.main import now, open_stream
from app.touched import Touched
from app.writer import LATEST


def run(settings: Settings, stop: Event, ready: Callable[[str], None]) -> None:
    """Serve until `stop` is set; `ready` is told the address once requests are answered.

    Raises ConfigError when the port is taken or it is not said where the databases are.
    """
    listening = _listen(settings.host, settings.port)
    asyncio.run(_serve(settings, listening, stop, ready))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"cannot listen on {host} port {port}: {error.strerror}; choose another with --port, 0 takes a free one"
        ) from error
    return listening


async def _serve(settings: Settings, listening: socket.socket, stop: Event, ready: Callable[[str], None]) -> None:
    if settings.neo4j_uri is None:
        raise ConfigError("no Neo4j: run `polygraph local up`, or set POLYGRAPH_NEO4J_URI and POLYGRAPH_NEO4J_PASSWORD")
    password = settings.neo4j_password.get_secret_value() if settings.neo4j_password else ""
    graph = AsyncGraph(settings.neo4j_uri, settings.neo4j_user, password)
    events = open_stream(settings)
    redis_url, prefix = settings.redis_url or "", settings.redis_prefix

    async def wake(host: str) -> None:
        # No kinds: only investigations are looked at again, over all of the host's alerts.
        await stream.wake(events, Touched(spans=((0, LATEST),), hosts={host: (0, LATEST)}))

    async def ping() -> None:
        await asyncio.to_thread(events.standing)

    async def publish(change: Change) -> None:
        await asyncio.to_thread(events.announce, change)

    try:
        await graph.verify()
        services = ApiServices(
            graph=graph,
            queries=queries.load(),
            schema=schema.load(),
            settings=settings,
            now=now,
            changes=lambda: stream.changes(redis_url, prefix),
            wake=wake,
            ping=ping,
            publish=publish,
        )
        config = uvicorn.Config(
            build(services),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=5,
            server_header=False,
            ws_max_size=services.limits.message_bytes,
        )
        server = uvicorn.Server(config)
        # Signals are the command line's; it sets `stop`.
        server.capture_signals = _no_signals  # type: ignore[method-assign, assignment]
        running = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not running.done():
            await asyncio.sleep(0.02)
        if server.started:
            host, port = listening.getsockname()[:2]
            ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
        while not stop.is_set() and not running.done():
            await asyncio.sleep(0.1)
        server.should_exit = True
        await running
    finally:
        listening.close()
        events.close()
        await graph.close()


class _no_signals:
    def __enter__(self) -> None:
        """Leave the handlers alone."""

    def __exit__(self, *_: object) -> None:
        """Leave the handlers alone."""
