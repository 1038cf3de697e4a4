"""The two ends of what is supported: the project file's bounds and the versions that are tested."""

import re
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(file: str) -> dict[str, Version]:
    lines = [line for line in (ROOT / file).read_text().splitlines() if not line.startswith("#")]
    return {
        canonicalize_name(name): Version(version)
        for name, version in (line.split("==") for line in lines)
    }


def runtime() -> list[Requirement]:
    project = PROJECT["project"]
    groups = (project["dependencies"], *project["optional-dependencies"].values())
    return [Requirement(text) for group in groups for text in group if "[" not in text]


def tools() -> list[Requirement]:
    groups = PROJECT["dependency-groups"].values()
    return [Requirement(text) for group in groups for text in group if isinstance(text, str)]


def test_the_floor_lane_runs_on_the_lower_bounds() -> None:
    """`make floors` tests the very versions that the project file promises."""
    promised = {
        requirement.name: Version(bound.version)
        for requirement in runtime()
        for bound in requirement.specifier
        if bound.operator == ">="
    }
    tested = pins("floors.txt")

    assert promised == {name: tested[name] for name in promised}


def test_the_development_environment_keeps_the_bounds() -> None:
    """Every requirement, ours and the tools', is pinned within its bounds."""
    pinned = pins("constraints.txt")
    outside = [
        r
        for r in (*runtime(), *tools())
        if not r.specifier.contains(pinned[canonicalize_name(r.name)])
    ]

    assert outside == []


def test_every_requirement_has_both_bounds() -> None:
    """No requirement waits to be broken by a next major version."""
    open_ended = [
        str(requirement)
        for requirement in (*runtime(), *tools())
        if {bound.operator for bound in requirement.specifier} != {">=", "<"}
    ]

    assert open_ended == []


def test_every_package_is_tested_at_both_ends() -> None:
    """`make floors` and `make test` install by their own pins and run each package's tests."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    floors = re.search(r"^FLOOR_TESTS = .*$", makefile, re.MULTILINE)
    packages = PROJECT["tool"]["mypy"]["packages"]

    assert floors
    assert set(re.findall(r"tests/(\w+)", floors[0])) >= set(packages)
    assert "$(PYTHONS),-c constraints.txt -e '.[all]' --group dev)" in makefile
    assert "$(PYTHONS),-c floors.txt -e '.[all]' --group test)" in makefile
    assert {"bare make floors", "bare make test"} <= set(
        (ROOT / ".ci/run").read_text("utf-8").splitlines()
    )
