"""Each dialect is odd as its name says; that readers understand them is proved where they are read.

See the dialects of tests/reliability.
"""

import json
from dataclasses import replace
from typing import Any

import pytest
from tables import cases

from pollinations_sandbox.catalog import entries
from pollinations_sandbox.dialects import FRAMINGS, packets, whole
from pollinations_sandbox.errors import Api
from pollinations_sandbox.spelling import STYLES, Answer, ToolCall, Usage, pieces

TEXT = "The quick brown fox jumps over the lazy dog, and nobody minds at all."
THOUGHT = "A fox and a dog: I should be careful with the verbs."
ARGUMENTS = '{"city": "Paris", "unit": "celsius"}'
CALLS = (
    ToolCall("call_1", "weather", ARGUMENTS, {"thought_signature": "c2ln"}),
    ToolCall("call_2", "clock", "{}"),
)
USAGE = Usage(prompt=300, completion=60, cached=100, reasoning=12)
TOKENS = [{"token": word, "logprob": -0.1} for word in ("Hi", " you")]
SOUND = {"id": "audio_1", "data": "QUJD" * 3000, "transcript": "Hello there", "expires_at": 9}
LINK = ("https://example.org",)
ANSWERS = {
    "said": Answer(text=TEXT, usage=USAGE, reasoning=THOUGHT, signature="c2ln", citations=LINK),
    "called": Answer(text="", usage=USAGE, tool_calls=CALLS, finish_reason="tool_calls"),
    "heard": Answer(text="", usage=USAGE, audio=SOUND),
    "likely": Answer(text="Hi you", usage=USAGE, logprobs={"content": TOKENS}),
}
HEAD = {"id": "chatcmpl-1", "created": 1, "model": "gpt"}
ENTRY = replace(entries("2026-10")[0], style="openai", provider="azure")


def stream(answer: str, dialect: str, api: Api = "2026-10") -> str:
    stream_packets = packets(ANSWERS[answer], HEAD, ENTRY, api=api, dialect=dialect)
    return b"".join(stream_packets).decode()


def chunks(answer: str, dialect: str) -> list[dict[str, Any]]:
    lines = stream(answer, dialect).split("\n")
    events = [line[6:] for line in lines if line.startswith("data: {")]
    return [json.loads(event) for event in events]


@cases(__file__, "a_dialect_has_its_oddity")
def test_a_dialect_has_its_oddity(answer: str, dialect: str, there: str, absent: str) -> None:
    """Some bytes are on the wire that only it has, and some are not."""
    wire = stream(answer, dialect)
    assert there in wire
    assert not absent or absent not in wire


def test_usage_grows_or_comes_at_the_end() -> None:
    """Gemini's stands on every chunk; the last one has the counts."""
    for dialect in sorted(STYLES):
        counts = [one["usage"] for one in chunks("said", dialect) if one.get("usage")]
        assert (counts[-1]["prompt_tokens"], counts[-1]["completion_tokens"]) == (300, 60)
    grown = [one["usage"]["completion_tokens"] for one in chunks("said", "gemini")]
    assert len(grown) > 3
    assert grown == sorted(grown)


def test_done_is_said_once_and_in_2026_01_only_by_the_provider() -> None:
    """The 2026-10 API appends it; in the 2026-01 API Gemini's stream just ends."""
    for style in STYLES:
        assert stream("said", style).count("[DONE]") == 1
        january = stream("said", style, "2026-01").count("[DONE]")
        assert january == (style not in {"gemini", "whole"})


def test_packets_are_cut_as_their_dialect_says() -> None:
    """All at once, byte by byte, or inside a character."""

    def cut(dialect: str) -> list[bytes]:
        return packets(ANSWERS["said"], HEAD, ENTRY, api="2026-10", dialect=dialect)

    assert len(cut("one-packet")) == 1
    assert {len(packet) for packet in cut("byte-by-byte")} == {1}
    assert sum(0x80 <= packet[0] < 0xC0 for packet in cut("split-utf8")) >= 4
    assert not cut("no-last-blank-line")[-1].endswith(b"\n")


def test_2026_10_says_tool_calls_where_2026_01_leaves_stop() -> None:
    """Gemini stops with `stop` beside its calls; the 2026-10 API corrects it in JSON."""
    apis: tuple[Api, ...] = ("2026-01", "2026-10")
    bodies = [whole(ANSWERS["called"], HEAD, ENTRY, api=api, dialect="gemini") for api in apis]
    assert [body["choices"][0]["finish_reason"] for body in bodies] == ["stop", "tool_calls"]


@pytest.mark.parametrize("text", ["", " ", "a", "x" * 100, "  two  spaces \n\n", "日本語" * 20])
def test_pieces_lose_nothing(text: str) -> None:
    """Joined, the pieces are the text."""
    assert "".join(pieces(text)) == text


@pytest.mark.parametrize("dialect", sorted(FRAMINGS))
def test_text_that_cannot_be_encoded_is_escaped(dialect: str) -> None:
    """A lone surrogate is written as an escape, as JavaScript does."""
    answer = Answer(text="half \ud83d a character", usage=USAGE)
    body = b"".join(packets(answer, HEAD, ENTRY, api="2026-10", dialect=dialect))
    assert rb"\ud83d" in body
