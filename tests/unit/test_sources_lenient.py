"""Documents whose fields hold what no writer should put there: each has an outcome, and events stay events."""

import json
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from app.events import unpack
from app.sources import Context, Taken, names, read
from app.sources._lists import in_lists

GOLDENS = Path(__file__).parents[1] / "golden" / "sources"


def documents(name: str) -> list[dict[str, Any]]:
    found = []
    for case in sorted((GOLDENS / name).glob("*.raw")):
        for record in in_lists()(case.read_bytes().splitlines(True)):
            try:
                document = msgspec.json.decode(record.raw)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            if isinstance(document, dict) and document:
                found.append(document)
    return found


DOCUMENTS = {name: found for name in names() if (found := documents(name))}
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["-", "0", "-1", "4294967295", "::", "1.2.3.4", "1" * 30, "a.b", "\x00", "{", "{}"]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)

NAMES = st.sampled_from(
    [
        "event",
        "event.@timestamp",
        "event.a",
        "@timestamp",
        "_source",
        "json",
        "message",
        "index",
        "process.pid",
        "host",
        "hits",
        "events",
        "data",
        "class_uid",
        "type_uid",
        "conn",
        "id",
        "id.orig_h",
        "_path",
        "a.b.c",
        ".",
        "..",
    ]
)


def places(value: object, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [*((*above, key) for key, _ in inner), *(p for key, one in inner for p in places(one, (*above, key)))]


KEYS = {
    name: sorted({path[-1] for document in found for path in places(document) if isinstance(path[-1], str)})
    for name, found in DOCUMENTS.items()
}


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, bytes]:
    """A document of a format in which a few values are others, or stand under other names."""
    name = draw(st.sampled_from(sorted(DOCUMENTS)))
    document = json.loads(json.dumps(draw(st.sampled_from(DOCUMENTS[name]))))
    for _ in range(draw(st.integers(1, 3))):
        there = places(document)
        *above, last = draw(st.sampled_from(there))
        place = document
        for step in above:
            place = place[step]
        if isinstance(place, dict) and draw(st.booleans()):
            place[draw(st.one_of(NAMES, st.sampled_from(KEYS[name])))] = place.pop(last)
        else:
            place[last] = draw(VALUES)
    return name, json.dumps(document).encode()


@settings(max_examples=400, deadline=None)
@given(spoilt())
def test_a_value_of_any_type_is_survived(case: tuple[str, bytes]) -> None:
    name, line = case
    for outcome in read(name, [line], Context(host="h")):
        if isinstance(outcome, Taken):
            assert outcome.events
            # As the stream does, with no value kept from the building of the event.
            packed = msgspec.msgpack.encode(list(outcome.events))
            assert msgspec.msgpack.encode(unpack(packed)) == packed
