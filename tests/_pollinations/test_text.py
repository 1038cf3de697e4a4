"""GET /text/{prompt}: every parameter, words, sound, sources, streams, refusals."""

from typing import Any

import pytest

from _pollinations.chat.reply import Reply
from _pollinations.http.call import Response
from _pollinations.http.client import Client
from _pollinations.http.errors import (
    InvalidInputError,
    PaymentRequiredError,
    PermissionDeniedError,
    UnreadableAnswerError,
)
from _pollinations.media.media import Media
from _pollinations.text import TextAnswer, text, text_stream
from pollinations_sandbox import Key, Sandbox

APIS = pytest.mark.parametrize("api", ["2026-01", "2026-10"])
PLAIN = {"content-type": "text/plain; charset=utf-8"}
NASTY = [
    *("a/b", "//", "...", "100%", "%2F and %25", "why?", "a#b", "a&b=c+d", "two\nlines\r\n"),
    *("🐝 ü 漢", "a\u2028b", "a\\b\x00c", " spaces "),
]


@APIS
def test_every_character_arrives(ask_in_all_colours: Any, sandbox: Sandbox) -> None:
    """Slashes, percent signs, questions, line breaks, emoji: the prompt is what was asked.

    Dots alone would be folders in an address, so a blank goes with them.
    """
    for prompt in (*NASTY, ".", ".."):
        answer = ask_in_all_colours.send(text(prompt))
        arrived = prompt + " " * (prompt in {".", ".."})

        assert sandbox.last.path == f"/text/{arrived}"
        assert sandbox.last.forwarded is not None
        assert sandbox.last.forwarded["messages"][-1]["content"] == arrived
        assert isinstance(answer, TextAnswer)
        assert answer.text


def test_what_no_address_holds_is_refused() -> None:
    """An empty prompt, lone surrogates and unknown options, before anything is sent."""
    for make in (text, text_stream):
        with pytest.raises(InvalidInputError, match="empty"):
            make(" \n")
        with pytest.raises(InvalidInputError, match="lone surrogate"):
            make("\ud83d")
        with pytest.raises(InvalidInputError, match="system holds a lone surrogate"):
            make("Hi", system="\ud83d")
        with pytest.raises(InvalidInputError, match="no 'temprature'; did you mean 'temperature'"):
            make("Hi", temprature=1)  # type: ignore[call-arg]


def test_every_parameter_travels() -> None:
    """Under the gateway's names, as the gateway reads them; what is not set does not travel."""
    options: dict[str, Any] = {
        "model": "gemini",
        "system": "Be brief.",
        "voice": "nova",
        "reasoning_effort": "low",
        "seed": 7,
        "max_tokens": 100,
        "temperature": 0.5,
        "top_p": 0.9,
        "presence_penalty": 0.1,
        "frequency_penalty": -0.1,
        "repetition_penalty": 1.1,
        "json": True,
        "safe": "privacy,secrets",
    }
    query = {**{name: str(value) for name, value in options.items()}, "json": "true"}

    assert dict(text("Hi", **options).request.query) == query
    assert text_stream("Hi", seed=7).request.query == (("seed", "7"), ("stream", "true"))
    assert text("Hi", safe=True, max_completion_tokens=5).request.query == (
        ("safe", "true"),
        ("max_completion_tokens", "5"),
    )
    assert text("Hi", model=None, json=False, safe=False, seed=None).request.query == ()


@APIS
def test_sources_become_citations(ask: Any) -> None:
    """The tail of a searching model's answer is taken off and read."""
    answer = ask.send(text("What is new?", model="perplexity-fast"))

    assert str(answer) == answer.text
    assert len(answer.citations) >= 1
    assert all(url.startswith("https://") for url in answer.citations)
    assert "Sources:" not in answer.text
    assert answer.headers["x-cache"] == "MISS"


@pytest.mark.parametrize(
    ("body", "words", "citations"),
    [
        (
            "It is so.[1]\n\n---\nSources:\n[1] https://a.org/x\n[2] https://b.org/?q=1\n",
            "It is so.[1]",
            ("https://a.org/x", "https://b.org/?q=1"),
        ),
        ("It is so.\n\n---\nSources:\nmy head", None, ()),
        ("Sources:\n[1] https://a.org", None, ()),
        ("a\n\n---\nSources:\n[1] https://a.org\n\nThe end.", None, ()),
        ("a\n---\nSources:\n", None, ()),
        ("a\n---\nSources:\nx\n---\nSources:\n[1] y\n\n [2] z ", "a\n---\nSources:\nx", ("y", "z")),
        ("", "", ()),
    ],
)
def test_only_a_tail_of_sources_is_taken_off(
    body: str, words: str | None, citations: tuple[str, ...]
) -> None:
    """What merely looks alike stays in the text."""
    answer = text("Hi").read(Response(200, PLAIN, body.encode()))

    assert answer == TextAnswer(body if words is None else words, citations, {})


@APIS
def test_an_audio_model_answers_with_sound(ask: Any, sandbox: Sandbox) -> None:
    """Bytes of an MP3, in the voice that was asked for."""
    answer = ask.send(text("Say hello", model="openai-audio", voice="nova"))

    assert isinstance(answer, Media)
    assert (answer.kind, answer.extension) == ("audio", "mp3")
    assert sandbox.last.forwarded is not None
    assert sandbox.last.forwarded["audio"]["voice"] == "nova"


@APIS
def test_an_answer_streams(ask_in_all_colours: Any, sandbox: Sandbox) -> None:
    """The pieces are those of a chat, and the last one carries the whole."""
    deltas = ask_in_all_colours.stream(text_stream("Hello", model="gemini", seed=3))

    reply = deltas[-1].reply
    assert isinstance(reply, Reply)
    assert reply.text == "".join(delta.text for delta in deltas) != ""
    assert reply.finish_reason == "stop"
    assert sandbox.last.query == {"model": "gemini", "seed": "3", "stream": "true"}


@APIS
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (Key(balance=0), PaymentRequiredError),
        (Key(budget=0), PaymentRequiredError),
        (Key(models=("claude",)), PermissionDeniedError),
    ],
)
def test_a_refusal_is_an_error(api: Any, key: Key, kind: type[Exception], streamed: bool) -> None:
    """Also where the gateway says it as if it were an answer."""
    with Sandbox(api=api, keys={"sk_poor": key}) as sandbox:
        client = Client(base_url=sandbox.base_url, api_key="sk_poor", max_retries=0)

        with pytest.raises(kind):
            list(client.stream(text_stream("Hi"))) if streamed else client.send(text("Hi"))


def test_an_uncached_answer_is_no_refusal() -> None:
    """Counted tokens tell an answer that may not be stored from a refusal; JSON is text too."""
    headers = {
        "content-type": "application/json",
        "cache-control": "no-store",
        "x-usage-completion-text-tokens": "3",
    }

    assert text("Hi").read(Response(200, headers, b"[1]")).text == "[1]"


def test_a_page_is_no_answer() -> None:
    """Something between us and the gateway answered with HTML."""
    with pytest.raises(UnreadableAnswerError, match="Expected text"):
        text("Hi").read(Response(200, {"content-type": "text/html"}, b"<html>"))
