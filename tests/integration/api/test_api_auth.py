"""Nothing is answered without a token, over HTTP or WebSocket, and nothing says more than it must."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from api_world import Api, World

from app.api.app import build
from app.api.tokens import hash_of, new_token, store_token
from app.errors import GraphUnavailable, StreamUnavailable


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    return str(error["message"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {new_token()}"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer " + "x" * 10_000},
        {"X-Authorization": "Bearer x"},
    ],
)
@pytest.mark.parametrize("path", ["/graphql", "/metrics", "/docs", "/openapi.json", "/no-such"])
def test_without_a_token_nothing_is_answered(api: Api, path: str, headers: dict[str, str]) -> None:
    text = refused(api.send("POST", path, headers=headers, json={"query": "{ rules { name } }"}))
    assert "Authorization: Bearer <token>" in text
    refused(api.send("GET", path, headers=headers))


def test_two_authorizations_are_none(api: Api) -> None:
    async def sent() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api.app), base_url="http://api") as client:
            both = [("Authorization", f"Bearer {api.token}"), ("Authorization", "Bearer other")]
            return await client.post("/graphql", headers=both, json={"query": "{ rules { name } }"})

    refused(api.runner.run(sent()))


def test_with_a_token_it_is(api: Api) -> None:
    assert api.ask("{ rules { name } }")["rules"]
    for spelling in (f"bearer {api.token}", f"BEARER  {api.token} "):
        answer = api.send("POST", "/graphql", headers={"Authorization": spelling}, json={"query": "{ __typename }"})
        assert answer.json() == {"data": {"__typename": "Query"}}


def test_only_the_hash_of_a_token_is_stored(api: Api, world: World) -> None:
    stored = world.graph.read("MATCH (token:Token) RETURN properties(token) AS token")
    assert api.token not in str(stored)
    assert {"hash": hash_of(api.token), "name": "ann", "role": "admin"}.items() <= next(
        row["token"].items() for row in stored if row["token"]["hash"] == hash_of(api.token)
    )


def test_a_withdrawn_token_stops_within_seconds(new_api: Callable[..., Api], world: World, monkeypatch: Any) -> None:
    api = new_api()
    assert api.ask("{ rules { name } }")
    world.graph.command("MATCH (token:Token {hash: $hash}) DELETE token", {"hash": hash_of(api.token)})
    assert api.send("GET", "/metrics").status_code == 200, "it is remembered for some seconds"
    from app.api import tokens

    later = tokens.monotonic() + tokens.REMEMBERED + 1
    monkeypatch.setattr(tokens, "monotonic", lambda: later)
    refused(api.send("GET", "/metrics"))


def test_a_token_looked_up_by_half_its_hash_is_refused(api: Api, world: World) -> None:
    """Ids are 128 bits of the hash: the rest counts too."""
    token = new_token()
    store_token(world.graph, api.services.queries, "eve", "admin", token)
    world.graph.command("MATCH (token:Token {name: 'eve'}) SET token.hash = reverse(token.hash)")
    refused(api.send("GET", "/metrics", headers={"Authorization": f"Bearer {token}"}))
    world.graph.command("MATCH (token:Token {name: 'eve'}) DELETE token")


def test_health_needs_no_token_and_says_no_more(api: Api) -> None:
    assert api.send("GET", "/healthz", headers={}).json() == {"alive": True}
    assert api.send("GET", "/readyz", headers={}).json() == {"ready": True, "neo4j": True, "redis": True}


def test_readiness_tells_which_database_is_away(api: Api, monkeypatch: Any) -> None:
    async def away() -> None:
        raise StreamUnavailable("redis://:secret@host")

    import dataclasses

    without = build(dataclasses.replace(api.services, ping=away))

    async def sent() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=without), base_url="http://api") as client:
            return await client.get("/readyz")

    answer = api.runner.run(sent())
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "neo4j": True, "redis": False})


def test_when_the_graph_is_away_it_says_try_again(new_api: Callable[..., Api], monkeypatch: Any) -> None:
    api = new_api()

    async def away(*_: Any, **__: Any) -> Any:
        await asyncio.sleep(0)
        raise GraphUnavailable("bolt://secret:7687 refused")

    assert api.ask("{ rules { name } }")
    monkeypatch.setattr(api.graph, "read", away)
    code, text = api.refused("{ alerts { nodes { id } } }")
    assert (code, "try again" in text, "secret" in text) == ("UNAVAILABLE", True, False)
    answer = api.send("GET", "/metrics", headers={"Authorization": f"Bearer {new_token()}"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_metrics_count_with_bounded_labels(new_api: Callable[..., Api]) -> None:
    api = new_api()
    for number in range(60):
        api.ask(f"query Q{number} {{ rules {{ name }} }}")
    api.answer("query Broken { nothing }")
    api.ask("query Q1 { alerts(first: 1) { nodes { id } } }")
    text = api.send("GET", "/metrics").text
    assert 'polygraph_api_requests_total{operation="Q1",status="OK"} 2.0' in text
    assert 'polygraph_api_requests_total{operation="other",status="OK"} 10.0' in text
    assert 'status="BAD_USER_INPUT"' in text
    assert 'polygraph_api_statement_seconds_count{view="alerts_newest"} 1.0' in text
    assert "Q59" not in text


INTROSPECTION = "{ __schema { types { name } } }"


def test_introspection_and_graphiql_are_for_development(api: Api, new_api: Callable[..., Api]) -> None:
    answer = api.answer(INTROSPECTION)
    assert answer["data"] is None
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    page = {"Accept": "text/html"}
    refused(api.send("GET", "/graphql", headers=page))
    assert api.send("GET", "/graphql", headers={**api.headers(), **page}).status_code == 404
    assert "Did you mean" not in api.refused("{ alert(id: 1) { titel } }")[1]
    development = new_api(development=True)
    assert development.ask(INTROSPECTION)["__schema"]["types"]
    assert "GraphiQL" in development.send("GET", "/graphql", headers=page).text
    refused(development.send("GET", "/graphql?query={rules{name}}", headers=page))
    refused(development.send("POST", "/graphql", headers=page, json={"query": INTROSPECTION}))


def test_a_query_is_not_answered_by_get(api: Api) -> None:
    answer = api.send("GET", "/graphql", params={"query": "{ rules { name } }"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_no_answer_may_be_kept_or_read_by_other_pages(api: Api) -> None:
    answer = api.send("POST", "/graphql", json={"query": "{ __typename }"})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    cors = api.send("OPTIONS", "/graphql", headers={"Origin": "http://evil", "Access-Control-Request-Method": "POST"})
    assert cors.status_code == 401
    assert not [name for name in cors.headers if name.startswith("access-control")]
