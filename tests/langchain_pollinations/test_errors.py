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
    AuthenticationError,
    ContentFilteredError,
    ContextOverflowError,
    InvalidInputError,
    InvalidRequestError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    PollinationsError,
    RateLimitError,
    ServerError,
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
    assert error.__cause__ is cause


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_catches_what_models_and_plain_clients_raise(kind: type[PollinationsError]) -> None:
    """`langchain_pollinations`, its `gateway` and the other adapter have the same classes."""
    name = kind.__name__

    assert getattr(langchain_pollinations, name) is kind
    assert getattr(gateway_of_langchain, name) is kind
    assert getattr(llama_index_pollinations, name) is kind


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_pickling(kind: type[PollinationsError]) -> None:
    """Worker processes hand errors back."""
    error = raised(kind("No.", status=429, retry_after=3.5, text="So far"))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is type(error)
    assert (str(again), again.facts) == (str(error), error.facts)
    assert again.is_retryable is error.is_retryable
    assert hash(again)


def test_every_error_of_the_gateway_has_a_twin() -> None:
    """None is raised that LangChain's middleware would not know."""
    found = {
        name
        for name, kind in vars(gateway).items()
        if isinstance(kind, type) and issubclass(kind, gateway.PollinationsError)
    }
    assert found == set(errors.__all__) <= set(langchain_pollinations.__all__)


@pytest.mark.parametrize(
    ("status", "kind", "theirs", "retryable"),
    [
        (400, InvalidRequestError, core.ModelInvalidRequestError, False),
        (401, AuthenticationError, core.ModelAuthenticationError, False),
        (402, PaymentRequiredError, core.ModelError, False),
        (403, PermissionDeniedError, core.ModelPermissionDeniedError, False),
        (404, NotFoundError, core.ModelNotFoundError, False),
        (422, InvalidRequestError, core.ModelInvalidRequestError, False),
        (429, RateLimitError, core.ModelRateLimitError, True),
        (500, ServerError, core.ModelAPIError, True),
        (502, ServerError, core.ModelAPIError, True),
        (503, ServerError, core.ModelAPIError, True),
        (504, ServerError, core.ModelAPIError, True),
        (524, ServerError, core.ModelAPIError, True),
    ],
)
def test_a_status_is_the_same_error_in_all_four_ways(  # noqa: PLR0917 - a table's columns
    chat_of_either: Chat,
    either_sandbox: Sandbox,
    ask: Any,
    status: int,
    kind: type[PollinationsError],
    theirs: type[Exception],
    *,
    retryable: bool,
) -> None:
    """Streams lose nothing of the error: message, code and request id are there."""
    either_sandbox.fail(Fault.status(status, times=None))
    with pytest.raises(kind) as caught:
        ask(chat_of_either(max_retries=0), "Hi")
    error = caught.value
    assert isinstance(error, theirs)
    assert (error.status, error.status_code) == (status, status)
    assert error.is_retryable is retryable  # type: ignore[attr-defined] # LangChain's attribute
    assert error.message
    assert error.code
    assert error.request_id
    assert len(either_sandbox.requests) == 1


@pytest.mark.parametrize("shape", ["pk", "edge", "upstream", "concurrency"])
def test_every_shape_of_429_is_read(chat: Chat, sandbox: Sandbox, shape: Any, ask: Any) -> None:
    """The gateway spells its limits in several ways; a person can read each."""
    sandbox.fail(Fault.status(429, shape=shape, retry_after=7, times=None))
    with pytest.raises((RateLimitError, ServerError)) as caught:
        ask(chat(max_retries=0), "Hi")
    assert caught.value.is_retryable
    assert not caught.value.message.startswith("{")


def test_retry_after_is_carried(chat: Chat, sandbox: Sandbox) -> None:
    """A wait that is too long raises at once and says how long."""
    sandbox.fail(Fault.status(429, retry_after=500, times=None))
    with pytest.raises(RateLimitError, match="Wait 500 s") as caught:
        chat(max_retries=5, retry_after_limit=60).invoke("Hi")
    assert caught.value.retry_after == 500
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("lack", ["balance", "budget", "model"])
def test_a_refusal_sent_as_an_answer_is_an_error(
    chat_of_either: Chat, either_sandbox: Sandbox, ask: Any, lack: Any
) -> None:
    """No pollen, or a model that is not allowed: never an assistant's message."""
    either_sandbox.fail(Fault.refusal(lack))
    kind = PermissionDeniedError if lack == "model" else PaymentRequiredError
    with pytest.raises(kind):
        ask(chat_of_either(), "Hi")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"error":{"message":"maximum context length is 10","code":"x"}}', ContextOverflowError),
        (b'{"error":{"message":"no","code":"content_policy_violation"}}', ContentFilteredError),
    ],
)
def test_what_middleware_waits_for_is_told_apart(
    chat: Chat, sandbox: Sandbox, ask: Any, body: bytes, kind: type[PollinationsError]
) -> None:
    """Too long a conversation is the error that summarization catches."""
    sandbox.reply(body, status=400)
    with pytest.raises(kind) as caught:
        ask(chat(), "Hi")
    overflow = isinstance(caught.value, core.ContextOverflowError)
    assert overflow == (kind is ContextOverflowError)


class _Errors(BaseCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def on_llm_error(self, error: BaseException, **told: Any) -> None:
        self.seen.append((error, told.get("response")))


def test_tracers_see_the_providers_answer(chat: Chat, sandbox: Sandbox, ask: Any) -> None:
    """LangChain reads body, status and headers from the error."""
    sandbox.fail(Fault.status(400, times=None))
    tracer = _Errors()
    with pytest.raises(InvalidRequestError):
        ask(chat(), "Hi", config={"callbacks": [tracer]})
    ((error, response),) = tracer.seen
    (generation,) = response.generations[0]
    assert isinstance(error, InvalidRequestError)
    assert generation.message.response_metadata["status_code"] == 400
    assert "error" in str(generation.message.response_metadata["body"])


def test_an_input_error_is_a_value_error() -> None:
    """Python's own word for a wrong argument fits too."""
    assert issubclass(InvalidInputError, ValueError)
