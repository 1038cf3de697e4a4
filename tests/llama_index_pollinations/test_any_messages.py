"""Any conversation is a request that the gateway takes, or is refused before it is sent."""

import re
from base64 import b64encode
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)
from strategies import POLICIES, RANDOM, accepted, every_spoiled

from _pollinations.chat.messages import Policy
from llama_index_pollinations.errors import InvalidInputError
from llama_index_pollinations.to_wire import to_wire

WHERE = re.compile(r"There is nothing to send|message (?P<message>\d+)(, block (?P<block>\d+))?: ")
MODELS = st.sampled_from(("openai", "claude"))
PNG = b64encode(b"\x89PNG\r\n\x1a\n" + b"\x00" * 32)
WAV = b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 32)
BLOCKS: list[ContentBlock] = [
    TextBlock(text="Hi"),
    TextBlock(text=""),
    ImageBlock(url="https://a.org/a.png", detail="low"),
    ImageBlock(url="data:image/png;base64,aGk="),
    ImageBlock(image=PNG),
    ImageBlock(image=b"aGk="),
    ImageBlock(),
    VideoBlock(url="https://a.org/a.mp4"),
    VideoBlock(),
    AudioBlock(audio=WAV),
    AudioBlock(audio=WAV, format="ogg"),
    AudioBlock(url="https://a.org/a.wav"),
    DocumentBlock(data=b64encode(b"%PDF-1.7"), title="A"),
    DocumentBlock(url="https://a.org/a.pdf"),
    CachePoint(cache_control=CacheControl(type="ephemeral")),
    CitableBlock(title="A", source="a", content=[TextBlock(text="Hi"), ImageBlock(image=PNG)]),
    CitableBlock(title="A", source="a", content=[]),
    CitationBlock(
        cited_content=TextBlock(text="Hi"), source="a", title="A", additional_location_info={}
    ),
    ThinkingBlock(content="Hm"),
    ThinkingBlock(content="Hm", additional_information={"signature": "s", "model": "claude"}),
    ThinkingBlock(content=None, additional_information={"data": "d"}),
    ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 1}),
    ToolCallBlock(tool_call_id=None, tool_name="add", tool_kwargs='{"a": 1'),
    ToolCallBlock(tool_call_id="", tool_name="", tool_kwargs=""),
]
WIRE_CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
KEPT: dict[str, Any] = {
    "tool_call_id": "c1",
    "name": "Ada L.",
    "cache_control": {"type": "ephemeral"},
    "tool_calls": [WIRE_CALL],
    "function_call": {"name": "add", "arguments": "{}"},
}
KEPT_BY_SOME = st.lists(st.sampled_from(sorted(KEPT)), unique=True).map(
    lambda names: {name: KEPT[name] for name in names}
)
MESSAGE = st.builds(
    ChatMessage,
    role=st.sampled_from(list(MessageRole)),
    blocks=st.lists(st.sampled_from(BLOCKS), max_size=3),
    additional_kwargs=KEPT_BY_SOME,
)


def refusal(messages: list[ChatMessage], policy: Policy, model: str = "openai") -> str | None:
    """What is wrong with messages, if they are not sent; what is sent, the gateway takes."""
    try:
        assert accepted(to_wire(messages), model, policy)
    except InvalidInputError as error:
        return error.message
    return None


def snapshot(messages: list[ChatMessage]) -> str:
    return repr([message.model_dump() for message in messages])


@settings(RANDOM, max_examples=300)
@given(messages=st.lists(MESSAGE, max_size=4), policy=POLICIES, model=MODELS)
def test_any_conversation_is_taken_or_refused(
    messages: list[ChatMessage], policy: Policy, model: str
) -> None:
    """It passes the gateway's schema, or the error names the message; nothing given changes."""
    before = snapshot(messages)
    words = refusal(messages, policy, model)

    assert words is None or WHERE.match(words) or not messages
    assert snapshot(messages) == before


@settings(RANDOM, max_examples=200)
@given(message=MESSAGE, policy=POLICIES)
def test_the_block_that_is_named_is_the_one(message: ChatMessage, policy: Policy) -> None:
    """The block alone is refused in the same words."""
    words = refusal([ChatMessage("Hi"), message], policy)
    found = WHERE.match(words or "")
    if words and found and found["block"]:
        assert found["message"] == "1"
        alone = message.model_copy(update={"blocks": [message.blocks[int(found["block"])]]})
        assert refusal([alone], policy) == words.replace(
            f"message 1, block {found['block']}", "message 0, block 0"
        )


def test_any_block_may_stand_in_any_message() -> None:
    """Each kind of block is sent, left out or refused, in a message of each role."""
    for role in MessageRole:
        for block in BLOCKS:
            message = ChatMessage(role=role, blocks=[block], additional_kwargs=KEPT)
            words = refusal([message], Policy())
            assert words is None or WHERE.match(words)


def test_whatever_a_message_keeps_is_taken_or_refused() -> None:
    """What stands beside the blocks may be anything too."""
    for kept in every_spoiled(KEPT):
        for role in ("user", "assistant", "tool"):
            if isinstance(kept, dict):
                words = refusal([ChatMessage("Hi", role=role, additional_kwargs=kept)], Policy())
                assert words is None or WHERE.match(words)
