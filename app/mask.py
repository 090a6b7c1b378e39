"""Mask the secrets in events and in records that are kept, before anything is stored.

Stands between the sources and the stream. A secret becomes `‹masked:8 digits›`, the first digits of its
HMAC under the deployment's key: equal secrets stay comparable, and without the key nobody can try words
against them. Where secrets stand is `app/leaks.py`'s to say. Masking what is masked changes nothing.
"""

import hmac
import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256

import msgspec

from app.events import AnyEvent, ApiCalled, OfProcess
from app.leaks import ARG, is_name, spans

_LONGEST_CACHED = 1024
_CACHED = 8192
_DEEPEST = 100

# auditd writes arguments that hold blanks or quotes as hex, and a process title as hex with NULs.
_EXECVE = re.compile(rb"type=(?:EXECVE|1309|UNKNOWN\[1309\]) ")
_ARGUMENT = re.compile(rb'\ba(\d{1,5})(?:\[\d{1,5}\])?=("[^"]*"|[^\s"]+)')
_HEXED = re.compile(rb"\b(?:proctitle|cmd|data|acct|name|exe|cwd)=([0-9A-F]{8,})(?![0-9A-Za-z])")
_HEX = re.compile(rb"(?:[0-9A-F]{2})+")


class Masker:
    """Masks under one deployment's key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        # Deployments repeat a few thousand command lines all day.
        self._short_text: Callable[[str], str] = lru_cache(_CACHED)(self._masked)
        self._short_args: Callable[[tuple[str, ...]], tuple[str, ...]] = lru_cache(_CACHED)(self._masked_args)

    def text(self, text: str) -> str:
        """Return a text with its secrets masked; the same object where there are none."""
        if len(text) > _LONGEST_CACHED:
            return self._masked(text)
        masked = self._short_text(text)
        return text if masked == text else masked

    def args(self, args: tuple[str, ...]) -> tuple[str, ...]:
        """Return an argument list with its secrets masked; the same object where there are none."""
        if sum(map(len, args)) > _LONGEST_CACHED:
            return self._masked_args(args)
        masked = self._short_args(args)
        return args if masked == args else masked

    def event(self, event: AnyEvent) -> AnyEvent:
        """Return an event with the secrets in its command lines masked; the same object where there are none."""
        if isinstance(event, ApiCalled):
            args = self.args(event.args)
            return event if args is event.args else msgspec.structs.replace(event, args=args)
        if not isinstance(event, OfProcess):
            return event
        changed: dict[str, str | tuple[str, ...]] = {}
        if event.args:
            args = self.args(event.args)
            if args is not event.args:
                changed["args"] = args
        if event.parent_args:
            args = self.args(event.parent_args)
            if args is not event.parent_args:
                changed["parent_args"] = args
        if event.command:
            command = self.text(event.command)
            if command != event.command:
                changed["command"] = command
        return msgspec.structs.replace(event, **changed) if changed else event

    def raw(self, raw: bytes) -> bytes:
        """Return a record as it came, with its secrets masked, also those in JSON or in auditd's hex."""
        try:
            document = msgspec.json.decode(raw)
            masked = self._value(document, 0)
        except (ValueError, RecursionError):
            return b"\n".join(map(self._line, raw.split(b"\n")))
        return raw if masked == document else msgspec.json.encode(masked)

    def _value(self, value: object, depth: int) -> object:
        """Return a JSON value with its secrets masked."""
        if depth > _DEEPEST:
            raise RecursionError
        match value:
            case str():
                return self.text(value)
            case list() if value and all(isinstance(item, str) for item in value):
                return list(self.args(tuple(value)))
            case list():
                return [self._value(item, depth + 1) for item in value]
            case dict():
                return {
                    key: self._secret(item)
                    if isinstance(item, str) and item and is_name(key)
                    else self._value(item, depth + 1)
                    for key, item in value.items()
                }
            case _:
                return value

    def _line(self, line: bytes) -> bytes:
        """Return a line of text, or of auditd's log, with its secrets masked."""
        if _EXECVE.search(line):
            line = self._execve(line)
        line = _HEXED.sub(self._hexed, line)
        text = line.decode("utf-8", "surrogateescape")
        masked = self._masked(text)
        return line if masked == text else masked.encode("utf-8", "surrogateescape")

    def _execve(self, line: bytes) -> bytes:
        """Return an EXECVE line with its arguments masked as a list; pieces of one argument are joined."""
        places = list(_ARGUMENT.finditer(line))
        args: dict[int, bytes] = {}
        for place in places:
            number, value = int(place.group(1)), place.group(2)
            args[number] = args.get(number, b"") + _plain(value)
        before = tuple(value.decode("utf-8", "surrogateescape") for value in args.values())
        after = dict(zip(args, zip(before, self.args(before), strict=True), strict=True))
        parts, end, written = [], 0, set[int]()
        for place in places:
            number = int(place.group(1))
            was, now = after[number]
            if was == now:
                continue
            value = b"" if number in written else now.encode("utf-8", "surrogateescape")
            written.add(number)
            parts += [line[end : place.start(2)], value.hex().upper().encode()]
            end = place.end(2)
        return b"".join((*parts, line[end:]))

    def _hexed(self, match: re.Match[bytes]) -> bytes:
        whole, value = match.group(0), match.group(1)
        if len(value) % 2:
            return whole
        words = bytes.fromhex(value.decode()).decode("utf-8", "surrogateescape").split("\0")
        masked = self.args(tuple(words)) if len(words) > 1 else (self.text(words[0]),)
        if list(masked) == words:
            return whole
        now = "\0".join(masked).encode("utf-8", "surrogateescape")
        return whole[: -len(value)] + now.hex().upper().encode()

    def _masked(self, text: str) -> str:
        found = spans(text)
        if not found:
            return text
        parts, end = [], 0
        for start, stop in found:
            parts += [text[end:start], self._secret(text[start:stop])]
            end = stop
        return "".join((*parts, text[end:]))

    def _masked_args(self, args: tuple[str, ...]) -> tuple[str, ...]:
        joined = ARG.join(("", *args))
        if joined.count(ARG) != len(args):
            # An argument that holds the separator itself: nobody's habit but an attacker's.
            return tuple(map(self._masked, args))
        masked = self._masked(joined)
        return args if masked is joined else tuple(masked.split(ARG)[1:])

    def _secret(self, secret: str) -> str:
        digest = hmac.digest(self._key, secret.encode("utf-8", "surrogatepass"), sha256)
        return f"‹masked:{digest[:4].hex()}›"


def _plain(value: bytes) -> bytes:
    if value[:1] == b'"':
        return value[1:-1]
    return bytes.fromhex(value.decode()) if _HEX.fullmatch(value) else value
