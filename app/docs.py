"""Pages made from the declarations: what the graph holds, the Cypher that follows, the catalogue of queries.

Pure but for `write`. Whoever reads the graph by hand reads these; nothing in them is said twice, for `check`
compares them with what they are made from.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from app import queries, schema, statements
from app.queries import AlertHeader, CompositeHeader, Queries, Query, ReadHeader
from app.schema import ROOT, Edge, Property, Schema

_LAYERS = {
    "evidence": "What happened; kept for the retention, longer where an alert speaks of it",
    "behaviour": "What runs where, who uses what, what talks to what; kept for 180 days after it was last seen",
    "knowledge": "What others say",
    "case": "What detection and people make of it",
}
_KINDS = {
    "link": "stands once between its ends",
    "observation": "stands once a record, with its moment `at`",
    "behaviour": "stands once a pair and key, with sightings and novelty",
    "reference": "is written by detection or people",
}


def pages(declared: Schema, asked: Queries) -> dict[str, str]:
    """Return every generated page, by its path from the root of the repository."""
    return {
        "graph_schema/README.md": _schema_page(declared),
        "graph_schema/generated/constraints.cypher": _cypher(
            "what must be there and online before anything is written",
            (statement for _, statement in declared.requirements()),
        ),
        "graph_schema/generated/upserts.cypher": _cypher("how folded rows are written", _upserts(declared)),
        "graph_schema/generated/retention.cypher": _cypher(
            "what the retention job deletes", (statement for _, _, statement in statements.forget(declared))
        ),
        "queries/README.md": _catalogue(asked),
    }


def write(root: Path = ROOT) -> list[Path]:
    """Write the pages that are not what they should be, and return their paths.

    Raises DeclarationError when a file that they are made from is wrong.
    """
    declared, asked = schema.load(root / "graph_schema"), queries.load(root / "queries")
    written = []
    for name, text in pages(declared, asked).items():
        path = root / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written


def _schema_page(declared: Schema) -> str:
    lines = [
        "<!-- Generated from graph_schema/nodes by `polygraph docs`: change those and not this. -->",
        "",
        "# What the graph holds",
        "",
        "All times are integers, epoch milliseconds UTC. Every node has `id`, and all but those of the case layer "
        "`first_seen` and `last_seen`. What has novelty carries `sightings`, `openings`, `novel_since` and `novel_by`. "
        "Of relationships, " + "; ".join(f"a {kind} {meaning}" for kind, meaning in _KINDS.items()) + ".",
        "",
        *_diagram(declared),
    ]
    for layer, meaning in _LAYERS.items():
        lines += ["", f"## Layer: {layer}", "", f"{meaning}."]
        for label, node in declared.nodes.items():
            if node.layer == layer:
                lines += _label_section(declared, label)
    return "\n".join(lines) + "\n"


def _diagram(declared: Schema) -> Iterator[str]:
    """Yield a Mermaid diagram of evidence, behaviour and knowledge; the case layer refers to all of it."""
    drawn = [label for label, node in declared.nodes.items() if node.layer != "case"]
    yield "```mermaid"
    yield "flowchart LR"
    for layer in _LAYERS:
        members = [label for label in drawn if declared.nodes[label].layer == layer]
        if members:
            yield f"  subgraph {layer}"
            yield from (f"    {label}" for label in members)
            yield "  end"
    ends: dict[tuple[str, str], list[str]] = {}
    for edge in declared.edges:
        if edge.source in drawn and edge.target in drawn:
            ends.setdefault((edge.source, edge.target), []).append(edge.type)
    for (source, target), types in ends.items():
        yield f"  {source} -->|{'<br/>'.join(types)}| {target}"
    yield "```"


def _label_section(declared: Schema, label: str) -> Iterator[str]:
    node = declared.nodes[label]
    novelty = "; has novelty" if node.novelty else ""
    yield from ("", f"### {label}", "", f"{node.meaning} Key: {_names(node.key)}; shown as `{node.show}`{novelty}.")
    yield from ("", "| property | type | merged by | meaning |", "|---|---|---|---|")
    for name, prop in node.properties.items():
        yield _property_row(name, prop)
    edges = [edge for edge in declared.edges if edge.source == label]
    if edges:
        yield from ("", "| relationship | to | kind | key | meaning |", "|---|---|---|---|---|")
        yield from _relationship_rows(edges)
        for kind in dict.fromkeys(edge.type for edge in edges):
            properties = next(edge for edge in edges if edge.type == kind).relationship.properties
            if properties:
                yield from ("", f"`{kind}` has:", "", "| property | type | merged by | meaning |", "|---|---|---|---|")
                for name, prop in properties.items():
                    yield _property_row(name, prop)


def _relationship_rows(edges: list[Edge]) -> Iterator[str]:
    for kind in dict.fromkeys(edge.type for edge in edges):
        same = [edge for edge in edges if edge.type == kind]
        said = same[0].relationship
        targets = ", ".join(edge.target for edge in same)
        yield f"| `{kind}` | {targets} | {said.kind} | {_names(said.key)} | {_cell(said.meaning)} |"


def _property_row(name: str, prop: Property) -> str:
    merged = prop.by if prop.by != "events" else prop.merge
    optional = ", optional" if prop.optional else ""
    return f"| `{name}` | {prop.type}{optional} | {merged} | {_cell(prop.meaning)} |"


def _upserts(declared: Schema) -> Iterator[str]:
    for label in declared.nodes:
        yield statements.upsert_node(declared, label)
        if declared.nodes[label].novelty:
            yield statements.set_node_novelty(label)
    for edge in declared.edges:
        if edge.relationship.kind == "reference":
            yield statements.write_reference(edge, "MERGE")
        else:
            yield statements.upsert_edge(edge)
        if edge.relationship.kind == "behaviour":
            yield statements.set_edge_novelty(edge)


def _cypher(what: str, made: Iterator[str]) -> str:
    head = f"// Generated from graph_schema/nodes by `polygraph docs`: {what}.\n"
    return head + "".join(f"\n{statement};\n" for statement in made)


def _catalogue(asked: Queries) -> str:
    lines = [
        "<!-- Generated from the headers of queries/*/*.cypher by `polygraph docs`: change those and not this. -->",
        "",
        "# What is asked of the graph",
        "",
        "Each is one file: a TOML header, then Cypher that runs as it stands.",
        "",
        *_detections("Alerts", "one weak signal each", asked.alerts),
        "",
        *_detections("Composites", "patterns over alerts and one subject's subgraph", asked.composites),
    ]
    for title, meaning, found in (
        ("Pivots", "an analyst's next question about one node", asked.pivots),
        ("Views", "what stands behind a GraphQL field", asked.views),
        ("Engine", "what the program asks and writes for itself", asked.engine),
    ):
        lines += ["", f"## {title}: {meaning}", "", *_reads(found)]
    return "\n".join(lines) + "\n"


def _detections(
    title: str, meaning: str, found: Mapping[str, Query[AlertHeader]] | Mapping[str, Query[CompositeHeader]]
) -> Iterator[str]:
    yield from (f"## {title}: {meaning}", "", "| name | severity | maturity | ATT&CK | says |", "|---|---|---|---|---|")
    for name, query in found.items():
        header = query.header
        attack = ", ".join(header.attack)
        yield (
            f"| [{name}]({query.folder}/{name}.cypher) | {header.severity} | {header.maturity} | {attack} "
            f"| {_cell(header.description)} |"
        )
    for name, query in found.items():
        header = query.header
        yield from ("", f"### {name}: {header.title}", "", header.why, "", f"Blind to: {header.blind_spots}", "")
        yield "Harmless when:"
        yield from (f"- {one}" for one in header.benign)
        yield from ("", "Then ask:")
        yield from (f"- {one.ask} (`{one.pivot}` of `{one.of}`)" for one in header.investigate)


def _reads(found: Mapping[str, Query[ReadHeader]]) -> Iterator[str]:
    if not found:
        yield "None yet."
        return
    yield from ("| name | title | says |", "|---|---|---|")
    for name, query in found.items():
        header = query.header
        yield f"| [{name}]({query.folder}/{name}.cypher) | {_cell(header.title)} | {_cell(header.description)} |"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
