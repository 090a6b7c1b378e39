"""`polygraph check` says nothing of files that are right, and exactly one thing of each that is wrong in one."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import docs
from app.check import UNFINISHED, faults
from app.graph import Graph
from app.scaffold import scaffold
from app.schema import ROOT

COPIED = ("graph_schema", "queries", "tests/cases")
ALERT = "queries/alerts/user_ran_new_application.cypher"
COMPOSITE = "queries/composites/potentially_compromised_host.cypher"
CASE = "tests/cases/alerts/user_ran_new_application.toml"
PROCESS = "graph_schema/nodes/process.toml"


@dataclass(frozen=True)
class Broken:
    """One file, one thing changed in it, and the one fault that must be found."""

    file: str
    old: str
    new: str
    fault: str
    line_of: str | None = None
    """Where it must be said to be: the line that starts with this; not asked when None."""
    elsewhere: str | None = None
    """The file that is blamed, where it is another."""


OFFLINE = {
    "unknown_header_field": Broken(ALERT, "severity =", "sevrity =", "unknown field `sevrity`", "sevrity"),
    "required_field_is_missing": Broken(ALERT, 'maturity = "stable"\n', "", "required field `maturity`"),
    "severity_is_none": Broken(
        ALERT, 'severity = "low"', 'severity = "lowish"', "Invalid enum value 'lowish'", "severity"
    ),
    "header_is_no_toml": Broken(ALERT, 'title = "', 'title = ""', "header: ", "title"),
    "no_header": Broken(ALERT, "/*\n", "", "must open with its TOML header"),
    "unknown_event_kind": Broken(ALERT, '"logged_in"', '"loged_in"', "`loged_in` is no kind of event", "on"),
    "nothing_wakes_it": Broken(ALERT, 'on = ["process"', "on = []\n# [", "`on` is empty", "on"),
    "empty_key": Broken(ALERT, 'key = ["user", "binary"]', "key = []", "`key` is empty", "key"),
    "no_technique": Broken(ALERT, '"T1078"', '"1078"', "`1078` is no ATT&CK technique", "attack"),
    "two_sentences": Broken(ALERT, "for 90 days.", "for 90 days. So there.", "more than one sentence", "description"),
    "after_of_nothing": Broken(
        COMPOSITE, '"alerts/new_child_process"', '"alerts/new_child"', "`alerts/new_child` is no alert"
    ),
    "after_itself": Broken(
        COMPOSITE,
        '"alerts/new_child_process"',
        '"composites/potentially_compromised_host"',
        "comes after itself",
        "after",
    ),
    "list_that_is_none": Broken(
        COMPOSITE, "known_benign.toml", "known_bening.toml", "queries/lists/known_bening.toml: No such"
    ),
    "label_leads_nowhere": Broken(
        PROCESS, 'EXECUTED = {to = ["Binary"]', 'EXECUTED = {to = ["Binry"]', "leads to Binry", "EXECUTED"
    ),
    "key_not_declared": Broken(
        PROCESS, 'key = ["host", "sensor"', 'key = ["host", "sensr"', "`sensr` is used and not declared"
    ),
    "index_not_declared": Broken(PROCESS, '["host", "pid"]', '["host", "pidd"]', "`pidd` is indexed and not declared"),
    "schema_is_no_toml": Broken(PROCESS, 'show = "command"', "show = command", "Invalid value", "show"),
    "unknown_type": Broken(PROCESS, 'pid = {type = "integer"', 'pid = {type = "int"', "Invalid enum value 'int'"),
    "case_is_no_toml": Broken(CASE, "window = [", "window = [[", "Unclosed array"),
    "case_with_unknown_event": Broken(CASE, "pid = 9, binary", "pdi = 9, binary", "unknown field `pdi`"),
    "case_drops_what_is_not_there": Broken(CASE, "drop = [1]", "drop = [17]", "`drop` names event 17"),
    "case_without_reason": Broken(CASE, 'because = "the user is new"', 'because = ""', "has no reason"),
    "case_changes_nothing": Broken(
        CASE, 'because = "the user is new"\ndrop = [0]', 'because = "x"', "nothing is changed (x)"
    ),
    "case_without_quiet": Broken(
        CASE, "[[quiet]]", "[[loud]]\nfires = [{user = 'ann@web-1'}]", "there is no [[quiet]]"
    ),
    "page_is_stale": Broken(
        ALERT, 'severity = "low"', 'severity = "high"', "run `polygraph docs`", elsewhere="queries/README.md"
    ),
    "unfinished": Broken(ALERT, 'why = "', f'why = "{UNFINISHED} ', "unfinished: why", "why"),
}

ONLINE = {
    "syntax": Broken(ALERT, "\nMATCH (user:User)", "\nMTCH (user:User)", "Invalid input 'MTCH'", "MTCH"),
    "unknown_label": Broken(ALERT, "(user:User)", "(user:Usr)", "The label `Usr` does not exist", "MATCH (user"),
    "unknown_type": Broken(
        ALERT,
        "MATCH (process:Process {id: uses.novel_by})-[:RAN_ON]",
        "MATCH (process:Process {id: uses.novel_by})-[:RAN_AT]",
        "The relationship type `RAN_AT` does not exist",
        "MATCH (process",
    ),
    "unknown_property": Broken(
        ALERT, "uses.novel_by", "uses.novel_buy", "The property `novel_buy` does not exist", "MATCH (process"
    ),
    "undefined_variable": Broken(ALERT, "RETURN user,", "RETURN usr,", "Variable `usr` not defined", "RETURN"),
    "undeclared_parameter": Broken(
        ALERT, "+ $learning", "+ $lerning + $learning", "parameter `lerning` is not declared", "uses.novel_since < user"
    ),
    "parameter_not_used": Broken(ALERT, "+ $learning", "+ 7", "parameter `learning` is not used", "params.learning"),
    "key_not_returned": Broken(ALERT, "RETURN user, binary,", "RETURN user,", "column `binary` is not returned"),
    "message_not_returned": Broken(
        ALERT, "for the first time, on {host}.", "on {hots}.", "column `hots` is not returned: `message`"
    ),
    "question_not_returned": Broken(
        ALERT, 'of = "process"', 'of = "session"', "column `session` is not returned: `investigate`"
    ),
    "no_moment": Broken(ALERT, "uses.novel_since AS at", "uses.novel_since AS when", "column `at` is not returned"),
    "writes": Broken(ALERT, "\nRETURN user", "\nSET user.account = 'x'\nRETURN user", "it writes, and may only read"),
    "index_that_is_none": Broken(ALERT, "uses:USES(novel_since)", "uses:USES(novel_by)", "USES"),
    "step_lacks_a_column": Broken(COMPOSITE, "AS score", "AS skore", "column `score` is not returned: every step"),
    "composite_message": Broken(
        COMPOSITE, "weight {score}.", "weight {weight}.", "`weight` is none of host, pieces, score", "message"
    ),
    "case_names_no_column": Broken(
        CASE, 'fires = [{user = "ann@web-1", binary', 'fires = [{usr = "ann@web-1", binary', "`usr` is no column"
    ),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of all that `check` reads."""
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def few(root: Path) -> Path:
    """Of them one alert and a composite over it: to judge every query takes the database its time."""
    for path in [*root.glob("queries/views/*"), *root.glob("queries/engine/*"), *root.glob("queries/pivots/*")]:
        path.unlink()
    for folder in ("queries/alerts", "tests/cases/alerts"):
        for path in (root / folder).iterdir():
            if path.stem != Path(ALERT).stem:
                path.unlink()
    text = (root / COMPOSITE).read_text(encoding="utf-8")
    text = re.sub(r"^after = \[.*?^\]", f'after = ["alerts/{Path(ALERT).stem}"]', text, count=1, flags=re.M | re.S)
    (root / COMPOSITE).write_text(text, encoding="utf-8")
    docs.write(root)
    return root


def test_a_few_files_are_as_right_as_all(few: Path, database: Graph) -> None:
    assert [str(fault) for fault in faults(database, few)] == []


def test_our_own_files_are_right(database: Graph) -> None:
    assert [str(fault) for fault in faults(database)] == []


def test_our_own_files_are_right_offline() -> None:
    assert [str(fault) for fault in faults(None)] == []


@pytest.mark.parametrize("broken", [pytest.param(one, id=name) for name, one in OFFLINE.items()])
def test_a_fault_in_the_files_is_found(broken: Broken, root: Path) -> None:
    _is_found(broken, root, None)


@pytest.mark.parametrize("broken", [pytest.param(one, id=name) for name, one in ONLINE.items()])
def test_a_fault_that_the_database_knows_is_found(broken: Broken, few: Path, database: Graph) -> None:
    _is_found(broken, few, database)


def test_all_faults_are_found_at_once(root: Path) -> None:
    for broken in (OFFLINE["severity_is_none"], OFFLINE["after_of_nothing"], OFFLINE["unknown_type"]):
        _break(broken, root)
    (root / CASE).unlink()
    files = {fault.file for fault in faults(None, root)}
    assert {ALERT, COMPOSITE, PROCESS} <= files


def test_an_alert_without_a_case_is_a_fault(root: Path) -> None:
    (root / CASE).unlink()
    assert [str(fault) for fault in faults(None, root)] == [
        f"{CASE}:1: a case file is missing: No such file or directory"
    ]


def test_a_case_without_an_alert_is_a_fault(root: Path) -> None:
    (root / "tests/cases/alerts/no_such.toml").write_text("")
    found = [str(fault) for fault in faults(None, root)]
    assert found == ["tests/cases/alerts/no_such.toml:1: there is no queries/alerts/no_such.cypher"]


@pytest.mark.parametrize("kind", ["alert", "composite", "pivot"])
def test_what_new_writes_is_only_unfinished(kind: str, few: Path, database: Graph) -> None:
    written = {path.relative_to(few).as_posix() for path in scaffold(kind, "odd_thing", few)}
    if kind == "composite":
        _break(
            Broken("queries/composites/odd_thing.cypher", "alerts/new_application", f"alerts/{Path(ALERT).stem}", ""),
            few,
        )
    docs.write(few)
    found = faults(database, few)
    assert {fault.file for fault in found} == written
    assert [str(fault) for fault in found if not fault.what.startswith("unfinished: ")] == []


def _is_found(broken: Broken, root: Path, graph: Graph | None) -> None:
    _break(broken, root)
    found = faults(graph, root)
    assert len(found) == 1, [str(fault) for fault in found]
    assert broken.fault in found[0].what
    assert found[0].file == (broken.elsewhere or broken.file)
    if broken.line_of is not None:
        line = (root / found[0].file).read_text(encoding="utf-8").splitlines()[found[0].line - 1]
        assert line.strip().startswith(broken.line_of), f"line {found[0].line} is {line!r}"


def _break(broken: Broken, root: Path) -> None:
    path = root / broken.file
    text = path.read_text(encoding="utf-8")
    assert broken.old in text, f"{broken.file} has changed: {broken.old!r} is not in it"
    path.write_text(text.replace(broken.old, broken.new), encoding="utf-8")
