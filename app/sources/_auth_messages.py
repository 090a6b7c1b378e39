"""What the programs that let people in write of it: sshd, PAM, su and sudo.

Knows their words and takes the line around them as given. User names in failed logins are anybody's to
choose: what follows them is looked for from the end of the message.
"""

import re
from hashlib import sha256
from typing import Any

from app.events import AnyEvent, LoggedIn, PrivilegeChanged, ProcessStarted
from app.sources._network import address
from app.sources._paths import absolute
from app.sources._syslog_lines import Entry
from app.sources._values import present

_SSHD = frozenset(("sshd", "sshd-session", "sshd-auth"))
_SU = frozenset(("su", "su-l", "runuser", "runuser-l", "doas"))
_SUDO = frozenset(("sudo", "sudo-i"))
_LOGINS = frozenset(
    ("login", "remote", "rlogin", "rsh", "rexec", "telnet", "gdm", "gdm-password", "gdm-autologin", "gdm-fingerprint",
     "lightdm", "lightdm-autologin", "sddm", "sddm-autologin", "kdm", "kde", "xdm", "xrdp-sesman", "cockpit", "vsftpd",
     "proftpd", "pure-ftpd", "ftp", "ppp", "vmtoolsd")
)  # fmt: skip
_CRON = frozenset(("cron", "crond", "CRON", "anacron", "atd"))

_REPEATED = re.compile(r"message repeated \d{1,10} times: \[ ?")
_ACCEPTED = re.compile(r"Accepted \S{1,64} for (.*) from (\S{1,255}) port \d{1,5}(?: ssh\d?)?(?:: .*)?", re.DOTALL)
_FAILED = re.compile(
    r"Failed \S{1,64} for (?:(?:invalid|illegal) user )?(.*) from (\S{1,255}) port \d{1,5}(?: ssh\d?)?(?:: .*)?",
    re.DOTALL,
)
_INVALID = re.compile(r"(?:Invalid|Illegal) user (.*) from (\S{1,255})(?: port \d{1,5})?", re.DOTALL)
_NOT_ALLOWED = re.compile(r"User (.*) from (\S{1,255}) not allowed because .*", re.DOTALL)
_GAVE_UP = re.compile(
    r"(?:Connection (?:closed|reset) by|Disconnected from) authenticating user (.*) (\S{1,255}) port \d{1,5}"
    r"(?: \[preauth\])?",
    re.DOTALL,
)
_DROPBEAR_IN = re.compile(r"(?:Password|Pubkey|PAM password) auth succeeded for '([^']*)' .*from (\S{1,255}):\d{1,5}")
_DROPBEAR_OUT = re.compile(r"(?:Bad (?:PAM )?password attempt for '([^']*)'|Login attempt for nonexistent user)"
                           r" from (\S{1,255}):\d{1,5}")  # fmt: skip
_PAM = re.compile(r"pam_\w{1,32}\(([^():\s]{1,64}):(\w{1,32})\): ")
_OPENED = re.compile(
    r"session opened for user ([^\s(]{1,255})(?:\(uid=(\d{1,10})\))? by ([^\s(]{0,255}) ?\(uid=(\d{1,10})\)"
)
_REFUSED = "authentication failure; "


def said(entry: Entry) -> tuple[list[AnyEvent], str]:
    """Return what a message says, or what kind of message it is that is not of interest."""
    program, _, module = entry.program.rpartition("/")[2].partition("(")
    message = entry.message
    if message.startswith("message repeated ") and (found := _REPEATED.match(message)):
        message = message[found.end() :].removesuffix("]").rstrip()
    if "last message repeated" in message[:32]:
        return [], "last message repeated"
    if not program:
        return [], "without a program"
    pam = _PAM.match(message)
    if pam is not None:
        # Of sshd's own service PAM only repeats what sshd itself says.
        return _of_pam(entry, pam.group(1), message[pam.end() :], repeats=pam.group(1) in _SSHD)
    if module.startswith("pam_"):
        return _of_pam(entry, program, message, repeats=False)
    if program in _SSHD:
        return _of_sshd(entry, message)
    if program == "dropbear":
        return _of_dropbear(entry, message)
    if program in _SUDO:
        return _of_sudo(entry, message)
    return [], "cron" if program in _CRON else program


def _login(entry: Entry, user: str, remote: str | None, method: str, success: bool) -> tuple[list[AnyEvent], str]:
    name = present(user.strip())
    if name is None:
        return [], f"{method} login without a user"
    return [
        LoggedIn(
            at=entry.at,
            host=entry.host,
            sensor="auth_log",
            user=name,
            remote_ip=address(remote),
            method=method,
            success=success,
        )
    ], ""


def _of_sshd(entry: Entry, message: str) -> tuple[list[AnyEvent], str]:
    found = _ACCEPTED.fullmatch(message)
    if found is not None:
        return _login(entry, found.group(1), found.group(2), "sshd", success=True)
    for form in (_FAILED, _INVALID, _NOT_ALLOWED, _GAVE_UP):
        found = form.fullmatch(message)
        if found is not None:
            return _login(entry, found.group(1), found.group(2), "sshd", success=False)
    return [], "sshd"


def _of_dropbear(entry: Entry, message: str) -> tuple[list[AnyEvent], str]:
    found = _DROPBEAR_IN.fullmatch(message)
    if found is not None:
        return _login(entry, found.group(1), found.group(2), "dropbear", success=True)
    found = _DROPBEAR_OUT.fullmatch(message)
    if found is not None:
        return _login(entry, found.group(1) or "", found.group(2), "dropbear", success=False)
    return [], "dropbear"


def _of_pam(entry: Entry, service: str, message: str, repeats: bool) -> tuple[list[AnyEvent], str]:
    what = f"session of {service}"
    opened = _OPENED.match(message)
    if service in _CRON:
        return [], "cron"
    if opened is not None and service in _SU:
        return _became(entry, service, opened)
    if repeats or not (service in _LOGINS or service in _SSHD):
        return [], what
    method = "sshd" if service in _SSHD else service
    if opened is not None:
        return _login(entry, opened.group(1), None, method, success=True)
    if message.startswith(_REFUSED):
        fields = dict(part.partition("=")[::2] for part in message[len(_REFUSED) :].split(" "))
        return _login(entry, fields.get("user", ""), fields.get("rhost"), method, success=False)
    return [], what


def _became(entry: Entry, service: str, opened: "re.Match[str]") -> tuple[list[AnyEvent], str]:
    """Return the change of user that a session of su is; the name is who logged in, the number who acts."""
    target, target_uid, login, uid = opened.groups()
    if not login and int(uid) == 0:
        return [], f"session of {service} by the system"
    return [
        PrivilegeChanged(
            at=entry.at,
            host=entry.host,
            sensor="auth_log",
            pid=entry.pid,
            binary=service,
            uid=int(uid),
            login_user=login or None,
            target_user=target,
            target_uid=int(target_uid) if target_uid else None,
        )
    ], ""


def _of_sudo(entry: Entry, message: str) -> tuple[list[AnyEvent], str]:
    """Return the change of user that sudo made, and the command that it ran.

    sudo says neither its pid, as a rule, nor the command's: a digest of what it says is their id.
    """
    user, _, rest = message.strip().partition(" : ")
    shown, has_command, command = rest.partition("COMMAND=")
    if not has_command or " " in user:
        return [], "sudo"
    parts = [part.strip() for part in shown.split(" ; ")]
    fields = dict(part.partition("=")[::2] for part in parts)
    target, cwd = present(fields.get("USER")), present(fields.get("PWD"))
    if "=" not in parts[0] or not present(user) or target is None:
        return [], "sudo that was refused"
    words = command.split(" ", 1)
    if not words[0] or words[0] in ("list", "validate"):
        return [], "sudo without a command"
    binary = words[0]
    if "/" in binary and not binary.startswith("/"):
        binary = absolute(binary, cwd) if cwd else binary.rpartition("/")[2] or binary
    digest = sha256(f"{entry.at}\n{entry.pid}\n{message}".encode("utf-8", "replace")).hexdigest()[:24]
    when: dict[str, Any] = {"at": entry.at, "host": entry.host, "sensor": "auth_log", "cwd": cwd}
    return [
        PrivilegeChanged(
            **when,
            process=f"sudo:{digest}",
            pid=entry.pid,
            binary="sudo",
            command=f"sudo {command}" if target == "root" else f"sudo -u {target} {command}",
            user=user,
            target_user=target,
        ),
        ProcessStarted(
            **when,
            process=f"sudo:{digest}:command",
            binary=binary,
            command=command,
            user=target,
            parent=f"sudo:{digest}",
            parent_pid=entry.pid,
            parent_binary="sudo",
            parent_user=user,
        ),
    ], ""
