"""Odd ends and spellings in all four ways; `tests/reliability` has the matrix of faults."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from chats import echo

from langchain_pollinations import (
    APITimeoutError,
    ChatPollinations,
    InterruptedStreamError,
    PollinationsError,
)
from pollinations_sandbox import Fault, Sandbox
from pollinations_sandbox.dialects import DIALECTS

Chat = Callable[..., ChatPollinations]

SAY = "one two three four five six seven eight nine ten"
WORDS = echo(SAY)


@pytest.mark.parametrize("dialect", sorted(DIALECTS - {"error-choice", "error-type-finish"}))
def test_every_dialect_gives_the_same_answer(
    chat_of_either: Chat, either_sandbox: Sandbox, ask: Any, dialect: str
) -> None:
    """However a provider spells and frames it, the words are all there, once."""
    either_sandbox.fail(Fault.dialect(dialect))
    answer = ask(chat_of_either(), SAY)
    words = answer.content.replace("\u2028", " ").replace("\u2029", " ").replace("\x85", " ")
    assert words.removesuffix(" · é 日本 🙂") == WORDS
    assert answer.response_metadata["finish_reason"] == "stop"


@pytest.mark.parametrize("dialect", ["error-choice", "error-type-finish"])
def test_a_choice_that_is_an_error_raises(
    chat_of_either: Chat, either_sandbox: Sandbox, ask_in_pieces: Any, dialect: str
) -> None:
    """A finish reason may be an error's name."""
    either_sandbox.fail(Fault.dialect(dialect, times=None))
    with pytest.raises(PollinationsError):
        ask_in_pieces(chat_of_either(max_retries=0), SAY)


def test_silence_is_a_timeout(chat: Chat, sandbox: Sandbox, ask: Any) -> None:
    """Before the first byte it is the timeout that was set."""
    sandbox.fail(Fault.body([b" ", b" "], pause=5, times=None))
    with pytest.raises((APITimeoutError, InterruptedStreamError)):
        ask(chat(max_retries=0, timeout=0.1, stream_idle_timeout=0.1), "Hi")


def test_a_server_that_is_not_there_is_a_connection_error(chat: Chat, ask: Any) -> None:
    """No answer at all has its own error."""
    with pytest.raises(PollinationsError) as caught:
        ask(chat(base_url="http://127.0.0.1:9", max_retries=0), "Hi")
    assert type(caught.value).__name__ == "APIConnectionError"


def test_tool_arguments_are_never_cut_short(
    chat: Chat, sandbox: Sandbox, ask_in_pieces: Any
) -> None:
    """A stream that ends inside a call raises; no call with fewer arguments is made."""

    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    for after in range(1, 4):
        sandbox.fail(Fault.cut(after, times=None))
        with pytest.raises(InterruptedStreamError):
            ask_in_pieces(chat(max_retries=0).bind_tools([add]), "Add 3 and 4, please.")
        sandbox.clear()


def test_done_alone_proves_nothing(
    chat: Chat, sandbox: Sandbox, ask_in_pieces: Any, events: Any
) -> None:
    """The gateway says [DONE] behind broken streams too; only a finish reason counts."""
    sandbox.reply([*events({"content": "Half an"}, reason=None), b"data: [DONE]\n\n"])
    with pytest.raises(InterruptedStreamError) as caught:
        ask_in_pieces(chat(), "Hi")
    assert caught.value.text == "Half an"


@pytest.mark.parametrize("reason", ["length", "content_filter", "max_tokens", "brand_new"])
def test_every_finish_reason_ends_an_answer(
    chat: Chat, sandbox: Sandbox, ask_in_pieces: Any, events: Any, reason: str
) -> None:
    """An answer that is short for a known reason is whole."""
    sandbox.reply(events({"content": "Hi"}, reason=reason))
    answer = ask_in_pieces(chat(), "Hi")
    assert answer.response_metadata["finish_reason"] == reason


def test_a_stream_answered_in_one_body_is_read(
    chat: Chat, sandbox: Sandbox, ask_in_pieces: Any, completion: Any
) -> None:
    """A gateway that ignores `stream` still gives its answer."""
    body = completion({"content": WORDS}, usage={"prompt_tokens": 1, "completion_tokens": 2})
    sandbox.reply(body, headers={"content-type": "application/json"})
    answer = ask_in_pieces(chat(), SAY)
    assert json.loads(body)["choices"][0]["message"]["content"] == answer.content
    assert answer.usage_metadata["total_tokens"] == 3
