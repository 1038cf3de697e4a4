"""What both adapters have alike, and what a test says of itself."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest
from own_process import python

ROOT = Path(__file__).parents[2]
ADAPTERS = ("langchain_pollinations", "llama_index_pollinations")
# What both adapters have; each has other files and functions beside these.
SHARED: dict[str, set[str]] = {
    "connection.py": set(),
    "embeddings.py": set(),
    "errors.py": set(),
    "from_wire.py": {"from_delta", "from_reply", "from_usage", "metadata"},
    "gateway.py": set(),
    "limits.py": set(),
    "media_tools.py": set(),
    "to_wire.py": {"to_wire"},
    "tools.py": set(),
}
GUESSES = [
    ("llama_index_pollinations", "PollinationsLLM", "Pollinations"),
    ("llama_index_pollinations", "PollinationsEmbeddings", "PollinationsEmbedding"),
    ("llama_index_pollinations", "PollinationsMultiModal", "Pollinations"),
    ("langchain_pollinations", "Pollinations", "ChatPollinations"),
    ("langchain_pollinations", "PollinationsTTS", "PollinationsSpeechTool"),
    *((adapter, "file", f"import it from {adapter}.gateway") for adapter in ADAPTERS),
]


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions of a file, also those of classes and of functions."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("package", [*ADAPTERS, "pollinations_sandbox"])
def test_all_is_what_can_be_imported(package: str) -> None:
    """Every name of `__all__` is there, also those that are imported when they are used."""
    module = importlib.import_module(package)

    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_every_test_states_a_fact() -> None:
    """Each test has a docstring that says what holds."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in functions(path)
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]

    assert silent == []


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("file", SHARED)
def test_adapters_have_the_same_files_and_functions(adapter: str, file: str) -> None:
    """A reader of one adapter finds the same things in the other."""
    names = {node.name for node in functions(ROOT / adapter / file)}

    assert names >= SHARED[file]


@pytest.mark.parametrize(("package", "guess", "name"), GUESSES)
def test_a_guessed_name_is_answered_with_the_right_one(package: str, guess: str, name: str) -> None:
    """Also by an import statement, which shows nothing of an AttributeError."""
    with pytest.raises(ImportError, match=rf"has no {guess!r}; .*\b{name}\b"):
        exec(f"from {package} import {guess}")  # noqa: S102 - the statement is what is tested


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_the_gateway_is_an_attribute_of_each_adapter(adapter: str) -> None:
    """Also before it is imported; modules with the name of one of its functions can be imported."""
    program = f"import {adapter} as p; p.gateway.Catalog; from {adapter} import embeddings as e; "
    done = python("-c", f"{program} print('gateway' in dir(p), e.__name__)")

    assert done.stdout.split() == ["True", f"{adapter}.embeddings"], done.stderr


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("name", ["PollenBudget", "RateLimiter"])
def test_help_on_a_class_with_a_base_in_the_gateway_explains_all_arguments(
    adapter: str, name: str
) -> None:
    """In the words of the base."""
    module = importlib.import_module(adapter)
    own, base = (inspect.getdoc(getattr(home, name)) for home in (module, module.gateway))
    assert own is not None
    assert base is not None

    assert base.partition("Args:")[2].partition("Example:")[0] in own
