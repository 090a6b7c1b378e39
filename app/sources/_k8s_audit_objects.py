"""What stands out in the objects of requests to Kubernetes: ways out of a container, and far-reaching rights.

Knows no events. A pod stands by itself or as the template of what makes pods.
"""

from collections.abc import Iterator

import msgspec

from app.sources._k8s_audit_shapes import Event, Object, Spec
from app.sources._rejections import DECODE_ERRORS
from app.sources._values import text_of, truth_of

MOST = 64
LONGEST = 4 * 1024 * 1024
"""Bytes of an object that is looked into; a cluster stores none above 1.5 MB."""
_CHANGES = frozenset(("create", "update", "patch"))
_WHOLE = frozenset((None, "ephemeralcontainers"))
"""Subresources whose object says what is to run; a status is only told."""

_objects: msgspec.json.Decoder[Object] = msgspec.json.Decoder(Object)


def object_of(part: msgspec.Raw) -> Object | None:
    """Return an object; None where there is none, or one that does not look like one, such as a JSON patch."""
    if not 0 < len(part) <= LONGEST:
        return None
    try:
        return _objects.decode(part)
    except DECODE_ERRORS:
        return None


def told(event: Event, verb: str, subresource: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the images and the flags of what is created or changed."""
    if verb not in _CHANGES or subresource not in _WHOLE:
        return (), ()
    # What came of a patch that is a list of steps, the answer tells.
    found = object_of(event.request) or object_of(event.response)
    if found is None:
        return (), ()
    images: dict[str, None] = {}
    flags: dict[str, None] = {}
    for spec in _pods(found.spec):
        for container in (*(spec.containers or ()), *(spec.init_containers or ()), *(spec.ephemeral_containers or ())):
            if image := text_of(container.image):
                images[image] = None
        flags |= dict.fromkeys(_of_pod(spec))
    if found.role and (role := text_of(found.role.name)):
        flags[f"grants:{role}"] = None
    for rule in found.rules or ():
        if "*" in (rule.verbs or ()):
            flags["any_verb"] = None
        if "*" in (rule.resources or ()):
            flags["any_resource"] = None
    return tuple(images)[:MOST], tuple(flags)[:MOST]


def _pods(spec: Spec | None) -> Iterator[Spec]:
    # A cron job holds a job, which holds a pod: two steps, and no more are followed.
    for _ in range(3):
        if spec is None:
            return
        yield spec
        inner = spec.job_template or spec.template
        spec = inner.spec if inner else None


def _of_pod(spec: Spec) -> Iterator[str]:
    for name, value in (
        ("host_network", spec.host_network),
        ("host_pid", spec.host_pid),
        ("host_ipc", spec.host_ipc),
    ):
        if truth_of(value):
            yield name
    for volume in spec.volumes or ():
        if volume.host_path and (path := text_of(volume.host_path.path)):
            yield f"host_path:{path}"
    for container in (*(spec.containers or ()), *(spec.init_containers or ()), *(spec.ephemeral_containers or ())):
        security = container.security
        if security is None:
            continue
        if truth_of(security.privileged):
            yield "privileged"
        for capability in (security.capabilities.add if security.capabilities else None) or ():
            yield f"capability:{capability}"
