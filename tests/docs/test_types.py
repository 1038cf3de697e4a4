"""What users write passes their type checkers, without a plugin of pydantic's."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import PAGES, ROOT, blocks_of

PROGRAM = Path(__file__).with_name("typed_program.py")
_OURS = re.compile(r' (?:to|for) "(?:(?:Chat)?Pollinations\w*|PollenBudget|RateLimiter|Client)"')
pytestmark = pytest.mark.timeout(300)  # the first run reads all types of both frameworks


def code_of(page: Path) -> str:
    return "".join(block.code for block in blocks_of(page) if block.language == "python")


def mypy(*programs: Path) -> list[str]:
    """The errors that a user without our configuration sees."""
    cache = ROOT / ".mypy_cache" / "users"
    options = ("--strict", "--config-file=", f"--cache-dir={cache}")
    command = [sys.executable, "-m", "mypy", *options, *map(str, programs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S603 - our own words
    assert not done.stderr
    return [line for line in done.stdout.splitlines() if " error: " in line]


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    """The program that README shows in parts."""
    path = tmp_path / "readme.py"
    path.write_text(code_of(ROOT / "README.md"), "utf-8")
    return path


def test_strict_mypy_accepts_readme_and_every_constructor(readme: Path) -> None:
    """Keys and folders may be plain strings, and requirements plain dictionaries."""
    assert mypy(readme, PROGRAM) == []


@pytest.mark.skipif(not shutil.which("pyright"), reason="pyright downloads itself with npm")
def test_pyright_accepts_readme_and_every_constructor(readme: Path) -> None:
    """The checker of VS Code agrees."""
    command = ["pyright", "--pythonpath", sys.executable, str(readme), str(PROGRAM)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words

    assert done.returncode == 0, done.stdout


def test_what_the_pages_construct_is_typed(tmp_path: Path) -> None:
    """Options that pages show exist, with values of the right type; one shows a misspelling."""
    programs = []
    for number, page in enumerate(PAGES):
        programs.append(tmp_path / f"page_{number}.py")
        programs[-1].write_text(code_of(page), "utf-8")

    wrong = [line for line in mypy(*programs) if _OURS.search(line) and "**dict" not in line]

    assert [line for line in wrong if '"temprature"' not in line] == []
