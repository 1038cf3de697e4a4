"""`batch` waits for more answers at once than LangChain's own."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler

from langchain_pollinations import ChatPollinations, InvalidRequestError
from pollinations_sandbox import Fault, Sandbox

Chat = Callable[..., ChatPollinations]
PROMPTS = [f"Say {number}." for number in range(100)]


class AtOnce(BaseCallbackHandler):
    """Counts the calls that are under way at once."""

    def __init__(self) -> None:
        self.most = self._now = 0
        self._lock = threading.Lock()

    def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)

    def on_llm_end(self, *_: Any, **__: Any) -> None:
        with self._lock:
            self._now -= 1


@pytest.mark.parametrize("method", ["batch", "batch_as_completed"])
@pytest.mark.parametrize(
    ("field", "config", "most"),
    [
        ({}, None, 64),
        ({}, [{}] * 100, 64),
        ({"max_concurrency": 10}, {}, 10),
        ({"max_concurrency": 10}, {"max_concurrency": 20}, 20),
        ({}, [{"max_concurrency": 9}, *[{}] * 99], 9),
    ],
)
def test_so_many_calls_are_under_way(  # noqa: PLR0917 - fixtures are given by name
    chat: Chat, sandbox: Sandbox, method: str, field: dict[str, Any], config: Any, most: int
) -> None:
    """64, or what the field says, or what the config says."""
    at_once = AtOnce()
    sandbox.fail(Fault.slow(0.02, times=None))

    answers = list(getattr(chat(callbacks=[at_once], **field), method)(PROMPTS, config))

    assert len(answers) == 100
    assert most / 2 < at_once.most <= most


def test_errors_are_returned_where_they_are_wanted(chat: Chat, sandbox: Sandbox) -> None:
    """The options of LangChain's `batch` reach it; else the first error is raised."""
    sandbox.fail(Fault.status(400, times=2))
    with pytest.raises(InvalidRequestError):
        chat().batch(PROMPTS[:1])

    answers = chat().batch(PROMPTS[:5], return_exceptions=True)

    assert sum(isinstance(answer, Exception) for answer in answers) == 1


@pytest.mark.parametrize("wrong", [0, -1, "many"])
def test_a_wrong_number_is_refused(chat: Chat, wrong: Any) -> None:
    """When the model is made."""
    with pytest.raises(ValueError, match="max_concurrency"):
        chat(max_concurrency=wrong)
