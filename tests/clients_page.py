"""Writes the table of the page about real clients: `python tests/clients_page.py`."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability" / "clients.md"
TESTS = ROOT / "tests" / "clients"
PINS = ROOT / "pins" / "clients.txt"
HEAD = "| Package | Version | What the tests show |\n|---|---|---|\n"


def packages() -> dict[str, list[str]]:
    """The packages that have a file of tests, and the first line of each test."""
    return {
        file.stem.removeprefix("test_").replace("_", "-"): _first_lines(file)
        for file in sorted(TESTS.glob("test_*.py"))
        if file.stem != "test_guard"
    }


def page() -> str:
    """The page with its table written anew."""
    lines = PINS.read_text("utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    rows = [
        f"| {name} | {pinned[name]} | {'<br>'.join(shown)} |\n"
        for name, shown in packages().items()
    ]
    before, _, rest = PAGE.read_text("utf-8").partition(HEAD)
    return before + HEAD + "".join(rows) + "\n" + rest.partition("\n\n")[2]


def _first_lines(file: Path) -> list[str]:
    tests = [
        node
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]
    return [(ast.get_docstring(test) or test.name).partition("\n")[0] for test in tests]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
