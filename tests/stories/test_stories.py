"""Each story ends as `seeds/expected` says: written by hand, from the story's text and the rules."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import seeds
from tests.stories.endings import Ending

EXPECTED = Path(seeds.__file__).parent / "expected"
CAP = 20
Tell = Callable[[str], Ending]


@pytest.fixture(params=seeds.names())
def story(request: pytest.FixtureRequest, ending: Tell) -> tuple[dict[str, Any], Ending]:
    expected = json.loads((EXPECTED / f"{request.param}.json").read_text(encoding="utf-8"))
    return expected, ending(request.param)


def test_every_alert_is_expected(story: tuple[dict[str, Any], Ending]) -> None:
    expected, end = story
    single = [one for one in expected["alerts"] if not one.get("summed_up")]
    totals = [one for one in expected["alerts"] if one.get("summed_up")]
    hosts = {one["host"] for one in expected["alerts"]} | {expected["host"]}
    raised = [one for one in end.weak("RAISED") if one["host"] in hosts]
    found = [one for one in raised if not any(sums(total, one) for total in totals)]
    assert Counter(map(named, found)) == Counter(map(named, single))
    for total in totals:
        summed = [one for state in ("RAISED", "SUPPRESSED") for one in end.weak(state) if sums(total, one)]
        states = Counter(one["state"] for one in summed if not one["summary"])
        assert states == {"RAISED": CAP, "SUPPRESSED": total["hosts"] - CAP}
        assert [one["state"] for one in summed if one["summary"]] == ["RAISED"]


def test_every_composite_is_expected(story: tuple[dict[str, Any], Ending]) -> None:
    expected, end = story
    found = end.composites()
    assert [(one["minute"], one["rule"], one["host"], one["state"]) for one in found] == [
        (one["minute"], one["rule"], one["host"], one["state"]) for one in expected["composites"]
    ]
    for one, wanted in zip(found, expected["composites"], strict=True):
        assert Counter(map(piece, end.evidence(one))) == Counter(map(piece, wanted["evidence"]))


def test_every_investigation_is_expected(story: tuple[dict[str, Any], Ending]) -> None:
    expected, end = story
    warned = Counter((one["host"], one["warned"]) for one in end.investigations if one["warned"])
    assert warned == Counter((one["host"], one["minute"]) for one in expected["early_warnings"])
    for host in {one["host"] for one in expected["alerts"]} | {expected["host"]}:
        wanted = Counter(one["phase"].upper() for one in expected["investigations"] if one["host"] == host)
        if wanted:
            assert Counter(one["phase"] for one in end.investigations if one["host"] == host) == wanted


def test_every_withdrawal_is_expected_and_names_the_sighting(story: tuple[dict[str, Any], Ending]) -> None:
    expected, end = story
    found = end.weak("WITHDRAWN")
    assert list(map(named, found)) == list(map(named, expected["withdrawn"]))
    for one, wanted in zip(found, expected["withdrawn"], strict=True):
        assert wanted["withdrawn_by"]["at"].rstrip("Z") in one["reason"]


@pytest.mark.parametrize("variant", ["gs_netcat_1_zsh_known", "gs_netcat_6_late_record"])
def test_what_is_known_elsewhere_weighs_less(variant: str, ending: Tell) -> None:
    (of_story,), (of_variant,) = (ending(name).composites() for name in ("gs_netcat", variant))
    assert of_variant["score"] < of_story["score"]


def test_ordinary_days_give_no_composite_and_no_early_warning(ending: Tell) -> None:
    end = ending("benign")
    assert (end.composites_ever, end.warnings_ever) == (0, 0)


def named(one: dict[str, Any]) -> tuple[Any, ...]:
    return one["rule"], one["host"], one["minute"], tuple(sorted(one["key"].items()))


def piece(one: dict[str, Any]) -> tuple[Any, ...]:
    return one["rule"], tuple(sorted(one["key"].items()))


def sums(total: dict[str, Any], one: dict[str, Any]) -> bool:
    """Tell whether an expected alert on many hosts stands for one that was found, or for its summary."""
    return one["rule"] == total["rule"] and (one["summary"] or one["key"]["binary"] == total["key"]["binary"])
