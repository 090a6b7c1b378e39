"""What is new, said a second time and as plainly as can be: the reference that the stored novelty must equal.

Shares nothing with `app.project` and `app.novelty`: it lists every moment at which each thing was seen, and
looks at each day whether there is one in the ninety days before. Speaks of the world of `histories` alone.
"""

from collections.abc import Iterable

from histories import SCRIPTS

from app.events import (
    AnyEvent,
    ConnectionIn,
    ConnectionOut,
    ContainerStarted,
    FileHashed,
    LoggedIn,
    NameResolved,
    OfProcess,
    PrivilegeChanged,
    ProcessStarted,
)
from app.graph import Graph

Thing = tuple[str, ...]
DAY = 24 * 60 * 60 * 1000
OWN_NAMES = {"db.internal"}
REGISTERED = {"l.gs.thc.org": "thc.org", "www.example.com": "example.com", "thc.org": "thc.org"}
INTERPRETERS = {"/usr/bin/python3", "/usr/bin/zsh"}

STORED = {
    "Binary": "MATCH (n:Binary) RETURN [n.name] AS thing, n.sightings AS seen, n.novel_since AS since",
    "Host": "MATCH (n:Host) RETURN [n.name] AS thing, n.sightings AS seen, n.novel_since AS since",
    "User": "MATCH (n:User) RETURN [n.name] AS thing, n.sightings AS seen, n.novel_since AS since",
    "IpAddress": "MATCH (n:IpAddress) RETURN [n.ip] AS thing, n.sightings AS seen, n.novel_since AS since",
    "Domain": "MATCH (n:Domain) RETURN [n.name] AS thing, n.sightings AS seen, n.novel_since AS since",
    "RUNS": "MATCH (a:Host)-[n:RUNS]->(b:Binary) "
    "RETURN [a.name, b.name] AS thing, n.sightings AS seen, n.novel_since AS since",
    "USES": "MATCH (a:User)-[n:USES]->(b:Binary) "
    "RETURN [a.name, b.name] AS thing, n.sightings AS seen, n.novel_since AS since",
    "BECAME": "MATCH (a:User)-[n:BECAME]->(b:User) "
    "RETURN [a.name, b.name] AS thing, n.sightings AS seen, n.novel_since AS since",
    "LAUNCHES": "MATCH (a:Binary)-[n:LAUNCHES]->(b:Binary) "
    "RETURN [a.name, b.name] AS thing, n.sightings AS seen, n.novel_since AS since",
    "HOLDS": "MATCH (a:Host)-[n:HOLDS]->(b:File) "
    "RETURN [a.name, n.path, b.sha256] AS thing, n.sightings AS seen, n.novel_since AS since",
    "CONTACTS": "MATCH (a:Binary)-[n:CONTACTS]->(b:IpAddress|Domain) "
    "RETURN [a.name, coalesce(b.ip, b.name), toString(n.port)] AS thing, n.sightings AS seen, n.novel_since AS since",
}


def stored(graph: Graph) -> dict[Thing, tuple[list[int], int | None]]:
    """Return what the database holds: first moments of days and the latest opening of each thing."""
    return {
        (kind, *row["thing"]): (row["seen"], row["since"])
        for kind, statement in STORED.items()
        for row in graph.read(statement)
        if row["seen"]
    }


def expected(events: Iterable[AnyEvent]) -> dict[Thing, tuple[list[int], int | None]]:
    """Return the same, from the events."""
    seen: dict[Thing, set[int]] = {}
    for at, thing in _sightings(list(events)):
        seen.setdefault(thing, set()).add(at)
    return {thing: _novelty(moments) for thing, moments in seen.items()}


def _novelty(moments: set[int]) -> tuple[list[int], int | None]:
    firsts = [min(one for one in moments if one // DAY == day) for day in sorted({one // DAY for one in moments})]
    since = None
    for first in firsts:
        day = first // DAY
        if not any(other // DAY in range(day - 90, day) for other in moments):
            since = first
    return firsts, since


def _sightings(events: list[AnyEvent]) -> Iterable[tuple[int, Thing]]:
    for event in events:
        at, host = event.at, event.host
        yield at, ("Host", host)
        if isinstance(event, LoggedIn):
            if event.success and event.user:
                yield at, ("User", f"{event.user}@{host}")
                if event.remote_ip:
                    yield at, ("IpAddress", event.remote_ip)
            continue
        if isinstance(event, ContainerStarted):
            continue
        identified = event.process is not None or (event.pid is not None and event.binary is not None)
        if not identified:
            if isinstance(event, FileHashed):
                yield at, ("HOLDS", host, event.path, event.sha256)
            continue
        yield from _of_actor(event, events)


def _of_actor(event: OfProcess, events: list[AnyEvent]) -> Iterable[tuple[int, Thing]]:
    at, host = event.at, event.host
    binary = _program(event)
    user, login = event.user and f"{event.user}@{host}", event.login_user and f"{event.login_user}@{host}"
    if binary:
        yield at, ("Binary", binary)
        yield at, ("RUNS", host, binary)
    for one in (user, login):
        if one:
            yield at, ("User", one)
    if user and binary:
        yield at, ("USES", user, binary)
    if user and login and user != login:
        yield at, ("BECAME", login, user)
    parent = event.parent_binary
    if isinstance(event, ProcessStarted) and parent and (event.parent or event.parent_pid is not None):
        yield at, ("Binary", parent)
        yield at, ("RUNS", host, parent)
        if binary:
            yield at, ("LAUNCHES", parent, binary)
    match event:
        case ConnectionOut():
            yield at, ("IpAddress", event.remote_ip)
            if binary:
                yield at, ("CONTACTS", binary, event.remote_ip, str(event.remote_port))
                yield from _names(event, binary, events)
        case ConnectionIn():
            yield at, ("IpAddress", event.remote_ip)
        case FileHashed():
            yield at, ("HOLDS", host, event.path, event.sha256)
        case PrivilegeChanged():
            was, became = login or user, f"{event.target_user}@{host}"
            if was and was != became:
                for thing in (("User", was), ("User", became), ("BECAME", was, became)):
                    yield at, thing
        case _:
            pass


def _names(event: ConnectionOut, binary: str, events: list[AnyEvent]) -> Iterable[tuple[int, Thing]]:
    """Yield contact with every name that the host looked the address up by within the day before."""
    for other in events:
        if (
            isinstance(other, NameResolved)
            and other.host == event.host
            and event.remote_ip in other.answers
            and other.domain not in OWN_NAMES
            and 0 <= event.at - other.at <= DAY
        ):
            yield event.at, ("Domain", other.domain)
            yield event.at, ("Domain", REGISTERED[other.domain])
            yield event.at, ("CONTACTS", binary, other.domain, str(event.remote_port))


def _program(event: OfProcess) -> str | None:
    if event.binary in INTERPRETERS and event.args == SCRIPTS[1]:
        return "/opt/sync.py"
    return event.binary
