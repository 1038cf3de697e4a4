from typing import Any

import pytest
from langchain_core.messages import AIMessage, InvalidToolCall, ToolCall
from langchain_core.messages.content import KNOWN_BLOCK_TYPES

LINK, DATA = "https://a.org/a.png", "data:image/webp;base64,aGk="
SOUND = {"id": "a", "data": "aGk=", "transcript": "Hi", "format": "pcm16"}
SOUND_BLOCK = {"type": "audio", "base64": "aGk=", "mime_type": "audio/pcm"}
HOLOGRAM = {"type": "hologram", "x": 1}
REFUSAL: dict[str, Any] = {"type": "refusal", "refusal": "No."}
if "refusal" not in KNOWN_BLOCK_TYPES:  # older releases of langchain-core
    REFUSAL = {"type": "non_standard", "value": REFUSAL}


def message(content: str = "", *, metadata: Any = None, **additional_kwargs: Any) -> AIMessage:
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


@pytest.mark.parametrize(
    ("kept", "block"),
    [
        ({"images": [{"image_url": {"url": LINK}}]}, {"type": "image", "url": LINK}),
        (
            {"images": [{"image_url": {"url": DATA}}]},
            {"type": "image", "base64": "aGk=", "mime_type": "image/webp"},
        ),
        ({"audio": SOUND}, {**SOUND_BLOCK, "extras": {"id": "a", "transcript": "Hi"}}),
        ({"refusal": "No."}, REFUSAL),
        ({"content_blocks": [HOLOGRAM]}, {"type": "non_standard", "value": HOLOGRAM}),
    ],
    ids=["link", "image", "sound", "refusal", "unknown"],
)
def test_what_comes_beside_the_text_is_a_block(kept: dict[str, Any], block: Any) -> None:
    """Standard where LangChain has a type for it."""
    assert message(**kept).content_blocks == [block]


@pytest.mark.parametrize(
    "metadata",
    [
        {"citations": [LINK], "search_results": [{"url": LINK, "title": "A"}, None]},
        {"groundingMetadata": {"groundingChunks": [{"web": {"uri": LINK, "title": "A"}}, {}]}},
    ],
    ids=["Perplexity", "Gemini"],
)
def test_sources_are_annotations_of_the_text(metadata: dict[str, Any]) -> None:
    """However a searching provider names them."""
    citation = {"type": "citation", "url": LINK, "title": "A"}
    text = {"type": "text", "text": "Hi", "annotations": [citation]}
    assert message("Hi", metadata=metadata).content_blocks == [text]


def test_calls_are_blocks_valid_or_not() -> None:
    """An invalid call is a block too."""
    answer = message()
    answer.tool_calls = [ToolCall(name="f", args={}, id="c1")]
    answer.invalid_tool_calls = [InvalidToolCall(name="g", args="{", id="c2", error="half")]
    assert [block["type"] for block in answer.content_blocks] == ["tool_call", "invalid_tool_call"]
