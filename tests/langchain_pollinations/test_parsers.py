import json
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from pydantic import BaseModel, ValidationError, model_validator
from spelling import whole

from langchain_pollinations import ChatPollinations
from langchain_pollinations.parsers import AnswerParser
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]


class Place(BaseModel):
    """A place; all of its fields may be missing."""

    city: str = ""
    country: str | None = ""


WHOLE = json.dumps({"city": "San Francisco", "country": "USA"})


def test_plain_json_is_found_by_its_schema() -> None:
    """By its required keys, or as the list that it is."""
    person = AnswerParser(tool="Person", json_schema={"type": "object", "required": ["name"]})
    numbers = AnswerParser(tool="Numbers", json_schema={"type": "array"})

    assert person.parse('{"name": "Ada"}\n{"note": "without the required key"}') == {"name": "Ada"}
    assert numbers.parse("Here: [1, 2]") == [1, 2]
    with pytest.raises(OutputParserException):
        person.parse("[1, 2]")


def test_text_that_is_no_message_is_parsed_too() -> None:
    """As any parser of LangChain does it, with what is known of a class."""
    parser = AnswerParser(tool="Place", model_class=Place)

    assert parser.parse(f"So: {WHOLE}") == parser.invoke(f"<think>x</think>{WHOLE}")
    assert parser.OutputType is Place


def test_a_validator_may_raise_anything(chat: Chat, sandbox: Sandbox) -> None:
    """What it raises reaches the caller, unless a larger model can be asked."""

    class Picky(BaseModel):
        """A place."""

        city: str

        @model_validator(mode="after")
        def _known(self) -> "Picky":
            return {"Rome": self}[self.city]

    for _ in range(2):
        sandbox.reply(whole({"content": '{"city": "Oz"}'}))
    sandbox.reply(whole({"content": '{"city": "Rome"}'}))
    with pytest.raises(KeyError):
        chat().with_structured_output(Picky, method="json_schema").invoke("Where?")
    model = chat(model="openai", escalate_to="openai-large")

    place: Any = model.with_structured_output(Picky, method="json_schema").invoke("Where?")

    assert place.city == "Rome"


class Person(BaseModel):
    """Somebody with an age."""

    name: str
    age: int


def test_a_call_of_another_tool_is_named() -> None:
    """With what the model wrote, for whoever asks for it again."""
    call = {"name": "Persona", "args": {"name": "Ada", "age": 36}, "id": "1"}

    with pytest.raises(OutputParserException, match="The model called Persona instead") as caught:
        AnswerParser(tool="Person", model_class=Person).invoke(AIMessage("", tool_calls=[call]))

    assert caught.value.llm_output == '{"name":"Ada","age":36}'


def test_arguments_that_do_not_validate_are_shown() -> None:
    """As a note on pydantic's error, which LangChain's own parser raises too."""
    call = {"name": "Person", "args": {"name": "Ada", "age": "old"}, "id": "1"}

    with pytest.raises(ValidationError) as caught:
        AnswerParser(tool="Person", model_class=Person).invoke(AIMessage("", tool_calls=[call]))

    assert caught.value.__notes__ == ['The model wrote: {"name":"Ada","age":"old"}']
