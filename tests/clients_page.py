"""Writes the page about real clients from their tests: `python tests/clients_page.py`."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability" / "clients.md"
TESTS = ROOT / "tests" / "clients"
PINS = ROOT / "pins" / "clients.txt"
GUARD = "guard"
_BEGIN = """\
# Packages that were tried

<!-- Written by tests/clients_page.py from tests/clients and pins/clients.txt; a test checks it. -->

People put other packages on top of LangChain and LlamaIndex. `make clients` installs the ones below
beside this package and runs each on the sandbox with scripted replies. Each test looks at what the
package did: a file that it wrote, a tool that it called, a score, a span. A guard refuses every
address outside the machine, and a test fails when a package tries one.

| Package | Version | What the tests show |
|---|---|---|
"""
_END = """
Known limits of other packages:

- ragas 0.4.3 needs langchain-community below 0.4.2.
- llama-index-tools-mcp 0.5 needs mcp 2, langchain-mcp-adapters 0.3 needs mcp 1; they cannot be in
  one environment.
- langgraph-reflection, langgraph-bigtool, langgraph-codeact, llama-index-llms-langchain and
  llama-index-program-openai do not work with today's langchain-core and llama-index-core.
"""


def packages() -> dict[str, list[str]]:
    """The packages that have a file of tests, and the first line of each test."""
    files = sorted(TESTS.glob("test_*.py"))
    names = [file.stem.removeprefix("test_").replace("_", "-") for file in files]
    return {
        name: _first_lines(file) for name, file in zip(names, files, strict=True) if name != GUARD
    }


def versions() -> dict[str, str]:
    """The versions that are pinned for them."""
    lines = PINS.read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def page() -> str:
    """The whole page as Markdown."""
    pinned = versions()
    rows = [
        f"| {name} | {pinned[name]} | {'<br>'.join(shown)} |\n"
        for name, shown in packages().items()
    ]
    return _BEGIN + "".join(rows) + _END


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
