"""Logs whose lines say less than all: auditd's, of which several make an event, and syslog's dates without a year."""

import random
from collections.abc import Iterable, Iterator

import pytest

from app.events import ConnectionOut
from app.sources import Context, Outcome, Rejected, Taken, read
from app.sources._moments import moment

HOST = Context(host="h")


# --- auditd's groups ---------------------------------------------------------------------------------


def connect(serial: int, node: str = "web-1", at: str = "1700000000.000", title: bool = True) -> list[bytes]:
    head = f"node={node} type=%s msg=audit({at}:{serial}): "
    call = 'arch=c000003e syscall=42 success=yes exit=0 a0=3 items=0 ppid=1 pid=%d uid=0 euid=0 exe="/usr/bin/curl"'
    lines = [
        head % "SYSCALL" + call % serial,
        head % "SOCKADDR" + "saddr=02000050080808080000000000000000",
        head % "PROCTITLE" + 'proctitle="curl"',
    ]
    return [line.encode() for line in (lines if title else lines[:2])]


def pids(outcomes: Iterable[Outcome]) -> list[int | None]:
    found = []
    for outcome in outcomes:
        assert isinstance(outcome, Taken), outcome
        (event,) = outcome.events
        assert isinstance(event, ConnectionOut)
        found.append(event.pid)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_lines_find_each_other(seed: int) -> None:
    lines = [line for serial in range(1, 9) for node in ("a", "b") for line in connect(serial, node)]
    random.Random(seed).shuffle(lines)
    assert sorted(pids(read("auditd", lines, HOST))) == sorted([*range(1, 9)] * 2)  # type: ignore[type-var]


def test_an_event_is_handed_over_as_soon_as_it_is_whole() -> None:
    def lines() -> Iterator[bytes]:
        yield from connect(1)
        raise AssertionError("waited for more")

    assert pids([next(read("auditd", lines(), HOST))]) == [1]


def test_an_end_mark_hands_over_what_there_is_and_is_no_record() -> None:
    end = b"node=web-1 type=EOE msg=audit(1700000000.000:1):"
    outcomes = list(read("auditd", [*connect(1, title=False), end, *connect(2), end], HOST))
    assert pids(outcomes) == [1, 2]


def test_what_never_ends_is_handed_over_when_the_log_has_moved_on() -> None:
    later = [line for serial in range(2, 40) for line in connect(serial, at="1700000009.000")]
    outcomes = list(read("auditd", [*connect(1, title=False), *later], HOST))
    assert pids(outcomes)[0] != 1
    assert outcomes[-1] != outcomes[0]
    assert 1 in pids(outcomes[:20])


def test_a_flood_of_beginnings_is_bounded() -> None:
    held = 0

    def lines() -> Iterator[bytes]:
        nonlocal held
        for serial in range(5000):
            held += 1
            yield from connect(serial, title=False)

    for count, _ in enumerate(read("auditd", lines(), HOST), 1):
        assert held - count <= 513


def test_an_event_of_too_many_lines_is_handed_over() -> None:
    line = b'type=PATH msg=audit(1700000000.000:1): item=0 name="/x"'
    outcomes = list(read("auditd", [line] * 10_000, HOST))
    assert [type(outcome).__name__ for outcome in outcomes] == ["Rejected"] * 3


# --- dates without a year ----------------------------------------------------------------------------


def login_at(line: str, context: Context) -> int | str:
    (outcome,) = read(
        "auth_log", [f"{line} web-1 sshd[7]: Accepted password for a from 192.0.2.1 port 1 ssh2".encode()], context
    )
    if isinstance(outcome, Rejected):
        return outcome.reason
    assert isinstance(outcome, Taken)
    return outcome.events[0].at


@pytest.mark.parametrize(
    ("line", "not_after", "at"),
    [
        ("Jan  5 00:00:00", "2026-01-05T12:00:00Z", "2026-01-05T00:00:00Z"),
        ("Jan  6 11:00:00", "2026-01-05T12:00:00Z", "2026-01-06T11:00:00Z"),
        ("Jan  6 13:00:00", "2026-01-05T12:00:00Z", "2025-01-06T13:00:00Z"),
        ("Dec 31 23:59:59", "2026-01-05T12:00:00Z", "2025-12-31T23:59:59Z"),
        ("Jan  1 02:00:00", "2025-12-31T23:00:00Z", "2026-01-01T02:00:00Z"),
        ("Feb 29 12:00:00", "2026-01-05T12:00:00Z", "2024-02-29T12:00:00Z"),
        ("Feb 29 12:00:00", "2103-01-05T12:00:00Z", "2096-02-29T12:00:00Z"),
        ("Mar  1 2019 12:00:00", "2026-01-05T12:00:00Z", "2019-03-01T12:00:00Z"),
        ("Dec 31 23:59:59", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_a_date_without_a_year_is_of_the_newest_that_is_not_in_the_future(line: str, not_after: str, at: str) -> None:
    assert login_at(line, Context(not_after=moment(not_after))) == moment(at)


def test_a_date_without_a_year_is_none_where_nothing_bounds_it() -> None:
    assert login_at("Jan  5 00:00:00", HOST) == "its time has no year, and it is not known when it was written (--year)"
    assert login_at("Jan  5 00:00:00", Context(not_after=0)) == "its time is none: there is no Jan 5"


def test_local_times_are_of_the_zone_that_is_given() -> None:
    berlin = Context(not_after=moment("2026-08-01T00:00:00Z"), utc_offset=120)
    assert login_at("Jul  5 00:30:00", berlin) == moment("2026-07-04T22:30:00Z")
    assert login_at("2026-07-05T00:30:00", berlin) == moment("2026-07-04T22:30:00Z")
    assert login_at("2026-07-05T00:30:00+00:00", berlin) == moment("2026-07-05T00:30:00Z")
