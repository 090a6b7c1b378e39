"""System calls as sensors write them: which call, what came of it, and what a file was opened for.

Knows the kernel's numbers and names, for the few calls that say something here and the machines that sensors
run on.
"""

import errno
from functools import lru_cache

from app.sources._values import number_of

_X86_64 = {
    2: "open", 42: "connect", 43: "accept", 49: "bind", 50: "listen", 59: "execve", 76: "truncate",
    82: "rename", 85: "creat", 86: "link", 87: "unlink", 88: "symlink", 105: "setuid", 113: "setreuid",
    117: "setresuid", 231: "exit_group", 257: "openat", 263: "unlinkat", 264: "renameat", 265: "linkat",
    266: "symlinkat", 288: "accept", 316: "renameat", 322: "execve", 437: "openat2",
}  # fmt: skip
_AARCH64 = {
    35: "unlinkat", 36: "symlinkat", 37: "linkat", 38: "renameat", 45: "truncate", 56: "openat", 94: "exit_group",
    145: "setreuid", 146: "setuid", 147: "setresuid", 200: "bind", 201: "listen", 202: "accept",
    203: "connect", 221: "execve", 242: "accept", 276: "renameat", 281: "execve", 437: "openat2",
}  # fmt: skip
_I386 = {
    5: "open", 8: "creat", 9: "link", 10: "unlink", 11: "execve", 23: "setuid", 38: "rename", 70: "setreuid",
    83: "symlink", 92: "truncate", 164: "setresuid", 203: "setreuid", 208: "setresuid", 213: "setuid",
    252: "exit_group", 295: "openat", 301: "unlinkat", 302: "renameat", 303: "linkat", 304: "symlinkat",
    353: "renameat", 358: "execve", 361: "bind", 362: "connect", 363: "listen", 364: "accept", 437: "openat2",
}  # fmt: skip
# i386 has one call for all of sockets; its first argument says which.
_SOCKETCALL = {b"2": "bind", b"3": "connect", b"4": "listen", b"5": "accept", b"12": "accept"}
_BY_ARCH = {
    b"c000003e": _X86_64, b"x86_64": _X86_64,
    b"c00000b7": _AARCH64, b"aarch64": _AARCH64,
    b"40000003": _I386, b"i386": _I386,
}  # fmt: skip
_X32_BIT = 0x40000000
_ALIASES = {"accept4": "accept", "execveat": "execve", "renameat2": "renameat", "setuid32": "setuid",
            "setreuid32": "setreuid", "setresuid32": "setresuid"}  # fmt: skip


@lru_cache(maxsize=4096)
def name_of(arch: bytes, syscall: bytes, a0: bytes) -> str:
    """Return a call's name, one for its variants; the number itself for those that say nothing here."""
    if syscall.isdigit() and len(syscall) <= 10:
        number = int(syscall)
        table = _BY_ARCH.get(arch, {})
        if table is _X86_64:
            number &= ~_X32_BIT
        name = "socketcall" if table is _I386 and number == 102 else table.get(number, str(number))
    else:
        name = syscall.decode("ascii", "replace").strip('"')[:32]
    if name == "socketcall" and a0 in _SOCKETCALL:
        return _SOCKETCALL[a0]
    return _ALIASES.get(name, name)


# Linux's numbers, whatever machine this runs on.
_AFTER_SENDING = {"EINPROGRESS": 115, "ECONNREFUSED": 111, "ETIMEDOUT": 110, "EHOSTUNREACH": 113, "EINTR": 4}
_SENT = frozenset((0, *(-number for number in _AFTER_SENDING.values())))
_REGULAR_OR_LINK = frozenset((0o100000, 0o120000))
_ACCESS_MODE = 3


def result_of(value: object) -> int | None:
    """Return what a call returned, negative for an error, which may stand by its name (-1 for one not known)."""
    if isinstance(value, str):
        if value == "SUCCESS":
            return 0
        name = value.removeprefix("-")
        if name[:1] == "E" and name.isupper():
            number = _AFTER_SENDING.get(name) or getattr(errno, name, None)
            return -number if isinstance(number, int) else -1
    return number_of(value)


def went_out(result: int | None) -> bool:
    """Say whether a connect sent something, which counts: done, in progress, refused, timed out, unreachable."""
    return result in _SENT


def opened_to_write(flags: object) -> bool | None:
    """Return whether open's flags, as names or as the kernel's number, ask to write; None when they do not say."""
    if isinstance(flags, str):
        if "O_WRONLY" in flags or "O_RDWR" in flags:
            return True
        if "O_RDONLY" in flags:
            return False
    number = number_of(flags)
    return None if number is None else number & _ACCESS_MODE != 0


def is_file(mode: int) -> bool:
    """Say whether a mode is that of a regular file or a link; of the rest nothing is read or written."""
    return mode & 0o170000 in _REGULAR_OR_LINK
