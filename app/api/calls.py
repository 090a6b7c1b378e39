"""Calls of a cloud's or a cluster's API, and who made them."""

import strawberry

from app.api.context import Info
from app.api.entities import Entity, Image, IpAddress, linked, one_linked
from app.api.fields import resolved
from app.api.scalars import DateTime


@strawberry.type
class Identity(Entity):
    """The label Identity."""

    provider: str
    account: str
    principal: str
    name: str
    type: str | None


@strawberry.type
class Api(Entity):
    """The label Api."""

    provider: str
    service: str
    operation: str


@strawberry.type
class Region(Entity):
    """The label Region."""

    provider: str
    name: str


@strawberry.type
class CloudResource(Entity):
    """The label CloudResource."""

    provider: str
    account: str
    name: str


@strawberry.type
class ApiCall(Entity):
    """The label ApiCall."""

    provider: str
    account: str
    native_id: str
    at: DateTime
    service: str
    operation: str
    authenticated: bool
    identity: str
    session: str | None
    access_key: str | None
    region: str | None
    remote_name: str | None
    user_agent: str | None
    error: str | None
    read_only: bool | None
    mfa: bool | None
    command: str | None
    flags: list[str] | None

    @resolved("Who made it; sessions of one role are one identity.")
    async def made_by(self, info: Info) -> Identity | None:
        """Return the identity."""
        identity: Identity | None = await one_linked(info, self.id, "MADE")
        return identity

    @resolved("The address that called.")
    async def came_from(self, info: Info) -> IpAddress | None:
        """Return the address."""
        address: IpAddress | None = await one_linked(info, self.id, "CAME_FROM")
        return address

    @resolved("What the request names.")
    async def acted_on(self, info: Info) -> list[CloudResource]:
        """Return the resources."""
        return await linked(info, self.id, "ACTED_ON")

    @resolved("Container images that what it created or changed is to run.")
    async def deployed(self, info: Info) -> list[Image]:
        """Return the images."""
        return await linked(info, self.id, "DEPLOYED")
