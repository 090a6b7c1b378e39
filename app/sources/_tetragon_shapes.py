"""The fields of Tetragon's export that are read, typed; all others are skipped unread.

Knows no events. Types are those that the events ask for, so that what decodes here is in range there.
"""

from typing import Annotated

from msgspec import Meta, Struct

from app.events import Pid, Port, Uid

Code = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class Image(Struct):
    """An image: `id` by digest, `name` by tag."""

    id: str = ""
    name: str = ""


class Container(Struct):
    """A container; `pid` is the process's number inside it."""

    id: str = ""
    name: str = ""
    image: Image | None = None
    start_time: str = ""
    pid: Pid | None = None


class Pod(Struct):
    """A pod."""

    namespace: str = ""
    container: Container | None = None


class Credentials(Struct):
    """A process's user ids."""

    uid: Uid | None = None
    euid: Uid | None = None


class Account(Struct):
    """A user by name, known for processes outside containers only."""

    name: str = ""


class BinaryProperties(Struct):
    """What is special about an executed file."""

    setuid: Uid | None = None
    privileges_changed: list[str] = []


class Process(Struct):
    """A process; the same shape for the actor and its parent."""

    exec_id: str = ""
    pid: Pid | None = None
    uid: Uid | None = None
    cwd: str = ""
    binary: str = ""
    arguments: str = ""
    start_time: str = ""
    auid: Uid | None = None
    pod: Pod | None = None
    docker: str = ""
    parent_exec_id: str = ""
    process_credentials: Credentials | None = None
    user: Account | None = None
    binary_properties: BinaryProperties | None = None


class Socket(Struct):
    """A kernel socket: its own side and the other."""

    family: str = ""
    protocol: str = ""
    saddr: str = ""
    daddr: str = ""
    sport: Port = 0
    dport: Port = 0


class SocketAddress(Struct):
    """An address handed to connect or bind."""

    family: str = ""
    addr: str = ""
    port: Port = 0


class File(Struct):
    """A file; old versions leave the leading slash out."""

    path: str = ""


class Argument(Struct):
    """One argument of a hooked function: exactly one of these is there, or one that is not read."""

    int_arg: Code | None = None
    uint_arg: Code | None = None
    sock_arg: Socket | None = None
    sockaddr_arg: SocketAddress | None = None
    file_arg: File | None = None
    path_arg: File | None = None
    linux_binprm_arg: File | None = None
    process_credentials_arg: Credentials | None = None


class Body(Struct):
    """What every event holds."""

    process: Process | None = None
    parent: Process | None = None


class Exit(Body):
    """A process's end."""

    status: Code = 0
    signal: str = ""


class Hook(Body, rename={"return_": "return"}):
    """A kprobe or LSM hook that fired."""

    function_name: str = ""
    args: list[Argument] = []
    return_: Argument | None = None
    ima_hash: str = ""


class Connection(Body):
    """The enterprise edition's connect and accept."""

    source_ip: str = ""
    source_port: Port = 0
    destination_ip: str = ""
    destination_port: Port = 0
    protocol: str = ""


class Listen(Body):
    """The enterprise edition's listen."""

    ip: str = ""
    port: Port = 0
    protocol: str = ""


class Document(Struct):
    """One line of the export: one of these kinds, or one that is not read."""

    process_exec: Body | None = None
    process_exit: Exit | None = None
    process_kprobe: Hook | None = None
    process_lsm: Hook | None = None
    process_connect: Connection | None = None
    process_accept: Connection | None = None
    process_listen: Listen | None = None
    node_name: str = ""
    time: str = ""
