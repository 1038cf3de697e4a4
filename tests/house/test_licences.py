"""The licences that dependencies of this project may have."""

import importlib
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def licences(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`.ci/licences.py`."""
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    return importlib.import_module("licences")


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "Apache Software License; MIT License",
        "MPL-2.0 AND (Apache-2.0 OR MIT)",
        "Academic Free License (AFL); MIT License",
        "Copyright of somebody\n\nPermission is hereby granted, free of charge, to any person",
    ],
)
def test_a_licence_that_asks_for_a_notice_is_allowed(licences: ModuleType, licence: str) -> None:
    """Alone, among others, or as a text."""
    assert licences.refused(["a"], {"a": licence}) == []


@pytest.mark.parametrize(
    ("licence", "named"),
    [
        ("GPL-3.0-only", "GPL-3.0-only"),
        ("MIT AND GPL-3.0-only", "GPL-3.0-only"),
        ("MIT OR (AGPL-3.0-only AND ISC)", "AGPL-3.0-only"),
        ("GNU General Public License v3 (GPLv3); MIT License", "GNU General Public License v3"),
        ("UNKNOWN", "UNKNOWN"),
        ("", "no licence at all"),
    ],
)
def test_any_other_licence_is_refused_by_its_name(
    licences: ModuleType, licence: str, named: str
) -> None:
    """Even beside one that is allowed."""
    (problem,) = licences.refused(["a"], {"a": licence})

    assert problem.startswith(f"a is under {named}")


def test_what_is_not_installed_is_not_passed_over(licences: ModuleType) -> None:
    """A package without metadata is a problem, not a pass."""
    assert "not installed" in licences.refused(["a"], {})[0]


def test_every_dependency_of_the_project_is_looked_at(licences: ModuleType) -> None:
    """Those that the project file names are among them, and what they need; tools are not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    packages = licences.closure()

    assert {text.partition(">")[0] for text in project["dependencies"]} <= packages
    assert {"langchain-core", "llama-index-core", "starlette", "pillow"} <= packages
    assert {"langsmith", "nltk", "h11", "yarl"} <= packages
    assert not packages & {"pytest", "mypy", "ruff", "mkdocs", "pollinations-adapters"}
