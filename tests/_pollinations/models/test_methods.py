"""A model that refuses a method of asking for an object is asked by the next, and remembered."""

from collections.abc import Mapping
from typing import Any

import pytest

from _pollinations.http.errors import (
    ContextOverflowError,
    InvalidInputError,
    InvalidRequestError,
    PollinationsError,
    ServerError,
)
from _pollinations.models.catalog import Model
from _pollinations.models.methods import Methods, takes_tools, with_words

OFFERED: dict[str, Any] = {"tool": {"tools": [1]}, "json_schema": {"b": 1}, "prompt": {"words": ""}}


def methods(accepted: dict[str, str], *, tools: bool = True) -> Methods:
    def body(model: str, method: Mapping[str, Any]) -> dict[str, Any]:
        return {"model": model, **method}

    return Methods(OFFERED, body, accepted, lambda _: tools)


def test_a_refused_method_is_left_and_the_accepted_one_comes_first() -> None:
    """For each model on its own."""
    accepted: dict[str, str] = {}
    asked = methods(accepted)

    assert asked.first("m") == {"model": "m", "tools": [1]}
    assert asked.after(InvalidRequestError("no tool_choice", status=400)) == {"model": "m", "b": 1}
    asked.accept()

    assert accepted == {"m": "json_schema"}
    assert methods(accepted).first("m") == {"model": "m", "b": 1}
    assert methods(accepted).first("other") == {"model": "other", "tools": [1]}
    assert methods({}, tools=False).first("m") == {"model": "m", "b": 1}


@pytest.mark.parametrize(
    "error",
    [
        ServerError("down", status=503),
        ContextOverflowError("long", status=400),
        InvalidRequestError("Invalid service or alias: m", status=400),
        InvalidRequestError("bad", status=400, field_errors={"model": "unknown"}),
    ],
)
def test_another_error_is_not_about_the_method(error: PollinationsError) -> None:
    """An unknown model, a long prompt or a broken provider stay what they are."""
    asked = methods({})
    asked.first("m")

    assert asked.after(error) is None


def test_the_last_method_is_the_last() -> None:
    """After it the error counts; a body that cannot be made is passed over."""
    made: list[str] = []

    def body(model: str, method: Mapping[str, Any]) -> dict[str, Any]:
        made.append(model)
        if "tools" in method:
            raise InvalidInputError("no tools here")
        return {}

    asked = Methods({"tool": {"tools": []}, "prompt": {}}, body, {}, lambda _: True)

    assert asked.first("m") == {}
    assert len(made) == 2
    assert asked.after(InvalidRequestError("no", status=400)) is None


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        (Model(name="m", raw={"supported_parameters": ["tools", "tool_choice"]}), True),
        (Model(name="m", tools=True, raw={"supported_parameters": ["tools"]}), False),
        (Model(name="m", raw={"supported_parameters": {"tool_choice": {}}}), True),
        (Model(name="m", raw={"supported_parameters": []}), True),
        (Model(name="m", tools=False), False),
        (Model(name="m"), True),
        (Model(name="perplexity-fast"), False),
    ],
)
def test_what_a_model_takes_is_read_from_the_catalogue(model: Model, takes: bool) -> None:
    """Its parameters say most, then its tools, then what was known at release."""
    assert takes_tools(model.name, [model]) is takes


@pytest.mark.parametrize(
    ("content", "parts"), [("Who?", 2), ([{"type": "text", "text": "Who?"}] * 2, 3), (None, 1)]
)
def test_words_are_added_to_a_copy_of_the_last_user_message(content: Any, parts: int) -> None:
    """After an assistant's turn they are a message of their own."""
    asked: Any = [{"role": "user", "content": content}]
    answered: Any = [*asked, {"role": "assistant", "content": "Ada"}]

    assert len(with_words(asked, "In JSON.")[-1]["content"]) == parts
    assert asked == [{"role": "user", "content": content}]
    assert with_words(answered, "In JSON.")[-1]["role"] == "user"
    assert with_words(answered, None) is answered
