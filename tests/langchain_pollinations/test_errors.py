import pickle
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core import exceptions as core
from langchain_core.callbacks import BaseCallbackHandler

import langchain_pollinations
import llama_index_pollinations
from _pollinations.http import errors as gateway
from langchain_pollinations import ChatPollinations, errors
from langchain_pollinations import gateway as gateway_of_langchain
from langchain_pollinations.errors import (
    ContextOverflowError,
    PollinationsError,
    as_langchain_errors,
)
from pollinations_sandbox import Fault, Sandbox

Chat = Callable[..., ChatPollinations]

KINDS = [getattr(errors, name) for name in errors.__all__ if name != "PollinationsError"]


def raised(error: PollinationsError) -> Any:
    """The error as a LangChain object raises it."""
    with pytest.raises(PollinationsError) as caught, as_langchain_errors():
        raise error
    return caught.value


@pytest.mark.parametrize("kind", KINDS)
def test_a_gateway_error_is_raised_as_one_of_langchains(kind: type[PollinationsError]) -> None:
    """It is a ModelError too, and all facts, the cause and the traceback go along."""
    original = kind("No.", status=418, code="TEAPOT", text="So far")
    original.__cause__ = cause = OSError("broken")
    error = raised(original)

    assert isinstance(error, kind)
    assert isinstance(error, core.ModelError)
    assert type(error).__name__ == kind.__name__
    assert error.facts == original.facts
    assert error.is_retryable is bool(original.retryable)
    assert error.__cause__ is cause


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_pickling(kind: type[PollinationsError]) -> None:
    """Worker processes hand errors back."""
    error = raised(kind("No.", status=429, retry_after=3.5, text="So far"))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is type(error)
    assert (str(again), again.facts) == (str(error), error.facts)
    assert again.is_retryable is error.is_retryable
    assert hash(again)


def test_a_name_catches_what_models_and_plain_clients_raise() -> None:
    """`langchain_pollinations`, its `gateway` and the other adapter have the same classes."""
    kinds = [
        kind
        for kind in vars(gateway).values()
        if isinstance(kind, type) and issubclass(kind, gateway.PollinationsError)
    ]

    for module in (langchain_pollinations, gateway_of_langchain, llama_index_pollinations, errors):
        assert [getattr(module, kind.__name__) for kind in kinds] == kinds


def test_summarization_catches_too_long_a_conversation() -> None:
    """By LangChain's own error for it."""
    assert isinstance(raised(ContextOverflowError("No.")), core.ContextOverflowError)


class _Errors(BaseCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def on_llm_error(self, error: BaseException, **facts: Any) -> None:
        self.seen.append((error, facts.get("response")))


def test_tracers_see_the_providers_answer(chat: Chat, sandbox: Sandbox, ask: Any) -> None:
    """LangChain reads body, status and headers from the error."""
    sandbox.fail(Fault.status(400, times=None))
    tracer = _Errors()
    with pytest.raises(core.ModelInvalidRequestError) as caught:
        ask(chat(), "Hi", config={"callbacks": [tracer]})
    ((error, response),) = tracer.seen
    (generation,) = response.generations[0]
    assert error is caught.value
    assert generation.message.response_metadata["status_code"] == 400
    assert "error" in str(generation.message.response_metadata["body"])
