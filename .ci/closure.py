"""The packages that a user of the project gets with all extras, pinned as they are installed here.

Usage: python closure.py > requirements.txt
"""

import tomllib
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def wanted(texts: list[str], extras: set[str]) -> list[Requirement]:
    """The requirements that hold on this machine with these extras."""
    found = map(Requirement, texts)
    return [
        requirement
        for requirement in found
        if requirement.marker is None
        or any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    ]


def closure() -> set[str]:
    """The names of the project's dependencies, of its extras, and of all that these need."""
    groups = (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    waiting = [
        requirement
        for group in groups
        for requirement in wanted(group, set())
        if requirement.name != PROJECT["name"]
    ]
    known: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        step = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if step not in known:
            known.add(step)
            waiting += wanted(requires(requirement.name) or [], requirement.extras)
    return {name for name, _ in known}


if __name__ == "__main__":
    print(*(f"{name}=={version(name)}" for name in sorted(closure())), sep="\n")
