"""Objects by the methods of LlamaIndex, and what its programs and tracers see of them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from listening import listening
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock
from llama_index.core.callbacks import CallbackManager, TokenCountingHandler
from llama_index.core.program import FunctionCallingProgram, LLMTextCompletionProgram
from llama_index.core.prompts import PromptTemplate
from llama_index.core.prompts.chat_prompts import ChatPromptTemplate
from llama_index.core.types import PydanticProgramMode
from spelling import sse
from ways import Person

from llama_index_pollinations import InvalidInputError, Pollinations
from pollinations_sandbox import Sandbox

Make = Callable[..., Pollinations]
ADA = Person(name="Ada", age=36)
TEXT = "Ada is 36 years old."
PROMPT = PromptTemplate("Extract the person: {text}")
FORMS = pytest.mark.parametrize("form", ["structured_predict", "stream_structured_predict"])


@FORMS
@pytest.mark.parametrize("mode", ["auto", "prompt"])
def test_the_system_prompt_is_sent(
    make: Make, sandbox: Sandbox, colour: Any, form: str, mode: str
) -> None:
    """With every object; messages of a chat template follow it."""
    llm = make(structured_output_mode=mode, system_prompt="You extract.")
    template = ChatPromptTemplate.from_messages([("system", "Be {mood}."), ("user", "{text}")])
    ask = colour.pieces if "stream" in form else colour.whole

    person = ask(llm, form, Person, template, mood="brief", text=TEXT)

    assert (person[-1] if "stream" in form else person) == ADA
    first, second, _ = sandbox.last.body["messages"]
    assert (first["content"], second["content"]) == ("You extract.", "Be brief.")


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


def test_a_stream_of_wrong_data_begins_anew(make: Make, sandbox: Sandbox, colour: Any) -> None:
    """What the larger model says comes after what the smaller one said."""
    sandbox.reply(sse({"content": '{"name": "Ada", "age": "unknown"}'}))
    llm = make(escalate_to="gemini-large")

    objects = colour.pieces(llm, "stream_structured_predict", Person, PROMPT, text=TEXT)

    assert any(one.age == "unknown" for one in objects)
    assert objects[-1] == ADA


@pytest.mark.parametrize("method", ["chat", "complete", "stream_chat"])
def test_a_structured_model_is_an_llm(
    llm: Pollinations, sandbox: Sandbox, colour: Any, method: str
) -> None:
    """What it is asked is sent as it is, also braces and pictures, and stays as it was."""
    text = TEXT + ' {"a": {text}} {nothing}'
    message = ChatMessage([TextBlock(text=text), ImageBlock(url="https://example.com/a.png")])
    before = message.model_dump_json()

    prompt = text if method == "complete" else [message]
    last = colour.ask(llm.as_structured_llm(Person), method, prompt)[-1]

    assert isinstance(last.raw, Person)
    content = sandbox.last.body["messages"][0]["content"]
    if method == "complete":
        assert content == text
    else:
        assert content[0] == {"type": "text", "text": text}
        assert content[1]["image_url"]["url"] == "https://example.com/a.png"
    assert message.model_dump_json() == before


@pytest.mark.parametrize(
    ("program", "fields"),
    [(PydanticProgramMode.FUNCTION, {"tools"}), (PydanticProgramMode.LLM, set())],
)
def test_the_program_mode_of_llama_index_is_honoured(
    make: Make, sandbox: Sandbox, program: PydanticProgramMode, fields: set[str]
) -> None:
    """`pydantic_program_mode` chooses the tool, or words."""
    make(pydantic_program_mode=program).structured_predict(Person, PROMPT, text=TEXT)

    assert sandbox.last.body.keys() & {"tools", "response_format"} == fields


def test_a_program_for_other_models_is_refused(llm: Pollinations) -> None:
    """What only works with models of another package is named before anything is sent."""
    llm.pydantic_program_mode = PydanticProgramMode.LM_FORMAT_ENFORCER

    with pytest.raises(InvalidInputError, match="lm-format-enforcer"):
        llm.structured_predict(Person, PROMPT, text=TEXT)


def test_options_of_the_call_travel(llm: Pollinations, sandbox: Sandbox) -> None:
    """`llm_kwargs` are options, but for those that the mode decides."""
    options = {"temperature": 0.5, "tool_choice": "none"}
    llm.structured_predict(Person, PROMPT, llm_kwargs=options, text=TEXT)

    assert sandbox.last.body["temperature"] == 0.5
    assert "tool_choice" not in sandbox.last.body


@pytest.mark.parametrize("kind", [FunctionCallingProgram, LLMTextCompletionProgram])
async def test_programs_of_llama_index_give_objects(
    llm: Pollinations, sandbox: Sandbox, kind: Any
) -> None:
    """Who uses them directly gets the same."""
    program = kind.from_defaults(output_cls=Person, prompt_template_str="Extract: {text}", llm=llm)

    assert program(text=TEXT) == await program.acall(text=TEXT) == ADA
    assert ("tools" in sandbox.last.body) is (kind is FunctionCallingProgram)


def test_a_program_of_llama_index_streams_objects(llm: Pollinations, colour: Any) -> None:
    """It finds the calls of each piece in `additional_kwargs`, and their arguments so far."""
    program = FunctionCallingProgram.from_defaults(
        Person, prompt_template_str="Call Person with {text}.", llm=llm
    )

    objects = colour.pieces(program, "stream_call", text="name = Ada and age = 36")

    assert objects[-1] == ADA
    assert len(objects) > 2


@FORMS
def test_an_object_is_counted_and_told_of_once(make: Make, colour: Any, form: str) -> None:
    """Tracers hear of the object and of the chat within, which holds plain data only."""
    counter = TokenCountingHandler()
    llm = make(callback_manager=CallbackManager([counter]))
    read = colour.pieces if "stream" in form else colour.whole

    with listening() as heard:
        read(llm, form, Person, PROMPT, text=TEXT)

    events = {type(event).__name__: event for event in heard.events}
    assert [name for name in events if "InProgress" not in name] == [
        "LLMStructuredPredictStartEvent",
        "LLMChatStartEvent",
        "LLMChatEndEvent",
        "LLMStructuredPredictEndEvent",
    ]
    assert events["LLMStructuredPredictEndEvent"].output == ADA
    usage = events["LLMChatEndEvent"].response.raw["usage"]
    assert [(c.prompt_token_count, c.completion_token_count) for c in counter.llm_token_counts] == [
        (usage["prompt_tokens"], usage["completion_tokens"])
    ]
    methods = json.loads(json.dumps(events["LLMChatStartEvent"].additional_kwargs))["_methods"]
    assert list(methods) == ["json_schema", "tool", "prompt"]
