"""The README is true where a machine can tell."""

import re
from pathlib import Path

import pytest

from app import sources
from app.config import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_readme(name: str) -> None:
    field = Settings.model_fields[name]
    (line,) = (line for line in README.splitlines() if line.startswith(f"| `{PREFIX}{name.upper()}` |"))
    assert field.description in line
    if field.default not in (None, ()):
        assert f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`" in line


def test_no_setting_in_the_readme_is_unknown() -> None:
    named = set(re.findall(rf"`{PREFIX}([A-Z0-9_]+)`", README))
    assert {name.lower() for name in named} <= set(Settings.model_fields)


@pytest.mark.parametrize("name", sources.names())
def test_every_source_is_in_the_readme(name: str) -> None:
    assert f"| `{name}` |" in README


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()
