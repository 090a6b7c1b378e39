"""Cursors, moments and weights, without a database."""

from datetime import datetime

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from app.api.entities import kind_of, label_of_kind
from app.api.inputs import EntityKind
from app.api.limits import Limits
from app.api.pages import Order, cursor, page_of
from app.api.scalars import SCALARS, DateTime, Json, Long, moment_to_text, text_to_moment
from app.api.tokens import hash_of, new_token

ORDER = Order("AT DESC", (int, int, str))
MOMENTS = st.integers(min_value=-62_135_596_800_000, max_value=253_402_300_799_999)


@given(at=MOMENTS, raised=MOMENTS, id=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_cursor_says_again_what_it_was_made_of(at: int, raised: int, id: str) -> None:
    page = page_of(ORDER, 5, cursor(ORDER, (at, raised, id)), Limits())
    assert page.after == (at, raised, id)
    assert page.limit == 6


@given(text=st.text(max_size=60))
def test_no_text_is_a_cursor_by_accident(text: str) -> None:
    with pytest.raises(GraphQLError, match=r"pageInfo\.endCursor"):
        page_of(ORDER, None, text, Limits())


@given(score=st.floats(allow_nan=False, allow_infinity=False))
def test_a_score_in_a_cursor_is_exact(score: float) -> None:
    order = Order("SCORE DESC", (float, int, str))
    after = page_of(order, None, cursor(order, (score, 1, "x")), Limits()).after
    assert after is not None
    assert after[0] == score


@given(moment=MOMENTS)
def test_a_moment_is_the_same_after_there_and_back(moment: int) -> None:
    text = moment_to_text(moment)
    assert text_to_moment(text) == moment
    assert datetime.fromisoformat(text).utcoffset() is not None
    assert len(text) == 24


def test_a_moment_beyond_the_calendar_is_cut() -> None:
    assert moment_to_text(2**62) == "9999-12-31T23:59:59.999Z"
    assert moment_to_text(-(2**62)) == "0001-01-01T00:00:00.000Z"


def test_numbers_beyond_53_bits_come_as_text_in_json() -> None:
    serialize = SCALARS[Json].serialize
    assert serialize is not None
    assert serialize({"a": [2**53, 2**53 + 1, -(2**63)], "b": True, "c": None, "d": 0.5}) == {
        "a": [2**53, str(2**53 + 1), str(-(2**63))],
        "b": True,
        "c": None,
        "d": 0.5,
    }


@pytest.mark.parametrize("value", [True, 1.5, "1", 2**63, None])
def test_a_long_is_a_whole_number(value: object) -> None:
    parse = SCALARS[Long].parse_value
    assert parse is not None
    with pytest.raises(GraphQLError):
        parse(value)
    assert parse(2**63 - 1) == 2**63 - 1


def test_a_scalar_has_a_parser_for_each_direction() -> None:
    for scalar in (DateTime, Long, Json):
        assert SCALARS[scalar].serialize
        assert SCALARS[scalar].parse_value


@pytest.mark.parametrize("kind", list(EntityKind))
def test_a_kind_is_its_label(kind: EntityKind) -> None:
    assert kind_of(label_of_kind(kind)) is kind


def test_tokens_are_long_and_never_the_same() -> None:
    made = {new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(len(token) == 47 for token in made)
    assert len(hash_of("pgt_\ud800")) == 64
