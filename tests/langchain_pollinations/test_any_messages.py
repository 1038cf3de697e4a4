"""Any conversation is a request that the gateway takes, or is refused before it is sent."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from strategies import JSON, POLICIES, RANDOM, accepted, every_spoiled, spoiled

from _pollinations.chat.messages import Policy
from _pollinations.http.errors import InvalidInputError
from langchain_pollinations.to_wire import to_wire

WHERE = re.compile(
    r"There is nothing to send|message (?P<message>\d+)(, block (?P<block>\d+)(, block \d+)*)?: "
)
MODELS = st.sampled_from(("openai", "claude"))
PNG = "data:image/png;base64,aGk="
MARK = {"type": "ephemeral"}
CALL = {"name": "add", "args": {"a": 1}, "id": "c1", "type": "tool_call"}
BLOCKS: list[dict[str, Any]] = [
    {"type": "text", "text": "Hi"},
    {"type": "text", "text": "", "cache_control": MARK},
    {"type": "text", "text": "Hi", "extras": {"cache_control": MARK}, "index": 0, "id": "lc_1"},
    {"type": "refusal", "refusal": "No"},
    {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
    {"type": "image_url", "image_url": PNG},
    {"type": "image", "base64": "aGk=", "mime_type": "image/png"},
    {"type": "image", "source_type": "url", "url": "https://a.org/a.png"},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
    {"type": "image", "file_id": "f"},
    {"type": "video_url", "video_url": "https://a.org/a.mp4"},
    {"type": "video", "url": "https://a.org/a.mp4", "mime_type": "video/mp4"},
    {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}},
    {"type": "audio", "base64": "aGk=", "mime_type": "audio/mpeg"},
    {"type": "audio", "base64": "aGk=", "mime_type": "audio/ogg", "extras": {"transcript": "Hi"}},
    {"type": "file", "file": {"file_data": PNG, "filename": "a.pdf"}},
    {"type": "file", "base64": "aGk=", "mime_type": "text/csv", "metadata": {"filename": "a"}},
    {"type": "file", "source_type": "text", "text": "Hi"},
    {"type": "file", "file_id": "f", "extras": {"name": "a.pdf"}},
    {"type": "document", "source": {"type": "url", "url": "https://a.org/a.pdf"}, "title": "A"},
    {"type": "text-plain", "text": "Hi", "title": "A"},
    {"type": "reasoning", "reasoning": "Hm", "extras": {"signature": "s"}},
    {"type": "thinking", "thinking": "Hm", "signature": "s"},
    {"type": "redacted_thinking", "data": "d"},
    {"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}},
    {"type": "tool_call", "id": "c1", "name": "add", "args": {"a": 1}},
    {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "3"}]},
    {"type": "tool_result", "tool_use_id": "", "name": "add", "content": "3"},
    {"type": "input_image", "image_url": PNG},
    {"type": "output_text", "text": "Hi"},
    {"type": "media", "mime_type": "image/png", "data": "aGk="},
    {"toolUse": {"toolUseId": "c1", "name": "add", "input": {"a": 1}}},
    {"type": "function_call_output", "call_id": "c1", "output": "3"},
    {"type": "search_result", "title": "A", "source": "a", "content": [{"type": "text"}]},
    {"type": "non_standard", "value": {"type": "brand_new", "brand_new": 1}},
    {"type": "brand_new", "brand_new": 1},
    {"text": "no type"},
]
BLOCK = st.sampled_from(BLOCKS) | st.sampled_from(BLOCKS).flatmap(spoiled) | st.text(max_size=5)
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
KEPT_BY_MODELS = {
    "reasoning_content": "Hm",
    "thinking_blocks": [{"type": "thinking", "thinking": "Hm", "signature": "s"}],
    "tool_call_extras": {"c1": {"function": {"thought_signature": "t"}}},
    "function_call": {"name": "add", "arguments": "{}"},
    "audio": {"id": "a", "transcript": "Hi", "data": "aGk="},
    "cache_control": MARK,
}
KEPT = st.lists(st.sampled_from(sorted(KEPT_BY_MODELS)), unique=True, max_size=3).map(
    lambda names: {name: KEPT_BY_MODELS[name] for name in names}
)
MARKED = st.sampled_from(({}, {"cache_control": MARK}, {"__openai_role__": "developer"}))
MESSAGE = st.one_of(
    st.builds(HumanMessage, content=CONTENT, name=NAME, additional_kwargs=MARKED),
    st.builds(SystemMessage, content=CONTENT, name=NAME, additional_kwargs=MARKED),
    st.builds(
        AIMessage,
        content=CONTENT,
        name=NAME,
        tool_calls=TOOL_CALLS,
        invalid_tool_calls=INVALID_CALLS,
        additional_kwargs=KEPT,
        response_metadata=st.sampled_from(({}, {"model_name": "claude"})),
    ),
    st.builds(ToolMessage, content=CONTENT, tool_call_id=st.sampled_from(("c1", "")), name=NAME),
    st.builds(FunctionMessage, content=CONTENT, name=st.sampled_from(("add", ""))),
    st.builds(
        ChatMessage,
        content=CONTENT,
        role=st.sampled_from(("human", "ai", "developer", "tool", "function", "narrator", "")),
        additional_kwargs=st.sampled_from(({}, {"tool_call_id": "c1"})),
    ),
    st.just(RemoveMessage(id="x")),
)


def refusal(messages: list[BaseMessage], policy: Policy, model: str = "openai") -> str | None:
    """What is wrong with messages, if they are not sent; what is sent, the gateway takes."""
    try:
        assert accepted(to_wire(messages), model, policy)
    except InvalidInputError as error:
        return error.message
    return None


def snapshot(messages: list[BaseMessage]) -> str:
    return json.dumps([message.model_dump() for message in messages])


@settings(RANDOM, max_examples=200)
@given(messages=st.lists(MESSAGE, max_size=4), policy=POLICIES, model=MODELS)
def test_any_conversation_is_taken_or_refused(
    messages: list[BaseMessage], policy: Policy, model: str
) -> None:
    """It passes the gateway's schema, or the error names the message; nothing given changes."""
    before = snapshot(messages)
    words = refusal(messages, policy, model)

    assert words is None or WHERE.match(words) or not messages
    assert snapshot(messages) == before


@settings(RANDOM, max_examples=200)
@given(message=MESSAGE, policy=POLICIES)
def test_the_block_that_is_named_is_the_one(message: BaseMessage, policy: Policy) -> None:
    """The block alone is refused in the same words."""
    words = refusal([HumanMessage("Hi"), message], policy)
    found = WHERE.match(words or "")
    if words and found and found["block"]:
        assert found["message"] == "1"
        alone = message.model_copy(update={"content": [message.content[int(found["block"])]]})
        assert refusal([alone], policy) == words.replace(
            f"message 1, block {found['block']}", "message 0, block 0"
        )


def is_taken_or_refused(message: BaseMessage) -> None:
    words = refusal([message], Policy())
    assert words is None or WHERE.match(words), words


@pytest.mark.parametrize("kind", [HumanMessage, SystemMessage, AIMessage, FunctionMessage])
def test_any_block_may_stand_in_any_message(kind: type[BaseMessage]) -> None:
    """Each kind of block, right or wrong, is sent, left out or refused in each kind of message."""
    for block in BLOCKS:
        for value in (block, *every_spoiled(block)):
            if isinstance(value, dict):
                is_taken_or_refused(kind([value], name="add"))


def test_whatever_a_message_keeps_is_taken_or_refused() -> None:
    """What stands beside the content may be anything too."""
    for kept in every_spoiled(KEPT_BY_MODELS):
        if isinstance(kept, dict):
            is_taken_or_refused(AIMessage("Hi", additional_kwargs=kept, tool_calls=[CALL]))
            is_taken_or_refused(HumanMessage("Hi", additional_kwargs=kept))
