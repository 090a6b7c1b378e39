"""How log lines are written: for people on a terminal, as JSON for machines, and never as an attacker likes.

What this program logs was often chosen by whom it watches: a process name may hold escape sequences, line
breaks that fake another line, or marks that turn text around. Every value is made harmless here, once.
"""

import logging
import sys
from collections.abc import Mapping
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LONGEST_VALUE = 500
"""Characters of a value that a line shows."""

_MOST_ITEMS = 20
_TRACE_LINES = 60
_DEEPEST = 3


def shown(text: object, longest: int = LONGEST_VALUE) -> str:
    """Return text that is safe on a terminal and in a log: one line, nothing invisible, bounded."""
    if isinstance(text, bytes):
        text = text[: longest + 1].decode("utf-8", "backslashreplace")
    elif not isinstance(text, str):
        text = str(text)
    rest = len(text) - longest
    if rest > 0:
        text = text[:longest]
    if not text.isprintable():
        # Not printable are control characters, line ends, and what turns or joins text (bidi, zero width).
        text = "".join(one if one.isprintable() else _escaped(one) for one in text)
    return f"{text}… ({rest} more)" if rest > 0 else text


def harmless(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Make every value of a log line harmless; a trace keeps its lines, each indented."""
    trace = line.pop("exception", None)
    safe: EventDict = {shown(name, 100): _value(value, 0) for name, value in line.items()}
    if trace is not None:
        lines = str(trace).splitlines()[-_TRACE_LINES:]
        safe["exception"] = "\n".join("    " + shown(one, 300) for one in lines)
    return safe


def configure(
    form: Literal["console", "json"] = "console", out: TextIO | None = None, level: int = logging.INFO
) -> None:
    """Set up logging for this process: ours, and what libraries say through `logging`."""
    out = out or sys.stderr
    last: list[Processor]
    if form == "json":
        last = [structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        colors = out.isatty()
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain, sort_keys=False)]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            harmless,
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Libraries()]
    root.setLevel(max(level, logging.WARNING))


class _Libraries(logging.Handler):
    """Sends what libraries log the way of our own lines."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info or None)


def _value(value: object, depth: int) -> Any:  # noqa: ANN401 - what a renderer takes
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping() if depth < _DEEPEST:
            few = list(value.items())[:_MOST_ITEMS]
            return {shown(name, 100): _value(one, depth + 1) for name, one in few}
        case list() | tuple() | set() | frozenset() if depth < _DEEPEST:
            return [_value(one, depth + 1) for one in list(value)[:_MOST_ITEMS]]
        case _:
            return shown(value)


def _escaped(one: str) -> str:
    return one.encode("unicode_escape", "surrogatepass").decode("ascii")
