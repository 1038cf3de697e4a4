"""A larger model is asked where a small one is not enough."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from pydantic import BaseModel
from spelling import sse, whole
from typing_extensions import TypedDict

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]

METHODS: list[Any] = ["function_calling", "json_schema", "json_mode"]
PROMPT = 'Ada is 36 years old. Answer in JSON: {"name": "Ada", "age": 36}'
LARGER = "openai-large"


class Person(BaseModel):
    """A person."""

    name: str
    age: int


class PersonDict(TypedDict):
    """A person."""

    name: str
    age: int


@pytest.fixture
def careful(chat: Chat) -> ChatPollinations:
    """A small model with a larger one behind it."""
    return chat(model="openai", escalate_to=LARGER)


@pytest.fixture
def says(sandbox: Sandbox, ask: Any) -> Callable[..., None]:
    """Let the next answer be these words, or a call with these arguments."""

    def spell(text: str, method: str = "json_schema", *, raw: bool = False) -> None:
        message: dict[str, Any] = {"content": text}
        if method == "function_calling":
            call = {"index": 0, "id": "c1", "type": "function"}
            function = {"name": "Person", "arguments": text}
            message = {"content": None, "tool_calls": [{**call, "function": function}]}
        # With include_raw a stream is one answer, which is asked for as a whole.
        sandbox.reply(sse(message) if ask.streams and not raw else whole(message))

    return spell


def models_asked(sandbox: Sandbox) -> list[str]:
    return [request.body["model"] for request in sandbox.requests]


@pytest.mark.parametrize(
    ("schema", "method"), [(Person, "function_calling"), (PersonDict, "json_schema")]
)
def test_words_are_no_data(  # noqa: PLR0917 - fixtures are given by name
    careful: ChatPollinations, ask: Any, sandbox: Sandbox, says: Any, schema: Any, method: Any
) -> None:
    """Neither in place of the tool's arguments, nor of a dictionary, which is not validated."""
    says("I would rather not.")

    *_, person = ask.pieces(careful.with_structured_output(schema, method=method), PROMPT)

    assert dict(person).keys() == {"name", "age"}
    assert models_asked(sandbox) == ["openai", LARGER]


@pytest.mark.parametrize("method", METHODS)
def test_raw_tells_who_answered(
    careful: ChatPollinations, ask: Any, says: Any, method: Any
) -> None:
    """With include_raw, the larger model's message comes beside its data."""
    says('{"name": "Ada"}', method, raw=True)
    model = careful.with_structured_output(Person, method=method, include_raw=True)

    answer = ask(model, PROMPT)

    assert isinstance(answer["parsed"], Person)
    assert answer["parsing_error"] is None
    assert isinstance(answer["raw"], AIMessage)
    assert answer["raw"].response_metadata["model_name"] == LARGER


def test_raw_keeps_the_error_of_the_larger_model(
    careful: ChatPollinations, ask: Any, says: Any
) -> None:
    """With include_raw nothing is raised."""
    for _ in range(2):
        says('{"name": "Ada"}', raw=True)
    model = careful.with_structured_output(Person, method="json_schema", include_raw=True)

    answer = ask(model, PROMPT)

    assert answer["parsed"] is None
    assert isinstance(answer["parsing_error"], OutputParserException)
    assert answer["raw"].text == '{"name": "Ada"}'


def test_objects_come_while_the_answer_does(
    careful: ChatPollinations, ask_in_pieces: Any, sandbox: Sandbox
) -> None:
    """A model behind it takes nothing from a stream."""
    sandbox.reply(sse({"content": '{"name": "Ada",'}, {"content": ' "age": 36}'}))
    model = careful.with_structured_output(PersonDict, method="json_schema")

    pieces = ask_in_pieces.pieces(model, PROMPT)

    assert pieces == [{"name": "Ada"}, {"name": "Ada", "age": 36}]
    assert models_asked(sandbox) == ["openai"]


def test_a_call_that_names_its_model_escalates_too(
    careful: ChatPollinations, ask: Any, sandbox: Sandbox, says: Any
) -> None:
    """From the model that it names, by either of the option's names."""
    for options in ({"model": "mistral"}, {"model_name": "mistral"}):
        says('{"name": "Ada"}')
        ask.pieces(careful.with_structured_output(Person, method="json_schema", **options), PROMPT)

    assert models_asked(sandbox) == ["mistral", LARGER] * 2


def test_both_calls_are_traced_under_one_run(
    careful: ChatPollinations, ask: Any, says: Any
) -> None:
    """Tracers see a run of the chain with two models in it."""

    class Seen(BaseCallbackHandler):
        def __init__(self) -> None:
            self.parents: dict[Any, Any] = {}
            self.models: list[Any] = []

        def on_chain_start(
            self, *_: Any, run_id: Any, parent_run_id: Any = None, **__: Any
        ) -> None:
            self.parents[run_id] = parent_run_id

        def on_chat_model_start(self, *_: Any, parent_run_id: Any, **__: Any) -> None:
            self.models.append(parent_run_id)

        def root_of(self, run: Any) -> Any:
            return run if self.parents[run] is None else self.root_of(self.parents[run])

    says('{"name": "Ada"}')
    seen = Seen()
    model = careful.with_structured_output(Person, method="json_schema")

    ask.pieces(model.with_config(callbacks=[seen]), PROMPT)

    one, other = seen.models
    assert seen.root_of(one) == seen.root_of(other)
    assert list(seen.parents.values()).count(None) == 1


def test_an_object_that_was_yielded_already_cannot_be_replaced(
    careful: ChatPollinations, ask_in_pieces: Any, sandbox: Sandbox
) -> None:
    """A stream that is wrong only at its end raises; the larger model is not asked any more."""
    sandbox.reply(sse({"content": '{"name": "Ada",'}, {"content": ' "age": 3'}, reason="length"))
    model = careful.with_structured_output(PersonDict, method="json_schema")

    with pytest.raises(OutputParserException, match="max_tokens"):
        ask_in_pieces.pieces(model, PROMPT)

    assert models_asked(sandbox) == ["openai"]
