"""What a call acted on, as CloudTrail's records tell it: ARNs, and the ids and names that a request gives.

Knows no events. Only some services fill in `resources`; what others were asked for stands in the request, and
what was made of it (an instance, an access key) in the answer.
"""

from typing import Any

import msgspec

from app.sources._api_calls import MOST_RESOURCES
from app.sources._cloudtrail_shapes import Call, Resource
from app.sources._rejections import DECODE_ERRORS
from app.sources._values import text_of

LONGEST = 1024 * 1024
"""Bytes of a request or an answer that is looked into; CloudTrail's whole records have a quarter of that."""
_LONGEST_NAME = 512
_MOST_LOOKED_AT = 512

_TYPES = {
    "accessKeyId": "access-key",
    "bucketName": "bucket",
    "clusterName": "cluster",
    "dBInstanceIdentifier": "db",
    "dBSnapshotIdentifier": "snapshot",
    "detectorId": "detector",
    "documentName": "document",
    "FlowLogId": "flow-log",
    "functionName": "function",
    "groupId": "security-group",
    "groupName": "group",
    "hostedZoneId": "hosted-zone",
    "imageId": "image",
    "instanceId": "instance",
    "instanceIds": "instance",
    "keyId": "key",
    "logGroupName": "log-group",
    "modelId": "model",
    "policyName": "policy",
    "repositoryName": "repository",
    "resolverQueryLogConfigId": "resolver-query-log-config",
    "roleName": "role",
    "secretId": "secret",
    "snapshotId": "snapshot",
    "streamName": "stream",
    "trailName": "trail",
    "userName": "user",
    "volumeId": "volume",
}
_NAMES = {"cloudtrail": "trail", "eks": "cluster", "ssm": "parameter"}
"""What a bare `name` or `names` is the name of, by service."""
_MADE = frozenset(("accessKeyId", "instanceId"))
"""What an answer tells beside ARNs: keys that were given out, machines that were started."""

_resources: msgspec.json.Decoder[list[Resource]] = msgspec.json.Decoder(list[Resource])
_anything: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def resources_of(call: Call) -> tuple[str, ...]:
    """Return what a call acted on: ARNs, and where there is none type/id."""
    found: dict[str, None] = {}
    for resource in _decoded(call.resources, _resources) or ():
        name = text_of(resource.upper) or text_of(resource.arn)
        if name:
            found[name] = None
    service = (text_of(call.event_source) or "").partition(".")[0]
    named = [*_named(call.request, service, request=True), *_named(call.response, service, request=False)]
    for kind, name in named:
        if not kind:
            found[name] = None
    arns = tuple(found)
    for kind, name in named:
        if kind and not any(arn.endswith((f"/{name}", f":{name}")) for arn in arns):
            found[f"{kind}/{name}"] = None
    return tuple(list(found)[:MOST_RESOURCES])


def _named(part: msgspec.Raw, service: str, *, request: bool) -> list[tuple[str, str]]:
    """Return types and names found in a request or an answer; an ARN has no type."""
    found: list[tuple[str, str]] = []
    # A queue, not recursion: what comes first in a big request is what it is about.
    waiting: list[tuple[str, Any]] = [("", _decoded(part, _anything))]
    for key, value in waiting:
        kind = type(value)
        if kind is str:
            if len(found) >= MOST_RESOURCES or not 0 < len(value) <= _LONGEST_NAME:
                continue
            if value[:4] == "arn:":
                if request or key == "arn":
                    found.append(("", value))
            elif (named := _kind(key, value, service)) and (request or key in _MADE):
                # A parameter's name has a slash in front, and its ARN has not two.
                found.append((named, value.lstrip("/")))
        elif kind is dict:
            room = max(0, _MOST_LOOKED_AT - len(waiting))
            if key in _TYPES and type(value.get("content")) is str:
                waiting.append((key, value["content"]))
            else:
                waiting += list(value.items())[:room]
        elif kind is list:
            room = max(0, _MOST_LOOKED_AT - len(waiting))
            waiting += [(key, one) for one in value[:room]]
    return found


def _kind(key: str, value: str, service: str) -> str | None:
    if value.startswith("HIDDEN_DUE"):
        return None
    if key in ("name", "names"):
        return _NAMES.get(service)
    if key == "target":
        return "instance" if value.startswith(("i-", "mi-")) else None
    return _TYPES.get(key)


def _decoded(part: msgspec.Raw, decoder: msgspec.json.Decoder[Any]) -> Any:  # noqa: ANN401 - as the service wrote it
    """Return what a part holds; None where it is absent or of another shape."""
    if not len("null") < len(part) <= LONGEST:
        return None
    try:
        return decoder.decode(part)
    except DECODE_ERRORS:
        return None
