"""A larger model for data that does not validate, and for what a user calls hard."""

from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock, ToolCallBlock
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel
from spelling import sse, whole

from _pollinations.chat.tokens import count_messages
from llama_index_pollinations import Pollinations
from llama_index_pollinations.to_wire import to_wire
from pollinations_sandbox import Sandbox

Make = Callable[..., Pollinations]
PROMPT = PromptTemplate("Extract the person: {text}")
TEXT = "Ada is 36 years old."
MODES = pytest.mark.parametrize("mode", ["auto", "json_schema", "tool", "json_object", "prompt"])


class Person(BaseModel):
    """A person."""

    name: str
    age: int


ADA = Person(name="Ada", age=36)
Wrong = Callable[..., None]


@pytest.fixture
def wrong(sandbox: Sandbox) -> Wrong:
    """Let the next answer be no person, whole or in pieces."""

    def ordered(*, streamed: bool = False) -> None:
        message = {"content": '{"name": "Ada", "age": "unknown"}'}
        sandbox.reply(sse(message) if streamed else whole(message))

    return ordered


def models_asked(sandbox: Sandbox) -> list[str]:
    return [request.body["model"] for request in sandbox.requests]


@MODES
def test_a_stream_of_wrong_data_begins_anew(
    make: Make, sandbox: Sandbox, colour: Any, wrong: Wrong, mode: str
) -> None:
    """What the larger model says grows after what the smaller one said."""
    wrong(streamed=True)
    llm = make(escalate_to="gemini-large", structured_output_mode=mode)

    objects = colour.pieces(llm, "stream_structured_predict", Person, PROMPT, text=TEXT)

    assert any(getattr(one, "age", None) == "unknown" for one in objects)
    assert objects[-1] == ADA
    assert isinstance(objects[-1], Person)
    assert models_asked(sandbox) == ["openai", "gemini-large"]


@pytest.mark.parametrize("method", ["chat", "complete", "stream_chat"])
def test_a_structured_model_escalates(
    make: Make, sandbox: Sandbox, colour: Any, wrong: Wrong, method: str
) -> None:
    """So does `as_structured_llm`, in all that it can do."""
    wrong(streamed=method == "stream_chat")
    llm = make(escalate_to="gemini-large").as_structured_llm(Person)
    prompt: Any = TEXT if method == "complete" else [ChatMessage(TEXT)]

    ask = colour.pieces if method == "stream_chat" else colour.whole
    answer = ask(llm, method, prompt)
    response = answer[-1] if isinstance(answer, list) else answer

    assert response.raw == ADA
    assert models_asked(sandbox) == ["openai", "gemini-large"]


def test_tokens_are_estimated_without_a_network() -> None:
    """Text by its length, pictures as a constant, however long their base64 is."""
    picture = ImageBlock(image=b"\x89PNG\r\n\x1a\n" + bytes(100_000), image_mimetype="image/png")
    seen = ChatMessage(role="user", blocks=[TextBlock(text="What is this?"), picture])
    call = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 3})
    called = ChatMessage(role="assistant", blocks=[call])

    assert count_messages(to_wire([ChatMessage("a" * 400)])) == 103
    assert count_messages(to_wire([seen])) == 3 + 4 + 85
    assert 10 < count_messages(to_wire([called])) < 40
