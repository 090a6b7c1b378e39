"""From a rule's rows to what should stand: identity, ties, the daily cap."""

from typing import Any

import pytest

from app import alerts, queries
from app.alerts import PAST_CAP, Alert, Stored
from app.errors import DeclarationError
from app.graph import GraphNode
from app.ids import ident
from app.novelty import DAY

SHOW = {"Host": "name", "Binary": "name"}
RULE = queries.load().alerts["new_application_on_host"]
HOST = GraphNode(ident("Host", "web-1"), "Host", {"name": "web-1"})
BINARY = GraphNode(ident("Binary", "x"), "Binary", {"name": "/usr/bin/{host}"})


def row(at: int = 10, process: str = "p", **more: Any) -> dict[str, Any]:
    node = GraphNode(ident("Process", process), "Process", {})
    return {"host": HOST, "binary": BINARY, "process": node, "at": at, "learning": False, **more}


def alert(at: int = 10, process: str = "p", **more: Any) -> Alert:
    return alerts.alert_of(RULE, row(at, process, **more), SHOW)


def numbered(number: int, at: int, subject: str = "x") -> Alert:
    """An alert of its own host about one binary: one pool a binary and day."""
    host = GraphNode(ident("Host", str(number)), "Host", {"name": str(number)})
    binary = GraphNode(ident("Binary", subject), "Binary", {"name": subject})
    return alert(at, host=host, binary=binary)


def stored(one: Alert, **changed: Any) -> Stored:
    values = one.values() | changed
    return Stored(one.id, one.rule, values["at"], values["state"], one.about, one.evidence, one.pool, values)


def capped(found: list[Alert], known: list[Stored], cap: int, withdrawn: tuple[str, ...] = ()) -> tuple[Any, Any]:
    by_id = {one.id: one for one in found}
    near = {one.id: one for one in known}
    pools = alerts.pools_of(by_id, near, withdrawn)
    return alerts.capped(by_id, [one for one in known if one.id not in withdrawn], pools, cap)


def states(found: dict[str, Alert]) -> list[tuple[int, str, bool]]:
    return sorted((one.at, one.state, one.summary) for one in found.values())


def test_raising_twice_is_raising_once_and_another_day_is_another_alert() -> None:
    assert alert(10).id == alert(20, process="q").id == alert(DAY - 1).id
    assert alert(10).id != alert(DAY).id


def test_a_message_shows_names_and_reads_none_of_them_as_a_template() -> None:
    assert alert().message == "/usr/bin/{host}, known elsewhere, ran for the first time on web-1."


def test_a_hostile_name_is_made_safe_and_cut() -> None:
    binary = GraphNode(BINARY.id, "Binary", {"name": "\x00" + "x" * 5000})
    message = alert(binary=binary).message
    assert "\x00" not in message
    assert len(message) == 1000


def test_a_row_that_lacks_its_key_names_the_file() -> None:
    with pytest.raises(DeclarationError, match=r"new_application_on_host\.cypher: a row has no binary, at"):
        alerts.alert_of(RULE, row() | {"binary": None, "at": None}, SHOW)


def test_learning_is_a_state() -> None:
    assert (alert(learning=True).state, alert(learning=None).state) == ("LEARNING", "RAISED")


def test_of_one_alert_the_earliest_row_counts_then_its_evidence() -> None:
    rows = [alert(20, "a"), alert(10, "z"), alert(10, "b")]
    expected = min(rows, key=lambda one: (one.at, one.evidence))
    for order in (rows, rows[::-1]):
        assert list(alerts.earliest(order).values()) == [expected]


def test_what_was_raised_of_an_earlier_moment_stays_where_it_was_not_asked_for_again() -> None:
    known = stored(alert(10))
    assert alerts.with_stored({alert(20).id: alert(20)}, {known.id: known}, since=15) == {}


def test_what_was_asked_for_again_and_not_found_gives_way() -> None:
    """Its true moment turned out to be later in the day: the earlier one was disproved."""
    known, found = stored(alert(10)), alert(20)
    assert alerts.with_stored({found.id: found}, {known.id: known}, since=5) == {found.id: found}


def test_what_was_raised_is_not_learnt_afterwards() -> None:
    known, found = stored(alert(10)), alert(10, learning=True)
    assert alerts.with_stored({found.id: found}, {known.id: known}, since=0) == {}


def test_what_was_withdrawn_may_be_raised_again() -> None:
    known, found = stored(alert(10), state="WITHDRAWN"), alert(20)
    assert found.id in alerts.with_stored({found.id: found}, {known.id: known}, since=15)


def test_past_the_cap_alerts_are_suppressed_and_summed_up() -> None:
    found, moved = capped([numbered(number, number) for number in range(5)], [], 3)
    assert states(found) == [
        (0, "RAISED", False),
        (1, "RAISED", False),
        (2, "RAISED", False),
        (3, "RAISED", True),
        (3, "SUPPRESSED", False),
        (4, "SUPPRESSED", False),
    ]
    assert moved == {}
    assert {one.reason for one in found.values() if one.state == "SUPPRESSED"} == {PAST_CAP}


def test_the_cap_is_each_subjects_and_each_days() -> None:
    found, _ = capped([numbered(1, 1), numbered(2, 2, "y"), numbered(3, DAY)], [], 1)
    assert {one.state for one in found.values()} == {"RAISED"}


def test_at_the_cap_nothing_is_summed_up() -> None:
    found, _ = capped([numbered(number, number) for number in range(3)], [], 3)
    assert not any(one.summary for one in found.values())


def test_a_summary_of_many_hosts_is_no_hosts() -> None:
    found, _ = capped([numbered(number, number) for number in range(2)], [], 1)
    [summary] = [one for one in found.values() if one.summary]
    assert summary.host is None
    assert summary.roles == (("subject", ident("Binary", "x")),)


def test_a_late_alert_moves_a_stored_one_across_the_cap_and_the_summary_says_so() -> None:
    """Found by reading: a stored alert was suppressed and nothing summed it up."""
    known = [stored(numbered(number, number + 10)) for number in range(2)]
    found, moved = capped([numbered(9, 5)], known, 2)
    assert moved == {known[1].id: "SUPPRESSED"}
    assert states(found) == [(5, "RAISED", False), (11, "RAISED", True)]


def test_a_withdrawal_moves_a_suppressed_one_back_and_ends_the_summary() -> None:
    """Found by reading: the withdrawn alert went on counting."""
    everything, _ = capped([numbered(number, number) for number in range(3)], [], 2)
    known = [stored(one) for one in everything.values()]
    summary = next(one for one in known if one.values["summary"])
    gone, back = numbered(0, 0).id, numbered(2, 2).id
    found, moved = capped([], known, 2, withdrawn=(gone,))
    assert (found, moved) == ({}, {back: "RAISED", summary.id: "WITHDRAWN"})


def test_a_pool_that_was_not_read_is_not_counted() -> None:
    """Found by reading: of a day whose first alerts were not read, the suppressed ones were raised."""
    suppressed = stored(numbered(7, 70), state="SUPPRESSED", reason=PAST_CAP)
    _, moved = capped([numbered(1, 1, "y")], [suppressed], 1)
    assert moved == {}


def test_what_an_exception_suppressed_stays_so() -> None:
    excepted = stored(numbered(7, 1), state="SUPPRESSED", reason="excepted until Friday")
    found, moved = capped([numbered(8, 2)], [excepted], 1)
    assert moved == {}
    assert states(found) == [(2, "RAISED", False)]


def test_an_alert_that_changes_its_subject_leaves_the_old_pool() -> None:
    old, other = numbered(1, 1, "x"), stored(numbered(2, 2, "x"), state="SUPPRESSED", reason=PAST_CAP)
    now = Alert(**{name: getattr(old, name) for name in Alert.__slots__} | {"pool": "another"})
    _, moved = capped([now], [stored(old), other], 1)
    assert moved == {other.id: "RAISED"}
