"""README, CONTRIBUTING and SECURITY are short and name what exists.

The code in README runs in tests/docs/test_pages.py.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md")


@pytest.mark.parametrize(("page", "most"), [(PAGES[0], 115), (PAGES[1], 90), (PAGES[2], 20)])
def test_it_is_one_page(page: str, most: int) -> None:
    """Each is short enough to read in one scroll."""
    assert len((ROOT / page).read_text("utf-8").splitlines()) <= most


@pytest.mark.parametrize("page", PAGES)
def test_what_it_names_exists(page: str) -> None:
    """Each link into the repository, each path and each make target leads somewhere."""
    text = (ROOT / page).read_text("utf-8")
    paths = re.findall(r"\]\((?!https://)([^)#]*)", text)
    paths += re.findall(r"`([\w./-]+/[\w./-]+\.\w+|[\w-]+/)`", text)
    targets = re.findall(r"^make ([\w-]+)|`make ([\w-]+)`", text, re.MULTILINE)

    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [pair for pair in targets if f"\n{''.join(pair)}:" not in MAKEFILE] == []


def test_the_tree_of_contributing_is_the_tree() -> None:
    """Each folder and file of the tree is there, at its place."""
    blocks = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("```\n")
    tree = next(block for block in blocks if block.startswith("_pollinations/"))
    places, folder = [], ""
    for line in tree.splitlines():
        names = line.strip().partition("  ")[0].split()
        if not line.startswith(" "):
            folder, names = names[0], [""]
        places += [folder + name for name in names]

    assert [place for place in places if not (ROOT / place).exists()] == []
