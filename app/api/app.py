"""The API as an ASGI app: GraphQL over HTTP and WebSocket, health, metrics.

Nothing is built at import time: `build` takes what the app may use and returns it.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import cast

import msgspec
from cross_web import HTTPException
from fastapi import FastAPI, Request, Response
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket
from strawberry.exceptions import ConnectionRejectionError
from strawberry.fastapi import GraphQLRouter
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage

from app.api.context import Context, Shared
from app.api.errors import ApiError, Code, body
from app.api.feed import Feed
from app.api.guard import Guard, header
from app.api.metrics import ApiMetrics
from app.api.schema import graphql_schema
from app.api.services import ApiServices, warm
from app.api.tokens import Actor, Tokens
from app.errors import PolygraphError

__all__ = ["ApiServices", "build"]

_READY_WITHIN = 3.0
"""Seconds that each database has to answer `/readyz`."""


class Conversation(BaseGraphQLTransportWSHandler[Context, None]):
    """What is said on a WebSocket; a message that is malformed inside ends it as the protocol says."""

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begin an operation, unless there are too many at a time."""
        most = self.max_subscriptions_per_connection
        if self.connection_acknowledged and most is not None and len(self.operations) >= most:
            text = f"{most} operations at a time are the limit on one WebSocket: complete one, or open another"
            refusal = ApiError(Code.LIMIT_EXCEEDED, text)
            await self.send_message({"id": message["id"], "type": "error", "payload": [refusal.formatted]})
            return
        await super().handle_subscribe(message)

    async def handle_message(self, message: Message) -> None:
        """Answer a message."""
        try:
            await super().handle_message(message)
        except (TypeError, AttributeError):
            await self.handle_invalid_message("Failed to parse message")


class Endpoint(GraphQLRouter[Context, None]):
    """`/graphql`: what cannot be answered is answered as JSON too, and a WebSocket says who it is."""

    graphql_transport_ws_handler_class = Conversation

    # Its overloads in the library come to the same.
    async def run(  # type: ignore[override]
        self, request: Request | WebSocket, context: Context, root_value: None = None
    ) -> Response | WebSocket:
        """Answer a request."""
        try:
            return await super().run(request, context, root_value)
        except HTTPException as error:
            return JSONResponse(body(Code.BAD_USER_INPUT, error.reason), error.status_code)

    async def on_ws_connect(self, context: Context) -> dict[str, object] | None:
        """Let a WebSocket in whose handshake or `connection_init` names a token that holds."""
        said = context.connection_params
        named = said.get("Authorization") or said.get("authorization") if isinstance(said, dict) else None
        named = named if isinstance(named, str) else context.authorization
        try:
            known = await context.authenticate(named)
        except PolygraphError:
            known = False
        if not known:
            context.shared.metrics.refused(Code.UNAUTHENTICATED.value)
            raise ConnectionRejectionError
        return {}

    def decode_json(self, data: str | bytes) -> object:
        """Return a request or message that is a JSON object; all else is none."""
        try:
            read = json.loads(data)
        except (RecursionError, UnicodeDecodeError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from error
        if not isinstance(read, dict):
            raise json.JSONDecodeError("no object", "", 0)
        return read

    def encode_json(self, data: object) -> bytes:
        """Return an answer as JSON, several times faster than the standard library."""
        return msgspec.json.encode(data)


def build(services: ApiServices) -> FastAPI:
    """Return the app; its lifespan listens to changes."""
    limits, development = services.limits, services.settings.development
    metrics = ApiMetrics()
    shared = Shared(services, Tokens(services.graph, services.queries), Feed(services.changes, limits.backlog), metrics)

    async def context_of(connection: HTTPConnection) -> Context:
        actor = cast("Actor | None", connection.scope.get("state", {}).get("actor"))
        return Context(shared, actor, header(connection.scope, b"authorization"))

    endpoint = Endpoint(
        graphql_schema(services.schema, limits, development=development),
        path="/graphql",
        graphql_ide="graphiql" if development else None,
        allow_queries_via_get=False,
        context_getter=context_of,
        subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
        connection_init_wait_timeout=timedelta(seconds=limits.connect_seconds),
        max_subscriptions_per_connection=limits.operations,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(shared.feed.listen()), asyncio.create_task(warm(services))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    app = FastAPI(title="polygraph", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(endpoint)
    _add_operations(app, shared)
    app.add_middleware(
        Guard,
        tokens=shared.tokens,
        metrics=metrics,
        limits=limits,
        development=development,
    )
    return app


def _add_operations(app: FastAPI, shared: Shared) -> None:
    """Add what orchestrators and Prometheus ask; metrics need a token like everything that says something."""

    @app.get("/healthz")
    async def alive() -> Response:
        return JSONResponse({"alive": True})

    @app.get("/readyz")
    async def ready() -> Response:
        services = shared.services
        answers = await asyncio.gather(
            asyncio.wait_for(services.graph.verify(), _READY_WITHIN),
            asyncio.wait_for(services.ping(), _READY_WITHIN),
            return_exceptions=True,
        )
        said = dict(zip(("neo4j", "redis"), (answer is None for answer in answers), strict=True))
        return JSONResponse({"ready": all(said.values()), **said}, 200 if all(said.values()) else 503)

    @app.get("/metrics")
    async def counted() -> Response:
        return Response(shared.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
