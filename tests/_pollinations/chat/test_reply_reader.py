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


END = chunk(reason="stop")


B = {"type": "text", "text": "b"}
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}
SHAPES: dict[str, list[Any]] = {
    "a list after a string": [chunk({"content": "a"}), chunk({"content": [B]})],
    "a string after a list": [chunk({"content": ["a"]}), chunk({"content": "b"})],
    "blocks after a string": [chunk({"content": "a"}), chunk({"content_blocks": [B]})],
    "only blocks, then a string": [
        chunk({"content_blocks": [{"index": 0, "delta": {"text": "a"}}]}),
        chunk({"content": "b"}),
    ],
    "strings in a list": [chunk({"content": ["a", "b"]})],
    "an object": [chunk({"content": "a"}), chunk({"content": B})],
    "an object of OpenAI's threads": [chunk({"content": "a"}), chunk({"content": {"value": "b"}})],
    "thoughts in the list": [chunk({"content": [THOUGHT, "a"]}), chunk({"content": [B]})],
    "two entries of one choice": [
        {"choices": [{"index": 0, "delta": {"content": word}} for word in "ab"]}
    ],
    "another choice between them": [
        {"choices": [{"index": n % 2, "delta": {"content": w}} for n, w in enumerate("axb")]}
    ],
    "an index as a string": [
        {"choices": [{"index": "0", "delta": {"content": w}}, {"index": "1", "delta": B}]}
        for w in "ab"
    ],
    "choices as an object": [{"choices": {"index": 0, "delta": {"content": "ab"}}}],
    "a string as delta": [{"choices": [{"delta": "a"}]}, {"choices": [{"delta": "b"}]}],
    "a list as delta": [{"choices": [{"delta": ["a", B]}]}],
    "events in an array": [[chunk({"content": "a"}), None, chunk({"content": "b"})]],
    "a message that repeats the deltas": [
        {"choices": [{"delta": {"content": "a"}, "message": {"content": "a"}}]},
        {"choices": [{"message": {"content": "ab"}, "delta": {"content": "b"}}]},
        {"choices": [{"message": {"content": "ab"}}]},
    ],
    "messages in place of deltas": [{"choices": [{"message": {"content": word}}]} for word in "ab"],
    "a message after an empty delta": [
        chunk({"role": "assistant"}),
        {"choices": [{"delta": {}, "message": {"content": "ab"}}]},
    ],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_text_is_text_in_every_shape(shape: str) -> None:
    """Nothing of a text is lost or doubled when it changes its shape within an answer."""
    deltas, reply = read(*SHAPES[shape], {"choices": [{"finish_reason": "stop"}]})

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


@pytest.mark.parametrize("modern", [True, False])
@pytest.mark.parametrize("whole", [True, False])
def test_a_deprecated_function_call_is_a_tool_call_too(*, whole: bool, modern: bool) -> None:
    """It gets an id of ours; beside `tool_calls` it is no second call."""
    old = {"function_call": {"name": "add", "arguments": '{"a":1}'}}
    new = {"tool_calls": [{"id": "x", "function": old["function_call"]}]} if modern else {}
    event = {
        "choices": [{"message" if whole else "delta": {**old, **new}, "finish_reason": "stop"}]
    }
    (delta,), reply = read(event)
    (call,) = reply.tool_calls

    assert (call.name, call.arguments) == ("add", '{"a":1}')
    assert delta.tool_calls[0].id == call.id
    assert (call.id == "x") is modern


@pytest.mark.parametrize(
    "choice", [{}, {"message": None}, {"delta": None}, {"finish_reason": "stop"}, {"index": 0}]
)
def test_a_choice_without_a_message_is_no_answer(choice: Json) -> None:
    """Whole or streamed, such an answer is an error and not an empty text."""
    with pytest.raises(UnreadableAnswerError, match="no choices with a message"):
        read({"choices": [choice]}, {"choices": [choice], "usage": {"prompt_tokens": 1}})


def test_a_filter_event_without_a_delta_does_no_harm() -> None:
    """Azure's asynchronous filter sends choices that hold its results and nothing else."""
    found = {"content_filter_results": {"hate": {}}, "content_filter_offsets": {"check_offset": 4}}
    _, reply = read(chunk({"content": "a"}), {"id": "", "choices": [{"index": 0, **found}]}, END)

    assert (reply.text, reply.extra) == ("a", found)


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


COUNTS = {"prompt_tokens": 100, "completion_tokens": 9, "total_tokens": 109}
CACHED = {**COUNTS, "prompt_tokens_details": {"cached_tokens": 60}}
TRAILER = {"cost_usd": "0.00010310", "prompt_tokens_details": {"cached_tokens": 0}}


@pytest.mark.parametrize(
    "events",
    [
        [chunk(usage=CACHED), {"choices": [], "usage": TRAILER}],
        [{"choices": [], "usage": TRAILER}, chunk(usage=CACHED)],
        [chunk(usage=CACHED), chunk(usage={**dict.fromkeys(COUNTS, 0), **TRAILER})],
        [{"choices": [{"delta": {}, "usage": CACHED}]}, {"choices": [], "usage": TRAILER}],
    ],
)
def test_the_last_usage_with_counts_is_the_usage(events: list[Json]) -> None:
    """A trailer with the price adds the price; Moonshot's usage within the choice counts too."""
    usage = read(chunk({"content": "a"}), *events, END)[1].usage

    assert usage is not None
    assert (usage.prompt, usage.completion, usage.total, usage.cached) == (100, 9, 109, 60)
    assert usage.cost == Decimal("0.00010310")


def test_rare_parts_are_kept() -> None:
    """Refusals, old function calls, log probabilities and unknown keys find their place."""
    _, reply = read(
        chunk({"refusal": "I "}),
        chunk({"audio": {"id": "a1", "transcript": "Hi"}}),
        chunk({"refusal": "won't"}),
        chunk({"function_call": {"name": "add", "arguments": "{"}}),
        chunk({"function_call": {"arguments": "}"}}),
        chunk({"annotations": [1]}, citations=["https://a"], search_results=[{"u": 1}]),
        chunk({"annotations": [2]}, system_fingerprint="fp", provider="x"),
        {"choices": [{"logprobs": {"content": [{"token": "a"}]}, "safetyRatings": [1]}]},
        {"choices": [{"logprobs": {"content": {"token": "b"}, "refusal": None}}]},
        {"choices": [{"content_filter_results": {"hate": {"filtered": False}}}]},
        END,
    )

    assert reply.refusal == "I won't"
    assert reply.audio == Audio("a1", "", "Hi")
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("add", "{}")]
    assert reply.citations == ("https://a",)
    assert reply.search_results == ({"u": 1},)
    assert reply.logprobs == {"content": [{"token": "a"}, {"token": "b"}]}
    assert reply.extra == {
        "system_fingerprint": "fp",
        "provider": "x",
        "safetyRatings": [1],
        "content_filter_results": {"hate": {"filtered": False}},
        "annotations": [1, 2],
    }


def test_metadata_holds_only_what_came() -> None:
    """What is not in the answer has no key in its metadata."""
    _, reply = read(chunk({"content": "a"}, provider="x"), END)

    assert reply.metadata == {
        "finish_reason": "stop",
        "id": "c1",
        "model": "gpt-5-mini",
        "provider": "x",
    }


def test_signed_thinking_and_images_are_found() -> None:
    """What must be sent again and what can be shown."""
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
        ([{"error": {"message": "Broken", "code": 503}}], ServerError, "Broken"),
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
    reader = ReplyReader({"x-request-id": "r1", "x-cache": "HIT"})
    reader.feed(chunk({"content": "Hel", "reasoning": "Hm"}))

    with pytest.raises(kind, match=message) as caught:
        reader.feed(event)

    assert (caught.value.text, caught.value.reasoning) == ("Hel", "Hm")
    assert (caught.value.request_id, caught.value.cached) == ("r1", True)


def test_given_events_are_not_changed() -> None:
    """Reading leaves the parsed events as they came, and hands them out with their pieces."""
    event = chunk({"content": "a", "tool_calls": [{"index": 0, "function": {"name": "f"}}]})
    before = repr(event)
    deltas, _ = read(event, END)

    assert repr(event) == before
    assert deltas[0].raw is event
