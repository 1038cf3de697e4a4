"""A scripted reply on every route: in each provider's spelling, as bytes, pictures, vectors."""

import base64
import io
import json
import struct
import wave
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import BaseModel
from tables import cases

from _pollinations.chat.completion_reader import CompletionReader
from _pollinations.chat.reply import Reply as Answer
from _pollinations.http.call import Response
from pollinations_sandbox import Reply, Sandbox

Ask = Callable[..., httpx.Response]
PNG = b"\x89PNG\r\n\x1a\nscripted"
ADD = {
    "type": "function",
    "function": {"name": "add", "parameters": {"type": "object", "properties": {}}},
}
# One model of each provider's style that both API versions have.
MODELS = ("openai", "gemini", "claude-fast", "claude", "deepseek", "perplexity-fast", "nova-fast")
THINKERS = ("gemini", "claude-fast", "claude", "deepseek", "kimi")


class Person(BaseModel):
    name: str
    age: int


def read(answer: httpx.Response) -> Answer:
    """A chat's answer, whole or in pieces, as the packages' reader takes it."""
    assert answer.status_code == 200, answer.text
    reader = CompletionReader(Response(200, {}), None)
    deltas = [*reader.feed(answer.content), *reader.close()]
    assert deltas[-1].reply is not None
    return deltas[-1].reply


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", MODELS)
def test_text_and_calls_in_every_providers_spelling(
    model: str, stream: bool, sandbox: Sandbox, ask: Ask
) -> None:
    """Letters of several bytes and broken arguments travel unchanged."""
    text = "It is 21 °C in 東京 🙂, and nobody minds at all."
    of_langchain = {"name": "add", "args": {"a": 0}, "id": "c0", "type": "tool_call"}
    sandbox.reply([text, Reply(tool_calls=[of_langchain, ("add", {"a": 1}), ("add", '{"a": 2,')])])
    assert read(ask(model=model, stream=stream)).text == text
    tools = {} if model.startswith("perplexity") else {"tools": [ADD]}
    calls = read(ask(model=model, stream=stream, **tools)).tool_calls
    assert {call.name for call in calls} == {"add"}
    assert [call.arguments for call in calls] == ['{"a": 0}', '{"a": 1}', '{"a": 2,']


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", THINKERS)
def test_reasoning_where_the_provider_shows_it(
    model: str, stream: bool, sandbox: Sandbox, ask: Ask
) -> None:
    """In `content_blocks` or in `reasoning_content`, whole and in pieces."""
    sandbox.reply("42", reasoning="Six times seven.")
    reply = read(ask(model=model, stream=stream))
    assert (reply.text, reply.reasoning) == ("42", "Six times seven.")


def test_reasoning_is_counted(sandbox: Sandbox, ask: Ask) -> None:
    """OpenAI's models count it and do not show it."""
    sandbox.reply("42", reasoning="x" * 40)
    answer = ask(model="openai").json()
    assert answer["usage"]["completion_tokens_details"]["reasoning_tokens"] == 10
    assert "x" * 40 not in json.dumps(answer)


@cases(__file__, "json_takes_the_form_that_is_asked_for")
def test_json_takes_the_form_that_is_asked_for(
    more: dict[str, Any], called: bool, sandbox: Sandbox, ask: Ask
) -> None:
    """As the arguments of a forced tool, else as text; a pydantic model is a value too."""
    sandbox.reply(json=Person(name="Ada", age=36))
    question = [{"role": "user", "content": "Ada as JSON"}]
    reply = read(ask(messages=question, **more))
    written = reply.tool_calls[0].arguments if called else reply.text
    assert json.loads(written) == {"name": "Ada", "age": 36}


def test_how_it_ends_and_its_headers_may_be_scripted(sandbox: Sandbox, ask: Ask) -> None:
    """A reply may end at a limit of tokens, and bring headers."""
    sandbox.reply("Half a", finish_reason="length", headers={"X-Own": "1"})
    answer = ask()
    assert answer.json()["choices"][0]["finish_reason"] == "length"
    assert answer.headers["x-own"] == "1"


@pytest.mark.parametrize(
    ("body", "options", "kind"),
    [
        (b'{"a":1}', {}, "application/json"),
        (b"data: {}\n\n", {}, "text/event-stream; charset=utf-8"),
        ([b"data: ", b"{}\n\n"], {"pause": 0.01}, "text/event-stream; charset=utf-8"),
        (b"\xff\x00", {"status": 418, "content_type": "x/y"}, "x/y"),
        (b"<p>", {"headers": {"content-type": "text/html"}}, "text/html"),
        (b"", {}, "application/json"),
    ],
)
def test_bytes_travel_as_they_are(
    body: Any, options: dict[str, Any], kind: str, sandbox: Sandbox, ask: Ask
) -> None:
    """With the route's media type, unless the reply names one."""
    sandbox.reply(body, **options)
    answer = ask(stream="stream" in kind)
    whole = body if isinstance(body, bytes) else b"".join(body)
    assert (answer.content, answer.headers["content-type"]) == (whole, kind)
    assert answer.status_code == options.get("status", 200)


def test_a_chat_with_sound_says_the_text(sandbox: Sandbox, ask: Ask) -> None:
    """`media` is what is heard; without it there is a moment of silence."""
    sandbox.reply("Hello.", media=b"own sound")
    sandbox.reply("Hello.")
    more = {
        "model": "openai-audio",
        "modalities": ["text", "audio"],
        "audio": {"voice": "alloy", "format": "wav"},
    }
    own, silent = (read(ask(**more)).audio for _ in range(2))
    assert own is not None
    assert silent is not None
    assert own.transcript == silent.transcript == "Hello."
    assert base64.b64decode(own.data) == b"own sound"
    with wave.open(io.BytesIO(base64.b64decode(silent.data))) as sound:
        assert sound.getframerate() == 24_000


def test_the_text_route_says_the_text(sandbox: Sandbox, client: httpx.Client) -> None:
    """GET /text answers with the scripted text alone."""
    sandbox.reply("Plain.", match="who are you")
    assert client.get("/text/who are you").text == "Plain."


@pytest.mark.parametrize("path", ["/image/a fox?width=64", "/audio/a fox"])
def test_media_is_the_body_of_its_route(path: str, sandbox: Sandbox, client: httpx.Client) -> None:
    """With the route's own headers; a text that waits is for chats, and stays."""
    sandbox.reply("a text")
    sandbox.reply(media=PNG, match="a fox")
    answer = client.get(path)
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert answer.headers["x-model-used"]
    with pytest.raises(AssertionError, match=r"reply\('a text'\)"):
        sandbox.check()


def test_a_picture_in_json_is_base64_or_a_link(october: Sandbox, later: httpx.Client) -> None:
    """As `response_format` asks for it."""
    october.reply(media=PNG, times=2)
    packed, linked = (
        later.post("/v1/images/generations", json={"prompt": "fox", "response_format": form}).json()
        for form in ("b64_json", "url")
    )
    assert packed["data"][0]["b64_json"] == base64.b64encode(PNG).decode()
    assert httpx.get(linked["data"][0]["url"]).content == PNG


def test_vectors_answer_embeddings(october: Sandbox, later: httpx.Client) -> None:
    """One for each input, repeated where there are more; as numbers or packed."""
    october.reply(vectors=[[1.0, 0.0], [0.5, 0.25]], times=2)
    body = {"input": ["a", "b", "c"]}
    plain, packed = (
        [item["embedding"] for item in later.post("/v1/embeddings", json=one).json()["data"]]
        for one in (body, body | {"encoding_format": "base64"})
    )
    assert plain == [[1.0, 0.0], [0.5, 0.25], [1.0, 0.0]]
    assert [list(struct.unpack("<2f", base64.b64decode(one))) for one in packed] == plain


@pytest.mark.parametrize(("form", "expected"), [("json", '{"text":"Hi."}'), ("text", "Hi.")])
def test_a_text_is_the_transcript(
    form: str, expected: str, sandbox: Sandbox, client: httpx.Client
) -> None:
    """POST /v1/audio/transcriptions answers with a scripted text."""
    sandbox.reply("Hi.")
    answer = client.post(
        "/v1/audio/transcriptions",
        files={"file": ("a.wav", b"RIFF", "audio/wav")},
        data={"response_format": form},
    )
    assert answer.text == expected
