"""Every way to ask a model of either framework, under one name."""

import asyncio
from dataclasses import dataclass
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from langchain_pollinations import ChatPollinations
from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox


class Sum(BaseModel):
    """The sum of two numbers."""

    a: int
    b: int


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@dataclass(frozen=True)
class Told:
    """What a call gave: `text` of an answer, whether it says that it is finished, and the rest."""

    text: str
    finished: bool
    data: Any = None
    metadata: Any = None


@dataclass(frozen=True)
class Way:
    """One way to ask: a method of a framework's model.

    Attributes:
        framework: `langchain` or `llama_index`.
        method: The method that is called.
    """

    framework: str
    method: str

    def __str__(self) -> str:
        return f"{self.framework}.{self.method}"

    @property
    def streams(self) -> bool:
        """Whether the answer comes in pieces."""
        return "stream" in self.method

    def model(self, sandbox: Sandbox, **fields: Any) -> Any:
        """A model of the framework."""
        kind = ChatPollinations if self.framework == "langchain" else Pollinations
        return kind(base_url=sandbox.base_url, api_key=sandbox.api_key, **fields)

    def ask(self, model: Any, words: str, /, **options: Any) -> Told:
        """Ask for text."""
        if self.framework == "langchain":
            return _sum(self._called(getattr(model, self.method), words, **options))
        given = words if "complete" in self.method else [ChatMessage(words)]
        return _last(self._called(getattr(model, self.method), given, **options))

    def ask_with_tools(self, model: Any, words: str) -> Told:
        """Ask for tool calls; `data` is their arguments."""
        if self.framework == "langchain":
            bound = model.bind_tools([add])
            return _sum(self._called(getattr(bound, self.method), words))
        tools = [FunctionTool.from_defaults(add)]
        name = f"{self.method}_with_tools"
        told = self._called(getattr(model, name), tools=tools, user_msg=words)
        calls = model.get_tool_calls_from_response(told[-1])
        return Told("", finished=True, data=[call.tool_kwargs for call in calls])

    def ask_for_data(self, model: Any, words: str) -> Told:
        """Ask for an object, which is `data`."""
        if self.framework == "langchain":
            made = self._called(getattr(model.with_structured_output(Sum), self.method), words)
            return Told("", finished=True, data=made[-1].model_dump())
        name = f"{self.method.removesuffix('chat')}structured_predict"
        made = self._called(getattr(model, name), Sum, PromptTemplate(words))
        return Told("", finished=True, data=made[-1].model_dump())

    def _called(self, method: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """All that comes; coroutines run in an event loop of their own."""
        if not self.method.startswith("a"):
            return list(method(*args, **kwargs)) if self.streams else [method(*args, **kwargs)]
        return asyncio.run(_gathered(method(*args, **kwargs), streams=self.streams))


async def _gathered(made: Any, *, streams: bool) -> list[Any]:
    if not streams:
        return [await made]
    pieces = made if hasattr(made, "__aiter__") else await made
    return [piece async for piece in pieces]


def _sum(chunks: list[Any]) -> Told:
    whole, *rest = chunks
    for chunk in rest:
        whole = whole + chunk
    reason = whole.response_metadata.get("finish_reason")
    calls = [call["args"] for call in whole.tool_calls]
    return Told(whole.text, bool(reason), calls, whole.response_metadata)


def _last(responses: list[Any]) -> Told:
    last = responses[-1]
    text = (last.text if hasattr(last, "text") else last.message.content) or ""
    if len(responses) > 1:
        assert "".join(response.delta or "" for response in responses) == text
    facts = last.additional_kwargs
    return Told(text, bool(facts.get("finish_reason")), metadata=facts)


WAYS = [
    *(Way("langchain", method) for method in ("invoke", "ainvoke", "stream", "astream")),
    *(Way("llama_index", method) for method in ("chat", "achat", "stream_chat", "astream_chat")),
]
COMPLETIONS = [
    Way("llama_index", method)
    for method in ("complete", "acomplete", "stream_complete", "astream_complete")
]
