"""Write what happened as the sensors' raw logs: Tetragon's JSON export, auditd's records, our own NDJSON.

The last stage of the generator. Knows the formats and nothing of hosts' habits or of the story. The
shapes are those of recorded telemetry, including what makes it awkward: container ids cut short,
arguments in one string, hexadecimal values, failed attempts of execve that ran nothing.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address
from zlib import crc32

import msgspec

from seeds.chronicle import Run, Seen, event_of, proctitle

_UNSET = 4294967295
_SHORT_CONTAINER_ID = 31
_json = msgspec.json.Encoder()
_SPECIAL = re.compile(rb'[^\x21-\x7e]|"')
_FAILED_ATTEMPT_EVERY = 23


def polygraph(all_seen: Iterable[Seen]) -> Iterator[bytes]:
    """Yield a line for each event: the event itself."""
    for seen in all_seen:
        yield _json.encode(event_of(seen)) + b"\n"


def tetragon(all_seen: Iterable[Seen]) -> Iterator[bytes]:
    """Yield a line for each event, as `tetra` and the export file have it."""
    for seen in all_seen:
        run = seen.run
        if run is None:
            raise ValueError(f"Tetragon sees processes only, not {seen.kind}")
        said: dict[str, object] = {"process": _process(run)}
        if run.parent is not None:
            said["parent"] = _process(run.parent)
        nanos = (run.nanos + 126) % 1_000_000
        match seen.kind:
            case "process_started":
                name = "process_exec"
            case "process_ended":
                name = "process_exit"
            case _:
                name = "process_kprobe"
                said |= _connect(seen)
        line = {name: said, "node_name": run.host.name, "time": _moment(seen.at, nanos)}
        yield _json.encode(line) + b"\n"


def _process(run: Run) -> dict[str, object]:
    said: dict[str, object] = {
        "exec_id": run.exec_id,
        "pid": run.pid,
        "uid": run.uid,
        "cwd": run.cwd,
        "binary": run.binary,
    }
    if len(run.argv) > 1:
        said["arguments"] = " ".join(f'"{arg}"' if " " in arg else arg for arg in run.argv[1:])
    if run.parent is None:
        said["flags"] = "procFS auid rootcwd"
    else:
        said["flags"] = "execve rootcwd clone" if run.cwd == "/" else "execve clone"
    said["start_time"] = _moment(run.at, run.nanos)
    said["auid"] = _UNSET if run.login is None else run.login
    if (container := run.container) is not None:
        if run.host.is_kubernetes:
            workload = container.name.rsplit("-", 1)[0]
            digest = f"{crc32(container.image.encode()):08x}" * 8
            said["pod"] = {
                "namespace": "larkfield",
                "name": container.name + f"-{container.id[:5]}",
                "container": {
                    "id": f"containerd://{container.id}",
                    "name": workload,
                    "image": {
                        "id": f"{container.image.rsplit(':', 1)[0]}@sha256:{digest}",
                        "name": container.image,
                    },
                    "start_time": _moment(container.started_at, 0).replace(".000000000", ""),
                    "pid": 1,
                },
                "pod_labels": {"app.kubernetes.io/name": workload},
                "workload": workload,
                "workload_kind": "Deployment",
            }
        said["docker"] = container.id[:_SHORT_CONTAINER_ID]
    if run.parent is not None:
        said["parent_exec_id"] = run.parent.exec_id
        said["refcnt"] = 1
    said["tid"] = run.pid
    return said


def _connect(seen: Seen) -> dict[str, object]:
    more = seen.more
    return {
        "function_name": "tcp_connect",
        "args": [
            {
                "sock_arg": {
                    "family": "AF_INET",
                    "type": "SOCK_STREAM",
                    "protocol": "IPPROTO_TCP",
                    "saddr": more["local_ip"],
                    "daddr": more["remote_ip"],
                    "sport": more["local_port"],
                    "dport": more["remote_port"],
                    "cookie": str(18446612682000000000 + seen.at * 64 % 10**12),
                    "state": "TCP_SYN_SENT",
                }
            }
        ],
        "action": "KPROBE_ACTION_POST",
        "policy_name": "connect",
        "return_action": "KPROBE_ACTION_POST",
    }


def _moment(at: int, nanos: int) -> str:
    second, milli = divmod(at, 1000)
    return f"{_second(second)}.{milli:03d}{nanos:06d}Z"


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


class Auditd:
    """Yields the records of each event; serial numbers go on from file to file on each host."""

    def __init__(self) -> None:
        self._serials: dict[str, int] = {}

    def __call__(self, all_seen: Iterable[Seen]) -> Iterator[bytes]:
        """Yield a block of lines for each event."""
        for seen in all_seen:
            run = seen.run
            if run is None:
                raise ValueError(f"auditd sees processes only here, not {seen.kind}")
            if seen.kind == "process_started":
                if (seen.at + run.pid) % _FAILED_ATTEMPT_EVERY == 0:
                    yield self._block(seen, _failed_attempt(run))
                yield self._block(seen, _execve(run))
            else:
                yield self._block(seen, _socket(seen, run))

    def _block(self, seen: Seen, records: list[str]) -> bytes:
        name = seen.host.name
        serial = self._serials.get(name, 1000 + crc32(name.encode()) % 90_000) + 1
        self._serials[name] = serial
        stamp = f"msg=audit({seen.at // 1000}.{seen.at % 1000:03d}:{serial}): "
        return "".join(
            f"node={name} type={kind} {stamp}{text}".rstrip() + "\n"
            for kind, _, text in (record.partition("|") for record in (*records, "EOE|"))
        ).encode()


def _execve(run: Run) -> list[str]:
    argv = " ".join(f"a{n}={_untrusted(arg)}" for n, arg in enumerate(run.argv))
    return [
        f"SYSCALL|{_syscall(run, 59, 'yes', 0, items=2)}",
        f"EXECVE|argc={len(run.argv)} {argv}",
        f"CWD|cwd={_untrusted(run.cwd)}",
        f"PATH|item=0 name={_untrusted(run.binary)} {_inode(run.binary)} nametype=NORMAL {_CAPABILITIES}",
        f'PATH|item=1 name="{_LOADER}" {_inode(_LOADER)} nametype=NORMAL {_CAPABILITIES}',
        _title(run),
    ]


def _failed_attempt(run: Run) -> list[str]:
    """Look for the program in a directory that does not hold it, as a shell does along its path."""
    caller = run.parent or run
    missing = f"/usr/local/games/{run.binary.rsplit('/', 1)[1]}"
    as_caller = Run(run.host, run.at, caller.binary, caller.argv, run.uid, caller, run.login, run.session, pid=run.pid)
    return [
        f"SYSCALL|{_syscall(as_caller, 59, 'no', -2, items=1)}",
        f"CWD|cwd={_untrusted(run.cwd)}",
        f'PATH|item=0 name="{missing}" nametype=UNKNOWN {_CAPABILITIES}',
        _title(caller),
    ]


def _socket(seen: Seen, run: Run) -> list[str]:
    accepts = seen.kind == "connection_in"
    address, port = seen.more["remote_ip"], seen.more["remote_port"]
    sockaddr = f"0200{port:04X}{int(IPv4Address(address)):08X}0000000000000000"
    # A connection that does not block is in progress when connect returns: -115 is no failure.
    if accepts:
        call = _syscall(run, 288, "yes", 5 + seen.at % 900, items=0)
    elif seen.at % 3:
        call = _syscall(run, 42, "no", -115, items=0)
    else:
        call = _syscall(run, 42, "yes", 0, items=0)
    return [f"SYSCALL|{call}", f"SOCKADDR|saddr={sockaddr}", _title(run)]


def _syscall(run: Run, number: int, success: str, result: int, *, items: int) -> str:
    ids = " ".join(f"{name}={run.uid}" for name in ("uid", "gid"))
    effective = " ".join(f"{name}={run.euid}" for name in ("euid", "suid", "fsuid"))
    login = _UNSET if run.login is None else run.login
    session = _UNSET if run.session is None or run.login is None else run.session
    terminal = "(none)" if run.login is None else "pts0"
    base = 0x55D000000000 + crc32(run.binary.encode())
    keys = {59: "exec", 42: "connect", 288: "accept"}
    return (
        f"arch=c000003e syscall={number} success={success} exit={result} "
        f"a0={base:x} a1={base + 0x60:x} a2={base + 0x1A8:x} a3=8 items={items} "
        f"ppid={run.parent.pid if run.parent else 0} pid={run.pid} auid={login} {ids} {effective} "
        f"egid={run.uid} sgid={run.uid} fsgid={run.uid} tty={terminal} ses={session} "
        f"comm={_untrusted(_comm(run))} exe={_untrusted(run.binary)} subj=unconfined "
        f'key="{keys[number]}"'
    )


def _comm(run: Run) -> str:
    return run.binary.rsplit("/", 1)[1][:15]


def _title(run: Run) -> str:
    return f"PROCTITLE|proctitle={_untrusted(proctitle(run).decode())}"


@lru_cache(maxsize=4096)
def _untrusted(text: str) -> str:
    """Return a value as the kernel writes what users may choose: quoted, or in hexadecimal."""
    data = text.encode()
    return data.hex().upper() if _SPECIAL.search(data) else f'"{text}"'


_LOADER = "/lib64/ld-linux-x86-64.so.2"
_CAPABILITIES = "cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0"


@lru_cache(maxsize=1024)
def _inode(path: str) -> str:
    return f"inode={1000 + crc32(path.encode()) % 900_000} dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00"
