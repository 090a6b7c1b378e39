"""Inputs are read lazily, in bounded memory, whatever they are packed in."""

import bz2
import gzip
import lzma
import os
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from app import reading
from app.errors import ConfigError
from app.events import FileWritten
from app.reading import Reader, merged, merged_by_time, of_bytes, opened
from app.sources import Context, Ignored, Outcome, Record, Rejected, Taken, read

CONTENT = b"one\n\ntwo\r\nthree"
LINES = [b"one\n", b"\n", b"two\r\n", b"three"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_what_it_is_packed_in_does_not_matter(pack: object, tmp_path: Path) -> None:
    packed = pack(CONTENT)  # type: ignore[operator]
    file = tmp_path / "a log with a blank"
    file.write_bytes(packed)
    with opened(file) as reader:
        assert list(reader) == LINES
        assert (reader.offset, reader.size, reader.fault) == (len(packed), len(packed), None)
    assert list(of_bytes(packed)) == LINES


def test_only_what_is_written_already_says_when(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.touch()
    os.utime(file, ns=(0, 1_700_000_000_123_456_789))
    assert opened(file).modified == 1_700_000_000_123
    os.mkfifo(tmp_path / "pipe")
    held = os.open(tmp_path / "pipe", os.O_RDWR)
    os.write(held, b"a line\n")
    pipe = opened(tmp_path / "pipe")
    assert (pipe.modified, pipe.size, of_bytes(b"").modified) == (None, None, None)
    pipe.close()
    os.close(held)


def test_several_gzip_members_are_one_file() -> None:
    assert list(of_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n"))) == [b"a\n", b"b\n"]


def test_an_empty_input_has_no_lines() -> None:
    reader = of_bytes(b"")
    assert list(reader) == []
    assert reader.fault is None


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_cut_file_gives_what_is_there_and_says_so(pack: object) -> None:
    packed = pack(b"".join(b"line %d\n" % number for number in range(20_000)))  # type: ignore[operator]
    reader = of_bytes(packed[: len(packed) // 2], name="cut.log")
    lines = list(reader)
    assert lines[:2] == [b"line 0\n", b"line 1\n"] or not lines
    assert reader.fault is not None
    assert reader.fault.startswith("cut.log ends early")


def test_a_damaged_file_says_so() -> None:
    packed = bytearray(gzip.compress(bytes(range(256)) * 4000))
    packed[len(packed) // 2 :] = b"\xff" * (len(packed) - len(packed) // 2)
    reader = of_bytes(bytes(packed))
    list(reader)
    assert reader.fault is not None


def test_zstd_without_support_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("compression.zstd", "zstandard"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match="zstandard"):
        of_bytes(b"\x28\xb5\x2f\xfd....", name="a.zst")


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing cannot be read"):
        opened(tmp_path / "nothing")
    with pytest.raises(ConfigError, match="cannot be read"):
        opened(tmp_path)


def test_the_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class Standard:
        buffer = BytesIO(CONTENT)

    monkeypatch.setattr(sys, "stdin", Standard)
    with opened("-") as reader:
        assert list(reader) == LINES
    assert not Standard.buffer.closed


def test_the_place_is_known_while_reading() -> None:
    reader = of_bytes(b"ab\ncd\n")
    lines = iter(reader)
    next(lines)
    assert reader.offset == 3


def test_a_line_over_the_limit_is_cut_and_the_next_one_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_LINE", 10)
    monkeypatch.setattr(reading, "_SKIPPED_AT_ONCE", 7)
    lines = list(of_bytes(b"0123456789\n" + b"x" * 1000 + b"\nnext\n" + b"y" * 100))
    assert lines == [b"0123456789\n", b"x" * 12, b"next\n", b"y" * 12]


@pytest.mark.parametrize("name", ["polygraph", "tetragon", "auditd"])
def test_a_line_over_the_limit_is_rejected_and_the_next_one_is_read(name: str) -> None:
    limit = reading.LONGEST_LINE
    start = {"polygraph": b'{"kind":"', "tetragon": b'{"process_exec":{"process":{"binary":"', "auditd": b""}[name]
    content = start + b"x" * (limit + 10) + b"\n{}\n"
    first, second = read(name, of_bytes(content), Context(host="h"))
    assert isinstance(first, Rejected)
    assert first.reason == "longer than 16777216 bytes; only its beginning is kept"
    assert len(first.record.raw) == 65536
    assert isinstance(second, Rejected)
    assert second.record.raw == b"{}"


def test_a_line_of_ten_megabytes_is_read() -> None:
    line = b'{"kind":"process_started","at":1,"host":"h","pid":1,"binary":"/x","args":["' + b"y" * 10_000_000 + b'"]}'
    (outcome,) = read("polygraph", of_bytes(line), Context())
    assert isinstance(outcome, Taken)
    (event,) = outcome.events
    assert event.args[0] == "y" * 4095 + "…"  # type: ignore[union-attr]


def test_streams_are_merged_by_time_and_each_keeps_its_order() -> None:
    one: list[tuple[int | None, str]] = [(1, "a"), (5, "b"), (3, "c"), (9, "d")]
    two: list[tuple[int | None, str]] = [(2, "e"), (None, "f"), (6, "g")]
    assert "".join(name for _, name in merged([one, two], lambda item: item[0])) == "aefbcgd"
    assert list(merged([], lambda item: None)) == []


def test_merging_is_lazy() -> None:
    taken: list[int] = []

    def endless(first: int) -> Iterator[Outcome]:
        at = first
        while True:
            taken.append(at)
            yield Taken(Record(b"", 1), (FileWritten(at=at, host="h", path="/x"),))
            at += 10

    outcomes = merged_by_time([endless(0), endless(5)])
    ats = [next(outcomes).events[0].at for _ in range(5)]  # type: ignore[union-attr]
    assert ats == [0, 5, 10, 15, 20]
    assert len(taken) <= 7


def test_what_has_no_time_stays_behind_what_came_before_it() -> None:
    def at(moment: int) -> Outcome:
        return Taken(Record(b"", moment), (FileWritten(at=moment, host="h", path="/x"),))

    rejected, ignored = Rejected(Record(b"r", 0), "x"), Ignored(Record(b"i", 0), "x")
    outcomes = list(merged_by_time([[at(7), rejected], [ignored, at(3), at(8)]]))
    assert outcomes == [ignored, at(3), at(7), rejected, at(8)]


def test_a_reader_over_an_open_file_needs_no_size() -> None:
    assert Reader("x", BytesIO(b"a")).size is None
