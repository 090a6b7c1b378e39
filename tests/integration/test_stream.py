"""What the streams promise, on a real Redis that is killed, filled and flushed."""

import asyncio
import os
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from random import Random

import pytest
from own_redis import OwnRedis, own_redis

from app.changes import Change
from app.errors import BackPressure, ConfigError, DeadLettersFull, LeaseLost, StreamUnavailable
from app.events import AnyEvent, FileWritten, ProcessStarted
from app.metrics import Metrics
from app.stream import DeadLetter, Entry, Lease, Standing, Stream, changes, wake
from app.touched import Touched

Make = Callable[..., Stream]
ALL = 1_000_000


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    with own_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def prefix() -> str:
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture
def make(redis: OwnRedis, prefix: str) -> Iterator[Make]:
    made: list[Stream] = []

    def one(partitions: int = 4, backlog: int = ALL, **more: int) -> Stream:
        stream = Stream(redis.url, prefix, partitions, backlog, **more)
        assert stream.open() == []
        made.append(stream)
        return stream

    yield one
    for stream in made:
        stream.close()


def event(number: int, host: str = "web-1", binary: str = "/usr/sbin/nginx") -> ProcessStarted:
    return ProcessStarted(at=1_700_000_000_000 + number, host=host, pid=number, binary=binary)


def some(count: int, hosts: int = 7) -> list[AnyEvent]:
    return [event(number, f"web-{number % hosts}") for number in range(count)]


def about(*names: str) -> Touched:
    return Touched.of({"process_started"}, [1_700_000_000_000], dict.fromkeys(names, (1, 2)), 5)


def letter(number: int, reason: str = "no pid", raw: bytes = b"{}") -> DeadLetter:
    return DeadLetter(at=5, format="tetragon", source="a.log", line=number, reason=reason, raw=raw)


def seen(entries: list[Entry]) -> list[AnyEvent]:
    return sorted((one for entry in entries for one in entry.events), key=lambda one: (one.at, one.host))


def take(stream: Stream, worker: str = "w", wait_ms: int = 0) -> list[Entry]:
    return stream.take(worker, ALL, ALL * 1000, wait_ms)


def test_what_is_published_is_taken_once_and_whole(make: Make) -> None:
    stream = make()
    events = some(2_345)
    assert stream.publish(events) == 2_345
    assert stream.standing().events == 2_345
    taken = take(stream)
    assert seen(taken) == events
    assert take(stream) == take(stream, "another") == []
    assert {entry.deliveries for entry in taken} == {1}


def test_a_host_has_one_partition_in_every_process(make: Make) -> None:
    stream = make()
    stream.publish([event(number, host) for number in range(600) for host in ("web-1", "web-2", "böse")])
    places = {one.host: entry.partition for entry in take(stream) for one in entry.events}
    assert places == {"web-1": 0, "web-2": 2, "böse": 0}


def test_entries_are_bounded_by_count_and_by_bytes(make: Make) -> None:
    stream = make(partitions=1)
    stream.publish(some(1_000))
    stream.publish([FileWritten(at=number, host="h", path="/" + "x" * 4000) for number in range(200)])
    stream.publish([FileWritten(at=1, host="h", path="/" + "x" * 300_000)])
    entries = take(stream)
    assert sum(entry.count for entry in entries) == 1_201
    assert max(entry.count for entry in entries) == 250
    assert [len(entry.packed) // 131_073 for entry in entries] == [0] * (len(entries) - 1) + [2]


def test_a_batch_holds_its_bounds_whatever_entries_there_are(make: Make) -> None:
    stream = make(partitions=2)
    random = Random(1)
    total = 0
    for _ in range(60):
        total += stream.publish(some(random.choice([1, 1, 1, 3, 40, 900])))
    sizes = []
    while entries := stream.take("w", 1_000, 10_000_000):
        sizes.append(sum(entry.count for entry in entries))
        stream.hand_over(entries, Touched())
    assert sum(sizes) == total
    assert max(sizes) <= 1_000
    assert min(sizes[:-1]) > 750
    stream.publish(some(2_000))
    assert max(len(entry.packed) for entry in stream.take("w", 2_000, 10_000)) > 10_000, "one entry at least"
    assert len(stream.take("w", 2_000, 10_000)) == 1


def test_a_waiting_take_returns_as_soon_as_there_is_something(make: Make) -> None:
    stream = make()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(take, stream, "w", 4_000)
        time.sleep(0.3)
        published = time.perf_counter()
        stream.publish(some(3, hosts=1))
        assert seen(waiting.result()) == some(3, hosts=1)
        assert time.perf_counter() - published < 1


def test_a_take_looks_first_into_the_partitions_it_was_given(make: Make) -> None:
    stream = make()
    stream.publish(some(40, hosts=20))
    for partition in (2, 0, 3):
        first = stream.take("w", 1, ALL, 0, [partition])
        assert [entry.partition for entry in first] == [partition]


def test_no_partition_waits_until_another_is_empty(make: Make) -> None:
    stream = make()
    for start in range(0, 20_000, 1_000):
        stream.publish([event(start + number, f"h-{number % 40}") for number in range(1_000)])
    for _ in range(5):
        partitions = [entry.partition for entry in stream.take("w", 1_000, ALL)]
        assert sorted(set(partitions)) == [0, 1, 2, 3]
    first = [stream.take("w", 1, ALL)[0].partition for _ in range(4)]
    assert sorted(first) == [0, 1, 2, 3], "small batches neither"
    own = {entry.partition for entry in stream.take("w", 1_000, ALL, 0, [1, 2])}
    assert own == {1, 2}


def test_hand_over_acknowledges_and_tells_detection_in_one_step(make: Make) -> None:
    stream = make()
    stream.publish(some(500))
    entries = take(stream)
    assert stream.standing() == Standing(500, len(entries), 0, 0)
    assert not stream.idle()
    assert stream.hand_over(entries, about("a"), [letter(1)]) == len(entries)
    assert stream.standing() == Standing(0, 0, 1, 1)
    assert not stream.idle()
    [(id, touched)] = stream.take_touched(10)
    assert touched == about("a")
    assert not stream.idle(), "a hand-over that is being evaluated is not done"
    stream.done([id])
    assert stream.idle()


def test_handing_over_twice_counts_once(make: Make) -> None:
    stream = make()
    stream.publish(some(500))
    entries = take(stream)
    stream.publish(some(10))
    assert stream.hand_over(entries[:2], about("a")) == 2
    assert stream.hand_over(entries, about("a")) == len(entries) - 2
    assert stream.hand_over(entries, about("a")) == 0
    assert stream.backlog() == 10


def test_what_a_dead_worker_held_goes_to_another_after_a_while(make: Make) -> None:
    stream = make(claim_ms=1_000)
    stream.publish(some(900))
    lost = stream.take("dead", 300, ALL)
    rest = take(stream, "alive")
    assert seen(lost + rest) == some(900)
    stream.hand_over(rest, Touched())
    assert take(stream, "alive") == []
    time.sleep(1.3)
    again = take(stream, "alive")
    assert seen(again) == seen(lost)
    assert {entry.deliveries for entry in again} == {2}
    stream.hand_over(again, Touched())
    assert stream.standing().entries == 0


def test_a_worker_that_says_it_is_at_it_keeps_its_entries(make: Make) -> None:
    stream = make(claim_ms=1_200)
    stream.publish(some(300))
    held = take(stream, "slow")
    for _ in range(4):
        time.sleep(0.4)
        assert stream.keep("slow", held) == held
        assert take(stream, "other") == []
    time.sleep(1.5)
    assert seen(take(stream, "other")) == seen(held)
    assert stream.keep("slow", held) == []
    assert len(stream.keep("other", held)) == len(held), "asking did not take them back"


def test_a_worker_that_starts_again_gets_its_own_back_at_once(make: Make) -> None:
    before = make()
    before.publish(some(900))
    held = before.take("w", 500, ALL)
    before.publish(some(900))
    after = make()
    again = after.take("w", 500, ALL)
    assert seen(again) == seen(held)
    assert {entry.deliveries for entry in again} == {2}
    more = after.take("w", 500, ALL)
    assert more
    assert not {(entry.partition, entry.id) for entry in more} & {(entry.partition, entry.id) for entry in held}


def test_an_answer_that_was_lost_is_asked_for_again(make: Make, redis: OwnRedis) -> None:
    stream = make()
    stream.publish(some(300))
    with ThreadPoolExecutor() as pool:
        take(stream)
        waiting = pool.submit(take, stream, "w", 4_000)
        time.sleep(0.2)
        redis.crash()
        with pytest.raises(StreamUnavailable):
            waiting.result()
    assert seen(take(stream)) == some(300), "whatever it was given and may not have got"


def test_two_workers_share_the_load_and_nothing_twice(make: Make) -> None:
    stream = make()
    for start in range(0, 20_000, 500):
        stream.publish([event(start + number, f"h-{number % 50}") for number in range(500)])
    got: dict[str, list[AnyEvent]] = {"a": [], "b": []}

    def work(name: str) -> None:
        while entries := stream.take(name, 1_000, ALL):
            got[name] += [one for entry in entries for one in entry.events]
            stream.hand_over(entries, about("x"))
            time.sleep(0.005)

    threads = [threading.Thread(target=work, args=(name,)) for name in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got["a"]) + len(got["b"]) == 20_000
    assert len(set(got["a"]) | set(got["b"])) == 20_000
    assert min(map(len, got.values())) > 5_000


def test_a_full_backlog_takes_nothing_at_all_and_loses_nothing(make: Make) -> None:
    stream = make(backlog=1_000)
    stream.publish(some(900))
    with pytest.raises(BackPressure, match="the backlog holds 900 events, its limit is 1000: send again") as error:
        stream.publish(some(200), [letter(1)])
    assert error.value.retry_after == 1.0
    assert stream.standing() == Standing(900, 7, 0, 0)
    stream.publish([], [letter(1)])
    stream.publish(some(100))
    entries = take(stream)
    assert sum(entry.count for entry in entries) == 1_000
    with pytest.raises(BackPressure):
        stream.publish(some(1))
    stream.hand_over(entries, Touched())
    stream.publish(some(5_000))
    assert stream.backlog() == 5_000, "an empty backlog takes any batch, or a large one would wait for ever"


def test_a_backlog_that_was_deleted_by_hand_does_not_stay_full(make: Make, redis: OwnRedis, prefix: str) -> None:
    stream = make(backlog=1_000)
    stream.publish(some(1_000))
    for partition in range(4):
        redis.client.xtrim(f"{{{prefix}}}:events:{partition}", maxlen=0)
    stream.publish(some(700))
    assert stream.backlog() == 700
    assert sum(entry.count for entry in take(stream)) == 700


def test_ingest_stops_and_hand_over_goes_on_when_memory_is_full(make: Make, redis: OwnRedis) -> None:
    stream = make()
    stream.publish(some(5_000))
    entries = take(stream)
    redis.client.config_set("maxmemory", "1mb")
    try:
        with pytest.raises(BackPressure, match="no memory left"):
            stream.publish(some(10))
        assert stream.backlog() == 5_000
        assert stream.hand_over(entries, about("a"), [letter(1)]) == len(entries)
        assert stream.standing() == Standing(0, 0, 1, 1)
        [(id, _)] = stream.take_touched(10)
        stream.done([id], Change(alerts=("x",)))
    finally:
        redis.client.config_set("maxmemory", "0")


@pytest.mark.parametrize("fsync", ["always", "everysec"])
def test_nothing_is_lost_and_all_is_counted_when_redis_is_killed(tmp_path, fsync) -> None:
    """Publishing, writing and detecting go on while Redis is killed eight times."""
    with own_redis(tmp_path, fsync) as redis:
        stream = Stream(redis.url, "deployment", 3, 3_000, claim_ms=200)
        stream.open()
        published: list[tuple[float, range]] = []
        detected: set[int] = set()
        kills: list[float] = []
        ended = threading.Event()
        failures: list[BaseException] = []

        def loop(turn: Callable[[], None]) -> None:
            try:
                while not ended.is_set():
                    try:
                        turn()
                    except (StreamUnavailable, BackPressure):
                        time.sleep(0.02)
            except BaseException as error:
                failures.append(error)
                raise

        def publish() -> None:
            first = len(published) * 50
            numbers, began = range(first, first + 50), time.monotonic()
            stream.publish([event(number, f"h-{number % 9}") for number in numbers])
            published.append((began, numbers))

        def write(name: str) -> None:
            entries = stream.take(name, 500, ALL, 20)
            if entries:
                numbers = [str(one.pid) for entry in entries for one in entry.events]  # type: ignore[union-attr]
                stream.hand_over(entries, about(*numbers))

        def detect() -> None:
            found = stream.take_touched(16, 20)
            detected.update(int(number) for _, one in found for number in one.hosts)
            stream.done([id for id, _ in found])

        turns = [publish, lambda: write("a"), lambda: write("b"), detect]
        threads = [threading.Thread(target=loop, args=(turn,)) for turn in turns]
        for thread in threads:
            thread.start()
        random = Random(fsync)
        for _ in range(8):
            time.sleep(random.uniform(0.1, 0.4))
            kills.append(time.monotonic())
            redis.crash(pause=random.choice([0, 0.2]))
        time.sleep(0.3)
        ended.set()
        for thread in threads:
            thread.join()
        assert failures == []
        deadline = time.monotonic() + 20
        while not stream.idle():
            assert time.monotonic() < deadline
            write("a")
            detect()
            time.sleep(0.01)
        assert stream.backlog() == 0
        assert len(published) > 10
        lost = [(at, numbers) for at, numbers in published if not detected.issuperset(numbers)]
        if fsync == "always":
            assert lost == [], "whatever was accepted was written and evaluated"
        for at, _ in lost:
            # What `open` warns of: this setting may answer before it writes.
            assert any(0 <= kill - at < 3 for kill in kills)
        stream.close()


def test_a_transaction_that_a_kill_cut_in_the_log_leaves_no_trace(tmp_path) -> None:
    """Redis 6.2 leaves the beginning of such a transaction in its file, and runs it at the start after the next."""
    with own_redis(tmp_path) as redis:
        log = redis.folder / "appendonly.aof"
        if not log.exists():
            log = next(redis.folder.glob("appendonlydir/*.incr.aof"))
        stream = Stream(redis.url, "deployment", 3, 100_000, claim_ms=100)
        stream.open()
        number = 0

        def publish() -> list[AnyEvent]:
            nonlocal number
            number += 9
            events = [event(number + host, f"h-{host}") for host in range(9)]
            stream.publish(events)
            return events

        def work() -> list[AnyEvent]:
            entries = take(stream)
            stream.hand_over(entries, about("x"), [letter(1)])
            stream.done([id for id, _ in stream.take_touched(100)])
            return seen(entries)

        for step in range(3, 60, 2):
            done: list[AnyEvent] = []
            publish()
            before = log.stat().st_size
            published = publish() if step % 4 == 1 else work()
            cut = before + (log.stat().st_size - before) * step // 60
            redis.kill()
            os.truncate(log, cut)
            redis.start()
            with suppress(StreamUnavailable):
                stream.idle()  # notices
            with suppress(StreamUnavailable):
                done += work()
            published = publish()
            done += work()
            published += publish()
            redis.crash()
            with suppress(StreamUnavailable):
                stream.idle()
            deadline = time.monotonic() + 5
            while not stream.idle():
                assert time.monotonic() < deadline, f"cut at {step} of 60"
                with suppress(StreamUnavailable):
                    done += work()
            assert set(published) <= set(done), f"cut at {step} of 60"
            assert stream.backlog() == 0
        stream.close()


def test_an_entry_that_is_neither_new_nor_held_is_found(make: Make, redis: OwnRedis, prefix: str) -> None:
    stream = make(partitions=1, claim_ms=100)
    stream.publish(some(600))
    redis.client.xgroup_setid(f"{{{prefix}}}:events:0", "writers", "$")
    deadline = time.monotonic() + 5
    found: list[Entry] = []
    while not found:
        assert time.monotonic() < deadline
        found = take(stream)
    assert seen(found) == some(600)
    assert len(stream.keep("w", found)) == 3, "it is held like any other"
    stream.hand_over(found, Touched())
    assert stream.idle()


def test_a_counter_that_is_wrong_is_right_when_the_streams_are_empty(make: Make, redis: OwnRedis, prefix: str) -> None:
    stream = make()
    for wrong in (-500, 500):
        stream.publish(some(100))
        redis.client.incrby(f"{{{prefix}}}:backlog", wrong)
        entries = take(stream)
        stream.hand_over(entries[:1], Touched())
        assert stream.backlog() >= len(entries) - 1
        stream.hand_over(entries[1:], Touched())
        assert stream.backlog() == 0


def test_detection_gets_first_what_its_predecessor_did_not_finish(make: Make) -> None:
    stream = make()
    for name in "abcde":
        stream.wake(about(name))
    held = stream.take_touched(2)
    successor = make()
    assert successor.take_touched(3)[:2] == held
    assert [next(iter(one.hosts)) for _, one in successor.take_touched(10)] == list("abcde")
    successor.done([id for id, _ in held])
    assert [next(iter(one.hosts)) for _, one in successor.take_touched(10)] == list("cde")


def test_a_hand_over_wakes_a_waiting_detector_at_once(make: Make) -> None:
    stream = make()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(stream.take_touched, 5, 4_000)
        time.sleep(0.3)
        published = time.perf_counter()
        asyncio.run(wake(stream, about("a")))
        assert [one for _, one in waiting.result()] == [about("a")]
        assert time.perf_counter() - published < 1


def test_listeners_hear_each_change_and_that_redis_went_away(make: Make, redis: OwnRedis, prefix: str) -> None:
    stream = make()

    async def listen() -> list[Change]:
        heard: list[Change] = []
        with suppress(StreamUnavailable):
            async for change in changes(redis.url, prefix):
                heard.append(change)
                if len(heard) == 3:
                    redis.kill()
        return heard

    async def both() -> list[Change]:
        listening = asyncio.create_task(listen())
        await asyncio.sleep(0.3)
        await asyncio.to_thread(stream.done, [], Change(alerts=("a",)))
        await asyncio.to_thread(stream.done, [])
        await asyncio.to_thread(redis.client.publish, f"{{{prefix}}}:changed", b"not ours")
        await asyncio.to_thread(stream.done, [], Change(investigations=("b",)))
        return await asyncio.wait_for(listening, 10)

    try:
        assert asyncio.run(both()) == [Change(), Change(alerts=("a",)), Change(investigations=("b",))]
    finally:
        redis.kill()
        redis.start()


def test_one_holds_the_lease_until_it_lapses_or_is_let_go(make: Make) -> None:
    one, other = Lease(make(), 1_500), Lease(make(), 1_500)
    assert one.hold()
    assert not other.hold()
    time.sleep(0.8)
    assert one.hold()
    time.sleep(0.8)
    assert not other.hold(), "it was prolonged"
    one.check()
    time.sleep(1)
    assert other.hold(), "it lapsed"
    with pytest.raises(LeaseLost):
        one.check()
    assert not one.hold()
    one.release()
    with pytest.raises(LeaseLost):
        one.check()
    other.release()
    one.check()


def test_dead_letters_are_kept_as_they_came_until_they_are_deleted(make: Make) -> None:
    stream = make()
    rubbish = bytes(Random(1).randbytes(3_000_000))
    stream.publish([event(1)], [letter(1), letter(2, "line 7 of 12 is cut", b"x" * 100_000)])
    stream.publish([], [letter(3, "line 8 of 12 is cut", rubbish)])
    stored = stream.dead_letters()
    assert [one.letter for one in stored] == [
        letter(1),
        letter(2, "line 7 of 12 is cut", b"x" * 100_000),
        letter(3, "line 8 of 12 is cut", rubbish),
    ]
    assert stream.dead_letters(after=stored[0].id, count=1) == stored[1:2]
    assert stream.dead_letters_by_reason() == {
        ("tetragon", "line # of # is cut"): 2,
        ("tetragon", "no pid"): 1,
    }
    assert stream.delete_dead_letters([stored[1].id, stored[1].id, "1-1"]) == 1
    assert stream.dead_letter_count() == 2
    assert stream.backlog() == 1


def test_dead_letters_are_counted_however_many_there_are(make: Make) -> None:
    stream = make()
    for start in range(0, 3_000, 100):
        stream.publish(
            [], [letter(number, f"{'odd' if number % 3 else 'bad'} {number}") for number in range(start, start + 100)]
        )
    assert list(stream.dead_letters_by_reason().items()) == [
        (("tetragon", "odd #"), 2_000),
        (("tetragon", "bad #"), 1_000),
    ]


def test_full_dead_letters_refuse_all_that_comes_with_more(make: Make) -> None:
    stream = make(most_letter_bytes=10_000)
    random = Random(1)
    letters = [letter(number, raw=random.randbytes(900)) for number in range(9)]
    stream.publish([event(1)], letters)
    with pytest.raises(DeadLettersFull, match=r"2 rejected records find no room: the dead letters hold 8\d\d\d bytes"):
        stream.publish([event(2)], [letter(10, raw=random.randbytes(900))] * 2)
    assert stream.standing() == Standing(1, 1, 0, 9)
    stream.publish([event(2)])
    stream.hand_over(take(stream), Touched(), letters)
    assert stream.dead_letter_count() == 18, "a worker's are events that were accepted before"
    stream.delete_dead_letters([one.id for one in stream.dead_letters()])
    stream.publish([], letters)
    assert stream.dead_letter_count() == 9


def test_an_entry_that_cannot_be_read_says_so(make: Make, redis: OwnRedis, prefix: str) -> None:
    stream = make()
    redis.client.xadd(f"{{{prefix}}}:events:2", {"n": 3, "e": b"\x92\x01"})
    redis.client.xadd(f"{{{prefix}}}:touched", {"t": b"\xc1"})
    stream.wake(about("a"))
    [entry] = take(stream)
    assert (entry.partition, entry.count, entry.events, entry.packed) == (2, 3, (), b"\x92\x01")
    assert entry.fault is not None
    assert [one for _, one in stream.take_touched(10)] == [about("a")]
    [stored] = stream.dead_letters()
    assert (stored.letter.format, stored.letter.raw) == ("hand-over", b"\xc1")
    assert stream.standing().hand_overs == 1


def test_streams_that_were_flushed_come_back(make: Make, redis: OwnRedis, prefix: str) -> None:
    stream = make()
    take(stream)
    stream.take_touched(1)
    for key in redis.client.scan_iter(f"{{{prefix}}}*"):
        redis.client.delete(key)
    with pytest.raises(StreamUnavailable, match="lost its streams"):
        take(stream)
    assert stream.take_touched(1) == []
    stream.publish(some(10))
    assert seen(take(stream)) == some(10)
    assert stream.take_touched(1) == []
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(take, stream, "w", 3_000), pool.submit(stream.take_touched, 1, 3_000)]
        time.sleep(0.3)
        for key in redis.client.scan_iter(f"{{{prefix}}}*"):
            redis.client.delete(key)
        for one in waiting:
            # What Redis says, and when, differs between its versions.
            with suppress(StreamUnavailable):
                assert one.result() == []


def test_a_redis_that_would_lose_events_is_refused_or_complained_of(redis: OwnRedis, prefix: str) -> None:
    stream = Stream(redis.url, prefix)
    redis.client.config_set("appendonly", "no")
    [warning] = stream.open()
    assert "set appendonly to yes" in warning
    assert "of-this-test" not in warning
    redis.client.config_set("appendonly", "yes")
    redis.client.config_set("appendfsync", "everysec")
    [warning] = stream.open()
    assert "set appendfsync to always" in warning
    redis.client.config_set("appendfsync", "always")
    redis.client.config_set("maxmemory", "100mb")
    redis.client.config_set("maxmemory-policy", "allkeys-lru")
    with pytest.raises(ConfigError, match="set maxmemory-policy to noeviction"):
        stream.open()
    redis.client.config_set("maxmemory-policy", "noeviction")
    assert stream.open() == []
    redis.client.config_set("maxmemory", "0")
    stream.close()


def test_partitions_change_only_when_nothing_waits(make: Make) -> None:
    two = make(partitions=2)
    two.publish(some(10))
    with pytest.raises(ConfigError, match="events wait in 2 partitions and POLYGRAPH_PARTITIONS is 8: set it to 2"):
        make(partitions=8)
    two.hand_over(take(two), Touched())
    eight = make(partitions=8)
    eight.publish(some(10))
    assert seen(take(eight)) == some(10)
    with pytest.raises(ConfigError, match="set it to 8"):
        make(partitions=2)


def test_a_wrong_password_and_a_wrong_address_stop_the_program(redis: OwnRedis) -> None:
    with pytest.raises(ConfigError, match="refuses us") as error:
        Stream(redis.url.replace("of-this-test", "wrong"), "p").open()
    assert "wrong" not in str(error.value).split("refuses us")[0]
    with pytest.raises(ConfigError, match="looks like"):
        Stream("http://:secret@localhost", "p")
    with pytest.raises(StreamUnavailable, match=r"127\.0\.0\.1:1"):
        Stream("redis://:secret@127.0.0.1:1/0", "p").open()


def test_the_masking_key_is_made_once(make: Make) -> None:
    streams = [make() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(Stream.mask_key, streams))
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32


def test_workers_that_are_gone_are_forgotten_and_never_with_what_they_hold(
    make: Make, redis: OwnRedis, prefix: str, monkeypatch
) -> None:
    stream = make(partitions=1)
    stream.publish(some(1))
    take(stream, "holds")
    take(stream, "gone")
    monkeypatch.setattr("app.stream.entries._FORGOTTEN_AFTER_MS", 0)
    time.sleep(0.01)
    stream.forget_workers()
    names = [one["name"] for one in redis.client.xinfo_consumers(f"{{{prefix}}}:events:0", "writers")]
    assert names == [b"holds"]
    assert seen(take(make(partitions=1), "holds")) == some(1)


def test_entries_keep_the_order_of_their_host(make: Make) -> None:
    stream = make()
    for start in range(0, 1_000, 10):
        stream.publish([event(start + number, "web-1") for number in range(10)])
    moments = [one.at for entry in take(stream) for one in entry.events]
    assert all(before < after for before, after in pairwise(moments))


def test_a_large_letter_is_small_in_redis(make: Make, redis: OwnRedis, prefix: str) -> None:
    stream = make()
    raw = b'{"process_exec": {"process": {}}}' * 100_000
    stream.publish([], [letter(1, raw=raw)])
    assert int(redis.client.get(f"{{{prefix}}}:dead:bytes")) < len(zlib.compress(raw)) + 200


def test_a_scrape_shows_what_lies_in_redis_and_whether_it_answers(make: Make) -> None:
    stream = make()
    stream.publish(some(10), [letter(1)])
    up, down = Metrics(), Metrics()
    up.show_standing(stream.standing)
    text = up.text().decode()
    for line in ("stream_up 1.0", "backlog_events 10.0", "hand_overs_waiting 0.0", "dead_letters 1.0"):
        assert f"\npolygraph_{line}\n" in text
    down.show_standing(Stream("redis://127.0.0.1:1/0", "p").standing)
    text = down.text().decode()
    assert "\npolygraph_stream_up 0.0\n" in text
    assert "polygraph_backlog_events" not in text
