"""Which module may import which: the layers of the packages, read from the source."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = (
    "_pollinations",
    "langchain_pollinations",
    "llama_index_pollinations",
    "pollinations_sandbox",
)

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
# The files of `_pollinations` that send, wait or read a clock, and what no other may import.
WAITING_FILES = ("http/client", "http/many", "http/pools", "http/progress", "http/transports")
WAITING_FILES += (
    "http/answer",
    "http/base_client",
    "http/exchange",
    "http/proxies",
    "limits/circuit_breaker",
    "limits/rate_limiter",
    "limits/storage",
    "media/use",
    "models/catalog",
    "models/refresh_lock",
    "connection",
)
WAITING = {"asyncio", "http", "selectors", "socket", "ssl", "subprocess", "time", "urllib.request"}
TRANSPORT = {"aiohttp", "certifi", "httpx", "urllib3", "yarl"}
# A date in Retry-After means something only beside the present hour.
CLOCKS = ("error_reader.py",)
# A single file that may import one thing more.
EXTRA = {
    "_pollinations/limits/storage_redis.py": {"redis"},
    "pollinations_sandbox/pytest_plugin.py": {"pytest"},
    "_pollinations/http/json.py": {"orjson"},  # used where langchain-core has brought it
}

# The wings of `_pollinations`: a file uses its own wing and those above it.
WINGS = (
    *("lazy_imports", "signatures", "http", "limits", "chat", "models", "media"),
    *("text", "embeddings", "account", "files"),
    *("fields", "connection", "chat_calls", "embedding_calls", "gateway"),
)


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """The full names of all modules that a file imports, at any depth of its code."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # A relative import stays in its package.
            yield node.module or "" if not node.level else path.relative_to(ROOT).parts[0]


def waits(path: Path) -> bool:
    if not path.is_relative_to(ROOT / "_pollinations"):
        return False
    return str(path.relative_to(ROOT / "_pollinations")).startswith(WAITING_FILES)


@pytest.mark.parametrize("package", OURS)
def test_a_package_imports_only_its_own_kind(package: str) -> None:
    """Each package imports itself, the standard library and the few names of its list."""
    strangers = []
    for path in sources(package):
        name = str(path.relative_to(ROOT))
        allowed = {package, *sys.stdlib_module_names, *ALLOWED[package], *EXTRA.get(name, ())}
        if waits(path) and name.startswith("_pollinations/http/"):
            allowed |= TRANSPORT
        strangers += [(name, m) for m in imported(path) if m.partition(".")[0] not in allowed]

    assert strangers == []


def wings_further_down(path: Path) -> Iterator[str]:
    """The wings below a file's own in the order, from which it imports."""
    wing = path.relative_to(ROOT / "_pollinations").with_suffix("").parts[0]
    assert wing in WINGS, f"{path} has no place in the order"
    below = WINGS[WINGS.index(wing) + 1 :]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for package, _, rest in (name.partition(".") for name in names):
            if package == "_pollinations" and rest.partition(".")[0] in below:
                yield rest.partition(".")[0]


def test_each_wing_uses_only_those_above_it() -> None:
    """No file imports against the order of the wings."""
    against = {
        (path.relative_to(ROOT / "_pollinations").with_suffix("").as_posix(), wing)
        for path in sources("_pollinations")
        if path != ROOT / "_pollinations" / "__init__.py"
        for wing in wings_further_down(path)
    }

    assert against == set()


def test_only_the_client_waits() -> None:
    """Only the files of `WAITING_FILES` use sockets, sleep and event loops."""
    knowing = [
        (path.name, module)
        for path in sources("_pollinations")
        if not waits(path)
        for module in imported(path)
        if module in WAITING or module.partition(".")[0] in WAITING
    ]

    assert knowing == []


def test_only_the_client_reads_the_environment() -> None:
    """Elsewhere in the core a setting is an argument, and the hour is one too."""
    environment = {("os", "environ"), ("os", "getenv")}
    clock = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
    knowing = [
        (path.name, node.lineno, f"{node.value.id}.{node.attr}")
        for path in sources("_pollinations")
        if not waits(path)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in environment | (set() if path.name in CLOCKS else clock)
    ]

    assert knowing == []
