"""The attributes of OCSF that are read, typed; all others are skipped unread.

Knows no events. Where producers differ in an attribute's type the type says so; what differs otherwise
goes through `_lenient`.
"""

from msgspec import Struct

Number = int | str | None
Time = int | float | str | None
Truth = bool | str | None


class Fingerprint(Struct):
    """A digest; algorithm 3 is SHA-256."""

    algorithm_id: Number = None
    algorithm: str | None = None
    value: str | None = None


class File(Struct):
    """A file; `fingerprints` is the release candidates' name of `hashes`."""

    path: str | None = None
    name: str | None = None
    parent_folder: str | None = None
    type_id: Number = None
    hashes: list[Fingerprint] = []
    fingerprints: list[Fingerprint] = []


class Account(Struct):
    """A cloud's account."""

    uid: Number = None
    name: str | None = None


class User(Struct):
    """A user; `uid` is a number on Unix, a SID on Windows and an ARN with AWS, as `uuid` is in release candidates."""

    uid: Number = None
    name: str | None = None
    domain: str | None = None
    type: str | None = None
    uuid: str | None = None
    uid_alt: str | None = None
    email_addr: str | None = None
    credential_uid: str | None = None
    account: Account | None = None
    account_uid: Number = None


class Session(Struct):
    """A login session; `mfa` is the release candidates' name."""

    uid: Number = None
    issuer: str | None = None
    is_mfa: Truth = None
    mfa: Truth = None


class Image(Struct):
    """A container's image; `uid` is its digest."""

    name: str | None = None
    tag: str | None = None
    uid: str | None = None


class Container(Struct):
    """A container."""

    uid: str | None = None
    image: Image | None = None


class Process(Struct):
    """A process."""

    pid: Number = None
    uid: Number = None
    name: str | None = None
    path: str | None = None
    cmd_line: str | None = None
    created_time: Time = None
    created_time_dt: str | None = None
    working_directory: str | None = None
    loaded_modules: list[object] = []
    file: File | None = None
    user: User | None = None
    session: Session | None = None
    container: Container | None = None
    parent_process: "Process | None" = None


class Actor(Struct):
    """Who did it."""

    invoked_by: str | None = None
    app_name: str | None = None
    process: Process | None = None
    user: User | None = None
    session: Session | None = None


class Device(Struct):
    """The machine that it was seen on."""

    hostname: str | None = None
    name: str | None = None
    uid: str | None = None
    ip: str | None = None


class Endpoint(Device):
    """One side of a connection."""

    instance_uid: str | None = None
    port: Number = None
    domain: str | None = None
    svc_name: str | None = None


class Connection(Struct):
    """What is known of a connection as a whole."""

    direction: str | None = None
    direction_id: Number = None
    protocol_name: str | None = None
    protocol_num: Number = None


class Traffic(Struct):
    """Bytes: out is from the source, in is to it."""

    bytes_out: Number = None
    bytes_in: Number = None


class Query(Struct):
    """What a resolver was asked."""

    hostname: str | None = None


class Answer(Struct):
    """One answer; `rdata` is an address or a name."""

    rdata: str | None = None


class Url(Struct):
    """An address on the web."""

    hostname: str | None = None
    path: str | None = None


class Request(Struct):
    """What an HTTP client asked for."""

    url: Url | None = None
    user_agent: str | None = None


class Named(Struct):
    """Something of which only the name is read."""

    name: str | None = None


class Metadata(Struct):
    """Of the record itself; `uid` is what the product calls what it tells of."""

    original_time: Time = None
    uid: str | None = None
    product: "Product | None" = None


class Product(Struct):
    """Who wrote the record."""

    name: str | None = None
    vendor_name: str | None = None


class Answered(Struct):
    """How a call of an API went."""

    error: str | None = None
    code: Number = None
    message: str | None = None


class Asked(Struct):
    """A request to an API."""

    uid: str | None = None


class Api(Struct):
    """The operation of an API that was called."""

    operation: str | None = None
    service: Named | None = None
    group: Named | None = None
    request: Asked | None = None
    response: Answered | None = None


class Cloud(Struct):
    """Where in which cloud."""

    provider: str | None = None
    region: str | None = None
    account: Account | None = None
    account_uid: Number = None
    project_uid: Number = None


class Resource(Struct):
    """What a call acted on."""

    uid: Number = None
    name: str | None = None
    type: str | None = None
    namespace: str | None = None


class Unmapped(Struct):
    """What a release candidate's mapping of CrowdStrike's left over."""

    SHA256HashData: str | None = None


class Event(Struct):
    """A record of any class."""

    class_uid: Number = None
    class_name: str | None = None
    type_uid: Number = None
    activity_id: Number = None
    status_id: Number = None
    status: str | None = None
    time: Time = None
    time_dt: str | None = None
    start_time: Time = None
    metadata: Metadata | None = None
    device: Device | None = None
    actor: Actor | None = None
    process: Process | None = None
    exit_code: Number = None
    file: File | None = None
    file_result: File | None = None
    user: User | None = None
    session: Session | None = None
    container: Container | None = None
    src_endpoint: Endpoint | None = None
    dst_endpoint: Endpoint | None = None
    connection_info: Connection | None = None
    traffic: Traffic | None = None
    query: Query | None = None
    answers: list[Answer] | None = None
    http_request: Request | None = None
    service: Named | None = None
    logon_process: Process | None = None
    auth_protocol: str | None = None
    unmapped: Unmapped | None = None
    api: Api | None = None
    cloud: Cloud | None = None
    resources: list[Resource] | None = None
    status_code: Number = None
    message: str | None = None
