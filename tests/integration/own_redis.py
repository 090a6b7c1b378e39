"""A real Redis of a test's own, to be killed and brought back at will."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import redis

from app.local.process import free_port
from app.local.redis_server import redis_binary

_PR_SET_PDEATHSIG = 1


class OwnRedis:
    def __init__(self, folder: Path, fsync: Literal["everysec", "always"]) -> None:
        self._port = free_port()
        self._password = "of-this-test"
        self._server: subprocess.Popen[bytes] | None = None
        self._log = folder / "redis.log"
        self.folder = folder
        binary = os.environ.get("POLYGRAPH_TEST_REDIS_SERVER") or redis_binary()[0]
        settings = {
            "bind": "127.0.0.1",
            "port": str(self._port),
            "requirepass": self._password,
            "dir": str(folder),
            "appendonly": "yes",
            "appendfsync": fsync,
            "save": "",
        }
        self._command = [binary, *(word for name, value in settings.items() for word in (f"--{name}", value))]

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    @property
    def client(self) -> Any:
        return redis.Redis.from_url(self.url, protocol=2)

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(self._command, stdout=log, stderr=log, preexec_fn=_end_with_parent)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.client.ping()
                return
            except redis.RedisError:
                assert self._server.poll() is None, self._log.read_text()
                assert time.monotonic() < deadline, self._log.read_text()
                time.sleep(0.01)

    def kill(self) -> None:
        """End it as a crash would: kill -9, no goodbye."""
        assert self._server is not None
        self._server.kill()
        self._server.wait(10)

    def crash(self, pause: float = 0.0) -> None:
        self.kill()
        time.sleep(pause)
        self.start()


@contextmanager
def own_redis(folder: Path, fsync: Literal["everysec", "always"] = "always") -> Iterator[OwnRedis]:
    server = OwnRedis(folder, fsync)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _end_with_parent() -> None:
    # A test run that is killed leaves no server behind.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
