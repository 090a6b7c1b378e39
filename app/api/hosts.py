"""Hosts as GraphQL shows them, with what hangs on them."""

from typing import Annotated

import strawberry

from app.api import lists
from app.api.alerts import Alert
from app.api.context import Info
from app.api.entities import Entity
from app.api.fields import resolved
from app.api.inputs import AlertFilter, Criticality, InvestigationFilter
from app.api.investigations import Investigation
from app.api.pages import Connection

First = Annotated[int | None, strawberry.argument(description="Rows in the page.")]
After = Annotated[str | None, strawberry.argument(description="Cursor of the row before the page.")]


@strawberry.type
class Host(Entity):
    """The label Host."""

    host_id: strawberry.ID = strawberry.field(description="Its id, once more.")
    hostname: str
    criticality: Criticality | None
    tags: list[str] | None

    @resolved("Its alerts, newest first; RAISED ones unless the filter names states.")
    async def alerts(
        self,
        info: Info,
        filter: Annotated[AlertFilter | None, strawberry.argument(description="Which of them.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Alert]:
        """Return a page of them; those of all hosts of a list come in one statement."""
        return await lists.alerts_of_host(info, self.id, filter, first, after)

    @resolved("Its investigations, the latest evidence first.")
    async def investigations(
        self,
        info: Info,
        filter: Annotated[InvestigationFilter | None, strawberry.argument(description="Which of them.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Investigation]:
        """Return a page of them; those of all hosts of a list come in one statement."""
        return await lists.investigations_of_host(info, self.id, filter, first, after)
