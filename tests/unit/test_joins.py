"""Which nodes are one execution: mutually nearest, or an act and the last start before it."""

from itertools import permutations

from app.joins import CLOSE, Seen, pairs


def start(name: str, sensor: str, at: int, binary: str = "x") -> Seen:
    return Seen(name, sensor, at, at, frozenset([binary]))


def act(name: str, sensor: str, at: int, binary: str = "x") -> Seen:
    return Seen(name, sensor, None, at, frozenset([binary]))


def test_two_sensors_see_one_execution() -> None:
    assert pairs([start("a", "s", 0), start("b", "t", CLOSE)]) == {("a", "b")}


def test_what_is_too_far_apart_is_two() -> None:
    assert pairs([start("a", "s", 0), start("b", "t", CLOSE + 1)]) == set()


def test_one_sensor_sees_two_executions() -> None:
    assert pairs([start("a", "s", 0), start("b", "s", 1)]) == set()


def test_another_binary_is_another_execution() -> None:
    assert pairs([start("a", "s", 0), start("b", "t", 0, "y")]) == set()


def test_only_the_mutually_nearest_are_joined() -> None:
    assert pairs([start("a", "s", 0), start("b", "t", 100), start("c", "s", 110)]) == {("b", "c")}


def test_of_two_as_near_the_lesser_id_is_taken() -> None:
    assert pairs([start("m", "s", 100), start("b", "t", 0), start("a", "t", 200)]) == {("a", "m")}


def test_an_act_belongs_to_the_last_start_before_it() -> None:
    assert pairs([start("a", "s", 0), start("b", "s", 1000), start("c", "s", 5000), act("d", "s", 3000)]) == {
        ("d", "b")
    }


def test_a_start_may_come_a_little_after_what_it_did() -> None:
    assert pairs([start("a", "s", CLOSE), act("d", "t", 0)]) == {("d", "a")}
    assert pairs([start("a", "s", CLOSE + 1), act("d", "t", 0)]) == set()


def test_the_same_sensors_word_goes_before_a_nearer_start() -> None:
    assert pairs([start("a", "s", 0), start("b", "t", 900), act("d", "s", 1000)]) == {("d", "a")}


def test_acts_are_not_joined_to_each_other() -> None:
    assert pairs([act("a", "s", 0), act("b", "t", 0)]) == set()


def test_the_order_of_what_is_seen_does_not_matter() -> None:
    seen = [start("a", "s", 0), start("b", "t", 10), start("c", "u", 20), act("d", "t", 500), act("e", "s", 5)]
    assert {frozenset(pairs(order)) for order in permutations(seen)} == {
        frozenset({("a", "b"), ("d", "b"), ("e", "a")})
    }
