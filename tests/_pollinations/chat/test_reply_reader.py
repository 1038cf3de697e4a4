"""How the spellings of one answer become the same answer."""

from decimal import Decimal
from typing import Any

import pytest

from _pollinations.chat.reply import Audio, Delta, Reply
from _pollinations.chat.reply_reader import ReplyReader
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
    reader = ReplyReader({})
    read = [*(reader.feed(event) for event in events), reader.flush()]
    return [delta for delta in read if delta is not None], reader.result()


def texts(deltas: list[Delta]) -> tuple[str, str]:
    return "".join(d.text for d in deltas), "".join(d.reasoning for d in deltas)


def content(value: object) -> Json:
    return chunk({"content": value})


def choices(*entries: Json | None) -> Json:
    """One event with these entries."""
    return {"choices": list(entries)}


END = chunk(reason="stop")
A, B = {"content": "a"}, {"type": "text", "text": "b"}
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}
SHAPES: dict[str, list[Any]] = {
    "a list after a string": [content("a"), content([B])],
    "blocks after a string": [content("a"), chunk({"content_blocks": [B]})],
    "a string after untyped blocks": [
        *(chunk({"content_blocks": [{"index": 0, "delta": {"text": "a"}}]}), content("b"))
    ],
    "an object of OpenAI's threads": [content("a"), content({"value": "b"})],
    "thoughts in the list": [content([THOUGHT, "a"]), content([B])],
    "two entries of one choice": [choices({"delta": "a"}, {"delta": "b"})],
    "another choice between them": [
        choices({"index": 0, "delta": A}, {"index": 1, "delta": A}, {"index": 0, "delta": "b"})
    ],
    "an index as a string": [
        choices({"index": "0", "delta": word}, {"index": "1", "delta": A}) for word in "ab"
    ],
    "no index, then one": [choices({"delta": "a"}), choices({"index": 2, "delta": "b"})],
    "an index, then none": [choices({"index": 2, "delta": "a"}), choices({"delta": "b"})],
    "choices as an object, a list as delta": [{"choices": {"index": 0, "delta": ["a", B]}}],
    "events in an array": [[content("a"), None, content("b")]],
    "a message that repeats the deltas": [
        choices({"delta": A, "message": A}),
        choices({"message": {"content": "ab"}, "delta": "b"}),
        choices({"message": {"content": "ab"}}),
    ],
    "messages in place of deltas": [choices({"message": {"content": word}}) for word in "ab"],
    "a message after an empty delta": [
        *(chunk({"role": "assistant"}), choices({"delta": {}, "message": {"content": "ab"}}))
    ],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_text_is_text_in_every_shape(shape: str) -> None:
    """Nothing of a text is lost or doubled when it changes its shape within an answer."""
    deltas, reply = read(*SHAPES[shape], choices({"finish_reason": "stop"}))

    assert reply.text == texts(deltas)[0] == "ab"
    assert reply.reasoning == texts(deltas)[1] == ("Hm" if "thoughts" in shape else "")


@pytest.mark.parametrize(
    "deltas",
    [
        [{"reasoning": ["H"]}, {"reasoning": {"text": "m"}}],
        [{"reasoning_content": "H"}, {"reasoning": "m"}],
        [{"reasoning": "Hm", "reasoning_details": [{"text": "Hm"}]}, {"reasoning_details": [B]}],
    ],
)
def test_reasoning_is_read_in_every_shape(deltas: list[Json]) -> None:
    """Lists and objects, and OpenRouter's details beside them: all of it, once."""
    assert read(*map(chunk, deltas), END)[1].reasoning == "Hm"


def test_the_details_of_reasoning_are_in_the_thinking_block() -> None:
    """OpenRouter wants them back: texts in pieces are joined, encrypted ones stay apart."""
    kinds = [{"type": "reasoning.text", "index": 0}, {"type": "reasoning.encrypted", "index": 0}]
    texts = [{**kinds[0], "text": "H"}, {**kinds[0], "text": "m", "signature": "s"}]
    secrets = [{**kinds[1], "data": "x"}, {**kinds[1], "data": "y"}]
    details = [{**kinds[0], "text": "Hm", "signature": "s"}, *secrets]
    pieces = [chunk({"reasoning_details": [one, None]}) for one in (*texts, *secrets)]
    whole = choices({"message": {"reasoning": "Hm", "reasoning_details": details}})

    for events in ([chunk({"reasoning": "Hm"}), *pieces], [whole]):
        _, reply = read(*events, END)
        assert reply.thinking == reply.content_blocks
        assert reply.thinking == (
            {"type": "thinking", "thinking": "Hm", "reasoning_details": details},
        )


SIGNED = {"type": "thinking", "thinking": "Hm", "signature": "s"}


@pytest.mark.parametrize(
    ("pieces", "blocks"),
    [
        (
            [
                {"index": 0, "delta": {"type": "thinking_delta", "thinking": "H"}},
                {"index": 1, "delta": {"text": "a"}},
                {"index": 0, "delta": {"thinking": "m", "signature": None}},
                {"index": 0, "delta": {"signature": "s"}},
                {"index": 1, "delta": {"text": "b"}},
                {"index": 2, "delta": {"data": "d"}},
            ],
            [SIGNED, {"type": "text", "text": "ab"}, {"type": "redacted_thinking", "data": "d"}],
        ),
        (
            [{"thinking": "Hm", "signature": "s"}, SIGNED, {"text": "a"}, B],
            [SIGNED, SIGNED, {"type": "text", "text": "ab"}],
        ),
    ],
    ids=["untyped", "typed"],
)
def test_blocks_in_pieces_are_put_together(pieces: list[Json], blocks: list[Json]) -> None:
    """By their index, or by their type; a signed block is complete."""
    _, reply = read(*(chunk({"content_blocks": [piece]}) for piece in pieces), END)

    assert reply.content_blocks == tuple(blocks)
    assert reply.text == "ab"


@pytest.mark.parametrize("modern", [True, False])
@pytest.mark.parametrize("whole", [True, False])
def test_a_deprecated_function_call_is_a_tool_call_too(*, whole: bool, modern: bool) -> None:
    """It gets an id of ours; beside `tool_calls` it is no second call."""
    old = {"function_call": {"name": "add", "arguments": '{"a":1}'}}
    new = {"tool_calls": [{"id": "x", "function": old["function_call"]}]} if modern else {}
    (delta,), reply = read(choices({"message" if whole else "delta": {**old, **new}}))
    (call,) = reply.tool_calls

    assert (call.name, call.arguments) == ("add", '{"a":1}')
    assert delta.tool_calls[0].id == call.id
    assert (call.id == "x") is modern


@pytest.mark.parametrize(
    "event",
    [
        *(choices(), [], None, "x", choices({}), choices({"message": None})),
        *(choices({"delta": None}), choices({"index": 0, "finish_reason": "stop"})),
    ],
)
def test_an_answer_without_a_message_is_none(event: object) -> None:
    """Whole or streamed, such an answer is an error and not an empty text."""
    with pytest.raises(UnreadableAnswerError, match="no choices with a message"):
        read(event, event)


COUNTS = {"prompt_tokens": 100, "completion_tokens": 9, "total_tokens": 109}
CACHED = {**COUNTS, "prompt_tokens_details": {"cached_tokens": 60}}
TRAILER = {"cost_usd": "0.00010310", "prompt_tokens_details": {"cached_tokens": 0}}


@pytest.mark.parametrize(
    "events",
    [
        [chunk(usage=CACHED), {"choices": [], "usage": TRAILER}],
        [choices({"delta": {}, "usage": CACHED}), {"usage": TRAILER}],
    ],
)
def test_the_last_usage_with_counts_is_the_usage(events: list[Json]) -> None:
    """A trailer with the price adds the price; Moonshot's usage within the choice counts too."""
    usage = read(content("a"), *events, END)[1].usage

    assert usage is not None
    assert (usage.prompt, usage.completion, usage.total, usage.cached) == (100, 9, 109, 60)
    assert usage.cost == Decimal("0.00010310")


def test_rare_parts_are_kept() -> None:
    """Refusals, old function calls, log probabilities and unknown keys find their place.

    Metadata holds what came beside the answer, and only that.
    """
    _, reply = read(
        chunk({"refusal": "I "}),
        chunk({"audio": {"id": "a1", "transcript": "Hi"}}),
        chunk({"refusal": "won't"}),
        chunk({"function_call": {"name": "add", "arguments": "{"}}),
        chunk({"function_call": {"arguments": "}"}}),
        chunk({"annotations": [1]}, citations=["https://a"], search_results=[{"u": 1}]),
        chunk({"annotations": [2]}, provider="x", unknown=None),
        choices({"logprobs": {"content": [{"token": "a"}]}, "safetyRatings": [1]}),
        choices({"logprobs": {"content": {"token": "b"}, "refusal": None}}),
        END,
    )

    assert reply.refusal == "I won't"
    assert reply.audio == Audio("a1", "", "Hi")
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("add", "{}")]
    assert reply.citations == ("https://a",)
    assert reply.search_results == ({"u": 1},)
    assert reply.logprobs == {"content": [{"token": "a"}, {"token": "b"}]}
    assert reply.extra == {"provider": "x", "safetyRatings": [1], "annotations": [1, 2]}
    assert reply.metadata == {
        **reply.extra,
        "finish_reason": "stop",
        "id": "c1",
        "model": "gpt-5-mini",
        "logprobs": reply.logprobs,
        "citations": ["https://a"],
        "search_results": [{"u": 1}],
    }


def test_signed_thinking_and_images_are_found() -> None:
    """What must be sent again and what can be shown."""
    hidden = {"type": "redacted_thinking", "data": "d"}
    image = {"type": "image_url", "image_url": {"url": "data:,"}}
    blocks = [SIGNED, {"type": "thinking", "thinking": "b"}, hidden, image, {"type": "new"}]
    openrouter = [chunk({"images": [image]}), chunk({"images": [image, "a"], "content": "b"})]
    deltas, reply = read(choices({"message": {"content": None, "content_blocks": blocks}}))

    assert reply.thinking == (SIGNED, hidden)
    assert reply.content_blocks == tuple(blocks)
    assert reply.images == (image,)
    assert [d.blocks for d in deltas] == [(image, {"type": "new"})]
    reply = read(*openrouter, END)[1]
    assert (reply.images, reply.text) == ((image, image), "b")


@pytest.mark.parametrize(
    ("event", "kind", "message"),
    [
        ({"error": {"message": "Broken", "code": 429}}, RateLimitError, "Broken"),
        ({"error": {"message": "Broken", "type": "bad_request"}}, InvalidRequestError, "Broken"),
        ([{"error": {"message": "Broken", "code": 503}}], ServerError, "Broken"),
        ({"success": False, "error": {"message": "Broken"}, "status": 500}, ServerError, "Broken"),
        (choices({"finish_reason": "overloaded_error"}), ServerError, "overloaded_error"),
        (choices({"error": {"message": "Broken", "code": 400}}), InvalidRequestError, "Broken"),
        (choices({"error": "Broken"}), ServerError, "Broken"),
        (chunk({"content": "Broken"}, "upstream_error"), ServerError, "Broken"),
    ],
)
def test_an_error_event_carries_the_text_so_far(
    event: Json, kind: type[PollinationsError], message: str
) -> None:
    """Every spelling of an error in the middle raises it, with what came before."""
    reader = ReplyReader({"x-request-id": "r1", "x-cache": "HIT"})
    reader.feed(chunk({"content": "Hel", "reasoning": "Hm"}))

    with pytest.raises(kind, match=message) as caught:
        reader.feed(event)

    assert (caught.value.text, caught.value.reasoning) == ("Hel", "Hm")
    assert (caught.value.request_id, caught.value.cached) == ("r1", True)


def test_given_events_are_not_changed() -> None:
    """Reading leaves the parsed events as they came, and hands them out with their pieces."""
    calls = [{"index": 0, "function": {"name": "f"}}]
    blocks = [{"index": 0, "delta": {"thinking": "Hm"}}]
    event = chunk({"content": "a", "tool_calls": calls, "content_blocks": blocks})
    before = repr(event)
    deltas, _ = read(event, END)

    assert repr(event) == before
    assert deltas[0].raw is event
