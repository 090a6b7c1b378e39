"""The fields of ECS that are read, typed, with their older names; all others are skipped unread.

Knows no events. Where writers differ in a field's type the type says so; what differs otherwise goes
through `_lenient`. Names without a comment are ECS's own; the rest says whose it is.
"""

from msgspec import Raw, Struct

from app.sources._ecs_auditd_shapes import Auditd, Data, Path, Summary

Number = int | str | None
Words = str | list[str] | None


class User(Struct, rename={"identity": "id"}):
    """A user; `uid` to `auid` are Auditbeat 6's, `ids` the library's that it is made with."""

    identity: Number = None
    name: str | None = None
    domain: str | None = None
    effective: "User | None" = None
    audit: "User | None" = None
    uid: Number = None
    euid: Number = None
    auid: Number = None
    name_map: "Names | None" = None
    ids: "Names | None" = None


class Names(Struct):
    """Auditbeat 6's names of user numbers, or the library's numbers."""

    uid: Number = None
    euid: Number = None
    auid: Number = None


class Hash(Struct):
    """A content's digests."""

    sha256: str | None = None


class Process(Struct):
    """A process; `exe`, `cwd` and `ppid` are older names."""

    pid: Number = None
    ppid: Number = None
    entity_id: str | None = None
    executable: str | None = None
    exe: str | None = None
    name: str | None = None
    args: list[str] | str | None = None
    command_line: str | None = None
    title: str | None = None
    working_directory: str | None = None
    cwd: str | None = None
    start: str | None = None
    end: str | None = None
    exit_code: Number = None
    hash: Hash | None = None
    user: User | None = None
    real_user: User | None = None
    parent: "Process | None" = None


class Event(Struct, rename={"timestamp": "@timestamp"}):
    """What kind of event; `timestamp` is there where the document itself lies in `event`."""

    action: Words = None
    category: Words = None
    type: Words = None
    kind: str | None = None
    module: str | None = None
    dataset: str | None = None
    outcome: str | None = None
    created: str | None = None
    start: str | None = None
    original: Words = None
    timestamp: str | int | None = None


class Host(Struct, rename={"identity": "id"}):
    """A machine; `ip` tells which side of a connection it is."""

    identity: str | None = None
    name: str | None = None
    hostname: str | None = None
    architecture: str | None = None
    ip: Words = None


class Endpoint(Struct):
    """One side of a connection."""

    ip: Words = None
    address: str | None = None
    port: Number = None
    bytes: Number = None


class Network(Struct):
    """A connection's kind."""

    direction: str | None = None
    transport: str | None = None


class Question(Struct):
    """What a resolver was asked."""

    name: str | None = None


class Answer(Struct):
    """One answer; `data` is an address or a name."""

    data: str | None = None


class Dns(Struct):
    """A look-up."""

    question: Question | None = None
    resolved_ip: Words = None
    answers: list[Answer] | Answer | None = None


class Access(Struct):
    """How a file was opened (Elastic Defend)."""

    mode: Words = None


class FileExtension(Struct):
    """Elastic Defend's own fields of a file."""

    access: Access | None = None


class File(Struct, rename={"extension": "Ext"}):
    """A file; after a renaming, by its new path."""

    path: str | None = None
    type: str | None = None
    hash: Hash | None = None
    extension: FileExtension | None = None


class Image(Struct):
    """A container's image."""

    name: str | None = None
    tag: Words = None


class Container(Struct, rename={"identity": "id"}):
    """A container."""

    identity: str | None = None
    image: Image | None = None


class Ssh(Struct):
    """What sshd said of a login (Filebeat)."""

    event: str | None = None
    ip: str | None = None
    method: str | None = None


class Sudo(Struct):
    """What sudo said (Filebeat)."""

    user: str | None = None
    error: str | None = None


class Auth(Struct):
    """A line of auth.log (Filebeat)."""

    hostname: str | None = None
    user: str | None = None
    ssh: Ssh | None = None
    sudo: Sudo | None = None


class System(Struct):
    """Filebeat's module of that name."""

    auth: Auth | None = None


class Fileset(Struct):
    """Filebeat 6's name of module and dataset."""

    module: str | None = None
    name: str | None = None


class Beat(Struct):
    """The shipper, which runs on the host."""

    hostname: str | None = None
    name: str | None = None
    type: str | None = None


class Document(
    Struct,
    rename={"timestamp": "@timestamp", "hit": "_source", "bulk_index": "index", "bulk_create": "create"}
    | {"bulk_update": "update", "bulk_delete": "delete"},
):
    """One document, or what it is wrapped in; `category` to `paths` are the library's."""

    timestamp: str | int | float | None = None
    event: Event | str | None = None
    host: Host | str | None = None
    agent: Beat | str | None = None
    beat: Beat | str | None = None
    observer: Beat | str | None = None
    process: Process | None = None
    user: User | str | None = None
    source: Endpoint | str | None = None
    destination: Endpoint | str | None = None
    network: Network | None = None
    dns: Dns | None = None
    file: File | str | None = None
    hash: Hash | str | None = None
    container: Container | None = None
    auditd: Auditd | None = None
    system: System | None = None
    fileset: Fileset | None = None
    message: str | None = None
    hit: Raw = Raw(b"")
    bulk_index: Raw = Raw(b"")
    bulk_create: Raw = Raw(b"")
    bulk_update: Raw = Raw(b"")
    bulk_delete: Raw = Raw(b"")
    category: Words = None
    record_type: str | None = None
    result: str | None = None
    session: Number = None
    summary: Summary | None = None
    data: Data | None = None
    paths: list[Path] = []
