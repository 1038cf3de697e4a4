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

from _pollinations.chat.reply import Audio, Delta, Reply, ToolCall, ToolCallDelta, Usage
from llama_index_pollinations.from_wire import (
    Answer,
    from_delta,
    from_reply,
    metadata,
)

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
        usage=Usage(1, 2, 3, reasoning=5),
    )
    response = from_reply(reply, body={"model": "openai", "audio": {"format": "flac"}})

    audio = {"id": "a1", "expires_at": None, "transcript": "Here"}
    assert response.additional_kwargs["audio"] == audio
    assert response.delta is None
    blocks: list[Any] = response.message.blocks
    assert [type(block) for block in blocks] == [
        ThinkingBlock,
        TextBlock,
        ImageBlock,
        AudioBlock,
        CitationBlock,
        ToolCallBlock,
    ]
    thought, _, image, sound, *_ = blocks
    assert thought.num_tokens == 5
    assert (image.image, image.image_mimetype) == (PIXEL.partition(",")[2].encode(), "image/png")
    # The wire does not say the format, so the request does.
    assert (sound.audio, sound.format) == (b"UklGRg==", "flac")


def test_text_around_a_picture_keeps_its_place() -> None:
    """Where blocks tell the whole text, pictures stay between what was said around them."""
    reply = Reply(
        text="Before.After.",
        content_blocks=(
            {"type": "text", "text": "Before."},
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
            {"type": "image_url", "image_url": {"url": ""}},
            {"type": "text", "text": "After."},
        ),
    )
    before, picture, after = from_reply(reply, body={}).message.blocks

    assert (before, after) == (TextBlock(text="Before."), TextBlock(text="After."))
    assert isinstance(picture, ImageBlock)
    assert str(picture.url) == "https://example.com/a.png"


def test_contiguous_text_is_one_block() -> None:
    """`content` is the text that the deltas gave; agents read thoughts beside the message."""
    answer = Answer()
    pieces = [Delta(text="Hel"), Delta(reasoning="hm"), Delta(text="lo")]

    responses = [from_delta(piece, body={}, answer=answer) for piece in pieces]

    blocks = [ThinkingBlock(content="hm"), TextBlock(text="Hello")]
    assert responses[-1].message.blocks == blocks
    assert [response.delta for response in responses] == ["Hel", "", "lo"]
    kwargs = [response.additional_kwargs for response in responses]
    assert kwargs == [{}, {"thinking_delta": "hm"}, {}]


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
    """Whoever redacts what was handed out changes no later response; a name may come late."""
    answer = Answer()
    piece = Delta(
        text="a", reasoning="r", tool_calls=(ToolCallDelta(0, "c1", None, '{"a"'),), raw={}
    )
    more = Delta(text="b", reasoning="s", tool_calls=(ToolCallDelta(0, None, "add", ": 1}"),))

    first = from_delta(piece, body={}, answer=answer)
    for block, name in zip(first.message.blocks, ("content", "text", "tool_kwargs"), strict=True):
        setattr(block, name, "gone")
    first.message.blocks.clear()
    first.message.additional_kwargs.clear()
    second = from_delta(more, body={}, answer=answer)

    thought, text, call = second.message.blocks
    assert (thought.content, text.text) == ("rs", "ab")
    assert call == ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs='{"a": 1}')
    assert second.message.additional_kwargs["tool_calls"][0]["function"]["name"] == "add"


@pytest.mark.parametrize("spoken", [True, False], ids=["spoken", "refused"])
def test_an_answer_without_text_says_what_it_can(spoken: bool) -> None:
    """The transcript of speech, or the words of a refusal, stand where text would."""
    words = "I cannot say that."
    reply = Reply(audio=Audio(id="a", transcript=words)) if spoken else Reply(refusal=words)

    last = from_delta(Delta(reply=reply), body={}, answer=Answer())

    assert last.message.content == words
    assert last.delta == words


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


def test_metadata_names_the_model_and_the_seed_that_were_sent() -> None:
    """Beside what every answer tells, and what no block shows."""
    blocks = [{"type": "text", "text": "x"}]
    usage = Usage(1, 2, 3, cached=0, raw={"prompt_tokens": 1})
    reply = Reply(model="gpt-x", usage=usage, content_blocks=tuple(blocks), refusal="no")

    data = metadata(reply, {"model": "openai", "seed": 7})

    assert (data["model_name"], data["model"], data["seed"]) == ("openai", "gpt-x", 7)
    assert (data["cached_tokens"], data["content_blocks"], data["refusal"]) == (0, blocks, "no")


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
