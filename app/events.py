"""The normalised event: what a sensor saw, one frozen struct per kind.

Every source yields these and everything downstream reads only these. The same structs, one JSON
object a line, are polygraph's own input format (`sources/polygraph.py`), so a field documented here
is documented for anyone's shipper.

Times are integers, epoch milliseconds UTC. A field that a sensor does not know is absent: sources
turn "-", "<NA>", 4294967295 and their like into None before they build an event.
"""

import hashlib
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta, Struct

Moment = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
"""Epoch milliseconds UTC, up to the end of the year 9999."""
Pid = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Uid = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Name = Annotated[str, Meta(min_length=1)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Event(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
):
    """What every event says: when and where, seen by which sensor."""

    at: Moment
    """When it happened, epoch milliseconds UTC."""

    KIND: ClassVar[str]

    @property
    def place(self) -> str:
        """Return where it happened: a host, or an account; events of one place go one way through the stream."""
        raise NotImplementedError

    @property
    def id(self) -> str:
        """Return the content-derived id: the same record read twice is the same event."""
        # Not the struct itself: which of its defaults are left out depends on where a value comes from.
        said = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) not in (None, ())}
        return hashlib.sha256(_canonical.encode((self.KIND, said))).hexdigest()[:32]


class OnHost(Event, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An event on a host."""

    host: Name
    """The host as the sensor names it."""
    sensor: Name = "polygraph"
    """The format that saw it; one execution seen by two sensors is two Processes joined by SAME_AS."""

    @property
    def place(self) -> str:
        """Return the host."""
        return self.host


class OfProcess(OnHost, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An event whose actor is a process; all that one record says about that process.

    Identity needs `process` (the sensor's own id), or `pid` with `binary`; without either the event
    is of the host alone.
    """

    pid: Pid | None = None
    binary: Name | None = None
    """The executable's absolute path, or its bare name where the sensor knows no more. Never argv[0]."""
    process: Name | None = None
    """The sensor's own id of the process (Tetragon's exec_id, a GUID, an entity id)."""
    started_at: Moment | None = None
    """When this image was executed; for `process_started` it is `at` unless said otherwise."""
    args: tuple[str, ...] = ()
    """argv, the program itself first."""
    command: str | None = None
    """The command line as one text, where the sensor gives no list."""
    cwd: str | None = None
    user: Name | None = None
    """The effective user's name."""
    uid: Uid | None = None
    """The effective user's number."""
    user_domain: Name | None = None
    """The directory that the name is known in (Windows, LDAP)."""
    login_user: Name | None = None
    """Who logged in, whatever sudo did since (auid)."""
    login_uid: Uid | None = None
    session: Name | None = None
    """The login session's id on this host (ses)."""
    container: Name | None = None
    """Container id, as long as the sensor knows it, without scheme."""
    image: Name | None = None
    """Container image reference, with tag or digest."""
    parent: Name | None = None
    """The sensor's own id of the parent."""
    parent_pid: Pid | None = None
    parent_binary: Name | None = None
    parent_args: tuple[str, ...] = ()
    parent_cwd: str | None = None
    """The parent's working directory; an interpreter's script is named from it."""
    parent_started_at: Moment | None = None
    parent_uid: Uid | None = None
    parent_user: Name | None = None


class ProcessStarted(OfProcess, tag="process_started", frozen=True, kw_only=True):
    """A process executed a binary."""

    KIND = "process_started"


class ProcessEnded(OfProcess, tag="process_ended", frozen=True, kw_only=True):
    """A process ended."""

    KIND = "process_ended"
    exit_code: int | None = None


class ConnectionOut(OfProcess, tag="connection_out", frozen=True, kw_only=True):
    """A process opened (or tried to open) a connection; in progress counts."""

    KIND = "connection_out"
    remote_ip: Name
    remote_port: Port = 0
    """0 when unknown."""
    protocol: Name = "tcp"
    local_ip: Name | None = None
    local_port: Port | None = None
    bytes_out: Count | None = None
    """Bytes that the host sent, where the sensor counts them."""
    bytes_in: Count | None = None
    """Bytes that the host received."""


class ConnectionIn(OfProcess, tag="connection_in", frozen=True, kw_only=True):
    """A process accepted a connection; the remote party is its source."""

    KIND = "connection_in"
    remote_ip: Name
    remote_port: Port = 0
    """The client's port, seldom of interest."""
    protocol: Name = "tcp"
    local_ip: Name | None = None
    local_port: Port | None = None
    """The port that serves."""
    bytes_out: Count | None = None
    """Bytes that the host sent, where the sensor counts them."""
    bytes_in: Count | None = None
    """Bytes that the host received."""


class PortListening(OfProcess, tag="port_listening", frozen=True, kw_only=True):
    """A process listens on a port."""

    KIND = "port_listening"
    port: Port
    protocol: Name = "tcp"
    ip: Name | None = None


class NameResolved(OfProcess, tag="name_resolved", frozen=True, kw_only=True):
    """A name was looked up; `answers` are the addresses it resolved to, none if it did not."""

    KIND = "name_resolved"
    domain: Name
    answers: tuple[str, ...] = ()


class FileWritten(OfProcess, tag="file_written", frozen=True, kw_only=True):
    """A process created or wrote a file."""

    KIND = "file_written"
    path: Name


class FileRead(OfProcess, tag="file_read", frozen=True, kw_only=True):
    """A process opened a file to read it; sensors report that of few files, those that somebody watches."""

    KIND = "file_read"
    path: Name


class FileDeleted(OfProcess, tag="file_deleted", frozen=True, kw_only=True):
    """A process deleted a file."""

    KIND = "file_deleted"
    path: Name


class FileHashed(OfProcess, tag="file_hashed", frozen=True, kw_only=True):
    """A file's content was hashed where it lies on the host."""

    KIND = "file_hashed"
    path: Name
    sha256: Sha256


class LoggedIn(OnHost, tag="logged_in", frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A user logged in, or tried to."""

    KIND = "logged_in"
    user: Name | None = None
    """Who; the name or the number must be there."""
    uid: Uid | None = None
    user_domain: Name | None = None
    remote_ip: Name | None = None
    session: Name | None = None
    method: Name | None = None
    """How: sshd, console, cron, …"""
    success: bool = True


class ContainerStarted(
    OnHost, tag="container_started", frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A container was started from an image."""

    KIND = "container_started"
    container: Name
    image: Name
    name: Name | None = None
    namespace: Name | None = None


class PrivilegeChanged(OfProcess, tag="privilege_changed", frozen=True, kw_only=True):
    """A process (su, sudo, a setuid program) went over to another effective user."""

    KIND = "privilege_changed"
    target_user: Name | None = None
    """Whom it became; the name or the number must be there."""
    target_uid: Uid | None = None


class ApiCalled(Event, tag="api_called", frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An identity called an operation of a cloud's or a cluster's API; it happened on no host of the deployment."""

    KIND = "api_called"
    sensor: Name = "polygraph"
    """The format that saw it; the same call told by two sensors is one where both know its id."""
    provider: Name
    """Whose API: aws, kubernetes, …"""
    account: Name
    """The cloud account that was acted in; for a cluster its name."""
    identity: Name
    """Who: an ARN, a user's name, a service's name; of a session the session's own."""
    identity_kind: Name | None = None
    """What the provider calls such an identity: AssumedRole, IAMUser, Root, AWSService, ServiceAccount, User, …"""
    identity_name: Name | None = None
    """A short name to show."""
    issuer: Name | None = None
    """The role (or federated user) behind a session, by ARN; all its sessions are one identity."""
    session: Name | None = None
    """The session's name; one of a virtual machine is the machine's id (i-…), one of a pod the pod's name."""
    authenticated: bool = True
    """False where the credentials were not accepted: then the identity is only what somebody claimed."""
    access_key: Name | None = None
    """The id of the key that signed the call, which is no secret."""
    service: Name
    """The service called (ec2.amazonaws.com), or the API group (core, rbac.authorization.k8s.io)."""
    operation: Name
    """What was called: RunInstances, create pods/exec."""
    region: Name | None = None
    remote_ip: Name | None = None
    """Where the call came from."""
    remote_name: Name | None = None
    """The name of the provider's own service that called, where that stands in place of an address."""
    user_agent: Name | None = None
    error: Name | None = None
    """Why it was refused or failed, in the provider's word; absent where it went well."""
    read_only: bool | None = None
    mfa: bool | None = None
    """Whether more than one factor was used to authenticate."""
    resources: tuple[str, ...] = ()
    """What it acted on: ARNs, or paths such as namespaces/default/pods/web-1."""
    images: tuple[str, ...] = ()
    """Container images that what it created or changed is to run."""
    args: tuple[str, ...] = ()
    """The command that it had run somewhere, the program first."""
    flags: tuple[str, ...] = ()
    """What stands out in the request, as name or name:value: privileged, host_path:/etc, …"""
    call: Name | None = None
    """The provider's own id of the call (eventID, auditID)."""

    @property
    def place(self) -> str:
        """Return the account."""
        return self.account


AnyEvent = (
    ProcessStarted
    | ProcessEnded
    | ConnectionOut
    | ConnectionIn
    | PortListening
    | NameResolved
    | FileWritten
    | FileRead
    | FileDeleted
    | FileHashed
    | LoggedIn
    | ContainerStarted
    | PrivilegeChanged
    | ApiCalled
)
"""Closed union of all kinds; a `match` over it ends in `assert_never`."""

KINDS: tuple[type[Event], ...] = AnyEvent.__args__

OF_PROCESS = frozenset(kind.KIND for kind in KINDS if issubclass(kind, OfProcess))
"""Kinds whose record names a process, and so is a sighting of its binary, its user and their like."""

_canonical = msgspec.msgpack.Encoder(order="deterministic")
_packer = msgspec.msgpack.Encoder()
_unpacker = msgspec.msgpack.Decoder(list[AnyEvent])


def pack(events: list[AnyEvent]) -> bytes:
    """Return many events as one stream entry's bytes (MessagePack)."""
    return _packer.encode(events)


def unpack(entry: bytes) -> list[AnyEvent]:
    """Return the events of one stream entry.

    Raises `msgspec.ValidationError` when the entry is not what `pack` wrote.
    """
    return _unpacker.decode(entry)
