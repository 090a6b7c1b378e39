"""Which application an execution is of, and how a path is named all over the deployment.

Pure; a part of `app/identity.py`, which is where others look for it.

- **Paths**: `/bin`, `/sbin` and `/lib*` are `/usr/…`, as on every merged host, so that one program has
  one name whichever way it was called. " (deleted)" and a package manager's ";5f3a9c1b" are dropped.
  A file in memory is told by "memfd:name". A program started through a descriptor (`/dev/fd/3`,
  `/proc/self/fd/3`) is `/proc/self/fd`, and a script that is read through one is no program of its own:
  the interpreter is.
- **Programs**: an interpreter's main program counts, code on its command line (`sh -c`, `python -c`)
  does not. argv[0] is the caller's to choose and names nothing, with one exception: busybox and its like
  run whatever argv[0] says, so there it is part of the name ("/usr/bin/busybox wget"). `env` is `env`:
  what it starts is an execution of its own. A file called as a program whose name ends like a script's
  is that script.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from posixpath import normpath

from app.ids import clean
from app.interpreters import Family, Kind, family_of, program_of

_PLACEHOLDERS = frozenset(
    ("", "-", "--", "?", "*", "(none)", "(null)", "null", "none", "nil", "n/a", "<na>", "unset", "unknown",
     "(unknown)", "<unknown>", "<unknown process>", "(invalid user)", "(unknown user)", "undefined")
)  # fmt: skip


def present(text: str | None) -> str | None:
    """Return `text` without blanks around it, or None for a placeholder."""
    if text is None:
        return None
    text = text.strip()
    return None if text.lower() in _PLACEHOLDERS else text


@dataclass(frozen=True, slots=True)
class Binary:
    """An application: an executable, or an interpreter's main program."""

    kind: Kind
    name: str
    """The path, or where there is none the name; the same all over the deployment."""


_ROOT_LINKS = re.compile(r"/(bin|sbin|lib(?:32|64|x32)?)/")
_REPLACED = re.compile(r";[0-9a-f]{8}\Z")
_DESCRIPTOR = re.compile(r"/(?:dev|proc/(?:self|thread-self|\d+)(?:/task/\d+)?)/fd/\d+\Z|/dev/std(?:in|out|err)\Z")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\")
_SCRIPT_SUFFIXES = (".sh", ".bash", ".zsh", ".py", ".pl", ".rb", ".php", ".js", ".mjs", ".cjs")
_MULTICALL = frozenset(("busybox", "toybox", "coreutils"))
_APPLET = re.compile(r"[a-z0-9\[][a-z0-9_.\[-]{0,23}")
_LONGEST_CACHED = 2048


@lru_cache(maxsize=16384)
def path_of(text: str | None, cwd: str | None = None) -> str | None:
    """Return a path as it is named all over the deployment; a bare name stays one without `cwd`.

    The same path always gets the same name, whether a process ran it, wrote it or had it hashed.
    """
    path = present(text)
    if path is None:
        return None
    path = clean(path)
    if path.endswith(" (deleted)"):
        path = path[:-10]
    path = _REPLACED.sub("", path)
    if _DRIVE.match(path):
        return path.lower()
    if path.startswith(("/memfd:", "memfd:")):
        return path.removeprefix("/")
    if path[:1] != "/" and cwd and cwd[:1] == "/":
        path = f"{cwd}/{path}"
    if "/" in path:
        path = normpath(path)
        if path.startswith("//"):
            path = path[1:]
        if _DESCRIPTOR.match(path):
            return "/proc/self/fd"
        link = _ROOT_LINKS.match(path)
        if link:
            path = "/usr" + path
    return path or None


def binary_of(binary: str | None, args: Sequence[str] = (), cwd: str | None = None) -> Binary | None:
    """Return which application an execution is of; None when its executable is not known.

    `args` has the program itself first. A relative script is found from `cwd`.
    """
    executable, family = _executable(binary)
    if executable is None or family is None:
        return executable
    args = tuple(args)
    if sum(map(len, args)) <= _LONGEST_CACHED:
        return _interpreted(executable, family, args, cwd)
    return _interpreted.__wrapped__(executable, family, args, cwd)


@lru_cache(maxsize=16384)
def _executable(binary: str | None) -> tuple[Binary | None, Family | str | None]:
    """Return the executable, and what interpreter it is, or "multicall"."""
    path = path_of(binary)
    if path is None:
        return None, None
    file_name = re.split(r"[/\\]", path)[-1].removesuffix(".exe")
    if file_name in _MULTICALL:
        return Binary("executable", path), "multicall"
    family = family_of(file_name)
    kind: Kind = "executable"
    if family is None and path.endswith(_SCRIPT_SUFFIXES):
        kind = "script"
    elif path.endswith(".jar"):
        kind = "jar"
    return Binary(kind, path), family


@lru_cache(maxsize=8192)
def _interpreted(executable: Binary, family: Family | str, args: tuple[str, ...], cwd: str | None) -> Binary:
    if family == "multicall":
        called = args[0].rpartition("/")[2] if args else ""
        if called in _MULTICALL or called == executable.name:
            args = args[1:]
            called = args[0].removeprefix("--coreutils-prog=") if args else ""
        if not _APPLET.fullmatch(called):
            return executable
        executable = Binary("executable", f"{executable.name} {called}")
        shell = family_of(called)
        if shell is None:
            return executable
        family = shell
    program = program_of(family, args)  # type: ignore[arg-type]
    if program is None:
        return executable
    if program.kind in ("module", "main_class"):
        name = present(clean(program.name))
        return Binary(program.kind, name) if name else executable
    path = path_of(program.name, cwd)
    if path is None or path == "/proc/self/fd":
        return executable
    return Binary(program.kind, path)
