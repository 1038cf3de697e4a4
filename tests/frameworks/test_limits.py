"""One limit for everything that either framework asks of the gateway, on old cores and on new."""

import asyncio
import copy
import json
import pickle
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from adapters import ADAPTERS, KINDS, Adapter
from clocks import LeapingClock
from langchain_core.exceptions import ModelRateLimitError
from langchain_core.language_models import FakeListChatModel
from langchain_core.load import dumps
from langchain_core.rate_limiters import BaseRateLimiter, InMemoryRateLimiter
from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.llms import MockLLM
from ways import EVERY_WAY, Way

from _pollinations.http.errors import InvalidInputError, RateLimitError
from langchain_pollinations import ChatPollinations
from llama_index_pollinations import Pollinations, PollinationsEmbedding, PollinationsToolSpec
from pollinations_sandbox import Fault, Sandbox

# LlamaIndex calls limiters itself since its core 0.14.16.
CALLS_LIMITERS = "rate_limiter" in BaseLLM.model_fields
on_new_cores = pytest.mark.skipif(not CALLS_LIMITERS, reason="this core calls no limiter")
EITHER = pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=str)
EACH_WAY = pytest.mark.parametrize("way", EVERY_WAY, ids=str)
QUESTIONS = [f"What is {number} and {number}?" for number in range(200)]

Limit = Callable[..., Any]


@pytest.fixture
def limit(clock: LeapingClock) -> Limit:
    """Make a limiter of a framework whose time leaps; without options, the gateway's own."""

    def made(adapter: Adapter, **limits: Any) -> Any:
        return clock.of(adapter.limiter(**limits) if limits else adapter.limiter.edge())

    return made


def reach(sandbox: Sandbox, **fields: Any) -> dict[str, Any]:
    return {"base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields}


def statuses(sandbox: Sandbox) -> Counter[int]:
    return Counter(record.status for record in sandbox.requests)


@EITHER
def test_models_embeddings_and_tools_share_one_limit(
    adapter: Adapter, edge: Sandbox, limit: Limit
) -> None:
    """Two models, embeddings and a tool stay below it together, in threads and on a loop."""
    chat, vectors, tool = adapter.kinds
    fields = reach(edge, rate_limiter=limit(adapter))
    first, second = (chat(model=name, **fields) for name in ("openai", "mistral"))
    size = "chunk_size" if adapter.name == "langchain" else "embed_batch_size"
    embeddings = vectors(**{size: 1}, **fields)
    draw = tool(**{"model" if adapter.name == "langchain" else "image_model": "flux"}, **fields)

    async def ask() -> None:
        await asyncio.gather(
            *(adapter.aask(first, question) for question in QUESTIONS[:40]),
            *(asyncio.to_thread(adapter.ask, second, question) for question in QUESTIONS[:40]),
            asyncio.to_thread(adapter.embed, embeddings, QUESTIONS[:40], "async"),
            *(adapter.draw(draw, question) for question in QUESTIONS[:10]),
        )

    asyncio.run(ask())

    assert set(statuses(edge)) == {200}
    assert len(edge.requests) >= 130


@EACH_WAY
def test_a_call_takes_one_turn(way: Way, edge: Sandbox, limit: Limit, clock: LeapingClock) -> None:
    """The framework's call of the limiter and the client's are not counted twice."""
    limiter = limit(ADAPTERS[way.framework], requests_per_second=1)
    model = way.model(edge, rate_limiter=limiter)
    start = clock.now()

    for number in range(3):
        way.ask(model, f"What is {number}?")

    assert len(edge.requests) == 3
    assert clock.now() - start == 2


@pytest.mark.parametrize("method", ["batch", "abatch"])
def test_batches_of_texts_take_one_turn_each(
    method: str, edge: Sandbox, limit: Limit, clock: LeapingClock
) -> None:
    """Also where LlamaIndex takes all turns first and sends all requests after that."""
    adapter = ADAPTERS["llama_index"]
    limiter = limit(adapter, requests_per_second=4, window=10.0)
    vectors = PollinationsEmbedding(embed_batch_size=2, rate_limiter=limiter, **reach(edge))
    start = clock.now()

    embedded = adapter.embed(vectors, QUESTIONS[:80], "sync" if method == "batch" else "async")

    assert (len(embedded), len(edge.requests)) == (80, 40)
    assert clock.now() == start
    adapter.embed(vectors, QUESTIONS[80:82])
    assert clock.now() - start == 10


def foreign(adapter: Adapter, limiter: Any) -> Any:
    """A chat model of another package."""
    if adapter.name == "langchain":
        return FakeListChatModel(responses=["one"], rate_limiter=limiter)
    if not CALLS_LIMITERS:
        pytest.skip("this core calls no limiter")
    llm = MockLLM()
    llm.rate_limiter = limiter
    return llm


@EITHER
def test_models_of_other_packages_take_it_too(adapter: Adapter) -> None:
    """It is one of the framework's own limiters; in LangChain its errors are LangChain's too."""
    limiter = adapter.limiter(requests_per_second=0.001, timeout=0)
    model = foreign(adapter, limiter)
    assert adapter.ask(model, "Hi").text
    errors = [RateLimitError]

    if adapter.name == "langchain":
        assert isinstance(limiter, BaseRateLimiter)
        errors.append(ModelRateLimitError)
    else:
        from llama_index.core import rate_limiter  # noqa: PLC0415 - not on every core

        assert isinstance(limiter, rate_limiter.BaseRateLimiter)
    for error in errors:
        with pytest.raises(error, match="No turn"):
            adapter.ask(model, "Hi")
        with pytest.raises(error, match="No turn"):
            asyncio.run(adapter.aask(model, "Hi"))


@EACH_WAY
def test_a_limiter_read_from_a_model_limits_another(
    way: Way, edge: Sandbox, limit: Limit, clock: LeapingClock
) -> None:
    """It is the same object; calls of both models in turn take one turn each, in either order."""
    adapter = ADAPTERS[way.framework]
    limiter = limit(adapter, requests_per_second=1)
    mine = way.model(edge, rate_limiter=limiter)
    assert mine.rate_limiter is limiter
    theirs = foreign(adapter, mine.rate_limiter)
    vectors = adapter.kinds[1](rate_limiter=mine.rate_limiter, **reach(edge))
    start = clock.now()

    for number, model in enumerate([theirs, theirs, mine, theirs, mine, mine]):
        if model is mine:
            way.ask(model, "Hi!")
        else:
            adapter.ask(model, "Hi!")
        assert clock.now() - start == number
    adapter.embed(vectors, ["Hi!"])
    assert clock.now() - start == 6


@EITHER
def test_a_turn_that_a_model_does_not_use_is_not_kept(
    adapter: Adapter, edge: Sandbox, limit: Limit, clock: LeapingClock
) -> None:
    """Each request of a retry waits, even if a model of another package took turns before."""
    limiter = limit(adapter, requests_per_second=1)
    adapter.ask(foreign(adapter, limiter), "Hi!")
    edge.fail(Fault.status(503, retry_after=0))
    start = clock.now()

    adapter.ask(adapter.kinds[0](rate_limiter=limiter, **reach(edge)), "Hi!")

    assert len(edge.requests) == 2
    assert clock.now() - start == 2


class Theirs(InMemoryRateLimiter):
    """A limiter of a framework's that is not ours."""

    calls = 0

    def acquire(self, num_tokens: int = 0, *, blocking: bool = True) -> bool:
        del num_tokens
        self.calls += 1
        return blocking


@pytest.mark.parametrize("kind", [ChatPollinations, pytest.param(Pollinations, marks=on_new_cores)])
def test_a_limiter_of_the_framework_works_as_ever(kind: Any, edge: Sandbox) -> None:
    """Chat models are limited by the framework itself, once for each call."""
    limiter = Theirs()
    model = kind(rate_limiter=limiter, **reach(edge))
    edge.fail(Fault.status(503, retry_after=0))

    ADAPTERS["langchain" if kind is ChatPollinations else "llama_index"].ask(model, "Hi!")

    assert model.rate_limiter is limiter
    assert (limiter.calls, len(edge.requests)) == (1, 2)


@pytest.mark.parametrize(
    "kind",
    [
        *ADAPTERS["langchain"].kinds[1:],
        *([PollinationsToolSpec] if CALLS_LIMITERS else ADAPTERS["llama_index"].kinds),
    ],
)
def test_a_limiter_that_nobody_would_call_is_refused(kind: Any) -> None:
    """When the object is made."""
    with pytest.raises(InvalidInputError, match="rate_limiter is a RateLimiter of this package"):
        kind(rate_limiter=Theirs())


@pytest.mark.parametrize("kind", KINDS)
def test_copies_share_the_limiter(kind: Any) -> None:
    """Copies and deep copies wait in the same queue; a stored one has a limit of its own."""
    limiter = ADAPTERS["langchain"].limiter(requests_per_second=3)
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


@EITHER
def test_a_limiter_can_be_set_and_taken_away(
    adapter: Adapter, edge: Sandbox, limit: Limit, clock: LeapingClock
) -> None:
    """Setting the field works as giving it to the constructor."""
    model = adapter.kinds[0](**reach(edge))
    model.rate_limiter = limit(adapter, requests_per_second=1)
    start = clock.now()

    for question in QUESTIONS[:3]:
        adapter.ask(model, question)
    assert clock.now() - start == 2

    model.rate_limiter = None
    for question in QUESTIONS[3:20]:
        adapter.ask(model, question)
    assert clock.now() - start == 2


def test_it_is_not_stored_with_the_model() -> None:
    """The frameworks' own forms of a model leave it out."""
    limiter = ADAPTERS["langchain"].limiter.edge()
    model = ChatPollinations(api_key="sk_x", rate_limiter=limiter)
    llm = Pollinations(api_key="sk_x", rate_limiter=limiter)

    assert "rate_limiter" not in json.loads(dumps(model))["kwargs"]
    for form in (model.model_dump(), llm.to_dict(), llm.to_json(), llm.to_payload()):
        assert "rate_limiter" not in form
