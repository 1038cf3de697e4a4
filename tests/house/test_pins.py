"""The project file's bounds and the versions that are tested."""

import re
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
RUNTIME = (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())


def requirements(*groups: list[Any]) -> list[Requirement]:
    """The requirements of groups, without those that name other groups."""
    texts = (text for group in groups for text in group if isinstance(text, str))
    return [Requirement(text) for text in texts if "[langchain," not in text]


def test_the_floor_lane_runs_on_the_lower_bounds() -> None:
    """`make floors` tests the very versions that the project file promises."""
    lines = (ROOT / "pins/floors.txt").read_text("utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    tested = {canonicalize_name(name): Version(version) for name, version in pinned.items()}
    promised = {
        requirement.name: Version(bound.version)
        for requirement in requirements(*RUNTIME)
        for bound in requirement.specifier
        if bound.operator == ">="
    }

    assert promised == {name: tested[name] for name in promised}


def test_every_requirement_has_both_bounds() -> None:
    """No requirement waits to be broken by a next major version."""
    groups = PYPROJECT["dependency-groups"].values()
    open_ended = [
        str(requirement)
        for requirement in requirements(*RUNTIME, *groups)
        if {bound.operator for bound in requirement.specifier} != {">=", "<"}
    ]

    assert open_ended == []


def test_the_hosted_checks_run_on_each_promised_python() -> None:
    """The workflow runs on the Pythons of the classifiers, and on no other."""
    workflow = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    matrix = re.findall(r"^ +python: \[(.*)\]$", workflow, re.MULTILINE)
    promised = re.findall(r":: (3\.\d+)$", "\n".join(PROJECT["classifiers"]), re.MULTILINE)

    assert matrix == [", ".join(f'"{version}"' for version in promised)]
