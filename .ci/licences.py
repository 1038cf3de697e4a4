"""Refuse a package that a user would get under a licence that is not in licences.txt.

What pip-licenses reads is split into the licences that it names; each has to be allowed, for an
"and" binds to both and an "or" is a choice that nobody has made here.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from closure import closure
from packaging.utils import canonicalize_name

ALLOWED = frozenset(
    line
    for line in Path(__file__).with_name("licences.txt").read_text("ascii").splitlines()
    if not line.startswith("#")
)
# Some packages give the text where the name belongs; these are the words that it is known by.
TEXTS = {
    "Permission is hereby granted, free of charge": "MIT License",
    "Redistribution and use in source and binary forms": "BSD License",
}


def licences(said: str) -> set[str]:
    """The names of the licences in what a package says."""
    for words, name in TEXTS.items():
        if words in said:
            return {name}
    parts = [part.strip() for part in re.split(r";| AND | OR ", said)]
    return {part if part in ALLOWED else part.strip("() ") for part in parts if part}


def refused(packages: Iterable[str], said: Mapping[str, str]) -> list[str]:
    """What is wrong with these packages.

    Args:
        packages: Their names.
        said: What each of the installed ones says of its licence, by its name.
    """
    found = []
    for name in sorted(packages):
        if name not in said:
            found.append(f"{name} is not installed, so its licence is not known")
        elif others := (licences(said[name]) or {"no licence at all"}) - ALLOWED:
            found.append(f"{name} is under {', '.join(sorted(others))}")
    return found


def main() -> int:
    """Check every package that comes with the project and its extras.

    Returns:
        How many are refused.
    """
    told = subprocess.run(
        [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json", "--with-system"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    said: dict[str, str] = {
        canonicalize_name(entry["Name"]): entry["License"] for entry in json.loads(told)
    }
    packages = closure()
    problems = refused(packages, said)
    print(*problems, f"{len(packages)} packages, {len(problems)} refused", sep="\n")
    return len(problems)


if __name__ == "__main__":
    sys.exit(main())
