import json
from typing import Any, Literal

import pytest

from pollinations_sandbox.dialects import DIALECTS, packets, whole
from pollinations_sandbox.framing import FRAMINGS
from pollinations_sandbox.spelling import STYLES, Answer, Audio, Stamp, ToolCall, Usage, pieces

_TEXT = "The quick brown fox jumps over the lazy dog, and nobody minds at all."
_REASONING = "A fox and a dog: I should be careful with the verbs."
_ARGUMENTS = '{"city": "Paris", "unit": "celsius"}'
_CALLS = (
    ToolCall("call_1", "weather", _ARGUMENTS, {"thought_signature": "c2ln"}),
    ToolCall("call_2", "clock", "{}"),
)
_USAGE = Usage(prompt=300, completion=60, cached=100, reasoning=12)
_SAID = Answer(text=_TEXT, usage=_USAGE, reasoning=_REASONING, signature="c2lnbmVk")
_CALLED = Answer(text="", usage=_USAGE, tool_calls=_CALLS, finish_reason="tool_calls")
_STAMP = Stamp(id="chatcmpl-1", created=1, model="gpt", style="openai", azure=True)
_BROKEN = {"error-choice", "error-type-finish"}
_ODD_CALLS = {"null-holes", "no-index", "no-ids", "same-index-new-id", "several-calls-one-delta"}


def _payloads(
    answer: Answer, dialect: str, api: Literal["2026-01", "2026-10"] = "2026-10"
) -> list[str]:
    """What a reader that follows the standard of server-sent events gets to see."""
    body = b"".join(packets(answer, _STAMP, api=api, dialect=dialect)).decode()
    lines = body.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found: list[str] = []
    data: list[str] = []
    for line in [*lines, ""]:
        if line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and data:
            found.append("\n".join(data))
            data = []
    return found


def _chunks(
    answer: Answer, dialect: str, api: Literal["2026-01", "2026-10"] = "2026-10"
) -> list[dict[str, Any]]:
    spoken = _payloads(answer, dialect, api)
    return [json.loads(payload) for payload in spoken if payload not in {"[DONE]", "ping"}]


def _deltas(chunks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    choices = [choice for chunk in chunks for choice in chunk["choices"] if choice]
    return [choice["delta"] for choice in choices]


def _text(chunks: list[dict[str, Any]]) -> str:
    return "".join(delta.get("content") or "" for delta in _deltas(chunks))


@pytest.mark.parametrize("dialect", sorted(DIALECTS - _BROKEN))
def test_every_dialect_says_the_whole_text(dialect: str) -> None:
    """Joined, the pieces of content are the text that was meant."""
    text = _text(_chunks(_SAID, dialect))

    if dialect == "perplexity":
        text = text.rpartition("</think>\n\n")[2]
    if dialect == "u2028":
        text = text.replace("\u2028", " ").replace("\u0085", " ").replace("\u2029", " ")
    assert text.removesuffix(" · é 日本 🙂") == _TEXT


@pytest.mark.parametrize("dialect", sorted(DIALECTS - _BROKEN))
def test_every_dialect_ends_with_a_reason_and_counts_tokens(dialect: str) -> None:
    """A finish reason comes once, and the last usage holds the counts."""
    chunks = _chunks(_SAID, dialect)

    choices = [choice for chunk in chunks for choice in chunk["choices"] if choice]
    assert [each["finish_reason"] for each in choices if each["finish_reason"]] == ["stop"]
    usage = [chunk["usage"] for chunk in chunks if chunk.get("usage")][-1]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (300, 60)


@pytest.mark.parametrize("dialect", sorted(DIALECTS - _BROKEN - _ODD_CALLS - {"arguments-object"}))
def test_every_style_spells_both_calls(dialect: str) -> None:
    """Put together by index (Gemini: by id), the calls are those that were meant."""
    calls: dict[Any, dict[str, str]] = {}
    for delta in _deltas(_chunks(_CALLED, dialect)):
        for call in delta.get("tool_calls") or ():
            place = call["id"] if dialect == "gemini" else call["index"]
            known = calls.setdefault(place, {"id": "", "name": "", "arguments": ""})
            known["id"] += call.get("id", "")
            known["name"] += call["function"].get("name", "")
            known["arguments"] += call["function"].get("arguments", "")

    assert list(calls.values()) == [
        {"id": "call_1", "name": "weather", "arguments": _ARGUMENTS},
        {"id": "call_2", "name": "clock", "arguments": "{}"},
    ]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("fireworks", "reasoning_content"),
        ("openrouter", "reasoning"),
        ("gemini", "thinking"),
        ("claude", "thinking"),
        ("anthropic", "thinking"),
    ],
)
def test_reasoning_stands_where_its_provider_puts_it(dialect: str, expected: str) -> None:
    """There are three spellings: two fields and one kind of block."""
    found = ""
    for delta in _deltas(_chunks(_SAID, dialect)):
        blocks = [block["delta"] for block in delta.get("content_blocks", ())]
        source = blocks if expected == "thinking" else [delta]
        found += "".join(each.get(expected, "") for each in source)

    assert found == _REASONING


def test_azure_begins_without_choices_and_ends_with_usage_alone() -> None:
    """The first chunk has filters and empty fields, the last one only the usage."""
    chunks = _chunks(_SAID, "openai")

    assert (chunks[0]["id"], chunks[0]["choices"]) == ("", [])
    assert "prompt_filter_results" in chunks[0]
    assert chunks[-1]["choices"] == []
    assert "usage" not in chunks[-2]


def test_openai_shows_no_reasoning() -> None:
    """Only the count of reasoning tokens is seen."""
    body = json.dumps(_chunks(_SAID, "openai"))

    assert _REASONING[:10] not in body
    assert '"reasoning_tokens": 12' in body


def test_gemini_says_text_twice_and_grows_its_usage() -> None:
    """Content and content_blocks carry the same words; usage stands on every chunk."""
    chunks = _chunks(_SAID, "gemini")

    blocks = [
        block["delta"].get("text", "")
        for delta in _deltas(chunks)
        for block in delta.get("content_blocks", ())
    ]
    counts = [chunk["usage"]["completion_tokens"] for chunk in chunks]
    assert "".join(blocks) == _TEXT
    assert counts == sorted(counts)
    assert counts[-1] == 60


def test_gemini_gives_every_call_the_index_0_and_stops_with_stop() -> None:
    """Whole calls, one a chunk, with the signature inside the function."""
    chunks = _chunks(_CALLED, "gemini")

    calls = [call for delta in _deltas(chunks) for call in delta.get("tool_calls", ())]
    assert [call["index"] for call in calls] == [0, 0]
    assert calls[0]["function"]["thought_signature"] == "c2ln"
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_bedrock_leaves_arguments_out_of_the_first_piece() -> None:
    """The first piece of a call names it, and nothing else."""
    pieces_ = [
        call for d in _deltas(_chunks(_CALLED, "claude")) for call in d.get("tool_calls", ())
    ]

    assert pieces_[0]["function"] == {"name": "weather"}
    assert set(pieces_[1]) == {"index", "function"}


def test_claude_signs_its_thinking() -> None:
    """The signature is a block of its own after the thoughts."""
    blocks = [
        block["delta"]
        for delta in _deltas(_chunks(_SAID, "claude"))
        for block in delta.get("content_blocks", ())
    ]

    assert {"signature": "c2lnbmVk"} in blocks


def test_perplexity_cites_on_every_chunk_and_thinks_aloud() -> None:
    """Citations stand at the top of each chunk, thoughts between tags in the content."""
    answer = Answer(
        text=_TEXT, usage=_USAGE, reasoning=_REASONING, citations=("https://example.org",)
    )
    chunks = _chunks(answer, "perplexity")

    assert all(chunk["citations"] == ["https://example.org"] for chunk in chunks)
    assert _text(chunks).startswith(f"<think>\n{_REASONING}\n</think>")


def test_a_whole_message_may_come_in_one_chunk() -> None:
    """The whole message, then the usage."""
    first, last = _chunks(_CALLED, "whole")

    assert len(first["choices"][0]["delta"]["tool_calls"]) == 2
    assert first["usage"] is None
    assert last["choices"] == []


def test_sound_comes_in_pieces_beside_no_content() -> None:
    """Id, transcript, data and the date come one after the other."""
    audio = Audio(id="audio_1", data="QUJD" * 3000, transcript="Hello there", expires_at=9)
    chunks = _chunks(Answer(text="", usage=_USAGE, audio=audio), "openai")

    found = [delta["audio"] for delta in _deltas(chunks) if "audio" in delta]
    assert "".join(each.get("data", "") for each in found) == audio.data
    assert "".join(each.get("transcript", "") for each in found) == audio.transcript
    assert _text(chunks) == ""


def test_logprobs_come_token_by_token() -> None:
    """Each token has a chunk with its own logprob."""
    tokens = [{"token": word, "logprob": -0.1} for word in ("Hi", " you")]
    answer = Answer(text="Hi you", usage=_USAGE, logprobs={"content": tokens})
    chunks = _chunks(answer, "openai")

    found = [
        each["logprobs"]["content"][0]["token"]
        for chunk in chunks
        for each in chunk["choices"]
        if each.get("logprobs")
    ]
    assert found == ["Hi", " you"]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("no-index", [{"id", "type", "function"}, {"function"}]),
        ("no-ids", [{"index", "type", "function"}, {"index", "function"}]),
    ],
)
def test_calls_may_lack_what_others_have(dialect: str, expected: list[set[str]]) -> None:
    """Some providers leave out the index, some the id."""
    calls = [call for d in _deltas(_chunks(_CALLED, dialect)) for call in d.get("tool_calls", ())]

    assert [set(calls[0]), set(calls[1])] == expected


def test_calls_may_share_an_index_and_a_delta() -> None:
    """One index for all calls, or all calls at once."""
    shared = [
        d["tool_calls"] for d in _deltas(_chunks(_CALLED, "same-index-new-id")) if "tool_calls" in d
    ]
    assert [[call["index"] for call in calls] for calls in shared] == [[0], [0]]

    together = _deltas(_chunks(_CALLED, "several-calls-one-delta"))
    (calls,) = [delta["tool_calls"] for delta in together if "tool_calls" in delta]
    assert [call["function"]["arguments"] for call in calls] == [_ARGUMENTS, "{}"]


def test_arguments_may_be_an_object() -> None:
    """An object where a string should be."""
    calls = [
        c for d in _deltas(_chunks(_CALLED, "arguments-object")) for c in d.get("tool_calls", ())
    ]

    assert calls[0]["function"]["arguments"] == json.loads(_ARGUMENTS)


def test_null_may_stand_in_any_list() -> None:
    """Choices and calls have holes."""
    chunks = _chunks(_CALLED, "null-holes")

    assert any(None in chunk["choices"] for chunk in chunks)
    assert any(None in (delta["tool_calls"] or ()) for delta in _deltas(chunks))
    assert any(delta["tool_calls"] is None for delta in _deltas(chunks))


def test_usage_may_come_twice() -> None:
    """Once with the finish reason, once alone."""
    assert len([chunk for chunk in _chunks(_SAID, "usage-twice") if chunk.get("usage")]) == 2


def test_the_same_thought_may_stand_in_three_places() -> None:
    """A reader must not count it three times."""
    thoughts = [
        delta
        for delta in _deltas(_chunks(_SAID, "all-reasoning-spellings"))
        if delta.get("reasoning_content")
    ]

    assert thoughts
    for delta in thoughts:
        assert delta["reasoning"] == delta["reasoning_content"]
        assert delta["content_blocks"][0]["delta"]["thinking"] == delta["reasoning"]


def test_an_error_may_hide_in_a_choice() -> None:
    """Half the text, then a finish reason that is no reason."""
    broken = _chunks(_SAID, "error-choice")
    assert broken[-1]["choices"][0]["finish_reason"] == "error"
    assert broken[-1]["choices"][0]["error"]["message"] == "Provider returned error"
    assert _text(broken) != _TEXT

    typed = _chunks(_SAID, "error-type-finish")
    assert typed[-1]["choices"][0] == {
        "finish_reason": "overloaded_error",
        "delta": {"content": ""},
    }


def test_done_is_said_once_in_era_d_and_only_by_the_provider_in_era_a() -> None:
    """The 2026-10 API appends it; in the 2026-01 API Gemini's stream just ends."""
    for style in STYLES:
        assert _payloads(_SAID, style, "2026-10").count("[DONE]") == 1
        assert _payloads(_SAID, style, "2026-01").count("[DONE]") == (
            style not in {"gemini", "whole"}
        )
    assert "[DONE]" not in _payloads(_SAID, "no-done")


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("crlf", b"\r\n\r\n"),
        ("cr", b"}\r\r"),
        ("bom", b"\xef\xbb\xbfdata: "),
        ("multiline", b'data: {\ndata:  "id"'),
        ("u2028", "\u2028".encode()),
        ("keep-alives", b"event: ping\ndata: ping\n\n"),
        ("openrouter", b": OPENROUTER PROCESSING\n\n"),
    ],
)
def test_framings_look_odd_on_the_wire(dialect: str, expected: bytes) -> None:
    """Line ends, marks, comments and separators stand there as bytes."""
    assert expected in b"".join(packets(_SAID, _STAMP, api="2026-10", dialect=dialect))


def test_packets_are_cut_as_their_dialect_says() -> None:
    """All at once, byte by byte, or inside a character."""
    assert len(packets(_SAID, _STAMP, api="2026-10", dialect="one-packet")) == 1
    assert {
        len(each) for each in packets(_SAID, _STAMP, api="2026-10", dialect="byte-by-byte")
    } == {1}
    cut = packets(_SAID, _STAMP, api="2026-10", dialect="split-utf8")
    assert sum(0x80 <= packet[0] < 0xC0 for packet in cut) >= 4
    assert not packets(_SAID, _STAMP, api="2026-10", dialect="no-last-blank-line")[-1].endswith(
        b"\n"
    )


@pytest.mark.parametrize("style", sorted(STYLES))
def test_json_is_spelled_by_the_same_providers(style: str) -> None:
    """The whole message has the text, and its reasoning where the provider puts it."""
    message = whole(_SAID, _STAMP, api="2026-10", dialect=style)["choices"][0]["message"]

    assert message["content"].endswith(_TEXT)
    if style in {"gemini", "claude", "anthropic"}:
        assert message["content_blocks"][0]["thinking"] == _REASONING
    if style == "openai":
        assert _REASONING not in json.dumps(message)


def test_era_d_says_tool_calls_where_era_a_leaves_stop() -> None:
    """Gemini stops with `stop` beside its calls; the 2026-10 API corrects it in JSON."""
    reasons = [
        whole(_CALLED, _STAMP, api=api, dialect="gemini")["choices"][0]["finish_reason"]
        for api in ("2026-01", "2026-10")
    ]
    assert reasons == ["stop", "tool_calls"]


@pytest.mark.parametrize(
    "text", ["", " ", "a", "x" * 100, "  two  spaces \n\n", _TEXT, "日本語" * 20]
)
def test_pieces_lose_nothing(text: str) -> None:
    """Joined, the pieces are the text."""
    assert "".join(pieces(text)) == text


@pytest.mark.parametrize("dialect", sorted(FRAMINGS))
def test_text_that_cannot_be_encoded_is_escaped(dialect: str) -> None:
    """A lone surrogate is written as an escape, as JavaScript does."""
    body = b"".join(
        packets(Answer(text="a \ud800", usage=_USAGE), _STAMP, api="2026-10", dialect=dialect)
    )

    assert b"ud800" in body
