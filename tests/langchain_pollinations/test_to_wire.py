import json
from collections.abc import Callable
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
from spelling import whole

from langchain_pollinations import ChatPollinations, InvalidInputError
from langchain_pollinations.to_wire import to_wire
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]

CALL = {"name": "add", "args": {"a": 1, "b": 2}, "id": "c1", "type": "tool_call"}
PAST_CALL = {"id": "c1", "function": {"name": "add", "arguments": {"a": 1, "b": 2}}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}}


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
        (
            AIMessage("", additional_kwargs={"audio": {"id": "a", "transcript": "Hello"}}),
            {"role": "assistant", "content": "Hello"},
        ),
        (
            AIMessage("", tool_calls=[CALL]),
            {"role": "assistant", "content": "", "tool_calls": [PAST_CALL]},
        ),
        (
            ToolMessage("3", tool_call_id="c1", name="add", status="error", artifact=object()),
            {"role": "tool", "content": "3", "tool_call_id": "c1", "name": "add"},
        ),
        (FunctionMessage("3", name="add"), {"role": "function", "content": "3", "name": "add"}),
        (ChatMessage("Hi", role="human"), {"role": "human", "content": "Hi"}),
        (ChatMessage("Hi", role="developer"), {"role": "developer", "content": "Hi"}),
    ],
)
def test_every_kind_of_message_has_a_role(message: BaseMessage, expected: dict[str, Any]) -> None:
    """Each of LangChain's messages becomes one wire message."""
    assert to_wire([message]) == [expected]


def test_a_message_that_cannot_be_sent_is_named() -> None:
    """One that only graphs understand."""
    with pytest.raises(InvalidInputError, match="message 1: a RemoveMessage"):
        to_wire([HumanMessage("Hi"), RemoveMessage(id="x")])


@pytest.mark.parametrize("arguments", ['{"a": 1', "[1]", "3"])
def test_arguments_that_are_no_object_are_invalid_calls(
    chat: Chat, sandbox: Sandbox, arguments: str
) -> None:
    """Such a call is never made with other arguments, and does not stop the thread."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    sandbox.reply(whole({"content": None, "tool_calls": [call]}, "tool_calls"))
    message = chat().invoke("Hi")
    assert message.tool_calls == []
    assert message.invalid_tool_calls[0]["args"] == arguments
    chat().invoke([HumanMessage("Hi"), message, HumanMessage("Go on")])
    _, called, answered, _ = sandbox.last.body["messages"]
    assert json.loads(called["tool_calls"][0]["function"]["arguments"]) == {
        "malformed_arguments": arguments
    }
    assert "not run" in answered["content"]


def test_openais_audio_and_files_pass_through_langchain_unharmed(
    chat: Chat, sandbox: Sandbox
) -> None:
    """LangChain rewrites some parts before a model sees them; the media type stays true."""
    csv = "data:text/csv;base64,YSxi"
    document = {"type": "file", "file": {"file_data": csv, "filename": "a.csv"}}
    chat(model="gemini").invoke([HumanMessage([AUDIO, document, "What?"])])
    audio, sent, _ = sandbox.last.body["messages"][0]["content"]
    assert audio == AUDIO
    assert sent == {"type": "text", "text": "a.csv:\na,b"}
