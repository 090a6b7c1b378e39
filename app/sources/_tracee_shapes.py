"""The fields of Tracee's events that are read, typed, in both of its shapes; all others are skipped unread.

Knows no events. The older shape (`trace.Event`) is flat, with `args`; the newer one (`v1beta1`) has
`workload` and `data`, names the type of a value by the key it stands under, and puts small numbers into
`{"value": …}`, or not, and its names in snake_case or, by the book of Protocol Buffers, in camelCase.
"""

from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from app.sources._moments import Stamp
from app.sources._values import Value


class Wrapped(Struct):
    """A number that may be absent, as Protocol Buffers wrap it."""

    value: Value = None


Number = Wrapped | Value


class Executable(Struct):
    """What a process runs."""

    path: Value = None


class Container(Struct):
    """A container, as both shapes have it."""

    id: Value = None
    name: Value = None
    image: "Image | Value" = None
    imageDigest: Value = None


class Image(Struct):
    """An image of the newer shape."""

    name: Value = None
    repo_digests: list[str] = []


class Thread(Struct):
    """A thread of the newer shape; its name is the process's where it is the first one."""

    name: Value = None
    start_time: Stamp | Value = None
    startTime: Stamp | Value = None
    unique_id: Number = None
    host_tid: Number = None
    hostTid: Number = None


class Identity(Struct):
    """A user's number."""

    id: Number = None


class Process(Struct):
    """A process of the newer shape, and its ancestors, the nearest first."""

    executable: Executable | None = None
    unique_id: Number = None
    uniqueId: Number = None
    host_pid: Number = None
    hostPid: Number = None
    pid: Number = None
    real_user: Identity | None = None
    realUser: Identity | None = None
    thread: Thread | None = None
    ancestors: "list[Process]" = []


class Workload(Struct):
    """Who did it, in the newer shape."""

    process: Process | None = None
    container: Container | None = None


def _raw(name: str) -> Any:  # noqa: ANN401 - a field of any type
    return field(default_factory=Raw, name=name)


class Argument(Struct):
    """An argument of an event: its value under `value`, or under the name of its type."""

    name: str = ""
    value: Raw = _raw("value")
    string: Raw = _raw("str")
    int32: Raw = _raw("int32")
    int64: Raw = _raw("int64")
    u_int32: Raw = _raw("u_int32")
    u_int64: Raw = _raw("u_int64")
    uInt32: Raw = _raw("uInt32")
    uInt64: Raw = _raw("uInt64")
    boolean: Raw = _raw("bool")
    str_array: Raw = _raw("str_array")
    strArray: Raw = _raw("strArray")
    sockaddr: Raw = _raw("sockaddr")
    credentials: Raw = _raw("credentials")
    dns: Raw = _raw("dns")
    dns_questions: Raw = _raw("dns_questions")
    dnsQuestions: Raw = _raw("dnsQuestions")
    dns_responses: Raw = _raw("dns_responses")
    dnsResponses: Raw = _raw("dnsResponses")
    packet_metadata: Raw = _raw("packet_metadata")
    packetMetadata: Raw = _raw("packetMetadata")
    tcp: Raw = _raw("tcp")


class Document(Struct):
    """One event of either shape."""

    timestamp: Stamp | Value = None
    eventName: str = ""
    syscall: str = ""
    hostName: Value = None
    processName: Value = None
    processId: Value = None
    hostProcessId: Value = None
    hostThreadId: Value = None
    parentProcessId: Value = None
    hostParentProcessId: Value = None
    threadStartTime: Value = None
    userId: Value = None
    processEntityId: Value = None
    parentEntityId: Value = None
    executable: Executable | None = None
    returnValue: Value = None
    containerId: Value = None
    containerImage: Value = None
    container: Container | None = None
    args: list[Argument] | dict[str, Raw] | None = None
    metadata: Raw = Raw()
    SigMetadata: Raw = Raw()
    name: str = ""
    workload: Workload | None = None
    data: list[Argument] | dict[str, Raw] | None = None
    threat: Raw = Raw()
    detected_from: Raw = Raw()
    detectedFrom: Raw = Raw()


class SocketAddress(Struct):
    """An address handed to a socket."""

    sin_addr: Value = None
    sin_port: Value = None
    sin6_addr: Value = None
    sin6_port: Value = None


class Credentials(Struct):
    """Who a process acts as."""

    uid: Number = None
    Uid: Number = None
    euid: Number = None
    Euid: Number = None


class Packet(Struct):
    """Where a packet came from and went to."""

    src_ip: Value = None
    dst_ip: Value = None
    src_port: Value = None
    dst_port: Value = None
    direction: Value = None


class Flags(Struct):
    """The flags of a TCP packet that say who asks."""

    SYN: Value = None
    ACK: Value = None
    syn_flag: Value = None
    ack_flag: Value = None


class Question(Struct):
    """A question to the DNS."""

    name: str = ""
    query: str = ""


class Answer(Struct):
    """An answer of the DNS; other than addresses are not read."""

    IP: str = ""
    ip: str = ""
    answer: str = ""


class Message(Struct):
    """A message of the DNS."""

    QR: Value = None
    qr: Value = None
    questions: list[Question] | None = None
    answers: list[Answer] | None = None


class Response(Struct):
    """A question and what was answered."""

    query_data: Question | None = None
    dns_query_data: Question | None = None
    dns_answer: list[Answer] | None = None


class Questions(Struct):
    """Questions, as the newer shape wraps them."""

    questions: list[Question] = []


class Responses(Struct):
    """Answers, as the newer shape wraps them."""

    responses: list[Response] = []


class Strings(Struct):
    """Texts, as the newer shape wraps them."""

    value: list[str] = []


documents: msgspec.json.Decoder[Document] = msgspec.json.Decoder(Document)


def bare(wrapped: Number) -> Value:
    """Return a number without what wraps it."""
    return wrapped.value if isinstance(wrapped, Wrapped) else wrapped
