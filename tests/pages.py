"""The fenced blocks of README and of the pages of docs/."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)(?: +title=\"(?P<title>[^\"]*)\")?\s*$")
_TAB = re.compile(r'^(?P<indent> *)=== "(?P<label>[^"]+)"\s*$')
_NOT_RUN = re.compile(r"^ *<!-- not run: (?P<reason>\S.*\S) -->$")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes:
        language: The word behind the fence.
        title: Its title.
        tab: The label of the tab that it stands in, if any.
        line: The number of the fence's line.
        code: What stands in it, without the tab's indentation.
        not_run: Why it is not run, if the page says so.
    """

    language: str
    title: str
    tab: str
    line: int
    code: str
    not_run: str


def blocks_of(page: Path) -> Iterator[Block]:
    """Read the fenced blocks of a page."""
    tab, tab_indent, not_run = "", 0, ""
    lines = enumerate(page.read_text("utf-8").splitlines(), start=1)
    for number, line in lines:
        if line.strip() and len(line) - len(line.lstrip()) <= tab_indent:
            tab, tab_indent = "", -1
        found = _TAB.match(line)
        if found:
            tab, tab_indent = found["label"], len(found["indent"])
        fence = _FENCE.match(line)
        if fence:
            indent, code_lines = len(fence["indent"]), []
            for _, inner in lines:
                if inner.strip() == "```" and len(inner) - len(inner.lstrip()) == indent:
                    break
                code_lines.append(inner[indent:])
            code = "\n".join(code_lines) + "\n"
            yield Block(fence["language"], fence["title"] or "", tab, number, code, not_run)
        if line.strip():
            reason = _NOT_RUN.match(line)
            not_run = reason["reason"] if reason else ""
