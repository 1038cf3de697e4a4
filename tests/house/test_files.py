"""What no file of the repository may contain."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
INDEX_HOST = re.compile(r"\bpy(?:pi\.org|thonhosted\.org)|\bnpmjs[.]")
MACHINE_PATH = re.compile(r"(?<![\w.:/)}])/(?:work|root|opt|home/\w+|Users/\w+)/[\w.]")
KEY = re.compile(r"\b[sp]k_[A-Za-z0-9]{20,}\b")
PRINTED_KEY = re.compile(r"\b[sp]k_\w{8,}|Bearer [\w-]{8,}")
BARE_EXCEPTION = re.compile(r"#\s*(?:type:\s*ignore(?!\[)|(?:ruff:\s*)?noqa(?!: [A-Z]+\d))")
LINT_EXCEPTION = re.compile(r'^    "[A-Z]+\d*",(?! +# \S)', re.MULTILINE)


def files() -> list[Path]:
    """Every text file that is tracked, or will be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - found in PATH
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [path for name in listed.splitlines() if (path := ROOT / name).is_file()]


def lines_that(pattern: re.Pattern[str], suffix: str = "") -> list[str]:
    found = []
    for path in files():
        if not path.name.endswith(suffix):
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number} {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), 1)
            if pattern.search(line)
        ]
    return found


def test_no_package_index_is_named() -> None:
    """Package indexes are settings of a machine, not of the repository."""
    assert lines_that(INDEX_HOST) == []


def test_no_path_of_a_machine_is_named() -> None:
    """No file depends on a folder of one machine."""
    assert lines_that(MACHINE_PATH) == []


def test_no_file_holds_a_key() -> None:
    """Nothing that looks like a real key is kept, and notebooks print none at all."""
    assert lines_that(KEY) == []
    assert lines_that(PRINTED_KEY, ".ipynb") == []


def test_an_exception_names_its_rule() -> None:
    """A comment that switches a check off names the rule."""
    assert lines_that(BARE_EXCEPTION, ".py") == []


def test_a_lint_exception_has_a_reason() -> None:
    """Each rule that is off for a whole folder says why, on its line of the project file."""
    ignored = (ROOT / "pyproject.toml").read_text().split("[tool.ruff.lint]")[1]

    assert LINT_EXCEPTION.findall(ignored.split("[tool.ruff.lint.pydocstyle]")[0]) == []
