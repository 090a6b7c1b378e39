"""Many rows of one id are folded to one, in any order."""

from itertools import permutations

from app.novelty import DAY
from app.rows import NodeRow, behaviour, fold, link, observation

MERGES = {"Process": {"pid": "max", "started_at": "min", "tags": "union"}, "Host": {}}


def process(at: int, **merged: object) -> NodeRow:
    return NodeRow("Process", "p", {"host": "h"}, at, None, merged)


def test_a_key_that_comes_three_times_is_one_row() -> None:
    batch = fold([process(5), process(3), process(9)], MERGES)
    [folded] = batch.nodes["Process"].values()
    assert (folded.first_seen, folded.last_seen) == (3, 9)


def test_values_merge_as_the_schema_says_in_any_order() -> None:
    rows = [
        process(1, pid=7, started_at=4, tags=["b"]),
        process(2, pid=None, started_at=2),
        process(3, pid=9, tags=["a", "b"]),
    ]
    for order in permutations(rows):
        [folded] = fold(order, MERGES).nodes["Process"].values()
        assert folded.merged == {"pid": 9, "started_at": 2, "tags": ["a", "b"]}


def test_of_each_day_the_first_sighting_is_kept_and_of_one_moment_the_lesser_id() -> None:
    rows = [
        behaviour("Host", "RUNS", "Binary", ("h", "b"), at, by)
        for at, by in ((50, "x"), (20, "y"), (20, "a"), (DAY + 1, "z"))
    ]
    for order in permutations(rows):
        [folded] = fold(order, MERGES).edges["Host", "RUNS", "Binary"].values()
        assert folded.days == {0: (20, "a"), 1: (DAY + 1, "z")}


def test_a_row_that_only_names_a_node_is_no_sighting() -> None:
    [folded] = fold([NodeRow("Host", "h", {})], MERGES).nodes["Host"].values()
    assert (folded.first_seen, folded.last_seen, folded.days) == (None, None, {})


def test_a_behaviour_is_one_a_pair_and_key() -> None:
    ends = ("b", "a")
    one = behaviour("Binary", "CONTACTS", "IpAddress", ends, 1, "p", port=80, protocol="tcp")
    again = behaviour("Binary", "CONTACTS", "IpAddress", ends, 2, "q", port=80, protocol="tcp")
    other = behaviour("Binary", "CONTACTS", "IpAddress", ends, 1, "p", port=443, protocol="tcp")
    assert one.id == again.id != other.id


def test_an_observation_is_one_a_moment() -> None:
    ends = ("p", "d")
    assert (
        observation("Process", "RESOLVED", "Domain", ends, 1).id
        != observation("Process", "RESOLVED", "Domain", ends, 2).id
    )


def test_links_between_one_pair_are_one() -> None:
    batch = fold([link("Process", "RAN_ON", "Host", ("p", "h"))] * 3, MERGES)
    assert len(batch.edges["Process", "RAN_ON", "Host"]) == 1
