"""Names in the code use the ordinary words of the field; the old ones do not come back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "_pollinations",
    "langchain_pollinations",
    "llama_index_pollinations",
    "pollinations_sandbox",
)
PLAIN = {
    "ask": "send",
    "asking": "request",
    "draft": "reader",
    "film": "video",
    "gate": "limiter",
    "health": "circuit_breaker",
    "lift": "move",
    "tell": "report",
    "vain": "failed",
    "who": "caller",
    "wish": "requirement",
    "wishes": "requirements",
}
"""Old words and what to write for them."""

WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def names_of(path: Path) -> Iterator[tuple[int, str]]:
    """The names that a module brings: its own, functions, classes, parameters and attributes."""
    yield 1, path.stem
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, name


def test_names_use_the_words_of_the_field() -> None:
    """Functions, classes, parameters, attributes, variables and modules."""
    old = [
        f"{path.relative_to(ROOT)}:{line} {name}: write {PLAIN[word.lower()]!r}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for line, name in names_of(path)
        for word in WORD.findall(name)
        if word.lower() in PLAIN
    ]

    assert old == []
