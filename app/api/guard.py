"""The door: no request gets further without a token, and none with a body without end.

Plain ASGI, before anything else is reached. A WebSocket may say who it is in its handshake or in
`connection_init`, so it is let in here and asked there (`app`).
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from app.api.errors import Code, body
from app.api.limits import Limits
from app.api.metrics import ApiMetrics
from app.api.tokens import Tokens
from app.errors import GraphUnavailable

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN = frozenset(("/healthz", "/readyz"))
"""Paths for orchestrators: they say that it runs, and no more."""

WHO = (
    "send `Authorization: Bearer <token>` with a token of this deployment; "
    "`polygraph local up` makes one for the local stack"
)


class _TooBig(Exception):
    """The body is longer than a request's may be."""


class Guard:
    """Wraps an app."""

    def __init__(self, app: App, tokens: Tokens, metrics: ApiMetrics, limits: Limits, *, development: bool) -> None:
        self._app = app
        self._tokens = tokens
        self._metrics = metrics
        self._limits = limits
        self._development = development

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why not."""
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        if not self._is_page(scope):
            try:
                actor = await self._tokens.actor(header(scope, b"authorization"))
            except GraphUnavailable:
                await self._refuse(send, 503, Code.UNAVAILABLE, "the graph does not answer: try again in some seconds")
                return
            if actor is None:
                await self._refuse(send, 401, Code.UNAUTHENTICATED, WHO)
                return
            scope.setdefault("state", {})["actor"] = actor
        await self._bounded(scope, receive, send)

    def _is_page(self, scope: Scope) -> bool:
        """Tell whether this asks for GraphiQL, which holds no data and asks for a token itself."""
        asks = scope["method"] == "GET" and scope["path"].rstrip("/") == "/graphql" and not scope["query_string"]
        return self._development and asks and "text/html" in (header(scope, b"accept") or "")

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._limits.body_bytes
        begun = False
        read = 0

        async def receiving() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise _TooBig
            return message

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *_SAFE]}
            await send(message)

        said = header(scope, b"content-length") or "0"
        try:
            if not said.isdigit() or int(said) > limit:
                raise _TooBig
            await self._app(scope, receiving, sending)
        except _TooBig:
            if begun:
                raise
            text = f"the body is longer than {limit} bytes: send less, and long values one by one"
            await self._refuse(send, 413, Code.LIMIT_EXCEEDED, text)

    async def _refuse(self, send: Send, status: int, code: Code, text: str) -> None:
        self._metrics.refused(code.value)
        content = json.dumps(body(code, text)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode()), *_SAFE]
        if status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        if status == 503:
            headers.append((b"retry-after", b"5"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


_SAFE = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"), (b"referrer-policy", b"no-referrer")]


def header(scope: Scope, name: bytes) -> str | None:
    """Return a request's header; None when there is none, or more than one."""
    found = [value for key, value in scope["headers"] if key.lower() == name]
    return found[0].decode("latin-1") if len(found) == 1 else None
