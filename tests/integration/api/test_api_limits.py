"""What asks for too much is refused before it costs anything, and told what to do."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from api_world import Api


def nested(levels: int) -> str:
    return (
        "{ compositeAlerts(first: 1) { nodes { "
        + "evidence { ... on Alert { " * levels
        + "id"
        + " } }" * levels
        + " } } }"
    )


def test_depth(api: Api) -> None:
    code, text = api.refused(nested(30))
    assert code == "LIMIT_EXCEEDED"
    assert "33 levels, the limit is 15: nest less" in text
    assert api.graph.statements == 0


def test_complexity_is_rows_times_fields(api: Api) -> None:
    fields = "hosts(first: 200) { nodes { alerts(first: 200) { nodes { id rule } } } }"
    code, text = api.refused(f"{{ {fields} }}")
    assert (code, "fields times rows" in text) == ("LIMIT_EXCEEDED", True)
    variable = fields.replace("200", "$n")
    assert api.refused(f"query ($n: Int = 200) {{ {variable} }}")[0] == "LIMIT_EXCEEDED"
    assert api.refused(f"query ($n: Int) {{ {variable} }}", n=200)[0] == "LIMIT_EXCEEDED"
    assert api.refused(f"fragment F on Query {{ {fields} }} {{ ...F }}")[0] == "LIMIT_EXCEEDED"
    assert api.graph.statements == 0
    assert api.ask(f"{{ {fields.replace('200', '5')} }}")


def test_fragments_that_double_are_weighed_without_unfolding(api: Api) -> None:
    doubling = "".join(
        f"fragment F{n} on Alert {{ ...F{n + 1} partOf {{ ...F{n + 1} }} replaces {{ ...F{n + 1} }} }} "
        for n in range(60)
    )
    begun = time.monotonic()
    code, _ = api.refused(doubling + "fragment F60 on Alert { id } { alerts { nodes { ...F0 } } }")
    assert code == "LIMIT_EXCEEDED"
    assert time.monotonic() - begun < 2
    circle = "fragment A on Alert { ...B } fragment B on Alert { ...A } { alerts { nodes { ...A } } }"
    assert {error["extensions"]["code"] for error in api.answer(circle)["errors"]} == {"BAD_USER_INPUT"}


def test_aliases_tokens_and_page(api: Api) -> None:
    many = " ".join(f"a{n}: rules {{ name }}" for n in range(31))
    assert api.refused(f"{{ {many} }}")[1].startswith("the document asks for 31 aliases, the limit is 30")
    code, text = api.refused(f"{{ {'rules { name } ' * 1_000} }}")
    assert (code, "2000 tokens" in text) == ("LIMIT_EXCEEDED", True)
    assert api.refused("{ alerts(first: 201) { nodes { id } } }")[0] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "document", ["{" * 900, "{a" * 900 + "}" * 900, "{ alerts(filter: " + "[" * 1_900, "query(" * 400]
)
def test_nesting_without_end_is_no_fault_of_ours(api: Api, document: str) -> None:
    for error in api.answer(document)["errors"]:
        assert error["extensions"]["code"] in ("BAD_USER_INPUT", "LIMIT_EXCEEDED")


def test_a_long_body_is_not_read(api: Api) -> None:
    answer = api.send("POST", "/graphql", json={"query": "{ rules { name } }", "variables": {"x": "y" * 300_000}})
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"

    async def chunks() -> Any:
        for _ in range(40):
            yield b" " * 10_000

    answer = api.send("POST", "/graphql", content=chunks(), headers=api.headers())
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"\xff\xfe\x00", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"[]", "application/json"),
        (b'[{"query": "{ rules { name } }"}]', "application/json"),
        (b'"text"', "application/json"),
        (b"{}", "application/json"),
        (b'{"query": 5}', "application/json"),
        (b'{"query": "{ rules { name } }", "variables": []}', "application/json"),
        (b'{"query": "{ rules { name } }", "operationName": "Other"}', "application/json"),
        (b"{ rules { name } }", "application/graphql"),
        (b"query=x", "application/x-www-form-urlencoded"),
        (b'{"query": "subscription { alertChanged { id } }"}', "application/json"),
    ],
)
def test_a_body_that_is_no_request_gets_an_answer_in_json(api: Api, content: bytes, kind: str) -> None:
    answer = api.send("POST", "/graphql", content=content, headers={**api.headers(), "Content-Type": kind})
    assert answer.status_code in (200, 400)
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {"BAD_USER_INPUT"}


def test_a_slow_statement_ends_in_time(new_api: Callable[..., Api]) -> None:
    api = new_api(request_seconds=0.5, statement_seconds=0.4)
    api.ask("{ rules { name } }")
    api.graph.delay = 2.0
    begun = time.monotonic()
    code, text = api.refused("{ alerts { nodes { id } } }")
    assert (code, "ask for fewer rows" in text) == ("TIMEOUT", True)
    assert time.monotonic() - begun < 4


def test_the_database_ends_a_statement_in_time(api: Api) -> None:
    slow = "UNWIND range(1, 10000) AS a UNWIND range(1, 1000000) AS b RETURN sum(a * b) AS sum"
    with pytest.raises(TimeoutError):
        api.runner.run(api.graph.read(slow, {}, timeout=0.3))


def test_an_unexpected_fault_is_masked_and_logged_once(new_api: Callable[..., Api], monkeypatch: Any) -> None:
    from structlog.testing import capture_logs

    api = new_api()
    api.ask("{ rules { name } }")

    async def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("MATCH (secret) at /srv/app.py")

    from app.api import loaders

    monkeypatch.setattr(loaders, "_case", lambda _: 1 / 0)
    with capture_logs() as logs:
        errors = api.answer("{ alerts(first: 40) { nodes { status assignee } } }")["errors"]
    assert len(errors) <= 11
    assert {error["extensions"]["code"] for error in errors} == {"INTERNAL"}
    [number] = {error["extensions"]["correlation"] for error in errors if "correlation" in error["extensions"]}
    [log] = [log for log in logs if log["event"] == "request failed"]
    assert (log["correlation"], "ZeroDivisionError" in log["error"]) == (number, True)
    assert "ZeroDivision" not in str(errors)
    monkeypatch.setattr(api.graph, "read", broken)
    answer = api.answer("{ alerts { nodes { id } } }")
    assert "secret" not in str(answer)
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"


@pytest.mark.parametrize(
    "moment", ["yesterday", "2026-01-01", "2026-01-01T00:00:00", "", 5, 2**70, True, "2026-13-01T00:00:00Z", "9" * 99]
)
def test_a_moment_needs_its_offset(api: Api, moment: object) -> None:
    document = "query ($m: DateTime) { alerts(filter: {since: $m}) { nodes { id } } }"
    code, text = api.refused(document, m=moment)
    assert (code, "ISO 8601 with an offset" in text) == ("BAD_USER_INPUT", True)


def test_moments_of_every_offset_are_the_same(api: Api) -> None:
    document = "query ($m: DateTime) { alerts(filter: {until: $m}) { totalCount } }"
    same = ["1970-04-11T02:00:00Z", "1970-04-11T04:00:00+02:00", "1970-04-10T20:30:00.000-05:30"]
    assert len({api.ask(document, m=moment)["alerts"]["totalCount"] for moment in same}) == 1
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        assert api.ask(document, m=moment)["alerts"]["totalCount"] >= 0
