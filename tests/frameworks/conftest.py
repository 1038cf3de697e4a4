"""The media tools of both frameworks, and what LlamaIndex needs and LangChain does not mind."""

from pathlib import Path

import pytest
from media_tools import Tools
from thread_loop import _loop  # noqa: F401 - a fixture

from langchain_pollinations.gateway import Client, speech
from pollinations_sandbox import Sandbox


@pytest.fixture(params=["langchain", "llama_index"])
def framework(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["sync", "async"])
def tools(request: pytest.FixtureRequest, framework: str, sandbox: Sandbox) -> Tools:
    """The media tools of each framework in each colour."""
    return Tools(framework, request.param, sandbox)


@pytest.fixture
def sounds(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A folder with a recording."""
    media = Client(sandbox.api_key, sandbox.base_url).send(speech("Hi.", response_format="wav"))
    media.save(tmp_path / "words.wav")
    sandbox.clear()
    return tmp_path
