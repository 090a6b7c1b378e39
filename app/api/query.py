"""The root of queries."""

from typing import Annotated

import strawberry

# Types that no field returns by name are found among Entity's subclasses, once they are read.
from app.api import calls, lists, rules  # noqa: F401
from app.api.alerts import Alert, alert_of, comment_of, shown_by
from app.api.context import Info
from app.api.entities import Binary, Entity, Node, entity
from app.api.fields import resolved
from app.api.hosts import After, First, Host
from app.api.inputs import AlertFilter, AlertOrder, EntityFilter, EntityKind, InvestigationFilter, RuleKind
from app.api.investigations import Investigation, investigation_of
from app.api.pages import Connection
from app.api.rules import Rule
from app.api.wishes import alerts_wanted, host_of
from app.graph import GraphNode
from app.ids import label_of

AlertsWanted = Annotated[AlertFilter | None, strawberry.argument(description="Which alerts.")]
AlertsOrdered = Annotated[
    AlertOrder | None, strawberry.argument(description="In which order; newest first where none is given.")
]
EntitiesWanted = Annotated[EntityFilter | None, strawberry.argument(description="Which of them.")]


@strawberry.type(description="What can be asked.")
class Query:
    """One field a question."""

    @resolved("Whatever has the id; null when nothing has it (any more).")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The id.")]
    ) -> Node | None:
        """Return a node by its id, in one statement."""
        if label_of(id) not in info.context.services.schema.nodes:
            return next(iter(await shown_by(info, [id])), None)
        found = await info.context.loaders.node.load(id)
        return None if found is None else _node_of(found, info)

    @resolved("Entities whose name holds a text, whatever its case: the same first, then those that start with it.")
    async def search(
        self,
        info: Info,
        text: Annotated[str, strawberry.argument(description="Part of a name, address, path or hash.")],
        kinds: Annotated[
            list[EntityKind] | None,
            strawberry.argument(
                description="Kinds to look in; all but PROCESS, SESSION and PATH where none are given."
            ),
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Entity]:
        """Return a page of entities."""
        return await lists.search(info, text, kinds, first, after)

    @resolved("The host with an id, or with the name that its sensor gives it.")
    async def host(
        self,
        info: Info,
        host_id: Annotated[str, strawberry.argument(description="Id, or name as reported.")],
    ) -> Host | None:
        """Return a host."""
        found = await info.context.loaders.node.load(host_of(host_id))
        shown = None if found is None else entity(info.context.services.schema, found)
        return shown if isinstance(shown, Host) else None

    @resolved("Hosts, by name.")
    async def hosts(
        self, info: Info, filter: EntitiesWanted = None, first: First = None, after: After = None
    ) -> Connection[Host]:
        """Return a page of hosts."""
        return await lists.hosts(info, filter, first, after)

    @resolved("Binaries, by name.")
    async def binaries(
        self, info: Info, filter: EntitiesWanted = None, first: First = None, after: After = None
    ) -> Connection[Binary]:
        """Return a page of binaries."""
        return await lists.binaries(info, filter, first, after)

    @resolved("Alerts, weak and composite; RAISED ones unless the filter names states.")
    async def alerts(
        self,
        info: Info,
        filter: AlertsWanted = None,
        order_by: AlertsOrdered = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Alert]:
        """Return a page of alerts."""
        return await lists.alerts(info, alerts_wanted(filter, order_by, lists.RAISED), first, after)

    @resolved("Composite alerts; RAISED ones unless the filter names states.")
    async def composite_alerts(
        self,
        info: Info,
        filter: AlertsWanted = None,
        order_by: AlertsOrdered = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Alert]:
        """Return a page of composite alerts."""
        wish = alerts_wanted(filter, order_by, lists.RAISED)
        return await lists.alerts(info, wish.of_composites(), first, after)

    @resolved("The alert with an id, whatever its state; null when there is none.")
    async def alert(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The alert's id.")]
    ) -> Alert | None:
        """Return an alert."""
        found = await info.context.loaders.node.load(id)
        return alert_of(found, info.context.services.queries) if found and found.label == "Alert" else None

    @resolved("Investigations, the latest evidence first: one that gains evidence moves to the front.")
    async def investigations(
        self,
        info: Info,
        filter: Annotated[InvestigationFilter | None, strawberry.argument(description="Which of them.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Investigation]:
        """Return a page of investigations."""
        return await lists.investigations(info, filter, first, after)

    @resolved("Detections, by name: weak ones, then composites.")
    def rules(
        self,
        info: Info,
        kind: Annotated[
            RuleKind | None, strawberry.argument(description="Which kind; both where none is given.")
        ] = None,
    ) -> list[Rule]:
        """Return the rules."""
        return list(rules.rules(info.context.services.queries, kind))


def _node_of(found: GraphNode, info: Info) -> Node:
    match found.label:
        case "Alert":
            return alert_of(found, info.context.services.queries)
        case "Investigation":
            return investigation_of(found, info)
        case "Comment":
            return comment_of(found)
        case _:
            return entity(info.context.services.schema, found)
