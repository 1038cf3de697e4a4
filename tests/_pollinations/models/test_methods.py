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
from _pollinations.models.methods import Methods, takes_tools, with_words
from _pollinations.models.model import Model

OFFERED: dict[str, Any] = {"tool": {"tools": [1]}, "json_schema": {"b": 1}, "prompt": {"words": ""}}


def methods(accepted: dict[str, str], *, tools: bool = True) -> Methods:
    def body(model: str, method: Mapping[str, Any]) -> dict[str, Any]:
        return {"model": model, **method}

    return Methods(OFFERED, body, accepted, lambda _: tools)


def after(error: PollinationsError) -> object:
    """The body that follows when a model refuses the first method with this error."""
    refused = methods({})
    refused.first("m")
    return refused.after(error)


def test_a_refused_method_is_left_and_the_accepted_one_comes_first() -> None:
    """For each model on its own."""
    accepted: dict[str, str] = {}
    first = methods(accepted)

    assert first.first("m") == {"model": "m", "tools": [1]}
    assert first.after(InvalidRequestError("no tool_choice", status=400)) == {"model": "m", "b": 1}
    first.accept()

    assert accepted == {"m": "json_schema"}
    assert methods(accepted).first("m") == {"model": "m", "b": 1}
    assert methods(accepted).first("other") == {"model": "other", "tools": [1]}
    assert methods({}, tools=False).first("m") == {"model": "m", "b": 1}
    only = Methods({"tool": {"tools": [1]}}, lambda _, method: method, {}, lambda _: False)
    assert only.first("m") == {"tools": [1]}  # there is no other


@pytest.mark.parametrize(
    "error",
    [
        ServerError("The tool server crashed", status=500),
        ContextOverflowError("The tools are too long", status=400),
        InvalidRequestError("Invalid service or alias: m", status=400),
        InvalidRequestError("bad", status=400, field_errors={"model": ("unknown",)}),
        InvalidRequestError("Could not download https://example.com/tools/cat.png", status=400),
        InvalidRequestError("This model does not support video input", status=400),
        InvalidRequestError("Validation failed", field_errors={"seed": ("Too large",)}),
    ],
)
def test_another_error_is_not_about_the_method(error: PollinationsError) -> None:
    """A bad picture or option, a long prompt or a broken provider stay what they are."""
    assert after(error) is None


@pytest.mark.parametrize(
    "error",
    [
        InvalidRequestError("This model does not support tool calling or tool history"),
        InvalidRequestError("This model does not support structured output; use text format"),
        InvalidRequestError("deepseek-reasoner does not support Function Calling"),
        InvalidRequestError("Invalid parameter: 'response_format' of type 'json_schema'"),
        InvalidRequestError("Invalid 'tools[0].function.name': string too long"),
        InvalidRequestError('Unknown name "response_schema": Cannot find field.'),
        InvalidRequestError("The specified schema has too many states for serving"),
        InvalidRequestError("Failed to call a function.", code="tool_use_failed"),
        InvalidRequestError("Bad request", cause_text="JSON mode is not supported"),
        InvalidRequestError("Validation failed", field_errors={"tool_choice": ("Invalid",)}),
        InvalidRequestError("Validation failed", form_errors=("response_format: Invalid",)),
        ServerError("1 validation error: {'loc': ('body', 'response_format', 'type')", status=500),
    ],
)
def test_a_refusal_of_the_method_tries_the_next(error: PollinationsError) -> None:
    """Wherever the gateway or the provider says that tools or formats are the matter.

    The server of llama.cpp says so of a JSON schema under 500.
    """
    assert after(error) == {"model": "m", "b": 1}


def test_the_last_method_is_the_last() -> None:
    """After it the error counts; a body that cannot be made is passed over."""

    def body(_: str, method: Mapping[str, Any]) -> Mapping[str, Any]:
        if "tools" in method:
            raise InvalidInputError("no tools here")
        return method

    refused = Methods({"tool": {"tools": []}, "prompt": {"words": ""}}, body, {}, lambda _: True)

    assert refused.first("m") == {"words": ""}
    assert refused.after(InvalidRequestError("no tools", status=400)) is None


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
    question: Any = [{"role": "user", "content": content}]
    answered: Any = [*question, {"role": "assistant", "content": "Ada"}]

    assert len(with_words(question, "In JSON.")[-1]["content"]) == parts
    assert question == [{"role": "user", "content": content}]
    assert with_words(answered, "In JSON.")[-1]["role"] == "user"
    assert with_words(answered, None) is answered
