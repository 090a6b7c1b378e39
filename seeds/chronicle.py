"""What happened, before any sensor writes it down.

`Run` is one execution of a program, `Seen` one thing that a sensor would see. A chronicle collects
them in any order; `settle` sorts them and hands out the process ids, so that numbers grow with time on
each host as a kernel's do. `event_of` says each as the event that the sources should make of it. Knows
nothing of schedules or of the story.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, cast

from app.events import KINDS, AnyEvent, Event
from seeds.deployment import Host

Kind = Literal[
    "process_started", "process_ended", "connection_out", "connection_in", "port_listening",
    "name_resolved", "file_written", "file_hashed", "logged_in", "container_started",
]  # fmt: skip
SYSTEMD = "/usr/lib/systemd/systemd"
_SEEN_BY = {
    "tetragon": frozenset(("process_started", "process_ended", "connection_out")),
    "auditd": frozenset(("process_started", "connection_out", "connection_in")),
}
_LAST_PID_OF_BOOT = 380
_ROOM_BETWEEN = 24
_PROCTITLE_BYTES = 128
_CLASSES: dict[str, type[Event]] = {kind.KIND: kind for kind in KINDS}


@dataclass(slots=True, eq=False)
class Container:
    """One container: its id, what it was made from, and its name where the host has pods."""

    id: str
    image: str
    name: str
    started_at: int


@dataclass(slots=True, eq=False)
class Run:
    """One execution of a program. `pid` and `exec_id` are handed out by `Chronicle.settle`."""

    host: Host
    at: int
    binary: str
    argv: tuple[str, ...]
    uid: int
    parent: "Run | None" = None
    login: int | None = None
    session: int | None = None
    cwd: str = "/"
    container: Container | None = None
    setuid: bool = False
    told: bool = False
    """Part of a story, not of ordinary life."""
    pid: int = 0
    nanos: int = 0
    booted_at: int = 0

    @property
    def euid(self) -> int:
        """Return the effective user: root for a setuid program, whoever calls it."""
        return 0 if self.setuid else self.uid

    @property
    def exec_id(self) -> str:
        """Return Tetragon's id: node, nanoseconds since boot, pid."""
        ticks = (self.at - self.booted_at) * 1_000_000 + self.nanos
        return b64encode(f"{self.host.name}:{ticks}:{self.pid}".encode()).decode()


@dataclass(slots=True, eq=False)
class Seen:
    """One thing that happened, with what only its kind has in `more`."""

    at: int
    kind: Kind
    host: Host
    run: Run | None = None
    more: dict[str, Any] = field(default_factory=dict)
    told: bool = False
    """Part of a story, not of ordinary life."""
    late: bool = False
    """Arrives after everything else, whenever it happened."""

    @property
    def sensor(self) -> str:
        """Return who writes it down: the host's sensor, or polygraph's own shipper where that is blind."""
        return self.host.sensor if self.kind in _SEEN_BY[self.host.sensor] else "polygraph"


class Chronicle:
    """All that happened."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.telling = False
        """Whether what is added from now on belongs to a story."""
        self._boots: dict[str, list[Run]] = {}

    def fork(self) -> "Chronicle":
        """Return a chronicle of the same things, to which others can be added."""
        other = Chronicle()
        other.seen = list(self.seen)
        other._boots = self._boots
        return other

    def boot(self, host: Host, at: int) -> Run:
        """Start a host and return its first process. Call it in order of time."""
        first = Run(host, at, SYSTEMD, ("/sbin/init",), 0, booted_at=at)
        self._boots.setdefault(host.name, []).append(first)
        # auditd starts after systemd and never sees it; Tetragon reads what runs already from /proc.
        if host.sensor == "tetragon":
            self.seen.append(Seen(at, "process_started", host, first))
        return first

    def first_process(self, host: Host, at: int) -> Run:
        """Return the host's systemd as of `at`."""
        return [run for run in self._boots[host.name] if run.at <= at][-1]

    def run(self, parent: Run, at: int, *argv: str, **more: Any) -> Run:  # noqa: ANN401
        """Execute a program as a child; user, login, session, directory and container are inherited."""
        made = Run(
            host=parent.host,
            at=at,
            binary=more.pop("binary", argv[0]),
            argv=argv,
            uid=more.pop("uid", parent.uid),
            parent=parent,
            login=more.pop("login", parent.login),
            session=more.pop("session", parent.session),
            cwd=more.pop("cwd", parent.cwd),
            container=more.pop("container", parent.container),
            told=self.telling,
            **more,
        )
        self.seen.append(Seen(at, "process_started", made.host, made, told=self.telling))
        return made

    def add(self, at: int, kind: Kind, of: Run | Host, **more: Any) -> None:  # noqa: ANN401
        """Say that something else was seen of a process, or of a host alone."""
        run = of if isinstance(of, Run) else None
        host = of.host if isinstance(of, Run) else of
        self.seen.append(Seen(at, kind, host, run, more, told=self.telling))

    def settle(self, seed: str) -> None:
        """Sort what happened and number the processes of each boot in order of their start.

        A story's processes are numbered in between, so that ordinary life is the same in every story.
        """
        self.seen.sort(key=lambda seen: seen.at)
        # A generator per host: what is added on one host renumbers nothing on another.
        dice = {name: Random(f"{seed}/pids/{name}") for name in self._boots}  # noqa: S311
        epochs = {name: list(runs) for name, runs in self._boots.items()}
        for runs in epochs.values():
            for first in runs:
                first.pid, first.nanos = 1, 400_000
        pids = dict.fromkeys(epochs, _LAST_PID_OF_BOOT)
        now = {name: runs[0] for name, runs in epochs.items()}
        between = dict.fromkeys(epochs, 0)
        for seen in self.seen:
            run = seen.run
            if seen.kind != "process_started" or run is None or run.binary == SYSTEMD:
                continue
            name = run.host.name
            runs = epochs[name]
            while len(runs) > 1 and runs[1].at <= run.at:
                runs.pop(0)
                now[name], pids[name] = runs[0], _LAST_PID_OF_BOOT
            run.booted_at = now[name].booted_at
            if run.told:
                between[name] += 1
                if between[name] >= _ROOM_BETWEEN:
                    raise ValueError(f"{name}: too many processes of a story between two of ordinary life")
                run.pid, run.nanos = pids[name] + between[name], run.at * 7919 % 1_000_000
            else:
                between[name] = 0
                pids[name] += _ROOM_BETWEEN + int(dice[name].random() * 40)
                run.pid, run.nanos = pids[name], int(dice[name].random() * 1_000_000)


def event_of(seen: Seen) -> AnyEvent:
    """Return the event that the sensor's source should make of it."""
    said: dict[str, Any] = {"at": seen.at, "host": seen.host.name, **seen.more}
    sensor, run = seen.sensor, seen.run
    if sensor != "polygraph":
        said["sensor"] = sensor
    if run is not None:
        said |= {"pid": run.pid, "binary": run.binary}
        match sensor:
            case "tetragon":
                said |= _as_tetragon_says(run)
            case "auditd":
                said |= _as_auditd_says(run, seen.kind)
            case _:
                said |= _as_our_shipper_says(run)
    return cast(AnyEvent, _CLASSES[seen.kind](**said))


def _as_tetragon_says(run: Run) -> dict[str, Any]:
    said: dict[str, Any] = {
        "process": run.exec_id, "started_at": run.at, "cwd": run.cwd, "uid": run.uid,
        "args": (run.binary, *run.argv[1:]),
    }  # fmt: skip
    if run.login is not None:
        said["login_uid"] = run.login
    if run.container is not None:
        said["container"] = run.container.id
        if run.host.is_kubernetes:
            said["image"] = run.container.image
    if (parent := run.parent) is not None:
        said |= {
            "parent": parent.exec_id, "parent_pid": parent.pid, "parent_binary": parent.binary,
            "parent_args": (parent.binary, *parent.argv[1:]), "parent_started_at": parent.at,
            "parent_uid": parent.uid,
        }  # fmt: skip
    return said


def _as_auditd_says(run: Run, kind: Kind) -> dict[str, Any]:
    said: dict[str, Any] = {"uid": run.euid, "parent_pid": run.parent.pid if run.parent else 0}
    if kind == "process_started":
        said |= {"args": run.argv, "cwd": run.cwd}
    else:
        said["args"] = tuple(proctitle(run).decode().split("\0"))
    if run.login is not None:
        said |= {"login_uid": run.login, "session": str(run.session)}
    return said


def _as_our_shipper_says(run: Run) -> dict[str, Any]:
    # By number, as the sensors do: a name here would make a second account of the same person.
    said: dict[str, Any] = {"started_at": run.at, "args": run.argv, "uid": run.euid}
    if run.container is not None:
        said |= {"container": run.container.id, "image": run.container.image}
    return said


def proctitle(run: Run) -> bytes:
    """Return the command line as the audit subsystem keeps it: NUL between arguments, 128 bytes."""
    return "\0".join(run.argv).encode()[:_PROCTITLE_BYTES]
