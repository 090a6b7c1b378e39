"""Subscriptions over a real WebSocket, from the server that `polygraph serve` runs, through a real Redis."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from api_world import MINUTE, START, Api, World, never
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from app.api.app import build
from app.api.serve import run
from app.api.tokens import hash_of, new_token, store_token
from app.changes import Change
from app.config import Settings
from app.errors import StreamUnavailable
from app.events import ProcessStarted
from app.graph import AsyncGraph
from app.local import Endpoints
from app.queries import Queries
from app.stream import Stream

PROTOCOL: Any = ["graphql-transport-ws"]
PATIENCE = 30.0


class Client:
    """Speaks graphql-transport-ws."""

    def __init__(self, url: str, token: str | None, *, in_handshake: bool = False, **init: Any) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token and in_handshake else {}
        address = url.replace("http", "ws") + "/graphql"
        self._opened = connect(address, subprotocols=PROTOCOL, additional_headers=headers)
        self.socket: ClientConnection = self._opened.__enter__()
        payload = {"Authorization": f"Bearer {token}"} if token and not in_handshake else {}
        self.send({"type": "connection_init", "payload": payload | init})

    def send(self, message: object) -> None:
        self.socket.send(json.dumps(message))

    def hear(self, timeout: float = PATIENCE) -> dict[str, Any]:
        heard: dict[str, Any] = json.loads(self.socket.recv(timeout=timeout))
        return heard

    def subscribe(self, number: str, document: str, **variables: Any) -> None:
        self.send({"type": "subscribe", "id": number, "payload": {"query": document, "variables": variables}})

    def settle(self) -> None:
        """Wait until what was subscribed to is listened to: operations begin in the order they are sent in."""
        self.subscribe("settled", "{ __typename }")
        assert self.hear()["id"] == self.hear()["id"] == "settled"

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.__exit__(None, None, None)


@pytest.fixture(scope="module")
def settings(endpoints: Endpoints) -> Settings:
    return Settings(
        neo4j_uri=endpoints.neo4j_uri, neo4j_user=endpoints.neo4j_user, neo4j_password=endpoints.neo4j_password,
        redis_url=endpoints.redis_url, redis_prefix="api-tests", port=0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def stream(settings: Settings) -> Iterator[Stream]:
    opened = Stream(settings.redis_url or "", settings.redis_prefix)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def url(settings: Settings, world: World, stream: Stream) -> Iterator[str]:
    """The address of a server as `polygraph serve` runs it."""
    stop, ready, said = threading.Event(), threading.Event(), []

    def tell(address: str) -> None:
        said.append(address)
        ready.set()

    thread = threading.Thread(target=run, args=(settings, stop, tell))
    thread.start()
    assert ready.wait(60)
    time.sleep(0.5)  # until it listens to Redis too
    yield said[0]
    stop.set()
    thread.join(30)


@pytest.fixture(scope="module")
def token(world: World, asked: Queries) -> str:
    made = new_token()
    store_token(world.graph, asked, "ws", "admin", made)
    return made


ALERTS = """subscription ($f: AlertFilter) { alertChanged(filter: $f) {
  id rule message state status host { hostname } entities { role node { label } } graph { nodes { label } } } }"""


def told(client: Client, change: Callable[[], object], id: str = "1") -> dict[str, Any]:
    """Return the first event after a change."""
    client.settle()
    change()
    heard = client.hear()
    assert (heard["type"], heard["id"]) == ("next", id), heard
    assert "errors" not in heard["payload"], heard
    data: dict[str, Any] = heard["payload"]["data"]
    return data


def test_a_new_alert_is_told_whole(url: str, token: str, world: World, stream: Stream) -> None:
    with Client(url, token) as client:
        assert client.hear() == {"type": "connection_ack", "payload": {}}
        client.subscribe("1", ALERTS, f={"rule": "new_application"})
        event = ProcessStarted(at=START + 600 * MINUTE, host="told", pid=1, binary="/opt/told", user="ops")
        alert = told(client, lambda: stream.announce(world.tell(event)))["alertChanged"]
        assert (alert["rule"], alert["state"], alert["status"]) == ("new_application", "RAISED", "OPEN")
        assert alert["host"] == {"hostname": "told"}
        assert "/opt/told" in [node["label"] for node in alert["graph"]["nodes"]]
        client.send({"type": "complete", "id": "1"})
        client.send({"type": "ping"})
        assert client.hear() == {"type": "pong"}


def test_what_a_person_changes_is_told_in_its_new_form(url: str, token: str, world: World) -> None:
    id = world.one(
        "MATCH (alert:Alert {rule: 'new_application'}) WHERE alert.message CONTAINS 'tool-20' RETURN alert.id"
    )
    with Client(url, token, in_handshake=True) as client, Client(url, token) as other:
        assert client.hear()["type"] == other.hear()["type"] == "connection_ack"
        client.subscribe("1", ALERTS, f={"hostname": "node-20"})
        update = "mutation ($id: ID!, $s: AlertStatus) { updateAlerts(ids: [$id], status: $s) { status } }"
        for status in ("IN_PROGRESS", "OPEN"):
            alert = told(client, lambda status=status: other.subscribe(status, update, id=id, s=status))["alertChanged"]
            assert (alert["id"], alert["status"]) == (id, status)
            assert other.hear()["payload"] == {"data": {"updateAlerts": [{"status": status}]}}
            assert other.hear() == {"type": "complete", "id": status}


def test_the_filter_holds_back_the_rest(url: str, token: str, world: World, stream: Stream) -> None:
    rows = world.graph.read("MATCH (a:Alert) WHERE a.state = 'RAISED' RETURN a.id AS id, a.rule AS rule ORDER BY a.id")
    with Client(url, token) as client:
        client.hear()
        client.subscribe("1", ALERTS, f={"rule": "known_bad_file"})
        alert = told(client, lambda: stream.announce(Change(alerts=tuple(row["id"] for row in rows))))["alertChanged"]
        assert alert["rule"] == "known_bad_file"
        with pytest.raises(TimeoutError):
            client.hear(timeout=1.0)


def test_a_withdrawal_is_told_and_learning_is_not(url: str, token: str, world: World, stream: Stream) -> None:
    ids = [row["id"] for row in world.graph.read("MATCH (a:Alert {rule: 'known_bad_file'}) RETURN a.id AS id")]
    with Client(url, token) as client:
        client.hear()
        client.subscribe("1", ALERTS)
        client.settle()
        for state in ("LEARNING", "WITHDRAWN"):
            world.graph.command("MATCH (a:Alert) WHERE a.id IN $ids SET a.state = $state", {"ids": ids, "state": state})
            stream.announce(Change(alerts=tuple(ids)))
        alert = client.hear()["payload"]["data"]["alertChanged"]
        world.graph.command("MATCH (a:Alert) WHERE a.id IN $ids SET a.state = 'RAISED'", {"ids": ids})
        assert alert["state"] == "WITHDRAWN"


def test_investigations_are_told_of_one_host_alone(url: str, token: str, world: World, stream: Stream) -> None:
    ids = tuple(row["id"] for row in world.graph.read("MATCH (i:Investigation) RETURN i.id AS id ORDER BY id"))
    document = """subscription ($h: String) { investigationChanged(hostId: $h) {
      phase host { hostname } evidence { rule } lapsesAt } }"""
    with Client(url, token) as client:
        client.hear()
        client.subscribe("1", document, h="node-07")
        found = told(client, lambda: stream.announce(Change(investigations=ids)))["investigationChanged"]
        assert found["host"] == {"hostname": "node-07"}
        assert [one["rule"] for one in found["evidence"]]


def test_queries_on_one_socket_read_afresh(url: str, token: str, world: World) -> None:
    id = world.one("MATCH (host:Host {name: 'node-08'}) RETURN host.id")
    with Client(url, token) as client:
        client.hear()
        for number, word in enumerate(("LOW", "HIGH")):
            world.graph.command("MATCH (h:Host {id: $id}) SET h.criticality = $word", {"id": id, "word": word})
            client.subscribe(str(number), "query ($id: String!) { host(hostId: $id) { criticality } }", id=id)
            assert client.hear()["payload"]["data"] == {"host": {"criticality": word}}
            client.hear()
    world.graph.command("MATCH (h:Host {id: $id}) REMOVE h.criticality", {"id": id})


def closed(client: Client) -> int:
    with pytest.raises(ConnectionClosed) as ended:
        while True:
            client.hear()
    assert ended.value.rcvd is not None
    return ended.value.rcvd.code


@pytest.mark.parametrize(
    "init",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": 5}, {"Authorization": ["x"]}, {"authorization": ""}],
)
def test_a_socket_without_a_token_is_closed(url: str, init: dict[str, Any]) -> None:
    with Client(url, None, **init) as client:
        assert closed(client) == 4403


def test_a_wrong_token_in_the_handshake_is_closed(url: str, token: str) -> None:
    with Client(url, new_token(), in_handshake=True) as client:
        assert closed(client) == 4403
    with Client(url, new_token(), in_handshake=True, Authorization=f"Bearer {token}") as client:
        assert client.hear()["type"] == "connection_ack"


def test_nothing_is_answered_before_the_token(url: str) -> None:
    with connect(url.replace("http", "ws") + "/graphql", subprotocols=PROTOCOL) as socket:
        socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": "{ rules { name } }"}}))
        with pytest.raises(ConnectionClosed) as ended:
            socket.recv(timeout=PATIENCE)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 4401


@pytest.mark.parametrize(
    "message",
    [
        "5",
        '"text"',
        "[]",
        "{}",
        "{",
        "[" * 50_000,
        '{"type": 5}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": [], "payload": 5}',
        '{"type": "subscribe", "id": "1", "payload": 5}',
    ],
    ids=lambda message: message[:20],
)
def test_a_malformed_message_closes_the_socket(url: str, token: str, message: str) -> None:
    with Client(url, token) as client:
        client.hear()
        client.socket.send(message)
        assert closed(client) == 4400


def test_a_message_that_is_too_long_closes_the_socket(url: str, token: str) -> None:
    with Client(url, token) as client:
        client.hear()
        client.socket.send("x" * 400_000)
        assert closed(client) == 1009


def test_another_protocol_or_origin_is_refused(url: str) -> None:
    address = url.replace("http", "ws") + "/graphql"
    other: Any = ["graphql-ws"]
    with connect(address, subprotocols=other) as socket, pytest.raises(ConnectionClosed):
        socket.recv(timeout=PATIENCE)
    with pytest.raises(InvalidStatus) as refused:
        connect(address, subprotocols=PROTOCOL, origin="https://evil.example")  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403


def test_a_faulty_subscription_says_why(url: str, token: str) -> None:
    with Client(url, token) as client:
        client.hear()
        client.subscribe("1", "subscription { alertChanged { nothing } }")
        heard = client.hear()
        assert heard["type"] == "error"
        assert heard["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_operations_on_one_socket_are_limited(url: str, token: str) -> None:
    with Client(url, token) as client:
        client.hear()
        for number in range(21):
            client.subscribe(str(number), "subscription { alertChanged { id } }")
        heard = client.hear()
        assert (heard["type"], heard["id"]) == ("error", "20")
        assert heard["payload"][0]["extensions"] == {"code": "LIMIT_EXCEEDED"}


def test_a_withdrawn_token_hears_no_more(
    url: str, world: World, asked: Queries, stream: Stream, monkeypatch: Any
) -> None:
    from app.api import tokens

    made = new_token()
    store_token(world.graph, asked, "gone", "admin", made)
    id = world.one("MATCH (alert:Alert {rule: 'known_bad_file'}) RETURN alert.id")
    with Client(url, made) as client:
        client.hear()
        client.subscribe("1", "subscription { alertChanged { id } }")
        told(client, lambda: stream.announce(Change(alerts=(id,))))
        world.graph.command("MATCH (token:Token {hash: $hash}) DELETE token", {"hash": hash_of(made)})
        monkeypatch.setattr(tokens, "monotonic", lambda: time.monotonic() + tokens.REMEMBERED + 1)
        stream.announce(Change(alerts=(id,)))
        heard = client.hear()
        assert heard["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert client.hear() == {"type": "complete", "id": "1"}


@contextmanager
def serving(
    api: Api, endpoints: Endpoints, changes: Callable[[], AsyncIterator[Change]], **limits: int
) -> Iterator[str]:
    """Serve the app with changes that a test makes up: what comes from Redis is beyond the API."""

    services = replace(api.services, changes=changes, limits=replace(api.services.limits, **limits))
    server = uvicorn.Server(uvicorn.Config(build(services), port=0, log_config=None))
    ended = threading.Event()

    def serve() -> None:
        async def main() -> None:
            graph = AsyncGraph(endpoints.neo4j_uri, endpoints.neo4j_user, endpoints.neo4j_password)
            server.config.app = build(replace(services, graph=graph))
            await server.serve()
            await graph.close()

        asyncio.run(main())
        ended.set()

    thread = threading.Thread(target=serve)
    thread.start()
    while not server.started and not ended.is_set():
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(30)


def test_when_redis_goes_away_the_subscription_says_so(api: Api, endpoints: Endpoints) -> None:
    gone = threading.Event()

    async def changes() -> AsyncIterator[Change]:
        while not gone.is_set():
            await asyncio.sleep(0.05)
        raise StreamUnavailable("redis://:secret@host is away")
        yield Change()

    with serving(api, endpoints, changes) as url, Client(url, api.token) as client:
        client.hear()
        client.subscribe("1", "subscription { alertChanged { id } }")
        client.settle()
        gone.set()
        [error] = client.hear()["payload"]["errors"]
        assert error["extensions"]["code"] == "UNAVAILABLE"
        assert "read the list again, then subscribe again" in error["message"]
        assert "secret" not in str(error)
        assert client.hear() == {"type": "complete", "id": "1"}
        client.subscribe("2", "subscription { alertChanged { id } }")
        [error] = client.hear()["payload"]["errors"]
        assert error["extensions"]["code"] == "UNAVAILABLE"


def test_a_slow_subscriber_is_told_to_read_the_list_again(api: Api, endpoints: Endpoints) -> None:
    go = threading.Event()

    async def changes() -> AsyncIterator[Change]:
        while not go.is_set():
            await asyncio.sleep(0.05)
        yield Change(alerts=tuple(f"a{number}" for number in range(60)))
        await asyncio.Event().wait()

    with serving(api, endpoints, changes, backlog=50) as url, Client(url, api.token) as client:
        client.hear()
        client.subscribe("1", "subscription { alertChanged { id } }")
        client.settle()
        go.set()
        [error] = client.hear()["payload"]["errors"]
        assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
        assert "more than 50 changes are waiting" in error["message"]


def test_a_client_that_says_nothing_is_closed(api: Api, endpoints: Endpoints) -> None:
    with serving(api, endpoints, never, connect_seconds=1) as url:
        address = url.replace("http", "ws") + "/graphql"
        with connect(address, subprotocols=PROTOCOL) as socket, pytest.raises(ConnectionClosed) as ended:
            socket.recv(timeout=PATIENCE)
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 4408
