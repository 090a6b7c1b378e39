"""Small graphs: one execution is one node, the causal tree is cut out, text draws it without harm."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analytics import Picture, bounded, cut, joined, one_execution
from app.drawing import draw, escaped
from app.graph import GraphEdge, GraphNode


def process(id: str, started: int | None = None, **more: object) -> GraphNode:
    return GraphNode(id, "Process", {"started_at": started, "first_seen": started or 1, "command": id, **more})


def thing(id: str, label: str, **more: object) -> GraphNode:
    return GraphNode(id, label, {"name": id, "first_seen": 1, **more})


def edge(source: str, kind: str, target: str, **more: object) -> GraphEdge:
    return GraphEdge(f"{source}.{kind}.{target}", kind, source, target, more)


NODES = [
    thing("web-1", "Host"), thing("root", "User"), thing("ann", "User"),
    process("sshd", 1), process("bash", 2), process("zsh", 3), process("gs", 5), process("ls", 4),
    thing("/bin/gs", "Binary"), GraphNode("l.gs", "Domain", {"name": "l.gs", "first_seen": 6}),
    GraphNode("ip", "IpAddress", {"ip": "198.18.0.1", "first_seen": 7}),
]  # fmt: skip
EDGES = [
    edge("sshd", "SPAWNED", "bash"), edge("bash", "SPAWNED", "zsh"), edge("bash", "SPAWNED", "ls"),
    edge("zsh", "SPAWNED", "gs"), edge("gs", "EXECUTED", "/bin/gs"), edge("gs", "RESOLVED", "l.gs", at=6),
    edge("gs", "CONNECTED_TO", "ip", at=7, port=7350, protocol="tcp"), edge("root", "STARTED", "gs"),
    edge("ann", "STARTED", "zsh"), edge("/bin/gs", "CONTACTS", "ip", first_seen=7),
    *[edge(one, "RAN_ON", "web-1") for one in ("sshd", "bash", "zsh", "gs", "ls")],
]  # fmt: skip


def test_the_causal_tree_is_the_evidence_and_what_connects_it() -> None:
    picture, _ = joined(NODES, EDGES)
    tree = cut(picture, {"zsh", "l.gs", "ip"})
    assert {node.id for node in tree.nodes} == {"zsh", "gs", "l.gs", "ip"}
    assert {one.kind for one in tree.edges} == {"SPAWNED", "RESOLVED", "CONNECTED_TO"}
    # Siblings meet in their parent, not in the host that everything runs on.
    assert {node.id for node in cut(picture, {"ls", "zsh"}).nodes} == {"ls", "zsh", "bash"}


def test_evidence_that_nothing_connects_stays() -> None:
    picture, _ = joined([*NODES, thing("elsewhere", "Binary")], EDGES)
    assert {node.id for node in cut(picture, {"elsewhere", "gs", "unknown"}).nodes} == {"elsewhere", "gs"}
    assert cut(picture, set()).nodes == ()


@given(seed=st.integers(0, 10_000))
def test_every_result_is_the_same_whatever_the_order(seed: int) -> None:
    shuffle = random.Random(seed)
    nodes, edges = list(NODES), list(EDGES)
    shuffle.shuffle(nodes)
    shuffle.shuffle(edges)
    picture, _ = joined(nodes, edges)
    wanted, _ = joined(NODES, EDGES)
    assert picture == wanted
    evidence = ["ls", "ip", "/bin/gs"]
    shuffle.shuffle(evidence)
    assert draw(cut(picture, evidence)) == draw(cut(wanted, ["ls", "ip", "/bin/gs"]))


def test_two_nodes_of_one_execution_are_one_node() -> None:
    seen = process("b", None, cwd="/srv", last_seen=9, sensor="other")
    known = process("a", 3, last_seen=5, sensor="tetragon")
    nodes = [*NODES, seen, known]
    edges = [*EDGES, edge("b", "SAME_AS", "a"), edge("bash", "SPAWNED", "a"), edge("bash", "SPAWNED", "b")]
    picture, stands = joined(nodes, edges)
    assert stands["b"] == stands["a"] == "a"
    [one] = [node for node in picture.nodes if node.id == "a"]
    assert (one.properties["cwd"], one.properties["sensor"]) == ("/srv", "tetragon")
    assert (one.properties["first_seen"], one.properties["last_seen"]) == (1, 9)
    assert len([one for one in picture.edges if one.target == "a"]) == 1
    assert one_execution([seen, known]) == one_execution([known, seen])


def test_a_picture_is_bounded_and_says_so() -> None:
    many = [process(f"p{number:03}", number + 10) for number in range(300)]
    chain = [edge("gs", "SPAWNED", "p000"), *(edge(one.id, "SPAWNED", two.id) for one, two in pairwise(many))]
    picture, _ = joined([*NODES, *many], [*EDGES, *chain])
    small = bounded(picture, {"gs"}, 50)
    assert len(small.nodes) == 50
    assert small.notice == "The graph is cut: 50 of 311 nodes are shown, those nearest to the evidence."
    assert {"gs", "zsh", "p000", "p001"} <= {node.id for node in small.nodes}
    assert "p299" not in {node.id for node in small.nodes}
    assert bounded(small, {"gs"}, 50) == small


def test_the_drawing_says_who_started_what_and_what_it_reached() -> None:
    picture, _ = joined(NODES, EDGES)
    text = draw(cut(picture, {"zsh", "l.gs", "ip", "root", "ann", "/bin/gs"}), {"gs": "New application"})
    assert text.split("\n") == [
        "zsh as ann",
        "└─ gs as root  <- New application",
        "   ├─ ran /bin/gs",
        "   ├─ looked up l.gs",
        "   └─ connected to address 198.18.0.1 port 7350/tcp",
    ]


def test_a_circle_is_drawn_once() -> None:
    nodes = [process("a", 1), process("b", 2)]
    picture = Picture(tuple(nodes), (edge("a", "SPAWNED", "b"), edge("b", "SPAWNED", "a"), edge("a", "SPAWNED", "a")))
    assert draw(picture).count("\n") == 1


@given(name=st.text(max_size=300))
def test_no_name_does_anything_to_a_terminal(name: str) -> None:
    node = GraphNode("id", "Process", {"command": name, "first_seen": 1})
    text = draw(Picture((node,), ()), {"id": name})
    assert "\n" not in text
    assert text.isprintable()
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[31mred\x00", r"\x1b[31mred\x00"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\ud800", r"\ud800"),
        ("a\nb\tc\x85", r"a\nb\tc\x85"),
        ("plain ä 漢 😀", "plain ä 漢 😀"),
    ],
)
def test_what_does_not_print_is_written_out(name: str, shown: str) -> None:
    assert escaped(name) == shown


def test_a_long_name_stays_on_its_line() -> None:
    assert len(escaped("x" * 10_000)) == 96
    assert len(escaped("\x01" * 10_000)) <= 96
