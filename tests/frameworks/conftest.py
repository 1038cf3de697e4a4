"""Facts that hold in both frameworks: what LlamaIndex needs, LangChain does not mind."""

from thread_loop import _loop  # noqa: F401 - a fixture
