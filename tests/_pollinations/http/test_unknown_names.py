"""Unknown names, and the names that were probably meant."""

from functools import partial

import pytest
from colours import COLOURS, send

from _pollinations.chat.completions import body, complete
from _pollinations.embeddings import MODEL as EMBEDDING
from _pollinations.http.errors import InvalidInputError, InvalidRequestError
from _pollinations.http.unknown_names import refuse_unknown, renamed, suggest_models
from _pollinations.media.images import DEFAULT_MODEL as IMAGE
from pollinations_sandbox import Sandbox

KNOWN = (
    *("base_url", "model", "callbacks", "directory", "extra_body", "fallback_models"),
    *("api_key", "reasoning_effort", "response_format", "temperature", "top_k"),
)


def test_other_names_stand_for_a_field() -> None:
    """None means not set; a name that the class has itself stays."""
    also = {"api_base": "base_url", "model_name": "model", "stop": "end"}
    arguments = {"api_base": "https://a", "model_name": None, "top_p": 1}

    assert renamed(arguments, ["base_url", "model", "top_p"], also, owner="Chat") == {
        "base_url": "https://a",
        "top_p": 1,
    }
    assert renamed({"stop": 1}, ["stop", "end"], also, owner="Chat") == {"stop": 1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"api_base": "https://a", "base_url": "https://b"},
            "api_base is another name of base_url",
        ),
        ({"is_chat_model": True}, "leave it out"),
        ({"n": 2}, "seed='random'"),
        ({"tools": []}, "bind_tools"),
        ({"width": 512}, "the call that makes an image"),
        ({"fallbacks": ["a"]}, r"did you mean 'fallback_models'\?$"),
        ({"dir": "a"}, r"did you mean 'directory'\?$"),
        ({"key": "sk_1"}, r"did you mean 'api_key'\?$"),
        ({"endpoint": "a"}, r"did you mean 'base_url'\?$"),
        ({"effort": "low"}, r"did you mean 'reasoning_effort'\?$"),
        ({"system_prompt": "a"}, "put a system message first"),
        ({"temprature": 1}, r"^Chat has no 'temprature'; did you mean 'temperature'\?$"),
        ({"top_K": 1}, r"did you mean 'top_k'\?$"),
        ({"num_ctx": 1}, r"has no 'num_ctx'\. Further .*extra_body=\{\.\.\.\}"),
    ],
)
def test_what_a_name_may_mean_is_said(arguments: dict[str, object], words: str) -> None:
    """Names of other packages have a hint of their own."""
    also = {"api_base": "base_url", "model_name": "model"}

    with pytest.raises(InvalidInputError, match=words):
        renamed(arguments, KNOWN, also, owner="Chat")


def test_what_the_constructor_takes_is_told_to_a_call() -> None:
    """Rather than that it could be sent unchecked."""
    known, constructor = ["temperature"], ["timeout", "fallback_models"]

    refuse_unknown(["temperature"], known, owner="A call", constructor=constructor)
    with pytest.raises(InvalidInputError, match=r"^A call has no 'zzz'\.$"):
        refuse_unknown(["zzz"], known, owner="A call", constructor=constructor)
    for name, meant in (("timeout", "timeout"), ("fallbacks", "fallback_models")):
        with pytest.raises(InvalidInputError, match=rf"'{name}': pass {meant} to the constructor"):
            refuse_unknown([name], known, owner="A call", constructor=constructor)


UNKNOWN = partial(InvalidRequestError, "No", code="model_not_found")
OFFERED = ('Invalid option: expected one of "openai"|"openai-fast"|"mistral"',)


@pytest.mark.parametrize(
    ("error", "model", "names", "near"),
    [
        (InvalidRequestError("No", field_errors={"model": OFFERED}), "opnai", (), "'openai'"),
        (InvalidRequestError('Invalid service or alias: "opnai"'), None, ["openai"], "'openai'"),
        (UNKNOWN(), "mistrall", ["mistral"], "'mistral'"),
        (UNKNOWN(), "gpt-4o", ["gpt-4o-audio"], "'openai'"),
        (UNKNOWN(), "gpt4", (), "'openai'"),
        (
            UNKNOWN(),
            "model-a",
            ["model-b", "model-c", "google/model-a"],
            "'google/model-a', 'model-c' or 'model-b'",
        ),
        (UNKNOWN(), "dall-e-3", ["flux"], f"'{IMAGE}'"),
        (UNKNOWN(), "text-embedding-3-small", (), f"'{EMBEDDING}'"),
        (UNKNOWN(), "zzz", ["mistral"], None),
        (UNKNOWN(), None, ["mistral"], None),
        (UNKNOWN(), "mistral" * 99_999, ["mistral"], None),
    ],
)
def test_models_of_a_near_name_are_suggested(
    error: InvalidRequestError, model: str | None, names: list[str], near: str | None
) -> None:
    """Names that the gateway lists, and others that are known, are compared with the wrong one."""
    suggest_models(error, model, names)

    assert "pollinations-models" in str(error)
    assert ("Did you mean" in str(error)) is (near is not None)
    assert near is None or near in error.hint


@COLOURS
def test_a_model_of_another_kind_is_told_what_takes_it(sandbox: Sandbox, colour: str) -> None:
    """In place of the advice to change the request."""
    call = complete(body([{"role": "user", "content": "Hi"}], {"model": "flux"}))

    with pytest.raises(InvalidRequestError, match=r"is an? image model") as caught:
        send(colour, call, base_url=sandbox.base_url, api_key=sandbox.api_key)

    assert "PollinationsImageTool" in caught.value.next_step
    assert "image()" in caught.value.next_step


def test_other_errors_are_left_as_they_are() -> None:
    """Only an unknown model gets names of models."""
    error = InvalidRequestError("No", field_errors={"seed": ("Too big",)})
    suggest_models(error, "openai", ["openai"])

    assert error.hint == ""
