"""What a stack keeps between starts: ports and passwords, so that clients can come back.

Used by `stack`; knows neither processes nor servers. It is one file, `stack.json`, mode 0600, and also the
sign that a folder is ours: without it nothing is filled and nothing deleted.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from app.errors import LocalStackError
from app.local.process import LOOPBACK

PartName = Literal["neo4j", "redis"]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the servers are and what opens them; `redis_url` holds its password."""

    neo4j_uri: str
    neo4j_user: str
    neo4j_password: str
    redis_url: str


class State(msgspec.Struct, frozen=True):
    """The content of `stack.json`."""

    neo4j_port: int
    neo4j_password: str
    redis_port: int
    redis_password: str
    redis_version: str = ""

    @classmethod
    def new(cls, choose_port: Callable[[], int]) -> "State":
        """Choose ports and passwords."""
        # Hexadecimal: a leading hyphen would be an option to Neo4j's tool, other signs mean something in URLs.
        return cls(choose_port(), secrets.token_hex(20), choose_port(), secrets.token_hex(20))

    @classmethod
    def read(cls, file: Path) -> "State | None":
        """Return what was kept; None where there is no stack."""
        try:
            return msgspec.json.decode(file.read_bytes(), type=cls)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise LocalStackError(f"{file} cannot be read ({error}): its stack cannot be used") from error

    def write(self, file: Path) -> None:
        """Keep this, whole or not at all."""
        draft = file.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(self)))
        draft.replace(file)

    def port(self, part: PartName) -> int:
        """Return the port of a server."""
        return self.neo4j_port if part == "neo4j" else self.redis_port

    def moved(self, part: PartName, port: int) -> "State":
        """Return the same with one server on another port."""
        if part == "neo4j":
            return msgspec.structs.replace(self, neo4j_port=port)
        return msgspec.structs.replace(self, redis_port=port)

    @property
    def endpoints(self) -> Endpoints:
        """Return what a client needs."""
        return Endpoints(
            neo4j_uri=f"bolt://{LOOPBACK}:{self.neo4j_port}",
            neo4j_user="neo4j",
            neo4j_password=self.neo4j_password,
            redis_url=f"redis://:{self.redis_password}@{LOOPBACK}:{self.redis_port}/0",
        )
