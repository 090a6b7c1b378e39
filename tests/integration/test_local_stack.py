"""What the local stack promises: verified, private, shared by nobody, and gone when its owner is.

A Neo4j start costs five seconds or more, so one process (TWO_STACKS) starts two stacks at once under hard
conditions, and most tests look at what came of it; the test that kills that process comes last.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase
from neo4j.exceptions import AuthError, ClientError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

from app.errors import LocalStackError
from app.local import THRIFTY, Endpoints, LocalStack, PartName, Profile, find
from app.local.guard import start_time
from app.local.jars import VERSION, locked, ready
from app.local.process import Handle, free_port
from app.local.state import State

AT_ONCE = Retry(NoBackoff(), 0)  # the client tries a refused password again for five seconds otherwise
ROOT = Path(__file__).parents[2]
PARTS: tuple[PartName, ...] = ("neo4j", "redis")

# No network: jgo cannot be imported, and whatever would go out meets a proxy that is not there.
TWO_STACKS = """
import json, os, sys, time
sys.modules["jgo"] = None
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from app.local import LocalStack
from app.local.process import free_port

first, second, cache, *taken = sys.argv[1:]
ports = [int(port) for port in taken]
told = []

def choose():
    return ports.pop(0) if ports else free_port()

def up(folder, choose_port=free_port):
    stack = LocalStack(Path(folder), cache=Path(cache), choose_port=choose_port)
    endpoints = stack.up(owner_pid=os.getpid(), progress=lambda text: told.append((folder, text)))
    return asdict(endpoints)

with ThreadPoolExecutor() as pool:
    ups = [pool.submit(up, first, choose), pool.submit(up, second), pool.submit(up, second)]
    print(json.dumps({"endpoints": [task.result() for task in ups], "told": told}), flush=True)
time.sleep(600)
"""


@dataclass(frozen=True, slots=True)
class Running:
    """Two stacks that are up, the first in a folder with spaces and with its first choice of ports taken."""

    owner: subprocess.Popen[bytes]
    first: LocalStack
    second: LocalStack
    endpoints: tuple[Endpoints, ...]
    told: tuple[tuple[str, str], ...]
    taken: tuple[int, ...]

    @property
    def one(self) -> Endpoints:
        return self.endpoints[0]

    @property
    def two(self) -> Endpoints:
        return self.endpoints[1]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, jar_cache: Path) -> Iterator[Running]:
    ready(jar_cache, lambda text: None)
    root = tmp_path_factory.mktemp("stacks")
    first, second = root / "a folder with 'spaces' and ünïcode", root / "second"
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        taken = (one.getsockname()[1], two.getsockname()[1])
        owner = subprocess.Popen(
            [sys.executable, "-c", TWO_STACKS, str(first), str(second), str(jar_cache), *map(str, taken)],
            env={"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "HOME": str(root)},
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        try:
            assert owner.stdout
            said: dict[str, Any] = json.loads(owner.stdout.readline() or "{}")
            yield Running(
                owner=owner,
                first=LocalStack(first, cache=jar_cache),
                second=LocalStack(second, cache=jar_cache),
                endpoints=tuple(Endpoints(**one) for one in said["endpoints"]),
                told=tuple((folder, text) for folder, text in said["told"]),
                taken=taken,
            )
        finally:
            owner.kill()
            owner.communicate()


def driver(endpoints: Endpoints, password: str | None = None) -> Driver:
    return GraphDatabase.driver(endpoints.neo4j_uri, auth=(endpoints.neo4j_user, password or endpoints.neo4j_password))


def pids(*stacks: LocalStack) -> list[int]:
    return [part.pid for stack in stacks for part in stack.status().parts if part.pid is not None]


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def processes_naming(folder: Path) -> list[str]:
    """Command lines of all processes of this machine that have to do with a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (line := (entry / "cmdline").read_bytes()) and start_time(int(entry.name)):
                found.append(line.replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.fixture
def forged_cache(tmp_path: Path, jar_cache: Path) -> Path:
    """A cache like the real one but for one bit of one jar."""
    jars = ready(jar_cache, lambda text: None)
    folder = tmp_path / "cache" / f"neo4j-{VERSION}"
    folder.mkdir(parents=True)
    for jar in jars:
        (folder / jar.name).symlink_to(jar)
    victim = folder / f"neo4j-bolt-{VERSION}.jar"
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.unlink()
    victim.write_bytes(content)
    return tmp_path / "cache"


def test_a_flipped_byte_in_a_jar_is_refused_by_name(tmp_path: Path, forged_cache: Path) -> None:
    stack = LocalStack(tmp_path / "stack", cache=forged_cache)
    with pytest.raises(LocalStackError, match=f"neo4j-bolt-{VERSION}.jar is not what neo4j.lock says"):
        stack.up(owner_pid=os.getpid())
    assert pids(stack) == []


STARTER = """
import os, sys
from pathlib import Path
from app.local import LocalStack
LocalStack(Path(sys.argv[1]), cache=Path(sys.argv[2])).up(progress=lambda text: print(text, flush=True))
"""


def test_a_starter_killed_at_any_moment_leaves_nothing_unknown(tmp_path: Path, forged_cache: Path) -> None:
    # Redis is what is being started; the forged jar keeps Neo4j, slow to start, out of it.
    stack = LocalStack(tmp_path / "stack", cache=forged_cache)
    for moment in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", STARTER, str(stack.folder), str(forged_cache)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as starter:
            assert starter.stdout
            assert starter.stdout.readline().startswith(b"starting Redis")
            time.sleep(moment * 0.012)
            starter.kill()
        with pytest.raises(LocalStackError, match="neo4j-bolt"):
            stack.up()
        stack.down()
        assert processes_naming(stack.folder) == []


def test_the_lock_names_every_jar_once_and_no_address() -> None:
    names = [jar.name for jar in locked()]
    assert len(names) == len(set(names)) > 200
    assert all(len(jar.sha256) == 64 and "/" not in jar.coordinate for jar in locked())


def test_a_failed_start_quotes_the_log_and_leaves_nothing(tmp_path: Path, jar_cache: Path) -> None:
    stack = LocalStack(tmp_path / "stack", cache=jar_cache)
    tiny = Profile("tiny", heap=1, page_cache=8, transactions=8, java=THRIFTY.java)
    with pytest.raises(LocalStackError, match=r"neo4j does not start: .*Too small maximum heap"):
        stack.up(owner_pid=os.getpid(), profile=tiny)
    assert pids(stack) == []


def test_a_stale_record_of_another_program_is_not_touched(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path)
    State.new(free_port).write(tmp_path / "stack.json")
    (tmp_path / "redis").mkdir()
    with subprocess.Popen(["sleep", "60"]) as other:
        # Once with a start time from before the crash, once with the very one but another command line.
        for started in (1, start_time(other.pid)):
            record = tmp_path / "redis" / "process.json"
            record.write_text(json.dumps({"pid": other.pid, "started": started}))
            assert stack.status().parts[1].pid is None
            stack.kill("redis")
            stack.down()
            assert other.poll() is None
        other.kill()


def test_a_damaged_record_is_nobody(tmp_path: Path) -> None:
    for content in ("", "{}", "[]", '{"pid": "x", "started": null}', "\x00\xff"):
        (tmp_path / "process.json").write_text(content)
        assert Handle(tmp_path / "process.json", "mark").pid() is None


def test_a_folder_with_other_things_is_neither_filled_nor_deleted(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(LocalStackError, match="holds something else"):
        LocalStack(tmp_path).up(owner_pid=os.getpid())
    LocalStack(tmp_path).down(delete=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_owner_that_does_not_run_is_refused(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    with pytest.raises(LocalStackError, match="does not run"):
        LocalStack(tmp_path).up(owner_pid=gone.pid)


def test_a_second_start_needs_no_network(running: Running) -> None:
    with driver(running.one) as graph:
        assert graph.execute_query("RETURN 1 AS one").records[0]["one"] == 1
    assert Redis.from_url(running.one.redis_url).ping()


def test_two_stacks_run_at_once_and_open_to_their_own_passwords(running: Running) -> None:
    for mine, other in ((running.one, running.two), (running.two, running.one)):
        with driver(mine) as graph:
            graph.verify_connectivity()
        with driver(mine, other.neo4j_password) as graph, pytest.raises(AuthError):
            graph.verify_connectivity()
    assert len(set(pids(running.first, running.second))) == 4


def test_two_that_start_one_folder_at_once_get_one_stack(running: Running) -> None:
    assert running.endpoints[1] == running.endpoints[2]
    started = [text.split()[:2] for folder, text in running.told if folder == str(running.second.folder)]
    assert started == [["starting", "Redis"], ["starting", "Neo4j"]]


def test_a_port_taken_between_choice_and_bind_is_left_for_another(running: Running) -> None:
    ports = [part.port for part in running.first.status().parts]
    assert running.first.status().up
    assert not set(ports) & set(running.taken)


def test_default_credentials_are_refused(running: Running) -> None:
    with driver(running.one) as graph:
        graph.verify_connectivity()  # a third wrong password in a row would be answered late
    with driver(running.one, "neo4j") as graph, pytest.raises(AuthError):
        graph.verify_connectivity()
    with GraphDatabase.driver(running.one.neo4j_uri) as graph, pytest.raises(AuthError):
        graph.verify_connectivity()
    port = int(running.one.redis_url.rpartition(":")[2].removesuffix("/0"))
    with pytest.raises(AuthenticationError):
        Redis(port=port, retry=AT_ONCE).ping()
    with pytest.raises(AuthenticationError):
        Redis(port=port, password="redis", retry=AT_ONCE).ping()


def test_secrets_are_the_users_alone(running: Running) -> None:
    secrets = (running.one.neo4j_password, running.one.redis_url.split(":")[2].partition("@")[0])
    for path in running.first.folder.rglob("*"):
        if path.is_file() and any(secret.encode() in path.read_bytes() for secret in secrets):
            assert path.stat().st_mode & 0o777 == 0o600, path
    assert (running.first.folder / "neo4j").stat().st_mode & 0o777 == 0o700
    for line in processes_naming(running.first.folder):
        assert not any(secret in line for secret in secrets)


def test_servers_listen_on_loopback_only(running: Running) -> None:
    import psutil

    for pid in pids(running.first, running.second):
        listening = [c.laddr for c in psutil.Process(pid).net_connections() if c.status == "LISTEN"]
        assert len(listening) == 1
        assert listening[0].ip.removeprefix("::ffff:") == "127.0.0.1"


@pytest.mark.parametrize("source", ["file:///etc/passwd", "http://127.0.0.1:9/", "https://example.org/"])
def test_the_graph_reads_no_file_and_no_address(running: Running, source: str) -> None:
    with driver(running.two) as graph, pytest.raises(ClientError, match="Cannot load from URL"):
        graph.execute_query("LOAD CSV FROM $source AS row RETURN row", source=source)


def test_a_running_stack_is_found_and_used_again(running: Running, tmp_path: Path) -> None:
    before = pids(running.second)
    assert find(running.second.folder) == running.two
    assert running.second.up() == running.two
    assert pids(running.second) == before
    assert find(tmp_path) is None


def test_what_was_killed_comes_back_with_its_data_on_the_same_port(running: Running) -> None:
    stream = Redis.from_url(running.one.redis_url)
    with driver(running.one) as graph:
        graph.execute_query("UNWIND range(1, 1000) AS n CREATE (:Kept {n: n})")
        stream.xadd("kept", {"n": "1"})
        before = pids(running.first)
        for part in PARTS:
            running.first.kill(part)
        assert find(running.first.folder) is None

        assert running.first.up(owner_pid=running.owner.pid) == running.one

        assert not set(before) & set(pids(running.first))
        # The very clients from before the crash go on.
        assert graph.execute_query("MATCH (k:Kept) RETURN count(k) AS n").records[0]["n"] == 1000
        assert stream.xlen("kept") == 1


def test_a_server_does_not_outlive_its_guard(running: Running) -> None:
    server = running.second.status().parts[1].pid
    assert server
    os.kill(parent(server), signal.SIGKILL)
    assert within(5, lambda: start_time(server) is None)


def test_an_owner_killed_leaves_nothing_after_five_seconds(running: Running) -> None:
    servers = pids(running.first, running.second)
    guards = [parent(server) for server in servers]
    assert len(servers) >= 3 and len(set(guards)) == len(guards)
    running.owner.kill()
    assert within(5, lambda: not any(map(start_time, servers + guards)))
    for stack in (running.first, running.second):
        assert processes_naming(stack.folder) == []

    # And what it left on disk is recognised as stale, and can be removed.
    running.first.down(delete=True)
    assert not running.first.folder.exists()


CLI = "import os; from app.local.cli import local_app; local_app(os.environ)()"


def test_without_an_owner_it_stays_until_down(tmp_path: Path, jar_cache: Path) -> None:
    home = tmp_path / "home"

    def polygraph_local(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", CLI, *arguments],
            env={"POLYGRAPH_HOME": str(home), "XDG_CACHE_HOME": str(jar_cache.parent)},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )

    assert polygraph_local("status").returncode == 1
    try:
        done = polygraph_local("up")
        assert done.returncode == 0, done.stderr
        assert f"starting Neo4j {VERSION}\nneo4j  up" in done.stdout
        status = polygraph_local("status", "--json")
        assert status.returncode == 0
        assert [(part["name"], part["up"]) for part in json.loads(status.stdout)["parts"]] == [
            ("neo4j", True),
            ("redis", True),
        ]
        assert polygraph_local("down").returncode == 0
        assert processes_naming(home) == []
        assert (home / "stack.json").exists()
    finally:
        assert polygraph_local("down", "--delete").returncode == 0
    assert not home.exists()
    assert processes_naming(home) == []
