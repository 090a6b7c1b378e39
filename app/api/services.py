"""What the API is given, and how it reads the graph.

Every statement passes here: a view by name, its parameters made safe, bounded in time, counted.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic, perf_counter

import structlog

from app.api.limits import Limits
from app.changes import Change
from app.config import Settings
from app.errors import PolygraphError
from app.graph import AsyncGraph, Row
from app.ids import clean
from app.queries import Queries
from app.schema import Schema


@dataclass(frozen=True, slots=True)
class ApiServices:
    """Everything that a request may use. Built once, in `serve`, or by a test."""

    graph: AsyncGraph
    queries: Queries
    schema: Schema
    settings: Settings
    now: Callable[[], int]
    """The wall clock, epoch milliseconds UTC."""
    changes: Callable[[], AsyncIterator[Change]]
    """Yields what detection and people change, from now on; raises StreamUnavailable."""
    wake: Callable[[str], Awaitable[None]]
    """Asks detection to look at a host again."""
    ping: Callable[[], Awaitable[None]]
    """Raises StreamUnavailable when Redis does not answer."""
    publish: Callable[[Change], Awaitable[None]] | None = None
    """Tells every API process what people changed; without it only this process's subscribers hear."""
    limits: Limits = field(default_factory=Limits)


Value = str | int | float | bool | list[str] | dict[str, list[str]] | list[dict[str, str]] | Mapping[str, object] | None
"""What a view may be given under one name."""
Given = Mapping[str, Value]


class Reader:
    """Runs views for one operation, all of them within its time.

    What a caller asks goes to the database in one map, `$given`: the types and sizes of separate parameters
    are part of its plan cache's key, so every new combination of filters would be planned anew, for a second
    or more.
    """

    def __init__(self, services: ApiServices, observe: Callable[[str, float], None]) -> None:
        self._graph = services.graph
        self._views = services.queries.views
        self._limits = services.limits
        self._observe = observe
        self._deadline = monotonic() + services.limits.request_seconds

    async def read(self, view: str, given: Given, limit: int = 0) -> list[Row]:
        """Run a view that may not write."""
        return await self._timed(view, self._graph.read, given, limit)

    async def write(self, view: str, given: Given) -> list[Row]:
        """Run a view that stores what a person said."""
        return await self._timed(view, self._graph.write, given, 0)

    async def _timed(self, view: str, run: Callable[..., Awaitable[list[Row]]], given: Given, limit: int) -> list[Row]:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError(view)
        timeout = min(left, self._limits.statement_seconds)
        query = self._views[view]
        parameters = {**query.parameters, "given": _safe(given), "limit": limit}
        begun = perf_counter()
        try:
            # The database ends the statement at `timeout`; this ends waiting for a database that is stuck.
            return await _within(timeout + 1.0, run(query.text, parameters, timeout=timeout))
        finally:
            self._observe(view, perf_counter() - begun)


async def warm(services: ApiServices) -> None:
    """Have every view planned before somebody waits for it; a plan may take a second."""
    for name, query in services.queries.views.items():
        if not query.header.writes and "given" in query.header.params:
            try:
                await Reader(services, lambda *_: None).read(name, {})
            except (PolygraphError, TimeoutError) as error:
                structlog.get_logger().info("a view was not planned ahead", view=name, error=str(error))


async def _within(seconds: float, work: Awaitable[list[Row]]) -> list[Row]:
    async with asyncio.timeout(seconds):
        return await work


def _safe(given: Mapping[str, object]) -> dict[str, object]:
    """Return values as the database takes them: a lone surrogate or NUL from a caller is a text, not a fault."""
    return {name: _safe_value(value) for name, value in given.items()}


def _safe_value(value: object) -> object:
    match value:
        case str():
            return clean(value, len(value) or 1)
        case list():
            return [_safe_value(one) for one in value]
        case Mapping():
            return _safe(value)
        case _:
            return value
