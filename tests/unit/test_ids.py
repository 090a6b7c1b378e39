"""Ids say what they are of, and text is made safe at the edge."""

import pytest

from app.ids import LONGEST_TEXT, clean, ident, label_of


def test_an_id_is_fixed_by_label_and_key() -> None:
    assert ident("Host", "web-1") == ident("Host", "web-1") == "SG9zdDrEcZr6dvpEi17KmeZzaIWE"
    assert len({ident("Host", "web-1"), ident("Host", "web-2"), ident("User", "web-1")}) == 3


def test_parts_of_a_key_do_not_run_together() -> None:
    assert ident("Session", "a", "bc") != ident("Session", "ab", "c")


def test_an_id_says_its_label() -> None:
    assert label_of(ident("IpAddress", "1.2.3.4")) == "IpAddress"
    assert label_of(ident("RAN_ON", "x")) == "RAN_ON"


@pytest.mark.parametrize("text", ["", "x", "not an id", "SG9zdA", "€", "SG9zdDo", "=" * 40, "\x00"])
def test_what_is_no_id_of_ours_has_no_label(text: str) -> None:
    assert label_of(text) is None


def test_a_key_may_hold_what_no_database_takes() -> None:
    assert label_of(ident("Path", "/tmp/\udcff\x00")) == "Path"


@pytest.mark.parametrize(
    ("text", "safe"),
    [("plain", "plain"), ("a\x00b", "a␀b"), ("a\udcffb", "a?b"), ("größe 🐚", "größe 🐚"), ("", "")],
)
def test_text_is_made_safe(text: str, safe: str) -> None:
    assert clean(text) == safe


def test_long_text_is_cut_and_says_so() -> None:
    assert clean("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT
    assert clean("x" * (LONGEST_TEXT + 1)) == "x" * (LONGEST_TEXT - 1) + "…"
    assert clean("abcdef", 3) == "ab…"
