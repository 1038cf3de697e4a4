"""The project file's bounds and the versions that are tested."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(file: str) -> dict[str, Version]:
    text = (ROOT / "pins" / file).read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {
        canonicalize_name(name): Version(version)
        for name, version in (line.split("==") for line in lines)
    }


def runtime() -> list[Requirement]:
    project = PROJECT["project"]
    groups = (project["dependencies"], *project["optional-dependencies"].values())
    return [Requirement(text) for group in groups for text in group if "[" not in text]


def tools() -> list[Requirement]:
    groups = PROJECT["dependency-groups"].items()
    return [
        Requirement(text)
        for name, group in groups
        for text in group
        if isinstance(text, str) and name != "clients"
    ]


def clients() -> list[Requirement]:
    group = PROJECT["dependency-groups"]["clients"]
    return [Requirement(text) for text in group if isinstance(text, str)]


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


@pytest.mark.parametrize(
    ("file", "required"),
    [
        ("constraints.txt", [*runtime(), *tools()]),
        ("clients.txt", [*runtime(), *clients()]),
    ],
)
def test_an_environment_keeps_the_bounds(file: str, required: list[Requirement]) -> None:
    """Every requirement, ours, the tools' and the clients', is pinned within its bounds."""
    pinned = pins(file)
    outside = [r for r in required if not r.specifier.contains(pinned[canonicalize_name(r.name)])]

    assert outside == []


def test_clients_run_on_the_versions_that_everything_else_is_tested_on() -> None:
    """What the project file names stands in clients.txt as in constraints.txt, if in both."""
    newest, tested = pins("constraints.txt"), pins("clients.txt")
    named = {canonicalize_name(requirement.name) for requirement in (*runtime(), *tools())}

    assert {name: tested[name] for name in named & tested.keys()} == {
        name: newest[name] for name in named & tested.keys()
    }


def test_every_requirement_has_both_bounds() -> None:
    """No requirement waits to be broken by a next major version."""
    open_ended = [
        str(requirement)
        for requirement in (*runtime(), *tools(), *clients())
        if {bound.operator for bound in requirement.specifier} != {">=", "<"}
    ]

    assert open_ended == []


def test_every_package_is_tested_at_both_ends() -> None:
    """Each lane installs by its own pins, and two of them run the tests of each package."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    floors = re.search(r"^FLOOR_TESTS = .*$", makefile, re.MULTILINE)
    packages = PROJECT["tool"]["mypy"]["packages"]

    assert floors
    assert set(re.findall(r"tests/(\w+)", floors[0])) >= set(packages)
    assert "$(PYTHONS),-c pins/constraints.txt -e '.[all]' --group dev)" in makefile
    assert "$(PYTHONS),-c pins/floors.txt -e '.[all]' --group test)" in makefile
    assert "$(PYTHONS),-c pins/clients.txt -e '.[all]' --group clients)" in makefile
    assert {"bare make floors", "bare make clients", "bare make test"} <= set(
        (ROOT / ".ci/run").read_text("utf-8").splitlines()
    )


def test_the_hosted_checks_run_on_each_promised_python() -> None:
    """The workflow runs `.ci/run` on the Pythons of the classifiers, and on no other."""
    workflow = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    matrix = re.search(r"^ +python: \[(.*)\]$", workflow, re.MULTILINE)
    promised = [
        version[1]
        for text in PROJECT["project"]["classifiers"]
        if (version := re.search(r":: (3\.\d+)$", text))
    ]

    assert matrix
    assert re.findall(r'"([\d.]+)"', matrix[1]) == promised
    assert "- run: .ci/run" in workflow
