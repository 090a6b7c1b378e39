"""From raw records to the stream, on a real Redis: what is taken, what is not, and that nothing is lost between."""

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator

import msgspec
import pytest
from own_redis import OwnRedis, own_redis

from app import events, sources, touched
from app.errors import BackPressure, DeadLettersFull, StreamUnavailable
from app.events import AnyEvent, ProcessStarted
from app.ingest import Ingest, Origin, replay_dead_letters
from app.mask import Masker
from app.metrics import Metrics
from app.sources import Context, Ignored, Outcome, Record, Rejected, Taken
from app.sources._moments import moment
from app.stream import DeadLetter, Stream
from app.tally import Tally
from app.touched import Touched

NOW = 1_700_000_000_000
TOLERANCE = 300_000
Make = Callable[..., Ingest]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    with own_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def stream(redis: OwnRedis) -> Iterator[Stream]:
    one = Stream(redis.url, f"test-{uuid.uuid4().hex}", 4, 3_000, most_letter_bytes=100_000)
    one.open()
    yield one
    one.close()


@pytest.fixture
def make(stream: Stream) -> Make:
    def one(sleep: Callable[[float], None] | None = None, now: int = NOW, metrics: Metrics | None = None) -> Ingest:
        masker = Masker(stream.mask_key())
        return Ingest(stream, masker, lambda: now, TOLERANCE, sleep=sleep, metrics=metrics)

    return one


def line(number: int, at: int = NOW, **more: object) -> bytes:
    args = "".join(f', "{name}": "{value}"' for name, value in more.items())
    return (
        f'{{"kind": "process_started", "at": {at}, "host": "h-{number % 5}", "pid": {number}, '
        f'"binary": "/bin/sh"{args}}}\n'.encode()
    )


def read(*lines: bytes) -> Iterator[Outcome]:
    return sources.read("polygraph", lines, Context())


def taken(number: int) -> Taken:
    event = ProcessStarted(at=NOW, host="h", pid=number, binary="/bin/sh")
    return Taken(Record(b"{}", number), (event,))


def stored(stream: Stream) -> list[AnyEvent]:
    """Return all that waits, and have it done with."""
    entries = stream.take("test", 10**6, 10**9)
    stream.hand_over(entries, Touched())
    return sorted((one for entry in entries for one in entry.events), key=lambda one: getattr(one, "pid", 0))


def test_every_record_is_counted_once_and_what_was_rejected_lies_among_the_dead_letters(
    make: Make, stream: Stream
) -> None:
    metrics = Metrics()
    ignored = Ignored(Record(b"type=EOF", 9), "eof")
    outcomes = [
        *read(line(1), b"not json\n", line(2, NOW - 5), b'{"kind": "no"}\n', line(3, NOW + 7)),
        ignored,
        ignored,
    ]
    done: list[int] = []
    tally = make(metrics=metrics).feed(outcomes, "a.ndjson", "polygraph", done.append)
    assert (tally.records, tally.taken, tally.events) == (7, 3, 3)
    assert (tally.first, tally.last) == (NOW - 5, NOW + 7)
    assert tally.ignored == {"eof": 2}
    assert sum(tally.rejected.values()) == 2
    assert not tally.complete
    assert sum(done) == 7
    assert [one.pid for one in stored(stream)] == [1, 2, 3]
    letters = [one.letter for one in stream.dead_letters()]
    assert [(one.line, one.raw, one.source, one.format, one.at) for one in letters] == [
        (2, b"not json", "a.ndjson", "polygraph", NOW),
        (4, b'{"kind": "no"}', "a.ndjson", "polygraph", NOW),
    ]
    assert all(one.reason for one in letters)
    text = metrics.text().decode()
    for shown in (
        'polygraph_ingest_records_total{format="polygraph",outcome="taken"} 3.0',
        'polygraph_ingest_records_total{format="polygraph",outcome="ignored"} 2.0',
        'polygraph_ingest_records_total{format="polygraph",outcome="rejected"} 2.0',
        "polygraph_ingest_events_total 3.0",
    ):
        assert shown in text


def test_an_event_of_the_future_is_refused_with_the_reason(make: Make, stream: Stream) -> None:
    ahead = NOW + 12_000_000
    outcomes = read(line(1, NOW + TOLERANCE), line(2, NOW + TOLERANCE + 1), line(3, ahead))
    tally = make().feed(outcomes, "a", "polygraph")
    assert tally.rejected == {
        "lies # min in the future of this machine's clock": 1,
        "lies # h # min in the future of this machine's clock": 1,
    }
    assert tally.last == NOW + TOLERANCE
    assert [one.pid for one in stored(stream)] == [1]
    reasons = [one.letter.reason for one in stream.dead_letters()]
    assert reasons == [
        "lies 5 min in the future of this machine's clock",
        "lies 3 h 20 min in the future of this machine's clock",
    ]


def test_secrets_are_masked_before_anything_is_stored(make: Make, stream: Stream, redis: OwnRedis) -> None:
    secret = "hunter2-S3cr3t"
    good = line(1, command=f"mysql --password={secret} shop")
    bad = line(2, command=f"mysql --password={secret} shop", nonsense="x")
    make().feed(read(good, bad), "a", "polygraph")
    redis.client.bgrewriteaof()
    everything = b""
    for key in redis.client.scan_iter():
        if redis.client.type(key) == b"stream":
            everything += repr(redis.client.xrange(key)).encode()
    assert b"mysql" in everything
    assert secret.encode() not in everything
    [event] = stored(stream)
    [letter] = stream.dead_letters()
    mask = event.command.removeprefix("mysql --password=").removesuffix(" shop")
    assert mask in letter.letter.raw.decode(), "the same secret looks the same everywhere"


def test_what_a_sensor_repeats_is_stored_once(make: Make, stream: Stream) -> None:
    tally = make().feed(read(line(1), line(1), line(2), line(1)), "a", "polygraph")
    assert (tally.records, tally.taken, tally.events) == (4, 4, 2)
    assert [one.pid for one in stored(stream)] == [1, 2]


def test_a_record_without_events_is_taken(make: Make) -> None:
    assert make().feed([Taken(Record(b"{}", 1), ())], "a", "polygraph") == Tally(records=1, taken=1)
    assert make().feed([], "a", "polygraph") == Tally()


def test_ingest_waits_for_room_when_it_is_one_to_wait(make: Make, stream: Stream) -> None:
    waits: list[float] = []
    written = 0

    def sleep(seconds: float) -> None:
        nonlocal written
        waits.append(seconds)
        written += len(stored(stream))

    tally = make(sleep).feed(map(taken, range(10_000)), "a", "polygraph")
    assert tally.events == 10_000
    assert set(waits) == {1.0}
    assert written + len(stored(stream)) == 10_000


def test_without_waiting_the_sender_is_told_and_nothing_was_taken(make: Make, stream: Stream) -> None:
    stream.publish([event for number in range(1, 2_500) for event in taken(number).events])
    rejected = Rejected(Record(b"x", 1), "broken")
    with pytest.raises(BackPressure):
        make().feed([*map(taken, range(1_000)), rejected], "a request", "polygraph", whole=True)
    assert stream.standing().events == 2_499
    assert stream.standing().dead_letters == 0
    stored(stream)
    assert make().feed([*map(taken, range(5_000)), rejected], "a request", "polygraph", whole=True).events == 5_000
    assert stream.standing().dead_letters == 1


def test_ingest_goes_on_where_it_was_when_redis_comes_back(make: Make, stream: Stream, redis: OwnRedis) -> None:
    lost = 0

    def sleep(seconds: float) -> None:
        nonlocal lost
        lost += 1
        if lost == 3:
            redis.start()
        elif lost > 3:
            time.sleep(0.01)

    def outcomes() -> Iterator[Outcome]:
        for number in range(2_600):
            if number == 1_000:
                redis.kill()
            yield taken(number)

    assert make(sleep).feed(outcomes(), "a", "polygraph").events == 2_600
    assert lost >= 3
    assert {one.pid for one in stored(stream)} == set(range(2_600))


def test_ingest_gives_up_after_a_while(stream: Stream) -> None:
    slept = 0.0

    def sleep(seconds: float) -> None:
        nonlocal slept
        slept += seconds

    gone = Stream("redis://127.0.0.1:1/0", "p")
    with pytest.raises(StreamUnavailable):
        Ingest(gone, Masker(b"k"), lambda: NOW, TOLERANCE, sleep=sleep).feed([taken(1)], "a", "polygraph")
    assert 119 < slept < 130


def test_a_live_source_that_falls_silent_does_not_hold_back_what_it_said(make: Make, stream: Stream) -> None:
    silent = threading.Event()
    seen: list[AnyEvent] = []

    def outcomes() -> Iterator[Outcome]:
        yield taken(1)
        yield taken(2)
        assert silent.wait(10)
        yield taken(3)

    feeding = threading.Thread(target=lambda: make().feed(outcomes(), "-", "polygraph", live=True))
    feeding.start()
    began = time.monotonic()
    while len(seen) < 2:
        seen += stored(stream)
        assert time.monotonic() - began < 1
    silent.set()
    feeding.join()
    assert [one.pid for one in seen + stored(stream)] == [1, 2, 3]


def test_a_live_source_is_told_of_trouble_with_its_next_record(make: Make, stream: Stream) -> None:
    stream.publish([event for number in range(1, 3_001) for event in taken(number).events])

    def outcomes() -> Iterator[Outcome]:
        for number in range(10):
            said.append(number)
            yield taken(number)
            time.sleep(0.4)

    said: list[int] = []
    with pytest.raises(BackPressure):
        make().feed(outcomes(), "-", "polygraph", live=True)
    assert said == [0, 1]
    assert stream.backlog() == 3_000


@pytest.mark.parametrize("whole", [False, True])
def test_what_came_before_a_source_broke_is_stored_unless_all_belongs_together(
    make: Make, stream: Stream, whole
) -> None:
    def outcomes() -> Iterator[Outcome]:
        yield taken(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make().feed(outcomes(), "a", "polygraph", whole=whole)
    assert [one.pid for one in stored(stream)] == ([] if whole else [1])


def test_a_feed_with_too_much_rubbish_stops_and_says_what_to_do(make: Make, stream: Stream) -> None:
    def rubbish(number: int) -> Rejected:
        return Rejected(Record(os.urandom(20_000).hex().encode(), number), "broken")

    outcomes = [rubbish(number) for number in range(40)]
    with pytest.raises(DeadLettersFull, match="see `polygraph dead-letters`, then ingest again"):
        for outcome in outcomes:
            make().feed([taken(outcome.record.line), outcome], "a", "polygraph")
    assert stream.dead_letter_count() < 40
    make().feed([taken(99)], "another", "polygraph")
    assert 99 in [one.pid for one in stored(stream)]


def test_several_sources_keep_their_names(make: Make, stream: Stream) -> None:
    one, other = Origin("one.log", "polygraph"), Origin("other.log", "tetragon", Context(host="h-9"))
    pairs: list[tuple[Origin, Outcome]] = [
        (one, taken(1)),
        (other, Rejected(Record(b"x", 3), "broken")),
        (one, Rejected(Record(b"y", 4), "broken")),
        (other, taken(2)),
    ]
    tally = make().feed_merged(pairs)
    assert (tally.records, tally.events, tally.rejected) == (4, 2, {"broken": 2})
    assert [(x.letter.source, x.letter.format, x.letter.host, x.letter.line) for x in stream.dead_letters()] == [
        ("other.log", "tetragon", "h-9", 3),
        ("one.log", "polygraph", None, 4),
    ]


def test_dead_letters_that_can_be_read_now_are_sent_again_and_deleted(make: Make, stream: Stream) -> None:
    def dead(raw: bytes, format: str = "polygraph", host: str | None = None) -> DeadLetter:
        return DeadLetter(at=NOW, format=format, source="a", reason="was broken", raw=raw, host=host)

    what = Touched.of({"x"}, [1], {"h": (1, 1)}, 1)
    without_host = b'{"kind": "process_started", "at": 1700000000000, "pid": 4, "binary": "/bin/sh"}'
    stream.publish(
        [],
        [
            dead(line(1).strip()),
            dead(b"still broken"),
            dead(events.pack([taken(2).events[0], taken(3).events[0]]), "stream-entry"),
            dead(b"\xc1", "stream-entry"),
            dead(touched.pack(what), "hand-over"),
            dead(b"\xc1", "hand-over"),
            dead(without_host, host="h-9"),
            dead(line(5), "of-a-newer-version"),
            dead(line(6, NOW + 10**9)),
        ],
    )
    tally = replay_dead_letters(stream, make())
    assert (tally.records, tally.taken, tally.events, sum(tally.rejected.values())) == (9, 4, 4, 5)
    assert [(one.pid, one.host) for one in stored(stream)] == [(1, "h-1"), (2, "h"), (3, "h"), (4, "h-9")]
    assert [one for _, one in stream.take_touched(10)] == [what]
    left = [one.letter.raw for one in stream.dead_letters()]
    assert left == [b"still broken", b"\xc1", b"\xc1", line(5), line(6, NOW + 10**9)]
    assert replay_dead_letters(stream, make(now=NOW + 10**9)).taken == 1
    assert [one.pid for one in stored(stream)] == [6]


@pytest.mark.parametrize("not_after", [moment("2024-03-01T00:00:00Z"), None])
def test_a_dead_letter_keeps_what_the_record_does_not_say(make: Make, stream: Stream, not_after: int | None) -> None:
    """Without a year and an offset a line means what it meant when it came, however late it is sent again."""
    context = Context(host="h-9", not_after=not_after, utc_offset=60)
    line = b"Feb 29 01:00:00 web-1 sshd[7]: Accepted password for ann from 192.0.2.1 port 1 ssh2"
    letter = Rejected(Record(line, 1), "was broken")
    make(now=moment("2024-03-01T00:00:00Z")).feed([letter], "a", "auth_log", context=context)
    assert replay_dead_letters(stream, make(now=moment("2029-01-01T00:00:00Z"))).taken == 1
    assert [one.at for one in stored(stream)] == [moment("2024-02-29T00:00:00Z")]


def test_a_line_of_tabs_is_sent_again_with_its_header(make: Make, stream: Stream) -> None:
    columns = b"#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\n"
    late = b"1800000000.5\t10.0.0.1\t-\t10.0.0.2\t443\n"
    outcomes = sources.read("zeek", (columns + late).splitlines(keepends=True), Context())
    assert make(now=NOW).feed(outcomes, "conn.log", "zeek").rejected
    tally = replay_dead_letters(stream, make(now=1_800_000_001_000))
    assert (tally.records, tally.taken, dict(tally.ignored)) == (1, 1, {})
    assert [one.remote_port for one in stored(stream)] == [443]


def test_a_worker_s_dead_letter_can_be_sent_again(make: Make, stream: Stream) -> None:
    """What the database refused is kept as our own format reads it."""
    [event] = taken(7).events
    letter = DeadLetter(at=NOW, format="polygraph", source="worker w", reason="refused", raw=msgspec.json.encode(event))
    stream.publish([], [letter])
    assert replay_dead_letters(stream, make()).complete
    assert stored(stream) == [event]
    assert stream.dead_letter_count() == 0


def test_rubbish_of_all_kinds_ends_in_clear_counts(make: Make, stream: Stream) -> None:
    lines = [
        b"\x00\xff\xfe\x80 rubbish\n",
        b"[" * 100_000 + b"\n",
        b'{"kind": "process_started", "at": "yesterday", "host": "h"}\n',
        b'{"kind": "process_started", "at": -1, "host": "h", "pid": 1, "binary": "/bin/sh"}\n',
        b'{"kind": "process_started", "at": 99999999999999999999, "host": "h"}\n',
        b"\n",
        line(1),
        b'{"kind": "process_started", "at": 1, "host": "h"',
    ]
    tally = make().feed(read(*lines), "a", "polygraph")
    assert tally.taken == 1
    assert sum(tally.rejected.values()) == tally.records - 1 == stream.dead_letter_count()
    assert not tally.complete
    assert stream.backlog() == 1
