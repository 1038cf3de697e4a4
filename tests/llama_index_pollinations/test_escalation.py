"""A larger model for data that does not validate, and for what a user calls hard."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock, ToolCallBlock
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

from _pollinations.chat.tokens import count_messages
from llama_index_pollinations import Pollinations, StructuredOutputError
from llama_index_pollinations.to_wire import to_wire
from pollinations_sandbox import Fault, Sandbox

Make = Callable[..., Pollinations]
PROMPT = PromptTemplate("Extract the person: {text}")
TEXT = "Ada is 36 years old."
LONG = "All happy families are alike. " * 100
MODES = pytest.mark.parametrize("mode", ["auto", "json_schema", "tool", "json_object", "prompt"])


class Person(BaseModel):
    """A person."""

    name: str
    age: int


ADA = Person(name="Ada", age=36)
Wrong = Callable[..., None]


@pytest.fixture
def wrong(sandbox: Sandbox, whole: Callable[..., bytes], sse: Callable[..., bytes]) -> Wrong:
    """Let the next answer be no person, whole or in pieces."""

    def ordered(*, streamed: bool = False) -> None:
        said = {"content": '{"name": "Ada", "age": "unknown"}'}
        sandbox.reply(sse(said) if streamed else whole(said))

    return ordered


def models_asked(sandbox: Sandbox) -> list[str]:
    return [request.body["model"] for request in sandbox.requests]


@MODES
def test_wrong_data_are_asked_of_the_larger_model(
    make: Make, sandbox: Sandbox, colour: Any, wrong: Wrong, mode: str
) -> None:
    """Whatever the mode, the second answer counts."""
    wrong()
    llm = make(escalate_to="gemini-large", structured_output_mode=mode)

    assert colour.whole(llm, "structured_predict", Person, PROMPT, text=TEXT) == ADA
    assert models_asked(sandbox) == ["openai", "gemini-large"]


@MODES
def test_a_stream_of_wrong_data_begins_anew(
    make: Make, sandbox: Sandbox, colour: Any, wrong: Wrong, mode: str
) -> None:
    """What the larger model says grows after what the smaller one said."""
    wrong(streamed=True)
    llm = make(escalate_to="gemini-large", structured_output_mode=mode)

    found = colour.pieces(llm, "stream_structured_predict", Person, PROMPT, text=TEXT)

    assert any(getattr(one, "age", None) == "unknown" for one in found)
    assert found[-1] == ADA
    assert isinstance(found[-1], Person)
    assert models_asked(sandbox) == ["openai", "gemini-large"]


@pytest.mark.parametrize("method", ["chat", "complete", "stream_chat"])
def test_a_structured_model_escalates(
    make: Make, sandbox: Sandbox, colour: Any, wrong: Wrong, method: str
) -> None:
    """So does `as_structured_llm`, in all that it can do."""
    wrong(streamed=method == "stream_chat")
    llm = make(escalate_to="gemini-large").as_structured_llm(Person)
    asked: Any = TEXT if method == "complete" else [ChatMessage(TEXT)]

    ask = colour.pieces if method == "stream_chat" else colour.whole
    made = ask(llm, method, asked)
    response = made[-1] if isinstance(made, list) else made

    assert response.raw == ADA
    assert models_asked(sandbox) == ["openai", "gemini-large"]


@pytest.mark.parametrize("streamed", [False, True])
def test_the_larger_model_is_the_last_resort(
    make: Make, sandbox: Sandbox, colour: Any, wrong: Wrong, *, streamed: bool
) -> None:
    """What it cannot do either is an error, which names it and has what it wrote."""
    wrong(streamed=streamed)
    wrong(streamed=streamed)
    llm = make(escalate_to="gemini-large", structured_output_mode="prompt")
    ask = colour.pieces if streamed else colour.whole
    method = "stream_structured_predict" if streamed else "structured_predict"

    with pytest.raises(StructuredOutputError) as caught:
        ask(llm, method, Person, PROMPT, text=TEXT)

    assert caught.value.model == "gemini-large"
    assert json.loads(caught.value.text)["age"] == "unknown"
    assert models_asked(sandbox) == ["openai", "gemini-large"]


def test_a_model_is_not_escalated_to_itself(make: Make, sandbox: Sandbox, wrong: Wrong) -> None:
    """What the larger model said first, it is not asked again."""
    wrong()

    with pytest.raises(StructuredOutputError):
        make(model="gemini-large", escalate_to="gemini-large").structured_predict(
            Person, PROMPT, text=TEXT
        )

    assert models_asked(sandbox) == ["gemini-large"]


def test_without_a_larger_model_wrong_data_are_an_error(
    llm: Pollinations, sandbox: Sandbox, wrong: Wrong
) -> None:
    """Nobody is asked twice unless that was wished for; fallback models are for failures."""
    wrong()
    llm.fallback_models = ["mistral"]

    with pytest.raises(StructuredOutputError) as caught:
        llm.structured_predict(Person, PROMPT, text=TEXT)

    assert caught.value.model == "openai"
    assert len(sandbox.requests) == 1


def test_a_larger_model_that_is_down_is_replaced(
    make: Make, sandbox: Sandbox, wrong: Wrong
) -> None:
    """Fallback models stand in for it."""
    wrong()
    sandbox.fail(Fault.status(503, model="gemini-large"))
    llm = make(escalate_to="gemini-large", fallback_models=["mistral"], max_retries=0)

    assert llm.structured_predict(Person, PROMPT, text=TEXT) == ADA
    assert models_asked(sandbox) == ["openai", "gemini-large", "mistral"]


@pytest.mark.parametrize("method", ["chat", "stream_chat", "complete", "stream_complete"])
@pytest.mark.parametrize(
    "when", [100, lambda messages: len(messages[0].content) > 100], ids=["tokens", "predicate"]
)
def test_a_hard_question_goes_to_the_larger_model_at_once(
    make: Make, sandbox: Sandbox, colour: Any, method: str, when: Any
) -> None:
    """So many tokens, or a predicate on the messages, decide before the first attempt."""
    llm = make(escalate_to="gemini-large", escalate_when=when)
    ask = colour.pieces if method.startswith("stream") else colour.whole

    for text in ("Hi", LONG):
        ask(llm, method, text if method.endswith("complete") else [ChatMessage(text)])

    assert models_asked(sandbox) == ["openai", "gemini-large"]


def test_a_hard_question_for_data_is_asked_once(
    make: Make, sandbox: Sandbox, colour: Any, wrong: Wrong
) -> None:
    """If the larger model was asked first, its wrong data are an error."""
    wrong()
    llm = make(escalate_to="gemini-large", escalate_when=100)

    with pytest.raises(StructuredOutputError):
        colour.whole(llm, "structured_predict", Person, PROMPT, text=LONG)

    assert models_asked(sandbox) == ["gemini-large"]


def test_the_smaller_model_stands_in_for_the_larger(
    make: Make, sandbox: Sandbox, colour: Any
) -> None:
    """If the larger model is down, the usual one is asked."""
    sandbox.fail(Fault.status(503, model="gemini-large"))
    llm = make(escalate_to="gemini-large", escalate_when=1, max_retries=0)

    response = colour.whole(llm, "chat", [ChatMessage("Hi")])

    assert response.additional_kwargs["model_name"] == "openai"
    assert response.additional_kwargs["fallbacks"][0]["model"] == "gemini-large"


def test_a_limit_without_a_larger_model_means_nothing(make: Make, sandbox: Sandbox) -> None:
    """There is nobody to escalate to."""
    make(escalate_when=1).chat([ChatMessage(LONG)])

    assert models_asked(sandbox) == ["openai"]


def test_tokens_are_estimated_without_a_network() -> None:
    """Text by its length, pictures as a constant, however long their base64 is."""
    picture = ImageBlock(image=b"\x89PNG\r\n\x1a\n" + bytes(100_000), image_mimetype="image/png")
    seen = ChatMessage(role="user", blocks=[TextBlock(text="What is this?"), picture])
    call = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 3})
    called = ChatMessage(role="assistant", blocks=[call])

    assert count_messages(to_wire([ChatMessage("a" * 400)])) == 103
    assert count_messages(to_wire([seen])) == 3 + 4 + 85
    assert 10 < count_messages(to_wire([called])) < 40
