"""A real Neo4j and a real Redis in one folder, by package manager alone.

Whatever needs databases (the demo, the tests, `polygraph local`) asks here for `Endpoints`. This knows
nothing of events or graphs.

Anything may be killed at any time, because what runs is on record before it runs (`guard`), and a record
counts only while pid, start time and command line agree (`process`): what a crash left behind is nobody's.
"""

import fcntl
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from os import fstat
from pathlib import Path
from typing import IO

import msgspec

from app.errors import LocalStackError
from app.local.jars import default_cache, ready
from app.local.neo4j_server import THRIFTY, Neo4jServer, Profile
from app.local.process import Command, Handle, Owner, free_port, is_free, launch, listens
from app.local.redis_server import Fsync, RedisServer, redis_binary
from app.local.state import Endpoints, PartName, State

_START_WITHIN = 180.0  # seconds; a Neo4j that recovers from a crash reads its log first
_STOP_WITHIN = 60.0
_PORTS_TRIED = 6


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One server: `up` when it listens and answers, `pid` alone when it only runs."""

    name: PartName
    up: bool
    pid: int | None
    port: int | None
    version: str
    folder: Path
    log: Path


@dataclass(frozen=True, slots=True)
class Status:
    """The whole stack; `up` when all of it is."""

    folder: Path
    up: bool
    parts: tuple[PartStatus, ...]


@dataclass(frozen=True, slots=True)
class _Start:
    """How to start one server on a port that is known only later."""

    part: PartName
    command: Callable[[int], Command]


@dataclass(frozen=True, slots=True)
class _Call:
    """What one call of `up` has for all that it starts."""

    owner: Owner | None
    progress: Callable[[str], None]
    lock: int


def default_folder(env: Mapping[str, str]) -> Path:
    """Return the folder of the user's own stack."""
    if own := env.get("POLYGRAPH_HOME"):
        return Path(own)
    return Path(env.get("HOME") or Path.home()) / ".local" / "share" / "polygraph" / "local"


def find(folder: Path) -> Endpoints | None:
    """Return the endpoints of the stack in `folder` if it is up; start nothing."""
    return LocalStack(folder).find()


class LocalStack:
    """Neo4j and Redis in `folder`, which holds all of theirs but the jars: all stacks share `cache`."""

    def __init__(self, folder: Path, *, cache: Path | None = None, choose_port: Callable[[], int] = free_port) -> None:
        self.folder = folder.expanduser().resolve()
        self._cache = cache or default_cache({})
        self._choose_port = choose_port
        self._file = self.folder / "stack.json"
        self._neo4j = Neo4jServer(self.folder / "neo4j")
        self._redis = RedisServer(self.folder / "redis")

    @property
    def exists(self) -> bool:
        """Tell whether there is a stack in the folder, up or down."""
        return self._file.exists()

    def up(
        self,
        *,
        profile: Profile = THRIFTY,
        fsync: Fsync = "always",
        owner_pid: int | None = None,
        progress: Callable[[str], None] = lambda _: None,
    ) -> Endpoints:
        """Start what does not run and return where everything is.

        Servers that run are taken as they are, profile and owner included. With `owner_pid`, what is started
        here ends when that process does, however it ends; without, it runs until `down`.
        """
        if sys.platform != "linux":
            raise LocalStackError(
                "the local stack needs Linux: use docker/compose.yaml, or set POLYGRAPH_NEO4J_URI and "
                "POLYGRAPH_REDIS_URL to servers that run"
            )
        owner = None if owner_pid is None else Owner.of(owner_pid)
        with self._alone() as lock:
            call = _Call(owner, progress, lock)
            begun: list[_Start] = []
            try:
                if not self._settled("redis"):
                    begun.append(self._begin_redis(fsync, call))
                if not self._settled("neo4j"):
                    begun.append(self._begin_neo4j(profile, call))
                for start in begun:
                    self._finish(start, call)
            except BaseException:
                for start in begun:
                    self._handle(start.part).stop(5)
                raise
            return self._state().endpoints

    def down(self, *, delete: bool = False) -> None:
        """Stop what runs; with `delete`, remove the folder and all that was stored in it."""
        if not self.exists:
            return
        with self._alone():
            self._neo4j.handle.stop(_STOP_WITHIN)
            self._redis.handle.stop(_STOP_WITHIN)
            if delete:
                # The sign that the folder is ours goes last, so that an interrupted deletion can be repeated.
                for entry in sorted(self.folder.iterdir(), key=lambda path: path == self._file):
                    shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
                self.folder.rmdir()

    def kill(self, part: PartName) -> None:
        """Kill one server as a crash would; `up` brings it back on the same port, with the same password."""
        self._handle(part).kill()

    def find(self) -> Endpoints | None:
        """Return the endpoints if all is up; start nothing."""
        state = State.read(self._file)
        if state is None or not (self._answers("neo4j", state) and self._answers("redis", state)):
            return None
        return state.endpoints

    def status(self) -> Status:
        """Tell what runs, and where."""
        state = State.read(self._file)
        parts = (
            self._part_status("neo4j", state, self._neo4j.version),
            self._part_status("redis", state, state.redis_version if state else ""),
        )
        return Status(self.folder, all(part.up for part in parts), parts)

    def _part_status(self, part: PartName, state: State | None, version: str) -> PartStatus:
        server = self._server(part)
        return PartStatus(
            name=part,
            up=state is not None and self._answers(part, state),
            pid=server.handle.pid(),
            port=state.port(part) if state else None,
            version=version,
            folder=server.home,
            log=server.log,
        )

    def _begin_redis(self, fsync: Fsync, call: _Call) -> _Start:
        binary, version = redis_binary()
        call.progress(f"starting Redis {version}")
        state = msgspec.structs.replace(self._state(), redis_version=version)
        state.write(self._file)
        start = _Start("redis", lambda port: self._redis.command(binary, port, state.redis_password, fsync))
        self._launch(start, state.redis_port, call)
        return start

    def _begin_neo4j(self, profile: Profile, call: _Call) -> _Start:
        jars = ready(self._cache, call.progress)
        call.progress(f"starting Neo4j {self._neo4j.version}")
        state = self._state()
        self._neo4j.prepare(jars, state.neo4j_password, call.lock)
        start = _Start("neo4j", lambda port: self._neo4j.command(jars, port, profile))
        self._launch(start, state.neo4j_port, call)
        return start

    def _launch(self, start: _Start, port: int, call: _Call) -> None:
        """Start a server on `port`, or on another when that is taken."""
        if not is_free(port):
            port = self._choose_port()
        self._state().moved(start.part, port).write(self._file)
        launch(start.command(port), self._handle(start.part), call.owner, call.lock)

    def _finish(self, start: _Start, call: _Call) -> None:
        """Wait until a server answers; one that found its port taken is started on another."""
        for _ in range(_PORTS_TRIED):
            if self._settled(start.part):
                return
            server = self._server(start.part)
            if "ddress already in use" not in server.log.read_text(errors="replace"):
                raise LocalStackError(f"{start.part} does not start: {server.complaint()} (more in {server.log})")
            self._launch(start, self._choose_port(), call)
        raise LocalStackError(f"{start.part} found {_PORTS_TRIED} ports taken one after the other")

    def _settled(self, part: PartName) -> bool:
        """Wait while a server runs and does not answer yet; False when it ended or never will."""
        deadline = time.monotonic() + _START_WITHIN
        state = self._state()
        while time.monotonic() < deadline and self._handle(part).pid() is not None:
            if self._answers(part, state):
                return True
            time.sleep(0.05)
        self._handle(part).stop(5)
        return False

    def _answers(self, part: PartName, state: State) -> bool:
        pid, port = self._handle(part).pid(), state.port(part)
        if pid is None or not listens(pid, port):
            return False
        if part == "neo4j":
            return self._neo4j.answers(port)
        return self._redis.answers(port, state.redis_password)

    def _server(self, part: PartName) -> Neo4jServer | RedisServer:
        return self._neo4j if part == "neo4j" else self._redis

    def _handle(self, part: PartName) -> Handle:
        return self._server(part).handle

    def _state(self) -> State:
        """Return what is kept of this stack, or take the folder for a new one."""
        if state := State.read(self._file):
            return state
        state = State.new(self._choose_port)
        state.write(self._file)
        return state

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Let one process at a time change this stack; the next finds what it did. Yields the locked file."""
        lock = self.folder / "lock"
        with self._locked(lock) as file:
            if not self._file.exists() and any(entry != lock for entry in self.folder.iterdir()):
                lock.unlink()
                raise LocalStackError(f"{self.folder} holds something else: name an empty folder")
            yield file.fileno()

    def _locked(self, lock: Path) -> IO[str]:
        """Return the file, locked until it is closed."""
        while True:
            # Whoever had the lock may have deleted the folder at any step: then all is done once more.
            with suppress(FileNotFoundError):
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                file = lock.open("w")
                fcntl.flock(file, fcntl.LOCK_EX)
                if lock.stat().st_ino == fstat(file.fileno()).st_ino:
                    return file
                file.close()
