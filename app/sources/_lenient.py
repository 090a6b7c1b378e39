"""Read documents whose writers differ in how they spell one field: nested or dotted, text, number or list.

Knows no format. The usual spelling is decoded straight into a struct; only what does not fit takes the
long way here, where every value that can be read is kept and one that cannot costs no other.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from app.sources._rejections import DECODE_ERRORS, not_json

_DEEPEST = 8
"""Levels that a dotted name stands for; no field that is read lies deeper."""

_DOTTED = re.compile(rb'\.[A-Za-z0-9_]+"\s*:')
_objects: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])
_parts: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])
_S = TypeVar("_S", bound=msgspec.Struct)


def read(raw: bytes, decoder: "msgspec.json.Decoder[_S]", shape: type[_S], unfold: bool = True) -> _S:
    """Return the document as `shape`, by `decoder` where it fits; RecordRejected when it is no object.

    Dotted names are unfolded, unless the struct has them as they are.
    """
    if not unfold or _DOTTED.search(raw) is None:
        try:
            return decoder.decode(raw)
        except msgspec.ValidationError:
            pass
        except DECODE_ERRORS as error:
            raise not_json(error) from error
    try:
        document = _objects.decode(raw)
    except DECODE_ERRORS as error:
        raise not_json(error) from error
    for name, wanted, _ in _fields(shape):
        if wanted is msgspec.Raw and name in document:
            # What is left as it came must not be unfolded here.
            document[name] = _parts.decode(raw)[name]
    if unfold:
        document = unfolded(document)
    try:
        return msgspec.convert(document, shape, strict=False)
    except msgspec.ValidationError:
        return msgspec.convert(_fitting(document, shape), shape, strict=False)


def unfolded(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with "a.b": 1 as {"a": {"b": 1}}, merged with what is nested already."""
    found: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, dict):
            value = unfolded(value)
        if "." not in key:
            _merge(found, key, value)
            continue
        *above, last = key.split(".", _DEEPEST)
        place = found
        for step in above:
            inner = place.get(step)
            if not isinstance(inner, dict):
                inner = place[step] = {}
            place = inner
        _merge(place, last, value)
    return found


def _merge(place: dict[str, Any], key: str, value: object) -> None:
    there = place.get(key)
    if isinstance(there, dict):
        # A text in an object's place says less than the object does.
        if isinstance(value, dict):
            for inner, said in value.items():
                _merge(there, inner, said)
    else:
        place[key] = value


def _fitting(document: dict[str, Any], shape: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the fields that can be read as the struct wants them; the first item where it wants no list."""
    kept: dict[str, Any] = {}
    for name, wanted, inner in _fields(shape):
        if name not in document:
            continue
        value = document[name]
        if inner is not None:
            if isinstance(value, list) and value and isinstance(value[0], dict):
                value = value[0]
            if isinstance(value, dict):
                kept[name] = _fitting(value, inner)
                continue
        for candidate in _readings(value):
            try:
                kept[name] = msgspec.convert(candidate, wanted, strict=False)
            except msgspec.ValidationError:
                continue
            break
    return kept


def _readings(value: object) -> Iterator[object]:
    """Yield what a value may be meant as: itself, the first of a list, a number's text, the texts of a list."""
    yield value
    if isinstance(value, list) and value:
        yield value[0]
        yield [one for one in value if isinstance(one, str)]
    elif isinstance(value, int | float):
        yield str(value)


@lru_cache(maxsize=256)
def _fields(shape: type[msgspec.Struct]) -> tuple[tuple[str, Any, type[msgspec.Struct] | None], ...]:
    """Return a struct's fields: the name in documents, the type, and the struct in it if it is one."""
    return tuple((field.encode_name, field.type, _struct_in(field.type)) for field in msgspec.structs.fields(shape))


def _struct_in(wanted: object) -> type[msgspec.Struct] | None:
    parts = get_args(wanted) if get_origin(wanted) in (Union, UnionType) else (wanted,)
    return next((part for part in parts if isinstance(part, type) and issubclass(part, msgspec.Struct)), None)
