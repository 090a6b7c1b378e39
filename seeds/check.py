"""Check ordinary life: whatever is new on an ordinary day is what was meant to be new, and nothing lapses.

A second opinion on the generator, not the engine: it reads the events (as a sensor's source would make
them), keeps the first moments of each key, and says what a novelty rule could find after the learning
period. `python -m seeds check` prints it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from app.events import (
    AnyEvent,
    ApiCalled,
    ConnectionIn,
    ConnectionOut,
    ContainerStarted,
    FileHashed,
    FileWritten,
    LoggedIn,
    NameResolved,
    PortListening,
    PrivilegeChanged,
    ProcessEnded,
    ProcessStarted,
)
from seeds import past
from seeds.deployment import DAY, END, START

LEARNING = 7 * DAY
LONGEST_GAP = 85
_REMEMBERED = DAY
_SCRIPTED = re.compile(r"^(dash|bash|sh|python[\d.]*|perl|ruby|node|php[\d.]*|java)$")
_OPTIONS_WITH_VALUE = frozenset(("-cp", "-classpath", "--class-path"))

Key = tuple[str, ...]


@dataclass(slots=True)
class Finding:
    """A key that is new after the learning period, or that is not seen for too long."""

    at: int
    host: str
    key: Key


@dataclass(slots=True)
class Report:
    """What the checker found."""

    events: int = 0
    novelties: list[Finding] = field(default_factory=list)
    gaps: list[Finding] = field(default_factory=list)


def main_program(binary: str, args: tuple[str, ...]) -> str:
    """Return what runs: the executable, or the script, module, JAR or class that an interpreter runs."""
    if not _SCRIPTED.match(binary.rsplit("/", 1)[1]):
        return binary
    rest = list(args[1:])
    while rest:
        arg = rest.pop(0)
        if arg in ("-m", "-jar"):
            return rest[0]
        if arg in ("-c", "--login"):
            return binary
        if arg in _OPTIONS_WITH_VALUE:
            rest.pop(0)
        elif not arg.startswith("-"):
            return arg
    return binary


def keys_of(events: Iterable[AnyEvent]) -> Iterator[tuple[int, str, Key]]:
    """Yield when and where each entity and each edge of behaviour was seen."""
    # auditd names the parent by its number alone.
    running: dict[tuple[str, int], str] = {}
    looked_up: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for event in events:
        if isinstance(event, ApiCalled):
            continue
        host, at = event.host, event.at
        if isinstance(event, ContainerStarted):
            yield at, host, ("image", _repository(event.image))
            continue
        if isinstance(event, LoggedIn | FileHashed):
            continue
        binary = main_program(event.binary or "", event.args)
        yield at, host, ("binary", binary)
        yield at, host, ("runs", host, binary)
        user = _user(event.user, event.uid, host)
        yield at, host, ("user", user)
        yield at, host, ("uses", user, binary)
        login = _user(event.login_user, event.login_uid, host)
        if login not in ("?", user):
            yield at, host, ("became", login, user)
        if event.image:
            yield at, host, ("image", _repository(event.image))
        match event:
            case ProcessStarted():
                parent = (
                    main_program(event.parent_binary, event.parent_args)
                    if event.parent_binary
                    else running.get((host, event.parent_pid or 0))
                )
                if event.pid is not None:
                    running[host, event.pid] = binary
                if parent:
                    yield at, host, ("launches", parent, binary)
            case ConnectionOut():
                remote = event.remote_ip
                if ip_address(remote).is_global:
                    yield at, host, ("address", remote)
                yield at, host, ("contacts", binary, remote)
                for domain, when in looked_up[host, remote].items():
                    if at - when <= _REMEMBERED:
                        yield at, host, ("domain", domain)
                        yield at, host, ("contacts", binary, domain)
            case ConnectionIn():
                if ip_address(event.remote_ip).is_global:
                    yield at, host, ("client", event.remote_ip)
                yield at, host, ("accepts", event.remote_ip, binary)
            case NameResolved():
                for answer in event.answers:
                    looked_up[host, answer][event.domain] = at
            case PortListening() | FileWritten() | ProcessEnded() | PrivilegeChanged():
                pass


def check(events: Iterable[AnyEvent], since: int = START) -> Report:
    """Return what is new after the learning period, and what was not seen for too long."""
    report = Report()
    first: dict[Key, int] = {}
    last: dict[Key, int] = {}
    counted = _counted(events, report)
    for at, host, key in keys_of(counted):
        day = at // DAY
        if key not in first:
            first[key] = at
            if at >= since + LEARNING and _speaks(key, at, first):
                report.novelties.append(Finding(at, host, key))
        elif day - last[key] > LONGEST_GAP:
            report.gaps.append(Finding(at, host, key))
        last[key] = day
    # What has not been seen for long at the end would be new again right after it; clients come and go.
    end = END // DAY
    report.gaps += [
        Finding(END, "", key)
        for key, day in last.items()
        if end - day > LONGEST_GAP and key[0] not in ("client", "accepts")
    ]
    return report


def unexpected(report: Report) -> list[Finding]:
    """Return what is new although it was not meant to be."""
    meant = {key for benign in past.BENIGN for key in benign.keys}
    meant |= {("client", address) for _, _, address in past.new_web_clients()}
    return [found for found in report.novelties if found.key not in meant]


def missing(report: Report) -> set[Key]:
    """Return what was meant to be new and is not."""
    found = {novelty.key for novelty in report.novelties}
    return {key for benign in past.BENIGN for key in benign.keys} - found


def _counted(events: Iterable[AnyEvent], report: Report) -> Iterator[AnyEvent]:
    for event in events:
        report.events += 1
        yield event


def _speaks(key: Key, at: int, first: dict[Key, int]) -> bool:
    """Say whether a rule speaks of this key: an edge only where both ends were known before it."""
    match key:
        case ("user", _):
            return False
        case ("runs", _, binary):
            return first[("binary", binary)] < at
        case ("uses", user, binary):
            return first[("binary", binary)] < at and first[("user", user)] + LEARNING <= at
        case ("launches", parent, child):
            return first[("binary", child)] < at and first.get(("binary", parent), at) + LEARNING <= at
        case ("contacts", binary, remote):
            known = first.get(("address", remote), first.get(("domain", remote)))
            return known is None or (known < at and first[("binary", binary)] + LEARNING <= at)
        case ("became", login, _):
            return first.get(("user", login), at) + LEARNING <= at
        case ("accepts", remote, _):
            return first.get(("client", remote), 0) < at
        case _:
            return True


def _repository(image: str) -> str:
    name = image.partition("@")[0]
    head, _, tail = name.rpartition("/")
    return f"{head}/{tail.partition(':')[0]}"


def _user(name: str | None, uid: int | None, host: str) -> str:
    if uid == 0:
        return f"root@{host}"
    if name:
        return f"{name}@{host}"
    return f"{uid}@{host}" if uid is not None else "?"
