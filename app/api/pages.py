"""Relay's connections: pages by keyset, so that rows which come meanwhile move nothing.

A cursor is the order's own values of the row it stands for, so no page costs more than the first.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
import strawberry

from app.api.errors import bad_input
from app.api.fields import resolved
from app.api.limits import Limits
from app.api.scalars import Long

T = TypeVar("T")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """As Relay has it."""

    has_next_page: bool = strawberry.field(description="There are rows after this page.")
    has_previous_page: bool = strawberry.field(description="The page was asked for by `after`.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last row: the next page's `after`.")


@strawberry.type(description="A row and its place in the list.")
class Edge(Generic[T]):
    """As Relay has it."""

    cursor: str = strawberry.field(description="The row's place, for `after`.")
    node: T = strawberry.field(description="The row.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """As Relay has it, with `nodes` for those who need no cursors."""

    edges: list[Edge[T]] = strawberry.field(description="The page's rows with their cursors.")
    nodes: list[T] = strawberry.field(description="The page's rows.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in its list.")
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @resolved("Rows in the whole list; counted only when asked for.")
    async def total_count(self) -> Long:
        """Count the list."""
        return Long(await self.count())


Key = tuple[str | int | float, ...]
"""What a list is ordered by, the id last."""


@dataclass(frozen=True, slots=True)
class Page:
    """What of a list is wanted."""

    size: int
    after: Key | None

    @property
    def limit(self) -> int:
        """Return how many rows to read: one more tells whether there is a next page."""
        return self.size + 1


@dataclass(frozen=True, slots=True)
class Order:
    """An order's name and the types of its values; a cursor of another order is refused."""

    name: str
    types: tuple[type, ...]


def page_of(order: Order, first: int | None, after: str | None, limits: Limits) -> Page:
    """Return what `first` and `after` ask for.

    Raises ApiError when they make no sense.
    """
    size = limits.default_page if first is None else first
    if not 1 <= size <= limits.page:
        raise bad_input(f"`first` is {size}: ask for 1 to {limits.page} rows, and for more with `after`")
    return Page(size, None if after is None else _key(order, after))


def connection(
    order: Order, page: Page, rows: Sequence[tuple[Key, T]], count: Callable[[], Awaitable[int]]
) -> Connection[T]:
    """Return the page that `rows` are, of which there may be one too many."""
    shown = rows[: page.size]
    edges = [Edge(cursor=cursor(order, key), node=node) for key, node in shown]
    return Connection(
        edges=edges,
        nodes=[node for _, node in shown],
        page_info=PageInfo(
            has_next_page=len(rows) > page.size,
            has_previous_page=page.after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        count=count,
    )


def cursor(order: Order, key: Key) -> str:
    """Return a row's place in an order, as opaque text."""
    return urlsafe_b64encode(msgspec.json.encode([order.name, *key])).decode().rstrip("=")


def _key(order: Order, text: str) -> Key:
    try:
        name, *key = msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=list[str | int | float])
    except (ValueError, NotBase64, msgspec.DecodeError):
        name, key = "", []
    if name != order.name or not _fits(key, order.types):
        raise bad_input("`after` is no cursor of this list: take it from pageInfo.endCursor of the same query")
    return tuple(key)


def _fits(key: Sequence[object], types: Sequence[type]) -> bool:
    if len(key) != len(types):
        return False
    for value, wanted in zip(key, types, strict=True):
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            return False
        if not isinstance(value, (int, float) if wanted is float else wanted):
            return False
    return True
