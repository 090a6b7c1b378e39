"""The bench commands run and say what they promise to; never how fast."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.bench.latency import percentile
from app.bench.memory import quarter


def bench(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "bench", *arguments, "--json"],
        env={name: value for name, value in os.environ.items() if not name.startswith("POLYGRAPH_")},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["settings"]["profile"] == "bench"
    assert "-XX:+UseG1GC" in found["settings"]["java"]
    return found


def test_ingest_tells_rates_and_ratios_and_checks_that_the_graphs_are_equal() -> None:
    found = bench("ingest", "--events", "300", "--rounds", "1")

    assert found["events"] == 300
    assert found["events_per_second"] > 0
    assert set(found["references"]) == set(found["ratios"]) == {"naive", "hand_written"}
    assert [set(one) for one in found["rounds"]] == [{"pipeline", "naive", "hand_written"}]
    assert found["graph"]["Process"] > 0
    assert found["graph"]["Host RUNS Binary"] > 0


@pytest.mark.parametrize(("hundredths", "expected"), [(50, 2.0), (95, 4.0), (100, 4.0), (1, 1.0)])
def test_a_percentile_is_a_value_that_was_measured(hundredths: int, expected: float) -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], hundredths) == expected


def test_a_quarter_is_the_middle_of_its_own_samples() -> None:
    samples = [1.0, 1.0, 5.0, 7.0, 2.0, 2.0, 9.0, 9.0]
    assert (quarter(samples, 1), quarter(samples, 3)) == (6.0, 9.0)
