import json
from collections.abc import Callable
from typing import Any, Literal

import pytest
from langchain_core.exceptions import OutputParserException
from pydantic import BaseModel

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]
Method = Literal["function_calling", "json_schema", "json_mode"]
METHODS: list[Method] = ["function_calling", "json_schema", "json_mode"]


class Place(BaseModel):
    """A place; all of its fields may be missing."""

    city: str = ""
    country: str | None = ""


SCHEMAS = {"class": Place, "schema": Place.model_json_schema()}
WHOLE = json.dumps({"city": "San Francisco", "country": "USA"})
HALVES = ['{"city": "San', '{"city": "San Francisco"', '{"city": "San Francisco", "country": null']


@pytest.fixture
def says(sandbox: Sandbox, events: Any, completion: Any) -> Callable[..., None]:
    """Let the model say something, as text or as the arguments of a call."""

    def spell(text: str, method: Method, ask: Any, reason: str = "length") -> None:
        call = {"id": "c", "type": "function", "function": {"name": "Place", "arguments": text}}
        said = {"tool_calls": [call]} if method == "function_calling" else {"content": text}
        if ask.streams:
            sandbox.reply(events(said, reason=reason))
        else:
            sandbox.reply(completion(said, reason))

    return spell


@pytest.mark.parametrize("kind", SCHEMAS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("half", HALVES)
def test_half_an_object_is_an_error(
    chat: Chat, says: Any, ask: Any, method: Method, *, kind: str, half: str
) -> None:
    """An answer that reached its limit is no smaller object, though it would validate as one."""
    says(half, method, ask)
    model = chat().with_structured_output(SCHEMAS[kind], method=method)

    with pytest.raises(OutputParserException, match="max_tokens") as caught:
        ask.pieces(model, "Where? Say it in json.")
    assert caught.value.llm_output == half or method == "function_calling"


@pytest.mark.parametrize("method", METHODS)
def test_half_an_object_is_told_beside_the_raw_answer(
    chat: Chat, sandbox: Sandbox, completion: Any, method: Method
) -> None:
    """With `include_raw` the error is a value."""
    call = {"id": "c", "type": "function", "function": {"name": "Place", "arguments": HALVES[0]}}
    said = {"tool_calls": [call]} if method == "function_calling" else {"content": HALVES[0]}
    sandbox.reply(completion(said, "length"))
    model = chat().with_structured_output(Place, method=method, include_raw=True)
    told: Any = model.invoke("Where? Say it in json.")

    assert told["parsed"] is None
    assert "ended within" in str(told["parsing_error"])


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        f"```json\n{WHOLE}\n```",
        f"Here it is:\n```json\n{WHOLE}\n```\nAnything else?",
        f"{WHOLE}\n\nI hope this helps!",
        WHOLE.replace("San Francisco", "San\\nFrancisco").replace("\\n", "\n"),
    ],
)
def test_what_stands_around_an_object_does_no_harm(
    chat: Chat, says: Any, ask: Any, text: str
) -> None:
    """Fences, words and line breaks are read as leniently as before."""
    says(text, "json_mode", ask, "stop")
    made = ask.pieces(chat().with_structured_output(Place, method="json_mode"), "json?")[-1]

    assert made.city.replace("\n", " ") == "San Francisco"
    assert made.country == "USA"


def test_no_object_in_a_stream_is_an_error(chat: Chat, says: Any, ask: Any) -> None:
    """A stream ends as an answer that comes whole: with an object, or with an error."""
    says("I do not know.", "json_schema", ask, "stop")
    with pytest.raises(OutputParserException):
        ask.pieces(chat().with_structured_output(Place, method="json_schema"), "Where?")
