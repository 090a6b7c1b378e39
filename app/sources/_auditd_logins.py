"""What auditd's records from user space say of users: logins, and the sessions of su and sudo.

Knows the fields that PAM and sshd write into `msg='…'`, which come without any rule of the host's.
"""

from typing import Any

from app.events import AnyEvent, LoggedIn, PrivilegeChanged
from app.sources._auditd_lines import Fields, executable_of, natural_in, number_in, session_of, text_in
from app.sources._network import address
from app.sources._values import number_id, present

_BECOMES = frozenset(("sudo", "su", "doas", "pkexec", "runuser"))


def logged_in(fields: Fields, when: dict[str, Any]) -> list[AnyEvent]:
    """Return a login, or a failed one, of someone who is known."""
    user = present(text_in(fields, b"acct")) or present(text_in(fields, b"ID"))
    uid = number_id(number_in(fields, b"id"))
    if user is None and uid is None:
        return []
    binary = executable_of(fields)
    return [
        LoggedIn(
            **when,
            user=user,
            uid=uid,
            remote_ip=address(text_in(fields, b"addr")) or address(text_in(fields, b"hostname")),
            session=session_of(fields),
            method=binary.rpartition("/")[2] or None if binary else None,
            success=fields.get(b"res") in (b"success", b"1", b"yes"),
        )
    ]


def became(fields: Fields, when: dict[str, Any]) -> list[AnyEvent]:
    """Return the change of user that a session of su, sudo and their like is."""
    binary = executable_of(fields)
    user = present(text_in(fields, b"acct"))
    login = number_id(number_in(fields, b"auid"))
    if not binary or binary.rpartition("/")[2] not in _BECOMES or not user or login is None:
        return []
    if fields.get(b"res") not in (b"success", b"1"):
        return []
    return [
        PrivilegeChanged(
            **when,
            pid=natural_in(fields, b"pid"),
            binary=binary,
            login_uid=login,
            login_user=present(text_in(fields, b"AUID")),
            session=session_of(fields),
            target_user=user,
        )
    ]
