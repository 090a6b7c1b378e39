"""The fields of Kubernetes' audit events that are read, typed; all others are skipped unread.

Knows no events. The objects of requests are different for each kind, and are looked into only where needed.
"""

from msgspec import Raw, Struct

from app.sources._values import Value


class User(Struct):
    """Who asks."""

    username: Value = None
    extra: Raw = Raw()


class Reference(Struct, rename="camel"):
    """What is asked for."""

    resource: Value = None
    subresource: Value = None
    namespace: Value = None
    name: Value = None
    api_group: Value = None


class Status(Struct):
    """How it went."""

    code: Value = None
    reason: Value = None


class Event(
    Struct,
    rename={
        "audit_id": "auditID",
        "request_uri": "requestURI",
        "impersonated": "impersonatedUser",
        "source_ips": "sourceIPs",
        "user_agent": "userAgent",
        "object": "objectRef",
        "status": "responseStatus",
        "request": "requestObject",
        "response": "responseObject",
        "received": "requestReceivedTimestamp",
        "staged": "stageTimestamp",
    },
):
    """One audit event."""

    audit_id: Value = None
    stage: Value = None
    request_uri: Value = None
    verb: Value = None
    user: User | None = None
    impersonated: User | None = None
    source_ips: list[str] | str | None = None
    user_agent: Value = None
    object: Reference | None = None
    status: Status | None = None
    annotations: Raw = Raw()
    request: Raw = Raw()
    response: Raw = Raw()
    received: Value = None
    staged: Value = None
    timestamp: Value = None
    """The only time in versions before 1.8."""


class Document(Event, rename={"cluster_": "clusterName"}):
    """An audit event, or what shippers wrap around one."""

    cluster_name: Value = None
    cluster_: Value = None
    orchestrator: Raw = Raw()
    """What runs the cluster, in the Elastic Common Schema."""
    items: Raw = Raw()


class SecurityContext(Struct):
    """What a container may do."""

    privileged: Value = None
    capabilities: "Capabilities | None" = None


class Capabilities(Struct):
    """What a container may do beside."""

    add: list[str] | None = None


class Container(Struct, rename={"security": "securityContext"}):
    """A container to run."""

    image: Value = None
    security: SecurityContext | None = None


class HostPath(Struct):
    """A place of the node's."""

    path: Value = None


class Volume(Struct, rename={"host_path": "hostPath"}):
    """What a container may mount."""

    host_path: HostPath | None = None


class Spec(
    Struct,
    rename={
        "init_containers": "initContainers",
        "ephemeral_containers": "ephemeralContainers",
        "host_network": "hostNetwork",
        "host_pid": "hostPID",
        "host_ipc": "hostIPC",
        "job_template": "jobTemplate",
    },
):
    """What a pod is to be, or what holds the template of one."""

    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    ephemeral_containers: list[Container] | None = None
    volumes: list[Volume] | None = None
    host_network: Value = None
    host_pid: Value = None
    host_ipc: Value = None
    template: "Object | None" = None
    job_template: "Object | None" = None


class Metadata(Struct):
    """What an object is called."""

    name: Value = None


class Role(Struct):
    """The role that a binding grants."""

    name: Value = None


class Rule(Struct):
    """What a role allows."""

    verbs: list[str] | None = None
    resources: list[str] | None = None


class Object(Struct, rename={"role": "roleRef"}):
    """An object of whatever kind, as far as it is of interest."""

    metadata: Metadata | None = None
    spec: Spec | None = None
    role: Role | None = None
    rules: list[Rule] | None = None
