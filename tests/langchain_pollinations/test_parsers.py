import json
from collections.abc import Callable
from typing import Any, Literal

import pytest
from langchain_core.exceptions import OutputParserException
from pydantic import BaseModel, model_validator

from langchain_pollinations import ChatPollinations
from langchain_pollinations.parsers import AnswerParser
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]
Method = Literal["function_calling", "json_schema", "json_mode"]
METHODS: list[Method] = ["function_calling", "json_schema", "json_mode"]


class Place(BaseModel):
    """A place; all of its fields may be missing."""

    city: str = ""
    country: str | None = ""


SCHEMAS = {"class": Place, "schema": Place.model_json_schema()}
WHOLE = json.dumps({"city": "San Francisco", "country": "USA"})
HALVES = ['{"city": "San', '{"city": "San Francisco"', '{"city": "San Francisco", "country": null']


@pytest.fixture
def says(sandbox: Sandbox, events: Any, completion: Any) -> Callable[..., None]:
    """Let the model say something, as text or as the arguments of a call."""

    def spell(text: str, method: Method, ask: Any, reason: str = "length") -> None:
        call = {"id": "c", "type": "function", "function": {"name": "Place", "arguments": text}}
        said = {"tool_calls": [call]} if method == "function_calling" else {"content": text}
        if ask.streams:
            sandbox.reply(events(said, reason=reason))
        else:
            sandbox.reply(completion(said, reason))

    return spell


@pytest.mark.parametrize("kind", SCHEMAS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("half", HALVES)
def test_half_an_object_is_an_error(
    chat: Chat, says: Any, ask: Any, method: Method, *, kind: str, half: str
) -> None:
    """An answer that reached its limit is no smaller object, though it would validate as one."""
    says(half, method, ask)
    model = chat().with_structured_output(SCHEMAS[kind], method=method)

    with pytest.raises(OutputParserException, match="max_tokens") as caught:
        ask.pieces(model, "Where? Say it in json.")
    assert caught.value.llm_output == half or method == "function_calling"


@pytest.mark.parametrize("method", METHODS)
def test_half_an_object_is_told_beside_the_raw_answer(
    chat: Chat, sandbox: Sandbox, completion: Any, method: Method
) -> None:
    """With `include_raw` the error is a value."""
    call = {"id": "c", "type": "function", "function": {"name": "Place", "arguments": HALVES[0]}}
    said = {"tool_calls": [call]} if method == "function_calling" else {"content": HALVES[0]}
    sandbox.reply(completion(said, "length"))
    model = chat().with_structured_output(Place, method=method, include_raw=True)
    told: Any = model.invoke("Where? Say it in json.")

    assert told["parsed"] is None
    assert "ended within" in str(told["parsing_error"])


def test_text_that_is_no_message_is_parsed_too() -> None:
    """As any parser of LangChain does it, with what is known of a class."""
    parser = AnswerParser(tool="Place", model_class=Place)

    assert parser.parse(f"So: {WHOLE}") == parser.invoke(f"<think>x</think>{WHOLE}")
    assert parser.OutputType is Place


def test_a_class_of_pydantic_v1_is_filled() -> None:
    """LangChain still takes them."""
    v1 = pytest.importorskip("pydantic.v1")
    old = type("Old", (v1.BaseModel,), {"__annotations__": {"city": str}})

    assert AnswerParser(tool="Old", model_class=old).parse('{"city": "Rome"}').city == "Rome"


def test_a_validator_may_raise_anything(chat: Chat, sandbox: Sandbox, completion: Any) -> None:
    """What it raises reaches the caller, unless a larger model can be asked."""

    class Picky(BaseModel):
        """A place."""

        city: str

        @model_validator(mode="after")
        def _known(self) -> "Picky":
            return {"Rome": self}[self.city]

    for _ in range(2):
        sandbox.reply(completion({"content": '{"city": "Oz"}'}))
    sandbox.reply(completion({"content": '{"city": "Rome"}'}))
    with pytest.raises(KeyError):
        chat().with_structured_output(Picky, method="json_schema").invoke("Where?")
    model = chat(model="openai", escalate_to="openai-large")

    made: Any = model.with_structured_output(Picky, method="json_schema").invoke("Where?")

    assert made.city == "Rome"
