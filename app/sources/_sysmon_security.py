"""What Windows' own Security log says of processes and logins; it often lies in one file with Sysmon's.

Knows its events 4688, 4689, 4624 and 4625. It is another sensor: the processes that both saw are joined
later. Logins of services, of the machine's start and of nobody (ANONYMOUS LOGON) are none of a user.
"""

from typing import Any

from app.events import AnyEvent, LoggedIn, ProcessEnded, ProcessStarted
from app.sources._command_lines import windows_arguments
from app.sources._network import address
from app.sources._sysmon_shapes import Data, Entry, number, path_of, text

_METHODS = {
    2: "interactive",
    3: "network",
    4: "batch",
    7: "unlock",
    8: "network_cleartext",
    9: "new_credentials",
    10: "remote_interactive",
    11: "cached_interactive",
    12: "cached_remote_interactive",
    13: "cached_unlock",
}


def of_security(entry: Entry, when: dict[str, Any]) -> list[AnyEvent] | str:
    """Return what an event says, or why it is not of interest."""
    data = entry.data
    if entry.event_id == 4688:
        return _started(data, when)
    if entry.event_id == 4689:
        pid, binary = number(data.ProcessId), path_of(data.ProcessName)
        if pid is None or binary is None:
            return "without a process"
        user, domain = text(data.SubjectUserName), text(data.SubjectDomainName)
        return [
            ProcessEnded(
                **when,
                pid=pid,
                binary=binary,
                user=user,
                user_domain=domain if user else None,
                session=_session(data.SubjectLogonId),
                exit_code=number(data.Status),
            )
        ]
    if entry.event_id in (4624, 4625):
        return _logged_in(data, entry.event_id == 4624, when)
    return ""


def _started(data: Data, when: dict[str, Any]) -> list[AnyEvent] | str:
    pid, binary = number(data.NewProcessId), path_of(data.NewProcessName)
    if pid is None or binary is None:
        return "without a process"
    # The target is named only where the process runs as another user than its creator.
    user, domain, logon = data.TargetUserName, data.TargetDomainName, data.TargetLogonId
    if text(user) is None:
        user, domain, logon = data.SubjectUserName, data.SubjectDomainName, data.SubjectLogonId
    command = text(data.CommandLine)
    return [
        ProcessStarted(
            **when,
            pid=pid,
            binary=binary,
            started_at=when["at"],
            command=command,
            args=windows_arguments(command) if command else (),
            user=text(user),
            user_domain=text(domain) if text(user) else None,
            session=_session(logon),
            parent_pid=number(data.ProcessId),
            parent_binary=path_of(data.ParentProcessName),
        )
    ]


def _logged_in(data: Data, success: bool, when: dict[str, Any]) -> list[AnyEvent] | str:
    user = text(data.TargetUserName)
    if user is None or user == "ANONYMOUS LOGON":
        return "of nobody"
    kind = number(data.LogonType)
    if kind in (0, 5):
        return "of a service"
    return [
        LoggedIn(
            **when,
            user=user,
            user_domain=text(data.TargetDomainName),
            remote_ip=address(text(data.IpAddress)),
            session=_session(data.TargetLogonId) if success else None,
            method=_METHODS.get(kind) if kind is not None else None,
            success=success,
        )
    ]


def _session(value: object) -> str | None:
    logon = number(value)
    return hex(logon) if logon else None
