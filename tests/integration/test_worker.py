"""What the loops promise, on a real Redis; graph and detection are recorders behind their protocols."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from own_redis import OwnRedis, own_redis
from structlog.testing import capture_logs

from app.changes import Change
from app.config import Settings
from app.detecting import DetectLoop
from app.errors import ConfigError, GraphUnavailable, LeaseLost, WriteRefused
from app.events import AnyEvent, ProcessStarted
from app.metrics import Metrics
from app.stream import Lease, Stream
from app.touched import Touched
from app.worker import Worker, run

SETTINGS = Settings(batch_events=500, batch_bytes=4_000_000, claim_ms=3_000, lease_ms=3_000)


def now() -> int:
    return 1_700_000_100_000


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    with own_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def prefix() -> str:
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture
def stream(redis: OwnRedis, prefix: str) -> Iterator[Stream]:
    one = Stream(redis.url, prefix, SETTINGS.partitions, SETTINGS.backlog, claim_ms=SETTINGS.claim_ms)
    one.open()
    yield one
    one.close()


class Graph:
    """A writer that remembers; `trouble` may raise before anything is remembered."""

    def __init__(self, trouble: Callable[[Sequence[AnyEvent]], None] = lambda _: None, pause: float = 0) -> None:
        self.batches: list[Sequence[AnyEvent]] = []
        self.calls = 0
        self._trouble = trouble
        self._pause = pause

    def write(self, events: Sequence[AnyEvent]) -> Touched:
        self.calls += 1
        time.sleep(self._pause)
        self._trouble(events)
        self.batches.append(events)
        moments = [event.at for event in events]
        return Touched.of({"process_started"}, moments, {str(one.pid): (one.at, one.at) for one in events}, 7)

    @property
    def written(self) -> Counter[int]:
        return Counter(event.pid for batch in self.batches for event in batch)


class Alerts:
    """A detector that remembers."""

    def __init__(self, trouble: Callable[[Touched], None] = lambda _: None) -> None:
        self.evaluated: list[Touched] = []
        self._trouble = trouble

    def evaluate(self, touched: Touched) -> Change:
        self._trouble(touched)
        self.evaluated.append(touched)
        return Change(alerts=tuple(sorted(touched.hosts))[:3])

    @property
    def seen(self) -> set[str]:
        return {host for touched in self.evaluated for host in touched.hosts}


class Failing:
    """Raises this error the first few times."""

    def __init__(self, error: Exception, times: int) -> None:
        self._error = error
        self.left = times

    def __call__(self, _: object) -> None:
        if self.left > 0:
            self.left -= 1
            raise self._error


def event(number: int) -> ProcessStarted:
    return ProcessStarted(at=1_700_000_000_000 + number, host=f"h-{number % 7}", pid=number, binary="/bin/sh")


def some(count: int) -> list[AnyEvent]:
    return [event(number) for number in range(count)]


@contextmanager
def going(*loops: Worker | DetectLoop) -> Iterator[threading.Event]:
    """Run loops beside the test; they must end soon after they are told to."""
    stop = threading.Event()
    threads = [threading.Thread(target=loop.run, args=(stop,), daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    try:
        yield stop
    finally:
        stop.set()
        for thread in threads:
            thread.join(5)
            assert not thread.is_alive()


def eventually(true: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_all_that_is_published_is_written_and_evaluated(stream: Stream) -> None:
    graph, alerts, metrics = Graph(), Alerts(), Metrics()
    stream.publish(some(3_210))
    worker = Worker(stream, graph, SETTINGS, "w", now, metrics)
    with going(worker, DetectLoop(stream, alerts, Lease(stream, 3_000), metrics)):
        assert stream.wait_until_idle(10)
    assert graph.written == Counter(range(3_210))
    assert max(map(len, graph.batches)) <= 500
    assert alerts.seen == {str(number) for number in range(3_210)}
    shown = metrics.text().decode()
    assert 'polygraph_events_written_total{kind="process_started"} 3210.0' in shown
    assert "polygraph_event_lag_seconds 96." in shown


def test_an_event_reaches_detection_within_a_tenth_of_a_second_when_all_is_quiet(stream: Stream) -> None:
    graph, alerts = Graph(), Alerts()
    took = []
    with going(Worker(stream, graph, SETTINGS, "w", now), DetectLoop(stream, alerts, Lease(stream, 3_000))):
        time.sleep(0.5)
        for number in range(20):
            began = time.perf_counter()
            stream.publish([event(number)])
            eventually(lambda seen=str(number): seen in alerts.seen)
            took.append(time.perf_counter() - began)
    assert sorted(took)[10] < 0.1


def test_a_worker_that_keeps_up_writes_full_batches(stream: Stream) -> None:
    graph = Graph(pause=0.02)
    events = some(10_000)
    for start in range(0, 10_000, 10):
        stream.publish(events[start : start + 10])
    with going(Worker(stream, graph, SETTINGS, "w", now)):
        eventually(lambda: graph.written.total() == 10_000)
    assert len(graph.batches) < 45


def test_no_event_is_written_twice_while_several_workers_share_the_load(stream: Stream) -> None:
    graphs = [Graph(pause=0.03) for _ in range(3)]
    workers = [Worker(stream, graph, SETTINGS, f"w-{n}", now, None, [n]) for n, graph in enumerate(graphs)]
    with going(*workers):
        for start in range(0, 12_000, 500):
            stream.publish(some(start + 500)[start:])
            time.sleep(0.01)
        eventually(lambda: stream.standing().entries == 0)
    assert sum((graph.written for graph in graphs), Counter()) == Counter(range(12_000))
    assert min(graph.written.total() for graph in graphs) > 1_000


def test_a_slow_write_is_not_taken_over_while_its_worker_lives(stream: Stream) -> None:
    slow, other = Graph(pause=4.5), Graph()
    stream.publish(some(100))
    with going(Worker(stream, slow, SETTINGS, "slow", now)):
        eventually(lambda: slow.calls)
        with going(Worker(stream, other, SETTINGS, "other", now)):
            eventually(lambda: stream.standing().entries == 0)
    assert other.written == Counter()
    assert slow.written == Counter(range(100))


def test_the_worker_waits_for_the_graph_and_acknowledges_nothing_meanwhile(stream: Stream) -> None:
    graph = Graph(Failing(GraphUnavailable("Neo4j is gone"), 6))
    stream.publish(some(100))
    with capture_logs() as logs, going(Worker(stream, graph, SETTINGS, "w", now)):
        eventually(lambda: graph.calls >= 4)
        assert stream.backlog() == 100
        assert stream.standing().hand_overs == 0
        eventually(lambda: stream.standing().entries == 0)
    assert graph.written == Counter(range(100))
    said = [line["log_level"] for line in logs if "graph" in line["event"]]
    assert said == ["warning", "info"], "one line when it goes and one when it is back"


def test_a_worker_that_is_told_to_stop_leaves_what_it_could_not_write(stream: Stream) -> None:
    graph = Graph(Failing(GraphUnavailable("gone"), 10**9))
    stream.publish(some(100))
    with going(Worker(stream, graph, SETTINGS, "w", now)):
        eventually(lambda: graph.calls > 1)
    assert stream.backlog() == 100
    again = Graph()
    with going(Worker(stream, again, SETTINGS, "another", now)):
        eventually(lambda: stream.standing().entries == 0)
    assert again.written == Counter(range(100))


def test_a_worker_that_is_told_to_stop_finishes_its_batch(stream: Stream) -> None:
    graph = Graph(pause=0.5)
    stream.publish(some(100))
    with going(Worker(stream, graph, SETTINGS, "w", now)) as stop:
        eventually(lambda: graph.calls)
        stop.set()
    assert graph.written == Counter(range(100))
    assert stream.standing().entries == 0
    assert stream.standing().hand_overs == 1


def refuse(*culprits: int) -> Callable[[Sequence[AnyEvent]], None]:
    def trouble(events: Sequence[AnyEvent]) -> None:
        if found := [one.pid for one in events if one.pid in culprits]:
            raise WriteRefused(f"property too long in {found[0]}")

    return trouble


def test_only_the_culprits_of_a_refused_batch_become_dead_letters(stream: Stream) -> None:
    graph = Graph(refuse(0, 77, 399))
    stream.publish(some(400))
    with going(Worker(stream, graph, SETTINGS, "w", now)):
        eventually(lambda: stream.standing().entries == 0)
    assert graph.written == Counter(set(range(400)) - {0, 77, 399})
    assert graph.calls < 70
    letters = {one.letter.raw: one.letter for one in stream.dead_letters()}
    raw = b'{"kind":"process_started","at":1700000000077,"host":"h-0","pid":77,"binary":"/bin/sh"}'
    assert len(letters) == 3
    assert letters[raw].format == "polygraph"
    assert letters[raw].reason == "property too long in 77"
    assert letters[raw].source == "worker w"
    assert letters[raw].at == now()


def test_a_fault_of_our_own_ends_no_loop_and_loses_no_event(stream: Stream) -> None:
    def trouble(events: Sequence[AnyEvent]) -> None:
        if any(one.pid == 77 for one in events):
            raise KeyError("a bug\nwith a second line")

    graph = Graph(trouble)
    stream.publish(some(200))
    with capture_logs() as logs, going(Worker(stream, graph, SETTINGS, "w", now)):
        eventually(lambda: stream.standing().entries == 0)
        stream.publish([event(300)])
        eventually(lambda: graph.written[300])
    assert graph.written == Counter({*range(200), 300} - {77})
    [stored] = stream.dead_letters()
    assert stored.letter.reason.startswith("internal error: KeyError")
    assert sum("exc_info" in line for line in logs) == 2, "tried three times, told twice, then halved"


def test_a_fault_that_passes_costs_nothing(stream: Stream) -> None:
    graph = Graph(Failing(RuntimeError("once"), 2))
    stream.publish(some(200))
    with going(Worker(stream, graph, SETTINGS, "w", now)):
        eventually(lambda: stream.standing().entries == 0)
    assert graph.written == Counter(range(200))
    assert stream.dead_letter_count() == 0


def test_an_entry_that_keeps_ending_workers_is_written_by_itself(stream: Stream, redis: OwnRedis, prefix: str) -> None:
    stream.publish([one for one in some(1_000) if one.host == "h-0"])
    for _ in range(3):
        dying = Stream(redis.url, prefix, claim_ms=400)
        assert dying.take("w", 10_000, 4_000_000)
        dying.close()
    stream.publish([one for one in some(1_000) if one.host != "h-0"])
    graph = Graph()
    with going(Worker(Stream(redis.url, prefix, claim_ms=400), graph, SETTINGS, "w", now)):
        eventually(lambda: stream.standing().entries == 0)
    assert graph.written == Counter(range(1_000))
    assert all(len(batch) <= 250 for batch in graph.batches if batch[0].host == "h-0")


def test_an_entry_that_cannot_be_read_becomes_a_dead_letter(stream: Stream, redis: OwnRedis, prefix: str) -> None:
    redis.client.xadd(f"{{{prefix}}}:events:1", {"n": 1, "e": b"\xc1"})
    stream.publish(some(10))
    graph = Graph()
    with going(Worker(stream, graph, SETTINGS, "w", now)):
        eventually(lambda: stream.standing().entries == 0)
    assert graph.written == Counter(range(10))
    [stored] = stream.dead_letters()
    assert (stored.letter.format, stored.letter.raw) == ("stream-entry", b"\xc1")


def test_the_loops_survive_redis_being_killed(stream: Stream, redis: OwnRedis) -> None:
    graph, alerts = Graph(pause=0.05), Alerts()
    with going(Worker(stream, graph, SETTINGS, "w", now), DetectLoop(stream, alerts, Lease(stream, 3_000))):
        for start in range(0, 4_000, 1_000):
            stream.publish(some(start + 1_000)[start:])
            time.sleep(0.12)
            redis.crash(pause=0.1)
        assert stream.wait_until_idle(15)
    assert set(graph.written) == set(range(4_000))
    assert alerts.seen == {str(number) for number in range(4_000)}
    assert stream.dead_letter_count() == 0


CRASH = """
import os, signal, sys
from threading import Event
from app.config import Settings
from app.stream import Stream
from app.touched import Touched
from app.worker import Worker

class Dies:
    def write(self, events):
        with open(sys.argv[3], "a") as file:
            file.writelines(f"{event.pid}\\n" for event in events)
        os.kill(os.getpid(), signal.SIGKILL)

stream = Stream(sys.argv[1], sys.argv[2])
Worker(stream, Dies(), Settings(batch_events=500), "dies", lambda: 0).run(Event())
"""


def test_what_a_worker_wrote_before_it_was_killed_is_written_again_by_another(
    stream: Stream, redis: OwnRedis, prefix: str, tmp_path: Path
) -> None:
    stream.publish(some(2_000))
    written = tmp_path / "written"
    root = Path(__file__).parents[2]
    crash = [sys.executable, "-c", CRASH, redis.url, prefix, str(written)]
    died = subprocess.run(crash, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL
    before = {int(line) for line in written.read_text().split()}
    assert 250 <= len(before) <= 500
    assert stream.backlog() == 2_000, "written and not handed over is not acknowledged"
    graph, alerts = Graph(), Alerts()
    with going(Worker(stream, graph, SETTINGS, "other", now), DetectLoop(stream, alerts, Lease(stream, 3_000))):
        assert stream.wait_until_idle(10)
    assert graph.written == Counter(range(2_000))
    assert before <= {int(host) for host in alerts.seen}


def test_one_detects_and_another_takes_over_when_it_dies(redis: OwnRedis, prefix: str, stream: Stream) -> None:
    first, second = Alerts(), Alerts()
    held = Lease(stream, 1_500)
    assert held.hold()
    stream.wake(Touched.of({"x"}, [1], {"a": (1, 1)}, 1))
    assert len(stream.take_touched(10)) == 1, "it dies after this, without a word"
    with going(DetectLoop(stream, second, Lease(stream, 20_000))):
        time.sleep(0.3)
        assert second.evaluated == []
        eventually(lambda: second.seen == {"a"}, 5)
        assert stream.idle()
        with going(DetectLoop(stream, first, Lease(stream, 3_000))):
            for number in range(10):
                stream.wake(Touched.of({"x"}, [1], {f"b{number}": (1, 1)}, 1))
                time.sleep(0.15)
            assert first.evaluated == [], "never two at once"
    with going(DetectLoop(stream, first, Lease(stream, 3_000))):
        stream.wake(Touched.of({"x"}, [1], {"c": (1, 1)}, 1))
        eventually(lambda: first.seen == {"c"}, 10)


def test_a_long_evaluation_keeps_the_lease(stream: Stream) -> None:
    busy = threading.Event()

    def slowly(_: Touched) -> None:
        busy.set()
        time.sleep(3.5)

    slow, other = Alerts(slowly), Alerts()
    stream.wake(Touched.of({"x"}, [1], {"a": (1, 1)}, 1))
    with going(DetectLoop(stream, slow, Lease(stream, 1_500))):
        busy.wait(5)
        with going(DetectLoop(stream, other, Lease(stream, 1_500))):
            eventually(lambda: slow.seen == {"a"})
            assert other.evaluated == []


def test_a_detector_that_was_cut_off_writes_nothing_more(stream: Stream, redis: OwnRedis, prefix: str) -> None:
    """The lease is lost while it evaluates: its check says so before it writes, and its work stays for the next."""
    lease = Lease(stream, 600)
    wrote: list[str] = []

    def cut_off(_: Touched) -> None:
        redis.client.set(f"{{{prefix}}}:detector", "another", px=1_500)
        time.sleep(0.8)
        with pytest.raises(LeaseLost):
            lease.check()
        lease.check()
        wrote.append("something")

    def once(touched: Touched) -> None:
        if not alerts.tried:
            alerts.tried = True
            cut_off(touched)

    alerts = Alerts(once)
    alerts.tried = False  # type: ignore[attr-defined]
    stream.wake(Touched.of({"x"}, [1], {"a": (1, 1)}, 1))
    with going(DetectLoop(stream, alerts, lease)):
        time.sleep(1.2)
        assert stream.standing().hand_overs == 1
        eventually(lambda: alerts.seen == {"a"}, 5)
    assert wrote == []


def test_detection_waits_for_the_graph(stream: Stream) -> None:
    alerts = Alerts(Failing(GraphUnavailable("gone"), 4))
    stream.wake(Touched.of({"x"}, [1], {"a": (1, 1)}, 1))
    with going(DetectLoop(stream, alerts, Lease(stream, 3_000))):
        eventually(stream.idle)
    assert alerts.seen == {"a"}


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), WriteRefused("a property is too long")])
def test_a_hand_over_that_cannot_be_evaluated_holds_up_no_other(stream: Stream, error: Exception) -> None:
    def trouble(touched: Touched) -> None:
        if "bad" in touched.hosts:
            raise error

    alerts = Alerts(trouble)
    for name in ("a", "bad", "b"):
        stream.wake(Touched.of({"x"}, [1], {name: (1, 1)}, 1))
    with capture_logs(), going(DetectLoop(stream, alerts, Lease(stream, 3_000))):
        eventually(stream.idle, 20)
    assert alerts.seen == {"a", "b"}
    [stored] = stream.dead_letters()
    assert stored.letter.format == "hand-over"
    assert str(error) in stored.letter.reason


def test_hand_overs_that_pile_up_are_evaluated_together(stream: Stream) -> None:
    for number in range(100):
        stream.wake(Touched.of({"x"}, [number], {str(number): (1, 1)}, 1))
    alerts = Alerts()
    with going(DetectLoop(stream, alerts, Lease(stream, 3_000))):
        eventually(stream.idle)
    assert [len(one.hosts) for one in alerts.evaluated] == [64, 36]


def test_idle_is_exact_while_events_flow(stream: Stream) -> None:
    """Whenever nothing is said to be left, all that was published was evaluated."""
    graph, alerts = Graph(pause=0.002), Alerts(lambda _: time.sleep(0.002))
    assert stream.idle()
    with going(Worker(stream, graph, SETTINGS, "w", now), DetectLoop(stream, alerts, Lease(stream, 3_000))):
        for number in range(150):
            stream.publish([event(number)])
            assert stream.wait_until_idle(5)
            assert str(number) in alerts.seen
    stream.publish([event(1)])
    assert not stream.wait_until_idle(0.2)


def test_one_process_runs_them_all_and_ends_when_one_cannot_go_on(stream: Stream) -> None:
    graph, alerts, stop = Graph(), Alerts(), threading.Event()
    stream.publish(some(2_000))

    def all_of_them(**more: object) -> None:
        run(stream, SETTINGS, "host", now, stop, writer=graph, detector=alerts, workers=2, **more)  # type: ignore

    thread = threading.Thread(target=all_of_them)
    thread.start()
    assert stream.wait_until_idle(10)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert graph.written == Counter(range(2_000))

    def refuse(_: object) -> None:
        raise ConfigError("the database refuses the password")

    graph, stop = Graph(refuse), threading.Event()
    stream.publish(some(10))
    with pytest.raises(ConfigError, match="refuses the password"):
        all_of_them()
    assert stream.backlog() == 10
