"""How the spellings of one answer become the same answer."""

import base64
from typing import Any

import pytest

from _pollinations.chat.reader import Draft
from _pollinations.chat.reply import Delta, Reply
from _pollinations.http.errors import (
    InvalidRequestError,
    PollinationsError,
    RateLimitError,
    ServerError,
    UnreadableAnswerError,
)

Json = dict[str, Any]


def chunk(delta: Json | None = None, reason: str | None = None, **more: Any) -> Json:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": reason}
    return {"id": "c1", "model": "gpt-5-mini", "choices": [choice], **more}


def read(*events: object) -> tuple[list[Delta], Reply]:
    draft = Draft({})
    deltas = [delta for event in events if (delta := draft.take(event)) is not None]
    return deltas, draft.finish()


def texts(deltas: list[Delta]) -> tuple[str, str]:
    return "".join(d.text for d in deltas), "".join(d.reasoning for d in deltas)


END = chunk(reason="stop")


def test_openai_chunks_are_read() -> None:
    """Empty choices first and last, roles and empty texts make no piece; the rest is the answer."""
    deltas, reply = read(
        {"id": "", "object": "", "created": 0, "choices": [], "prompt_filter_results": [{"a": 1}]},
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "Hel"}),
        chunk({"content": "lo"}),
        END,
        {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}},
    )

    assert [d.text for d in deltas] == ["Hel", "lo"]
    assert (reply.text, reply.finish_reason, reply.id) == ("Hello", "stop", "c1")
    assert reply.prompt_filter_results == [{"a": 1}]
    assert reply.usage is not None
    assert reply.usage.total == 5


@pytest.mark.parametrize(
    "spell",
    [
        lambda t: {"reasoning_content": t},
        lambda t: {"reasoning": t},
        lambda t: {"content": "", "content_blocks": [{"index": 0, "delta": {"thinking": t}}]},
        lambda t: {"reasoning_content": t, "reasoning": t},
        lambda t: {
            "reasoning": t,
            "reasoning_content": t,
            "content_blocks": [{"index": 0, "delta": {"thinking": t}}],
        },
    ],
)
def test_reasoning_is_counted_once(spell: Any) -> None:
    """Three spellings of reasoning, alone or together, give the same reasoning once."""
    deltas, reply = read(chunk(spell("I ")), chunk(spell("think")), chunk({"content": "So"}), END)

    assert texts(deltas) == ("So", "I think")
    assert (reply.text, reply.reasoning) == ("So", "I think")


def test_text_that_comes_twice_is_counted_once() -> None:
    """The same text as content and as a block is one text."""
    pieces = [
        chunk({"content": t, "content_blocks": [{"index": 0, "delta": {"text": t}}]})
        for t in ("a", "b")
    ]
    deltas, reply = read(*pieces, END)

    assert [d.text for d in deltas] == ["a", "b"]
    assert reply.text == "ab"


def test_text_that_comes_only_as_blocks_is_text() -> None:
    """A provider that says everything in blocks is heard, and so is one that changes its mind."""
    block = chunk({"content_blocks": [{"index": 0, "delta": {"text": "a"}}]})

    assert read(block, block, END)[1].text == "aa"
    assert read(block, chunk({"content": "b"}), END)[1].text == "ab"


def test_content_may_be_a_list_of_parts() -> None:
    """Content as typed parts is read like blocks."""
    parts = [{"type": "text", "text": "Hi"}, {"type": "thinking", "thinking": "Hm"}]
    _, reply = read({"choices": [{"message": {"content": parts}, "finish_reason": "stop"}]})

    assert (reply.text, reply.reasoning) == ("Hi", "Hm")


@pytest.mark.parametrize("index", [None, 0, 2])
def test_the_index_of_a_choice_may_be_missing(index: int | None) -> None:
    """A choice counts whether its index is there always, sometimes or never."""
    first = {"choices": [{"delta": {"content": "a"}}]}
    second = {"choices": [{"index": index, "delta": {"content": "b"}, "finish_reason": "stop"}]}

    assert read(first, second)[1].text == "ab"
    assert read(second, first)[1].text == "ba"


def test_other_choices_are_left_alone() -> None:
    """Null holes and choices of another index are passed over."""
    event = {"choices": [None, {"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}]}
    other = {"choices": [{"index": 1, "delta": {"content": "no"}}, None]}

    assert read(event, other)[1].text == "a"


def test_the_last_usage_counts() -> None:
    """Usage that grows from chunk to chunk, comes twice or is null is never added up."""
    counts = [
        {"prompt_tokens": 9},
        {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10},
        None,
        {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13, "x": None},
        {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13},
    ]
    _, reply = read(*(chunk({"content": "a"}, usage=count) for count in counts), END)

    assert reply.usage is not None
    assert (reply.usage.prompt, reply.usage.completion, reply.usage.total) == (9, 4, 13)


def test_no_usage_is_no_usage() -> None:
    """Counts that never came are not made up."""
    assert read(chunk({"content": "a"}, usage=None), END)[1].usage is None


def test_speech_is_put_together_as_bytes() -> None:
    """Base64 pieces that are padded on their own become one sound; the transcript is joined."""
    data = [base64.b64encode(part).decode() for part in (b"a", b"bcd", b"ef")]
    deltas, reply = read(
        chunk({"audio": {"id": "audio_1", "transcript": "Hel"}}),
        *(chunk({"audio": {"data": piece}}) for piece in data),
        chunk({"audio": {"transcript": "lo", "expires_at": 99}}),
        END,
    )

    assert deltas == []
    assert reply.audio is not None
    assert base64.b64decode(reply.audio.data) == b"abcdef"
    assert (reply.audio.id, reply.audio.transcript, reply.audio.expires_at) == (
        "audio_1",
        "Hello",
        99,
    )


def test_rare_parts_are_kept() -> None:
    """Refusals, old function calls, log probabilities and unknown keys find their place."""
    _, reply = read(
        chunk({"refusal": "I "}),
        chunk({"refusal": "won't"}),
        chunk({"function_call": {"name": "add", "arguments": "{"}}),
        chunk({"function_call": {"arguments": "}"}}),
        chunk({"annotations": [1]}, citations=["https://a"], search_results=[{"u": 1}]),
        chunk({"annotations": [2]}, system_fingerprint="fp", provider="x", user_tier="seed"),
        {"choices": [{"logprobs": {"content": [{"token": "a"}]}, "safetyRatings": [1]}]},
        {"choices": [{"logprobs": {"content": [{"token": "b"}], "refusal": None}}]},
        {"choices": [{"content_filter_results": {"hate": {"filtered": False}}}]},
        END,
    )

    assert reply.refusal == "I won't"
    assert reply.function_call == {"name": "add", "arguments": "{}"}
    assert reply.citations == ("https://a",)
    assert reply.search_results == ({"u": 1},)
    assert reply.logprobs == {"content": [{"token": "a"}, {"token": "b"}]}
    assert reply.content_filter_results == {"hate": {"filtered": False}}
    assert reply.extra == {"provider": "x", "safetyRatings": [1], "annotations": [1, 2]}
    assert (reply.system_fingerprint, reply.user_tier) == ("fp", "seed")


def test_metadata_holds_only_what_came() -> None:
    """What the answer does not tell has no name in its metadata."""
    _, reply = read(chunk({"content": "a"}, provider="x"), END)

    assert reply.metadata == {
        "finish_reason": "stop",
        "id": "c1",
        "model": "gpt-5-mini",
        "provider": "x",
    }


def test_signed_thinking_and_pictures_are_found() -> None:
    """What must be replayed and what can be seen are told apart from the rest."""
    signed = {"type": "thinking", "thinking": "a", "signature": "s"}
    hidden = {"type": "redacted_thinking", "data": "d"}
    image = {"type": "image_url", "image_url": {"url": "data:,"}}
    blocks = [signed, {"type": "thinking", "thinking": "b"}, hidden, image]
    deltas, reply = read({"choices": [{"message": {"content": None, "content_blocks": blocks}}]})

    assert reply.thinking == (signed, hidden)
    assert reply.images == (image,)
    assert [d.blocks for d in deltas] == [(image,)]


def test_an_answer_without_choices_is_none() -> None:
    """A body that holds no choice cannot be read as an answer."""
    with pytest.raises(UnreadableAnswerError, match="no choices"):
        read({"choices": []}, [], None, "x")


@pytest.mark.parametrize(
    ("event", "kind", "message"),
    [
        ({"error": {"message": "Broken", "code": 429}}, RateLimitError, "Broken"),
        ({"error": {"message": "Broken", "type": "bad_request"}}, InvalidRequestError, "Broken"),
        ({"error": "Broken"}, ServerError, "Broken"),
        ({"success": False, "error": {"message": "Broken"}, "status": 500}, ServerError, "Broken"),
        (chunk({}, "error", x=1), ServerError, "ended with 'error'"),
        ({"choices": [{"finish_reason": "overloaded_error"}]}, ServerError, "overloaded_error"),
        (
            {"choices": [{"finish_reason": "error", "error": {"message": "Broken", "code": 502}}]},
            ServerError,
            "Broken",
        ),
        ({"choices": [{"error": "Broken"}]}, ServerError, "Broken"),
        (
            {"choices": [{"finish_reason": "upstream_error", "delta": {"content": "Broken"}}]},
            ServerError,
            "Broken",
        ),
    ],
)
def test_an_error_event_carries_the_text_so_far(
    event: Json, kind: type[PollinationsError], message: str
) -> None:
    """Every spelling of an error in the middle raises it, with what came before."""
    draft = Draft({"x-request-id": "r1", "x-cache": "HIT"})
    draft.take(chunk({"content": "Hel", "reasoning": "Hm"}))

    with pytest.raises(kind, match=message) as caught:
        draft.take(event)

    assert (caught.value.text, caught.value.reasoning) == ("Hel", "Hm")
    assert (caught.value.request_id, caught.value.cached) == ("r1", True)


def test_given_events_are_not_changed() -> None:
    """Reading leaves the parsed events as they came, and hands them out with their pieces."""
    event = chunk({"content": "a", "tool_calls": [{"index": 0, "function": {"name": "f"}}]})
    before = repr(event)
    deltas, _ = read(event, END)

    assert repr(event) == before
    assert deltas[0].raw is event
