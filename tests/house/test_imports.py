"""Which module may import which: the layers of the packages, read from the source.

Which files of the core may wait, or read a clock or the environment: the rule TID251 of ruff.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What each package may import beside itself and the standard library.
ALLOWED = {
    "_pollinations": {"pydantic", "pydantic_core", "typing_extensions"},
    "langchain_pollinations": {"_pollinations", "langchain_core", "pydantic", "pydantic_core"},
    "llama_index_pollinations": {"_pollinations", "llama_index", "pydantic", "pydantic_core"},
    "pollinations_sandbox": {
        *("PIL", "httpx", "jsonschema", "pydantic"),
        *("referencing", "rstr", "starlette", "uvicorn"),
    },
}
# What some files may import besides, by the beginning of their paths.
TRANSPORT = {"aiohttp", "certifi", "httpx", "urllib3", "yarl"}
MORE = {
    **{
        f"_pollinations/http/{name}": TRANSPORT
        for name in ("answer", "client", "exchange", "many", "pools", "progress", "transports")
    },
    "_pollinations/http/json.py": {"orjson"},  # used where langchain-core has brought it
    "_pollinations/limits/storage_redis.py": {"redis"},
    "pollinations_sandbox/pytest_plugin.py": {"pytest"},
}
# The wings of `_pollinations`: a file uses its own wing and those above it.
WINGS = (
    *("lazy_imports", "signatures", "http", "limits", "chat", "models", "media"),
    *("text", "embeddings", "account", "files"),
    *("fields", "connection", "chat_calls", "embedding_calls", "gateway"),
)


def imports(package: str) -> Iterator[tuple[str, str]]:
    """Each file of a package, and the full name of each thing that it imports anywhere."""
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            yield from ((path.relative_to(ROOT).as_posix(), name) for name in names)


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_its_own_kind(package: str) -> None:
    """Each package imports itself, the standard library and the few names of its list."""
    everywhere = {package, *sys.stdlib_module_names, *ALLOWED[package]}
    strangers = [
        (file, name)
        for file, name in imports(package)
        if (top := name.partition(".")[0]) not in everywhere
        if not any(file.startswith(start) and top in more for start, more in MORE.items())
    ]

    assert strangers == []


def test_each_wing_uses_only_those_above_it() -> None:
    """No file imports against the order of the wings."""
    places = {wing: place for place, wing in enumerate(WINGS)}
    for path in sorted((ROOT / "_pollinations").glob("[a-z]*")):
        known = path.stem in places or path.name == "py.typed"
        assert known, f"_pollinations/{path.name}: add {path.stem!r} to WINGS in this file"

    against = [
        (file, name)
        for file, name in imports("_pollinations")
        if name.startswith("_pollinations.") and name != "_pollinations.__version__"
        if places[name.split(".")[1]] > places[file.split("/")[1].removesuffix(".py")]
    ]

    assert against == []
