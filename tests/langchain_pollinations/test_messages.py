from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
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

from langchain_pollinations import ChatPollinations, InvalidInputError
from langchain_pollinations.messages import to_wire
from pollinations_sandbox import Fault, Sandbox

Chat = Callable[..., ChatPollinations]

CALL = {"name": "add", "args": {"a": 1, "b": 2}, "id": "c1", "type": "tool_call"}
WIRE_CALL = {
    "id": "c1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a":1,"b":2}'},
}
PNG = "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (SystemMessage("Be short."), {"role": "system", "content": "Be short."}),
        (
            SystemMessage("Be short.", additional_kwargs={"__openai_role__": "developer"}),
            {"role": "developer", "content": "Be short."},
        ),
        (HumanMessage("Hi", name="Ada L."), {"role": "user", "content": "Hi", "name": "Ada L."}),
        (AIMessage("Hello"), {"role": "assistant", "content": "Hello"}),
        (AIMessage("", tool_calls=[CALL]), {"role": "assistant", "tool_calls": [WIRE_CALL]}),
        (
            ToolMessage("3", tool_call_id="c1", name="add", status="error", artifact=object()),
            {"role": "tool", "content": "3", "tool_call_id": "c1", "name": "add"},
        ),
        (FunctionMessage("3", name="add"), {"role": "function", "content": "3", "name": "add"}),
        (ChatMessage("Hi", role="human"), {"role": "user", "content": "Hi"}),
        (ChatMessage("Hi", role="developer"), {"role": "developer", "content": "Hi"}),
    ],
)
def test_every_kind_of_message_has_a_role(message: BaseMessage, expected: dict[str, Any]) -> None:
    """Each of LangChain's messages becomes one wire message."""
    assert to_wire([message]) == [expected]


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "no messages"),
        ([HumanMessage("")], "message 0: a user message needs content"),
        ([HumanMessage("Hi"), HumanMessage([])], "message 1: a user message needs content"),
        ([RemoveMessage(id="x")], "message 0: a RemoveMessage"),
        ([ChatMessage("Hi", role="narrator")], "message 0: role 'narrator'"),
        ([HumanMessage([{"text": "no type"}])], "message 0, block 0"),
        ([HumanMessage(["a", {"type": "image"}])], "message 0, block 1"),
        ([HumanMessage([{"type": "audio", "url": "https://a.org/a.wav"}])], "download it"),
        ([HumanMessage([{"type": "audio", "base64": "aa", "mime_type": "audio/ogg"}])], "ogg"),
        ([HumanMessage([{"type": "image", "file_id": "f"}])], "not by file_id"),
        ([HumanMessage([{"type": "text", "text": 3}])], "text of a text block"),
    ],
)
def test_a_message_that_cannot_be_sent_is_named(
    chat: Chat, sandbox: Sandbox, ask: Any, messages: list[BaseMessage], words: str
) -> None:
    """The error says which message and block, in all four ways, and nothing is sent."""
    with pytest.raises(InvalidInputError, match=words):
        ask(chat(), messages)
    assert sandbox.requests == []


def test_messages_are_not_changed(chat: Chat) -> None:
    """What the caller gave is the same after the call."""
    messages = [
        HumanMessage([{"type": "image", "url": PNG, "extras": {"detail": "low"}}, "What is it?"]),
        AIMessage("", tool_calls=[CALL], additional_kwargs={"reasoning_content": "Hm."}),
        ToolMessage([{"type": "image", "url": PNG}], tool_call_id="c1"),
    ]
    before = deepcopy(messages)
    chat().invoke(messages)
    assert messages == before


def test_names_are_made_fit_for_providers(chat: Chat, sandbox: Sandbox) -> None:
    """Names lose what providers refuse; a tool message names its tool."""
    chat().invoke(
        [
            HumanMessage("Add 1 and 2", name="Ada Lovelace"),
            AIMessage("", tool_calls=[CALL]),
            ToolMessage("3", tool_call_id="c1"),
        ]
    )
    sent = sandbox.last.body["messages"]
    assert (sent[0]["name"], sent[2]["name"]) == ("Ada_Lovelace", "add")


@pytest.mark.parametrize(
    ("policy", "plain", "calling"),
    [("tool_calls", False, True), ("always", True, True), ("never", False, False)],
)
def test_reasoning_goes_back_by_policy(
    chat: Chat, sandbox: Sandbox, policy: str, *, plain: bool, calling: bool
) -> None:
    """By default reasoning is told again on the turns that call tools."""
    thought = {"reasoning_content": "Hm."}
    chat(echo_reasoning=policy).invoke(
        [
            HumanMessage("Hi"),
            AIMessage("Hello", additional_kwargs=thought),
            HumanMessage("Add 1 and 2"),
            AIMessage("", tool_calls=[CALL], additional_kwargs=thought),
            ToolMessage("3", tool_call_id="c1"),
        ]
    )
    sent = sandbox.last.body["messages"]
    assert ("reasoning_content" in sent[1], "reasoning_content" in sent[3]) == (plain, calling)


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_signed_thoughts_go_back_to_their_signer_only(
    chat: Chat, sandbox: Sandbox, ask: Any, version: str
) -> None:
    """Claude's signed thinking is replayed as a part to the same model, and to no other."""
    model = chat(model="claude", reasoning_effort="low", output_version=version)
    first = ask(model, "Why is the sky blue?")
    history = [HumanMessage("Why is the sky blue?"), first, HumanMessage("Go on")]
    model.invoke(history)
    part, text = sandbox.last.body["messages"][1]["content"]
    assert (part["type"], text["type"]) == ("thinking", "text")
    assert part["signature"] == first.additional_kwargs["thinking_blocks"][0]["signature"]
    assert part["thinking"] == first.additional_kwargs["reasoning_content"]
    chat(model="claude-large").invoke(history)
    assert isinstance(sandbox.last.body["messages"][1]["content"], str)


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_thought_signatures_of_calls_are_replayed(
    chat: Chat, sandbox: Sandbox, ask: Any, version: str
) -> None:
    """Gemini's signature goes back inside the call that it came with."""

    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    model = chat(model="gemini", output_version=version).bind_tools([add])
    message = ask(model, "Add 3 and 4, please.")
    (call,) = message.tool_calls
    model.invoke([HumanMessage("Add 3 and 4"), message, ToolMessage("7", tool_call_id=call["id"])])
    (sent,) = sandbox.last.body["messages"][1]["tool_calls"]
    signature = message.additional_kwargs["tool_call_extras"][call["id"]]["function"]
    assert sent["function"].items() >= signature.items()
    assert "thought_signature" in signature


@pytest.mark.parametrize("arguments", ['{"a": 1', "[1]", "3", "null"])
def test_arguments_that_are_no_object_are_invalid_calls(
    chat: Chat, sandbox: Sandbox, completion: Any, arguments: str
) -> None:
    """Such a call is never made with other arguments; it is told again as it was."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    sandbox.reply(completion({"content": None, "tool_calls": [call]}, "tool_calls"))
    message = chat().invoke("Hi")
    assert message.tool_calls == []
    assert message.invalid_tool_calls[0]["args"] == arguments
    assert to_wire([message])[0]["tool_calls"] == [call]


def test_empty_arguments_are_an_empty_object(chat: Chat, sandbox: Sandbox, completion: Any) -> None:
    """A tool without parameters may be called with an empty string."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
    sandbox.reply(completion({"content": None, "tool_calls": [call]}, "tool_calls"))
    assert chat().invoke("Hi").tool_calls[0]["args"] == {}


@pytest.mark.parametrize(
    "dialect",
    ["no-index", "same-index-new-id", "several-calls-one-delta", "null-holes", "no-ids", "gemini"],
)
def test_parallel_calls_survive_every_way_of_counting(
    chat: Chat, sandbox: Sandbox, ask: Any, dialect: str
) -> None:
    """Each call keeps its name, its arguments and an id of its own."""

    def weather(city: str) -> str:
        """Tell the weather of a city."""
        return city

    def population(city: str) -> str:
        """Tell how many people live in a city."""
        return city

    sandbox.fail(Fault.dialect(dialect))
    model = chat().bind_tools([weather, population])
    message = ask(model, "What is the weather in Paris, and the population of London?")
    cities = [call["args"]["city"] for call in message.tool_calls]
    assert cities == ["Paris", "London"]
    assert len({call["id"] for call in message.tool_calls}) == 2
    assert all(call["id"] for call in message.tool_calls)
    assert message.invalid_tool_calls == []


@pytest.mark.parametrize(
    "dialect", ["openai", "fireworks", "openrouter", "claude", "gemini", "all-reasoning-spellings"]
)
def test_every_spelling_of_reasoning_is_read(
    chat: Chat, sandbox: Sandbox, ask: Any, dialect: str
) -> None:
    """Reasoning is in one place, and only once, however the provider spells it."""
    sandbox.fail(Fault.dialect(dialect))
    message = ask(chat(model="deepseek"), "Why is the sky blue?")
    thought = message.additional_kwargs.get("reasoning_content", "")
    assert thought.count("placeholder reasoning") == (dialect != "openai")
    assert message.content.count("sky blue") == 1


def test_what_a_model_said_aloud_is_told_again_as_text(
    chat: Chat, sandbox: Sandbox, ask: Any
) -> None:
    """Audio does not go back, its transcript does."""
    model = chat(
        model="openai-audio",
        modalities=["text", "audio"],
        audio={"voice": "alloy", "format": "pcm16"},
    )
    message = ask(model, "Say hello.")
    spoken = message.additional_kwargs["audio"]
    chat().invoke([HumanMessage("Say hello."), message, HumanMessage("Again")])
    assert sandbox.last.body["messages"][1] == {
        "role": "assistant",
        "content": spoken["transcript"],
    }


@pytest.mark.parametrize(
    ("policy", "content", "lifted"),
    [("lift", "A cat.", True), ("inline", None, False), ("drop", "A cat.", False)],
)
def test_pictures_in_tool_results_go_where_the_policy_says(
    chat: Chat, sandbox: Sandbox, policy: str, content: str | None, *, lifted: bool
) -> None:
    """By default pictures follow the results in a user message."""
    result = [{"type": "text", "text": "A cat."}, {"type": "image", "url": PNG}]
    chat(tool_media=policy, model="gemini").invoke(
        [
            HumanMessage("Add"),
            AIMessage("", tool_calls=[CALL]),
            ToolMessage(result, tool_call_id="c1"),
        ]
    )
    sent = sandbox.last.body["messages"]
    picture = {"type": "image_url", "image_url": {"url": PNG}}
    assert sent[2]["content"] == (content or [{"type": "text", "text": "A cat."}, picture])
    assert sent[3:] == ([{"role": "user", "content": [picture]}] if lifted else [])


def test_metadata_is_json_and_said_once(chat: Chat, ask: Any) -> None:
    """Checkpoints can keep a message; nothing is repeated by merging."""
    message = ask(chat(model="perplexity-fast"), "Latest news on Berlin")
    again = AIMessage.model_validate_json(
        AIMessage(**message.model_dump(exclude={"type"})).model_dump_json()
    )
    assert again.response_metadata == message.response_metadata
    assert message.response_metadata["finish_reason"] == "stop"
    assert message.response_metadata["model_name"] == "perplexity-fast"
    assert len(set(message.response_metadata["citations"])) == len(
        message.response_metadata["citations"]
    )
