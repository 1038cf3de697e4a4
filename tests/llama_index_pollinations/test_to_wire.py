"""Messages become wire messages."""

import json
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    MessageRole,
    ToolCallBlock,
)
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.memory import ChatMemoryBuffer

from _pollinations.chat.messages import Policy, prepare
from _pollinations.chat.reply import Reply, ToolCall
from llama_index_pollinations import InvalidInputError, Pollinations
from llama_index_pollinations.from_wire import from_reply
from llama_index_pollinations.to_wire import to_wire
from pollinations_sandbox import Sandbox

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8"
    "/58BAwAI/AL+p5qgoAAAAABJRU5ErkJggg=="
)
CALL = ToolCall("c1", "add", '{"a": 1}', {"extra_content": {"google": {"signature": "s"}}})


def sent(*messages: ChatMessage, model: str = "openai", **policy: Any) -> list[dict[str, Any]]:
    before = repr([message.model_dump() for message in messages])
    wire = prepare(to_wire(messages), model=model, policy=Policy(**policy))
    assert repr([message.model_dump() for message in messages]) == before
    return wire


@pytest.mark.parametrize(
    ("role", "wire_role"),
    [
        (MessageRole.SYSTEM, "system"),
        (MessageRole.DEVELOPER, "developer"),
        (MessageRole.USER, "user"),
        (MessageRole.ASSISTANT, "assistant"),
        (MessageRole.CHATBOT, "assistant"),
        (MessageRole.MODEL, "assistant"),
        (MessageRole.FUNCTION, "user"),
    ],
)
def test_every_role_has_a_place(role: MessageRole, wire_role: str) -> None:
    """All eight roles of LlamaIndex are sent in those of the wire; a lone result as a user's."""
    message = ChatMessage(
        role=role, content="Hi", additional_kwargs={"tool_call_id": "c1", "name": "add"}
    )

    (wire,) = sent(message)

    assert wire["role"] == wire_role
    assert "Hi" in wire["content"]
    assert "add" in str(wire)


def test_only_tool_results_answer_a_call() -> None:
    """An assistant's message of `return_direct` carries an id too, which would be refused."""
    kwargs = {"tool_call_id": "c1"}

    wire = to_wire(
        [
            ChatMessage(role="assistant", content="7", additional_kwargs=kwargs),
            ChatMessage(role="tool", content="7", additional_kwargs=kwargs),
        ]
    )

    assert "tool_call_id" not in wire[0]
    assert wire[1]["tool_call_id"] == "c1"


def test_what_is_no_message_is_named() -> None:
    """LlamaIndex passes dicts on as they are."""
    message: Any = {"role": "user", "content": "Hi"}

    with pytest.raises(InvalidInputError, match="message 1: a dict is not a ChatMessage"):
        to_wire([ChatMessage("Hi"), message])


def test_a_message_mark_reaches_the_wire() -> None:
    """`cache_control` beside a message is kept for the policy to place."""
    mark = {"type": "ephemeral"}

    (wire,) = to_wire([ChatMessage("Hi", additional_kwargs={"cache_control": mark})])

    assert wire["cache_control"] == mark


def test_signed_thoughts_go_back_to_their_signer_only() -> None:
    """Another model gets the reasoning as text at most."""
    thought = {"type": "thinking", "thinking": "one", "signature": "s1"}
    reply = Reply(text="Hi", reasoning="one", content_blocks=(thought,), tool_calls=(CALL,))
    message = from_reply(reply, body={"model": "claude"}).message

    same, other, never = (
        sent(message, **more)[0]
        for more in (
            {"model": "claude"},
            {"model": "deepseek"},
            {"model": "claude", "echo_reasoning": "never"},
        )
    )

    assert same["content"][0] == thought
    assert other["content"] == "Hi"
    assert other["reasoning_content"] == "one"
    assert never["content"] == "Hi"
    assert "reasoning_content" not in never


class Sdk:
    """A call as a provider's own package makes it."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields

    def model_dump(self) -> dict[str, Any]:
        return self.fields


@pytest.mark.parametrize(
    ("blocks", "calls"),
    [
        ([ToolCallBlock(tool_call_id=None, tool_name="add", tool_kwargs={"a": 1})], {}),
        ([ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs='{"a":1}')], {}),
        ([], Sdk(id="c1", function={"name": "add", "arguments": '{"a":1}'}, type="function")),
        ([], {"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}}),
        ([], [{"toolUseId": "c1", "name": "add", "input": {"a": 1}}]),
        ([], [{"function": {"name": "add", "arguments": {"a": 1}}}]),
        ([], [Sdk(name="add", args={"a": 1}, id=None)]),
        (
            [ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 1})],
            [{"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}}],
        ),
        (
            [ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 1})],
            [{"nobody": "reads this"}, "or this", None],
        ),
    ],
    ids=["block", "text", "OpenAI", "Anthropic", "Bedrock", "Ollama", "Google", "both", "unread"],
)
def test_messages_of_other_integrations_are_read(blocks: list[Any], calls: Any) -> None:
    """Persisted in their own shapes, with or without blocks; the result finds its call."""
    called = ChatMessage(role="assistant", blocks=blocks, additional_kwargs={"tool_calls": calls})
    answer = ChatMessage(role="tool", content="3", additional_kwargs={"name": "add"})

    wire, result = sent(called, answer)

    (call,) = wire["tool_calls"]
    assert call["function"] == {"name": "add", "arguments": '{"a":1}'}
    assert (result["role"], result["tool_call_id"]) == ("tool", call["id"])


def test_the_deprecated_function_call_comes_back() -> None:
    """As a message of another integration keeps it."""
    kwargs = {"function_call": {"name": "add", "arguments": "{}"}}
    message = ChatMessage(role="assistant", content="", additional_kwargs=kwargs)

    assert sent(message)[0]["tool_calls"][0]["function"] == {"name": "add", "arguments": "{}"}


def test_blocks_survive_json() -> None:
    """A stored message tells the wire the same."""
    reply = Reply(
        text="Hi",
        reasoning="hm",
        tool_calls=(CALL,),
        citations=("https://a.example",),
        content_blocks=(
            {"type": "thinking", "thinking": "hm", "signature": "s"},
            {"type": "image_url", "image_url": {"url": PIXEL}},
        ),
    )
    message = from_reply(reply, body={"model": "claude"}).message

    again = ChatMessage.model_validate_json(message.model_dump_json())

    assert to_wire([again]) == to_wire([message])
    assert [type(block) for block in again.blocks] == [type(block) for block in message.blocks]


@pytest.mark.parametrize("prompt", ["", " "])
def test_chat_engines_go_on_after_empty_turns(
    llm: Pollinations, sandbox: Sandbox, prompt: str
) -> None:
    """An empty prompt is left out; an empty turn stays in the memory."""
    # Its own default memory leaves a database open.
    memory = ChatMemoryBuffer.from_defaults(token_limit=10_000)
    engine = SimpleChatEngine.from_defaults(llm=llm, system_prompt=prompt, memory=memory)
    engine.chat("Hi")
    engine.chat("")

    assert engine.chat("Hello").response
    sent_texts = [m["content"] for m in sandbox.last.body["messages"] if m["role"] == "user"]
    assert sent_texts == ["Hi", "", "Hello"]


def test_a_broken_call_does_not_stop_a_thread() -> None:
    """Cut by `max_tokens`, and never answered; nothing that was given changes."""
    call = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs='{"a":1,')

    wire = sent(ChatMessage(role="assistant", blocks=[call]), ChatMessage("Go on"))

    assert [message["role"] for message in wire] == ["assistant", "tool", "user"]
    assert json.loads(wire[0]["tool_calls"][0]["function"]["arguments"])


def test_a_result_without_its_call_is_read_by_the_model() -> None:
    """A memory with a limit drops the call and keeps the result."""
    answer = ChatMessage(
        role="tool", content="3", additional_kwargs={"tool_call_id": "c1", "name": "add"}
    )

    assert sent(answer)[0] == {"role": "user", "content": "Result of the tool add:\n3"}
