"""What nested fields read: each kind of thing in one statement, for however many rows.

Loaders live as long as one operation, so what they remember is one moment's answer. They return what was
read, not GraphQL types.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from strawberry.dataloader import DataLoader

from app.analytics import one_execution
from app.api.services import Reader
from app.api.wishes import AlertWish, InvestigationWish
from app.graph import GraphEdge, GraphNode, Row
from app.ids import label_of

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Case:
    """What people said of an alert, the alerts that it replaces included."""

    status: str = "OPEN"
    close_reason: str | None = None
    assignee: str | None = None
    tickets: tuple[str, ...] = ()
    comments: tuple[GraphNode, ...] = ()
    replaces: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation with both its ends."""

    edge: GraphEdge
    source: GraphNode
    target: GraphNode


@dataclass(frozen=True, slots=True)
class Around:
    """Everything read for an alert's intrusion graph."""

    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[GraphEdge, ...] = ()
    about: tuple[str, ...] = ()
    """Ids of what it speaks of."""
    evidence: tuple[str, ...] = ()
    """Ids of the processes that show it."""
    left_out: int = 0
    """Processes and contacts that were not read, for there are too many."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The alerts of an investigation."""

    weak: tuple[GraphNode, ...] = ()
    composites: tuple[GraphNode, ...] = ()


@dataclass(slots=True)
class Loaders:
    """All of them, for one operation."""

    reader: Reader
    node: DataLoader[str, GraphNode | None] = field(init=False)
    """By id; a process with all that the nodes of the same execution know."""
    observation: DataLoader[str, Seen | None] = field(init=False)
    links: DataLoader[str, Mapping[str, Sequence[GraphNode]]] = field(init=False)
    """Neighbours of an entity in the evidence, by relationship type."""
    roles: DataLoader[str, Sequence[tuple[str, GraphNode]]] = field(init=False)
    case: DataLoader[str, Case] = field(init=False)
    pieces: DataLoader[str, Sequence[GraphNode]] = field(init=False)
    wholes: DataLoader[str, Sequence[GraphNode]] = field(init=False)
    around: DataLoader[str, Around] = field(init=False)
    gathered: DataLoader[str, Gathered] = field(init=False)
    alerts: DataLoader[tuple[str, AlertWish], Sequence[GraphNode]] = field(init=False)
    """A page of a host's alerts."""
    alert_count: DataLoader[tuple[str, AlertWish], int] = field(init=False)
    investigations: DataLoader[tuple[str, InvestigationWish], Sequence[GraphNode]] = field(init=False)
    """A page of a host's investigations."""
    investigation_count: DataLoader[tuple[str, InvestigationWish], int] = field(init=False)

    def __post_init__(self) -> None:
        self.node = DataLoader(self._nodes)
        self.observation = DataLoader(self._observations)
        self.links = DataLoader(self._links)
        self.roles = DataLoader(self._roles)
        self.case = DataLoader(self._case)
        self.pieces = DataLoader(self._pieces)
        self.wholes = DataLoader(self._wholes)
        self.around = DataLoader(self._around)
        self.gathered = DataLoader(self._gathered)
        self.alerts = DataLoader(self._alerts)
        self.alert_count = DataLoader(self._alert_counts)
        self.investigations = DataLoader(self._investigations)
        self.investigation_count = DataLoader(self._investigation_counts)

    async def _nodes(self, ids: list[str]) -> list[GraphNode | None]:
        grouped = by_label(ids)
        rows = await self.reader.read("nodes", grouped) if grouped else []
        found = {str(row["id"]): one_execution([row["node"], *row["joined"]]) for row in rows}
        return [found.get(one) for one in ids]

    async def _observations(self, ids: list[str]) -> list[Seen | None]:
        grouped = by_label(ids)
        rows = await self.reader.read("observations", grouped) if grouped else []
        found = {str(row["id"]): Seen(row["edge"], row["source"], row["target"]) for row in rows}
        return [found.get(one) for one in ids]

    async def _links(self, ids: list[str]) -> list[Mapping[str, Sequence[GraphNode]]]:
        found: dict[str, dict[str, list[GraphNode]]] = {one: {} for one in ids}
        for row in await self.reader.read("links", {"ids": ids}):
            found[row["id"]].setdefault(row["kind"], []).append(row["other"])
        return [found[one] for one in ids]

    async def _roles(self, ids: list[str]) -> list[Sequence[tuple[str, GraphNode]]]:
        rows = await self.reader.read("alert_entities", {"ids": ids})
        return _lists(ids, ((row["id"], (str(row["role"]), row["node"])) for row in rows))

    async def _case(self, ids: list[str]) -> list[Case]:
        found = {str(row["id"]): _case(row) for row in await self.reader.read("alert_case", {"ids": ids})}
        return [found.get(one, Case()) for one in ids]

    async def _pieces(self, ids: list[str]) -> list[Sequence[GraphNode]]:
        rows = await self.reader.read("alert_pieces", {"ids": ids})
        return _lists(ids, ((row["id"], row["alert"]) for row in rows))

    async def _wholes(self, ids: list[str]) -> list[Sequence[GraphNode]]:
        rows = await self.reader.read("alert_wholes", {"ids": ids})
        return _lists(ids, ((row["id"], row["alert"]) for row in rows))

    async def _around(self, ids: list[str]) -> list[Around]:
        found = {str(row["id"]): _around(row) for row in await self.reader.read("alert_graph", {"ids": ids})}
        return [found.get(one, Around()) for one in ids]

    async def _gathered(self, ids: list[str]) -> list[Gathered]:
        found: dict[tuple[str, str], list[GraphNode]] = defaultdict(list)
        for row in await self.reader.read("investigation_alerts", {"ids": ids}):
            found[(row["id"], row["kind"])].append(row["alert"])
        return [Gathered(tuple(found[(one, "GATHERS")]), tuple(found[(one, "LED_TO")])) for one in ids]

    async def _alerts(self, keys: list[tuple[str, AlertWish]]) -> list[Sequence[GraphNode]]:
        found: dict[tuple[str, AlertWish], list[GraphNode]] = {key: [] for key in keys}
        for wish, hosts in _grouped(keys).items():
            for row in await self.reader.read("alerts_of_hosts", wish.page_of_hosts(hosts), wish.limit):
                found[(row["host"], wish)].append(row["alert"])
        return [found[key] for key in keys]

    async def _alert_counts(self, keys: list[tuple[str, AlertWish]]) -> list[int]:
        found: dict[tuple[str, AlertWish], int] = {}
        for wish, hosts in _grouped(keys).items():
            for row in await self.reader.read("alerts_counted", wish.count(hosts)):
                found[(row["host"], wish)] = int(row["count"])
        return [found.get(key, 0) for key in keys]

    async def _investigations(self, keys: list[tuple[str, InvestigationWish]]) -> list[Sequence[GraphNode]]:
        found: dict[tuple[str, InvestigationWish], list[GraphNode]] = {key: [] for key in keys}
        for wish, hosts in _grouped(keys).items():
            for row in await self.reader.read("investigations", wish.page(hosts), wish.limit):
                found[(row["investigation"].properties["subject"], wish)].append(row["investigation"])
        return [found[key] for key in keys]

    async def _investigation_counts(self, keys: list[tuple[str, InvestigationWish]]) -> list[int]:
        found: dict[tuple[str, InvestigationWish], int] = {}
        for wish, hosts in _grouped(keys).items():
            for row in await self.reader.read("investigations_counted", wish.count(hosts)):
                found[(row["subject"], wish)] = int(row["count"])
        return [found.get(key, 0) for key in keys]


W = TypeVar("W", AlertWish, InvestigationWish)


def _grouped(keys: Iterable[tuple[str, W]]) -> dict[W, list[str]]:
    grouped: dict[W, list[str]] = {}
    for host, wish in keys:
        grouped.setdefault(wish, []).append(host)
    return grouped


def by_label(ids: Iterable[str]) -> dict[str, list[str]]:
    """Return ids by what they can be read to be of; what is no id of ours is left out."""
    grouped: dict[str, list[str]] = {}
    for one in ids:
        label = label_of(one)
        if label is not None:
            grouped.setdefault(label, []).append(one)
    return grouped


def _lists(ids: Sequence[str], rows: Iterable[tuple[str, V]]) -> list[Sequence[V]]:
    found: dict[str, list[V]] = {one: [] for one in ids}
    for one, value in rows:
        found[one].append(value)
    return [found[one] for one in ids]


def _case(row: Row) -> Case:
    words: Sequence[Mapping[str, object]] = row["words"]
    spoken = next((word for word in words if word["status"] is not None), None)
    assigned = next((word["assignee"] for word in words if word["assignee"] is not None), None)
    tickets: dict[str, None] = {}
    for word in words:
        listed = word["tickets"]
        tickets.update(dict.fromkeys(listed if isinstance(listed, list) else ()))
    return Case(
        status=str(spoken["status"]) if spoken else "OPEN",
        close_reason=str(spoken["close_reason"]) if spoken and spoken["close_reason"] else None,
        # An empty name is a word too: nobody works on it any more.
        assignee=str(assigned) if assigned else None,
        tickets=tuple(tickets),
        comments=tuple(row["comments"]),
        replaces=tuple(row["replaces"]),
        replaced_by=tuple(row["replaced_by"]),
    )


def _around(row: Row) -> Around:
    edges = tuple(
        GraphEdge(
            str(edge["id"] or f"{edge['source']}.{edge['kind']}.{edge['target']}"),
            edge["kind"],
            edge["source"],
            edge["target"],
            {name: value for name, value in edge["properties"].items() if name != "id"},
        )
        for edge in row["edges"]
    )
    return Around(tuple(row["nodes"]), edges, tuple(row["about"]), tuple(row["evidence"]), int(row["left_out"]))
