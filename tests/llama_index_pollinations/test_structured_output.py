"""Objects in every mode, colour and form, and what happens when a model refuses a mode."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from listening import listening
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock
from llama_index.core.callbacks import CallbackManager, TokenCountingHandler
from llama_index.core.instrumentation.events.llm import (
    LLMChatEndEvent,
    LLMChatStartEvent,
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.program import FunctionCallingProgram, LLMTextCompletionProgram
from llama_index.core.prompts import PromptTemplate
from llama_index.core.prompts.chat_prompts import ChatPromptTemplate
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel, Field
from spelling import sse

from llama_index_pollinations import (
    InvalidInputError,
    Pollinations,
)
from pollinations_sandbox import Sandbox

Make = Callable[..., Pollinations]
PROMPT = PromptTemplate("Extract the person: {text}")
TEXT = "Ada is 36 years old."
MODES = ("auto", "json_schema", "tool", "json_object", "prompt")


class Person(BaseModel):
    """A person."""

    name: str
    age: int


class Tagged(BaseModel):
    """Something with free keys, which no strict schema can say."""

    name: str
    tags: dict[str, str] = Field(default_factory=dict)


@pytest.mark.parametrize("mode", MODES)
def test_an_object_is_given(make: Make, colour: Any, mode: str, sandbox: Sandbox) -> None:
    """Each mode gives the same object, with the system prompt sent and one request made."""
    llm = make(structured_output_mode=mode, system_prompt="You extract.")

    person = colour.whole(llm, "structured_predict", Person, PROMPT, text=TEXT)

    assert person == Person(name="Ada", age=36)
    assert len(sandbox.requests) == 1
    assert sandbox.last.body["messages"][0] == {"role": "system", "content": "You extract."}


@pytest.mark.parametrize("mode", MODES)
def test_an_object_grows(make: Make, colour: Any, mode: str, sandbox: Sandbox) -> None:
    """A stream ends with the object itself, with the system prompt sent."""
    llm = make(structured_output_mode=mode, system_prompt="You extract.")

    objects = colour.pieces(llm, "stream_structured_predict", Person, PROMPT, text=TEXT)

    assert objects[-1] == Person(name="Ada", age=36)
    assert isinstance(objects[-1], Person)
    assert sandbox.last.body["messages"][0] == {"role": "system", "content": "You extract."}


def test_half_objects_have_the_fields_that_came(make: Make, colour: Any, sandbox: Sandbox) -> None:
    """What is not there yet is None, and nothing is told twice."""
    pieces = ['{"na', 'me": "A', 'da"', ', "age": 3', "6}", " "]
    sandbox.reply(sse(*({"content": piece} for piece in pieces)))

    objects = colour.pieces(make(), "stream_structured_predict", Person, PROMPT, text=TEXT)

    assert [(one.name, one.age) for one in objects] == [
        (None, None),
        ("A", None),
        ("Ada", None),
        ("Ada", 3),
        ("Ada", 36),
    ]


def test_a_structured_model_is_an_llm(llm: Pollinations, colour: Any) -> None:
    """`as_structured_llm` answers chats and completions with objects."""
    structured = llm.as_structured_llm(Person)

    chatted = colour.whole(structured, "chat", [ChatMessage(TEXT)])
    completed = colour.whole(structured, "complete", TEXT)

    assert chatted.raw == Person(name="Ada", age=36)
    assert json.loads(completed.text) == {"name": "Ada", "age": 36}


def test_a_structured_model_streams(llm: Pollinations, colour: Any) -> None:
    """So do its streams."""
    objects = colour.pieces(llm.as_structured_llm(Person), "stream_chat", [ChatMessage(TEXT)])

    assert objects[-1].raw == Person(name="Ada", age=36)


def test_each_mode_asks_in_its_own_way(make: Make, sandbox: Sandbox) -> None:
    """A schema, a forced tool, any JSON, or words."""
    bodies = {}
    for mode in MODES:
        make(structured_output_mode=mode).structured_predict(Person, PROMPT, text=TEXT)
        bodies[mode] = sandbox.last.body

    schema = bodies["json_schema"]["response_format"]["json_schema"]
    assert bodies["auto"]["response_format"] == bodies["json_schema"]["response_format"]
    assert schema["name"] == "Person"
    assert schema["strict"] is True
    assert schema["schema"]["additionalProperties"] is False
    assert bodies["tool"]["tools"][0]["function"]["name"] == "Person"
    assert bodies["tool"]["tool_choice"] == "required"
    assert "response_format" not in bodies["tool"]
    assert bodies["json_object"]["response_format"] == {"type": "json_object"}
    assert '"properties"' in json.dumps(bodies["json_object"]["messages"][-1]).replace("\\", "")
    assert not bodies["prompt"].keys() & {"response_format", "tools"}


def test_a_schema_that_cannot_be_strict_is_asked_for_loosely(make: Make, sandbox: Sandbox) -> None:
    """Free keys would be refused by strict mode."""
    make().structured_predict(Tagged, PROMPT, text=TEXT)

    assert "strict" not in sandbox.last.body["response_format"]["json_schema"]


@pytest.mark.parametrize(
    ("program", "field"),
    [(PydanticProgramMode.FUNCTION, "tools"), (PydanticProgramMode.LLM, None)],
)
def test_the_program_mode_of_llama_index_is_honoured(
    make: Make, sandbox: Sandbox, program: PydanticProgramMode, field: str | None
) -> None:
    """`pydantic_program_mode` chooses the tool, or words."""
    make(pydantic_program_mode=program).structured_predict(Person, PROMPT, text=TEXT)

    fields = sandbox.last.body.keys() & {"tools", "response_format"}
    assert fields == ({field} if field else set())


def test_a_program_for_other_models_is_refused(llm: Pollinations) -> None:
    """What only works with models of another package is named before anything is sent."""
    llm.pydantic_program_mode = PydanticProgramMode.LM_FORMAT_ENFORCER

    with pytest.raises(InvalidInputError, match="lm-format-enforcer"):
        llm.structured_predict(Person, PROMPT, text=TEXT)


def test_options_of_the_call_travel(llm: Pollinations, sandbox: Sandbox) -> None:
    """`llm_kwargs` are options, but for those that the mode decides."""
    llm.structured_predict(
        Person, PROMPT, llm_kwargs={"temperature": 0.5, "tool_choice": "none"}, text=TEXT
    )

    assert sandbox.last.body["temperature"] == 0.5
    assert "tool_choice" not in sandbox.last.body


def test_the_prompt_of_a_chat_template_is_whole(llm: Pollinations, sandbox: Sandbox) -> None:
    """System messages of a template reach the model in asynchronous paths too."""
    template = ChatPromptTemplate.from_messages([("system", "Be {mood}."), ("user", "{text}")])

    llm.structured_predict(Person, template, mood="brief", text=TEXT)

    assert [message["role"] for message in sandbox.last.body["messages"]] == ["system", "user"]


def test_messages_of_the_caller_stay_as_they_were(make: Make) -> None:
    """The schema is told in a copy of the last message."""
    messages = [ChatMessage(TEXT)]

    make(structured_output_mode="prompt").as_structured_llm(Person).chat(messages)

    assert messages == [ChatMessage(TEXT)]


@pytest.mark.parametrize("form", ["chat", "stream_chat"])
def test_pictures_and_braces_reach_the_model(
    llm: Pollinations, sandbox: Sandbox, colour: Any, form: str
) -> None:
    """What is asked of a structured model is sent as it is, and is no template."""
    text = TEXT + ' {"a": {text}} {nothing}'
    message = ChatMessage([TextBlock(text=text), ImageBlock(url="https://example.com/a.png")])
    read = colour.pieces if "stream" in form else colour.whole

    read(llm.as_structured_llm(Person), form, [message])

    text_part, picture = sandbox.last.body["messages"][0]["content"]
    assert text_part == {"type": "text", "text": text}
    assert picture["image_url"]["url"] == "https://example.com/a.png"


@pytest.mark.parametrize("program", [FunctionCallingProgram, LLMTextCompletionProgram])
def test_programs_of_llama_index_give_objects(
    make: Make, sandbox: Sandbox, program: Any, colour: Any
) -> None:
    """Who uses them directly gets the same."""
    program_of_core = program.from_defaults(
        output_cls=Person, prompt_template_str="Extract: {text}", llm=make()
    )

    person = colour.whole(_Named(program_of_core), "call", text=TEXT)

    assert person == Person(name="Ada", age=36)
    asked_for_a_tool = program is FunctionCallingProgram
    assert ("tools" in sandbox.last.body) is asked_for_a_tool


def test_a_program_of_llama_index_streams_objects(make: Make, colour: Any) -> None:
    """It finds the calls of each piece in `additional_kwargs`, and their arguments so far."""
    program_of_core = FunctionCallingProgram.from_defaults(
        Person, prompt_template_str="Call Person with {text}.", llm=make()
    )

    objects = colour.pieces(program_of_core, "stream_call", text="name = Ada and age = 36")

    assert objects[-1] == Person(name="Ada", age=36)
    assert len(objects) > 2


class _Named:
    """A program, whose synchronous call has a name too."""

    def __init__(self, program: Any) -> None:
        self.call = program.__call__
        self.acall = program.acall


@pytest.mark.parametrize("form", ["structured_predict", "stream_structured_predict"])
def test_an_object_is_counted_and_told_of_once(make: Make, colour: Any, form: str) -> None:
    """Token counts are the provider's; tracers hear of the object and of the chat within."""
    counter = TokenCountingHandler()
    llm = make(callback_manager=CallbackManager([counter]))
    read = colour.pieces if "stream" in form else colour.whole

    with listening() as heard:
        read(llm, form, Person, PROMPT, text=TEXT)

    start, chat_start, chat_end, end = [
        event for event in heard.events if "InProgress" not in type(event).__name__
    ]
    assert isinstance(start, LLMStructuredPredictStartEvent)
    assert isinstance(chat_start, LLMChatStartEvent)
    assert isinstance(chat_end, LLMChatEndEvent)
    assert isinstance(end, LLMStructuredPredictEndEvent)
    assert end.output == Person(name="Ada", age=36)
    usage = chat_end.response.raw["usage"]
    assert [(c.prompt_token_count, c.completion_token_count) for c in counter.llm_token_counts] == [
        (usage["prompt_tokens"], usage["completion_tokens"])
    ]


def test_tracers_see_the_methods_as_plain_data(make: Make, colour: Any) -> None:
    """An event of a call for an object holds what was offered, and can be stored as JSON."""
    with listening() as heard:
        colour.whole(make(), "structured_predict", Person, PROMPT, text=TEXT)

    [event] = [event for event in heard.events if isinstance(event, LLMChatStartEvent)]
    methods = json.loads(json.dumps(event.additional_kwargs))["_methods"]
    assert list(methods) == ["json_schema", "tool", "prompt"]
    assert methods["json_schema"]["response_format"]["json_schema"]["name"] == "Person"
