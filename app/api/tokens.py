"""API tokens: made here, shown once, stored as a hash.

A token has 256 random bits, so a plain SHA-256 is enough: there is nothing to guess at. Who it is of is
remembered for some seconds, so that a request costs no look-up and a withdrawn token still stops soon.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from time import monotonic

from app.graph import AsyncGraph, Graph
from app.ids import clean, ident
from app.queries import Queries

REMEMBERED = 10.0
"""Seconds for which a token that was found is not looked up again."""
_MOST_REMEMBERED = 1024
_SHAPE = re.compile(r"pgt_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks: the name and role of the token."""

    name: str
    role: str


def new_token() -> str:
    """Return a new token; nothing of it is stored."""
    return f"pgt_{secrets.token_urlsafe(32)}"


def hash_of(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _stored(name: str, role: str, token: str) -> dict[str, object]:
    digest = hash_of(token)
    return {"id": ident("Token", digest), "hash": digest, "name": clean(name, 200), "role": role}


def store_token(graph: Graph, queries: Queries, name: str, role: str, token: str) -> None:
    """Store whose a token is; storing it again changes nothing but the name and role."""
    statement, values = queries.views["store_token"].text, _stored(name, role, token)
    graph.write(lambda transaction: transaction.run(statement, values))


class Tokens:
    """Says whose a token is."""

    def __init__(self, graph: AsyncGraph, queries: Queries) -> None:
        self._graph = graph
        self._statement = queries.views["token"].text
        self._known: dict[str, tuple[Actor, float]] = {}

    async def actor(self, header: str | None) -> Actor | None:
        """Return who an `Authorization` header is of; None when it is of nobody."""
        scheme, _, token = (header or "").strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not _SHAPE.fullmatch(token):
            return None
        digest = hash_of(token)
        known = self._known.get(digest)
        if known is not None and monotonic() < known[1]:
            return known[0]
        self._known.pop(digest, None)
        actor = await self._look_up(digest)
        if actor is not None:
            while len(self._known) >= _MOST_REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[digest] = (actor, monotonic() + REMEMBERED)
        return actor

    async def _look_up(self, digest: str) -> Actor | None:
        for row in await self._graph.read(self._statement, {"id": ident("Token", digest)}):
            # Found by an id that is cut to 128 bits: the whole hash decides, in constant time.
            if hmac.compare_digest(str(row["hash"]), digest):
                return Actor(str(row["name"]), str(row["role"]))
        return None
