"""How lines become records and records become outcomes; what single formats say is in the goldens."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import sources
from app.errors import ConfigError
from app.events import FileWritten, ProcessStarted, pack, unpack
from app.sources import Context, Ignored, Rejected, Taken, names, read, source
from app.sources._documents import records as documents
from app.sources._texts import arguments

GOLDENS = Path(__file__).parents[1] / "golden" / "sources"
HOST = Context(host="h")


def texts(lines: Iterable[bytes]) -> list[bytes]:
    return [record.raw for record in documents(lines)]


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
                assert 0 < len(kind) <= 96
                assert kind.isascii() and kind.isprintable()
            case Rejected(reason=reason):
                assert reason.isprintable() or "\N{SYMBOL FOR NULL}" in reason
                assert len(reason) < 600
                assert "Error" not in reason


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(LINES)), st.lists(st.binary(max_size=200), max_size=5))
def test_rubbish_is_rejected(name: str, lines: list[bytes]) -> None:
    for outcome in read(name, lines, HOST):
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


def test_more_arguments_than_anybody_reads_are_cut_with_a_mark() -> None:
    assert arguments(["x"] * 256) == ("x",) * 256
    assert arguments(["x"] * 257) == ("x",) * 255 + ("…",)
    line = b'{"kind":"process_started","at":1,"host":"h","process":"p","args":[' + b'"x",' * 99999 + b'"x"]}'
    (outcome,) = read("polygraph", [line], HOST)
    assert isinstance(outcome, Taken)
    assert len(outcome.events[0].args) == 256  # type: ignore[union-attr]


def test_a_record_without_a_host_is_rejected_with_what_to_do() -> None:
    for name, line in (
        ("auditd", b"type=SYSCALL msg=audit(1700000000.000:1): arch=c000003e syscall=42 success=yes exit=0 pid=1"),
        ("tetragon", b'{"process_exec":{"process":{"exec_id":"x"}},"time":"2026-01-01T00:00:00Z"}'),
        ("polygraph", b'{"kind":"file_written","at":1,"path":"/x"}'),
    ):
        (outcome,) = read(name, [line], Context())
        assert isinstance(outcome, Rejected)
        assert "host" in outcome.reason
