"""Answers become responses."""

from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    CitationBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from _pollinations.chat.messages import Policy, prepare
from _pollinations.chat.reply import Audio, Delta, Reply, ToolCall, ToolCallDelta, Usage
from llama_index_pollinations.from_wire import (
    Answer,
    from_delta,
    from_reply,
    metadata,
    to_image,
)
from llama_index_pollinations.to_wire import to_wire

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8"
    "/58BAwAI/AL+p5qgoAAAAABJRU5ErkJggg=="
)
CALL = ToolCall("c1", "add", '{"a": 1}', {"extra_content": {"google": {"signature": "s"}}})


def test_a_reply_becomes_blocks_in_a_fixed_order() -> None:
    """Thoughts, text, pictures, sound, citations and calls each have their block."""
    reply = Reply(
        text="Here it is.",
        reasoning="hm",
        tool_calls=(CALL,),
        content_blocks=({"type": "image_url", "image_url": {"url": PIXEL}},),
        audio=Audio(id="a1", data="UklGRg==", transcript="Here"),
        citations=("https://example.com/1",),
    )

    response = from_reply(reply, body={"model": "openai", "audio": {"format": "flac"}})

    assert [type(block) for block in response.message.blocks] == [
        ThinkingBlock,
        TextBlock,
        ImageBlock,
        AudioBlock,
        CitationBlock,
        ToolCallBlock,
    ]
    assert response.delta is None


def test_text_around_a_picture_keeps_its_place() -> None:
    """Where blocks tell the whole text, pictures stay between what was said around them."""
    reply = Reply(
        text="Before.After.",
        content_blocks=(
            {"type": "text", "text": "Before."},
            {"type": "image_url", "image_url": {"url": PIXEL}},
            {"type": "text", "text": "After."},
        ),
    )

    blocks = from_reply(reply, body={}).message.blocks

    assert [type(block) for block in blocks] == [TextBlock, ImageBlock, TextBlock]


def test_contiguous_text_is_one_block() -> None:
    """`content` is the text that the deltas gave, with nothing put between."""
    answer = Answer()
    pieces = [Delta(text="Hel"), Delta(reasoning="hm"), Delta(text="lo")]

    responses = [from_delta(piece, body={}, answer=answer) for piece in pieces]

    assert responses[-1].message.content == "Hello"
    assert [type(block) for block in responses[-1].message.blocks] == [ThinkingBlock, TextBlock]


@pytest.mark.parametrize(
    "piece",
    [
        Delta(text="a"),
        Delta(reasoning="a"),
        Delta(blocks=({"type": "image_url", "image_url": {"url": PIXEL}},)),
        Delta(tool_calls=(ToolCallDelta(0, "c1", "add", "1"),)),
    ],
    ids=["text", "reasoning", "picture", "call"],
)
def test_earlier_messages_of_one_kind_stay_too(piece: Delta) -> None:
    """Whatever it is that the message has so far, more of it goes into the next one."""
    answer = Answer()

    first = from_delta(piece, body={}, answer=answer)
    then = first.model_dump_json()
    from_delta(piece, body={}, answer=answer)
    from_delta(Delta(reply=Reply(text="b")), body={}, answer=answer)

    assert first.model_dump_json() == then


def test_what_is_done_to_a_response_stays_there() -> None:
    """Whoever redacts what was handed out changes no later response."""
    answer = Answer()
    piece = Delta(
        text="a", reasoning="r", tool_calls=(ToolCallDelta(0, "c1", "add", '{"a"'),), raw={}
    )
    more = Delta(text="b", reasoning="s", tool_calls=(ToolCallDelta(0, None, None, ": 1}"),))

    first = from_delta(piece, body={}, answer=answer)
    for block, name in zip(first.message.blocks, ("content", "text", "tool_kwargs"), strict=True):
        setattr(block, name, "gone")
    first.message.blocks.clear()
    first.message.additional_kwargs.clear()
    second = from_delta(more, body={}, answer=answer)

    thought, text, call = second.message.blocks
    assert (thought.content, text.text, call.tool_kwargs) == ("rs", "ab", '{"a": 1}')
    assert second.message.additional_kwargs["tool_calls"][0]["function"]["name"] == "add"


def test_a_call_may_learn_its_name_late() -> None:
    """Arguments that come before the name are kept, and the id is that of the first piece."""
    answer = Answer()
    pieces = [
        Delta(tool_calls=(ToolCallDelta(0, "c1", None, '{"a"'),)),
        Delta(tool_calls=(ToolCallDelta(0, None, "add", ": 1}"),)),
    ]

    early, late = [from_delta(piece, body={}, answer=answer) for piece in pieces]

    assert early.message.blocks == [
        ToolCallBlock(tool_call_id="c1", tool_name="", tool_kwargs='{"a"')
    ]
    assert late.message.blocks == [
        ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs='{"a": 1}')
    ]


def test_a_thinking_delta_is_there_only_when_there_is_one() -> None:
    """Agents read it from the response, not from the message."""
    answer = Answer()

    thinking = from_delta(Delta(reasoning="hm"), body={}, answer=answer)
    speaking = from_delta(Delta(text="Hi"), body={}, answer=answer)

    assert thinking.additional_kwargs == {"thinking_delta": "hm"}
    assert thinking.delta == ""
    assert speaking.additional_kwargs == {}


@pytest.mark.parametrize("spoken", [True, False], ids=["spoken", "refused"])
def test_an_answer_without_text_says_what_it_can(spoken: bool) -> None:
    """The transcript of speech, or the words of a refusal, stand where text would."""
    words = "I cannot say that."
    reply = Reply(audio=Audio(id="a", transcript=words)) if spoken else Reply(refusal=words)

    last = from_delta(Delta(reply=reply), body={}, answer=Answer())

    assert last.message.content == words
    assert last.delta == words


def test_speech_has_the_format_that_was_asked_for() -> None:
    """The wire does not say it, so the request does."""
    reply = Reply(audio=Audio(id="a", data="UklGRg==", transcript="Hi"))

    response = from_reply(reply, body={"audio": {"voice": "alloy", "format": "flac"}})
    sound = next(block for block in response.message.blocks if isinstance(block, AudioBlock))

    assert sound.format == "flac"
    assert sound.audio == b"UklGRg=="
    assert response.additional_kwargs["audio"] == {
        "id": "a",
        "expires_at": None,
        "transcript": "Hi",
    }


def test_citations_take_titles_from_search_results() -> None:
    """A citation is found again by its URL."""
    reply = Reply(
        text="x[1][2]",
        citations=("https://a.example", "https://b.example"),
        search_results=({"url": "https://b.example", "title": "B", "snippet": "b says"},),
    )

    cited = [
        block
        for block in from_reply(reply, body={}).message.blocks
        if isinstance(block, CitationBlock)
    ]

    assert [(block.source, block.title) for block in cited] == [
        ("https://a.example", "https://a.example"),
        ("https://b.example", "B"),
    ]
    assert cited[1].cited_content.text == "b says"
    assert cited[1].additional_location_info == {"index": 1}


def test_each_signed_thought_is_a_block_with_its_signer() -> None:
    """Signatures and hidden thoughts come back on the wire as they were."""
    thoughts: tuple[dict[str, Any], ...] = (
        {"type": "thinking", "thinking": "one", "signature": "s1"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "thinking", "thinking": "two", "signature": "s2"},
    )
    reply = Reply(text="Hi", reasoning="onetwo", content_blocks=thoughts)

    message = from_reply(reply, body={"model": "claude"}).message
    (wire,) = prepare(to_wire([message]), model="claude", policy=Policy())

    assert message.blocks[0].additional_information == {"signature": "s1", "model": "claude"}
    assert wire["content"] == [*thoughts, {"type": "text", "text": "Hi"}]


def test_reasoning_tokens_are_told_of_a_single_thought() -> None:
    """`num_tokens` is the provider's count where it can only mean one block."""
    usage = Usage(1, 2, 3, reasoning=5)

    response = from_reply(Reply(reasoning="hm", usage=usage), body={})

    assert response.message.blocks[0].num_tokens == 5


def test_metadata_names_both_models_and_all_that_came() -> None:
    """The name asked for, the provider's id, counts, filters, headers and unknown keys."""
    reply = Reply(
        model="gpt-x",
        usage=Usage(1, 2, 3, cached=0, raw={"prompt_tokens": 1}),
        logprobs={"content": []},
        content_blocks=({"type": "text", "text": "x"},),
        headers={"x-cache": "HIT"},
        extra={"service_tier": "flex", "content_filter_results": {"hate": {}}},
        refusal="no",
    )

    facts = metadata(reply, {"model": "openai", "seed": 7})

    assert facts["model_name"] == "openai"
    assert facts["model"] == "gpt-x"
    assert facts["seed"] == 7
    assert facts["cached_tokens"] == 0
    assert facts["service_tier"] == "flex"
    assert facts["headers"] == {"x-cache": "HIT"}
    assert facts["content_filter_results"] == {"hate": {}}
    assert facts["content_blocks"] == [{"type": "text", "text": "x"}]
    assert facts["refusal"] == "no"


def test_logprobs_are_the_alternatives_of_each_token() -> None:
    """Without alternatives a token stands for itself."""
    logprobs = {
        "content": [
            {"token": "a", "logprob": -0.1, "bytes": [97], "top_logprobs": []},
            {
                "token": "b",
                "logprob": -0.2,
                "bytes": None,
                "top_logprobs": [{"token": "b", "logprob": -0.2}, {"token": "c", "logprob": -3}],
            },
        ]
    }

    response = from_reply(Reply(text="ab", logprobs=logprobs), body={})

    assert response.logprobs is not None
    assert [[one.token for one in token] for token in response.logprobs] == [["a"], ["b", "c"]]


def test_pictures_of_an_answer_become_blocks() -> None:
    """Data URLs are kept as data, links as links."""
    drawn = to_image({"image_url": {"url": PIXEL}})
    linked = to_image({"image_url": {"url": "https://example.com/a.png"}})

    assert drawn is not None
    assert drawn.image == PIXEL.partition(",")[2].encode()
    assert drawn.image_mimetype == "image/png"
    assert linked is not None
    assert str(linked.url) == "https://example.com/a.png"
    assert to_image({"image_url": {}}) is None
