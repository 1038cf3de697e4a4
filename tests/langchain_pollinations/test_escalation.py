"""A larger model is asked where a small one is not enough."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from langchain_core.prompts import ChatPromptTemplate
from pydantic import BaseModel, ValidationError
from typing_extensions import TypedDict

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Fault, Sandbox

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
def says(sandbox: Sandbox, ask: Any, completion: Any, events: Any) -> Callable[..., None]:
    """Let the next answer be these words, or a call with these arguments."""

    def spell(text: str, method: str = "json_schema", *, raw: bool = False) -> None:
        said: dict[str, Any] = {"content": text}
        if method == "function_calling":
            call = {"index": 0, "id": "c1", "type": "function"}
            function = {"name": "Person", "arguments": text}
            said = {"content": None, "tool_calls": [{**call, "function": function}]}
        # With include_raw a stream is one answer, which is asked for as a whole.
        sandbox.reply(events(said) if ask.streams and not raw else completion(said))

    return spell


def asked(sandbox: Sandbox) -> list[str]:
    return [request.body["model"] for request in sandbox.requests]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("bad", ['{"name": "Ada", "age": "unknown"}', '{"name": "Ada"}'])
def test_what_does_not_validate_is_asked_of_the_larger_model(  # noqa: PLR0917 - fixtures are given by name
    careful: ChatPollinations, ask: Any, sandbox: Sandbox, says: Any, method: Any, bad: str
) -> None:
    """The same request once more, and its answer is what the caller gets."""
    says(bad, method)

    *_, person = ask.pieces(careful.with_structured_output(Person, method=method), PROMPT)

    assert isinstance(person, Person)
    assert asked(sandbox) == ["openai", LARGER]
    one, other = (request.body for request in sandbox.requests)
    assert {**one, "model": ""} == {**other, "model": ""}


@pytest.mark.parametrize("method", METHODS)
def test_what_validates_is_asked_once(
    careful: ChatPollinations, ask: Any, sandbox: Sandbox, method: Any
) -> None:
    """A good answer of the small model stays."""
    *_, person = ask.pieces(careful.with_structured_output(Person, method=method), PROMPT)

    assert isinstance(person, Person)
    assert asked(sandbox) == ["openai"]


def test_an_answer_without_a_call_is_asked_again(
    careful: ChatPollinations, ask: Any, sandbox: Sandbox, says: Any
) -> None:
    """Words in place of the tool's arguments are no data."""
    says("Ada is 36.")

    *_, person = ask.pieces(careful.with_structured_output(Person), PROMPT)

    assert isinstance(person, Person)
    assert asked(sandbox) == ["openai", LARGER]


def test_dicts_are_asked_again_when_they_are_no_json(
    careful: ChatPollinations, ask: Any, sandbox: Sandbox, says: Any
) -> None:
    """A TypedDict's answer is read, not validated."""
    says("I would rather not.")
    model = careful.with_structured_output(PersonDict, method="json_schema")

    *_, person = ask.pieces(model, PROMPT)

    assert set(person) == {"name", "age"}
    assert asked(sandbox) == ["openai", LARGER]


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


@pytest.mark.parametrize("method", METHODS)
def test_the_larger_model_is_asked_only_once(
    careful: ChatPollinations, ask: Any, sandbox: Sandbox, says: Any, method: Any
) -> None:
    """If its answer does not validate either, that is the error."""
    for _ in range(2):
        says('{"name": "Ada"}', method)

    with pytest.raises((ValidationError, OutputParserException), match="age"):
        ask.pieces(careful.with_structured_output(Person, method=method), PROMPT)

    assert asked(sandbox) == ["openai", LARGER]


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
    careful: ChatPollinations, ask_in_pieces: Any, sandbox: Sandbox, events: Any
) -> None:
    """A model behind it takes nothing from a stream."""
    sandbox.reply(events({"content": '{"name": "Ada",'}, {"content": ' "age": 36}'}))
    model = careful.with_structured_output(PersonDict, method="json_schema")

    pieces = ask_in_pieces.pieces(model, PROMPT)

    assert pieces == [{"name": "Ada"}, {"name": "Ada", "age": 36}]
    assert asked(sandbox) == ["openai"]


def test_who_is_the_larger_model_is_not_asked_again(
    chat: Chat, ask: Any, sandbox: Sandbox, says: Any
) -> None:
    """The same question to the same model would get the same answer."""
    model = chat(escalate_to=LARGER, escalate_when=lambda _: True)
    says('{"name": "Ada"}')

    with pytest.raises(OutputParserException):
        ask.pieces(model.with_structured_output(Person, method="json_schema"), PROMPT)

    assert asked(sandbox) == [LARGER]


def test_if_the_larger_model_is_down_the_next_is_asked(
    chat: Chat, ask: Any, sandbox: Sandbox, says: Any
) -> None:
    """Escalation and fallback models know each other."""
    model = chat(
        model="openai", escalate_to=LARGER, fallback_models=["mistral"], max_retries=0
    ).with_structured_output(Person, method="json_schema", include_raw=True)
    says('{"name": "Ada"}', raw=True)
    sandbox.fail(Fault.status(503, times=None, model=LARGER))

    answer = ask(model, PROMPT)

    assert asked(sandbox) == ["openai", LARGER, "mistral"]
    assert isinstance(answer["parsed"], Person)


def test_a_call_that_names_its_model_escalates_too(
    careful: ChatPollinations, ask: Any, sandbox: Sandbox, says: Any
) -> None:
    """From the model that it names, by either of the option's names."""
    for options in ({"model": "mistral"}, {"model_name": "mistral"}):
        says('{"name": "Ada"}')
        ask.pieces(careful.with_structured_output(Person, method="json_schema", **options), PROMPT)

    assert asked(sandbox) == ["mistral", LARGER] * 2


def test_a_chain_with_a_prompt_escalates(
    careful: ChatPollinations, ask: Any, sandbox: Sandbox, says: Any
) -> None:
    """In a chain it is a step like any other."""
    says('{"name": "Ada"}')
    chain = ChatPromptTemplate.from_template("{told}") | careful.with_structured_output(
        Person, method="json_schema"
    )

    *_, person = ask.pieces(chain, {"told": PROMPT})

    assert isinstance(person, Person)
    assert asked(sandbox) == ["openai", LARGER]


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
    careful: ChatPollinations, ask_in_pieces: Any, sandbox: Sandbox, events: Any
) -> None:
    """A stream that is wrong only at its end raises; the larger model is not asked any more."""
    sandbox.reply(events({"content": '{"name": "Ada",'}, {"content": ' "age": 3'}, reason="length"))
    model = careful.with_structured_output(PersonDict, method="json_schema")

    with pytest.raises(OutputParserException, match="max_tokens"):
        ask_in_pieces.pieces(model, PROMPT)

    assert asked(sandbox) == ["openai"]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (10, LARGER),
        (10_000, "openai"),
        (lambda messages: "36" in messages[-1].text, LARGER),
        (lambda messages: len(messages) > 1, "openai"),
        (None, "openai"),
    ],
    ids=["many tokens", "few tokens", "true", "false", "unset"],
)
def test_a_hard_case_goes_to_the_larger_model_at_once(
    chat: Chat, ask: Any, sandbox: Sandbox, when: Any, expected: str
) -> None:
    """More tokens than a number, or what a predicate on the messages says."""
    answer = ask(chat(model="openai", escalate_to=LARGER, escalate_when=when), PROMPT)

    assert asked(sandbox) == [expected]
    assert answer.response_metadata["model_name"] == expected


def test_if_the_larger_model_is_down_the_small_one_answers(
    chat: Chat, ask: Any, sandbox: Sandbox
) -> None:
    """A hard case is better answered by a small model than not at all."""
    sandbox.fail(Fault.status(503, times=None, model=LARGER))
    model = chat(model="openai", escalate_to=LARGER, escalate_when=1, max_retries=0)

    answer = ask(model, PROMPT)

    assert answer.response_metadata["model_name"] == "openai"
    assert answer.response_metadata["fallbacks"][0]["model"] == LARGER
