"""`polygraph demo`, as a stranger runs it: every part its own process, the story asked of the API."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("home") / "stack"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POLYGRAPH_")}
    run = subprocess.run(
        [sys.executable, "-m", "app.cli", "demo", "--once", "--json"],
        env=environment | {"POLYGRAPH_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return dict(json.loads(run.stdout))


def test_the_demo_tells_the_five_facts(told: dict[str, Any]) -> None:
    words = [(one["rule"], one["message"]) for one in told["alerts"]]
    for rule, word in (
        ("new_application", "/usr/bin/zsh"),
        ("new_application", "/usr/local/bin/gs-netcat"),
        ("outbound_new_external_ip", "port 80"),
        ("outbound_new_domain", "l.gs.thc.org port 7350"),
        ("known_bad_file", "/usr/local/bin/gs-netcat"),
    ):
        assert [one for one in words if one[0] == rule and word in one[1]], (rule, word)


def test_the_demo_ends_in_one_composite(told: dict[str, Any]) -> None:
    (composite,) = told["composites"]
    assert composite["rule"] == "potentially_compromised_host"
    assert composite["host"]["hostname"] == told["host"]
    assert {one["id"] for one in composite["evidence"]} == {one["id"] for one in told["alerts"]}


def test_the_early_warning_comes_with_the_tool_and_before_the_composite(told: dict[str, Any]) -> None:
    order = [line["what"] for line in told["timeline"]]
    assert order.count("early warning") == order.count("composite") == 1
    assert order.index("early warning") < order.index("composite") == len(order) - 1
    warned = next(line["at"] for line in told["timeline"] if line["what"] == "early warning")
    (tool,) = (one for one in told["alerts"] if one["rule"] == "dual_use_tool")
    assert warned == tool["at"]


def test_nothing_of_the_demo_outlives_it(told: dict[str, Any]) -> None:
    assert told["seconds"]
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                line = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            assert b"app.cli\x00work\x00--with-parent" not in line or b"pytest" in line
