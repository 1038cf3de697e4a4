"""`batch` waits for many answers at once; all else is as LangChain's own."""

import contextvars
import threading
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.prompts import ChatPromptTemplate

from langchain_pollinations import ChatPollinations, InvalidRequestError, RateLimiter
from pollinations_sandbox import Fault, Sandbox

Chat = Callable[..., ChatPollinations]
PROMPTS = [f"Say {number}." for number in range(100)]

_tag = contextvars.ContextVar("_tag", default="none")


def batch(model: Any, prompts: list[Any], config: Any = None, **options: Any) -> list[Any]:
    return list(model.batch(prompts, config, **options))


def as_completed(model: Any, prompts: list[Any], config: Any = None, **options: Any) -> list[Any]:
    answers = dict(model.batch_as_completed(prompts, config, **options))
    return [answers[number] for number in range(len(prompts))]


@pytest.fixture(params=[batch, as_completed])
def run(request: pytest.FixtureRequest) -> Any:
    return request.param


class AtOnce(BaseCallbackHandler):
    """Counts the calls that are under way at once."""

    def __init__(self) -> None:
        self.most = self._now = 0
        self.tags: list[str] = []
        self._lock = threading.Lock()

    def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            self.tags.append(_tag.get())

    def on_llm_end(self, *_: Any, **__: Any) -> None:
        with self._lock:
            self._now -= 1


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        (({}, {}), 64),
        (({}, [{}] * 100), 64),
        (({"max_concurrency": 10}, {}), 10),
        (({"max_concurrency": 10}, {"max_concurrency": 20}), 20),
        (({}, [{"max_concurrency": 9}, *[{}] * 99]), 9),
        (({}, {"max_concurrency": None}), 64),
    ],
)
def test_so_many_calls_are_under_way(
    chat: Chat, sandbox: Sandbox, run: Any, limits: tuple[Any, Any], most: int
) -> None:
    """64, or what the field says, or what the config says."""
    fields, config = limits
    at_once = AtOnce()
    sandbox.fail(Fault.slow(0.02, times=None))

    answers = run(chat(callbacks=[at_once], **fields), PROMPTS, config)

    assert len(answers) == 100
    assert most / 2 < at_once.most <= most


def test_answers_come_in_order_with_context_and_callbacks(
    chat: Chat, sandbox: Sandbox, run: Any
) -> None:
    """In a chain too, whose prompts are made first."""
    at_once = AtOnce()

    @sandbox.on
    def echo(request: Any) -> str:
        return str(request.body["messages"][-1]["content"])

    token = _tag.set("mine")

    chain = ChatPromptTemplate.from_template("{text}") | chat()
    answers = run(chain, [{"text": prompt} for prompt in PROMPTS], {"callbacks": [at_once]})

    _tag.reset(token)
    assert [answer.text for answer in answers] == PROMPTS
    assert at_once.tags == ["mine"] * 100


def test_errors_are_raised_or_returned(chat: Chat, sandbox: Sandbox, run: Any) -> None:
    """The same as LangChain's own; a config that was given is not changed."""
    sandbox.fail(Fault.status(400))
    config: dict[str, Any] = {"tags": ["x"]}
    model = chat()

    answers = run(model, PROMPTS[:5], config, return_exceptions=True)
    assert sum(isinstance(answer, InvalidRequestError) for answer in answers) == 1
    assert config == {"tags": ["x"]}
    assert run(model, []) == []

    sandbox.fail(Fault.status(400))
    with pytest.raises(InvalidRequestError):
        run(model, PROMPTS[:5])


def test_a_limiter_lets_them_wait(chat: Chat, run: Any, clock: Any) -> None:
    """As many threads as ever, and as many requests as it allows."""
    limiter = clock.of(RateLimiter(requests_per_second=10))
    start = clock.now()

    run(chat(rate_limiter=limiter), PROMPTS[:50])

    assert clock.now() - start >= 4


@pytest.mark.parametrize("wrong", [0, -1, "many"])
def test_a_wrong_number_is_refused(chat: Chat, wrong: Any) -> None:
    """When the model is made."""
    with pytest.raises(ValueError, match="max_concurrency"):
        chat(max_concurrency=wrong)
