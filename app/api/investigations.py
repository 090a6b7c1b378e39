"""Investigations as GraphQL shows them."""

import json
from typing import TYPE_CHECKING

import strawberry

from app.api.alerts import Alert, alert_of
from app.api.context import Info
from app.api.entities import Entity, Node, entity
from app.api.executions import LazyHost
from app.api.fields import resolved
from app.api.inputs import Phase
from app.api.rules import header_of
from app.api.scalars import DateTime
from app.graph import GraphNode

if TYPE_CHECKING:
    from app.api.hosts import Host


@strawberry.type(description="What an investigation amounted to after one more piece of evidence.")
class Step:
    """One of its course."""

    at: DateTime = strawberry.field(description="Moment of the piece.")
    alert_id: strawberry.ID = strawberry.field(description="The weak alert that came.")
    score: float = strawberry.field(description="Weight of the evidence that hangs together by then.")
    missing: list[str] = strawberry.field(description="What the composite still lacked, in words.")

    @resolved("The weak alert that came.")
    async def alert(self, info: Info) -> Alert | None:
        """Return the alert."""
        node = await info.context.loaders.node.load(self.alert_id)
        return alert_of(node, info.context.services.queries) if node and node.label == "Alert" else None


@strawberry.type
class Investigation(Node):
    """The label Investigation."""

    rule: str
    title: str = strawberry.field(description="The composite's title; empty when its file is gone.")
    phase: Phase
    score: float
    missing: list[str]
    opened_at: DateTime
    last_at: DateTime
    lapses_at: DateTime
    warned_at: DateTime | None
    composite_at: DateTime | None
    rule_hash: str | None
    course: list[Step] = strawberry.field(description="How its score grew, in order of time.")
    read: strawberry.Private[GraphNode]

    @resolved("What it is about: a host or an identity.")
    async def subject(self, info: Info) -> Entity | None:
        """Return the subject."""
        node = await info.context.loaders.node.load(self.read.properties["subject"])
        return None if node is None else entity(info.context.services.schema, node)

    @resolved("The host that it is about; null when it is about an identity.")
    async def host(self, info: Info) -> LazyHost | None:
        """Return the host."""
        node = await info.context.loaders.node.load(self.read.properties["subject"])
        host: Host | None = None
        if node is not None and node.label == "Host":
            host = entity(info.context.services.schema, node)  # type: ignore[assignment]
        return host

    @resolved("Its weak alerts, in order of time.")
    async def evidence(self, info: Info) -> list[Alert]:
        """Return the weak alerts."""
        gathered = await info.context.loaders.gathered.load(self.id)
        return [alert_of(node, info.context.services.queries) for node in gathered.weak]

    @resolved("The composite alerts that it became.")
    async def composites(self, info: Info) -> list[Alert]:
        """Return the composite alerts."""
        gathered = await info.context.loaders.gathered.load(self.id)
        return [alert_of(node, info.context.services.queries) for node in gathered.composites]


def investigation_of(node: GraphNode, info: Info) -> Investigation:
    """Return an investigation as read."""
    read = node.properties
    header = header_of(info.context.services.queries, read["rule"])
    return Investigation(
        id=strawberry.ID(node.id),
        rule=read["rule"],
        title=header.title if header else "",
        phase=Phase[read["phase"]],
        score=read["score"],
        missing=read.get("missing", []),
        opened_at=read["opened_at"],
        last_at=read["last_at"],
        lapses_at=read["lapses_at"],
        warned_at=read.get("warned_at"),
        composite_at=read.get("composite_at"),
        rule_hash=read.get("rule_hash"),
        course=[_step(text) for text in read.get("course", [])],
        read=node,
    )


def _step(text: str) -> Step:
    said = json.loads(text)
    return Step(at=said["at"], alert_id=said["alert"], score=said["score"], missing=said["missing"])
