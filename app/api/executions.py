"""Processes, and the sessions and containers that they run in."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

from app.api.context import Info
from app.api.entities import Binary, Entity, Image, IpAddress, User, entity, linked, one_linked
from app.api.fields import resolved
from app.api.scalars import DateTime, Long

if TYPE_CHECKING:
    from app.api.hosts import Host

MOST_PARENTS = 6
"""Processes above one that `parents` names."""

LazyHost: TypeAlias = Annotated["Host", strawberry.lazy("app.api.hosts")]


@strawberry.type
class Container(Entity):
    """The label Container."""

    native_id: str
    name: str | None
    namespace: str | None

    @resolved("Where it runs.")
    async def host(self, info: Info) -> LazyHost | None:
        """Return the host."""
        host: Host | None = await one_linked(info, self.id, "ON")
        return host

    @resolved("The image that it was started from.")
    async def image(self, info: Info) -> Image | None:
        """Return the image."""
        image: Image | None = await one_linked(info, self.id, "FROM")
        return image


@strawberry.type
class Session(Entity):
    """The label Session."""

    native_id: str
    method: str | None

    @resolved("Where it was opened.")
    async def host(self, info: Info) -> LazyHost | None:
        """Return the host."""
        host: Host | None = await one_linked(info, self.id, "ON")
        return host

    @resolved("Its login user, whatever sudo did since.")
    async def user(self, info: Info) -> User | None:
        """Return the user."""
        user: User | None = await one_linked(info, self.id, "OPENED")
        return user

    @resolved("The addresses that logged in.")
    async def came_from(self, info: Info) -> list[IpAddress]:
        """Return the addresses."""
        return await linked(info, self.id, "CAME_FROM")


@strawberry.type
class Process(Entity):
    """The label Process; nodes that are one execution are one here."""

    sensor: str
    native_id: str
    pid: Long | None
    started_at: DateTime | None
    ended_at: DateTime | None
    executable: str | None
    command: str | None
    cwd: str | None
    login: str | None
    same_as: list[strawberry.ID] = strawberry.field(
        description="Ids of the other nodes that are the same execution, such as another sensor's; they answer too."
    )

    @resolved("Where it ran.")
    async def host(self, info: Info) -> LazyHost | None:
        """Return the host."""
        host: Host | None = await one_linked(info, self.id, "RAN_ON")
        return host

    @resolved("What it ran.")
    async def binary(self, info: Info) -> Binary | None:
        """Return the binary."""
        binary: Binary | None = await one_linked(info, self.id, "EXECUTED")
        return binary

    @resolved("The effective user that it ran as; the first of `users`.")
    async def user(self, info: Info) -> User | None:
        """Return the user."""
        user: User | None = await one_linked(info, self.id, "STARTED")
        return user

    @resolved("The effective users that it ran as; more than one when it changed.")
    async def users(self, info: Info) -> list[User]:
        """Return the users."""
        return await linked(info, self.id, "STARTED")

    @resolved("The login session that it belongs to.")
    async def session(self, info: Info) -> Session | None:
        """Return the session."""
        session: Session | None = await one_linked(info, self.id, "IN_SESSION")
        return session

    @resolved("The container that it runs in.")
    async def container(self, info: Info) -> Container | None:
        """Return the container."""
        container: Container | None = await one_linked(info, self.id, "IN")
        return container

    @resolved("The process that started it.")
    async def parent(self, info: Info) -> "Process | None":
        """Return the parent."""
        return await _parent(info, self.id)

    @resolved(f"The processes that it comes from, the nearest first, at most {MOST_PARENTS}.")
    async def parents(self, info: Info) -> list["Process"]:
        """Return the parents; each step is two statements, for however many rows."""
        found: dict[str, Process] = {}
        at: str = self.id
        while len(found) < MOST_PARENTS:
            parent = await _parent(info, at)
            if parent is None or parent.id in found or parent.id == self.id:
                break
            at = parent.id
            found[at] = parent
        return list(found.values())


async def _parent(info: Info, id: str) -> Process | None:
    links = await info.context.loaders.links.load(id)
    # A child may name its parent by a placeholder; what is known of the parent is on the node joined to it.
    nodes = await info.context.loaders.node.load_many([node.id for node in links.get("SPAWNED", ())])
    known = [node for node in nodes if node is not None]
    if not known:
        return None
    best = min(known, key=lambda node: (node.properties.get("started_at") is None, node.id))
    parent = entity(info.context.services.schema, best)
    return parent if isinstance(parent, Process) else None
