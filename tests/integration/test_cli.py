"""The command line, as people and scripts call it, against the session's databases."""

import gzip
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from app.graph import Graph
from app.local import Endpoints
from app.local.process import free_port

GOLDENS = Path(__file__).parents[1] / "golden" / "sources"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(endpoints: Endpoints, graph: Graph, tmp_path: Path) -> dict[str, str]:
    """What commands are started with: an empty graph, and streams and a home of their own."""
    return os.environ | {
        "POLYGRAPH_HOME": str(tmp_path / "home"),
        "POLYGRAPH_NEO4J_URI": endpoints.neo4j_uri,
        "POLYGRAPH_NEO4J_USER": endpoints.neo4j_user,
        "POLYGRAPH_NEO4J_PASSWORD": endpoints.neo4j_password,
        "POLYGRAPH_REDIS_URL": endpoints.redis_url,
        "POLYGRAPH_REDIS_PREFIX": f"test-{secrets.token_hex(4)}",
    }


@pytest.fixture
def polygraph(environment: dict[str, str]) -> Run:
    """Run a command to its end."""

    def run(*command: str, stdin: str | bytes = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", *command],
            env=environment,
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        )

    return run


def line(**fields: object) -> str:
    return json.dumps({"kind": "process_started", "at": 1_700_000_000_000, "host": "web-1", "pid": 7, **fields})


def test_good_lines_are_taken_and_the_exit_code_is_0(polygraph: Run) -> None:
    done = polygraph("ingest", "polygraph", "-", "--json", stdin=line(binary="/usr/bin/ls") + "\n")
    assert done.returncode == 0, done.stderr
    tally = json.loads(done.stdout)
    assert (tally["records"], tally["taken"], tally["events"], tally["rejected"]) == (1, 1, 1, {})


def test_the_format_of_each_file_is_told_from_its_beginning(polygraph: Run, tmp_path: Path) -> None:
    ours, theirs, rubbish = tmp_path / "ours", tmp_path / "theirs", tmp_path / "rubbish"
    ours.write_text(line(binary="/usr/bin/ls") + "\n")
    theirs.write_bytes((GOLDENS / "tetragon" / "events.raw").read_bytes())
    done = polygraph("ingest", "auto", str(ours), str(theirs), "--json")
    assert done.returncode == 0, done.stderr
    assert f"{ours}: polygraph, for 1 of its first 1 records" in done.stderr.replace("\n", "")
    assert f"{theirs}: tetragon, for " in done.stderr.replace("\n", "")
    rubbish.write_text("what is this\n")
    done = polygraph("ingest", "auto", str(rubbish))
    assert done.returncode != 0
    assert "no format makes anything of it" in done.stderr


def test_every_kind_of_broken_input_is_counted_kept_and_sent_again(polygraph: Run, tmp_path: Path) -> None:
    future = int(time.time() * 1000) + 3_600_000
    broken = tmp_path / "broken.ndjson"
    broken.write_bytes(
        b"\n".join(
            [
                line(binary="/usr/bin/good").encode(),
                b"not json at all",
                line(binary=7).encode(),
                line(binary="/usr/bin/later", at=future).encode(),
                b'{"kind": "process_started", "at": 1, "host": "h", "pid": 1, "binary": "' + b"x" * 10_000_000 + b'"}',
                bytes(range(256)).replace(b"\n", b"") * 4,
                b'{"kind": "no_such_kind", "at": 1, "host": "h"}',
                line(binary="/usr/bin/also-good", at=1_700_000_000_001).encode(),
            ]
        )
    )
    (tmp_path / "empty.ndjson").touch()
    done = polygraph("ingest", "polygraph", str(broken), str(tmp_path / "empty.ndjson"), "--json")
    assert done.returncode == 1
    tally = json.loads(done.stdout)
    rejected = sum(tally["rejected"].values())
    # The rubbish holds braces, so it counts as several records; none of any is lost.
    assert tally["records"] >= 8
    assert tally["taken"] + rejected == tally["records"]
    assert tally["taken"] == 3  # the two good ones, and a path of ten million characters, which is cut
    assert any("future" in reason for reason in tally["rejected"])

    letters = json.loads(polygraph("dead-letters", "--json").stdout)
    assert sum(one["count"] for one in letters["reasons"]) == rejected
    assert all(one["reason"] and one["format"] == "polygraph" for one in letters["letters"])

    again = polygraph("dead-letters", "replay")
    assert again.returncode == 1, again.stderr
    assert f"{rejected} sent again" in again.stdout
    assert json.loads(polygraph("dead-letters", "--json").stdout)["reasons"] == letters["reasons"]
    assert f"{rejected} deleted" in polygraph("dead-letters", "delete", "--yes").stdout


def test_gzip_is_read_as_it_is(polygraph: Run, tmp_path: Path) -> None:
    packed = tmp_path / "log.ndjson.gz"
    packed.write_bytes(gzip.compress((line(binary="/usr/bin/ls") + "\n").encode()))
    assert json.loads(polygraph("ingest", "polygraph", str(packed), "--json").stdout)["taken"] == 1


@pytest.mark.parametrize(
    ("options", "at"),
    [
        ((), "2023-11-14T22:13:20Z"),
        (("--utc-offset", "+01:00"), "2023-11-14T21:13:20Z"),
        (("--utc-offset", "-90", "--year", "2019"), "2019-11-14T23:43:20Z"),
    ],
)
def test_a_date_without_a_year_is_of_the_year_of_its_file_or_of_the_one_that_is_given(
    polygraph: Run, tmp_path: Path, options: tuple[str, ...], at: str
) -> None:
    log = tmp_path / "auth.log"
    log.write_text("Nov 14 22:13:20 web-1 sshd[7]: Accepted password for ann from 192.0.2.1 port 1 ssh2\n")
    os.utime(log, (1_704_067_200, 1_704_067_200))
    done = polygraph("ingest", "auth_log", str(log), "--json", *options)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["first"] == datetime.fromisoformat(at).timestamp() * 1000


def test_secrets_lie_nowhere_in_redis(polygraph: Run, endpoints: Endpoints) -> None:
    import redis

    secret = "correct-horse-battery-" + secrets.token_hex(8)
    polygraph("ingest", "polygraph", "-", stdin=line(binary="/usr/bin/mysql", args=["mysql", f"--password={secret}"]))
    polygraph("ingest", "polygraph", "-", stdin=line(binary=7, args=["mysql", f"--password={secret}"]))
    with redis.Redis.from_url(endpoints.redis_url) as client:
        for key in client.keys("test-*"):
            if client.type(key) == b"stream":
                assert secret.encode() not in repr(client.xrange(key)).encode()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("ingest", "nonsense", "-"), "known are"),
        (("ingest", "polygraph", "/no/such/file"), "cannot be read"),
        (("ingest", "auth_log", "-", "--utc-offset", "Berlin"), "neither minutes nor"),
        (("replay", "nonsense"), "known are"),
        (("alerts",), "polygraph serve"),
    ],
)
def test_an_error_is_one_sentence_with_the_way_out(polygraph: Run, command: tuple[str, ...], words: str) -> None:
    done = polygraph(*command)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_without_databases_the_command_says_what_to_do(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POLYGRAPH_")}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "work"],
        env=environment | {"POLYGRAPH_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "polygraph local up" in done.stderr


def test_indicators_of_a_csv_are_taken_line_by_line(polygraph: Run, tmp_path: Path, graph: Graph) -> None:
    table = tmp_path / "indicators.csv"
    table.write_text("type,value,confidence\nip,203.0.113.9,80\ndomain,evil.example.org,\nsha256,short,\n")
    done = polygraph("intel", "import", str(table), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["taken"] == 2
    assert json.loads(done.stdout)["rejected"][0]["line"] == 4
    found = graph.read("MATCH (one:Indicator) RETURN one.value AS value ORDER BY value")
    assert [row["value"] for row in found] == ["203.0.113.9", "evil.example.org"]


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a worker, its words in `tmp_path / "log"`."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**settings: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "log").open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "work"],
                env=environment | settings,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_worker_waits_for_databases_that_do_not_answer_yet(
    worker: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """After a power cut everything starts at once; Neo4j takes the longest."""
    process = worker(POLYGRAPH_NEO4J_URI=f"bolt://127.0.0.1:{free_port()}")
    until(lambda: "do not answer yet" in (tmp_path / "log").read_text(), process)
    process.terminate()
    assert process.wait(30) == 0, (tmp_path / "log").read_text()


def test_a_worker_shows_its_metrics(worker: Callable[..., subprocess.Popen[bytes]]) -> None:
    port = free_port()
    process = worker(POLYGRAPH_METRICS_PORT=str(port))
    until(lambda: "polygraph_detector_active 1.0" in scraped(port), process)
    assert "polygraph_backlog_events 0.0" in scraped(port)


def scraped(port: int) -> str:
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text: str = answer.read().decode()
            return text
    except OSError:
        return ""


def until(so: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not so():
        assert process.poll() is None, "it ended"
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)
