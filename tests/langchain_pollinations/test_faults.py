"""Every fault in all four ways: the whole answer or a typed error, never half an answer."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from langchain_pollinations import (
    APITimeoutError,
    ChatPollinations,
    InterruptedStreamError,
    PollinationsError,
    ServerError,
)
from pollinations_sandbox import Fault, Sandbox
from pollinations_sandbox.dialects import DIALECTS

Chat = Callable[..., ChatPollinations]

SAY = "Say only: one two three four five six seven eight nine ten"
WORDS = SAY[10:]
ERROR = {"error": {"message": "The provider fell over.", "code": 500}}

FAULTS: dict[str, Fault] = {
    "status 500": Fault.status(500, times=None),
    "status 503": Fault.status(503, times=None),
    "status 429": Fault.status(429, times=None),
    "status 401": Fault.status(401, times=None),
    "upstream": Fault.status(502, shape="upstream", times=None),
    "cut at once": Fault.cut(0, times=None),
    "cut": Fault.cut(2, times=None),
    "cut before the end": Fault.cut(3, times=None),
    "reset at once": Fault.reset(0, times=None),
    "reset": Fault.reset(2, times=None),
    "stall at once": Fault.stall(0, seconds=5, times=None),
    "stall": Fault.stall(2, seconds=5, times=None),
    "slow": Fault.slow(0.005, times=None),
    "error event at once": Fault.event(ERROR, after=0, times=None),
    "error event": Fault.event(ERROR, after=2, times=None),
    "odd error event": Fault.event({"error": "broken"}, after=2, times=None),
    "balance": Fault.refusal("balance", times=None),
    "budget": Fault.refusal("budget", times=None),
    "model": Fault.refusal("model", times=None),
    "html": Fault.html(times=None),
    "empty": Fault.empty(times=None),
    "no JSON": Fault.body(b'data: {"choices": [\n\n', times=None),
    "no choices": Fault.body(b'data: {"choices": []}\n\n', times=None),
    "null": Fault.body(b"null", times=None),
    "list": Fault.body(b"[]", times=None),
    "only done": Fault.body(b"data: [DONE]\n\n", times=None),
    "not utf-8": Fault.body(b"\xff\xfe\x00", times=None),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_in_the_whole_answer_or_a_typed_error(
    chat_of_either: Chat, either_sandbox: Sandbox, ask: Any, name: str
) -> None:
    """Half an answer is never returned as if it were whole."""
    either_sandbox.fail(FAULTS[name])
    model = chat_of_either(max_retries=0, timeout=0.5, stream_idle_timeout=0.5)
    answer, error = _outcome(lambda: ask(model, SAY))
    if error is not None:
        assert type(error).__module__ == "langchain_pollinations.errors"
        assert name != "slow"
    else:
        assert answer.content == WORDS
        assert answer.response_metadata["finish_reason"] == "stop"


def _outcome(act: Callable[[], Any]) -> tuple[Any, PollinationsError | None]:
    try:
        return act(), None
    except PollinationsError as error:
        return None, error


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


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.cut(3, times=None), InterruptedStreamError),
        (Fault.reset(3, times=None), InterruptedStreamError),
        (Fault.stall(3, seconds=5, times=None), InterruptedStreamError),
        (Fault.event(ERROR, after=3, times=None), ServerError),
    ],
)
def test_a_broken_stream_says_how_far_it_came(
    chat: Chat, sandbox: Sandbox, ask_in_pieces: Any, fault: Fault, kind: type[PollinationsError]
) -> None:
    """What was already seen is in the error's `text`; it is not tried again."""
    sandbox.fail(fault)
    with pytest.raises(kind) as caught:
        ask_in_pieces(chat(stream_idle_timeout=0.4), SAY)
    assert caught.value.text
    assert WORDS.startswith(caught.value.text)
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("name", ["status 503", "reset at once", "stall at once"])
def test_what_fails_before_its_first_piece_is_tried_again(
    chat: Chat, sandbox: Sandbox, ask: Any, name: str
) -> None:
    """One failure is not seen by the caller."""
    once = FAULTS[name]
    sandbox.fail(Fault(once.effect, times=1))
    answer = ask(chat(max_retries=2, timeout=0.5, stream_idle_timeout=0.5), SAY)
    assert answer.content == WORDS
    assert len(sandbox.requests) == 2


def test_an_empty_stream_is_tried_again(chat: Chat, sandbox: Sandbox, ask_in_pieces: Any) -> None:
    """A clean end before the first piece was an accident."""
    sandbox.fail(Fault.cut(0))
    assert ask_in_pieces(chat(), SAY).content == WORDS


def test_silence_is_a_timeout(chat: Chat, sandbox: Sandbox, ask: Any) -> None:
    """Before the first byte it is the timeout that was set."""
    sandbox.fail(Fault.body([b" ", b" "], pause=5, times=None))
    with pytest.raises((APITimeoutError, InterruptedStreamError)):
        ask(chat(max_retries=0, timeout=0.3, stream_idle_timeout=0.3), "Hi")


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
