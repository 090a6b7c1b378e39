"""How long an event takes to become an alert that a subscriber sees, at half of the highest rate.

Ordinary life is stored first, as fast as it goes: its second half says what the highest rate is. Then life
goes on at half of that, and now and then a program runs that was never seen. Its time runs from the moment
its record is given to ingest until the API's WebSocket tells of its alert.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from threading import Event, Thread
from typing import Any

import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app import main
from app.bench.load import Deployment, cut, outcomes_of
from app.bench.place import Place, conditions, fresh
from app.errors import PolygraphError
from app.novelty import DAY

MOST_SECONDS = 2.0
"""Most that 95 of 100 may take."""
_LIFE = Deployment(hosts=50, binaries=10)
WARM_UP_SECONDS = 15.0
"""Life's first seconds are told apart: API and database have just started, and plan and compile all they are asked."""
_EVERY = 0.5
"""Seconds between two new programs."""
_PATIENCE = 60.0
_DOCUMENT = 'subscription { alertChanged(filter: {rules: ["new_application"]}) { message } }'
_MARKER = re.compile(r"/opt/bench/new-(\d+)")
Progress = Callable[[str, int, int], None]


def measure(
    environment: Mapping[str, str],
    *,
    events: int,
    seconds: float,
    workers: int,
    life: Deployment = _LIFE,
    progress: Progress = lambda what, done, of: None,
) -> dict[str, Any]:
    """Return the latencies of the alerts of `seconds` seconds; raises PolygraphError when one never came."""
    with fresh(environment) as place:
        place.start_worker(workers)
        highest = _highest_rate(place, life, max(events, 2 * life.cycle), progress)
        heard: dict[int, float] = {}
        with _subscribed(place.start_api(), place.token()) as socket:
            listener = Thread(target=_listen, args=(socket, heard), daemon=True)
            listener.start()
            sent = _live(place, life, highest / 2, WARM_UP_SECONDS + seconds, progress)
            deadline = time.monotonic() + _PATIENCE
            while len(heard) < len(sent) and time.monotonic() < deadline and listener.is_alive():
                time.sleep(0.05)
            place.look()
        missing = sorted(set(sent) - set(heard))
        if missing:
            raise PolygraphError(f"{len(missing)} of {len(sent)} alerts never came to the subscriber")
    counts = min(sent.values()) + WARM_UP_SECONDS
    taken = sorted(heard[number] - moment for number, moment in sent.items() if moment >= counts)
    warming = [heard[number] - moment for number, moment in sent.items() if moment < counts]
    return {
        "highest_events_per_second": round(highest, 1),
        "events_per_second": round(highest / 2, 1),
        "seconds": seconds,
        "alerts": len(taken),
        "p50": round(percentile(taken, 50), 3),
        "p95": round(percentile(taken, 95), 3),
        "max": round(taken[-1], 3),
        "warm_up": {"seconds": WARM_UP_SECONDS, "alerts": len(warming), "max": round(max(warming), 3)},
        "settings": conditions() | {"workers": workers, "batch_ms": place.settings.batch_ms},
    }


def percentile(ascending: list[float], hundredths: int) -> float:
    """Return the smallest value that so many of a hundred do not exceed."""
    return ascending[max(0, -(-len(ascending) * hundredths // 100) - 1)]


def _highest_rate(place: Place, life: Deployment, events: int, progress: Progress) -> float:
    """Store life long past, so that nothing of it is new today; return the rate of its second half."""
    now = main.now()
    take = main.ingest(place.services, waits=True)
    outcomes = outcomes_of(life.lines(events, now - 20 * DAY, now - 10 * DAY))
    half = events // 2
    take.feed_merged(cut(outcomes, half))
    place.settle(lambda left: progress("storing the past", half - left, events))
    began = time.perf_counter()
    take.feed_merged(outcomes)
    place.settle(lambda left: progress("storing the past", events - left, events))
    return (events - half) / (time.perf_counter() - began)


def _live(place: Place, life: Deployment, rate: float, seconds: float, progress: Progress) -> dict[int, float]:
    """Send life as it happens, with new programs in between; return when each was sent."""
    sent: dict[int, float] = {}

    def lines() -> Iterator[bytes]:
        began = time.monotonic()
        next_marker = _EVERY
        for number, document in enumerate(life.documents(first=10_000_000)):
            due = number / rate
            while (ahead := due - (time.monotonic() - began)) > 0.005:
                time.sleep(ahead)
            if due >= seconds:
                return
            yield msgspec.json.encode({"at": main.now(), **document})
            if due >= next_marker:
                next_marker += _EVERY
                progress("living", int(due), int(seconds))
                marker = len(sent)
                line = msgspec.json.encode({"at": main.now(), **_new(marker, life)})
                sent[marker] = time.monotonic()
                yield line

    main.ingest(place.services, waits=True).feed_merged(outcomes_of(lines()), live=True)
    return sent


def _new(marker: int, life: Deployment) -> dict[str, object]:
    host = marker % life.hosts
    return {
        "kind": "process_started",
        "host": f"host-{host}",
        "process": f"new-{marker}",
        "pid": 40_000 + marker,
        "binary": f"/opt/bench/new-{marker}",
        "uid": 1000,
        "parent": f"shell-{host}",
        "parent_pid": 900,
        "parent_binary": "/usr/bin/bash",
    }


def _subscribed(url: str, token: str) -> ClientConnection:
    """Return a socket that is subscribed, by graphql-transport-ws."""
    address = f"{url.replace('http', 'ws', 1)}/graphql"
    socket = connect(address, subprotocols=[Subprotocol("graphql-transport-ws")])
    socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
    answer = json.loads(socket.recv(timeout=_PATIENCE))
    if answer["type"] != "connection_ack":
        raise PolygraphError(f"the API refuses the subscription: {answer}")
    socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": _DOCUMENT}}))
    # Nothing says that a subscription listens; until then no news would come.
    Event().wait(1.0)
    return socket


def _listen(socket: ClientConnection, heard: dict[int, float]) -> None:
    """Note when each new program was first told of, until the socket closes."""
    try:
        for text in socket:
            now = time.monotonic()
            message = json.loads(text)
            if message["type"] == "ping":
                socket.send('{"type": "pong"}')
            elif message["type"] == "next":
                said = ((message["payload"].get("data") or {}).get("alertChanged") or {}).get("message", "")
                found = _MARKER.search(said)
                if found:
                    heard.setdefault(int(found.group(1)), now)
            elif message["type"] in ("error", "complete"):
                return
    except ConnectionClosed:
        return
