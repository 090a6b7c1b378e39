"""The fields of osquery's logs that are read: the envelope, and the columns of the tables of interest.

Knows no events. osquery writes every value as text unless it is told not to, and people rename and add
columns as they like: a value may be of any type here.
"""

from msgspec import Struct

from app.sources._values import text_of


class Row(Struct):
    """One row of a query's result."""

    time: object = None
    pid: object = None
    path: object = None
    cmdline: object = None
    json_cmdline: object = None
    cwd: object = None
    name: object = None
    uid: object = None
    euid: object = None
    auid: object = None
    username: object = None
    user: object = None
    parent: object = None
    ppid: object = None
    syscall: object = None
    status: object = None
    success: object = None
    exit_code: object = None
    start_time: object = None
    action: object = None
    family: object = None
    protocol: object = None
    local_address: object = None
    local_port: object = None
    remote_address: object = None
    remote_port: object = None
    state: object = None
    port: object = None
    address: object = None
    target_path: object = None
    operation: object = None
    executable: object = None
    dest_path: object = None
    sha256: object = None
    host: object = None
    tty: object = None
    terminal: object = None
    type: object = None
    message: object = None
    event_type: object = None


class Differences(Struct):
    """What changed since the query ran before; an empty side may be written as an empty text."""

    added: list[Row] | str | None = None
    removed: list[Row] | str | None = None


class Result(Struct):
    """One line of the results log, in any of its three forms, or of what carries several."""

    name: str = ""
    hostIdentifier: object = None
    unixTime: object = None
    calendarTime: object = None
    action: object = None
    columns: Row | None = None
    decorations: dict[str, object] | None = None
    snapshot: list[Row] | None = None
    diffResults: Differences | None = None
    hostname: object = None
    host_identifier: object = None
    unix_time: object = None
    calendar_time: object = None
    severity: object = None
    filename: object = None
    data: "list[Result] | None" = None


def path_of(value: object) -> str | None:
    """Return a path, without the quotes that old versions leave around what auditd quoted."""
    path = text_of(value)
    if path is not None and len(path) > 2 and path[0] == '"' == path[-1]:
        return path[1:-1]
    return path
