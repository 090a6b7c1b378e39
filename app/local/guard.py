"""Start one server, on record, and end it when its owner ends.

Run by `process.launch` as a script of its own (`python -I guard.py`, the order as JSON on standard input), so
it imports nothing of ours. It returns as soon as the server is on record and running:

- without an owner it *becomes* the server, in a session of its own, which outlives whoever asked for it;
- with an owner it stays between the two. The server asks the kernel to be killed when this process dies, and
  this process looks four times a second whether the owner is still the one that asked.

The record (pid and start time) is written by the process that becomes the server, before it does, and the
lock of the stack is held until then, even if whoever asked is killed meanwhile: there is no moment at which a
server runs, or is about to, that nobody can know of.
"""

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn, TypedDict

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY = 0.25
_PATIENCE = 2.5  # seconds from SIGTERM to SIGKILL once the owner is gone


class Order(TypedDict):
    """What to start; `owner` is a pid and its start time, `lock` a file that is locked as long as it is open."""

    argv: list[str]
    environment: dict[str, str]
    folder: str
    log: str
    record: str
    lock: int
    owner: tuple[int, int] | None


def _stat(pid: int) -> list[bytes]:
    """Return the fields of /proc/<pid>/stat from the state on; none when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return []
    # The name in parentheses is the program's to choose, so fields are counted from the last one.
    return stat[stat.rindex(b")") + 2 :].split()


def is_zombie(pid: int) -> bool:
    """Tell whether a process has ended as far as it can; threads of it may still be about."""
    return _stat(pid)[:1] in ([b"Z"], [b"X"])


def start_time(pid: int) -> int | None:
    """Return when a running process started, in clock ticks since boot; None when it does not run.

    With the pid it names a process for as long as the machine is up: pids are reused, such pairs are not.
    """
    fields = _stat(pid)
    # Of a zombie only the exit code is left, unless threads are still about: they keep its ports and files.
    if not fields or (fields[0] in b"ZX" and int(fields[17]) <= 1):
        return None
    return int(fields[19])


def _become(order: Order, tell: int) -> NoReturn:
    """Write the record, then turn into the server."""
    record = Path(order["record"])
    draft = record.with_suffix(".draft")
    draft.write_text(json.dumps({"pid": os.getpid(), "started": start_time(os.getpid())}))
    draft.replace(record)
    os.write(tell, b"+")
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and that would be inherited
    try:
        os.execve(order["argv"][0], order["argv"], order["environment"])  # noqa: S606 (no shell is the point)
    except OSError as error:
        os.write(2, f"ERROR cannot run {order['argv'][0]}: {error.strerror}\n".encode())
    os._exit(127)


def _watch(server: int, owner: tuple[int, int]) -> None:
    """Wait until the server ends, or see to it that it does when the owner is gone."""
    kill_at: float | None = None
    while os.waitpid(server, os.WNOHANG) == (0, 0):
        if kill_at is None and start_time(owner[0]) != owner[1]:
            os.kill(server, signal.SIGTERM)
            kill_at = time.monotonic() + _PATIENCE
        elif kill_at is not None and time.monotonic() > kill_at:
            os.kill(server, signal.SIGKILL)
        time.sleep(_LOOK_EVERY)


def _serve(order: Order, tell: int) -> NoReturn:
    """Leave the terminal and start the server, below this process or in its place."""
    os.setsid()
    os.umask(0o077)
    os.chdir(order["folder"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    owner = order["owner"]
    if owner is None:
        _become(order, tell)
    guard = os.getpid()
    server = os.fork()
    if server == 0:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # The guard may have died before the kernel knew what to do about it.
        if os.getppid() != guard:
            os._exit(1)
        _become(order, tell)
    os.close(tell)
    os.close(order["lock"])
    _watch(server, owner)
    os._exit(0)


def main() -> NoReturn:
    """Start what standard input orders; exit 0 once it is on record and running."""
    order: Order = json.load(sys.stdin)
    os.set_inheritable(order["lock"], False)  # the server itself does not keep it
    told, tell = os.pipe()
    if os.fork() == 0:
        os.close(told)
        try:
            _serve(order, tell)
        except OSError as error:
            os.write(2, f"ERROR {error}\n".encode())
        os._exit(1)
    os.close(tell)
    recorded = os.read(told, 1)
    # The pipe closes when the last holder becomes the server: from then on its command line is its own.
    os.read(told, 1)
    os._exit(0 if recorded else 1)


if __name__ == "__main__":
    main()
