"""Who logged in, or tried to, by auditd, by Elastic Defend, by Auditbeat's wtmp and by Filebeat's auth.log."""

from typing import Any

from app.events import AnyEvent, LoggedIn
from app.sources._ecs_auditd import account, failed, is_audit, log_of, program_of
from app.sources._ecs_shapes import Document, Event, User
from app.sources._ecs_who import effective, ip_of, side
from app.sources._network import address
from app.sources._values import number_id, present


def logged_in(document: Document, event: Event, when: dict[str, Any]) -> list[AnyEvent]:
    """Return a login, or a failed one, of someone who is known."""
    uid, name, method = _who_logged_in(document)
    source, log = side(document.source), log_of(document)
    auth = document.system.auth if document.system else None
    success = not failed(document, event)
    remote = ip_of(source) or (address(log.addr) if log else None)
    if auth is not None and auth.ssh is not None:
        remote = remote or address(auth.ssh.ip)
        if event.outcome is None:
            success = auth.ssh.event == "Accepted"
            if auth.ssh.event is None:
                return []
    if name is None and uid is None:
        return []
    user = document.user if isinstance(document.user, User) else None
    session = document.session if document.session is not None else document.auditd.session if document.auditd else None
    if session is None and log is not None:
        session = log.ses
    number = number_id(session)
    return [
        LoggedIn(
            **when,
            user=name,
            uid=uid,
            user_domain=present(user.domain) if user else None,
            remote_ip=remote,
            session=None if number is None else str(number),
            method=method,
            success=success,
        )
    ]


def _who_logged_in(document: Document) -> tuple[int | None, str | None, str | None]:
    """Return number and name of the account, and the program that let it in."""
    method = program_of(document)
    user = document.user if isinstance(document.user, User) else User()
    auth = document.system.auth if document.system else None
    if not is_audit(document, Event()):
        uid, name = effective(user)
        if name is None and auth is not None:
            name = present(auth.user)
        if method is None and auth is not None and auth.ssh is not None:
            method = "sshd"
        return uid, name or (present(document.user) if isinstance(document.user, str) else None), method
    uid, name = account(document)
    login = user.audit or User(identity=user.auid if user.auid is not None else user.ids.auid if user.ids else None)
    if name is None and user.effective is not None:
        name = present(user.effective.name)
    if uid is None and user.effective is not None and user.effective.identity is not None:
        uid = number_id(user.effective.identity)
    if uid is None and (present(login.name) in (None, name) or name is None):
        uid, name = number_id(login.identity), name or present(login.name)
    return uid, name, method
