"""A small graph drawn as a tree of plain text, for a terminal.

Pure. Whatever was named by an attacker is escaped: no control character, no mark that turns the direction
of writing, no line that is longer than a line.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from app.analytics import Picture
from app.graph import GraphEdge, GraphNode

LONGEST = 96
"""Characters of a name that are drawn."""

# How an edge hangs one end below the other: its rank among the ties of the lower end, whether the target is
# the lower end, and the words before it.
_BELOW: Mapping[str, tuple[int, bool, str]] = MappingProxyType(
    {
        "SPAWNED": (0, True, ""),
        "IN_SESSION": (1, False, ""),
        "CONNECTED_TO": (1, True, "connected to"),
        "RESOLVED": (1, True, "looked up"),
        "EXECUTED": (1, True, "ran"),
        "WROTE": (1, True, "wrote"),
        "READ": (1, True, "read"),
        "DELETED": (1, True, "deleted"),
        "ACCEPTED_FROM": (2, True, "accepted from"),
        "RAN_ON": (3, False, ""),
        "ON": (1, False, ""),
        "IN": (2, True, "in"),
        "FROM": (2, True, "from image"),
        "HAS": (1, True, "is content"),
        "HOLDS": (2, True, "holds content"),
        "CAME_FROM": (3, True, "came from"),
        "CONTACTS": (4, True, "contacts"),
        "RESOLVES_TO": (5, True, "resolves to"),
        "PART_OF": (2, True, "part of"),
        "MADE": (1, True, ""),
        "ACTED_ON": (2, True, "acted on"),
        "DEPLOYED": (2, True, "to run image"),
        "CALLS": (4, True, "calls"),
        "ACTS_IN": (4, True, "acts in region"),
        "ACTS_FROM": (4, True, "acts from"),
        "ABOUT": (1, False, "flagged by threat intelligence of"),
    }
)
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "Host": "host",
        "Session": "session",
        "User": "user",
        "IpAddress": "address",
        "Container": "container",
        "ApiCall": "call",
        "Identity": "identity",
    }
)
_SHOWN = ("operation", "command", "executable", "name", "ip", "path", "sha256", "value", "native_id")


def draw(picture: Picture, marks: Mapping[str, str] | None = None) -> str:
    """Return the picture as lines of text; `marks` are words to put behind nodes, by id.

    Each node stands once, below what led to it; users stand on the lines of what they started.
    """
    nodes = {node.id: node for node in picture.nodes}
    above = _above(picture, nodes)
    children: dict[str, list[str]] = {}
    for id in nodes:
        if id in above:
            children.setdefault(_upper(above[id]), []).append(id)
    beside = _users(picture, nodes)
    hidden = {id for id, node in nodes.items() if node.label == "User" and id not in above and id in beside.values()}
    roots = [id for id in nodes if id not in above and id not in hidden]
    lines: list[str] = []
    for root in roots:
        lines += _lines(root, "", "", nodes, above, children, beside, marks or {})
    if picture.notice:
        lines.append(escaped(picture.notice))
    return "\n".join(lines)


def _above(picture: Picture, nodes: Mapping[str, GraphNode]) -> dict[str, GraphEdge]:
    """Return the edge by which each node hangs below another; no circles."""
    candidates: list[tuple[int, int, GraphEdge]] = []
    for position, edge in enumerate(picture.edges):
        tie = _BELOW.get(edge.kind)
        if tie and edge.source in nodes and edge.target in nodes and edge.source != edge.target:
            candidates.append((tie[0], position, edge))
    above: dict[str, GraphEdge] = {}
    for _, _, edge in sorted(candidates, key=lambda one: one[:2]):
        lower = _lower(edge)
        if lower not in above and not _is_under(_upper(edge), lower, above):
            above[lower] = edge
    return above


def _is_under(id: str, other: str, above: Mapping[str, GraphEdge]) -> bool:
    while id != other:
        if id not in above:
            return False
        id = _upper(above[id])
    return True


def _upper(edge: GraphEdge) -> str:
    return edge.source if _BELOW[edge.kind][1] else edge.target


def _lower(edge: GraphEdge) -> str:
    return edge.target if _BELOW[edge.kind][1] else edge.source


def _users(picture: Picture, nodes: Mapping[str, GraphNode]) -> dict[str, str]:
    """Return the user of each process and session."""
    return {
        edge.target: edge.source
        for edge in reversed(picture.edges)
        if edge.kind in ("STARTED", "OPENED") and edge.source in nodes and edge.target in nodes
    }


def _lines(
    id: str,
    first: str,
    rest: str,
    nodes: Mapping[str, GraphNode],
    above: Mapping[str, GraphEdge],
    children: Mapping[str, list[str]],
    beside: Mapping[str, str],
    marks: Mapping[str, str],
) -> Iterator[str]:
    text = _words(nodes[id], above.get(id))
    if id in beside:
        text += f" {'of' if nodes[id].label == 'Session' else 'as'} {_name(nodes[beside[id]])}"
    if id in marks:
        text += f"  <- {escaped(marks[id])}"
    yield first + text
    below = sorted(children.get(id, ()), key=lambda one: nodes[one].label == "Process")
    for one in below:
        last = one == below[-1]
        branch, stem = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _lines(one, rest + branch, rest + stem, nodes, above, children, beside, marks)


def _words(node: GraphNode, edge: GraphEdge | None) -> str:
    parts = [_BELOW[edge.kind][2] if edge else "", _WORDS.get(node.label, ""), _name(node)]
    if edge and edge.properties.get("port"):
        parts.append(f"port {edge.properties['port']}/{escaped(str(edge.properties.get('protocol', 'tcp')))}")
    if edge and edge.properties.get("path"):
        parts.append(f"at {escaped(str(edge.properties['path']))}")
    if node.label == "Process" and node.properties.get("pid") is not None:
        parts.append(f"[{node.properties['pid']}]")
    return " ".join(part for part in parts if part)


def _name(node: GraphNode) -> str:
    if node.label == "Port":
        return escaped(f"{node.properties.get('protocol')}/{node.properties.get('number')}")
    if node.label == "Indicator":
        return escaped(str(node.properties.get("source")))
    shown = next((node.properties[name] for name in _SHOWN if node.properties.get(name)), node.id)
    if node.label == "User" and node.properties.get("account"):
        shown = f"{shown} ({node.properties['account']})"
    return escaped(str(shown))


def escaped(text: str, longest: int = LONGEST) -> str:
    """Return text that cannot do anything to a terminal: what does not print is written as its number."""
    shown: list[str] = []
    for sign in text[: longest + 1]:
        # Cc and Cf are control and format (escapes, bidirectional marks), Z* but the space are breaks.
        category = unicodedata.category(sign)
        if sign != " " and (category[0] in "CZ" or category in ("Mn", "Me")):
            shown.append(sign.encode("unicode_escape", "backslashreplace").decode("ascii"))
        else:
            shown.append(sign)
    whole = "".join(shown)
    return whole if len(text) <= longest and len(whole) <= 2 * longest else whole[: longest - 1] + "…"
