"""Every way to ask a model of either framework, under one name."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from inspect import isawaitable
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel
from spelling import called, sse, whole

import langchain_pollinations as lc
import llama_index_pollinations as li
from pollinations_sandbox import Sandbox

PACKAGES: dict[str, Any] = {"langchain": lc, "llama_index": li}
CLASSES: dict[str, list[Any]] = {
    "langchain": [
        lc.ChatPollinations,
        lc.PollinationsEmbeddings,
        lc.PollinationsImageTool,
        lc.PollinationsSpeechTool,
        lc.PollinationsTranscriptionTool,
        lc.PollinationsVideoTool,
    ],
    "llama_index": [li.Pollinations, li.PollinationsEmbedding, li.PollinationsToolSpec],
}
"""The public classes that send requests: first the chat model, then embeddings, then tools."""
EVERY_CLASS = [*CLASSES["langchain"], *CLASSES["llama_index"]]


class Person(BaseModel):
    """A person with name and age."""

    name: str
    age: int


class Sum(BaseModel):
    """The sum of two numbers."""

    a: int
    b: int


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@dataclass(frozen=True)
class Outcome:
    """What a call gave: `text` of an answer, whether it says that it is finished, and metadata."""

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

    @property
    def package(self) -> Any:
        """The framework's package, with what has the same name in both."""
        return PACKAGES[self.framework]

    @property
    def classes(self) -> list[Any]:
        """The framework's classes, as in `CLASSES`."""
        return CLASSES[self.framework]

    def model(self, sandbox: Sandbox, **fields: Any) -> Any:
        """A model of the framework."""
        return self.classes[0](**reach(sandbox, **fields))

    def embed(self, vectors: Any, texts: Any, *, query: bool = False) -> Any:
        """Embed a list of texts, or one question, as a coroutine if the method is one."""
        names = {
            "langchain": ("embed_documents", "embed_query"),
            "llama_index": ("get_text_embedding_batch", "get_query_embedding"),
        }
        name = names[self.framework][query]
        prefix = "a" if self.method.startswith("a") else ""
        return gather(getattr(vectors, prefix + name), texts)[0]

    def reply(
        self,
        sandbox: Sandbox,
        text: str,
        mode: str = "json_schema",
        *,
        name: str = "Person",
        reason: str = "stop",
    ) -> None:
        """Let the next answer be these words, or a call of a tool with these arguments."""
        part = called(name, text) if mode in {"function_calling", "tool"} else {"content": text}
        sandbox.reply(sse(part, reason=reason) if self.streams else whole(part, reason))

    def ask(self, model: Any, words: str, /, **options: Any) -> Outcome:
        """Ask for text."""
        answers = self.answers(model, words, **options)
        return _sum(answers) if self.framework == "langchain" else _last(answers)

    def answers(self, model: Any, words: str, /, **options: Any) -> list[Any]:
        """Ask for text; all that comes."""
        is_text = self.framework == "langchain" or self.method.endswith("complete")
        prompt = words if is_text else [ChatMessage(words)]
        return gather(getattr(model, self.method), prompt, **options)

    def ask_with_tools(self, model: Any, words: str) -> Outcome:
        """Ask for tool calls; `data` is their arguments."""
        if self.framework == "langchain":
            bound = model.bind_tools([add])
            return _sum(gather(getattr(bound, self.method), words))
        tools = [FunctionTool.from_defaults(add)]
        name = f"{self.method}_with_tools"
        outcome = gather(getattr(model, name), tools=tools, user_msg=words)
        calls = model.get_tool_calls_from_response(outcome[-1])
        arguments = [call.tool_kwargs for call in calls]
        return replace(_last(outcome), data=arguments)

    def ask_for_data(self, model: Any, words: str) -> Outcome:
        """Ask for an object, which is `data`."""
        return Outcome("", finished=True, data=self.objects(model, Sum, words)[-1].model_dump())

    def objects(self, model: Any, kind: type, words: str, mode: str = "auto") -> list[Any]:
        """Ask for an object in one of `MODES`; all that comes."""
        if self.framework == "langchain":
            runnable = model.with_structured_output(kind, method=mode)
            return gather(getattr(runnable, self.method), words)
        name = f"{self.method.removesuffix('chat')}structured_predict"
        model.structured_output_mode = mode
        template = words.replace("{", "{{").replace("}", "}}")
        return gather(getattr(model, name), kind, PromptTemplate(template))


def reach(sandbox: Sandbox, **fields: Any) -> dict[str, Any]:
    """The fields by which an object reaches a sandbox, and others."""
    return {"base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields}


def gather(method: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """All that a method gives, whole or in pieces; a coroutine runs in an event loop of its own."""
    result = method(*args, **kwargs)
    if isawaitable(result) or hasattr(result, "__aiter__"):
        return asyncio.run(_gathered(result))
    return list(result) if isinstance(result, Iterator) else [result]


async def _gathered(result: Any) -> list[Any]:
    result = await result if isawaitable(result) else result
    return [piece async for piece in result] if hasattr(result, "__aiter__") else [result]


async def answer(model: Any, words: str) -> str:
    """The text of a model's answer, on a running event loop."""
    if hasattr(model, "ainvoke"):
        return str((await model.ainvoke(words)).text)
    return str((await model.acomplete(words)).text)


def added(chunks: list[Any]) -> Any:
    """The chunks of LangChain's, added."""
    whole, *rest = chunks
    for chunk in rest:
        whole = whole + chunk
    return whole


def _sum(chunks: list[Any]) -> Outcome:
    whole = added(chunks)
    metadata = whole.response_metadata
    calls = [call["args"] for call in whole.tool_calls]
    return Outcome(whole.text, bool(metadata.get("finish_reason")), calls, metadata)


def _last(responses: list[Any]) -> Outcome:
    last = responses[-1]
    message = getattr(last, "message", None)
    text = (message.content or "") if message else last.text
    if len(responses) > 1:
        assert "".join(response.delta or "" for response in responses) == text
    metadata = last.additional_kwargs
    return Outcome(text, bool(metadata.get("finish_reason")), metadata=metadata)


WAYS = [
    *(Way("langchain", method) for method in ("invoke", "ainvoke", "stream", "astream")),
    *(Way("llama_index", method) for method in ("chat", "achat", "stream_chat", "astream_chat")),
]
EVERY_WAY = [
    *WAYS,
    *(
        Way("llama_index", method)
        for method in ("complete", "acomplete", "stream_complete", "astream_complete")
    ),
]
EITHER = pytest.mark.parametrize("way", [WAYS[0], WAYS[4]], ids=["langchain", "llama_index"])
WHOLE = [way for way in WAYS if not way.streams]
STREAMS = [way for way in WAYS if way.streams]
EACH_WAY = pytest.mark.parametrize("way", WAYS, ids=str)
MODES = {
    "langchain": ("auto", "function_calling", "json_schema", "json_mode"),
    "llama_index": ("auto", "json_schema", "tool", "json_object", "prompt"),
}
"""How each framework asks for objects."""
WAYS_AND_MODES = [(way, mode) for way in WAYS for mode in MODES[way.framework]]
EVERY_MODE = pytest.mark.parametrize(("way", "mode"), WAYS_AND_MODES, ids=str)
