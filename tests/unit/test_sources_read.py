"""How lines become records and records become outcomes; what single formats say is in the goldens."""

import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import sources
from app.errors import ConfigError
from app.events import ConnectionOut, FileWritten, ProcessStarted, pack, unpack
from app.sources import Context, Ignored, Outcome, Rejected, Taken, names, read, source
from app.sources._documents import inside
from app.sources._documents import records as documents
from app.sources._lenient import read as lenient
from app.sources._values import address, arguments, instant, moment
from app.sources._wrapped import records as wrapped
from app.sources.tetragon import split

GOLDENS = Path(__file__).parents[1] / "golden" / "sources"
HOST = Context(host="h")


def texts(lines: Iterable[bytes]) -> list[bytes]:
    return [record.raw for record in documents(lines)]


def shape(outcomes: Iterable[Outcome]) -> list[str]:
    return [type(outcome).__name__ for outcome in outcomes]


# --- finding formats ---------------------------------------------------------------------------------


def test_formats_are_found_by_their_files() -> None:
    assert {"auditd", "polygraph", "tetragon"} <= set(names())
    assert not any(name.startswith("_") for name in names())


def test_an_unknown_format_is_told_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"no format 'syslog'; known are: .*auditd.*polygraph"):
        source("syslog")


def test_a_name_that_is_no_format_is_not_imported() -> None:
    for name in ("", ".", "..", "_values", "os", "auditd.x"):
        with pytest.raises(ConfigError):
            source(name)


def test_reading_is_lazy() -> None:
    def lines() -> Iterator[bytes]:
        yield b'{"kind":"file_written","at":1,"host":"a","path":"/x"}'
        raise AssertionError("asked for more than was needed")

    assert isinstance(next(read("polygraph", lines(), HOST)), Taken)


# --- documents ---------------------------------------------------------------------------------------


def test_documents_come_one_a_line_or_many_or_over_lines() -> None:
    assert texts([b'{"a":1}\n', b"\n", b'{"b":2}{"c":3}\n', b"{\n", b'  "d": {}\n', b'}{"e":5}']) == [
        b'{"a":1}',
        b'{"b":2}',
        b'{"c":3}',
        b'{\n  "d": {}\n}',
        b'{"e":5}',
    ]


def test_documents_in_an_array_come_one_by_one() -> None:
    assert texts([b"[\n", b' {"a":[1,{}]},\n', b' {"b":2}\n', b"]\n"]) == [b'{"a":[1,{}]}', b'{"b":2}']
    assert texts([b'[{"a":1}, {"b":2}]']) == [b'{"a":1}', b'{"b":2}']


def test_braces_in_texts_do_not_count() -> None:
    assert texts([b"{\n", rb'  "a": "}{\"}",', b"\n}\n", b'{"b":"}{"}']) == [
        b'{\n  "a": "}{\\"}",\n\n}',
        b'{"b":"}{"}',
    ]


def test_a_broken_document_does_not_swallow_its_neighbours() -> None:
    assert texts([b'{"a":"cut', b'{"b":1}', b'{"c":{"d":1', b'{"e":1}']) == [
        b'{"a":"cut',
        b'{"b":1}',
        b'{"c":{"d":1',
        b'{"e":1}',
    ]
    assert texts([b"{\n", b'  "a": [\n', b"{\n", b'  "b": 1\n', b"}\n"]) == [b'{\n  "a": [', b'{\n  "b": 1\n}']


def test_the_line_of_a_record_is_that_of_its_beginning() -> None:
    assert [record.line for record in documents([b"\n", b'{"a":1}\n', b"{\n", b"}\n", b"rubbish\n"])] == [2, 3, 5]


def test_an_endless_document_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sources._documents.LONGEST_LINE", 1000)
    monkeypatch.setattr(sources, "LONGEST_LINE", 1000)
    lines = [b"{\n", *[b'  "a": "xxxxxxxxxxxxxxxxxxxx",\n'] * 1000, b'{"kind":"file_written"}']
    first, second = read("polygraph", lines, HOST)
    assert isinstance(first, Rejected)
    assert "longer than" in first.reason
    assert len(first.record.raw) < 2000
    assert isinstance(second, Rejected)
    assert second.record.raw == lines[-1]


# --- wrappers ----------------------------------------------------------------------------------------


def unwrapped(lines: Iterable[bytes]) -> list[tuple[bytes, int]]:
    return [(record.raw, record.line) for record in wrapped(lines)]


def test_documents_in_a_wrapper_come_one_by_one_with_their_lines() -> None:
    assert unwrapped([b'{"events":[{"a":1},{"a":1}]}', b'{"took":3,"hits":{"total":1,"hits":[{"b":2}]}}']) == [
        (b'{"a":1}', 1),
        (b'{"a":1}', 1),
        (b'{"b":2}', 2),
    ]
    assert unwrapped([b"{\n", b'  "Records": [\n', b'    {"a":1},\n', b'    {"b":2}\n', b"  ]\n", b"}\n"]) == [
        (b'{"a":1}', 3),
        (b'{"b":2}', 4),
    ]


def test_a_wrapper_whose_documents_begin_in_the_first_column_leaves_nothing_behind() -> None:
    assert unwrapped([b'{"events": [\n', b'{"a":1},\n', b'{"b":2}\n', b"]}\n", b'{"c":3}']) == [
        (b'{"a":1}', 2),
        (b'{"b":2}', 3),
        (b'{"c":3}', 5),
    ]


def test_what_only_looks_like_a_wrapper_stays_whole() -> None:
    for line in (
        b'{"events":[]}',
        b'{"events":3}',
        b'{"events":[1,{"a":1}]}',
        b'{"data":{"a":1}}',
        b'{"events":[{"a":1}',
    ):
        assert unwrapped([line]) == [(line, 1)]


# --- lenience ----------------------------------------------------------------------------------------


class Part(msgspec.Struct):
    number: int | str | None = None
    name: str | None = None
    names: list[str] | None = None


class Whole(msgspec.Struct):
    part: Part | None = None
    name: str | None = None


WHOLE = msgspec.json.Decoder(Whole)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b'{"part.number":1,"part":{"name":"x"}}', Whole(Part(1, "x"))),
        (b'{"part":{"name":"x"},"part.number":1}', Whole(Part(1, "x"))),
        (b'{"part":"text","part.name":"x"}', Whole(Part(name="x"))),
        (b'{"part.name":"x","part":"text"}', Whole(Part(name="x"))),
        (b'{"part":[{"name":["x","y"],"number":[1]}],"name":7}', Whole(Part(1, "x"), "7")),
        (b'{"part":{"name":{},"names":["x",1,"y"],"number":2.5},"name":null}', Whole(Part("2.5", None, ["x", "y"]))),
        (b'{"part":3,"name":"x"}', Whole(None, "x")),
        (b'{"' + b"a." * 5000 + b'b":1,"name":"x"}', Whole(None, "x")),
        (b'{"part":{"":1,"..":2,".name":3},"name":"x"}', Whole(Part(), "x")),
    ],
)
def test_what_does_not_fit_costs_nothing_else(raw: bytes, found: Whole) -> None:
    assert lenient(raw, WHOLE, Whole) == found


# --- values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2023-11-14T22:13:20.123Z", 1700000000123),
        ("2023-11-14T22:13:20.123999999Z", 1700000000123),
        ("2023-11-14T22:13:20.1+00:00", 1700000000100),
        ("2023-11-15T09:13:20+11:00", 1700000000000),
        ("2023-11-14T16:43:20-0530", 1700000000000),
        ("2023-11-14 22:13:20,5z", 1700000000500),
        ("9999-12-31T23:59:59.999Z", 253402300799999),
        ("2023-11-14T22:13:20", None),
        ("2023-11-14T22:13:20Z+2", None),
        ("2023-02-30T00:00:00Z", None),
        ("2023-11-14T24:00:00Z", None),
        ("1969-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59.999-01:00", None),
        ("1700000000000", None),
        ("٢٠٢٣-11-14T22:13:20Z", None),
        ("", None),
    ],
)
def test_a_moment_needs_an_offset(text: str, at: int | None) -> None:
    assert moment(text) == at


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (1700000000, 1700000000000),
        (1700000000123, 1700000000123),
        (1700000000123456, 1700000000123),
        (1700000000123456789, 1700000000123),
        (1575413096.001, 1575413096001),
        (1700000000123.9, 1700000000123),
        ("1700000000.123456", 1700000000123),
        ("1700000000123", 1700000000123),
        ("2023-11-14T22:13:20", 1700000000000),
        ("2023-11-14 22:13:20", 1700000000000),
        ("2023-11-14T22:13:20.1+01:00", 1699996400100),
        (0, 0),
        (-1, None),
        (-1.5, None),
        (10**30, None),
        ("9" * 20, 99999999999999),
        ("9" * 21, None),
        ("9" * 5000, None),
        ("-", None),
        ("", None),
        ("Nov 14 2023 22:13:20", None),
        ("٣", None),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
    ],
)
def test_an_instant_is_read_in_any_unit(value: str | float | None, at: int | None) -> None:
    assert instant(value) == at


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("[fe80::1%eth0]", "fe80::1"),
        ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
        ("0.0.0.0", None),
        ("0:0:0:0:0:0:0:0", None),
        ("-", None),
        ("example.org", None),
        ("1.2.3", None),
        ("1" * 100, None),
        (None, None),
    ],
)
def test_an_address_is_one(text: str | None, found: str | None) -> None:
    assert address(text) == found


def test_more_arguments_than_anybody_reads_are_cut_with_a_mark() -> None:
    assert arguments(["x"] * 256) == ("x",) * 256
    assert arguments(["x"] * 257) == ("x",) * 255 + ("…",)
    line = b'{"kind":"process_started","at":1,"host":"h","process":"p","args":[' + b'"x",' * 99999 + b'"x"]}'
    (outcome,) = read("polygraph", [line], HOST)
    assert isinstance(outcome, Taken)
    assert len(outcome.events[0].args) == 256  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("-a b", ["-a", "b"]),
        (' "a b"', ["a b"]),
        ('-c "curl x | sh" y', ["-c", "curl x | sh", "y"]),
        ('-c "say "hello" now"', ["-c", 'say "hello', 'now"']),
        ('-c "cut off', ["-c", "cut off"]),
        ('x"y z', ['x"y', "z"]),
        ("a\tb c", ["a\tb", "c"]),
        ('"', [""]),
    ],
)
def test_joined_arguments_are_split_where_they_were_joined(text: str, words: list[str]) -> None:
    assert split(text) == words


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
    assert shape(outcomes) == ["Rejected"] * 3


def test_a_record_without_a_host_is_rejected_with_what_to_do() -> None:
    for name, line in (
        ("auditd", connect(1)[0].replace(b"node=web-1 ", b"")),
        ("tetragon", b'{"process_exec":{"process":{"exec_id":"x"}},"time":"2026-01-01T00:00:00Z"}'),
        ("polygraph", b'{"kind":"file_written","at":1,"path":"/x"}'),
    ):
        (outcome,) = read(name, [line], Context())
        assert isinstance(outcome, Rejected)
        assert "host" in outcome.reason


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


# --- anything ----------------------------------------------------------------------------------------

LINES = {
    name: [line for case in sorted((GOLDENS / name).glob("*.raw")) for line in case.read_bytes().splitlines(True)]
    for name in names()
}
WORDS = [
    b"99999999999999999999999999",
    b"-1",
    b"null",
    b'""',
    b"\\ud800",
    b"\xff\xfe",
    b"\x00",
    b"{",
    b"}",
    b"[[[[",
    b"1e400",
]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, list[bytes]]:
    """A few real lines of a format, damaged somewhere."""
    name = draw(st.sampled_from(sorted(LINES)))
    known = LINES[name]
    start = draw(st.integers(0, len(known) - 1))
    lines = known[start : start + draw(st.integers(1, 8))]
    whole = bytearray(b"".join(lines))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(whole)))
        until = min(len(whole), place + draw(st.integers(0, 12)))
        whole[place:until] = draw(st.one_of(st.sampled_from(WORDS), st.binary(max_size=6)))
    return name, bytes(whole).splitlines(True)


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_damaged_records_have_an_outcome_and_never_raise(case: tuple[str, list[bytes]]) -> None:
    name, lines = case
    for outcome in read(name, lines, HOST):
        match outcome:
            case Taken(events=events):
                assert events
                assert unpack(pack(list(events))) == list(events)
            case Ignored(kind=kind):
                assert kind
            case Rejected(reason=reason):
                assert reason.isprintable() or "\N{SYMBOL FOR NULL}" in reason
                assert len(reason) < 600
                assert "Error" not in reason


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(LINES)), st.lists(st.binary(max_size=200), max_size=5))
def test_rubbish_is_rejected(name: str, lines: list[bytes]) -> None:
    for outcome in read(name, lines, HOST):
        assert isinstance(outcome, Rejected)


@pytest.mark.parametrize(
    ("lines", "numbers"),
    [
        ([b'{"Records":[{"a":1},{"a":', b'2}],"more":{}}'], [1, 1]),
        ([b'{"Records":[', b'{"a":1},', b'{"a":2}', b"]}"], [2, 3]),
        ([b'{"of":"x","Records": [', b'{"a":1}', b",", b'{"a":2}]}'], [2, 4]),
        ([b"{", b'  "Records": [', b'    {"a":1},', b'    {"a":2}', b"  ]", b"}"], [3, 4]),
        ([b'{"a":1}{"Records":[{"a":2}]}'], [1, 1]),
    ],
)
def test_documents_are_taken_out_of_a_wrapper(lines: list[bytes], numbers: list[int]) -> None:
    found = list(inside("Records")(line + b"\n" for line in lines))
    assert [re.sub(rb"\s", b"", record.raw) for record in found] == [b'{"a":1}', b'{"a":2}']
    assert [record.line for record in found] == numbers


@pytest.mark.parametrize("line", [b'{"Records":[]}', b'{"Records":{}}', b'{"a":{"Records":[{}]}}', b'{"Records":[1'])
def test_what_wraps_nothing_stands_as_it_is(line: bytes) -> None:
    assert [record.raw for record in inside("Records")([line])] == [line]


def test_a_wrapper_of_next_to_nothing_is_not_opened() -> None:
    line = b'{"Records":[' + b",".join([b"1"] * 300_000) + b"]}"
    (outcome,) = read("cloudtrail", [line], HOST)
    assert isinstance(outcome, Rejected)


def test_deep_nesting_is_rejected() -> None:
    for name in names():
        (outcome,) = read(name, [b'{"a":' * 100_000 + b"1" + b"}" * 100_000], HOST)
        assert isinstance(outcome, Rejected)
        assert outcome.reason == "nested too deeply"


def test_text_is_cleaned_for_the_database() -> None:
    line = b'{"kind":"file_written","at":1,"host":"a\\u0000b","path":"/' + b"x" * 9000 + b'"}'
    (outcome,) = read("polygraph", [line], HOST)
    assert isinstance(outcome, Taken)
    (event,) = outcome.events
    assert isinstance(event, FileWritten)
    assert event.host == "a␀b"
    assert len(event.path) == 4096


def test_hex_that_is_no_text_becomes_text() -> None:
    head = b"node=h type=%s msg=audit(1700000000.000:1): "
    lines = [
        head % b"SYSCALL" + b"arch=c000003e syscall=59 success=yes exit=0 items=0 pid=1 euid=0 exe=2F00FF",
        head % b"EXECVE" + b"argc=1 a0=FF00",
    ]
    (outcome,) = read("auditd", lines, HOST)
    assert isinstance(outcome, Taken)
    (event,) = outcome.events
    assert isinstance(event, ProcessStarted)
    assert event.binary == "/␀\N{REPLACEMENT CHARACTER}"
    assert event.args == ("\N{REPLACEMENT CHARACTER}␀",)
