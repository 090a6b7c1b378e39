"""Read Kubernetes' audit log: every request to a cluster's API server, as far as its policy logs it.

First stage of the flow: knows the audit events' fields and nothing of the graph. Taken are events one a line,
in an EventList, one after the other without a break, and inside what shippers wrap around them (Fluentd,
CloudWatch Logs, Elasticsearch, Elastic Agent), of all versions.

A request is logged at several stages under one id. RequestReceived says nothing that a later stage does not;
of a request that goes on (watch, exec) ResponseStarted comes at once and ResponseComplete at its end, and both
make the same call. Whom somebody impersonates is who counts, for with those rights it was done. No record names
its cluster: a shipper's word for it is taken, else what was given (--host), else kubeadm's own default.
"""

from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from app.errors import RecordRejected
from app.events import ApiCalled
from app.sources import Context, Ignored, Record, Taken
from app.sources._api_calls import ANONYMOUS, reason_of, subject_kind
from app.sources._envelopes import document_in, line_in
from app.sources._k8s_audit_objects import object_of, told
from app.sources._k8s_audit_shapes import Document, Event, Reference, Status, User
from app.sources._lists import in_lists, is_empty
from app.sources._moments import moment
from app.sources._rejections import DECODE_ERRORS, not_json
from app.sources._texts import arguments
from app.sources._values import present, text_of

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "Kubernetes audit log"
TAKES = ("cloud",)
DEFAULT_CLUSTER = "kubernetes"

records = in_lists("items", "logEvents")

_ENVELOPES = ("kubernetes.audit", "event.original", "_source", "message", "@message", "log")
"""Elastic Agent, Beats, Elasticsearch, CloudWatch Logs, Fluentd."""
_DEEPEST = 4
"""Wrappers around an event."""
_READS = frozenset(("get", "list", "watch", "head", "options"))
_INTO = frozenset(("exec", "attach", "portforward", "proxy"))
"""Subresources by which one acts, whatever the verb: over WebSockets it is get."""
_POD = "authentication.kubernetes.io/pod-name"

T = TypeVar("T")

_documents: msgspec.json.Decoder[Document] = msgspec.json.Decoder(Document)
_extras: msgspec.json.Decoder[dict[str, list[str] | str]] = msgspec.json.Decoder(dict[str, list[str] | str])
_texts: msgspec.json.Decoder[dict[str, str]] = msgspec.json.Decoder(dict[str, str])


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return the call that one audit event tells of; raises RecordRejected when it cannot be told."""
    try:
        opened = _opened(record.raw, 0)
    except DECODE_ERRORS as error:
        raise not_json(error) from error
    if opened is None:
        return Ignored(record, "empty list")
    event, cluster = opened
    if event.stage == "RequestReceived":
        return Ignored(record, "RequestReceived")
    return Taken(record, (_called(event, cluster or context.host or DEFAULT_CLUSTER),))


def _opened(raw: bytes, depth: int) -> tuple[Event, str | None] | None:
    """Return the event in a document, out of what is wrapped around it, and the cluster that a shipper names.

    None for a list of nothing.
    """
    document = _documents.decode(raw)
    cluster = text_of(document.cluster_name) or text_of(document.cluster_)
    if cluster is None and document.orchestrator and (known := line_in(raw, "orchestrator.cluster.name")):
        cluster = known.decode("utf-8", "replace")
    if document.verb is not None:
        return document, cluster
    if is_empty(document.items):
        return None
    inner = document_in(raw, *_ENVELOPES) if depth < _DEEPEST else None
    if inner is not None:
        opened = _opened(inner, depth + 1)
        return opened and (opened[0], opened[1] or cluster)
    raise RecordRejected("not an audit event of Kubernetes: it has no verb")


def _called(event: Event, cluster: str) -> ApiCalled:
    user, asked, status = event.user or User(), event.object or Reference(), event.status or Status()
    verb, path = text_of(event.verb), (text_of(event.request_uri) or "").partition("?")[0]
    if verb is None:
        raise RecordRejected("verb: it is empty")
    resource, subresource = text_of(asked.resource), text_of(asked.subresource)
    if not resource and not path:
        raise RecordRejected("neither objectRef nor requestURI says what was asked for")
    name, behind = text_of(user.username), text_of(event.impersonated.username) if event.impersonated else None
    identity = behind or name or ANONYMOUS
    code = _code(status)
    images, flags = told(event, verb, subresource)
    args, more = _query(text_of(event.request_uri) or "")
    extra = _decoded(user.extra, _extras)
    return ApiCalled(
        at=_moment(event),
        sensor="k8s_audit",
        provider="kubernetes",
        account=cluster,
        identity=identity,
        identity_kind=subject_kind(identity),
        session=None if behind else _first(extra.get(_POD)),
        authenticated=code != 401 and bool(behind or name),
        access_key=_first(extra.get("accessKeyId")),
        service=(text_of(asked.api_group) or "core") if resource else "nonResourceURLs",
        operation=f"{verb} {resource}{f'/{subresource}' if subresource else ''}" if resource else f"{verb} {path}",
        remote_ip=_source(event.source_ips),
        user_agent=text_of(event.user_agent),
        error=_error(event, status, code),
        read_only=verb in _READS and subresource not in _INTO,
        resources=_resources(event, asked, verb, resource),
        images=images,
        args=arguments(args),
        flags=(*flags, *more, *((f"impersonated_by:{name or ANONYMOUS}",) if behind else ())),
        call=text_of(event.audit_id),
    )


def _moment(event: Event) -> int:
    for value in (event.received, event.staged, event.timestamp):
        text = text_of(value)
        if text:
            at = moment(text)
            if at is None:
                raise RecordRejected("requestReceivedTimestamp, stageTimestamp or timestamp: not a moment")
            return at
    raise RecordRejected("it has neither requestReceivedTimestamp nor stageTimestamp nor timestamp")


def _code(status: Status) -> int | None:
    text = text_of(status.code) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) == 3 else None


def _error(event: Event, status: Status, code: int | None) -> str | None:
    """Return why a request was refused or failed, in Kubernetes' word for it."""
    if event.stage == "Panic":
        return "Panic"
    if code is None:
        decision = _decoded(event.annotations, _texts).get("authorization.k8s.io/decision")
        return "Forbidden" if decision == "forbid" else None
    if code < 400:
        return None
    return text_of(status.reason) or reason_of(code)


def _source(addresses: list[str] | str | None) -> str | None:
    """Return the address that the API server saw: all before the last are what the client wrote in a header."""
    if isinstance(addresses, str):
        return present(addresses)
    return present(addresses[-1]) if addresses else None


def _resources(event: Event, asked: Reference, verb: str, resource: str | None) -> tuple[str, ...]:
    """Return the path of what was asked for; a name that the server made stands in its answer."""
    if not resource:
        return ()
    namespace, name = text_of(asked.namespace), text_of(asked.name)
    if name is None and verb == "create":
        made = object_of(event.response)
        name = text_of(made.metadata.name) if made and made.metadata else None
    if namespace and resource != "namespaces":
        resource = f"namespaces/{namespace}/{resource}"
    return (f"{resource}/{name}" if name else resource,)


def _query(uri: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the command that was to be run in a container, and how it was to be joined to the caller."""
    query = uri.partition("?")[2]
    if "=" not in query:
        return (), ()
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=4096)
    except ValueError:
        return (), ()
    on = {key for key, value in pairs if value in ("true", "1")}
    return tuple(value for key, value in pairs if key == "command"), tuple(sorted(on & {"stdin", "tty"}))


def _first(values: list[str] | str | None) -> str | None:
    return present(next(iter(values), None) if isinstance(values, list) else values)


def _decoded(part: msgspec.Raw, decoder: msgspec.json.Decoder[dict[str, T]]) -> dict[str, T]:
    if not part:
        return {}
    try:
        return decoder.decode(part)
    except DECODE_ERRORS:
        return {}
