"""Objects in every way and by every method of both frameworks."""

import json
from typing import Any

import pytest
from langchain_core.exceptions import OutputParserException
from pydantic import BaseModel, RootModel, ValidationError
from ways import EACH_WAY, EVERY_MODE, Person, Way

from llama_index_pollinations import StructuredOutputError
from pollinations_sandbox import Sandbox

ADA = '{"name": "Ada", "age": 36}'
PROMPT = "Ada is 36 years old. Answer in JSON."
NO_OBJECT = (OutputParserException, StructuredOutputError)


class Numbers(RootModel[list[int]]):
    """A list of numbers."""


class Place(BaseModel):
    """A place; all of its fields may be missing."""

    city: str = ""
    country: str | None = ""


def text_of(error: Any) -> str:
    """What the model wrote, by either framework's name."""
    return str(getattr(error, "llm_output", None) or error.text)


@EVERY_MODE
@pytest.mark.parametrize(
    "text",
    [
        f"Here it is:\n```json\n{ADA}\n```\nHope this helps! [1]",
        f'<think>{{"name": "Bo", "age": 9}}?</think>\n{ADA}',
        f'<tool_call>{{"name": "Person", "arguments": {ADA}}}</tool_call>',
    ],
)
def test_json_is_found_in_what_stands_around_it(
    sandbox: Sandbox, way: Way, mode: str, text: str
) -> None:
    """Thoughts, words, and calls in words: by each method, also if no tool was called."""
    way.reply(sandbox, text)

    assert way.objects(way.model(sandbox), Person, PROMPT, mode)[-1] == Person(name="Ada", age=36)


@EACH_WAY
@pytest.mark.parametrize("arguments", [f"```json\n{ADA}\n```", json.dumps(ADA)])
def test_arguments_with_a_slip_are_read(sandbox: Sandbox, way: Way, arguments: str) -> None:
    """A fence or a string around them."""
    way.reply(sandbox, arguments, "tool")

    assert way.objects(way.model(sandbox), Person, PROMPT)[-1] == Person(name="Ada", age=36)


@EVERY_MODE
def test_words_in_place_of_data_are_an_error_that_holds_them(
    sandbox: Sandbox, way: Way, mode: str
) -> None:
    """LangChain's own parsers return None if a forced call did not come."""
    way.reply(sandbox, "I would rather not.")
    with pytest.raises(NO_OBJECT) as caught:
        way.objects(way.model(sandbox), Person, PROMPT, mode)

    assert text_of(caught.value) == "I would rather not."


@EVERY_MODE
@pytest.mark.parametrize(
    "half", ['{"city": "Rom', '{"city": "Rome"', '{"city": "", "country": null']
)
def test_half_an_object_is_an_error(sandbox: Sandbox, way: Way, mode: str, half: str) -> None:
    """An answer that reached its limit is no smaller object, though it would validate as one."""
    way.reply(sandbox, half, mode, name="Place", reason="length")
    with pytest.raises(NO_OBJECT, match="max_tokens") as caught:
        way.objects(way.model(sandbox), Place, PROMPT, mode)

    assert text_of(caught.value).startswith(half)


@EACH_WAY
@pytest.mark.parametrize("text", ["[1, 2]", "Here: [1, 2]", "```json\n[1, 2]\n```", '"[1, 2]"'])
def test_a_list_is_read_as_one(sandbox: Sandbox, way: Way, text: str) -> None:
    """From the text or from the arguments of a call; where an object is asked for, it is none."""
    for mode in ("json_mode", "tool"):
        way.reply(sandbox, text, mode, name="Numbers")
        assert way.objects(way.model(sandbox), Numbers, PROMPT)[-1].root == [1, 2]
    way.reply(sandbox, text)
    with pytest.raises((*NO_OBJECT, ValidationError)):
        way.objects(way.model(sandbox), Person, PROMPT)


ASKED_BY = {
    "auto": {"langchain": "tool", "llama_index": "json_schema"},
    "function_calling": {"langchain": "tool"},
    "json_mode": {"langchain": "json_object"},
}
"""How an object is asked for, by mode and framework; the others say it in their name."""


@EVERY_MODE
def test_each_mode_asks_in_its_own_way(sandbox: Sandbox, way: Way, mode: str) -> None:
    """By a forced tool, a JSON schema, any JSON, or words in the prompt."""
    way.reply(sandbox, ADA, mode)
    way.objects(way.model(sandbox), Person, PROMPT, mode)
    body = sandbox.last.body
    wire_format = body.get("response_format", {})
    tools = [tool["function"]["name"] for tool in body.get("tools", ())]

    is_in_prompt = "properties" in str(body["messages"])
    method = ASKED_BY.get(mode, {}).get(way.framework, mode)
    assert tools == (["Person"] if method == "tool" else [])
    assert wire_format.get("type") == (method if method.startswith("json") else None)
    assert is_in_prompt is (mode in {"json_object", "prompt"})
    if method == "tool":
        named = {"type": "function", "function": {"name": "Person"}}
        assert body["tool_choice"] in ("required", named)
    if method == "json_schema":
        assert wire_format["json_schema"]["name"] == "Person"
