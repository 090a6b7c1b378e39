"""What auditd's records from user space say of users: logins, and the sessions of su and sudo.

Knows the fields that PAM and sshd write into `msg='…'`, which come without any rule of the host's.
"""

from typing import Any

from app.events import AnyEvent, LoggedIn, PrivilegeChanged
from app.sources._auditd_lines import Fields, executable_of, natural_of, number_of, session_of, text_of
from app.sources._values import number_id, present

_BECOMES = frozenset(("sudo", "su", "doas", "pkexec", "runuser"))


def logged_in(fields: Fields, when: dict[str, Any]) -> list[AnyEvent]:
    """Return a login, or a failed one, of someone who is known."""
    user = present(text_of(fields, b"acct")) or present(text_of(fields, b"ID"))
    uid = number_id(number_of(fields, b"id"))
    if user is None and uid is None:
        return []
    remote = present(text_of(fields, b"addr")) or present(text_of(fields, b"hostname"))
    binary = executable_of(fields)
    return [
        LoggedIn(
            **when,
            user=user,
            uid=uid,
            remote_ip=remote if remote and _is_address(remote) else None,
            session=session_of(fields),
            method=binary.rpartition("/")[2] or None if binary else None,
            success=fields.get(b"res") in (b"success", b"1", b"yes"),
        )
    ]


def became(fields: Fields, when: dict[str, Any]) -> list[AnyEvent]:
    """Return the change of user that a session of su, sudo and their like is."""
    binary = executable_of(fields)
    user = present(text_of(fields, b"acct"))
    login = number_id(number_of(fields, b"auid"))
    if not binary or binary.rpartition("/")[2] not in _BECOMES or not user or login is None:
        return []
    if fields.get(b"res") not in (b"success", b"1"):
        return []
    return [
        PrivilegeChanged(
            **when,
            pid=natural_of(fields, b"pid"),
            binary=binary,
            login_uid=login,
            login_user=present(text_of(fields, b"AUID")),
            session=session_of(fields),
            target_user=user,
        )
    ]


def _is_address(text: str) -> bool:
    return ":" in text or (text.count(".") == 3 and text.replace(".", "").isdigit())
