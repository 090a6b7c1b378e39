"""Small graphs as GraphQL shows them: nodes and edges, novelty on both."""

from dataclasses import replace

import strawberry

from app import analytics
from app.analytics import Picture
from app.api.entities import kind_of, open_properties, shown
from app.api.inputs import EntityKind
from app.api.loaders import Around
from app.api.scalars import DateTime, Json
from app.graph import GraphEdge, GraphNode
from app.schema import Schema


@strawberry.type(description="A node of a small graph.")
class PictureNode:
    """An entity, without what hangs on it."""

    id: strawberry.ID = strawberry.field(description="Its id; `node` tells more.")
    kind: EntityKind = strawberry.field(description="What kind of thing it is.")
    label: str = strawberry.field(description="How it is shown in a sentence.")
    properties: Json = strawberry.field(description="All its properties, as the graph schema declares them.")
    first_seen: DateTime | None = strawberry.field(description="First moment seen.")
    last_seen: DateTime | None = strawberry.field(description="Last moment seen.")
    novel_since: DateTime | None = strawberry.field(description="Since when it is new to the deployment.")
    is_evidence: bool = strawberry.field(description="The alert speaks of it or is shown by it.")


@strawberry.type(description="An edge of a small graph.")
class PictureEdge:
    """A relationship of the graph."""

    id: strawberry.ID = strawberry.field(description="Its id, the same for ever.")
    kind: str = strawberry.field(description="Type of the relationship, such as SPAWNED.")
    source: strawberry.ID = strawberry.field(description="Id of the node that it leaves.")
    target: strawberry.ID = strawberry.field(description="Id of the node that it reaches.")
    properties: Json = strawberry.field(description="All its properties, as the graph schema declares them.")
    at: DateTime | None = strawberry.field(description="When it happened, where it is one moment's.")
    first_seen: DateTime | None = strawberry.field(description="First moment seen, where it is behaviour.")
    last_seen: DateTime | None = strawberry.field(description="Last moment seen, where it is behaviour.")
    novel_since: DateTime | None = strawberry.field(
        description="Since when this combination is new, where it is behaviour."
    )


@strawberry.type(description="What happened around an alert, as a small graph.")
class IntrusionGraph:
    """Bounded; of a composite the causal tree."""

    nodes: list[PictureNode] = strawberry.field(description="In order of time.")
    edges: list[PictureEdge] = strawberry.field(description="In order of time; both ends are among the nodes.")
    notice: str | None = strawberry.field(description="What was left out, if anything was.")


def around(read: Around, *, tree: bool) -> tuple[Picture, set[str]]:
    """Return the picture of what was read for an alert, and the ids of its evidence.

    With `tree` it is cut to what connects the evidence, with the sessions and users behind it.
    """
    flagged = [edge for node in read.nodes for edge in _flags(node, {one.id for one in read.nodes})]
    picture, stands = analytics.joined(read.nodes, [*read.edges, *flagged])
    evidence = {stands[id] for id in (*read.about, *read.evidence) if id in stands}
    if tree:
        behind = {edge.source for edge in picture.edges if edge.kind == "STARTED" and edge.target in evidence}
        behind |= {edge.target for edge in picture.edges if edge.kind == "IN_SESSION" and edge.source in evidence}
        picture = analytics.cut(picture, evidence | behind)
    picture = analytics.bounded(picture, evidence)
    if read.left_out:
        more = f"{read.left_out} more processes and contacts of the evidence are left out."
        picture = replace(picture, notice=f"{picture.notice} {more}" if picture.notice else more)
    return picture, evidence


def _flags(node: GraphNode, ids: set[str]) -> list[GraphEdge]:
    """Return an indicator's tie to what it speaks of; in the graph that is a property."""
    about = node.properties.get("about")
    if node.label != "Indicator" or about not in ids:
        return []
    return [GraphEdge(f"{node.id}.ABOUT.{about}", "ABOUT", node.id, about, {})]


def intrusion_graph(schema: Schema, picture: Picture, evidence: set[str]) -> IntrusionGraph:
    """Return a picture as GraphQL shows it."""
    return IntrusionGraph(
        nodes=[_node(schema, node, evidence) for node in picture.nodes],
        edges=[_edge(edge) for edge in picture.edges],
        notice=picture.notice,
    )


def _node(schema: Schema, node: GraphNode, evidence: set[str]) -> PictureNode:
    read = node.properties
    return PictureNode(
        id=strawberry.ID(node.id),
        kind=kind_of(node.label),
        label=shown(schema, node),
        properties=Json(open_properties(node)),
        first_seen=read.get("first_seen"),
        last_seen=read.get("last_seen"),
        novel_since=read.get("novel_since"),
        is_evidence=node.id in evidence,
    )


def _edge(edge: GraphEdge) -> PictureEdge:
    read = edge.properties
    return PictureEdge(
        id=strawberry.ID(edge.id),
        kind=edge.kind,
        source=strawberry.ID(edge.source),
        target=strawberry.ID(edge.target),
        properties=Json(open_properties(edge)),
        at=read.get("at"),
        first_seen=read.get("first_seen"),
        last_seen=read.get("last_seen"),
        novel_since=read.get("novel_since"),
    )
