"""The sandbox's model, asked as a client would ask it."""

import base64
import io
import json
import time
import wave
from typing import Any

import pytest

from pollinations_sandbox.answer import Answer
from pollinations_sandbox.author.writing import write

ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    },
}
JOKE = {
    "type": "object",
    "properties": {"setup": {"type": "string"}, "punchline": {"type": "string"}},
    "required": ["setup", "punchline"],
    "additionalProperties": False,
}


def answer(content: Any, *, model: str = "openai", api: str = "2026-10", **body: Any) -> Answer:
    """The model's answer to one message of the user."""
    messages = [{"role": "user", "content": content}]
    return write({"messages": messages, **body}, model=model, api=api)


def test_the_same_body_has_the_same_answer() -> None:
    """Neither chance nor time plays a part."""
    assert answer("Tell me of bees.", seed=3) == answer("Tell me of bees.", seed=3)


def test_another_seed_may_have_another_answer() -> None:
    """The seed chooses among phrases."""
    assert len({answer("Tell me of bees.", seed=seed).text for seed in range(3)}) == 3


def test_a_tool_is_called_with_arguments_from_the_prompt() -> None:
    """The finish reason, the name, the id and the arguments are those of a call."""
    said = answer("add 2 and 3", tools=[ADD])
    assert said.finish_reason == "tool_calls"
    assert said.text == ""
    [call] = said.tool_calls
    assert (call.name, json.loads(call.arguments)) == ("add", {"a": 2, "b": 3})
    assert call.id.startswith("call_")


def test_the_result_of_a_tool_is_quoted() -> None:
    """After the tool has answered, so does the model."""
    call = {
        "id": "1",
        "type": "function",
        "function": {"name": "add", "arguments": '{"a":2,"b":3}'},
    }
    messages = [
        {"role": "user", "content": "add 2 and 3"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "five"},
    ]
    said = write({"messages": messages, "tools": [ADD]}, model="openai", api="2026-10")
    assert (said.text, said.finish_reason) == ("Here is what I found: five", "stop")


def test_deprecated_functions_are_ignored() -> None:
    """The gateway drops them, so the model never sees them."""
    said = answer("add 2 and 3", functions=[ADD["function"]], function_call="auto")
    assert said.tool_calls == ()
    assert said.function_call is None


def test_only_one_call_is_made_if_calls_may_not_be_parallel() -> None:
    """`parallel_tool_calls: false` leaves the first call."""
    both = answer("add 2 and 3. Add 4 and 5.", tools=[ADD])
    first = answer("add 2 and 3. Add 4 and 5.", tools=[ADD], parallel_tool_calls=False)
    assert first.tool_calls == both.tool_calls[:1]


@pytest.mark.parametrize(("api", "calls"), [("2026-01", 1), ("2026-10", 0)])
def test_gemini_loses_its_tools_to_a_schema_in_2026_10(api: str, calls: int) -> None:
    """Functions beside a JSON schema are dropped since the summer of 2026."""
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": JOKE}}
    said = answer("add 2 and 3", model="gemini", api=api, tools=[ADD], response_format=form)
    assert len(said.tool_calls) == calls


@pytest.mark.parametrize("model", ["openai", "claude", "gemini"])
def test_a_json_schema_is_answered_with_bare_json(model: str) -> None:
    """No model fences what a schema demands."""
    form = {"type": "json_schema", "json_schema": {"name": "Joke", "schema": JOKE}}
    said = answer("Tell me a joke about cats.", model=model, response_format=form)
    assert set(json.loads(said.text)) == {"setup", "punchline"}
    assert "cats" in said.text


def test_only_claude_fences_a_json_object() -> None:
    """`json_object` is a wish, and Claude answers it in a block of code."""
    prompt = "A joke about cats as JSON with 'setup' and 'punchline' keys."
    plain = answer(prompt, response_format={"type": "json_object"}).text
    fenced = answer(prompt, model="claude", response_format={"type": "json_object"}).text
    assert set(json.loads(plain)) == {"setup", "punchline"}
    assert fenced == f"```json\n{plain}\n```"


def test_a_stop_sequence_cuts_the_text_before_it() -> None:
    """The stop itself is not said."""
    assert answer("hi", stop=["help"]).text == "Hello! How can I "
    assert answer("hi", stop="Hello").text == ""


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_limit_of_tokens_cuts_the_text(name: str) -> None:
    """The finish reason tells why."""
    said = answer("hi", **{name: 2})
    assert (said.text, said.finish_reason, said.usage.completion) == ("Hello! H", "length", 2)


def test_logprobs_spell_the_text_token_by_token() -> None:
    """They have the form that OpenAI gives them."""
    said = answer("hi", logprobs=True, top_logprobs=2)
    assert said.logprobs is not None
    content = said.logprobs["content"]
    assert "".join(token["token"] for token in content) == said.text
    assert {len(token["top_logprobs"]) for token in content} == {2}
    assert bytes(content[0]["bytes"]).decode() == content[0]["token"]


def test_speech_replaces_the_text() -> None:
    """The transcript is in the audio, and sound is counted."""
    settings = {"voice": "alloy", "format": "wav"}
    said = answer("Say hello world", modalities=["text", "audio"], audio=settings)
    assert said.text == ""
    assert said.audio is not None
    assert said.audio.transcript == "hello world"
    with wave.open(io.BytesIO(base64.b64decode(said.audio.data))) as sound:
        assert sound.getnframes() > 1000
    assert 0 < said.usage.completion_audio < said.usage.completion


def test_claude_thinks_if_it_is_told_to_and_signs() -> None:
    """Its thoughts come with a signature that depends on them alone."""
    silent = answer("Why?", model="claude")
    said = answer("Why?", model="claude", thinking={"type": "enabled", "budget_tokens": 1024})
    assert (silent.reasoning, silent.signature) == ("", "")
    assert said.reasoning
    assert base64.b64decode(said.signature)
    assert 0 < said.usage.reasoning <= said.usage.completion


def test_openai_hides_its_thoughts_but_counts_them() -> None:
    """Only the tokens show."""
    said = answer("Why?", reasoning_effort="high")
    assert said.reasoning == ""
    assert said.usage.reasoning > 0


def test_perplexity_thinks_in_its_text_and_names_its_sources() -> None:
    """The text begins with `<think>`, and there are citations on reserved hosts."""
    said = answer("What is a bee?", model="perplexity-reasoning")
    assert said.text.startswith("<think>\n")
    assert said.reasoning == ""
    assert said.citations[0].startswith("https://example.")
    assert said.search_results[0]["url"] == said.citations[0]


def test_gemini_draws_a_picture() -> None:
    """A plot comes as a PNG beside the text."""
    said = answer("Plot 3, 5 and 8 as a chart.", model="gemini")
    assert said.images[0].startswith("data:image/png;base64,")
    assert answer("Plot 3, 5 and 8 as a chart.", model="gemini", tools=[]).images == ()


def test_a_long_prompt_is_partly_cached() -> None:
    """Cached tokens are part of the prompt's tokens."""
    usage = answer("word " * 2000).usage
    assert usage.cached % 128 == 0
    assert 0 < usage.cached < usage.prompt
    assert answer("short").usage.cached == 0


def test_a_picture_is_described_by_its_facts() -> None:
    """Kind, type and size of an image are told."""
    gif = "data:image/gif;base64," + base64.b64encode(b"GIF89a\x03\x00\x02\x00").decode()
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": gif}},
    ]
    assert answer(parts).text == "I received an image (image/gif) of 3x2 pixels, 10 bytes."


def test_a_picture_in_a_tool_message_is_described_too() -> None:
    """So is one that follows the tool message in a message of the user."""
    part = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    call = {"id": "1", "type": "function", "function": {"name": "draw", "arguments": "{}"}}
    start = [
        {"role": "user", "content": "Draw a cat and describe it"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
    ]
    inside = [*start, {"role": "tool", "tool_call_id": "1", "content": [part]}]
    lifted = [
        *start,
        {"role": "tool", "tool_call_id": "1", "content": "done"},
        {"role": "user", "content": [part]},
    ]
    for messages in (inside, lifted):
        said = write({"messages": messages}, model="openai", api="2026-10")
        assert "an image, from example.org/cat.png" in said.text


def test_a_question_about_a_document_is_answered_from_it() -> None:
    """The sentence with the answer is quoted, and no other."""
    prompt = (
        "Context information is below.\n---------------------\nBees live in hives. Cats hunt mice."
        "\n---------------------\nGiven the context information and not prior knowledge, "
        "answer the query.\nQuery: Where do bees live?\nAnswer: "
    )
    assert answer(prompt).text == "Bees live in hives."


def test_an_empty_conversation_has_an_answer() -> None:
    """Even messages without words are answered."""
    assert write({"messages": []}, model="openai", api="2026-01").text
    assert answer("").text


@pytest.mark.parametrize("unit", ["word ", "a", "(", "'", "{", "1+", "in Paris ", "say ", "\n"])
def test_a_long_prompt_takes_no_more_than_linear_time(unit: str) -> None:
    """No pattern goes back and forth over a prompt of 100 kB."""
    start = time.perf_counter()
    answer(unit * (100_000 // len(unit)), tools=[ADD])
    assert time.perf_counter() - start < 2


def file_of(text: str) -> dict[str, Any]:
    """A text file in a message."""
    data = base64.b64encode(text.encode()).decode()
    return {"type": "file", "file": {"file_data": f"data:text/plain;base64,{data}"}}


RULES = file_of("Ear protection is compulsory. The induction takes 90 minutes. Nobody works alone.")


def test_a_question_about_a_file_is_answered_from_it() -> None:
    """By the sentence that fits; a question that none fits gets the beginning of the words."""
    told = answer([{"type": "text", "text": "How long does the induction take?"}, RULES]).text
    assert told.endswith(" bytes. The induction takes 90 minutes.")
    assert "Ear" not in told

    told = answer([{"type": "text", "text": "What sings the parrot?"}, RULES]).text
    assert 'it says: "Ear protection' in told


def test_a_file_is_summarised() -> None:
    """The order is not part of the summary."""
    told = answer([{"type": "text", "text": "Summarize this file."}, RULES]).text

    assert "Ear protection is compulsory." in told
    assert "Summarize" not in told


def test_a_form_is_filled_from_a_file() -> None:
    """Whether it is a tool's or a format's."""
    schema = {
        "type": "object",
        "properties": {"minutes": {"type": "integer"}},
        "required": ["minutes"],
    }
    parts = [{"type": "text", "text": "Fill in the form."}, RULES]
    wanted = {"type": "json_schema", "json_schema": {"name": "Form", "schema": schema}}
    tool = {"type": "function", "function": {"name": "Form", "parameters": schema}}

    by_format = answer(parts, response_format=wanted).text
    by_tool = answer(parts, tools=[tool], tool_choice="required").tool_calls[0].arguments

    assert json.loads(by_format) == json.loads(by_tool) == {"minutes": 90}
