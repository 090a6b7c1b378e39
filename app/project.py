"""Turn events into rows for nodes and relationships: the graph as a function of one record.

Pure; knows the events and the labels, nothing of the database. Whatever needs two records (names of
addresses, parents known by pid, two sensors' view of one execution) is a join (`joins`), not here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from typing import assert_never

from app import cloud, identity, things
from app.events import (
    AnyEvent,
    ApiCalled,
    ConnectionIn,
    ConnectionOut,
    ContainerStarted,
    FileDeleted,
    FileHashed,
    FileRead,
    FileWritten,
    LoggedIn,
    NameResolved,
    OfProcess,
    PortListening,
    PrivilegeChanged,
    ProcessEnded,
    ProcessStarted,
)
from app.ids import clean, ident
from app.novelty import DAY
from app.programs import binary_of, path_of
from app.rows import NodeRow, Row, behaviour, link, observation
from app.things import Thing, short

_TOUCHES = {FileWritten: "WROTE", FileRead: "READ", FileDeleted: "DELETED"}
_MULTICALL = ("busybox", "toybox", "coreutils")
"""Programs that are many: `programs` names them with the one that ran, and lists of tools name that one."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How this deployment names things."""

    shared_directory: bool = False
    """User names mean the same account on every host."""
    internal: tuple[IPv4Network | IPv6Network, ...] = field(default=())
    """Address ranges that are the deployment's own beside the private ones."""


@dataclass(frozen=True, slots=True)
class _Actor:
    """The process that an event is about, and what hangs on it."""

    process: str
    binary: Thing | None
    user: Thing | None


def rows(event: AnyEvent, naming: Naming) -> Iterator[Row]:
    """Yield what one event says about nodes and relationships."""
    at = event.at
    yield things.of("Feed", kind=event.KIND).row(at)
    if isinstance(event, ApiCalled):
        yield from cloud.rows(event, naming.internal)
        return
    host = _host(event.host)
    match event:
        case LoggedIn():
            yield from _logged_in(event, host, naming)
            return
        case ContainerStarted():
            yield from _container(event.host, event.container, event.image, at, None, event.name, event.namespace)
            yield host.row(at, ident("Container", event.host, identity.container_of(event.container) or ""))
            return
        case _:
            pass
    actor = None
    for row in _actor(event, host, naming):
        if isinstance(row, _Actor):
            actor = row
        else:
            yield row
    yield host.row(at, actor.process if actor else host.id)
    match event:
        case ProcessStarted() | ProcessEnded():
            pass
        case ConnectionOut():
            yield from _connection_out(event, host, actor, naming)
        case ConnectionIn():
            yield from _connection_in(event, host, actor, naming)
        case PortListening():
            if actor and actor.binary:
                port = things.of("Port", protocol=short(event.protocol), number=event.port)
                yield port.row(at)
                yield behaviour("Binary", "LISTENS_ON", "Port", (actor.binary.id, port.id), at, actor.process)
        case NameResolved():
            yield from _resolved(event, host, actor, naming)
        case FileWritten() | FileRead() | FileDeleted():
            path = things.of("Path", path=clean(event.path))
            yield path.row(at)
            if actor:
                yield observation("Process", _TOUCHES[type(event)], "Path", (actor.process, path.id), at)
        case FileHashed():
            yield from _hashed(event, host, actor)
        case PrivilegeChanged():
            became = _user(event.target_user, event.target_uid, event.user_domain, event.host, naming)
            login = _user(event.login_user, event.login_uid, event.user_domain, event.host, naming)
            was = login or (actor.user if actor else None)
            if actor and was and became and was.id != became.id:
                yield was.row(at, actor.process)
                yield became.row(at, actor.process)
                yield behaviour("User", "BECAME", "User", (was.id, became.id), at, actor.process)
        case _:
            assert_never(event)


def _actor(event: OfProcess, host: Thing, naming: Naming) -> Iterator[Row | _Actor]:
    """Yield the rows of the process that acts, and last the _Actor; nothing if the event names none."""
    at = event.at
    started_at = event.started_at
    if started_at is None and isinstance(event, ProcessStarted):
        started_at = at
    process = _process_id(event.host, event.sensor, event.process, event.pid, event.binary, started_at, at)
    if process is None:
        return
    opaque, native = process
    named_parent = event.parent is not None or event.parent_binary is not None
    login = _user(event.login_user, event.login_uid, event.user_domain, event.host, naming)
    yield NodeRow(
        "Process",
        opaque,
        {"host": host.fixed["name"], "sensor": short(event.sensor), "native_id": native},
        at,
        None,
        {
            "pid": event.pid,
            "started_at": started_at,
            "ended_at": at if isinstance(event, ProcessEnded) else None,
            "executable": event.binary and clean(event.binary),
            "command": _command(event.command, event.args),
            "cwd": event.cwd and clean(event.cwd),
            "parent_pid": None if named_parent else event.parent_pid,
            "login": login and login.fixed["name"],
        },
    )
    yield link("Process", "RAN_ON", "Host", (opaque, host.id))
    binary = _binary(event.binary, event.args, event.cwd)
    if binary:
        yield binary.row(at, opaque)
        yield link("Process", "EXECUTED", "Binary", (opaque, binary.id))
        yield behaviour("Host", "RUNS", "Binary", (host.id, binary.id), at, opaque)
    user = _user(event.user, event.uid, event.user_domain, event.host, naming)
    yield from _account(event.user, event.uid, event.user_domain, event.host, at, naming)
    if user:
        yield user.row(at, opaque)
        yield link("User", "STARTED", "Process", (user.id, opaque))
        if binary:
            yield behaviour("User", "USES", "Binary", (user.id, binary.id), at, opaque)
    if login:
        yield login.row(at, opaque)
        if user and user.id != login.id:
            yield behaviour("User", "BECAME", "User", (login.id, user.id), at, opaque)
    if event.session is not None:
        session = _session(event.host, event.session, login)
        yield session.row(at)
        yield link("Process", "IN_SESSION", "Session", (opaque, session.id))
        yield link("Session", "ON", "Host", (session.id, host.id))
        if login:
            yield link("User", "OPENED", "Session", (login.id, session.id))
    if event.container is not None:
        yield from _container(event.host, event.container, event.image, at, opaque)
    yield from _parent(event, host, opaque, binary)
    yield _Actor(opaque, binary, user)


def _account(
    name: str | None, uid: int | None, domain: str | None, host: str, at: int, naming: Naming
) -> Iterator[Row]:
    """Yield the account name of a number: other sensors on the host may know the number alone."""
    if name and uid:
        numbered = _user(None, uid, domain, host, naming)
        if numbered:
            yield numbered.row(at, None, {"account": clean(name)})


def _parent(event: OfProcess, host: Thing, child: str, binary: Thing | None) -> Iterator[Row]:
    """Yield the parent as the child's record tells of it: a placeholder until its own record comes."""
    at = event.at
    parent = _process_id(
        event.host,
        event.sensor,
        event.parent,
        event.parent_pid,
        event.parent_binary,
        event.parent_started_at,
        at,
    )
    if parent is None:
        return
    opaque, native = parent
    yield NodeRow(
        "Process",
        opaque,
        {"host": host.fixed["name"], "sensor": short(event.sensor), "native_id": native},
        at,
        None,
        {
            "pid": event.parent_pid,
            "started_at": event.parent_started_at,
            "executable": event.parent_binary and clean(event.parent_binary),
            "command": _command(None, event.parent_args),
        },
    )
    yield link("Process", "RAN_ON", "Host", (opaque, host.id))
    yield link("Process", "SPAWNED", "Process", (opaque, child))
    launcher = _binary(event.parent_binary, event.parent_args, event.parent_cwd)
    if launcher is None or not isinstance(event, ProcessStarted):
        return
    # That it runs while its child starts is a sighting of the parent too.
    yield launcher.row(at, opaque)
    yield link("Process", "EXECUTED", "Binary", (opaque, launcher.id))
    yield behaviour("Host", "RUNS", "Binary", (host.id, launcher.id), at, opaque)
    if binary:
        yield behaviour("Binary", "LAUNCHES", "Binary", (launcher.id, binary.id), at, child)


def _connection_out(event: ConnectionOut, host: Thing, actor: _Actor | None, naming: Naming) -> Iterator[Row]:
    yield from _own_address(event.local_ip, host, event.at, naming)
    remote = things.address(event.remote_ip, naming.internal)
    if remote is None:
        return
    if actor is None:
        yield remote.row(event.at)
        return
    at = event.at
    key: dict[str, str | int] = {"port": event.remote_port, "protocol": short(event.protocol)}
    yield remote.row(at, actor.process)
    yield observation(
        "Process",
        "CONNECTED_TO",
        "IpAddress",
        (actor.process, remote.id),
        at,
        **key,
        pair=pair(host.id, remote.id),
        **({"binary": actor.binary.id} if actor.binary else {}),
    )
    if actor.binary:
        yield behaviour("Binary", "CONTACTS", "IpAddress", (actor.binary.id, remote.id), at, actor.process, **key)


def _connection_in(event: ConnectionIn, host: Thing, actor: _Actor | None, naming: Naming) -> Iterator[Row]:
    yield from _own_address(event.local_ip, host, event.at, naming)
    remote = things.address(event.remote_ip, naming.internal)
    if remote is None:
        return
    if actor is None:
        yield remote.row(event.at)
        return
    at = event.at
    key: dict[str, str | int] = {"port": event.local_port or 0, "protocol": short(event.protocol)}
    yield remote.row(at, actor.process)
    yield observation("Process", "ACCEPTED_FROM", "IpAddress", (actor.process, remote.id), at, **key)
    if actor.binary:
        yield behaviour("IpAddress", "CONTACTS", "Binary", (remote.id, actor.binary.id), at, actor.process, **key)


def _own_address(text: str | None, host: Thing, at: int, naming: Naming) -> Iterator[Row]:
    own = things.address(text, naming.internal) if text else None
    if own:
        yield own.row(at)
        yield behaviour("IpAddress", "ASSIGNED_TO", "Host", (own.id, host.id), at, host.id)


def _resolved(event: NameResolved, host: Thing, actor: _Actor | None, naming: Naming) -> Iterator[Row]:
    """Yield the look-up; novelty of a name comes by contact, which is a join."""
    named = identity.domain_of(event.domain)
    if named is None:
        return
    at = event.at
    domain = _domain(named.name, named.registered)
    yield domain.row(at)
    if named.registered and named.registered != named.name:
        above = _domain(named.registered, named.registered)
        yield above.row(at)
        yield link("Domain", "PART_OF", "Domain", (domain.id, above.id))
    if actor:
        said = {"binary": actor.binary.id} if actor.binary else {}
        yield observation("Process", "RESOLVED", "Domain", (actor.process, domain.id), at, **said)
    for answer in event.answers:
        address = things.address(answer, naming.internal)
        if address:
            ends = (domain.id, address.id)
            yield address.row(at)
            yield behaviour("Domain", "RESOLVES_TO", "IpAddress", ends, at, actor.process if actor else host.id)
            yield observation(
                "Domain", "ANSWERED", "IpAddress", ends, at, pair=pair(host.id, address.id), domain=domain.id
            )


def _hashed(event: FileHashed, host: Thing, actor: _Actor | None) -> Iterator[Row]:
    # Named as a binary's path is, so that what lies there and what runs there are found together.
    at, path = event.at, path_of(event.path, event.cwd) or clean(event.path)
    by = actor.process if actor else host.id
    content = things.of("File", sha256=event.sha256)
    yield content.row(at, by)
    yield behaviour("Host", "HOLDS", "File", (host.id, content.id), at, by, path=path)
    if actor and actor.binary and event.binary == event.path:
        yield behaviour("Binary", "HAS", "File", (actor.binary.id, content.id), at, by)


def _logged_in(event: LoggedIn, host: Thing, naming: Naming) -> Iterator[Row]:
    at = event.at
    user = _user(event.user, event.uid, event.user_domain, event.host, naming)
    yield from _account(event.user, event.uid, event.user_domain, event.host, at, naming)
    remote = things.address(event.remote_ip, naming.internal) if event.remote_ip else None
    if not event.success or user is None:
        # A guessed name is no account: a failed login shows that the host was there, and no more.
        yield host.row(at, host.id)
        if remote:
            yield remote.row(at)
        return
    by = host.id
    if event.session is not None:
        session = _session(event.host, event.session, user)
        by = session.id
        method = {"method": event.method and short(event.method)}
        yield session.row(at, None, method)
        yield link("Session", "ON", "Host", (session.id, host.id))
        yield link("User", "OPENED", "Session", (user.id, session.id))
        if remote:
            yield link("Session", "CAME_FROM", "IpAddress", (session.id, remote.id))
    yield host.row(at, by)
    yield user.row(at, by)
    yield behaviour("User", "LOGS_IN_TO", "Host", (user.id, host.id), at, by)
    if remote:
        yield remote.row(at, by)
        yield behaviour("User", "LOGS_IN_FROM", "IpAddress", (user.id, remote.id), at, by)


def _container(
    host: str,
    text: str,
    image: str | None,
    at: int,
    process: str | None,
    name: str | None = None,
    namespace: str | None = None,
) -> Iterator[Row]:
    native = identity.container_of(text)
    if native is None:
        return
    container = things.of("Container", host=host, native_id=native)
    called = {"name": name and clean(name), "namespace": namespace and clean(namespace)}
    yield container.row(at, None, called)
    yield link("Container", "ON", "Host", (container.id, _host(host).id))
    if process:
        yield link("Process", "IN", "Container", (process, container.id))
    reference = things.image(image) if image else None
    if reference:
        shown, versions = reference
        yield shown.row(at, process or container.id, {"tags": versions or None})
        yield link("Container", "FROM", "Image", (container.id, shown.id))


def pair(host: str, address: str) -> str:
    """Return host and address in one value, for the index that joins connections with look-ups."""
    return ident("Pair", host, address)


def _process_id(
    host: str,
    sensor: str,
    native: str | None,
    pid: int | None,
    binary: str | None,
    started_at: int | None,
    at: int,
) -> tuple[str, str] | None:
    """Return a process's id and native id; None when the record does not say which process it was.

    Without the sensor's own id it is pid, exec time and binary; where only an act of the process was
    seen, the UTC day stands for the time, and `joins` finds the execution.
    """
    if native is None:
        if pid is None or binary is None:
            return None
        native = f"{pid}@{started_at}:{binary}" if started_at is not None else f"{pid}?{at // DAY}:{binary}"
    return ident("Process", host, sensor, native), clean(native)


def _command(command: str | None, args: tuple[str, ...]) -> str | None:
    text = command if command is not None else " ".join(args) if args else None
    return text and clean(text)


@lru_cache(maxsize=4096)
def _host(name: str) -> Thing:
    return Thing("Host", ident("Host", name), {"name": short(name)})


def _session(host: str, native: str, login: Thing | None) -> Thing:
    return things.of("Session", host=host, native_id=native, user=str(login.fixed["name"]) if login else "")


def _binary(text: str | None, args: tuple[str, ...], cwd: str | None) -> Thing | None:
    binary = binary_of(text, args, cwd)
    return None if binary is None else _binary_named(binary.kind, binary.name)


@lru_cache(maxsize=16384)
def _binary_named(kind: str, name: str) -> Thing:
    shown = clean(name)
    basename = short(shown.rsplit("/", 1)[-1].lower())
    called, _, applet = basename.partition(" ")
    if called in _MULTICALL and applet:
        basename = applet
    return Thing("Binary", ident("Binary", kind, name), {"kind": kind, "name": shown, "basename": basename})


@lru_cache(maxsize=16384)
def _domain(name: str, registered: str | None) -> Thing:
    return Thing("Domain", ident("Domain", name), {"name": clean(name), "registered": registered and clean(registered)})


def _user(name: str | None, uid: int | None, domain: str | None, host: str, naming: Naming) -> Thing | None:
    return _user_in(name, uid, domain, host, naming.shared_directory)


@lru_cache(maxsize=16384)
def _user_in(name: str | None, uid: int | None, domain: str | None, host: str, shared: bool) -> Thing | None:
    user = identity.user_of(name, uid, domain, host, shared)
    return None if user is None else Thing("User", ident("User", user.key), {"name": clean(user.key)})
