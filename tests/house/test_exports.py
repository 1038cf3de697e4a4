"""What the packages export: typed, named, described, and the same in both adapters."""

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PUBLIC = ("langchain_pollinations", "llama_index_pollinations", "pollinations_sandbox")
PACKAGES = ("_pollinations", *PUBLIC)
ADAPTERS = ("langchain_pollinations", "llama_index_pollinations")
# Files that both adapters have; each has others beside these.
SHARED_FILES = {
    "connection.py",
    "embeddings.py",
    "errors.py",
    "from_wire.py",
    "gateway.py",
    "limits.py",
    "media_tools.py",
    "to_wire.py",
    "tools.py",
}
SHARED_FUNCTIONS = {
    "from_wire.py": {"from_delta", "from_reply", "from_usage", "metadata"},
    "to_wire.py": {"to_wire"},
}

GUESSES = [
    ("llama_index_pollinations", "PollinationsLLM", "Pollinations"),
    ("llama_index_pollinations", "PollinationsEmbeddings", "PollinationsEmbedding"),
    ("llama_index_pollinations", "PollinationsMultiModal", "Pollinations"),
    ("langchain_pollinations", "Pollinations", "ChatPollinations"),
]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def trees(folder: str, pattern: str = "*.py") -> list[tuple[str, ast.Module]]:
    found = sorted((ROOT / folder).rglob(pattern))
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text())) for path in found]


def public(body: list[ast.stmt]) -> list[Function | ast.ClassDef]:
    """The public functions and classes of a module or a class."""
    return [
        node
        for node in body
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_")
    ]


def overload(node: Function | ast.ClassDef) -> bool:
    return any(
        isinstance(mark, ast.Name) and mark.id in {"overload", "override"}
        for mark in node.decorator_list
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_types_are_published(package: str) -> None:
    """Each package carries the marker that lets type checkers read it."""
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize(("package", "guess", "name"), GUESSES)
def test_a_guessed_name_is_answered_with_the_right_one(package: str, guess: str, name: str) -> None:
    """Also by an import statement, which shows nothing of an AttributeError."""
    with pytest.raises(ImportError, match=f"{guess!r}; did you mean {name!r}"):
        exec(f"from {package} import {guess}")  # noqa: S102 - the statement is what is tested


@pytest.mark.parametrize("package", PUBLIC)
def test_all_is_what_can_be_imported(package: str) -> None:
    """Every name of `__all__` is there, and no other public name hides beside them."""
    module = importlib.import_module(package)
    names = getattr(module, "__all__", [])

    assert [name for name in names if not hasattr(module, name)] == []
    assert len(names) == len(set(names))

    ours = (package, "_pollinations")
    beside = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and getattr(value, "__module__", "").partition(".")[0] in ours
    }

    assert beside <= set(names)


@pytest.mark.parametrize("package", PACKAGES)
def test_everything_public_is_described(package: str) -> None:
    """Each module, public class, method and function says what it is for."""
    silent = []
    for name, tree in trees(package):
        if not ast.get_docstring(tree):
            silent.append(name)
        for node in public(tree.body):
            inner = public(node.body) if isinstance(node, ast.ClassDef) else []
            silent += [
                f"{name}:{item.lineno} {item.name}"
                for item in (node, *inner)
                if not ast.get_docstring(item) and not overload(item)
            ]

    assert silent == []


def test_every_test_states_a_fact() -> None:
    """Each test has a docstring that says what holds."""
    silent = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in trees("tests", "test_*.py")
        for node in ast.walk(tree)
        if isinstance(node, Function)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]

    assert silent == []


def test_adapters_have_the_same_files() -> None:
    """A reader of one adapter finds the same things in the other."""
    one, other = (
        {path.name for path in (ROOT / adapter).glob("*.py")} & SHARED_FILES for adapter in ADAPTERS
    )

    assert one == other


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("file", SHARED_FUNCTIONS)
def test_messages_are_converted_by_the_same_functions(adapter: str, file: str) -> None:
    """One file for each direction, with the same functions in both adapters."""
    (tree,) = (tree for _, tree in trees(adapter, file))

    assert {node.name for node in public(tree.body)} >= SHARED_FUNCTIONS[file]
