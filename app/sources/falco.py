"""Read Falco's alerts as JSON: from its file, syslog, HTTP or gRPC, or as falcosidekick forwards them.

First stage of the flow: knows Falco's fields and nothing of the graph. An alert says that a rule matched and
shows the fields that the rule's author chose; what is taken is the event behind it, not the rule's opinion.

- A process needs `proc.pid`, which the stock rules do not print. With `proc.pid.ts` both are its id.
- Where an alert does not say what happened, or of a kind that is no event here, its process did start, at
  `proc.pid.ts`. Without a process, its container did run. With neither it is ignored.
- `fd.name` puts the client before the server, so direction comes from the call: connect, or accept.
- Falco's own metrics and the alerts of its plugins (Kubernetes' audit, CloudTrail) are counted and no more.
- `hostname` may be that of Falco's own pod: `evt.hostname` comes first, and FALCO_HOSTNAME sets both.
"""

from typing import Any

from app.errors import RecordRejected
from app.events import AnyEvent, ContainerStarted, ProcessStarted
from app.sources import Context, Ignored, Record, Taken
from app.sources._command_lines import arguments_in
from app.sources._containers import container_id, image_reference
from app.sources._envelopes import USUAL, document_in
from app.sources._falco_acts import act
from app.sources._falco_fields import NO_FIELDS, Fields, alerts, fields_of, moment_of
from app.sources._lists import in_lists
from app.sources._moments import from_nanoseconds
from app.sources._rejections import DECODE_ERRORS, not_json
from app.sources._syslog_documents import OTHER_LINE, behind_heads, headless, is_other_line
from app.sources._values import Value, natural_of, number_id, text_of

__all__ = ["TAKES", "TITLE", "parse", "records"]

TITLE = "Falco alerts (JSON)"
TAKES = ("process", "network", "dns", "file", "container", "privilege")

records = behind_heads(in_lists())

_PLUGINS = {"ka": "k8s_audit", "jevt": "k8s_audit", "ct": "aws_cloudtrail", "falco": "internal", "scap": "internal"}


def parse(record: Record, context: Context) -> Taken | Ignored:
    """Return what one alert says; raises RecordRejected when it cannot be told."""
    raw = headless(record.raw)
    if is_other_line(raw):
        return Ignored(record, OTHER_LINE)
    try:
        alert = alerts.decode(raw)
        if alert.rule is None and not alert.output_fields and (content := document_in(raw, *USUAL)) is not None:
            raw = content
            alert = alerts.decode(raw)
        fields, words = fields_of(alert.output_fields or alert.outputFields or raw)
    except DECODE_ERRORS as error:
        raise not_json(error) from error
    source = (text_of(alert.source) or "").lower()
    if not source or source == "syscall":
        source = next((_PLUGINS[word] for word in sorted(words) if word in _PLUGINS), source)
    if source == "internal" or (alert.rule or "").startswith("Falco internal"):
        return Ignored(record, "internal")
    if source not in ("", "syscall"):
        return Ignored(record, f"source {source}")
    if alert.rule is None and fields == NO_FIELDS:
        raise RecordRejected("not an alert of Falco's: it has neither rule nor output_fields")
    host = text_of(fields.evt_hostname) or text_of(alert.hostname) or context.host
    if not host:
        raise RecordRejected("the host is not known: hostname is absent and none was given (--host)")
    at = moment_of(alert, fields)
    if at is None:
        raise RecordRejected("time: not a moment" if alert.time else "it has no time")
    who = _who(fields, at, host)
    events, why = act(alert, fields, who)
    if not why and (not events or who["pid"] is None):
        events = [*events, *_bystander(fields, who)]
        why = "rule without a process"
    return Taken(record, tuple(events)) if events else Ignored(record, why)


def _who(fields: Fields, at: int, host: str) -> dict[str, Any]:
    """Return all that an alert says of when, where and which process, as an event's fields."""
    pid, parent_pid = natural_of(fields.proc_pid), natural_of(fields.proc_ppid)
    command = text_of(fields.proc_cmdline)
    who: dict[str, Any] = {
        "at": at,
        "host": host,
        "sensor": "falco",
        "pid": pid,
        # The first argument is anybody's to choose, the name only as far as it is not set later.
        "binary": text_of(fields.proc_exepath) or text_of(fields.proc_name),
        "process": _key(pid, fields.proc_pid_ts),
        "started_at": from_nanoseconds(natural_of(fields.proc_pid_ts)),
        "command": command,
        "args": arguments_in(command, None),
        "cwd": text_of(fields.proc_cwd),
        "user": text_of(fields.user_name),
        "uid": number_id(fields.user_uid),
        "login_user": text_of(fields.login_name),
        "login_uid": number_id(fields.login_uid),
        "container": _container(fields),
        "parent": _key(parent_pid, fields.proc_ppid_ts),
        "parent_pid": parent_pid,
        "parent_binary": text_of(fields.proc_pexepath) or text_of(fields.proc_pname),
        "parent_started_at": from_nanoseconds(natural_of(fields.proc_ppid_ts)),
    }
    if who["container"]:
        who["image"] = _image(fields)
    return who


def _key(pid: int | None, started: Value) -> str | None:
    since_1970 = natural_of(started)
    if pid is None or from_nanoseconds(since_1970) is None:
        return None
    return f"{since_1970}:{pid}"


def _container(fields: Fields) -> str | None:
    return container_id(text_of(fields.container_full_id)) or container_id(text_of(fields.container_id))


def _image(fields: Fields) -> str | None:
    """Return an image's reference with tag and digest, as far as they are said."""
    name, tag, digest = text_of(fields.image_repository), text_of(fields.image_tag), text_of(fields.image_digest)
    return image_reference(name, tag, digest) or text_of(fields.container_image)


def _bystander(fields: Fields, who: dict[str, Any]) -> list[AnyEvent]:
    """Return what is sure where the act is not told: that the process started, else that its container did."""
    if who["process"] is not None and who["binary"] is not None:
        return [ProcessStarted(**{**who, "at": who["started_at"]})]
    container, image = who["container"], who.get("image")
    if not container or not image:
        return []
    started_at = from_nanoseconds(natural_of(fields.container_start))
    return [
        ContainerStarted(
            at=who["at"] if started_at is None else started_at,
            host=who["host"],
            sensor="falco",
            container=container,
            image=image,
            name=text_of(fields.container_name),
            namespace=text_of(fields.namespace),
        )
    ]
