"""README is short, and names what exists; its code runs in tests/docs/test_pages.py."""

import re
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def test_it_fits_one_scroll() -> None:
    """README is short enough to read in one scroll."""
    assert len(README.splitlines()) < 170


def test_its_commands_exist() -> None:
    """Each make target that README names is one of the Makefile's."""
    targets = (Path(__file__).parents[2] / "Makefile").read_text("utf-8")

    named = set(re.findall(r"make (\w+)", README)) - {"no"}

    assert named >= {"demo", "test"}
    for target in named:
        assert re.search(rf"^{target}:", targets, re.MULTILINE), target
