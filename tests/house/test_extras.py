"""A missing extra says which one to install."""

import pytest
from own_process import python


@pytest.mark.parametrize(
    ("missing", "line", "extra"),
    [
        ("langchain_core", "from langchain_pollinations import ChatPollinations", "langchain"),
        ("langchain_core", "import langchain_pollinations as p; p.RateLimiter", "langchain"),
        ("llama_index.core", "from llama_index_pollinations import Pollinations", "llama-index"),
        (
            "llama_index.core",
            "from llama_index.llms.pollinations import Pollinations",
            "llama-index",
        ),
        ("uvicorn", "from pollinations_sandbox import Sandbox", "sandbox"),
        ("starlette", "from pollinations_sandbox import start_unless_key", "sandbox"),
        ("uvicorn", "import pollinations_sandbox.cli", "sandbox"),
    ],
)
def test_a_missing_extra_says_what_to_install(missing: str, line: str, extra: str) -> None:
    """The first use of a name does, with the command; importing the package itself works."""
    package = line.split()[1].partition(".")[0]
    code = f"import sys; sys.modules[{missing!r}] = None; import {package}; {line}"
    last = python("-c", code).stderr.strip().splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: ")
    assert missing in last
    assert last.endswith(f"pip install 'pollinations-adapters[{extra}]'")


def test_another_missing_module_is_no_missing_extra() -> None:
    """What is broken for another reason says so itself."""
    broken = "import sys; sys.modules['pydantic'] = None; "
    code = broken + "from langchain_pollinations import ChatPollinations"
    printed = python("-c", code).stderr
    assert "pydantic" in printed
    assert "pip install" not in printed
