"""Event sets for property tests: small worlds in which much meets.

Few hosts, pids, programs, addresses and names, so that events touch the same things; moments that tie, that end
a UTC day and that lie 90 and 91 days apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import strategies as st

from app.events import (
    AnyEvent,
    ConnectionIn,
    ConnectionOut,
    ContainerStarted,
    FileHashed,
    FileWritten,
    LoggedIn,
    NameResolved,
    OfProcess,
    PortListening,
    PrivilegeChanged,
    ProcessEnded,
    ProcessStarted,
)
from app.novelty import DAY

HOSTS = ("web-1", "web-2", "db-1")
SENSORS = ("polygraph", "auditd")
PIDS = (1, 2, 3)
PROGRAMS = ("/usr/sbin/nginx", "/usr/bin/zsh", "/usr/bin/ncat", "/usr/bin/python3")
SCRIPTS = ((), ("python3", "/opt/sync.py"), ("zsh", "-l"))
USERS = ("ann", "bob", "root")
OUTSIDE = ("8.8.4.4", "1.2.3.4", "213.171.212.212")
ADDRESSES = (*OUTSIDE, "10.0.0.5")
NAMES = ("l.gs.thc.org", "thc.org", "www.example.com", "db.internal")
HASHES = ("a" * 64, "b" * 64)
PATHS = ("/usr/bin/ncat", "/tmp/x")
OF_DAY = (0, 1, 1_000, 2_000, 3_600_000, DAY - 1)

NARROW = (0, 1, 2, 6, 7, 8, 40, 89)
"""Days within one novelty window: no opening is ever followed by another."""
WIDE = (0, 1, 45, 89, 90, 91, 92, 135, 180, 181, 182, 183, 230)
"""Days of which some are 90 and some 91 apart."""


def moments(days: Sequence[int]) -> st.SearchStrategy[int]:
    return st.builds(lambda day, ms: day * DAY + ms, st.sampled_from(days), st.sampled_from(OF_DAY))


def events(days: Sequence[int], whole: bool = False) -> st.SearchStrategy[AnyEvent]:
    """One event of any kind; a sensor's own id of a process always goes with the same pid.

    With `whole`, a record that knows its process names its binary, a sensor with ids of its own knows when each
    process started, and no process lives past its day.
    """
    moment, address, maybe = moments(days), st.sampled_from(ADDRESSES), st.none()
    place = {"at": moment, "host": st.sampled_from(HOSTS)}
    unnamed = st.tuples(maybe, maybe | st.sampled_from(PIDS))
    named = st.tuples(st.just("p1"), maybe | st.just(1)) | st.tuples(st.just("p2"), maybe | st.just(2))
    actor = place | {
        "sensor": st.sampled_from(SENSORS),
        "who": unnamed | named,
        "binary": st.sampled_from(PROGRAMS) | maybe,
        "args": st.sampled_from(SCRIPTS),
        "started_at": maybe | moment,
        "user": maybe | st.sampled_from(USERS),
        "login_user": maybe | st.sampled_from(USERS),
        "session": maybe | st.sampled_from(("1", "2")),
        "container": maybe | st.just("aaaaaaaaaaaa"),
        "image": maybe | st.sampled_from(("nginx:1", "nginx:2")),
        "above": unnamed | named,
        "parent_binary": maybe | st.sampled_from(PROGRAMS),
        "parent_started_at": maybe | moment,
    }

    def acts(kind: type[OfProcess], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[OfProcess]:
        @st.composite
        def act(draw: st.DrawFn) -> OfProcess:
            said = draw(st.fixed_dictionaries(actor | more))
            who, above = said.pop("who"), said.pop("above")
            process, parent = who[0], above[0]
            if whole:
                day = said["at"] // DAY
                process, parent = process and f"{process} of {day}", parent and f"{parent} of {day}"
                said["binary"] = said["binary"] or PROGRAMS[0]
                said["started_at"] = day * DAY if process else None
                said["parent_started_at"] = day * DAY if parent else None
            return kind(process=process, pid=who[1], parent=parent, parent_pid=above[1], **said)

        return act()

    return st.one_of(
        acts(ProcessStarted),
        acts(ProcessEnded),
        acts(ConnectionOut, remote_ip=address, remote_port=st.sampled_from((80, 443)), local_ip=maybe | address),
        acts(ConnectionIn, remote_ip=address, local_port=st.sampled_from((22, 443))),
        acts(PortListening, port=st.just(22)),
        acts(
            NameResolved,
            domain=st.sampled_from(NAMES),
            answers=st.lists(address, max_size=2).map(tuple),
        ),
        acts(FileWritten, path=st.sampled_from(PATHS)),
        acts(FileHashed, path=st.sampled_from(PATHS), sha256=st.sampled_from(HASHES)),
        acts(PrivilegeChanged, target_user=st.sampled_from(USERS)),
        st.builds(
            LoggedIn,
            **place,
            user=maybe | st.sampled_from(USERS),
            remote_ip=maybe | address,
            session=maybe | st.just("1"),
            method=maybe | st.sampled_from(("sshd", "console")),
            success=st.booleans(),
        ),
        st.builds(
            ContainerStarted, **place, container=st.just("aaaaaaaaaaaa"), image=st.sampled_from(("nginx:1", "httpd"))
        ),
    )


class Happened(tuple[AnyEvent, ...]):
    """A set of events, shown as polygraph's own format, for a failure that can be read."""

    def __repr__(self) -> str:
        lines = (f"  {number}: {msgspec.json.encode(event).decode()}" for number, event in enumerate(self))
        return "\n" + "\n".join(lines)


@st.composite
def histories(draw: st.DrawFn, days: Sequence[int], most: int, whole: bool = False) -> Happened:
    return Happened(draw(st.lists(events(days, whole), min_size=1, max_size=most)))


@dataclass(frozen=True)
class Telling:
    """One way in which a set of events may arrive: positions in it, batch by batch."""

    batches: tuple[tuple[int, ...], ...]
    writers: int


@st.composite
def tellings(draw: st.DrawFn, count: int) -> Telling:
    """Any order, any repetition, any batching, one to four writers."""
    again = draw(st.lists(st.integers(0, count - 1), max_size=4))
    order = draw(st.permutations([*range(count), *again]))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(order) - 1)), max_size=6)))
    edges = [0, *(cut for cut in cuts if cut < len(order)), len(order)]
    return Telling(tuple(tuple(order[start:end]) for start, end in pairwise(edges)), draw(st.integers(1, 4)))
