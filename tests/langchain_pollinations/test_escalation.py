"""A larger model is asked where a small one is not enough."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.tracers.context import collect_runs
from spelling import sse, whole
from typing_extensions import TypedDict
from ways import Person

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]

PROMPT = 'Ada is 36 years old. Answer in JSON: {"name": "Ada", "age": 36}'
LARGER = "openai-large"


class PersonDict(TypedDict):
    """A person."""

    name: str
    age: int


@pytest.fixture
def careful(chat: Chat) -> ChatPollinations:
    """A small model with a larger one behind it."""
    return chat(model="openai", escalate_to=LARGER)


def models_asked(sandbox: Sandbox) -> list[str]:
    return [request.body["model"] for request in sandbox.requests]


@pytest.fixture
def half(sandbox: Sandbox, ask: Any) -> Callable[[], None]:
    """Let the next answer be half a person."""
    message = {"content": '{"name": "Ada"}'}
    return lambda: sandbox.reply(sse(message) if ask.streams else whole(message))


def test_raw_is_the_message_of_the_larger_model(
    careful: ChatPollinations, ask: Any, sandbox: Sandbox
) -> None:
    """With include_raw it stands beside its data, or beside the error if it is no better."""
    model = careful.with_structured_output(Person, method="json_schema", include_raw=True)
    wrong = whole({"content": '{"name": "Ada"}'})  # also where the answer is streamed

    sandbox.reply(wrong)
    good = ask(model, PROMPT)
    sandbox.reply(wrong)
    sandbox.reply(wrong)
    bad = ask(model, PROMPT)

    assert good["raw"].response_metadata["model_name"] == LARGER
    assert isinstance(good["parsed"], Person)
    assert good["parsing_error"] is None
    assert bad["raw"].text == '{"name": "Ada"}'
    assert bad["parsed"] is None
    assert isinstance(bad["parsing_error"], OutputParserException)


def test_a_call_that_names_its_model_escalates_too(
    careful: ChatPollinations, ask: Any, sandbox: Sandbox, half: Any
) -> None:
    """From the model that it names, by either of the option's names."""
    for options in ({"model": "mistral"}, {"model_name": "mistral"}):
        half()
        ask.pieces(careful.with_structured_output(Person, method="json_schema", **options), PROMPT)

    assert models_asked(sandbox) == ["mistral", LARGER] * 2


def test_both_calls_are_traced_under_one_run(
    careful: ChatPollinations, ask: Any, sandbox: Sandbox, half: Any
) -> None:
    """Tracers see a run of the chain with two models in it."""
    half()
    with collect_runs() as seen:
        ask.pieces(careful.with_structured_output(Person, method="json_schema"), PROMPT)

    assert models_asked(sandbox) == ["openai", LARGER]
    assert len(seen.traced_runs) == 1  # one that has no parent


def test_objects_come_while_the_answer_does(
    careful: ChatPollinations, ask_in_pieces: Any, sandbox: Sandbox
) -> None:
    """An answer that turns out to be wrong after that raises; the larger model is not tried."""
    model = careful.with_structured_output(PersonDict, method="json_schema")
    sandbox.reply(sse({"content": '{"name": "Ada",'}, {"content": ' "age": 36}'}))
    assert ask_in_pieces.pieces(model, PROMPT) == [{"name": "Ada"}, {"name": "Ada", "age": 36}]

    sandbox.reply(sse({"content": '{"name": "Ada",'}, {"content": ' "age": 3'}, reason="length"))
    with pytest.raises(OutputParserException, match="max_tokens"):
        ask_in_pieces.pieces(model, PROMPT)
    assert models_asked(sandbox) == ["openai"] * 2
