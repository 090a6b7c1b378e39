"""Servers as processes: start, recognise, stop, and who listens on a port.

Downstream of `guard`, which it runs; knows neither Neo4j nor Redis. A process is signalled only when it is
the very one that was started here: same pid, same start time, and our folder among its arguments.
"""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from os import kill
from pathlib import Path

from app.errors import LocalStackError
from app.local import guard

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Command:
    """A server to start: its arguments, its whole environment, its working folder and where it may write."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    log: Path


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that servers must not outlive."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Owner":
        """Name the process that has this pid now."""
        started = guard.start_time(pid)
        if started is None:
            raise LocalStackError(f"process {pid}, which is to own the local stack, does not run")
        return cls(pid, started)


@dataclass(frozen=True, slots=True)
class Handle:
    """How a server is found again: its record, and the argument that no other program has."""

    record: Path
    mark: str

    def pid(self) -> int | None:
        """Return the pid of the server if it runs; None for a stale record, whoever has that pid by now."""
        try:
            record = json.loads(self.record.read_bytes())
            pid, started = int(record["pid"]), int(record["started"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        while guard.start_time(pid) == started:
            try:
                line = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                return None
            if line:
                return pid if self.mark.encode() in line.split(b"\0") else None
            if guard.is_zombie(pid):
                return pid  # dying; its ports and files are not free yet
            time.sleep(0.001)  # becoming another program just now
        return None

    def send(self, number: signal.Signals) -> bool:
        """Signal the server; False when there is none."""
        pid = self.pid()
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            kill(pid, number)
        return True

    def stop(self, patience: float) -> None:
        """End the server: asked first, killed after `patience` seconds."""
        self.send(signal.SIGTERM)
        if not self._gone_within(patience):
            self.kill()

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        self.send(signal.SIGKILL)
        if not self._gone_within(10):
            raise LocalStackError(f"process {self.pid()} does not end when killed; look at its state")

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.pid() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        self.record.unlink(missing_ok=True)
        return True


def launch(command: Command, handle: Handle, owner: Owner | None, lock: int) -> None:
    """Start a server; on return it is on record and has its own command line, ready or not.

    The locked file `lock` stays open until then, also when this process is killed first.
    """
    order: guard.Order = {
        "argv": list(command.argv),
        "environment": dict(command.environment),
        "folder": str(command.folder),
        "log": str(command.log),
        "record": str(handle.record),
        "lock": lock,
        "owner": (owner.pid, owner.started) if owner else None,
    }
    done = subprocess.run(  # noqa: S603 (our own interpreter and script)
        [sys.executable, "-I", str(Path(guard.__file__))],
        input=json.dumps(order).encode(),
        env={},
        pass_fds=(lock,),
        capture_output=True,
        timeout=60,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise LocalStackError(f"{command.argv[0]} was not started: {said[-1] if said else 'its guard died'}")


def free_port() -> int:
    """Choose a loopback port that nobody listens on now; somebody may before it is used."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        # As the servers do: connections that wait for their end do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def listens(pid: int, port: int) -> bool:
    """Tell whether it is this process that listens on the port, not one that was faster."""
    sockets = set()
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                # 0A is LISTEN; the local address ends in the port, in hexadecimal.
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    sockets.add(f"socket:[{fields[9]}]")
    if not sockets:
        return False
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if str(descriptor.readlink()) in sockets:
                    return True
    return False
