"""What a resolver finds at hand: who asks, and the loaders of the operation."""

from dataclasses import dataclass
from typing import TypeAlias

import strawberry
from strawberry.fastapi import BaseContext

from app.api.errors import ApiError, Code
from app.api.feed import Feed
from app.api.loaders import Loaders
from app.api.metrics import ApiMetrics
from app.api.services import ApiServices, Reader
from app.api.tokens import Actor, Tokens


@dataclass(frozen=True, slots=True)
class Shared:
    """What all requests of one app share."""

    services: ApiServices
    tokens: Tokens
    feed: Feed
    metrics: ApiMetrics


class Context(BaseContext):
    """The context of a request, or of a WebSocket and all operations on it."""

    def __init__(self, shared: Shared, actor: Actor | None, authorization: str | None) -> None:
        super().__init__()
        self.shared = shared
        self.services = shared.services
        self.authorization = authorization
        self._actor = actor
        self.renew()

    def renew(self) -> None:
        """Read afresh and start the clock: an operation, or an event of a subscription, begins."""
        self.reader = Reader(self.services, self.shared.metrics.statement)
        self.forget()

    def forget(self) -> None:
        """Forget what was read: something was written since."""
        self.loaders = Loaders(self.reader)

    @property
    def actor(self) -> Actor:
        """Return who asks."""
        if self._actor is None:
            raise ApiError(Code.UNAUTHENTICATED, "send connection_init with an Authorization first")
        return self._actor

    async def authenticate(self, authorization: str | None) -> bool:
        """Take in who a WebSocket's client says it is; tell whether that is somebody."""
        self.authorization = authorization
        self._actor = await self.shared.tokens.actor(authorization)
        return self._actor is not None

    async def still_allowed(self) -> None:
        """Raise ApiError when the token of a long connection was withdrawn meanwhile."""
        if await self.shared.tokens.actor(self.authorization) is None:
            raise ApiError(Code.UNAUTHENTICATED, "the token no longer holds: connect again with another")


Info: TypeAlias = strawberry.Info[Context, None]
