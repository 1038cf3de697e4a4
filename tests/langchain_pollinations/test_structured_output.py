from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from pydantic import BaseModel, ValidationError, model_validator
from spelling import whole
from ways import Person, add

from langchain_pollinations import ChatPollinations, InvalidInputError
from langchain_pollinations.parsers import AnswerParser, SmallerModelError
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]
PROMPT = 'Ada is 36 years old. Answer in JSON: {"name": "Ada", "age": 36}'


class City(BaseModel):
    """A city that is known."""

    name: str

    @model_validator(mode="after")
    def _known(self) -> "City":
        return {"Rome": self}[self.name]


def called(tool: str, **arguments: Any) -> AIMessage:
    """An answer that calls a tool."""
    return AIMessage("", tool_calls=[{"name": tool, "args": arguments, "id": "1"}])


@pytest.mark.parametrize("strict", [True, False, None])
def test_strict_travels_when_it_is_set(
    chat: Chat, sandbox: Sandbox, *, strict: bool | None
) -> None:
    """By either method; a strict schema is closed."""
    model = chat()
    model.with_structured_output(Person, method="json_schema", strict=strict).invoke(PROMPT)
    wire = sandbox.last.body["response_format"]["json_schema"]
    model.with_structured_output(Person, strict=strict).invoke(PROMPT)
    tool = sandbox.last.body["tools"][0]["function"]

    assert (wire.get("strict"), tool.get("strict")) == (strict, strict)
    if strict:
        assert wire["schema"]["additionalProperties"] is False
        assert tool["parameters"]["additionalProperties"] is False


def test_json_mode_needs_no_schema(chat: Chat, sandbox: Sandbox) -> None:
    """Any JSON object comes back as a dict."""
    sandbox.reply(whole({"content": '{"a": 1}'}))
    assert chat().with_structured_output(method="json_mode").invoke("Answer in JSON") == {"a": 1}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"schema": Person, "method": "nope"}, "method is"),
        ({"schema": None}, "needs a schema"),
        ({"schema": {"type": "object", "properties": {}}}, "with a title"),
        ({"schema": 3}, "pydantic class"),
        ({"schema": Person, "method": "json_mode", "tools": [add]}, "tools go beside json_schema"),
    ],
)
def test_a_wrong_schema_or_method_is_refused(
    chat: Chat, options: dict[str, Any], words: str
) -> None:
    """No method silently becomes another one."""
    with pytest.raises(InvalidInputError, match=words):
        chat().with_structured_output(**options)


@pytest.mark.parametrize("method", ["json_schema", "auto"])
def test_tools_may_be_called_before_the_answer(chat: Chat, sandbox: Sandbox, method: Any) -> None:
    """They go beside a JSON schema."""
    model = chat().with_structured_output(Person, method=method, tools=[add], include_raw=True)
    model.invoke(PROMPT)
    assert sandbox.last.body["tools"][0]["function"]["name"] == "add"
    assert sandbox.last.body["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize("title", ["Page[int]", "Größe", "x" * 70])
def test_a_title_may_be_no_name_of_a_tool(chat: Chat, ask: Any, title: str) -> None:
    """As generic classes have them."""
    schema = {"title": title, "type": "object", "properties": {"items": {"type": "integer"}}}
    answer = ask.pieces(chat().with_structured_output(schema), "Items: 1")[-1]
    assert isinstance(answer, dict)


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
    parser = AnswerParser(tool="City", model_class=City)

    assert parser.invoke('<think>x</think>{"name": "Rome"}') == City(name="Rome")
    assert parser.OutputType is City


def test_a_validator_may_raise_anything() -> None:
    """What it raises reaches the caller, unless a larger model can be tried."""
    parser = AnswerParser(tool="City", model_class=City)
    oz = AIMessage('{"name": "Oz"}')

    with pytest.raises(KeyError):
        parser.invoke(oz)
    with pytest.raises(SmallerModelError):
        parser.model_copy(update={"larger_model": "gemini-large"}).invoke(oz)


def test_a_call_of_another_tool_is_named() -> None:
    """With what the model wrote, for whoever asks for it again."""
    with pytest.raises(OutputParserException, match="The model called Persona instead") as caught:
        AnswerParser(tool="Person", model_class=Person).invoke(called("Persona", name="Ada"))

    assert caught.value.llm_output == '{"name":"Ada"}'


def test_arguments_that_do_not_validate_are_shown() -> None:
    """As a note on pydantic's error, which LangChain's own parser raises too."""
    with pytest.raises(ValidationError) as caught:
        AnswerParser(tool="Person", model_class=Person).invoke(called("Person", name="Ada"))

    assert caught.value.__notes__ == ['The model wrote: {"name":"Ada"}']
