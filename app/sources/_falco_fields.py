"""The fields of Falco's alerts that are read, typed; all others are skipped unread.

Knows no events. A rule prints the fields that it likes, and what forwards an alert may turn numbers into
text, nest what was dotted, or write `_` for the dot: all of these come out the same.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct, field

from app.sources._moments import Stamp, from_nanoseconds, moment, stamped
from app.sources._values import Value, number_of

_DEEPEST = 8


def _of(name: str) -> Any:  # noqa: ANN401 - a field of any type
    return field(default=None, name=name)


class Fields(Struct):
    """`output_fields`: what the rule's output mentions."""

    evt_type: Value = _of("evt.type")
    evt_dir: Value = _of("evt.dir")
    evt_res: Value = _of("evt.res")
    evt_rawres: Value = _of("evt.rawres")
    evt_failed: Value = _of("evt.failed")
    evt_hostname: Value = _of("evt.hostname")
    evt_time: Value = _of("evt.time")
    evt_iso: Value = _of("evt.time.iso8601")
    evt_rawtime: Value = _of("evt.rawtime")
    evt_args: Value = _of("evt.args")
    open_read: Value = _of("evt.is_open_read")
    open_write: Value = _of("evt.is_open_write")
    arg_flags: Value = _of("evt.arg.flags")
    arg_path: Value = _of("evt.arg.path")
    arg_pathname: Value = _of("evt.arg.pathname")
    arg_name: Value = _of("evt.arg.name")
    arg_filename: Value = _of("evt.arg.filename")
    arg_newpath: Value = _of("evt.arg.newpath")
    arg_linkpath: Value = _of("evt.arg.linkpath")
    arg_uid: Value = _of("evt.arg.uid")
    arg_euid: Value = _of("evt.arg.euid")
    proc_pid: Value = _of("proc.pid")
    proc_pid_ts: Value = _of("proc.pid.ts")
    proc_exepath: Value = _of("proc.exepath")
    proc_name: Value = _of("proc.name")
    proc_cmdline: Value = _of("proc.cmdline")
    proc_cwd: Value = _of("proc.cwd")
    proc_ppid: Value = _of("proc.ppid")
    proc_ppid_ts: Value = _of("proc.ppid.ts")
    proc_pexepath: Value = _of("proc.pexepath")
    proc_pname: Value = _of("proc.pname")
    user_name: Value = _of("user.name")
    user_uid: Value = _of("user.uid")
    login_name: Value = _of("user.loginname")
    login_uid: Value = _of("user.loginuid")
    container_id: Value = _of("container.id")
    container_full_id: Value = _of("container.full_id")
    container_name: Value = _of("container.name")
    container_image: Value = _of("container.image")
    image_repository: Value = _of("container.image.repository")
    image_tag: Value = _of("container.image.tag")
    image_digest: Value = _of("container.image.digest")
    container_start: Value = _of("container.start_ts")
    namespace: Value = _of("k8s.ns.name")
    fd_name: Value = _of("fd.name")
    fd_protocol: Value = _of("fd.l4proto")
    fd_is_server: Value = _of("fd.is_server")
    fd_cip: Value = _of("fd.cip")
    fd_cport: Value = _of("fd.cport")
    fd_sip: Value = _of("fd.sip")
    fd_sport: Value = _of("fd.sport")
    fd_lip: Value = _of("fd.lip")
    fd_lport: Value = _of("fd.lport")
    fd_rip: Value = _of("fd.rip")
    fd_rport: Value = _of("fd.rport")
    fd_sip_name: Value = _of("fd.sip.name")
    fd_rip_name: Value = _of("fd.rip.name")
    fs_path: Value = _of("fs.path.name")
    fs_target: Value = _of("fs.path.target")


NO_FIELDS = Fields()
_NAMES = frozenset(each.encode_name for each in msgspec.structs.fields(Fields))
_BY_UNDERSCORES = {name.replace(".", "_"): name for name in _NAMES}


class Alert(Struct):
    """One alert, from a file, over HTTP, gRPC or by falcosidekick."""

    time: Stamp | Value = None
    hostname: str | None = None
    rule: str | None = None
    source: Value = None
    output: str | None = None
    output_fields: msgspec.Raw = msgspec.Raw()
    outputFields: msgspec.Raw = msgspec.Raw()


alerts: msgspec.json.Decoder[Alert] = msgspec.json.Decoder(Alert)
_fields: msgspec.json.Decoder[Fields] = msgspec.json.Decoder(Fields)
_objects: msgspec.json.Decoder[dict[str, object] | None] = msgspec.json.Decoder(dict[str, object] | None)


def fields_of(raw: bytes | msgspec.Raw) -> tuple[Fields, frozenset[str]]:
    """Return an alert's output fields, and where there is none that is known the first words of their names.

    Raises what msgspec raises where they are no object.
    """
    try:
        fields = _fields.decode(raw)
        if fields != NO_FIELDS:
            return fields, frozenset()
    except msgspec.ValidationError:
        pass
    flat = dict(_flat(_objects.decode(raw) or {}))
    known = {_BY_UNDERSCORES.get(name, name): value for name, value in flat.items()}
    found = msgspec.convert({name: value for name, value in known.items() if name in _NAMES}, Fields)
    return found, frozenset(name.partition(".")[0] for name in flat)


def _flat(document: dict[str, object], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Value]]:
    for name, value in document.items():
        whole = f"{prefix}{name}".removeprefix("output_fields.")
        if value is None or isinstance(value, (str, int, float)):
            yield whole, value
        elif isinstance(value, dict) and depth < _DEEPEST:
            yield from _flat(value, f"{whole}.", depth + 1)


def moment_of(alert: Alert, fields: Fields) -> int | None:
    """Return when an alert was, epoch milliseconds; None when it does not say so in a way that can be trusted."""
    at = stamped(alert.time)
    if at is not None:
        return at
    for value in (fields.evt_rawtime, fields.evt_iso, fields.evt_time):
        at = from_nanoseconds(number_of(value))
        if at is None and isinstance(value, str):
            at = moment(value)
        if at is not None:
            return at
    return None
