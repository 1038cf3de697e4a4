"""Any conversation is a request that the gateway takes, or is refused before it is sent."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages import (
    ChatMessage as ChatMessageOfRole,
)
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
from strategies import JSON, POLICIES, accepted, every_spoiled, spoiled

from _pollinations.chat.messages import Policy
from _pollinations.http.errors import InvalidInputError
from langchain_pollinations.to_wire import to_wire as langchain_to_wire
from llama_index_pollinations.to_wire import to_wire as llama_index_to_wire

WHERE = re.compile(
    r"There is nothing to send|message (?P<message>\d+)(, block (?P<block>\d+)(, block \d+)*)?: "
)
MODELS = st.sampled_from(("openai", "claude"))

PNG_URL = "data:image/png;base64,aGk="
MARK = {"type": "ephemeral"}
CALL = {"name": "add", "args": {"a": 1}, "id": "c1", "type": "tool_call"}
LANGCHAIN_BLOCKS: list[dict[str, Any]] = [
    {"type": "text", "text": "Hi"},
    {"type": "text", "text": "", "cache_control": MARK},
    {"type": "text", "text": "Hi", "extras": {"cache_control": MARK}, "index": 0, "id": "lc_1"},
    {"type": "refusal", "refusal": "No"},
    {"type": "image_url", "image_url": {"url": PNG_URL, "detail": "low"}},
    {"type": "image", "base64": "aGk=", "mime_type": "image/png"},
    {"type": "image", "source_type": "url", "url": "https://a.org/a.png"},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
    {"type": "image", "file_id": "f"},
    {"type": "video", "url": "https://a.org/a.mp4", "mime_type": "video/mp4"},
    {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}},
    {"type": "audio", "base64": "aGk=", "mime_type": "audio/ogg", "extras": {"transcript": "Hi"}},
    {"type": "file", "file": {"file_data": PNG_URL, "filename": "a.pdf"}},
    {"type": "file", "base64": "aGk=", "mime_type": "text/csv", "metadata": {"filename": "a"}},
    {"type": "file", "source_type": "text", "text": "Hi"},
    {"type": "file", "file_id": "f", "extras": {"name": "a.pdf"}},
    {"type": "document", "source": {"type": "url", "url": "https://a.org/a.pdf"}, "title": "A"},
    {"type": "text-plain", "text": "Hi", "title": "A"},
    {"type": "reasoning", "reasoning": "Hm", "extras": {"signature": "s"}},
    {"type": "thinking", "thinking": "Hm", "signature": "s"},
    {"type": "redacted_thinking", "data": "d"},
    {"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}},
    {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "3"}]},
    {"type": "tool_result", "tool_use_id": "", "name": "add", "content": "3"},
    {"type": "input_image", "image_url": PNG_URL},
    {"type": "media", "mime_type": "image/png", "data": "aGk="},
    {"toolUse": {"toolUseId": "c1", "name": "add", "input": {"a": 1}}},
    {"type": "function_call_output", "call_id": "c1", "output": "3"},
    {"type": "search_result", "title": "A", "source": "a", "content": [{"type": "text"}]},
    {"type": "non_standard", "value": {"type": "brand_new", "brand_new": 1}},
    {"type": "brand_new", "brand_new": 1},
    {"text": "no type"},
]
BLOCK = (
    st.sampled_from(LANGCHAIN_BLOCKS)
    | st.sampled_from(LANGCHAIN_BLOCKS).flatmap(spoiled)
    | st.text(max_size=5)
)
CONTENT = st.text(max_size=5) | st.lists(
    BLOCK.filter(lambda b: isinstance(b, str | dict)), max_size=3
)
NAME = st.none() | st.sampled_from(("ada", "Ada L.", "", "é", "x" * 70))
IDS = st.sampled_from(("c1", "c2", "", None))
TOOL_CALLS = st.lists(
    st.builds(
        lambda name, args, call: {"name": name, "args": args, "id": call, "type": "tool_call"},
        st.sampled_from(("add", "now", "")),
        st.dictionaries(st.text(max_size=3), JSON, max_size=2),
        IDS,
    ),
    max_size=2,
)
INVALID_CALLS = st.lists(
    st.builds(
        lambda args, call: {"name": "add", "args": args, "id": call, "error": "e"},
        st.sampled_from(('{"a": 1', "", None)),
        IDS,
    ),
    max_size=1,
)
EXTRAS = {
    "reasoning_content": "Hm",
    "thinking_blocks": [{"type": "thinking", "thinking": "Hm", "signature": "s"}],
    "tool_call_extras": {"c1": {"function": {"thought_signature": "t"}}},
    "function_call": {"name": "add", "arguments": "{}"},
    "audio": {"id": "a", "transcript": "Hi", "data": "aGk="},
    "cache_control": MARK,
}
EXTRAS_OF_MODELS = st.lists(st.sampled_from(sorted(EXTRAS)), unique=True, max_size=3).map(
    lambda names: {name: EXTRAS[name] for name in names}
)
MARKED = st.sampled_from(({}, {"cache_control": MARK}, {"__openai_role__": "developer"}))
LANGCHAIN_MESSAGE = st.one_of(
    st.builds(HumanMessage, content=CONTENT, name=NAME, additional_kwargs=MARKED),
    st.builds(SystemMessage, content=CONTENT, name=NAME, additional_kwargs=MARKED),
    st.builds(
        AIMessage,
        content=CONTENT,
        name=NAME,
        tool_calls=TOOL_CALLS,
        invalid_tool_calls=INVALID_CALLS,
        additional_kwargs=EXTRAS_OF_MODELS,
        response_metadata=st.sampled_from(({}, {"model_name": "claude"})),
    ),
    st.builds(ToolMessage, content=CONTENT, tool_call_id=st.sampled_from(("c1", "")), name=NAME),
    st.builds(FunctionMessage, content=CONTENT, name=st.sampled_from(("add", ""))),
    st.builds(
        ChatMessageOfRole,
        content=CONTENT,
        role=st.sampled_from(("human", "ai", "developer", "tool", "function", "narrator", "")),
        additional_kwargs=st.sampled_from(({}, {"tool_call_id": "c1"})),
    ),
    st.just(RemoveMessage(id="x")),
)

PNG = b64encode(b"\x89PNG\r\n\x1a\n" + b"\x00" * 32)
WAV = b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 32)
LLAMA_INDEX_BLOCKS: list[ContentBlock] = [
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
KWARGS: dict[str, Any] = {
    "tool_call_id": "c1",
    "name": "Ada L.",
    "cache_control": {"type": "ephemeral"},
    "tool_calls": [WIRE_CALL],
    "function_call": {"name": "add", "arguments": "{}"},
}
SOME_KWARGS = st.lists(st.sampled_from(sorted(KWARGS)), unique=True).map(
    lambda names: {name: KWARGS[name] for name in names}
)
LLAMA_INDEX_MESSAGE = st.builds(
    ChatMessage,
    role=st.sampled_from(list(MessageRole)),
    blocks=st.lists(st.sampled_from(LLAMA_INDEX_BLOCKS), max_size=3),
    additional_kwargs=SOME_KWARGS,
)


@dataclass(frozen=True)
class Messages:
    """The messages of a framework.

    Attributes:
        to_wire: Translates them.
        any: Draws one.
        greeting: A good one.
        content: The name of the field that holds blocks.
    """

    to_wire: Callable[[Any], Any]
    any: st.SearchStrategy[Any]
    greeting: Any
    content: str

    def refusal(self, messages: list[Any], policy: Policy, model: str = "openai") -> str | None:
        """What is wrong with messages, if they are not sent; what is sent, the gateway takes."""
        try:
            assert accepted(self.to_wire(messages), model, policy)
        except InvalidInputError as error:
            return error.message
        return None

    def check(self, message: Any) -> None:
        """It is taken, or the refusal names it."""
        words = self.refusal([message], Policy())
        assert words is None or WHERE.match(words), words


LANGCHAIN = Messages(langchain_to_wire, LANGCHAIN_MESSAGE, HumanMessage("Hi"), "content")
LLAMA_INDEX = Messages(llama_index_to_wire, LLAMA_INDEX_MESSAGE, ChatMessage("Hi"), "blocks")
EITHER = pytest.mark.parametrize("kind", [LANGCHAIN, LLAMA_INDEX], ids=["langchain", "llama"])


@EITHER
def test_any_conversation_is_taken_or_refused(kind: Messages) -> None:
    """It passes the gateway's schema, or the error names the message; nothing given changes."""

    @settings(max_examples=250)
    @given(messages=st.lists(kind.any, max_size=4), policy=POLICIES, model=MODELS)
    def check(messages: list[Any], policy: Policy, model: str) -> None:
        before = repr([message.model_dump() for message in messages])
        words = kind.refusal(messages, policy, model)

        assert words is None or WHERE.match(words) or not messages
        assert repr([message.model_dump() for message in messages]) == before

    check()


@EITHER
def test_the_block_that_is_named_is_the_one(kind: Messages) -> None:
    """The block alone is refused in the same words."""

    @settings(max_examples=200)
    @given(message=kind.any, policy=POLICIES)
    def check(message: Any, policy: Policy) -> None:
        words = kind.refusal([kind.greeting, message], policy)
        found = WHERE.match(words or "")
        if words and found and found["block"]:
            assert found["message"] == "1"
            block = getattr(message, kind.content)[int(found["block"])]
            alone = message.model_copy(update={kind.content: [block]})
            assert kind.refusal([alone], policy) == words.replace(
                f"message 1, block {found['block']}", "message 0, block 0"
            )

    check()


@pytest.mark.parametrize("kind", [HumanMessage, SystemMessage, AIMessage, FunctionMessage])
def test_any_block_of_langchain_may_stand_in_any_message(kind: Any) -> None:
    """Each kind of block, right or wrong, is sent, left out or refused in each kind of message."""
    for block in LANGCHAIN_BLOCKS:
        for value in (block, *every_spoiled(block)):
            if isinstance(value, dict):
                LANGCHAIN.check(kind([value], name="add"))


@pytest.mark.parametrize("role", MessageRole)
def test_any_block_of_llama_index_may_stand_in_any_message(role: MessageRole) -> None:
    """Each kind of block is sent, left out or refused, in a message of each role."""
    for block in LLAMA_INDEX_BLOCKS:
        LLAMA_INDEX.check(ChatMessage(role=role, blocks=[block], additional_kwargs=KWARGS))


def test_whatever_stands_beside_the_content_is_taken_or_refused() -> None:
    """It may be anything."""
    for extras in filter(lambda spoiled: isinstance(spoiled, dict), every_spoiled(EXTRAS)):
        LANGCHAIN.check(AIMessage("Hi", additional_kwargs=extras, tool_calls=[CALL]))
        LANGCHAIN.check(HumanMessage("Hi", additional_kwargs=extras))
    for kwargs in filter(lambda spoiled: isinstance(spoiled, dict), every_spoiled(KWARGS)):
        for role in ("user", "assistant", "tool"):
            LLAMA_INDEX.check(ChatMessage("Hi", role=role, additional_kwargs=kwargs))
