"""Pages of things: a wish, a view, a connection."""

from typing import TYPE_CHECKING

from app.api.alerts import Alert, alert_of
from app.api.context import Info
from app.api.entities import Binary, Entity, entity, label_of_kind
from app.api.errors import bad_input
from app.api.inputs import (
    AlertFilter,
    EntityFilter,
    EntityKind,
    InvestigationFilter,
    Phase,
)
from app.api.investigations import Investigation, investigation_of
from app.api.loaders import by_label
from app.api.pages import Connection, Key, connection, page_of
from app.api.services import Given, Value
from app.api.wishes import (
    BY_EVIDENCE,
    BY_MATCH,
    BY_NAME,
    AlertWish,
    after_name,
    alerts_wanted,
    binaries_wanted,
    hosts_wanted,
    investigations_wanted,
)
from app.graph import GraphNode

if TYPE_CHECKING:
    from app.api.hosts import Host

RAISED = ("RAISED",)
CURRENT = tuple(phase for phase in Phase if phase is not Phase.SUPERSEDED)
NAMED = tuple(kind for kind in EntityKind if kind.name not in ("PROCESS", "SESSION", "PATH"))
"""Kinds that `search` looks in unless told otherwise: the others are many and rarely meant."""


async def alerts(info: Info, wish: AlertWish, first: int | None, after: str | None) -> Connection[Alert]:
    """Return a page of alerts."""
    page = page_of(wish.order, first, after, info.context.services.limits)
    wanted, reader = (await about_entity(info, wish)).on(page), info.context.reader

    async def count() -> int:
        return sum(int(row["count"]) for row in await reader.read("alerts_counted", wanted.count()))

    rows = await reader.read(wanted.view, wanted.page(), wanted.limit)
    return connection(wish.order, page, [_placed(info, wish, row["alert"]) for row in rows], count)


async def about_entity(info: Info, wish: AlertWish) -> AlertWish:
    """Return the wish with the entity that it names turned into the alerts that speak of it."""
    if wish.entity is None:
        return wish
    rows = await info.context.reader.read("alerts_about", by_label([wish.entity]))
    return wish.among([str(row["id"]) for row in rows])


async def alerts_of_host(
    info: Info, host: str, filter: AlertFilter | None, first: int | None, after: str | None
) -> Connection[Alert]:
    """Return a page of a host's alerts."""
    if filter is not None and (filter.entity_id or filter.host_id or filter.hostname):
        raise bad_input("a host's own alerts take no hostId, hostname or entityId: ask `alerts` for that")
    wish = alerts_wanted(filter, None, RAISED)
    page = page_of(wish.order, first, after, info.context.services.limits)
    wanted, loaders = wish.on(page), info.context.loaders

    async def count() -> int:
        return await loaders.alert_count.load((host, wish))

    nodes = await loaders.alerts.load((host, wanted))
    return connection(wish.order, page, [_placed(info, wish, node) for node in nodes], count)


def _placed(info: Info, wish: AlertWish, node: GraphNode) -> tuple[Key, Alert]:
    read = node.properties
    key = wish.key(read["at"], read.get("raised_at") or 0, read["severity"], read.get("score"), node.id)
    return key, alert_of(node, info.context.services.queries)


async def investigations(
    info: Info, filter: InvestigationFilter | None, first: int | None, after: str | None
) -> Connection[Investigation]:
    """Return a page of investigations."""
    wish = investigations_wanted(filter, CURRENT)
    page = page_of(BY_EVIDENCE, first, after, info.context.services.limits)
    wanted, reader = wish.on(page), info.context.reader

    async def count() -> int:
        return sum(int(row["count"]) for row in await reader.read("investigations_counted", wanted.count()))

    rows = await reader.read("investigations", wanted.page(), wanted.limit)
    return connection(BY_EVIDENCE, page, [_dated(info, row["investigation"]) for row in rows], count)


async def investigations_of_host(
    info: Info, host: str, filter: InvestigationFilter | None, first: int | None, after: str | None
) -> Connection[Investigation]:
    """Return a page of a host's investigations."""
    if filter is not None and filter.host_id:
        raise bad_input("a host's own investigations take no hostId: ask `investigations` for that")
    wish = investigations_wanted(filter, CURRENT)
    page = page_of(BY_EVIDENCE, first, after, info.context.services.limits)
    wanted, loaders = wish.on(page), info.context.loaders

    async def count() -> int:
        return await loaders.investigation_count.load((host, wish))

    nodes = await loaders.investigations.load((host, wanted))
    return connection(BY_EVIDENCE, page, [_dated(info, node) for node in nodes], count)


def _dated(info: Info, node: GraphNode) -> tuple[Key, Investigation]:
    return (node.properties["last_at"], node.id), investigation_of(node, info)


async def hosts(info: Info, filter: EntityFilter | None, first: int | None, after: str | None) -> "Connection[Host]":
    """Return a page of hosts, by name."""
    return await _by_name(info, "hosts", hosts_wanted(filter), first, after)  # type: ignore[return-value]


async def binaries(info: Info, filter: EntityFilter | None, first: int | None, after: str | None) -> Connection[Binary]:
    """Return a page of binaries, by name."""
    return await _by_name(info, "binaries", binaries_wanted(filter), first, after)  # type: ignore[return-value]


async def _by_name(
    info: Info, view: str, wanted: dict[str, Value], first: int | None, after: str | None
) -> Connection[Entity]:
    page = page_of(BY_NAME, first, after, info.context.services.limits)
    reader, schema = info.context.reader, info.context.services.schema

    async def count() -> int:
        rows = await reader.read(view, {**wanted, "after_name": None, "after_id": None}, 0)
        # Of nothing there is no row to count.
        return sum(int(row["count"]) for row in rows)

    rows = await reader.read(view, {**wanted, **after_name(page)}, page.limit)
    placed = [((str(row["node"].properties["name"]), row["node"].id), entity(schema, row["node"])) for row in rows]
    return connection(BY_NAME, page, placed, count)


async def search(
    info: Info, text: str, kinds: list[EntityKind] | None, first: int | None, after: str | None
) -> Connection[Entity]:
    """Return a page of entities whose name holds a text."""
    wanted = text.strip().lower()
    if not wanted:
        raise bad_input("`text` is empty: give a part of a name")
    if kinds == []:
        raise bad_input("`kinds` is empty: leave it out, or name kinds")
    page = page_of(BY_MATCH, first, after, info.context.services.limits)
    context = info.context
    labels = [label_of_kind(kind) for kind in kinds or NAMED]

    async def count() -> int:
        return int((await context.reader.read("search_counted", {"text": wanted, "labels": labels}))[0]["count"])

    rank, name, opaque = page.after or (None, None, None)
    given: Given = {
        "text": wanted,
        "labels": labels,
        "after_rank": rank,
        "after_name": name,
        "after_id": opaque,
    }
    rows = await context.reader.read("search", given, page.limit)
    nodes = await context.loaders.node.load_many([row["id"] for row in rows])
    placed: list[tuple[Key, Entity]] = [
        ((row["rank"], row["name"], row["id"]), entity(context.services.schema, node))
        for row, node in zip(rows, nodes, strict=True)
        if node is not None
    ]
    return connection(BY_MATCH, page, placed, count)
