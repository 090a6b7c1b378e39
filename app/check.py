"""`polygraph check`: every fault of our own files at once, as `file:line: what`.

Schema, queries, cases and generated pages are read file by file, so that one fault hides no other. Cypher is
judged by the database: with all declared names created first, `EXPLAIN` reports unknown ones, missing
parameters, columns and whatever it would notice. Without a database that part is left out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from app import cases, docs, migrate, queries, schema
from app.cases import AlertCase, Case, CompositeCase, PivotCase
from app.errors import DeclarationError, PolygraphError
from app.events import KINDS
from app.graph import Graph, Plan
from app.queries import AlertHeader, CompositeHeader, Queries, Query
from app.schema import ROOT, Node, Schema

T = TypeVar("T")

UNFINISHED = "TODO"
"""What `polygraph new` leaves where words are wanted."""

_GIVEN = {
    "alerts": {"from", "to", "after"},
    "composites": {"from", "to", "after", "subjects"},
    "pivots": {"id", "from", "to", "limit"},
    "views": set[str](),
}
"""Parameters that a query of each folder gets beside its header's; the engine's own get what they ask for."""
_STEP = {"subject", "last", "at", "evidence", "score", "missing"}
"""Columns of a composite: what `investigate` reads of each step."""
_COURSE = {"warn", "raise", "lapse"}
"""Parameters of a composite that `composites` reads, and not the query."""
_COMPOSITE_WORDS = {"host", "score", "pieces"}
_ALERT_WORDS = {"message", "severity"}
_MISSING_PARAMETERS = "01N60"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong with a file of ours."""

    file: str
    line: int
    what: str

    @property
    def where(self) -> str:
        """Return file and line."""
        return f"{self.file}:{self.line}"

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def faults(graph: Graph | None, root: Path = ROOT) -> list[Fault]:
    """Return every fault of the files under `root`, in order; without a graph, those that need none.

    The graph is a scratch database: constraints, indexes and all declared names are created in it.
    """
    declared, found = _schema(root)
    asked, more = _queries(root)
    found += more
    for query in asked.all():
        found += _header(query, root)
    found += _cycles(asked)
    columns: dict[str, tuple[str, ...]] = {}
    if graph is not None and declared is not None:
        _declare(graph, declared)
        for query in asked.all():
            returned, more = _judged(graph, query)
            # What is wrong with a query is not said once more of its case.
            columns[query.path] = () if more else returned
            found += more
    found += _cases(root, asked, columns)
    if declared is not None:
        found += _shown(declared)
    if declared is not None and not found:
        # Pages made from what is wrong would only repeat it.
        found += _pages(root, declared, asked)
    return sorted({_placed(fault, root) for fault in found})


def _schema(root: Path) -> tuple[Schema | None, list[Fault]]:
    nodes: dict[str, Node] = {}
    found: list[Fault] = []
    for path in schema.files(root / "graph_schema"):
        try:
            nodes[schema.label_of(path)] = schema.read(path)
        except DeclarationError as error:
            found.append(_fault(error, path))
    if found:
        return None, found
    declared = Schema(MappingProxyType(nodes))
    found = [_fault(error, root / error.where) for error in schema.dangling(declared)]
    return (None if found else declared), found


def _queries(root: Path) -> tuple[Queries, list[Fault]]:
    read: dict[str, dict[str, Query[Any]]] = {}
    found: list[Fault] = []
    for kind in queries.KINDS:
        read[kind] = {}
        for path in sorted((root / "queries" / kind).glob("*.cypher")):
            try:
                read[kind][path.stem] = queries.read(path, kind)
            except DeclarationError as error:
                found.append(_fault(error, path))
    return Queries(**read), found


def _header(query: Query[Any], root: Path) -> Iterator[Fault]:
    """Yield what is wrong with a header whose form is right."""
    header = query.header
    for number, line in enumerate(query.text.splitlines(), 1):
        if UNFINISHED in line:
            yield Fault(query.path, number, f"unfinished: {line.strip()[:80]}")
    if not isinstance(header, AlertHeader | CompositeHeader):
        return
    for name in ("key", "attack", "benign", "investigate", "resolve", "title", "description", "why", "blind_spots"):
        if not getattr(header, name):
            yield _at(query, name, f"`{name}` is empty")
    for technique in header.attack:
        if not re.fullmatch(r"T\d{4}(\.\d{3})?", technique):
            yield _at(query, "attack", f"`{technique}` is no ATT&CK technique")
    if _sentences(header.description) > 1:
        yield _at(query, "description", "`description` is more than one sentence")
    if _sentences(header.why) > 3:
        yield _at(query, "why", "`why` is more than three sentences")
    if isinstance(header, AlertHeader):
        kinds = {kind.KIND for kind in KINDS} | {"process", "indicator"}
        if not header.on:
            yield _at(query, "on", "`on` is empty: nothing wakes the rule")
        for kind in header.on:
            if kind not in kinds:
                yield _at(query, "on", f"`{kind}` is no kind of event")
    else:
        if not header.after:
            yield _at(query, "after", "`after` is empty: the composite reads nothing")
        for name in header.after:
            # By its file: one whose header is wrong is there all the same, and has a fault of its own.
            is_detection = name.partition("/")[0] in ("alerts", "composites")
            if not is_detection or not (root / "queries" / f"{name}.cypher").is_file():
                yield _at(query, "after", f"`{name}` is no alert and no composite")


def _cycles(asked: Queries) -> Iterator[Fault]:
    after = {f"composites/{name}": set(query.header.after) for name, query in asked.composites.items()}
    while ready := {name for name, before in after.items() if before.isdisjoint(after)}:
        after = {name: before for name, before in after.items() if name not in ready}
    for name in after:
        query = asked.composites[name.partition("/")[2]]
        yield _at(query, "after", f"{name} comes after itself, through {', '.join(sorted(after))}")


def _declare(graph: Graph, declared: Schema) -> None:
    """Create every declared name, so that the database knows all that may be said and nothing else."""
    migrate.ensure(graph, declared)
    names = {prop for label in declared.nodes for prop in declared.properties(label)}
    names |= {prop for edge in declared.edges for prop in edge.properties}
    for procedure, created in (
        ("db.createLabel", set(declared.nodes)),
        ("db.createRelationshipType", {edge.type for edge in declared.edges}),
        ("db.createProperty", names),
    ):
        graph.command(f"UNWIND $names AS name CALL {procedure}(name)", {"names": sorted(created)})


def _judged(graph: Graph, query: Query[Any]) -> tuple[tuple[str, ...], list[Fault]]:
    """Return the columns of a query, and what the database says against it."""
    try:
        plan = graph.plan(query.text, {})
    except ValueError as error:
        said = str(error).splitlines()[0]
        line = re.search(r"\(line (\d+), column", said)
        return (), [Fault(query.path, int(line.group(1)) if line else 1, said)]
    found = [
        Fault(query.path, notice.line, notice.text) for notice in plan.notices if notice.status != _MISSING_PARAMETERS
    ]
    found += _parameters(query, plan)
    header = query.header
    wanted: dict[str, str] = {}
    match header:
        case AlertHeader():
            wanted |= dict.fromkeys(["at"], "every alert has a moment")
            wanted |= dict.fromkeys(header.key, "`key` names it")
            wanted |= dict.fromkeys(queries.placeholders(header.message), "`message` names it")
            wanted |= {one.of: "`investigate` names it" for one in header.investigate}
            wanted |= dict.fromkeys([header.cap_by] if header.cap_by else [], "`cap_by` names it")
        case CompositeHeader():
            wanted |= dict.fromkeys(_STEP, "every step of a composite has it")
            for word in queries.placeholders(header.message):
                if word not in _COMPOSITE_WORDS:
                    found.append(_at(query, "message", f"`{word}` is none of {', '.join(sorted(_COMPOSITE_WORDS))}"))
            for one in header.investigate:
                if one.of not in header.key:
                    found.append(_at(query, "investigate", f"`{one.of}` is not in `key`"))
        case _:
            pass
    lacking = [(name, why) for name, why in wanted.items() if name not in plan.columns]
    found += [_at(query, "RETURN", f"column `{name}` is not returned: {why}") for name, why in lacking]
    if plan.writes and query.folder != "engine" and not getattr(header, "writes", False):
        found.append(Fault(query.path, 1, "it writes, and may only read"))
    return plan.columns, found


def _parameters(query: Query[Any], plan: Plan) -> Iterator[Fault]:
    if query.folder == "engine":
        return
    said = " ".join(notice.text for notice in plan.notices if notice.status == _MISSING_PARAMETERS)
    used = set(re.findall(r"\$`([^`]+)`", said))
    known = set(query.header.params)
    for name in sorted(used - known - _GIVEN[query.folder]):
        yield _at(query, f"${name}", f"parameter `{name}` is not declared under `params`")
    for name in sorted(known - used - (_COURSE if query.folder == "composites" else set())):
        yield _at(query, f"params.{name}", f"parameter `{name}` is not used")


def _cases(root: Path, asked: Queries, columns: Mapping[str, tuple[str, ...]]) -> Iterator[Fault]:
    folder = root / "tests" / "cases"
    forms: tuple[tuple[Mapping[str, Query[Any]], str, type[Case]], ...] = (
        (asked.alerts, "alerts", AlertCase),
        (asked.composites, "composites", CompositeCase),
        (asked.pivots, "pivots", PivotCase),
    )
    for found, kind, form in forms:
        for path in sorted((folder / kind).glob("*.toml")):
            if path.stem not in found and not (root / "queries" / kind / f"{path.stem}.cypher").exists():
                yield Fault(path.as_posix(), 1, f"there is no queries/{kind}/{path.stem}.cypher")
        for name, query in found.items():
            path = folder / kind / f"{name}.toml"
            try:
                case = cases.read(path, form)
            except DeclarationError as error:
                yield _fault(error, path)
                continue
            for what in cases.gaps(case, columns.get(query.path, ()), _ALERT_WORDS):
                yield Fault(path.as_posix(), 1, what)
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if UNFINISHED in line:
                    yield Fault(path.as_posix(), number, f"unfinished: {line.strip()[:80]}")


def _shown(declared: Schema) -> Iterator[Fault]:
    """Yield labels that GraphQL shows and the schema lacks, and the other way round."""
    # Here, for the API takes its time to be read; through `query` every type is.
    from app.api import entities, query  # noqa: F401

    types = {one.__name__ for one in entities.Entity.__subclasses__()}
    labels = {label for label, node in declared.nodes.items() if node.layer != "case"}
    for name in sorted(types - labels):
        yield Fault("app/api/entities.py", 1, f"`{name}` is shown and no label of the schema")
    for name in sorted(labels - types):
        yield Fault("app/api/entities.py", 1, f"`{name}` is a label of the schema and not shown")


def _pages(root: Path, declared: Schema, asked: Queries) -> Iterator[Fault]:
    try:
        pages = docs.pages(declared, asked)
    except PolygraphError as error:
        yield Fault("queries", 1, str(error))
        return
    for name, text in pages.items():
        path = root / name
        stored = path.read_text(encoding="utf-8") if path.exists() else ""
        if stored != text:
            pairs = zip(stored.splitlines(), text.splitlines(), strict=False)
            line = next((number for number, (one, other) in enumerate(pairs, 1) if one != other), 1)
            yield Fault(name, line, "is not what the declarations say: run `polygraph docs`")


def _sentences(text: str) -> int:
    return len(re.findall(r"[.!?](?=\s|$)", text))


def _at(query: Query[Any], word: str, what: str) -> Fault:
    return Fault(query.path, _line(query.text, word), what)


def _fault(error: DeclarationError, path: Path) -> Fault:
    """Return what a reader raised, at the line that it names or that the words of its text are found at."""
    line = re.search(r":(\d+)\Z", error.where)
    number = int(line.group(1)) if line else 1
    if number == 1 and path.exists():
        words = re.findall(r"`\$?\.?([\w.]+?)(?:\[\d+\])*`", error.what)
        text = path.read_text(encoding="utf-8")
        number = next((at for word in reversed(words) if (at := _line(text, word.split(".")[-1])) > 1), 1)
    return Fault(path.as_posix(), number, error.what)


def _line(text: str, word: str) -> int:
    """Return the number of the first line that starts with a word, else of the first that has it, else 1."""
    whole = re.compile(rf"(?<![\w.]){re.escape(word)}(?!\w)")
    lines = text.splitlines()
    starts = (number for number, line in enumerate(lines, 1) if whole.match(line.strip()))
    return next(starts, next((number for number, line in enumerate(lines, 1) if whole.search(line)), 1))


def _placed(fault: Fault, root: Path) -> Fault:
    path = Path(fault.file)
    return Fault(path.relative_to(root).as_posix(), fault.line, fault.what) if path.is_relative_to(root) else fault
