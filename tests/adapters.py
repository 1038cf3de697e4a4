"""Both frameworks under the same names, for facts that hold in either."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llama_index.core.callbacks import CallbackManager

import langchain_pollinations as langchain
import llama_index_pollinations as llama_index


@dataclass(frozen=True)
class Adapter:
    """The classes of one framework, and how they are called.

    Attributes:
        name: `langchain` or `llama_index`, as in `Way.framework`.
        kinds: The chat model, embeddings, and a tool or tools.
    """

    name: str
    kinds: tuple[Any, Any, Any]
    limiter: Any
    budget: Any

    def __str__(self) -> str:
        return self.name

    def of_run(self, budget: Any) -> dict[str, Any]:
        """The field of a chat model by which a budget counts as one of the framework's handlers."""
        if self.name == "langchain":
            return {"callbacks": [budget]}
        return {"callback_manager": CallbackManager([budget])}

    def ask(self, model: Any, words: str) -> Any:
        """Ask a model, blocking."""
        return model.invoke(words) if self.name == "langchain" else model.complete(words)

    async def aask(self, model: Any, words: str) -> Any:
        """Ask a model, as a coroutine."""
        if self.name == "langchain":
            return await model.ainvoke(words)
        return await model.acomplete(words)

    def embed(self, vectors: Any, texts: Sequence[str], colour: str = "sync") -> Any:
        """Embed texts."""
        is_langchain = self.name == "langchain"
        method = "embed_documents" if is_langchain else "get_text_embedding_batch"
        if colour == "sync":
            return getattr(vectors, method)(texts)
        return asyncio.run(getattr(vectors, f"a{method}")(texts))

    async def draw(self, tool: Any, prompt: str) -> Any:
        """Make an image."""
        if self.name == "langchain":
            return await tool.ainvoke({"prompt": prompt})
        return await tool.agenerate_image(prompt)


ADAPTERS = {
    "langchain": Adapter(
        "langchain",
        (
            langchain.ChatPollinations,
            langchain.PollinationsEmbeddings,
            langchain.PollinationsImageTool,
        ),
        langchain.RateLimiter,
        langchain.PollenBudget,
    ),
    "llama_index": Adapter(
        "llama_index",
        (
            llama_index.Pollinations,
            llama_index.PollinationsEmbedding,
            llama_index.PollinationsToolSpec,
        ),
        llama_index.RateLimiter,
        llama_index.PollenBudget,
    ),
}
KINDS = [kind for adapter in ADAPTERS.values() for kind in adapter.kinds]
"""Every public class that sends requests, as far as they differ."""
