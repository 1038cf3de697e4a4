import json
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import BaseModel, Field, RootModel
from typing_extensions import TypedDict

from langchain_pollinations import (
    ChatPollinations,
    InvalidInputError,
    InvalidRequestError,
)
from pollinations_sandbox import Fault, Sandbox

Chat = Callable[..., ChatPollinations]

METHODS: list[Any] = ["auto", "function_calling", "json_schema", "json_mode"]
CALLING = {"auto", "function_calling"}


class Person(BaseModel):
    """A person."""

    name: str = Field(description="The name.")
    age: int


class Numbers(RootModel[list[int]]):
    """A list of numbers."""


class PersonDict(TypedDict):
    """A person."""

    name: str
    age: int


SCHEMA = {**Person.model_json_schema(), "description": "A person."}
QUOTED = json.dumps(json.dumps({"name": "Ada", "age": 36}))
ADA = Person(name="Ada", age=36)
NUMBERS = {"title": "Numbers", "type": "array", "items": {"type": "integer"}}
PROMPT = 'Ada is 36 years old. Answer in JSON: {"name": "Ada", "age": 36}'


def _data(answer: Any) -> dict[str, Any]:
    return answer.model_dump() if isinstance(answer, BaseModel) else dict(answer)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Person, PersonDict, SCHEMA], ids=["pydantic", "typed", "dict"])
def test_every_method_reads_every_schema(  # noqa: PLR0917 - fixtures are given by name
    chat: Chat, ask: Any, completion: Any, events: Any, sandbox: Sandbox, method: str, schema: Any
) -> None:
    """The answer is an instance or a dict, whole or from a stream."""
    text = json.dumps({"name": "Ada", "age": 36})
    named = "PersonDict" if schema is PersonDict else "Person"
    call = {"id": "c1", "type": "function", "function": {"name": named, "arguments": text}}
    said: dict[str, Any] = {"content": text}
    if method in CALLING:
        said = {"content": None, "tool_calls": [{**call, "index": 0}]}
    sandbox.reply(events(said) if ask.streams else completion(said))
    model = chat().with_structured_output(schema, method=method)
    answer = ask.pieces(model, PROMPT)[-1]
    assert isinstance(answer, Person) == (schema is Person)
    assert _data(answer) == {"name": "Ada", "age": 36}


def test_each_method_asks_in_its_own_way(chat: Chat, sandbox: Sandbox) -> None:
    """A forced tool, a JSON schema, or any JSON."""
    for method in METHODS:
        chat().with_structured_output(Person, method=method, include_raw=True).invoke(PROMPT)
    auto, called, schema, mode = [request.body for request in sandbox.requests]
    assert auto == called
    assert called["tool_choice"] == {"type": "function", "function": {"name": "Person"}}
    assert called["tools"][0]["function"]["name"] == "Person"
    assert schema["response_format"]["type"] == "json_schema"
    assert schema["response_format"]["json_schema"]["name"] == "Person"
    assert mode["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("include_raw", [True, False])
def test_the_sandbox_answers_each_method_in_either_era(
    chat_of_either: Chat, method: str, *, include_raw: bool
) -> None:
    """Without a made-up answer, what comes is a person."""
    model = chat_of_either().with_structured_output(Person, method=method, include_raw=include_raw)
    answer = model.invoke(PROMPT)
    if include_raw:
        assert isinstance(answer, dict)
        assert isinstance(answer["raw"], AIMessage)
        assert answer["parsing_error"] is None
        answer = answer["parsed"]
    assert isinstance(answer, Person)


@pytest.mark.parametrize("method", METHODS)
def test_raw_keeps_what_could_not_be_parsed(
    chat: Chat, sandbox: Sandbox, completion: Any, method: str
) -> None:
    """With include_raw a bad answer is returned beside its error; without, it raises."""
    bad = '{"name": "Ada", "age": "unknown"}'
    call = {"id": "c1", "type": "function", "function": {"name": "Person", "arguments": bad}}
    said: dict[str, Any] = {"content": bad}
    if method in CALLING:
        said = {"content": None, "tool_calls": [call]}
    sandbox.reply(completion(said))
    answer: Any = (
        chat().with_structured_output(Person, method=method, include_raw=True).invoke(PROMPT)
    )
    assert answer["parsed"] is None
    assert answer["parsing_error"] is not None
    assert isinstance(answer["raw"], AIMessage)
    sandbox.reply(completion(said))
    with pytest.raises((ValueError, OutputParserException), match="age"):
        chat().with_structured_output(Person, method=method).invoke(PROMPT)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Person, PersonDict, SCHEMA], ids=["pydantic", "typed", "dict"])
@pytest.mark.parametrize(
    "text",
    [
        'Here it is:\n```json\n{"name": "Ada", "age": 36}\n```\nHope this helps! [1]',
        '<think>{"name": "Bo", "age": 9}?</think>{"name": "Ada", "age": 36}',
        '{"name": "Ada", "age": 36}\n{"note": "an object without the required keys"}',
    ],
)
def test_json_is_found_in_what_stands_around_it(  # noqa: PLR0917 - fixtures are given by name
    chat: Chat,
    ask: Any,
    sandbox: Sandbox,
    completion: Any,
    events: Any,
    method: Any,
    schema: Any,
    text: str,
) -> None:
    """Thoughts and words are left out: by each method, also if no tool was called."""
    sandbox.reply(events({"content": text}) if ask.streams else completion({"content": text}))
    answer = ask.pieces(chat().with_structured_output(schema, method=method), PROMPT)[-1]
    assert _data(answer) == {"name": "Ada", "age": 36}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Person, PersonDict], ids=["pydantic", "typed"])
def test_words_in_place_of_data_are_an_error_that_holds_them(  # noqa: PLR0917 - fixtures are given by name
    chat: Chat, ask: Any, sandbox: Sandbox, completion: Any, events: Any, method: Any, schema: Any
) -> None:
    """LangChain's own parsers return None if a forced call did not come."""
    said = {"content": "I would rather not."}
    sandbox.reply(events(said) if ask.streams else completion(said))
    with pytest.raises(OutputParserException, match="rather not") as caught:
        ask.pieces(chat().with_structured_output(schema, method=method), PROMPT)
    assert caught.value.llm_output == "I would rather not."
    sandbox.reply(completion(said))
    model = chat().with_structured_output(schema, method=method, include_raw=True)
    raw: Any = model.invoke(PROMPT)
    assert raw["parsed"] is None
    assert "rather not" in str(raw["parsing_error"])


@pytest.mark.parametrize("arguments", ['```json\n{"name": "Ada", "age": 36}\n```', QUOTED])
def test_arguments_with_a_slip_are_read(  # noqa: PLR0917 - fixtures are given by name
    chat: Chat, ask: Any, sandbox: Sandbox, completion: Any, events: Any, arguments: str
) -> None:
    """A fence or a string around them."""
    call = {"id": "c1", "type": "function", "function": {"name": "Person", "arguments": arguments}}
    said = {"tool_calls": [{**call, "index": 0}]}
    sandbox.reply(events(said) if ask.streams else completion(said))
    assert ask.pieces(chat().with_structured_output(Person), PROMPT)[-1] == ADA


@pytest.mark.parametrize("text", ["[1, 2]", "Here: [1, 2]", '"[1, 2]"'])
@pytest.mark.parametrize("schema", [Numbers, NUMBERS], ids=["pydantic", "dict"])
def test_a_list_is_read_as_one(
    chat: Chat, sandbox: Sandbox, completion: Any, schema: Any, text: str
) -> None:
    """A whole list is no half object, and a list that was not asked for is named as one."""
    call = {"id": "c1", "type": "function", "function": {"name": "Numbers", "arguments": "[1, 2]"}}
    for said in ({"content": text}, {"tool_calls": [call]}):
        sandbox.reply(completion(said))
        answer: Any = chat().with_structured_output(schema, method="json_mode").invoke(PROMPT)
        assert getattr(answer, "root", answer) == [1, 2]
    sandbox.reply(completion({"content": text}))
    with pytest.raises(OutputParserException, match=r"object|list"):
        chat().with_structured_output(PersonDict, method="json_mode").invoke(PROMPT)


CANNOT = b'{"error": {"message": "This model supports neither tools nor response_format"}}'


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_chosen_method_is_kept(chat: Chat, sandbox: Sandbox, method: Any) -> None:
    """Only `auto` tries another one."""
    sandbox.fail(Fault.body(CANNOT, status=400))
    with pytest.raises(InvalidRequestError):
        chat().with_structured_output(Person, method=method).invoke(PROMPT)
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("strict", [True, False, None])
@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
def test_strict_travels_when_it_is_said(
    chat: Chat, sandbox: Sandbox, method: str, *, strict: bool | None
) -> None:
    """A strict schema is closed."""
    chat().with_structured_output(Person, method=method, strict=strict).invoke(PROMPT)
    body = sandbox.last.body
    if method == "json_schema":
        asked = body["response_format"]["json_schema"]
        schema = asked["schema"]
    else:
        asked = body["tools"][0]["function"]
        schema = asked["parameters"]
    assert asked.get("strict") is strict
    if strict:
        assert schema["additionalProperties"] is False


def test_json_mode_needs_no_schema(chat: Chat, sandbox: Sandbox, completion: Any) -> None:
    """Any JSON object comes back as a dict."""
    sandbox.reply(completion({"content": '{"a": 1}'}))
    assert chat().with_structured_output(method="json_mode").invoke("Answer in JSON") == {"a": 1}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"schema": Person, "method": "nope"}, "method is"),
        ({"schema": None}, "needs a schema"),
        ({"schema": {"type": "object", "properties": {}}}, "with a title"),
        ({"schema": 3}, "pydantic class"),
    ],
)
def test_a_wrong_schema_or_method_is_refused(
    chat: Chat, options: dict[str, Any], words: str
) -> None:
    """No method silently becomes another one."""
    with pytest.raises(InvalidInputError, match=words):
        chat().with_structured_output(**options)


def test_tools_may_be_called_before_the_answer(chat: Chat, sandbox: Sandbox) -> None:
    """`tools` go beside a JSON schema, not beside the other methods."""

    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    model = chat().with_structured_output(
        Person, method="json_schema", tools=[add], include_raw=True
    )
    model.invoke(PROMPT)
    assert sandbox.last.body["tools"][0]["function"]["name"] == "add"
    assert sandbox.last.body["response_format"]["type"] == "json_schema"
    for method in ("function_calling", "json_mode"):
        with pytest.raises(InvalidInputError, match="json_schema"):
            chat().with_structured_output(Person, method=method, tools=[add])


@pytest.mark.parametrize("method", METHODS)
def test_tracers_are_told_of_the_schema(chat: Chat, method: str) -> None:
    """LangSmith reads it from the binding; it is not sent."""
    model: Any = chat().with_structured_output(Person, method=method)
    told = model.first.kwargs["ls_structured_output_format"]
    assert told["schema"] == convert_to_json_schema(Person)
    assert told["kwargs"]["method"] == method


def test_structured_answers_stream_in_parts(chat: Chat) -> None:
    """Dicts grow while they come."""
    parts = list(chat().with_structured_output(PersonDict).stream(PROMPT))
    assert len(parts) > 1
    assert parts[-1].keys() == {"name", "age"}  # type: ignore[union-attr] # a dict for a TypedDict
