"""Where the secrets of a program's own options stand: mysql -p…, curl -u user:…, gs-netcat -s ….

Pure; a part of `app/leaks.py`. `-p` is a password to one program and a port to the next, so these are
looked for only behind the program's name, up to the end of its command.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

ARG = "\x1f"
"""Stands between the arguments of a list; counts as a blank, and ends any value."""

Span = tuple[int, int]

_REFERENCE = re.compile(
    r"\$\w{1,64}|\$\{[^}]{1,128}\}|\$\(.{0,512}|%\w{1,64}%|\*{1,64}|<[^>]{1,64}>|\{\{.{0,128}"
    r"|‹masked:[0-9a-f]{8}›"
)
_ELSEWHERE = ("file:", "env:", "fd:", "id=")


def is_reference(value: str) -> bool:
    """Say whether a value only says where the secret is: a variable, a file, or one masked already."""
    return _REFERENCE.fullmatch(value) is not None or value.startswith(_ELSEWHERE)


@dataclass(frozen=True, slots=True)
class _Takes:
    """How a program takes its secret."""

    after: frozenset[str] = frozenset()
    """Options whose value is the next word."""
    within: tuple[str, ...] = ()
    """Options whose value is the rest of the word."""
    behind: str = ""
    """What stands between name and secret in the value (user:secret); all of it is secret without."""
    only_to: str = ""
    """A sub-command that must come first."""
    letter: str = ""
    """A letter that may end several written together (curl -sSu user:secret)."""


def _after(*options: str) -> frozenset[str]:
    return frozenset(options)


_MYSQL = _Takes(within=("-p",))
_GSOCKET = _Takes(after=_after("-s"), within=("-s",), letter="s")
_LOGIN = _Takes(after=_after("-p"), only_to="login")
_LDAP = _Takes(after=_after("-w"))
_ARCHIVE = _Takes(within=("-p", "-hp"))
_SMB = _Takes(after=_after("-U", "--user"), within=("-U",), behind="%")
_CURL = _Takes(
    after=_after("-u", "--user", "-U", "--proxy-user"),
    within=("-u", "-U", "--user=", "--proxy-user="),
    behind=":",
    letter="u",
)
_MONGO = _Takes(after=_after("-p"), within=("-p",))
_CAPITAL = _Takes(after=_after("-P"), within=("-P",))
_FAMILIES: tuple[tuple[str, _Takes], ...] = (
    ("mysql mysqldump mysqladmin mysqlimport mysqlshow mysqlcheck mysqlsh mycli", _MYSQL),
    ("mariadb mariadb-dump mariadb-admin", _MYSQL),
    ("gs-netcat gs-sftp gs-mount blitz gsocket gsocket_args gs_args", _GSOCKET),
    ("docker podman nerdctl helm az cf oc buildah skopeo", _LOGIN),
    ("ldapsearch ldapmodify ldapadd ldapdelete ldapwhoami ldappasswd", _LDAP),
    ("7z 7za 7zr rar unrar", _ARCHIVE),
    ("smbclient rpcclient winexe smbget", _SMB),
    ("onboard_agent.sh omsadmin.sh", _Takes(after=_after("-s"))),
    ("mongo mongosh mongodump mongorestore", _MONGO),
    ("zip unzip sqlcmd bcp ipmitool", _CAPITAL),
    ("sshpass", _Takes(after=_after("-p"), within=("-p",))),
    ("curl", _CURL),
    ("openssl", _Takes(after=_after("-k", "-K"))),
    ("redis-cli", _Takes(after=_after("-a"))),
    ("ssh-keygen", _Takes(after=_after("-N", "-P"))),
    ("useradd usermod", _Takes(after=_after("-p"))),
    ("xfreerdp xfreerdp3", _Takes(within=("/p:",))),
    ("ngrok", _Takes(after=_after("authtoken", "add-authtoken"))),
    ("nmcli", _Takes(after=_after("password", "wifi-sec.psk", "802-11-wireless-security.psk"))),
)
_PROGRAMS = {name: takes for names, takes in _FAMILIES for name in names.split()}
_TO_BLANKS = str.maketrans(dict.fromkeys("\"'`()/=;|&$\\" + ARG, " "))
_WORD = re.compile(rf"\"([^\"{ARG}]*)\"|'([^'{ARG}]*)'|[^\s\"']+")
_ARGUMENT = re.compile(rf"(?<={ARG})([^{ARG}]*)")
_QUOTES = frozenset("\"'")
_ENDS = frozenset(("|", "||", ";", "&", "&&"))


def option_spans(text: str, low: str) -> Iterator[Span]:
    """Yield where programs' own options hold secrets in `text`; `low` is the same in lower case."""
    if not _PROGRAMS.keys().isdisjoint(low.translate(_TO_BLANKS).split()):
        yield from _of_programs(text, 0, _State())


@dataclass(slots=True)
class _State:
    """Where in a command line the reader is: whose options follow, and whether a secret is next."""

    takes: _Takes | None = None
    is_next: bool = False
    allowed: bool = True


def _of_programs(text: str, offset: int, state: _State, depth: int = 0) -> Iterator[Span]:
    end_before = -1
    for match in (_ARGUMENT if text.startswith(ARG) else _WORD).finditer(text):
        group = match.lastindex or 0
        word, start = match.group(group), match.start(group)
        glued, end_before = match.start() == end_before, match.end()
        if state.is_next:
            state.is_next = False
            yield from _secret(word, offset + start, state.takes)
        elif group and " " in word and depth < 4 and not _has_secret_within(word, state.takes):
            yield from _of_programs(word, offset + start, state, depth + 1)
        elif word in _ENDS:
            state.takes = None
        elif word and not (glued and group):
            follows = text[match.end() : match.end() + 1]
            yield from _of_word(word, offset + start, state, quote_follows=follows in _QUOTES)
        if word[-1:] == ";":
            state.takes = None


def _has_secret_within(word: str, takes: _Takes | None) -> bool:
    options = takes.within if takes is not None else ()
    return any(word.startswith(option) and word[len(option) : len(option) + 1] not in ("", " ") for option in options)


def _of_word(word: str, start: int, state: _State, quote_follows: bool) -> Iterator[Span]:
    name = word.rpartition("/")[2].lstrip("$(`").partition("=")[0].lower()
    named = _PROGRAMS.get(name)
    if named is not None and named is not state.takes:
        state.takes, state.allowed = named, not named.only_to
        # In GSOCKET_ARGS=-s… the options stand behind the sign.
        rest = word.partition("=")[2]
        if not rest:
            return
        start, word = start + len(word) - len(rest), rest
    takes = state.takes
    if takes is None:
        return
    if takes.only_to and word == takes.only_to:
        state.allowed = True
    elif not state.allowed:
        return
    elif word in takes.after or (
        takes.letter and word[-1] == takes.letter and word[:1] == "-" and word[1:].isalpha() and len(word) < 9
    ):
        state.is_next = True
    else:
        for option in takes.within:
            if word == option and quote_follows:
                state.is_next = True
                return
            if word.startswith(option) and len(word) > len(option):
                yield from _secret(word[len(option) :], start + len(option), takes)
                return


def _secret(value: str, start: int, takes: _Takes | None) -> Iterator[Span]:
    """Yield the secret part of a value."""
    if takes is not None and takes.behind:
        before, sign, value = value.partition(takes.behind)
        start += len(before) + len(sign)
    if value and not is_reference(value):
        yield start, start + len(value)
