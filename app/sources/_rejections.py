"""Say in words why a document could not be decoded, naming the field at fault."""

import re

import msgspec

from app.errors import RecordRejected
from app.ids import clean

DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError)
"""What msgspec raises on a document that is not what it should be."""

_FIELD = re.compile(r"Object (missing required|contains unknown) field (.*)", re.DOTALL)
_TYPES = {"str": "text", "int": "whole number", "float": "decimal number", "bool": "true or false", "null": "nothing"}
_TYPE = re.compile("|".join(rf"\b{name}\b" for name in _TYPES))
_PLACE = re.compile(r" - at `\$?\.?([^`]*)`$")


def not_json(error: Exception) -> RecordRejected:
    """Return the rejection that says in words why a document could not be decoded, naming the field."""
    if isinstance(error, UnicodeDecodeError):
        return RecordRejected("not valid UTF-8")
    # The words may quote the document, whose names are anybody's to choose.
    said = clean(str(error), longest=300)
    if not isinstance(error, msgspec.ValidationError):
        return RecordRejected(f"not valid JSON: {said.removeprefix('JSON is malformed: ')}")
    place = _PLACE.search(said)
    what = (said[: place.start()] if place else said).replace("`", "")
    where = place.group(1) if place else ""
    field = _FIELD.fullmatch(what)
    if field is not None:
        name = f"{where}.{field.group(2)}" if where else field.group(2)
        what = "it is missing" if field.group(1) == "missing required" else "there is no such field"
        return RecordRejected(f"{name}: {what}")
    what = what[:1].lower() + what[1:]
    if what.startswith("expected "):
        what = _TYPE.sub(lambda name: _TYPES[name.group()], what)
    if "matching regex" in what:
        what = "not in the form that is asked for"
    elif what.endswith("of length >= 1"):
        what = "it is empty"
    return RecordRejected(f"{where}: {what}" if where else what)
