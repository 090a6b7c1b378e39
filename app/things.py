"""Nodes by what names them: their id, and what of the key is stored.

Pure; what the projections (`project`, `cloud`) share. Who is who is `identity`'s to say.
"""

from dataclasses import dataclass
from functools import lru_cache

from app import identity
from app.identity import Network
from app.ids import clean, ident
from app.rows import NodeRow, Values

_LONGEST_NAME = 255
"""Characters kept of names of hosts, sensors, protocols and files: no real one is longer."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A node's id and what its key fixes."""

    label: str
    id: str
    fixed: Values

    def row(self, at: int | None = None, by: str | None = None, merged: Values | None = None) -> NodeRow:
        """Return the node as one event shows it; with `by` it is a sighting."""
        return NodeRow(self.label, self.id, self.fixed, at, by, merged)


def once(label: str, **key: str | int | bool) -> Thing:
    """Return what a key names: its id is of the whole key, and what is stored of it is made safe."""
    fixed = {name: clean(value) if isinstance(value, str) else value for name, value in key.items()}
    if "host" in fixed:
        fixed["host"] = short(str(key["host"]))
    return Thing(label, ident.__wrapped__(label, *(str(value) for value in key.values())), fixed)


of = lru_cache(maxsize=16384)(once)
"""The same, remembered: for what more than one record names."""


@lru_cache(maxsize=4096)
def short(text: str) -> str:
    """Return a name that is short in life, cut so that the database takes it where it is indexed."""
    return clean(text, _LONGEST_NAME)


@lru_cache(maxsize=16384)
def address(text: str, internal: tuple[Network, ...]) -> Thing | None:
    """Return the address that a text is; None for none. `internal` are ranges that count as the user's own."""
    found = identity.address_of(text, internal)
    if found is None:
        return None
    return Thing("IpAddress", ident("IpAddress", found.ip), {"ip": found.ip, "external": found.external})


def image(text: str) -> tuple[Thing, list[str]] | None:
    """Return the image that a reference names, and the versions that it tells: tag and digest."""
    found = identity.image_of(text)
    if found is None:
        return None
    return of("Image", name=found.name), sorted(version for version in (found.tag, found.digest) if version)
