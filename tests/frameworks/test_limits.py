"""One limit for everything that either framework asks of the gateway, on old cores and on new."""

import asyncio
import copy
import pickle
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from clocks import LeapingClock
from langchain_core.exceptions import ModelRateLimitError
from langchain_core.language_models import FakeListChatModel
from langchain_core.rate_limiters import BaseRateLimiter, InMemoryRateLimiter
from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.llms import MockLLM
from ways import EITHER, EVERY_CLASS, EVERY_WAY, WAYS, WHOLE, Way, answer, reach

from _pollinations.http.errors import InvalidInputError, RateLimitError
from langchain_pollinations import RateLimiter
from llama_index_pollinations import PollinationsEmbedding
from pollinations_sandbox import Fault, Sandbox

# LlamaIndex calls limiters itself since its core 0.14.16.
CALLS_LIMITERS = "rate_limiter" in BaseLLM.model_fields
on_new_cores = pytest.mark.skipif(not CALLS_LIMITERS, reason="this core calls no limiter")
EACH_WAY = pytest.mark.parametrize("way", EVERY_WAY, ids=str)
QUESTIONS = [f"What is {number} and {number}?" for number in range(200)]

Limit = Callable[..., Any]


@pytest.fixture
def limit(clock: LeapingClock) -> Limit:
    """Make a limiter of a framework whose time leaps; without options, the gateway's own."""

    def limiter(way: Way, **limits: Any) -> Any:
        kind = way.package.RateLimiter
        return clock.of(kind(**limits) if limits else kind.edge())

    return limiter


def statuses(sandbox: Sandbox) -> Counter[int]:
    return Counter(record.status for record in sandbox.requests)


@EITHER
def test_models_embeddings_and_tools_share_one_limit(way: Way, edge: Sandbox, limit: Limit) -> None:
    """Two models, embeddings and a tool stay below it together, in threads and on a loop."""
    fields = reach(edge, rate_limiter=limit(way))
    first, second = (way.model(edge, model=name, **fields) for name in ("openai", "mistral"))
    is_langchain = way.framework == "langchain"
    size, model = ("chunk_size", "model") if is_langchain else ("embed_batch_size", "image_model")
    embeddings = way.classes[1](**{size: 1}, **fields)
    tool = way.classes[2](**{model: "flux"}, **fields)
    draw = tool.ainvoke if is_langchain else tool.agenerate_image

    async def ask() -> None:
        await asyncio.gather(
            *(answer(first, question) for question in QUESTIONS[:40]),
            *(asyncio.to_thread(way.ask, second, question) for question in QUESTIONS[:40]),
            asyncio.to_thread(way.embed, embeddings, QUESTIONS[:40]),
            *(draw(question) for question in QUESTIONS[:10]),
        )

    asyncio.run(ask())

    assert set(statuses(edge)) == {200}
    assert len(edge.requests) >= 130


@EACH_WAY
def test_a_call_takes_one_turn(way: Way, edge: Sandbox, limit: Limit, clock: LeapingClock) -> None:
    """The framework's call of the limiter and the client's are not counted twice."""
    limiter = limit(way, requests_per_second=1)
    model = way.model(edge, rate_limiter=limiter)
    start = clock.now()

    for number in range(3):
        way.ask(model, f"What is {number}?")

    assert len(edge.requests) == 3
    assert clock.now() - start == 2


@pytest.mark.parametrize("way", WHOLE[2:], ids=str)
def test_batches_of_texts_take_one_turn_each(
    way: Way, edge: Sandbox, limit: Limit, clock: LeapingClock
) -> None:
    """Also where LlamaIndex takes all turns first and sends all requests after that."""
    limiter = limit(way, requests_per_second=4, window=10.0)
    vectors = PollinationsEmbedding(embed_batch_size=2, rate_limiter=limiter, **reach(edge))
    start = clock.now()

    embedded = way.embed(vectors, QUESTIONS[:80])

    assert (len(embedded), len(edge.requests)) == (80, 40)
    assert clock.now() == start
    way.embed(vectors, QUESTIONS[80:82])
    assert clock.now() - start == 10


def foreign(way: Way, limiter: Any) -> Any:
    """A chat model of another package."""
    if way.framework == "langchain":
        return FakeListChatModel(responses=["one"], rate_limiter=limiter)
    if not CALLS_LIMITERS:
        pytest.skip("this core calls no limiter")
    llm = MockLLM()
    llm.rate_limiter = limiter
    return llm


def ask_once(model: Any) -> Any:
    """Ask a model of another package; all other methods of LlamaIndex's mock call this one."""
    return model.invoke("Hi!") if hasattr(model, "invoke") else model.complete("Hi!")


@EITHER
def test_models_of_other_packages_take_it_too(way: Way) -> None:
    """It is one of the framework's own limiters; in LangChain its errors are LangChain's too."""
    limiter = way.package.RateLimiter(requests_per_second=0.001, timeout=0)
    model = foreign(way, limiter)
    base, error = BaseRateLimiter, ModelRateLimitError
    if way.framework == "llama_index":
        from llama_index.core import rate_limiter  # noqa: PLC0415 - not on every core

        base, error = rate_limiter.BaseRateLimiter, RateLimitError

    assert isinstance(limiter, base)
    assert ask_once(model).text
    with pytest.raises(error, match="No turn"):
        ask_once(model)
    with pytest.raises(error, match="No turn"):
        asyncio.run(answer(model, "Hi!"))


@EACH_WAY
def test_a_limiter_read_from_a_model_limits_another(
    way: Way, edge: Sandbox, limit: Limit, clock: LeapingClock
) -> None:
    """It is the same object; calls of both models in turn take one turn each, in either order."""
    limiter = limit(way, requests_per_second=1)
    mine = way.model(edge, rate_limiter=limiter)
    assert mine.rate_limiter is limiter
    theirs = foreign(way, mine.rate_limiter)
    vectors = way.classes[1](rate_limiter=mine.rate_limiter, **reach(edge))
    start = clock.now()

    for number, model in enumerate([theirs, theirs, mine, theirs, mine, mine]):
        if model is mine:
            way.ask(model, "Hi!")
        else:
            ask_once(model)
        assert clock.now() - start == number
    way.embed(vectors, ["Hi!"])
    assert clock.now() - start == 6


@EITHER
def test_a_turn_that_a_model_does_not_use_is_not_kept(
    way: Way, edge: Sandbox, limit: Limit, clock: LeapingClock
) -> None:
    """Each request of a retry waits, even if a model of another package took turns before."""
    limiter = limit(way, requests_per_second=1)
    ask_once(foreign(way, limiter))
    edge.fail(Fault.status(503, retry_after=0))
    start = clock.now()

    way.ask(way.model(edge, rate_limiter=limiter), "Hi!")

    assert len(edge.requests) == 2
    assert clock.now() - start == 2


class Theirs(InMemoryRateLimiter):
    """A limiter of a framework's that is not ours."""

    calls = 0

    def acquire(self, num_tokens: int = 0, *, blocking: bool = True) -> bool:
        del num_tokens
        self.calls += 1
        return blocking


@pytest.mark.parametrize("way", [WAYS[0], pytest.param(WAYS[4], marks=on_new_cores)], ids=str)
def test_a_limiter_of_the_framework_works_as_ever(way: Way, edge: Sandbox) -> None:
    """Chat models are limited by the framework itself, once for each call."""
    limiter = Theirs()
    model = way.model(edge, rate_limiter=limiter)
    edge.fail(Fault.status(503, retry_after=0))

    way.ask(model, "Hi!")

    assert model.rate_limiter is limiter
    assert (limiter.calls, len(edge.requests)) == (1, 2)


@pytest.mark.parametrize(
    "kind",
    [*WAYS[0].classes[1:], *(WAYS[4].classes[2:] if CALLS_LIMITERS else WAYS[4].classes)],
)
def test_a_limiter_that_nobody_would_call_is_refused(kind: Any) -> None:
    """When the object is made."""
    with pytest.raises(InvalidInputError, match="rate_limiter is a RateLimiter of this package"):
        kind(rate_limiter=Theirs())


@pytest.mark.parametrize("kind", EVERY_CLASS)
def test_copies_share_the_limiter(kind: Any) -> None:
    """Copies and deep copies wait in the same queue; a pickled one has a limit of its own."""
    limiter = RateLimiter(requests_per_second=3)
    mine = kind(api_key="sk_x", rate_limiter=limiter)

    for other in (
        copy.copy(mine),
        copy.deepcopy(mine),
        mine.model_copy(deep=True),
        kind(api_key="sk_x", rate_limiter=mine.rate_limiter),
    ):
        assert other.rate_limiter is limiter
        assert other._connect().client.settings.rate_limiter is limiter
    stored = pickle.loads(pickle.dumps(mine)).rate_limiter  # noqa: S301 - our own
    assert stored is not limiter
    assert stored.limits == limiter.limits
    assert "rate_limiter" not in mine.model_dump()


@EITHER
def test_a_limiter_can_be_set_and_taken_away(
    way: Way, edge: Sandbox, limit: Limit, clock: LeapingClock
) -> None:
    """Setting the field works as giving it to the constructor."""
    model = way.model(edge)
    model.rate_limiter = limit(way, requests_per_second=1)
    start = clock.now()

    for question in QUESTIONS[:3]:
        way.ask(model, question)
    assert clock.now() - start == 2

    model.rate_limiter = None
    for question in QUESTIONS[3:20]:
        way.ask(model, question)
    assert clock.now() - start == 2
