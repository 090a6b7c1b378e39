"""NetworkX on a subgraph: the nodes of one execution made one, the causal tree cut out, a tree drawn as text.

Pure: takes nodes and edges that were read, returns the same kind of thing. Every result is the same
whatever the order of what was read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import networkx as nx

from app.graph import GraphEdge, GraphNode

MOST_NODES = 200
"""Nodes of a picture; past it those farthest from the evidence are cut, with a notice."""

CAUSAL: Mapping[str, int] = MappingProxyType(
    {
        "SPAWNED": 1,
        "STARTED": 2,
        "EXECUTED": 1,
        "CONNECTED_TO": 1,
        "ACCEPTED_FROM": 1,
        "RESOLVED": 1,
        "WROTE": 1,
        "READ": 1,
        "DELETED": 1,
        "OPENED": 1,
        "CAME_FROM": 1,
        "IN": 1,
        "FROM": 1,
        "HAS": 1,
        "ABOUT": 1,
        "MADE": 1,
        "ACTED_ON": 1,
        "DEPLOYED": 1,
        # A file that lies there, a session, a host: they connect what has no closer tie.
        "HOLDS": 3,
        "CONTACTS": 3,
        "CALLS": 3,
        "ACTS_IN": 3,
        "ACTS_FROM": 3,
        "RESOLVES_TO": 3,
        "PART_OF": 1,
        "IN_SESSION": 2,
        "ON": 3,
        "RAN_ON": 4,
    }
)
"""Relationship types along which one thing led to another, and how far apart they put their ends."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A small graph, in a fixed order; `notice` says when something was left out."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    notice: str | None = None


def one_execution(nodes: Sequence[GraphNode]) -> GraphNode:
    """Return nodes that are one execution as one.

    The one that knows the start speaks first, ties by id: the same one whichever was asked for. The others
    fill in what it does not know.
    """
    if len(nodes) == 1:
        return nodes[0]
    ordered = sorted(nodes, key=lambda node: (node.properties.get("started_at") is None, node.id))
    properties: dict[str, object] = {}
    for node in reversed(ordered):
        properties.update({name: value for name, value in node.properties.items() if value is not None})
    for name, pick in (("first_seen", min), ("last_seen", max)):
        seen = [node.properties[name] for node in ordered if node.properties.get(name) is not None]
        if seen:
            properties[name] = pick(seen)
    properties["same_as"] = [node.id for node in ordered[1:]]
    return GraphNode(ordered[0].id, ordered[0].label, properties)


def joined(nodes: Iterable[GraphNode], edges: Iterable[GraphEdge]) -> tuple[Picture, dict[str, str]]:
    """Return a picture in which SAME_AS is gone, and under which id each node now stands."""
    by_id = {node.id: node for node in nodes}
    listed = list(edges)
    same: nx.Graph[str] = nx.Graph()
    same.add_nodes_from(sorted(by_id))
    ties = (edge for edge in listed if edge.kind == "SAME_AS" and _inside(edge, by_id))
    same.add_edges_from((edge.source, edge.target) for edge in ties)
    stands: dict[str, str] = {}
    kept: list[GraphNode] = []
    for members in nx.connected_components(same):
        one = one_execution([by_id[id] for id in sorted(members)])
        kept.append(one)
        stands.update(dict.fromkeys(members, one.id))
    seen: dict[str, GraphEdge] = {}
    links: set[tuple[str, str, str]] = set()
    for edge in sorted(listed, key=lambda edge: edge.id):
        if edge.kind == "SAME_AS" or not _inside(edge, by_id):
            continue
        ends = replace(edge, source=stands[edge.source], target=stands[edge.target])
        if not edge.properties and (ends.source, ends.kind, ends.target) in links:
            continue  # two sensors' word for one link
        links.add((ends.source, ends.kind, ends.target))
        seen[edge.id] = ends
    return Picture(_sorted_nodes(kept), _sorted_edges(seen.values())), stands


def bounded(picture: Picture, evidence: Collection[str], most: int = MOST_NODES) -> Picture:
    """Return at most `most` nodes, those nearest to the evidence, and say so when some are left out."""
    if len(picture.nodes) <= most:
        return picture
    graph = _causal(picture)
    known = {node.id for node in picture.nodes}
    sources = {id for id in evidence if id in known}
    near: Mapping[str, float] = nx.multi_source_dijkstra_path_length(graph, sources) if sources else {}
    far = float("inf")
    ranked = sorted(picture.nodes, key=lambda node: (near.get(node.id, far), _moment(node), node.id))
    kept = {node.id for node in ranked[:most]}
    notice = f"The graph is cut: {most} of {len(picture.nodes)} nodes are shown, those nearest to the evidence."
    return _only(picture, kept, notice)


def cut(picture: Picture, evidence: Collection[str]) -> Picture:
    """Return the causal tree: the evidence and what connects it with the fewest steps, and no more.

    Shortest paths between pieces of evidence are joined like the edges of a minimum spanning tree. Evidence
    that nothing connects stays on its own.
    """
    graph = _causal(picture)
    wanted = sorted(id for id in set(evidence) if id in graph)
    pairs: list[tuple[float, str, str]] = []
    paths: dict[tuple[str, str], list[str]] = {}
    for position, source in enumerate(wanted):
        lengths: Mapping[str, float] = nx.single_source_dijkstra_path_length(graph, source)
        found: Mapping[str, list[str]] = nx.single_source_dijkstra_path(graph, source)
        for target in wanted[position + 1 :]:
            if target in lengths:
                pairs.append((lengths[target], source, target))
                paths[(source, target)] = found[target]
    closure = nx.utils.UnionFind(wanted)
    kept = set(wanted)
    for _, source, target in sorted(pairs):
        if closure[source] != closure[target]:
            closure.union(source, target)
            kept.update(paths[(source, target)])
    return _only(picture, kept, picture.notice)


def _causal(picture: Picture) -> "nx.Graph[str]":
    graph: nx.Graph[str] = nx.Graph()
    # Sorted, because ties between paths go to what was added first.
    graph.add_nodes_from(node.id for node in picture.nodes)
    for edge in picture.edges:
        weight = CAUSAL.get(edge.kind)
        if weight is not None and edge.source in graph and edge.target in graph:
            before = graph.get_edge_data(edge.source, edge.target)
            if before is None or weight < before["weight"]:
                graph.add_edge(edge.source, edge.target, weight=weight)
    return graph


def _only(picture: Picture, kept: Collection[str], notice: str | None) -> Picture:
    nodes = tuple(node for node in picture.nodes if node.id in kept)
    edges = tuple(edge for edge in picture.edges if edge.source in kept and edge.target in kept)
    return Picture(nodes, edges, notice)


def _inside(edge: GraphEdge, nodes: Collection[str]) -> bool:
    return edge.source in nodes and edge.target in nodes


def _sorted_nodes(nodes: Iterable[GraphNode]) -> tuple[GraphNode, ...]:
    return tuple(sorted(nodes, key=lambda node: (_moment(node), node.label, node.id)))


def _sorted_edges(edges: Iterable[GraphEdge]) -> tuple[GraphEdge, ...]:
    return tuple(sorted(edges, key=lambda edge: (_edge_moment(edge), edge.kind, edge.source, edge.target, edge.id)))


def _moment(node: GraphNode) -> int:
    return int(node.properties.get("started_at") or node.properties.get("first_seen") or 0)


def _edge_moment(edge: GraphEdge) -> int:
    return int(edge.properties.get("at") or edge.properties.get("first_seen") or 0)
