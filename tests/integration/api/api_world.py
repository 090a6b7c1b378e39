"""A small world in the graph and an API over it, for the tests of the API.

The world is told by events through the real writer and detector: the gs-netcat story in small, a row of
hosts with one new application each, names that an attacker might choose, a process that two sensors saw.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from app import cases
from app.api.app import ApiServices, build
from app.api.limits import Limits
from app.api.tokens import new_token, store_token
from app.cases import CompositeCase
from app.changes import Change
from app.config import Settings
from app.detect import EVER, Detector, Tuning
from app.events import AnyEvent, ConnectionOut, LoggedIn, ProcessStarted
from app.graph import AsyncGraph, Graph, Row
from app.local import Endpoints
from app.project import Naming
from app.queries import Queries
from app.schema import Schema
from app.writer import Writer

DAY = 86_400_000
START = 100 * DAY
"""The story's day."""
MINUTE = 60_000
HOSTS = 24
HOSTILE = (
    "/tmp/o'brien\"\\",
    "/tmp/'}) DETACH DELETE n; MATCH (m",
    "/tmp/<script>alert(1)</script>",
    "/tmp/\u202egpj.exe\u2066",
    "/tmp/nul\x00and\x1b[31mred",
    "/tmp/" + "x" * 4_090,
    "/tmp/{message}${jndi:ldap:x}",
)


def story() -> CompositeCase:
    return cases.read(cases.FOLDER / "composites/potentially_compromised_host.toml", CompositeCase)


def events() -> list[AnyEvent]:
    told = list(cases.telling(story()).events)
    for number in range(HOSTS):
        at = START + number * MINUTE
        told.append(ProcessStarted(at=at, host=f"node-{number:02}", pid=7, binary=f"/opt/tool-{number:02}", user="ops"))
    for number, name in enumerate(HOSTILE):
        at = START + 2 * 3_600_000 + number * MINUTE
        acts: dict[str, Any] = {"binary": name, "args": (name, name), "user": name[5:30]}
        told.append(ProcessStarted(at=at, host="odd", pid=100 + number, **acts))
    told += family()
    return told


def family() -> list[AnyEvent]:
    """A login, a shell and its child, the child seen by two sensors."""
    at = START + 5 * 3_600_000
    login: dict[str, Any] = {"login_user": "eve", "login_uid": 1234, "session": "42"}
    seen: dict[str, Any] = {"host": "twin", "user": "eve", "uid": 1234, **login}
    bash = {"parent_pid": 50, "parent_binary": "/bin/bash", "parent_started_at": at + 2}
    return [
        LoggedIn(at=at, host="twin", user="eve", uid=1234, session="42", method="sshd", remote_ip="198.18.0.9"),
        ProcessStarted(at=at + 1, pid=40, binary="/usr/sbin/sshd", host="twin", uid=0),
        ProcessStarted(
            at=at + 2, pid=50, binary="/bin/bash", parent_pid=40, parent_binary="/usr/sbin/sshd",
            parent_started_at=at + 1, **seen,
        ),
        ProcessStarted(at=at + 100, pid=60, binary="/opt/seen-twice", command="seen-twice --now", **seen, **bash),
        ProcessStarted(at=at + 150, pid=60, binary="/opt/seen-twice", sensor="other", cwd="/srv", **seen),
        ConnectionOut(
            at=at + 5_000, pid=60, binary="/opt/seen-twice", sensor="other", started_at=at + 150, remote_ip="8.8.4.9",
            remote_port=443, **seen,
        ),
    ]  # fmt: skip


class World:
    """Writes events as the worker would, and lets detection look."""

    def __init__(self, graph: Graph, declared: Schema, asked: Queries) -> None:
        self.graph = graph
        self.writer = Writer(graph, declared, asked, Naming())
        self.detector = Detector(graph, declared, asked, Tuning(learning=0), now=lambda: EVER)

    def tell(self, *told: AnyEvent) -> Change:
        return self.detector.evaluate(self.writer.write(told))

    def begin(self) -> None:
        """Tell the world, unless it stands there yet from another module: telling takes some seconds."""
        if self.graph.read("MATCH (mark:Feed {id: 'the world of the API tests'}) RETURN 1"):
            return
        self.graph.command(
            "MATCH (node) WHERE NOT node:Token CALL (node) { DETACH DELETE node } IN TRANSACTIONS OF 1000 ROWS"
        )
        told = events()
        past = [one for one in told if one.at < START]
        touched = self.writer.write(past) | self.writer.write([one for one in told if one.at >= START])
        self.detector.evaluate(touched | self.writer.know(cases.telling(story()).indicators, at=EVER))
        self.graph.command("CREATE (:Feed {id: 'the world of the API tests'})")

    def one(self, statement: str, **parameters: object) -> Any:
        [row] = self.graph.read(statement, parameters)
        [value] = row.values()
        return value


PATIENT = {"statement_seconds": 60.0, "request_seconds": 120.0}
"""A plan that nobody asked for before may take seconds where tests share a machine."""


class CountingGraph(AsyncGraph):
    """The graph, with its statements counted and, where a test wants, standing still."""

    statements = 0
    delay = 0.0

    async def read(self, statement: str, *args: Any, **given: Any) -> list[Row]:
        # Whose a token is, is remembered for some seconds: no part of an answer's cost.
        self.statements += "token:Token" not in statement
        await asyncio.sleep(self.delay)
        return await super().read(statement, *args, **given)

    async def write(self, *args: Any, **given: Any) -> list[Row]:
        self.statements += 1
        return await super().write(*args, **given)


class Api:
    """An app in this process, and a client that holds a token."""

    def __init__(self, endpoints: Endpoints, declared: Schema, asked: Queries, **given: Any) -> None:
        self.runner = asyncio.Runner()
        self.woken: list[str] = []
        self.published: list[Change] = []
        self.now = EVER - DAY
        self.graph = self.runner.run(self._opened(endpoints))
        settings = Settings(development=given.pop("development", False))
        self.services = ApiServices(
            graph=self.graph, queries=asked, schema=declared, settings=settings, now=self.clock, changes=never,
            wake=self._wake, ping=self._ping, publish=self._publish, limits=Limits(**PATIENT | given),
        )  # fmt: skip
        self.app = build(self.services)
        self.token = new_token()
        with Graph(endpoints.neo4j_uri, endpoints.neo4j_user, endpoints.neo4j_password) as graph:
            store_token(graph, asked, "ann", "admin", self.token)

    async def _opened(self, at: Endpoints) -> CountingGraph:
        return CountingGraph(at.neo4j_uri, at.neo4j_user, at.neo4j_password)

    def clock(self) -> int:
        self.now += 1
        return self.now

    async def _wake(self, host: str) -> None:
        self.woken.append(host)

    async def _ping(self) -> None:
        pass

    async def _publish(self, change: Change) -> None:
        self.published.append(change)

    def send(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **given: Any) -> httpx.Response:
        """Send any request; with the token unless headers are given."""

        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
                said = {"Authorization": f"Bearer {self.token}"} if headers is None else dict(headers)
                return await client.request(method, path, headers=said, **given)

        return self.runner.run(sent())

    def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        """Return the whole answer."""
        self.graph.statements = 0
        # The standard library's JSON is ASCII, so that a lone surrogate can be sent.
        content = json.dumps({"query": document, "variables": variables})
        answer: dict[str, Any] = self.send("POST", "/graphql", content=content, headers=self.headers()).json()
        return answer

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """Return the data of an answer without errors."""
        answer = self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def refused(self, document: str, **variables: Any) -> tuple[str, str]:
        """Return code and text of the one error."""
        [error] = self.answer(document, **variables)["errors"]
        return error["extensions"]["code"], error["message"]

    def close(self) -> None:
        self.runner.run(self.graph.close())
        self.runner.close()


async def never() -> AsyncIterator[Change]:
    await asyncio.Event().wait()
    yield Change()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds
