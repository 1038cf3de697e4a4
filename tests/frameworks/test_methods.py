"""Which method asks for an object, and which is next when a model refuses it."""

import json

import pytest
from ways import EACH_WAY, EITHER, WAYS_AND_MODES, Person, Way

from langchain_pollinations import InvalidRequestError
from pollinations_sandbox import Fault, Sandbox

WORDS = "Add 20 and 22, please."
SUM = {"a": 20, "b": 22}
FIELDS = {"tools", "response_format"}
CHOSEN = [(way, mode) for way, mode in WAYS_AND_MODES if mode != "auto"]
FIRST = {"langchain": "tools", "llama_index": "response_format"}
"""The field of the method that `auto` tries first."""


def refuse(sandbox: Sandbox, times: int = 1) -> None:
    """Answer the next requests as a provider does that knows no such field."""
    body = b'{"error": {"message": "This model supports neither tools nor response_format"}}'
    sandbox.fail(Fault.body(body, status=400, times=times))


def fields_sent(sandbox: Sandbox) -> list[set[str]]:
    """The fields by which each request asks for an object."""
    return [request.body.keys() & FIELDS for request in sandbox.requests]


@EACH_WAY
def test_a_refused_method_is_left_once_and_for_all(sandbox: Sandbox, way: Way) -> None:
    """After a 400 the next one is tried, and from then on it is the first for this model."""
    model = way.model(sandbox)
    refuse(sandbox)
    for _ in range(2):
        assert way.ask_for_data(model, WORDS).data == SUM
    first, second = {FIRST[way.framework]}, FIELDS - {FIRST[way.framework]}

    assert fields_sent(sandbox) == [first, second, second]


@EACH_WAY
def test_the_prompt_is_the_last_method(sandbox: Sandbox, way: Way) -> None:
    """For a model that takes neither a schema nor a tool, the schema stands in the prompt."""
    refuse(sandbox, times=2)

    assert way.ask_for_data(way.model(sandbox), WORDS).data == SUM
    assert fields_sent(sandbox)[-1] == set()
    assert "JSON schema" in json.dumps(sandbox.last.body["messages"])


@EACH_WAY
def test_a_request_that_is_wrong_by_every_method_fails(sandbox: Sandbox, way: Way) -> None:
    """The error comes through, and nothing is remembered."""
    model = way.model(sandbox)
    refuse(sandbox, times=3)
    with pytest.raises(InvalidRequestError):
        way.ask_for_data(model, WORDS)
    way.ask_for_data(model, WORDS)

    assert fields_sent(sandbox)[-1] == {FIRST[way.framework]}


@EITHER
def test_a_model_without_tools_is_not_asked_to_call_one(sandbox: Sandbox, way: Way) -> None:
    """What the catalogue in this package says of it is enough."""
    model = way.model(sandbox, model="perplexity-fast")
    if way.framework == "llama_index":  # its first method is not a tool
        refuse(sandbox)
    way.ask_for_data(model, WORDS)

    assert "tools" not in set().union(*fields_sent(sandbox))


@pytest.mark.parametrize(("way", "mode"), CHOSEN, ids=str)
def test_a_chosen_method_is_kept(sandbox: Sandbox, way: Way, mode: str) -> None:
    """Only `auto` tries another one."""
    refuse(sandbox)
    with pytest.raises(InvalidRequestError):
        way.objects(way.model(sandbox), Person, WORDS + " Answer in JSON.", mode)

    assert len(sandbox.requests) == 1
