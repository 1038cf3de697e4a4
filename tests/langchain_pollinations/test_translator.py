import base64
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langchain_core.messages.content import KNOWN_BLOCK_TYPES
from spelling import whole

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]
PNG = b"\x89PNG\r\n\x1a\nscripted"


def message(
    content: str = "", *, metadata: dict[str, Any] | None = None, **additional_kwargs: Any
) -> AIMessage:
    """An answer of ours."""
    return AIMessage(
        content,
        additional_kwargs=additional_kwargs,
        response_metadata={"model_provider": "pollinations", **(metadata or {})},
    )


def test_reasoning_comes_before_text() -> None:
    """A signature is in the reasoning block's extras."""
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
    answer = message("Hi", reasoning_content="Hm.", thinking_blocks=[thought])
    assert answer.content_blocks == [
        {"type": "reasoning", "reasoning": "Hm.", "extras": {"signature": "s"}},
        {"type": "text", "text": "Hi"},
    ]


def test_redacted_thinking_shows_no_empty_reasoning() -> None:
    """What cannot be read is kept for replay only."""
    answer = message("Hi", thinking_blocks=[{"type": "redacted_thinking", "data": "x"}])
    assert answer.content_blocks == [{"type": "text", "text": "Hi"}]


def test_citations_are_annotations_of_the_text() -> None:
    """Perplexity's sources have the titles of its search results."""
    answer = message(
        "Hi",
        metadata={
            "citations": ["https://a.org", "https://b.org"],
            "search_results": [{"url": "https://a.org", "title": "A"}, None],
        },
    )
    assert answer.content_blocks[0]["annotations"] == [  # type: ignore[typeddict-item] # a text block
        {"type": "citation", "url": "https://a.org", "title": "A"},
        {"type": "citation", "url": "https://b.org"},
    ]


@pytest.mark.parametrize("model", ["perplexity-fast", "gemini-search"])
def test_sources_of_a_search_are_citations(chat: Chat, ask: Any, model: str) -> None:
    """Both searching providers' sources come out the same way, whole and in pieces."""
    answer = ask(chat(model=model), "Latest news on Berlin")
    (text,) = answer.content_blocks
    urls = [citation["url"] for citation in text["annotations"]]
    assert len(urls) == len(set(urls)) == 3
    assert all(citation["title"] for citation in text["annotations"])


def test_pictures_are_image_blocks(chat: Chat, ask: Any, sandbox: Sandbox) -> None:
    """A picture that Gemini drew is one image block."""
    sandbox.reply("Here it is.", media=PNG)
    answer = ask(chat(model="gemini"), "Draw a plot with matplotlib")
    pictures = [block for block in answer.content_blocks if block["type"] == "image"]
    assert len(pictures) == 1
    assert pictures[0]["mime_type"] == "image/png"
    assert pictures[0]["base64"] == base64.b64encode(PNG).decode()


def test_a_picture_by_url_stays_a_url() -> None:
    """Only data URIs are taken apart."""
    answer = message(images=[{"type": "image_url", "image_url": {"url": "https://a.org/a.png"}}])
    assert answer.content_blocks == [{"type": "image", "url": "https://a.org/a.png"}]


def test_speech_is_an_audio_block(chat: Chat, ask: Any) -> None:
    """Sound comes out as one block with its words."""
    model = chat(
        model="openai-audio",
        modalities=["text", "audio"],
        audio={"voice": "alloy", "format": "pcm16"},
    )
    (sound,) = [
        block for block in ask(model, "Say hello.").content_blocks if block["type"] == "audio"
    ]
    assert sound["mime_type"] == "audio/pcm"
    assert sound["base64"]
    assert sound["extras"]["transcript"]


def test_a_refusal_is_a_refusal_block_where_the_core_knows_them() -> None:
    """Older cores get it as a non-standard block."""
    (block,) = message(refusal="No.").content_blocks
    refusal = {"type": "refusal", "refusal": "No."}
    if "refusal" in KNOWN_BLOCK_TYPES:
        assert block == refusal
    else:
        assert block == {"type": "non_standard", "value": refusal}


def test_blocks_of_unknown_types_are_non_standard(chat: Chat, sandbox: Sandbox) -> None:
    """A block that we do not know is kept as it came."""
    unknown = {"type": "hologram", "x": 1}
    sandbox.reply(whole({"content": "Hi", "content_blocks": [unknown]}))
    answer = chat().invoke("Hi")
    assert answer.content_blocks[-1] == {"type": "non_standard", "value": unknown}


def test_calls_are_blocks_valid_or_not(chat: Chat, sandbox: Sandbox) -> None:
    """An invalid call is a block too."""
    calls = [
        {"id": "c1", "function": {"name": "f", "arguments": "{}"}},
        {"id": "c2", "function": {"name": "g", "arguments": "{"}},
    ]
    sandbox.reply(whole({"content": None, "tool_calls": calls}, "tool_calls"))
    kinds = [block["type"] for block in chat().invoke("Hi").content_blocks]
    assert kinds == ["tool_call", "invalid_tool_call"]
