"""A larger model is asked where a small one is not enough, in both frameworks."""

import json
from typing import Any

import pytest
from langchain_core.exceptions import OutputParserException
from pydantic import ValidationError
from ways import EACH_WAY, EVERY_MODE, EVERY_WAY, Person, Way

from llama_index_pollinations import StructuredOutputError
from pollinations_sandbox import Fault, Sandbox

LARGER = "gemini-large"
RIGHT = '{"name": "Ada", "age": 36}'
PROMPT = "Ada is 36 years old. Answer in JSON."
LONG = "All happy families are alike. " * 100
NOT_A_PERSON = (ValidationError, OutputParserException, StructuredOutputError)


def models_asked(sandbox: Sandbox) -> list[str]:
    return [request.body["model"] for request in sandbox.requests]


@EVERY_MODE
@pytest.mark.parametrize("wrong", ['{"name": "Ada", "age": "unknown"}', '{"name": "Ada"}', "No."])
def test_what_does_not_validate_is_asked_of_the_larger_model(
    sandbox: Sandbox, way: Way, mode: str, wrong: str
) -> None:
    """The same request once more, and its answer is what the caller gets."""
    way.reply(sandbox, wrong, mode)
    way.reply(sandbox, RIGHT, mode)
    model = way.model(sandbox, model="openai", escalate_to=LARGER)

    assert way.objects(model, Person, PROMPT, mode)[-1] == Person(name="Ada", age=36)
    assert models_asked(sandbox) == ["openai", LARGER]
    one, other = (request.body for request in sandbox.requests)
    assert one["messages"] == other["messages"]
    assert one.keys() == other.keys()


@EVERY_MODE
def test_what_validates_is_asked_once(sandbox: Sandbox, way: Way, mode: str) -> None:
    """A good answer of the small model stays."""
    way.reply(sandbox, RIGHT, mode)
    model = way.model(sandbox, model="openai", escalate_to=LARGER)

    assert way.objects(model, Person, PROMPT, mode)[-1] == Person(name="Ada", age=36)
    assert models_asked(sandbox) == ["openai"]


@EVERY_MODE
def test_the_larger_model_is_the_last_resort(sandbox: Sandbox, way: Way, mode: str) -> None:
    """If its answer does not validate either, that is the error."""
    for _ in range(2):
        way.reply(sandbox, '{"name": "Ada"}', mode)
    model = way.model(sandbox, model="openai", escalate_to=LARGER)

    with pytest.raises(NOT_A_PERSON, match="age") as caught:
        way.objects(model, Person, PROMPT, mode)

    assert models_asked(sandbox) == ["openai", LARGER]
    if way.framework == "llama_index":
        assert caught.value.model == LARGER  # type: ignore[attr-defined] # of our own error
        assert json.loads(caught.value.text) == {"name": "Ada"}  # type: ignore[attr-defined]


@EACH_WAY
@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({"model": LARGER, "escalate_to": LARGER}, LARGER),
        ({"escalate_to": LARGER, "escalate_when": 1}, LARGER),
        ({"model": "openai", "fallback_models": ["mistral"]}, "openai"),
    ],
    ids=["itself", "asked at once", "none"],
)
def test_wrong_data_without_a_larger_model_are_an_error(
    sandbox: Sandbox, way: Way, fields: dict[str, Any], asked: str
) -> None:
    """The same question to the same model gets the same answer; fallbacks are for failures."""
    way.reply(sandbox, '{"name": "Ada"}')

    with pytest.raises(NOT_A_PERSON):
        way.objects(way.model(sandbox, **fields), Person, PROMPT, "json_schema")

    assert models_asked(sandbox) == [asked]


@EACH_WAY
def test_a_larger_model_that_is_down_is_replaced(sandbox: Sandbox, way: Way) -> None:
    """Fallback models stand in for it."""
    way.reply(sandbox, '{"name": "Ada"}')
    way.reply(sandbox, RIGHT)
    sandbox.fail(Fault.status(503, times=None, model=LARGER))
    fields = {"model": "openai", "escalate_to": LARGER, "fallback_models": ["mistral"]}
    model = way.model(sandbox, **fields, max_retries=0)

    assert way.objects(model, Person, PROMPT, "json_schema")[-1] == Person(name="Ada", age=36)
    assert models_asked(sandbox) == ["openai", LARGER, "mistral"]


@pytest.mark.parametrize("way", EVERY_WAY, ids=str)
@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (100, LARGER),
        (10_000, "openai"),
        (lambda messages: "families" in str(messages), LARGER),
        (lambda messages: len(messages) > 1, "openai"),
        (None, "openai"),
    ],
    ids=["many tokens", "few tokens", "true", "false", "unset"],
)
def test_a_hard_case_goes_to_the_larger_model_at_once(
    sandbox: Sandbox, way: Way, when: Any, expected: str
) -> None:
    """More tokens than a number, or what a predicate on the messages says."""
    model = way.model(sandbox, model="openai", escalate_to=LARGER, escalate_when=when)

    assert way.ask(model, LONG).metadata["model_name"] == expected
    assert models_asked(sandbox) == [expected]


@EACH_WAY
def test_if_the_larger_model_is_down_the_small_one_answers(sandbox: Sandbox, way: Way) -> None:
    """A hard case is better answered by a small model than not at all."""
    sandbox.fail(Fault.status(503, times=None, model=LARGER))
    fields = {"model": "openai", "escalate_to": LARGER, "escalate_when": 1}

    metadata = way.ask(way.model(sandbox, **fields, max_retries=0), "Hi").metadata

    assert metadata["model_name"] == "openai"
    assert metadata["fallbacks"][0]["model"] == LARGER


@EACH_WAY
def test_a_limit_without_a_larger_model_means_nothing(sandbox: Sandbox, way: Way) -> None:
    """There is none to escalate to."""
    way.ask(way.model(sandbox, model="openai", escalate_when=1), LONG)

    assert models_asked(sandbox) == ["openai"]
