"""A place to measure in: fresh databases in a temporary folder, and our own commands as processes on them.

Everything ends with the block that opened it, or with this process however that ends: servers by
`owner_pid`, commands by their standard input.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from app import main
from app.api.tokens import new_token, store_token
from app.config import Settings
from app.errors import PolygraphError
from app.local import BENCH, LocalStack, default_cache
from app.migrate import ensure

PROFILE = BENCH
"""Every measurement is made with it, and says so."""
_STARTS_WITHIN = 60.0
_ENDS_WITHIN = 20.0
_STUCK_AFTER = 300.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Databases that are up, with the schema in place and nothing else."""

    folder: Path
    settings: Settings
    services: main.Services
    environment: Mapping[str, str]
    _started: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)

    def start(self, name: str, *arguments: str, **settings: str) -> int:
        """Start one of our own commands with these settings and return its process id."""
        environment = {name: value for name, value in self.environment.items() if not name.startswith("POLYGRAPH_")}
        environment |= {f"POLYGRAPH_{key.upper()}": value for key, value in settings.items()}
        environment["POLYGRAPH_HOME"] = str(self.folder)
        with self._log(name).open("ab") as out:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "app.cli", name, *arguments, "--with-parent"],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                # Ctrl-C is this process's to hear; the others end with it, in order.
                start_new_session=True,
            )
        self._started.append((name, process))
        return process.pid

    def start_worker(self, workers: int) -> int:
        """Start worker and detector, as `polygraph work` does."""
        return self.start("work", "--workers", str(workers))

    def start_api(self) -> str:
        """Start the API and return its address."""
        self.start("serve", "--port", "0")
        deadline = time.monotonic() + _STARTS_WITHIN
        while time.monotonic() < deadline:
            self.look()
            with suppress(OSError, ValueError, KeyError):
                return str(json.loads((self.folder / "api.json").read_text())["url"])
            time.sleep(0.05)
        raise PolygraphError(f"the API did not start within {_STARTS_WITHIN:g} s")

    def token(self) -> str:
        """Return a token for the API."""
        token = new_token()
        store_token(self.services.graph, self.services.queries, "bench", "admin", token)
        return token

    def settle(self, each: Callable[[int], None] = lambda left: None, every: float = 0.25) -> None:
        """Wait until all that was sent is written and evaluated; `each` is told how many events are left."""
        stream = self.services.stream
        before, since = stream.standing(), time.monotonic()
        while not stream.wait_until_idle(every):
            self.look()
            standing = stream.standing()
            each(standing.events)
            if standing != before:
                before, since = standing, time.monotonic()
            elif time.monotonic() - since > _STUCK_AFTER:
                raise PolygraphError(f"nothing is written any more; {standing.events} events wait")

    def look(self) -> None:
        """Raise PolygraphError that quotes the log of a command that ended."""
        for name, process in self._started:
            if process.poll() is not None:
                lines = self._log(name).read_text(errors="replace").strip().splitlines()
                raise PolygraphError(f"`polygraph {name}` ended: {lines[-1] if lines else 'it said nothing'}")

    def log_lines(self, name: str, *words: str) -> int:
        """Return how many lines of a command's log hold one of these words."""
        with suppress(OSError):
            lines = self._log(name).read_text(errors="replace").splitlines()
            return sum(any(word in line.lower() for word in words) for line in lines)
        return 0

    def stop(self) -> None:
        """End all commands; what they have begun is finished."""
        for _, process in self._started:
            if process.stdin:
                process.stdin.close()
        for _, process in self._started:
            try:
                process.wait(_ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._started.clear()

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@contextmanager
def fresh(environment: Mapping[str, str], say: Say = lambda text: None) -> Iterator[Place]:
    """Start a Neo4j and a Redis that nothing was ever stored in; both are deleted with the block."""
    with TemporaryDirectory(prefix="polygraph-bench-") as parent:
        stack = LocalStack(Path(parent) / "stack", cache=default_cache(environment))
        try:
            up = stack.up(profile=PROFILE, owner_pid=os.getpid(), progress=say)
            settings = Settings.from_env(
                {},
                neo4j_uri=up.neo4j_uri,
                neo4j_user=up.neo4j_user,
                neo4j_password=SecretStr(up.neo4j_password),
                redis_url=up.redis_url,
            )
            with main.services(settings) as given:
                ensure(given.graph, given.schema)
                given.stream.open()
                place = Place(stack.folder, settings, given, environment)
                try:
                    yield place
                finally:
                    place.stop()
        finally:
            stack.down(delete=True)


def conditions() -> dict[str, object]:
    """Return what every result depends on, to be told with it."""
    return {
        "profile": PROFILE.name,
        "java": list(PROFILE.java),
        "heap_mb": PROFILE.heap,
        "page_cache_mb": PROFILE.page_cache,
        "cores": os.cpu_count(),
        "python": sys.version.partition(" ")[0],
        "load_average": round(os.getloadavg()[0], 2),
    }
