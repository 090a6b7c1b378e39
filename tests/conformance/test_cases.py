"""Every detection's claim: its story fires, and the same story with one thing changed stays quiet.

The stories go through the real writer into a real Neo4j. An alert's query is asked as the detector asks it, and
then the detector is, one hand-over a record, so that what a rule says wakes it is put to the test as well.
"""

import operator
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app import alerts, cases
from app.alerts import Alert
from app.cases import AlertCase, CompositeCase, Ending, Telling
from app.detect import EVER, Detector, Tuning
from app.graph import Graph, GraphNode, Row
from app.novelty import DAY
from app.queries import Queries
from app.schema import Schema
from app.touched import Touched
from app.writer import Writer

RELATIONS = {">=": operator.ge, "<": operator.lt, ">": operator.gt, "<=": operator.le, "==": operator.eq}


def files(kind: str) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted((cases.FOLDER / kind).glob("*.toml"))]


@pytest.mark.parametrize("path", files("alerts"))
def test_every_alert(path: Path, graph: Graph, writer: Writer, declared: Schema, asked: Queries, wipe: Any) -> None:
    case = cases.read(path, AlertCase)
    show = {label: node.show for label, node in declared.nodes.items()}
    detectors: dict[int | None, Detector] = {}
    for variant, fires in _alert_variants(case):
        telling = cases.telling(case, variant)
        wipe()
        touched = _tell(graph, writer, telling)
        window = getattr(variant, "window", None) or case.window
        told = f"{path.stem}: {telling.because or 'the story'}"

        query = asked.alerts[path.stem]
        given = {**query.parameters, "from": window[0], "to": window[1], "after": []}
        if telling.learning is not None and "learning" in given:
            given["learning"] = telling.learning
        rows = graph.read(query.text, given)
        found: dict[str, tuple[Alert, Row]] = {}
        for alert, row in ((alerts.alert_of(query, row, show), row) for row in rows):
            known = found.get(alert.id)
            if known is None or (alert.at, alert.evidence) < (known[0].at, known[0].evidence):
                found[alert.id] = alert, row
        raised = [_shown(row, alert, show) for alert, row in found.values() if alert.state == "RAISED"]
        assert _matched(fires, raised) == ([], []), f"{told}: the query gives {raised}"

        if telling.learning not in detectors:
            tuning = Tuning(learning=telling.learning)
            detectors[telling.learning] = Detector(graph, declared, asked, tuning, now=lambda: 0)
        for one in touched:
            detectors[telling.learning].evaluate(one)
        stored = graph.read(
            "MATCH (alert:Alert {rule: $rule, state: 'RAISED'}) WHERE alert.at >= $from AND alert.at < $to "
            "RETURN alert.id AS id",
            {"rule": path.stem, "from": window[0], "to": window[1]},
        )
        wanted = {one for one, (alert, _) in found.items() if alert.state == "RAISED"}
        assert {row["id"] for row in stored} == wanted, f"{told}: the detector raises others than the query gives"


@pytest.mark.parametrize("path", files("composites"))
def test_every_composite(path: Path, graph: Graph, writer: Writer, declared: Schema, asked: Queries, wipe: Any) -> None:
    case = cases.read(path, CompositeCase)
    variants: list[tuple[Any, tuple[Ending, ...], bool]] = [(None, case.fires, True)]
    variants += [(one, one.fires, True) for one in case.loud]
    variants += [(one, one.ends, False) for one in case.quiet]
    for variant, endings, fires in variants:
        telling = cases.telling(case, variant)
        wipe()
        told = f"{path.stem}: {telling.because or 'the story'}"
        touched = _tell(graph, writer, telling)
        detector = Detector(graph, declared, asked, Tuning(learning=telling.learning), now=lambda: 0)
        for one in touched:
            detector.evaluate(one)
        raised = graph.read(
            "MATCH (alert:Alert {rule: $rule, state: 'RAISED'})-[:ABOUT]->(host:Host) RETURN host.name AS host",
            {"rule": path.stem},
        )
        courses = {
            (one["host"], one["phase"]): one
            for one in graph.read(
                "MATCH (found:Investigation {rule: $rule})-[:CONCERNS]->(host:Host) WHERE found.phase <> 'SUPERSEDED' "
                "OPTIONAL MATCH (found)-[:LED_TO]->(whole:Alert) "
                "RETURN host.name AS host, found.phase AS phase, found.score AS score, found.missing AS missing, "
                "COLLECT { MATCH (whole)-[:MADE_OF]->(piece:Alert) RETURN DISTINCT piece.rule ORDER BY piece.rule } AS "
                "whole, COLLECT { MATCH (found)-[:GATHERS]->(piece:Alert) RETURN DISTINCT piece.rule "
                "ORDER BY piece.rule } AS rules",
                {"rule": path.stem},
            )
        }
        hosts = sorted(row["host"] for row in raised)
        assert hosts == (sorted(one.host for one in endings) if fires else []), f"{told}: {_brief(courses)}"
        for ending in endings:
            course = courses.get((ending.host, ending.phase))
            assert course, f"{told}: {ending.host} is not {ending.phase} but {_brief(courses)}"
            if ending.score:
                relation, _, number = ending.score.partition(" ")
                assert RELATIONS[relation](course["score"], float(number)), f"{told}: {_brief(courses)}"
            if ending.missing is not None:
                assert tuple(course["missing"]) == ending.missing, f"{told}: {_brief(courses)}"
            if ending.rules is not None:
                assert tuple(course["whole"] or course["rules"]) == ending.rules, f"{told}: {_brief(courses)}"


def test_a_case_that_claims_nothing_is_found() -> None:
    """The comparison itself: one too few, one too many and a wrong name are all seen."""
    assert _matched(({"host": "a"},), [{"host": "a", "at": 1}]) == ([], [])
    assert _matched(({"host": "a"},), []) == ([{"host": "a"}], [])
    assert _matched((), [{"host": "a"}]) == ([], [{"host": "a"}])
    assert _matched(({"host": "a"},), [{"host": "b"}]) == ([{"host": "a"}], [{"host": "b"}])
    assert _matched(({"host": "a"}, {"host": "a"}), [{"host": "a"}]) == ([{"host": "a"}], [])


def _alert_variants(case: AlertCase) -> Iterator[tuple[Any, tuple[dict[str, Any], ...]]]:
    yield None, case.fires
    for loud in case.loud:
        yield loud, loud.fires
    for quiet in case.quiet:
        yield quiet, ()


def _tell(graph: Graph, writer: Writer, telling: Telling) -> list[Touched]:
    """Write the past, then the last day of the story, then the indicators: as detection would meet them."""
    last_day = max(event.at for event in telling.events) // DAY
    past = [event for event in telling.events if event.at // DAY < last_day]
    touched = [writer.write(part) for part in (past, [one for one in telling.events if one not in past]) if part]
    for host, criticality in telling.criticality.items():
        graph.command(
            "MATCH (host:Host {name: $name}) SET host.criticality = $word", {"name": host, "word": criticality}
        )
    if telling.indicators:
        touched.append(writer.know(telling.indicators, at=EVER))
    return touched


def _shown(row: Row, alert: Alert, show: Mapping[str, str]) -> dict[str, Any]:
    read = {name: alerts.shown(value, show) if isinstance(value, GraphNode) else value for name, value in row.items()}
    return read | {"message": alert.message, "severity": alert.severity}


def _matched(
    wanted: tuple[dict[str, Any], ...], found: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what is wanted and not there, and what is there and not wanted."""
    left, lacking = list(found), []
    for one in wanted:
        match = next((row for row in left if all(row.get(name) == value for name, value in one.items())), None)
        if match is None:
            lacking.append(one)
        else:
            left.remove(match)
    return lacking, left


def _brief(courses: Mapping[Any, Mapping[str, Any]]) -> str:
    return (
        "; ".join(
            f"{one['host']} {one['phase']} {one['score']} missing {one['missing']} of {one['rules']}"
            for one in courses.values()
        )
        or "no investigation"
    )
