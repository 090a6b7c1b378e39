"""What formats share: lists and envelopes around documents, odd spellings, moments, values, command lines."""

import re
from collections.abc import Iterable

import msgspec
import pytest

from app.sources import Context, Rejected, Taken, read
from app.sources._command_lines import quoted_arguments
from app.sources._envelopes import document_in, line_in
from app.sources._lenient import read as lenient
from app.sources._lists import in_lists
from app.sources._moments import instant, moment
from app.sources._network import address

HOST = Context(host="h")


# --- lists of documents ------------------------------------------------------------------------------


def unwrapped(lines: Iterable[bytes]) -> list[tuple[bytes, int]]:
    return [(record.raw, record.line) for record in in_lists()(lines)]


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
    found = list(in_lists("Records")(line + b"\n" for line in lines))
    assert [re.sub(rb"\s", b"", record.raw) for record in found] == [b'{"a":1}', b'{"a":2}']
    assert [record.line for record in found] == numbers


@pytest.mark.parametrize("line", [b'{"Records":[]}', b'{"Records":{}}', b'{"a":{"Records":[{}]}}', b'{"Records":[1'])
def test_what_wraps_nothing_stands_as_it_is(line: bytes) -> None:
    assert [record.raw for record in in_lists("Records")([line])] == [line]


def test_a_wrapper_of_next_to_nothing_is_not_opened() -> None:
    line = b'{"Records":[' + b",".join([b"1"] * 300_000) + b"]}"
    (outcome,) = read("cloudtrail", [line], HOST)
    assert isinstance(outcome, Rejected)


def test_a_wrapper_may_have_lines_of_its_own() -> None:
    lines = [b'{"took":3,"hits":{"total":1,"hits":[', b'{"a":1},', b'{"b":2}', b"]}}", b'{"c":3}']
    assert unwrapped(lines) == [(b'{"a":1}', 2), (b'{"b":2}', 3), (b'{"c":3}', 5)]
    lines[2:4] = [b'{"b":2}]}}']
    assert unwrapped(lines) == [(b'{"a":1}', 2), (b'{"b":2}', 3), (b'{"c":3}', 4)]


# --- envelopes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("envelope", "found"),
    [
        (b'{"message":" {\\"a\\":1} "}', b'{"a":1}'),
        (b'{"message":"text","event":{"original":"{}"}}', b"{}"),
        (b'{"event.original":"{1}","event":{"original":"{2}"}}', b"{1}"),
        (b'{"message":"text"}', None),
        (b'{"event":{"original":[]},"message":null}', None),
        (b'{"message":"cut', None),
        (b'{"message":"\xff{"}', None),
        (b"[]", None),
    ],
)
def test_a_document_is_found_in_its_envelope(envelope: bytes, found: bytes | None) -> None:
    assert document_in(envelope, "message", "event.original") == found


def test_a_line_in_an_envelope_need_not_be_a_document() -> None:
    assert line_in(b'{"log":"Jan  1 ...\\n","message":""}', "message", "log") == b"Jan  1 ..."


ONE_LINE = {
    "auditd": b'{"time":1700000000,"syscall":"execve","success":"yes","pid":1,"exe":"/x"}',
    "cloudtrail": b'{"eventTime":"2026-01-01T00:00:00Z","eventSource":"s","eventName":"n","userIdentity":{"arn":"a"}}',
    "ecs": b'{"@timestamp":"2026-01-01T00:00:00Z","event":{"action":"creation"},"file":{"path":"/x"}}',
    "falco": b'{"time":"2026-01-01T00:00:00Z","rule":"r","output_fields":{"evt.type":"unlink","fs.path.name":"/x"}}',
    "k8s_audit": b'{"stageTimestamp":"2026-01-01T00:00:00Z","verb":"get","requestURI":"/version"}',
    "ocsf": b'{"class_uid":1001,"activity_id":1,"time":1700000000000,"file":{"path":"/x"}}',
    "osquery": b'{"name":"q","unixTime":1700000000,"columns":{"path":"/x","sha256":"%s"}}' % (b"a" * 64),
    "sysmon": b'{"EventID":11,"SourceName":"Linux-Sysmon","UtcTime":"2026-01-01 00:00:00","TargetFilename":"x"}',
    "tetragon": b'{"process_exit":{"process":{"exec_id":"x"}},"time":"2026-01-01T00:00:00Z"}',
    "tracee": b'{"timestamp":1700000000000000000,"eventName":"creat","args":[{"name":"pathname","value":"/x"}]}',
    "zeek": b'{"_path":"conn","ts":1,"id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2"}',
}


@pytest.mark.parametrize(
    "shipped", [b'{"_id":"1","_source":%s}', b'{"message":"%s"}', b'{"took":1,"hits":{"hits":[{"_source":%s}]}}']
)
@pytest.mark.parametrize("name", sorted(ONE_LINE))
def test_every_format_is_read_out_of_what_search_engines_export(name: str, shipped: bytes) -> None:
    line = ONE_LINE[name]
    escaped = line.replace(b'"', b'\\"') if b'"%s"' in shipped else line
    ((plain,), (out_of,)) = read(name, [line], HOST), read(name, [shipped % escaped], HOST)
    assert isinstance(plain, Taken)
    assert isinstance(out_of, Taken)
    assert out_of.events == plain.events


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
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("0:0:0:0:0:0:0:1", "::1"),
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


# --- command lines -----------------------------------------------------------------------------------


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
    assert quoted_arguments(text) == words
