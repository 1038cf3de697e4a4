"""The same stream seen as messages, as standard blocks and as v3 events agrees."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream
from spelling import sse

from _pollinations.chat.messages import Policy, prepare
from langchain_pollinations import ChatPollinations
from langchain_pollinations.to_wire import to_wire
from pollinations_sandbox import Sandbox

pytestmark = pytest.mark.filterwarnings(
    # langchain-core says so of v3; its form is what is tested here
    "ignore:The method `BaseChatModel.*v3` is in beta"
)

Chat = Callable[..., ChatPollinations]


def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Rain in {city}"


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "text": ({"model": "openai"}, "Why is the sky blue?"),
    "reasoning": ({"model": "deepseek"}, "Why is the sky blue?"),
    "signed": ({"model": "claude", "reasoning_effort": "low"}, "Why is the sky blue?"),
    "picture": ({"model": "gemini"}, "Draw a plot with matplotlib"),
    "sources": ({"model": "perplexity-fast"}, "Latest news on Berlin"),
    "grounding": ({"model": "gemini-search"}, "Latest news on Berlin"),
    "speech": (
        {
            "model": "openai-audio",
            "modalities": ["text", "audio"],
            "audio": {"voice": "alloy", "format": "pcm16"},
        },
        "Say hello.",
    ),
    "calls": ({"model": "deepseek", "tools": True}, "What is the weather in Paris and in London?"),
    "gemini calls": (
        {"model": "gemini", "tools": True},
        "What is the weather in Paris and in London?",
    ),
}


def _model(chat: Chat, fields: dict[str, Any], **more: Any) -> Any:
    options = {**fields, **more, "seed": 5}
    tools = options.pop("tools", False)
    return chat(**options).bind_tools([weather]) if tools else chat(**options)


VARYING = {"id", "index"}
"""What differs by form, or is drawn anew by the provider."""
VARYING_EXTRAS = {"id", "expires_at", "signature"}


def comparable(blocks: list[Any]) -> list[dict[str, Any]]:
    """Blocks without what varies, and without empty fields."""
    return [
        {
            name: {n: v for n, v in value.items() if n not in VARYING_EXTRAS}
            if name == "extras"
            else value
            for name, value in block.items()
            if name not in VARYING and (value or name not in {"extras", "annotations"})
        }
        for block in blocks
    ]


@pytest.mark.parametrize("case", CASES)
def test_every_form_shows_the_same_blocks(chat: Chat, ask: Any, case: str) -> None:
    """v0, v1 and v3 differ in form only, whole and in pieces, sync and async."""
    fields, prompt = CASES[case]
    expected = comparable(_model(chat, fields).invoke(prompt).content_blocks)
    plain = ask(_model(chat, fields), prompt)
    standard = ask(_model(chat, fields, output_version="v1"), prompt)
    third = _model(chat, fields).stream_events(prompt, version="v3").output
    assert len(expected) >= 1
    assert comparable(plain.content_blocks) == expected
    assert comparable(standard.content) == expected
    assert comparable(third.content) == expected
    for message in (plain, standard, third):
        assert message.usage_metadata["total_tokens"] > 0
        assert message.response_metadata["model_name"] == fields["model"]
        assert message.response_metadata["model_provider"] == "pollinations"


@pytest.mark.parametrize("case", CASES)
def test_the_events_of_v3_are_well_formed(chat: Chat, case: str) -> None:
    """Each block starts, grows and ends, in order."""
    fields, prompt = CASES[case]
    assert_valid_event_stream(list(_model(chat, fields).stream_events(prompt, version="v3")))


@pytest.mark.parametrize("case", CASES)
def test_content_blocks_go_back_as_the_message_does(
    chat: Chat, ask_in_pieces: Any, case: str
) -> None:
    """The next turn sends the same, whichever version the history has."""
    fields, prompt = CASES[case]
    message = ask_in_pieces(_model(chat, fields), prompt)
    standard = message.model_copy(update={"content": message.content_blocks})

    sent, same = (
        prepare(to_wire([past]), model=fields["model"], policy=Policy())
        for past in (message, standard)
    )

    assert sent == same


def test_the_last_chunk_closes_the_message(chat: Chat) -> None:
    """Metadata and usage come once, on the chunk that says it is the last."""
    chunks = [chunk for chunk in chat().stream("Hi") if isinstance(chunk, AIMessageChunk)]
    assert [chunk.chunk_position for chunk in chunks].count("last") == 1
    assert chunks[-1].chunk_position == "last"
    assert [chunk for chunk in chunks if chunk.usage_metadata] == [chunks[-1]]
    assert all(
        chunk.response_metadata == {"model_provider": "pollinations"} for chunk in chunks[:-1]
    )


def test_v1_text_and_calls_do_not_collide(chat: Chat, sandbox: Sandbox, ask_in_pieces: Any) -> None:
    """Text, reasoning and a call that all have index 0 stay apart."""
    call = {"index": 0, "id": "c1", "function": {"name": "weather", "arguments": '{"city":"Rome"}'}}
    sandbox.reply(
        sse(
            {"reasoning_content": "Hm."},
            {"content": "Let me see."},
            {"tool_calls": [call]},
            reason="tool_calls",
        )
    )
    message: AIMessage = ask_in_pieces(chat(output_version="v1"), "Hi")
    assert [block["type"] for block in message.content if isinstance(block, dict)] == [
        "reasoning",
        "text",
        "tool_call",
    ]
    assert message.tool_calls[0]["args"] == {"city": "Rome"}
