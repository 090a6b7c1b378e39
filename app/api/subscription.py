"""The root of subscriptions: what changes, as it is in the graph once it has changed."""

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry

from app.api.alerts import Alert, alert_of
from app.api.context import Info
from app.api.feed import Kind
from app.api.fields import streamed
from app.api.inputs import AlertFilter, AlertState
from app.api.investigations import Investigation, investigation_of
from app.api.lists import about_entity
from app.api.wishes import alerts_wanted, host_of

TOLD = tuple(state.name for state in AlertState if state is not AlertState.LEARNING)
"""States that are told unless the filter names some: a withdrawal must be heard too."""


@strawberry.type(description="What can be listened to.")
class Subscription:
    """One field a kind of change."""

    @streamed(
        "Alerts when the engine or a person changed them, as they are then. All states but LEARNING unless the "
        "filter names some: a withdrawal is told too."
    )
    async def alert_changed(
        self,
        info: Info,
        filter: Annotated[AlertFilter | None, strawberry.argument(description="Which alerts.")] = None,
    ) -> AsyncIterator[Alert]:
        """Yield alerts that changed."""
        wish = alerts_wanted(filter, None, TOLD)
        async for ids in _changed(info, "alerts"):
            page = await about_entity(info, wish.among(ids))
            rows = await info.context.reader.read(page.view, page.page(), page.limit)
            for row in sorted(rows, key=lambda row: ids.index(row["alert"].id)):
                yield alert_of(row["alert"], info.context.services.queries)

    @streamed("Investigations when they changed: another piece, a phase, a score.")
    async def investigation_changed(
        self,
        info: Info,
        host_id: Annotated[str | None, strawberry.argument(description="Of one host alone, by id or name.")] = None,
    ) -> AsyncIterator[Investigation]:
        """Yield investigations that changed."""
        wanted = host_of(host_id) if host_id else None
        async for ids in _changed(info, "investigations"):
            for node in await info.context.loaders.node.load_many(ids):
                if node is None or node.label != "Investigation":
                    continue
                if wanted is None or node.properties["subject"] == wanted:
                    yield investigation_of(node, info)


async def _changed(info: Info, kind: Kind) -> AsyncIterator[list[str]]:
    """Yield ids of what changed, with fresh loaders for each batch of them, while the token holds."""
    context = info.context
    context.shared.metrics.subscriptions.inc()
    try:
        async with context.shared.feed.subscribe(kind) as subscriber:
            while True:
                ids = await subscriber.take()
                await context.still_allowed()
                context.renew()
                yield ids
    finally:
        context.shared.metrics.subscriptions.dec()
