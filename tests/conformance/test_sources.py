"""Every format, over recorded samples: what becomes of every record is written down and looked at.

A case is `tests/golden/sources/<format>/<case>.raw`; beside it lie `.events.jsonl`, the events it makes, and
`.summary.json`, how many records were taken, ignored by kind and rejected by reason. `pytest --accept`
writes both anew.
"""

import json
import re
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from app.events import KINDS, OfProcess, pack, unpack
from app.sources import Context, Ignored, Outcome, Rejected, Taken, names, read, source
from app.sources._lists import USUAL

GOLDENS = Path(__file__).parents[1] / "golden" / "sources"
CASES = sorted(GOLDENS.glob("*/*.raw"))
# No date without a year in the samples lies after this, the end of 2024.
GIVEN = Context(host="given-host", not_after=1_735_689_599_999)

TAKES = {
    "process_started": "process",
    "process_ended": "process",
    "connection_out": "network",
    "connection_in": "network",
    "port_listening": "network",
    "name_resolved": "dns",
    "file_written": "file",
    "file_read": "file",
    "file_deleted": "file",
    "file_hashed": "file",
    "logged_in": "login",
    "container_started": "container",
    "privilege_changed": "privilege",
    "api_called": "cloud",
}


LISTS = "|".join((*USUAL, "logEvents")).encode()
WRAPPER = re.compile(rb'(\{?[^{}]*(\{\}[^{}]*)?"(%s)":[\s\[,]*)?(\][^{}]*)?\}*' % LISTS)
"""What stands around a list of documents: names, and no document."""


def outcomes_of(case: Path) -> list[Outcome]:
    with case.open("rb") as lines:
        return list(read(case.parent.name, lines, GIVEN))


def summary_of(outcomes: list[Outcome]) -> dict[str, object]:
    taken = [outcome for outcome in outcomes if isinstance(outcome, Taken)]
    return {
        "records": len(outcomes),
        "taken": len(taken),
        "events": dict(sorted(Counter(event.KIND for each in taken for event in each.events).items())),
        "ignored": dict(sorted(Counter(each.kind for each in outcomes if isinstance(each, Ignored)).items())),
        "rejected": dict(sorted(Counter(each.reason for each in outcomes if isinstance(each, Rejected)).items())),
    }


@pytest.mark.parametrize("name", names())
def test_every_source_has_a_golden(name: str) -> None:
    assert list((GOLDENS / name).glob("*.raw")), f"add tests/golden/sources/{name}/<case>.raw"


def test_every_golden_has_a_source() -> None:
    assert {case.parent.name for case in CASES} == set(names())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_every_golden(case: Path, request: pytest.FixtureRequest) -> None:
    outcomes = outcomes_of(case)
    events = "".join(
        msgspec.json.encode(event).decode() + "\n"
        for outcome in outcomes
        if isinstance(outcome, Taken)
        for event in outcome.events
    )
    summary = json.dumps(summary_of(outcomes), indent=2, ensure_ascii=False) + "\n"
    if request.config.getoption("--accept", default=False):
        case.with_suffix(".events.jsonl").write_text(events)
        case.with_suffix(".summary.json").write_text(summary)
    assert json.loads(case.with_suffix(".summary.json").read_text()) == json.loads(summary)
    assert case.with_suffix(".events.jsonl").read_text().splitlines() == events.splitlines()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_every_byte_of_every_line_is_in_some_record(case: Path) -> None:
    """Nothing is dropped in silence but blanks, marks between documents, wrappers and auditd's ends of events."""
    raws = [outcome.record.raw for outcome in outcomes_of(case)]
    kept = b"\n".join(raws)
    for line in case.read_bytes().split(b"\n"):
        text = line.strip(b" \t\r\n,[]\xef\xbb\xbf")
        if not text or b"type=EOE" in text or b"}{" in text:
            continue
        if text not in kept:
            for raw in raws:
                text = text.replace(raw, b"")
            assert WRAPPER.fullmatch(text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_every_event_survives_the_stream(case: Path) -> None:
    """Events made by a constructor are not checked; what a source makes must be what the stream takes."""
    for outcome in outcomes_of(case):
        if isinstance(outcome, Taken):
            assert unpack(pack(list(outcome.events))) == list(outcome.events)


@pytest.mark.parametrize("name", names())
def test_every_source_says_what_it_takes(name: str) -> None:
    made = {
        TAKES[event.KIND]
        for case in CASES
        if case.parent.name == name
        for outcome in outcomes_of(case)
        if isinstance(outcome, Taken)
        for event in outcome.events
    }
    assert set(source(name).TAKES) == made
    assert source(name).TITLE


def test_every_event_kind_is_one_of_what_sources_take() -> None:
    assert set(TAKES) == {kind.KIND for kind in KINDS}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_no_placeholder_gets_into_an_event(case: Path) -> None:
    placeholders = {"", "-", "?", "(null)", "(none)", "<NA>", "unset", "(invalid user)"}
    for outcome in outcomes_of(case):
        for event in outcome.events if isinstance(outcome, Taken) else ():
            for field in event.__struct_fields__:
                value = getattr(event, field)
                assert not (isinstance(value, str) and value in placeholders), (field, event)
            if isinstance(event, OfProcess):
                assert 4294967295 not in (event.uid, event.login_uid, event.parent_uid)
