"""Alerts as GraphQL shows them.

What the engine wrote stands on the node; what people said is read through REPLACES; texts are those of the
rule's file as it is today, empty when that is gone.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.api.context import Info
from app.api.entities import Entity, Node, entity, open_properties
from app.api.executions import LazyHost
from app.api.fields import resolved
from app.api.inputs import AlertState, AlertStatus, CloseReason, Severity
from app.api.pictures import IntrusionGraph, around, intrusion_graph
from app.api.rules import Question, Technique, header_of, questions, technique
from app.api.scalars import DateTime, Json
from app.graph import GraphNode
from app.ids import label_of
from app.queries import Detection, Queries

if TYPE_CHECKING:
    from app.api.hosts import Host
    from app.api.loaders import Case, Seen


@strawberry.type(description="A thing that an alert speaks of.")
class AlertEntity:
    """By the column of the rule."""

    role: str = strawberry.field(description="The rule's column that named it.")
    node: Entity = strawberry.field(description="The thing.")


@strawberry.type(description="What a person said about an alert.")
class Comment(Node):
    """The label Comment."""

    at: DateTime
    author: str
    text: str


@strawberry.type(description="One record's word of something that happened between two things, such as a look-up.")
class Observation(Node):
    """A relationship of the evidence, where it is evidence itself."""

    kind: str = strawberry.field(description="Type of the relationship, such as RESOLVED.")
    at: DateTime | None = strawberry.field(description="When it happened.")
    source: Entity = strawberry.field(description="Who did it.")
    target: Entity = strawberry.field(description="To what.")
    properties: Json = strawberry.field(description="All its properties, as the graph schema declares them.")


@strawberry.type
class Alert(Node):
    """The label Alert."""

    rule: str
    title: str
    message: str
    severity: Severity
    state: AlertState
    reason: str | None
    is_composite: bool
    is_summary: bool
    at: DateTime
    raised_at: DateTime | None
    score: float | None
    rule_hash: str
    evidence_ids: list[strawberry.ID] = strawberry.field(
        description="Ids of what shows it, as stored; `evidence` tells more."
    )
    read: strawberry.Private[GraphNode]
    header: strawberry.Private[Detection | None]

    @resolved("Why it matters.")
    def why(self) -> str:
        """Return the rule's text."""
        return self.header.why if self.header else ""

    @resolved("What the rule does not see.")
    def blind_spots(self) -> str:
        """Return the rule's text."""
        return self.header.blind_spots if self.header else ""

    @resolved("Why it may be harmless.")
    def benign_reasons(self) -> list[str]:
        """Return the rule's texts."""
        return list(self.header.benign) if self.header else []

    @resolved("What to ask next.")
    def investigate(self) -> list[Question]:
        """Return the rule's questions."""
        return questions(self.header) if self.header else []

    @resolved("Steps to an end.")
    def resolve(self) -> list[str]:
        """Return the rule's texts."""
        return list(self.header.resolve) if self.header else []

    @resolved("Techniques of MITRE ATT&CK.")
    def attack(self) -> list[Technique]:
        """Return the rule's techniques."""
        return [technique(id) for id in self.header.attack] if self.header else []

    async def _case(self, info: Info) -> "Case":
        return await info.context.loaders.case.load(self.id)

    @resolved("The analyst's word; that of the alert that it replaces, until it has its own.")
    async def status(self, info: Info) -> AlertStatus:
        """Return the status."""
        return AlertStatus[(await self._case(info)).status]

    @resolved("Why it was closed.")
    async def close_reason(self, info: Info) -> CloseReason | None:
        """Return the reason."""
        reason = (await self._case(info)).close_reason
        return CloseReason[reason] if reason else None

    @resolved("Who works on it.")
    async def assignee(self, info: Info) -> str | None:
        """Return the name."""
        return (await self._case(info)).assignee

    @resolved("Tickets linked by hand.")
    async def tickets(self, info: Info) -> list[str]:
        """Return the tickets."""
        return list((await self._case(info)).tickets)

    @resolved("What people said, the latest first; at most 200.")
    async def comments(self, info: Info) -> list[Comment]:
        """Return the comments."""
        return [comment_of(node) for node in (await self._case(info)).comments]

    @resolved("Alerts that this one stands for: their true moment turned out to be another.")
    async def replaces(self, info: Info) -> list["Alert"]:
        """Return the old alerts."""
        return await alerts_by_id(info, (await self._case(info)).replaces)

    @resolved("Alerts that stand for this one.")
    async def replaced_by(self, info: Info) -> list["Alert"]:
        """Return the new alerts."""
        return await alerts_by_id(info, (await self._case(info)).replaced_by)

    @resolved("The host that it concerns.")
    async def host(self, info: Info) -> LazyHost | None:
        """Return the host."""
        opaque = self.read.properties.get("host")
        node = await info.context.loaders.node.load(opaque) if opaque else None
        host: Host | None = None if node is None else entity(info.context.services.schema, node)  # type: ignore[assignment]
        return host

    @resolved("What it speaks of.")
    async def entities(self, info: Info) -> list[AlertEntity]:
        """Return the entities by role."""
        roles = await info.context.loaders.roles.load(self.id)
        return [AlertEntity(role=role, node=entity(info.context.services.schema, node)) for role, node in roles]

    @resolved(
        "What shows it, in order of time: of a composite its weak alerts, of a weak alert processes, sessions, "
        "containers or observations."
    )
    async def evidence(self, info: Info) -> list[Node]:
        """Return the evidence."""
        if self.is_composite:
            pieces = await info.context.loaders.pieces.load(self.id)
            return [alert_of(node, info.context.services.queries) for node in pieces]
        return await shown_by(info, [str(id) for id in self.evidence_ids])

    @resolved("The composite alerts that it is evidence of.")
    async def part_of(self, info: Info) -> list["Alert"]:
        """Return the composites."""
        wholes = await info.context.loaders.wholes.load(self.id)
        return [alert_of(node, info.context.services.queries) for node in wholes]

    @resolved("What happened around it, as a small graph; of a composite the causal tree of its evidence.")
    async def graph(
        self,
        info: Info,
        whole: Annotated[
            bool, strawberry.argument(description="Of a composite everything around, not the causal tree alone.")
        ] = False,
    ) -> IntrusionGraph:
        """Return the intrusion graph."""
        loaders, schema = info.context.loaders, info.context.services.schema
        read = await loaders.around.load(self.id)
        picture, evidence = around(read, tree=self.is_composite and not whole)
        return intrusion_graph(schema, picture, evidence)


def alert_of(node: GraphNode, queries: Queries) -> Alert:
    """Return an alert as read."""
    read = node.properties
    return Alert(
        id=strawberry.ID(node.id),
        rule=read["rule"],
        title=read["title"],
        message=read["message"],
        severity=Severity[read["severity"]],
        state=AlertState[read["state"]],
        reason=read.get("reason"),
        is_composite=read["composite"],
        is_summary=bool(read.get("summary")),
        at=read["at"],
        raised_at=read.get("raised_at"),
        score=read.get("score"),
        rule_hash=read["rule_hash"],
        evidence_ids=read.get("evidence", []),
        read=node,
        header=header_of(queries, read["rule"]),
    )


async def alerts_by_id(info: Info, ids: Sequence[str]) -> list[Alert]:
    """Return alerts in the order of their ids; those that are gone are left out."""
    nodes = await info.context.loaders.node.load_many(ids)
    return [alert_of(node, info.context.services.queries) for node in nodes if node and node.label == "Alert"]


def comment_of(node: GraphNode) -> Comment:
    """Return a comment as read."""
    read = node.properties
    return Comment(id=strawberry.ID(node.id), at=read["at"], author=read["author"], text=read["text"])


async def shown_by(info: Info, ids: list[str]) -> list[Node]:
    """Return what evidence ids stand for, in order of time; what retention took is left out."""
    loaders, schema = info.context.loaders, info.context.services.schema
    known = [id for id in ids if label_of(id) in schema.nodes]
    nodes = await loaders.node.load_many(known)
    observations = await loaders.observation.load_many([id for id in ids if id not in known])
    found: dict[str, tuple[int, Node]] = {}
    for node in nodes:
        if node is not None and node.label == "Alert":
            found[node.id] = (node.properties["at"], alert_of(node, info.context.services.queries))
        elif node is not None:
            read = node.properties
            found[node.id] = (int(read.get("started_at") or read.get("first_seen") or 0), entity(schema, node))
    for seen in observations:
        if seen is not None:
            found[seen.edge.id] = (int(seen.edge.properties.get("at") or 0), _observation(info, seen))
    return [found[id][1] for id in sorted(found, key=lambda id: (found[id][0], id))]


def _observation(info: Info, seen: "Seen") -> Observation:
    schema = info.context.services.schema
    return Observation(
        id=strawberry.ID(seen.edge.id),
        kind=seen.edge.kind,
        at=seen.edge.properties.get("at"),
        source=entity(schema, seen.source),
        target=entity(schema, seen.target),
        properties=Json(open_properties(seen.edge)),
    )
