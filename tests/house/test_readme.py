"""README is short, and names what exists; its code runs in tests/docs/test_pages.py."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_it_fits_one_scroll() -> None:
    """README is short enough to read in one scroll."""
    assert len(README.splitlines()) <= 115


def test_the_first_screen_has_a_program_a_key_and_a_way_without() -> None:
    """What somebody wants to do, where a key comes from, and the sandbox stand at the beginning."""
    screen = "\n".join(README.splitlines()[:25])

    assert screen.index('model="openai"') < screen.index("https://enter.pollinations.ai")
    assert "make demo" in screen


def test_its_links_lead_somewhere() -> None:
    """Each link and image into the repository names a file or folder of it."""
    links = re.findall(r"\]\((?!https://)([^)]*)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_its_commands_exist() -> None:
    """Each make target that README names is one of the Makefile's."""
    targets = (ROOT / "Makefile").read_text("utf-8")

    named = set(re.findall(r"make (\w+)", README))

    assert named >= {"demo", "test"}
    for target in named:
        assert re.search(rf"^{target}:", targets, re.MULTILINE), target
