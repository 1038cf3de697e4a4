from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.utils import trim_messages
from ways import add

from langchain_pollinations import ChatPollinations

Chat = Callable[..., ChatPollinations]


def test_a_text_counts_by_its_length(chat: Chat) -> None:
    """Four characters are about a token, begun ones count whole."""
    model = chat()
    assert [model.get_num_tokens(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    "block",
    [
        *({"type": kind, "base64": "a" * 100_000} for kind in ("image", "video", "audio", "file")),
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "a" * 10_000}},
    ],
)
def test_each_medium_counts_the_same(chat: Chat, block: dict[str, Any]) -> None:
    """The length of base64 says nothing of tokens."""
    assert chat().get_num_tokens_from_messages([HumanMessage([block])]) == 1_303


def test_rows_of_a_tool_count_as_text(chat: Chat) -> None:
    """Whatever they have under `type`, in a result of a tool they are data."""
    result = ToolMessage([{"type": ["a", "b"]}], tool_call_id="c1")

    assert chat().get_num_tokens_from_messages([result]) > 0


def test_tools_calls_and_echoed_reasoning_count(chat: Chat) -> None:
    """All that is sent counts; reasoning only where it is sent again."""
    plain = HumanMessage("Hi")
    call = {"name": "add", "args": {"a": 1, "b": 2}, "id": "c1", "type": "tool_call"}
    turn = AIMessage("", tool_calls=[call])
    thoughtful = AIMessage(
        "", tool_calls=[call], additional_kwargs={"reasoning_content": "Hm. " * 100}
    )
    count = chat().get_num_tokens_from_messages
    assert count([plain], tools=[add]) > count([plain]) + 10
    assert count([turn]) > count([AIMessage("")]) + 3
    assert count([thoughtful]) == count([turn]) + 100
    silent = chat(echo_reasoning="never").get_num_tokens_from_messages
    assert silent([thoughtful]) == silent([turn])


def test_messages_are_trimmed_by_the_model(chat: Chat) -> None:
    """`trim_messages(token_counter=model)` works without a network."""
    messages: list[BaseMessage] = [
        SystemMessage("Be short."),
        *(HumanMessage("word " * 40) for _ in range(10)),
    ]
    trimmed = trim_messages(messages, max_tokens=120, token_counter=chat(), include_system=True)
    assert trimmed[0] == messages[0]
    assert 1 < len(trimmed) < 5
