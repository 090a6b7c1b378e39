"""Read files, the standard input or bytes as lines: lazily, in bounded memory, and with the place known.

The edge before the sources: knows files and compression, and nothing of formats. A line that is longer
than the sources take is cut right behind their limit, and the rest of it skipped, so that it is rejected
there without ever being held.
"""

import bz2
import gzip
import heapq
import lzma
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path
from stat import S_ISREG
from types import TracebackType
from typing import BinaryIO, Self, TypeVar, cast

from app.errors import ConfigError
from app.sources import LONGEST_LINE as LONGEST_LINE
from app.sources import Outcome, Taken

_SKIPPED_AT_ONCE = 1 << 20
_T = TypeVar("_T")


class Reader:
    """The lines of one input; iterate it once.

    `offset` of `size` bytes have been read so far (`size` is None where nobody can know); `modified` is when a
    file was last written, epoch milliseconds, None for what is still being written; `fault` says in words what
    ended the input early, such as a compressed file that was cut.
    """

    def __init__(self, name: str, raw: BinaryIO, size: int | None = None, modified: int | None = None) -> None:
        self.name = name
        self.size = size
        self.modified = modified
        self.fault: str | None = None
        self._raw = raw
        self._lines, self._faults = _decompressed(name, raw)
        self._is_plain = self._lines is raw
        self._read = 0

    @property
    def offset(self) -> int:
        """Bytes of the input, as it lies there, that have been read."""
        return self._read if self._is_plain else self._raw.tell()

    def __iter__(self) -> Iterator[bytes]:
        lines = self._lines
        try:
            while line := lines.readline(LONGEST_LINE + 2):
                self._read += len(line)
                if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
                    yield line
                    self._skip_line()
                else:
                    yield line
        except self._faults as error:
            self.fault = f"{self.name} ends early: {error}"

    def _skip_line(self) -> None:
        while rest := self._lines.readline(_SKIPPED_AT_ONCE):
            self._read += len(rest)
            if rest.endswith(b"\n"):
                return

    def close(self) -> None:
        """Close the input, unless it is the standard one."""
        if self._raw is not sys.stdin.buffer:
            self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def opened(path: str | Path) -> Reader:
    """Open a file, or the standard input for "-"; raises ConfigError when it cannot be read."""
    if str(path) == "-":
        return Reader("the standard input", sys.stdin.buffer)
    try:
        raw = Path(path).open("rb")  # noqa: SIM115 - the Reader closes it
        about = Path(path).stat()
        if not S_ISREG(about.st_mode):
            return Reader(str(path), raw)
        return Reader(str(path), raw, about.st_size, about.st_mtime_ns // 1_000_000)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error


def of_bytes(content: bytes, name: str = "the request") -> Reader:
    """Read what is in memory already, such as the body of a request."""
    return Reader(name, BytesIO(content), len(content))


def merged(streams: Iterable[Iterable[_T]], at: Callable[[_T], int | None]) -> Iterator[_T]:
    """Yield what several streams yield, by time, as far as each is in order by itself.

    The order within a stream is kept: what comes out of order, or has no time, stays behind what came
    before it. Holds one item of each stream.
    """

    def timed(number: int, stream: Iterable[_T]) -> Iterator[tuple[int, int, _T]]:
        latest = 0
        for item in stream:
            moment = at(item)
            latest = latest if moment is None else max(latest, moment)
            yield latest, number, item

    keyed = [timed(number, stream) for number, stream in enumerate(streams)]
    for _, _, item in heapq.merge(*keyed, key=lambda entry: entry[:2]):
        yield item


def merged_by_time(streams: Iterable[Iterable[Outcome]]) -> Iterator[Outcome]:
    """Yield the outcomes of several inputs by the time of their first event: what "given together" means."""
    return merged(streams, _moment)


def _moment(outcome: Outcome) -> int | None:
    return outcome.events[0].at if isinstance(outcome, Taken) and outcome.events else None


def _decompressed(name: str, raw: BinaryIO) -> tuple[BinaryIO, tuple[type[Exception], ...]]:
    """Return the plain stream behind `raw`, told by its first bytes, and what it raises when it is cut."""
    head = _peeked(raw)
    if head.startswith(b"\x1f\x8b"):
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw)), (OSError, EOFError, zlib.error)
    if head.startswith(b"BZh"):
        return cast(BinaryIO, bz2.BZ2File(raw)), (OSError, EOFError, ValueError)
    if head.startswith(b"\xfd7zXZ\x00"):
        return cast(BinaryIO, lzma.LZMAFile(raw)), (OSError, EOFError, lzma.LZMAError)
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return _zstd_opened(name, raw)
    return raw, (OSError,)


def _peeked(raw: BinaryIO) -> bytes:
    peek = getattr(raw, "peek", None)
    if peek is not None:
        return cast(bytes, peek(8)[:8])
    head = raw.read(8)
    raw.seek(0)
    return head


def _zstd_opened(name: str, raw: BinaryIO) -> tuple[BinaryIO, tuple[type[Exception], ...]]:
    """Open zstd by what there is: Python has it from 3.14 on, a package gives it to others."""
    for module in ("compression.zstd", "zstandard"):
        try:
            found = import_module(module)
        except ImportError:
            continue
        return cast(BinaryIO, found.open(raw, "rb")), (OSError, EOFError, found.ZstdError)
    raise ConfigError(f"{name} is zstd, which this Python cannot read: install zstandard, or unpack it first")
