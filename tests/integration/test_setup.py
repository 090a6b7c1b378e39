"""What surrounds the program promises: a machine that lacks something is told what, and nothing is open by default."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def test_a_machine_without_a_usable_python_is_told_what_to_install(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements-dev.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    done = subprocess.run(["make", "demo", "PYTHON=false"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stderr.startswith("CPython 3.11 or 3.12 with venv and ensurepip is needed: install it")
    assert not (tmp_path / ".venv").exists()


def test_compose_has_no_default_password_and_publishes_on_loopback_only() -> None:
    text = (ROOT / "docker" / "compose.yaml").read_text()
    services: dict[str, Any] = yaml.safe_load(text)["services"]
    assert set(services) == {"neo4j", "redis", "api", "worker"}
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert re.findall(r"\$\{[A-Z0-9_]+PASSWORD(?!:\?)[^}]*\}", text) == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "app/local/neo4j.lock"])
def test_a_lock_names_no_address(name: str) -> None:
    assert "://" not in (ROOT / name).read_text()
