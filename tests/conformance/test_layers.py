"""One way: a module imports only what stands upstream of it, and the drivers have one importer each."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from app.schema import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--config", ROOT / "pyproject.toml", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_contract_is_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_every_module_has_its_place() -> None:
    """`exhaustive` says so; a contract that is not exhaustive would say nothing of a new module."""
    [layers] = [one for one in CONTRACTS if one["type"] == "layers"]
    placed = {name.strip() for layer in layers["layers"] for name in layer.split("|")}
    there = {path.stem for path in (ROOT / "app").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert layers["exhaustive"] is True
    assert placed == there - {"__init__", "__pycache__"}


@pytest.mark.parametrize(
    "contract", [one for one in CONTRACTS if one["type"] == "protected"], ids=lambda one: one["name"]
)
def test_every_allowed_importer_is_still_needed(contract: dict[str, list[str]]) -> None:
    [driver] = contract["protected_modules"]
    for name in contract["allowed_importers"]:
        text = (ROOT / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8")
        assert f"import {driver}" in text or f"from {driver}" in text, name
