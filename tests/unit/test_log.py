"""A log line is one line, whatever an attacker called his process."""

import io
import json
import logging

import pytest
import structlog

from app.log import configure, shown


@pytest.fixture(autouse=True)
def _restored():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


HOSTILE = "nginx\n2026-01-01 all is well\x1b[2J\r\x07\u202egnp.exe\u200b\x00\ud800\u2028"


def test_nothing_invisible_is_shown() -> None:
    safe = r"nginx\n2026-01-01 all is well\x1b[2J\r\x07\u202egnp.exe\u200b\x00\ud800\u2028"
    assert shown(HOSTILE) == safe
    assert shown("Grüße, 世界 ✓") == "Grüße, 世界 ✓"
    assert shown(b"\xff\x1b[0m") == r"\xff\x1b[0m"
    assert shown(7) == "7"
    assert shown(ValueError("a\nb")) == r"a\nb"


def test_what_is_shown_is_bounded() -> None:
    assert shown("x" * 510) == "x" * 500 + "… (10 more)"
    assert len(shown("\u202e" * 10**6)) < 3_100


@pytest.mark.parametrize("form", ["console", "json"])
def test_hostile_values_make_no_second_line(form) -> None:
    out = io.StringIO()
    configure(form, out)
    log = structlog.get_logger().bind(host=HOSTILE)
    log.warning(HOSTILE, binary=HOSTILE, args=[HOSTILE, {HOSTILE: HOSTILE}], raw=HOSTILE.encode("utf-8", "replace"))
    logging.getLogger("neo4j").warning("said %s", HOSTILE)
    text = out.getvalue()
    assert text.count("\n") == 2
    assert all(one.isprintable() or one == "\n" for one in text)


def test_json_lines_can_be_read_back() -> None:
    out = io.StringIO()
    configure("json", out)
    structlog.get_logger().warning("refused", count=3, nothing=None, deep=[[[[1]]]], host="web-1")
    line = json.loads(out.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "refused", "level": "warning", "count": 3, "nothing": None, "deep": [[["[1]"]]], "host": "web-1"
    }  # fmt: skip


def test_a_trace_keeps_its_lines_and_fakes_none() -> None:
    out = io.StringIO()
    configure("console", out)
    try:
        raise ValueError(HOSTILE)
    except ValueError as error:
        structlog.get_logger().error("a batch failed", exc_info=error)
    first, *trace = out.getvalue().splitlines()
    assert "a batch failed" in first
    assert trace[0] == "    Traceback (most recent call last):"
    assert all(line.startswith("    ") for line in trace)
    assert all(line.isprintable() for line in trace)


def test_lines_below_the_level_are_not_written() -> None:
    out = io.StringIO()
    configure("json", out, logging.WARNING)
    structlog.get_logger().info("chatter")
    logging.getLogger("uvicorn").info("chatter")
    assert out.getvalue() == ""
