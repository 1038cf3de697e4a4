"""One limit for everything that LlamaIndex asks of the gateway, on old cores and on new ones."""

import asyncio
import copy
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.llms import ChatMessage, MockLLM

from llama_index_pollinations import (
    InvalidInputError,
    Pollinations,
    PollinationsEmbedding,
    PollinationsToolSpec,
    RateLimiter,
)
from pollinations_sandbox import Fault, Sandbox

# LlamaIndex asks limiters itself since its core 0.14.16.
ASKS = "rate_limiter" in BaseLLM.model_fields
KINDS = [Pollinations, PollinationsEmbedding, PollinationsToolSpec]


class Leaping(Protocol):
    """The clock of the tests' `conftest.py`."""

    busy: Callable[[], object]

    def now(self) -> float: ...


Limit = Callable[..., RateLimiter]


@pytest.fixture
def limit(clock: Any) -> Iterator[Limit]:
    """Make a limiter whose time leaps."""

    def made(**said: Any) -> RateLimiter:
        limiter = RateLimiter(clock=clock, **said) if said else RateLimiter.edge(clock=clock)
        clock.busy = lambda: limiter.under_way
        return limiter

    return made


def reach(sandbox: Sandbox, **fields: Any) -> dict[str, Any]:
    return {"base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields}


def statuses(sandbox: Sandbox) -> Counter[int]:
    return Counter(record.status for record in sandbox.requests)


QUESTIONS = [f"What is {number} and {number}?" for number in range(200)]


@pytest.mark.parametrize("how", ["threads", "coroutines"])
def test_two_hundred_questions_at_once_are_all_answered(
    how: str, edge: Sandbox, limit: Limit
) -> None:
    """With the limiter, the gateway's edge refuses none of them, in either colour."""
    llm = Pollinations(rate_limiter=limit(), **reach(edge))

    async def ask() -> list[Any]:
        if how == "coroutines":
            return await asyncio.gather(*(llm.acomplete(question) for question in QUESTIONS))
        jobs = (asyncio.to_thread(llm.complete, question) for question in QUESTIONS)
        return await asyncio.gather(*jobs)

    answers = asyncio.run(ask())

    assert all(answer.text for answer in answers)
    assert statuses(edge) == {200: 200}


def test_models_embeddings_and_tools_share_one_limit(edge: Sandbox, limit: Limit) -> None:
    """Two models, embeddings and a tool stay below it together, in threads and on a loop."""
    fields = reach(edge, rate_limiter=limit())
    first, second = (Pollinations(model=name, **fields) for name in ("openai", "mistral"))
    embedding = PollinationsEmbedding(embed_batch_size=1, **fields)
    spec = PollinationsToolSpec(image_model="flux", **fields)

    async def ask() -> None:
        await asyncio.gather(
            *(first.acomplete(question) for question in QUESTIONS[:40]),
            *(asyncio.to_thread(second.complete, question) for question in QUESTIONS[:40]),
            embedding.aget_text_embedding_batch(QUESTIONS[:40]),
            *(spec.agenerate_image(question) for question in QUESTIONS[:10]),
        )

    asyncio.run(ask())

    assert set(statuses(edge)) == {200}
    assert len(edge.requests) >= 130


async def _last(pieces: Any) -> Any:
    return [piece async for piece in await pieces][-1]


WAYS: dict[str, Callable[[Pollinations, str], Any]] = {
    "chat": lambda llm, text: llm.chat([ChatMessage(text)]),
    "achat": lambda llm, text: asyncio.run(llm.achat([ChatMessage(text)])),
    "stream_chat": lambda llm, text: list(llm.stream_chat([ChatMessage(text)])),
    "astream_chat": lambda llm, text: asyncio.run(_last(llm.astream_chat([ChatMessage(text)]))),
    "complete": lambda llm, text: llm.complete(text),
    "acomplete": lambda llm, text: asyncio.run(_awaited(llm.acomplete(text))),
    "stream_complete": lambda llm, text: list(llm.stream_complete(text)),
    "astream_complete": lambda llm, text: asyncio.run(_last(llm.astream_complete(text))),
}


async def _awaited(answer: Any) -> Any:
    return await answer


@pytest.mark.parametrize("way", WAYS)
def test_a_call_takes_one_turn(way: str, edge: Sandbox, limit: Limit, clock: Leaping) -> None:
    """LlamaIndex's own question to the limiter and the client's are not counted twice."""
    llm = Pollinations(rate_limiter=limit(requests_per_second=1), **reach(edge))
    start = clock.now()

    for number in range(3):
        WAYS[way](llm, f"What is {number}?")

    assert len(edge.requests) == 3
    assert clock.now() - start == 2


def test_each_batch_of_texts_takes_a_turn(edge: Sandbox, limit: Limit, clock: Leaping) -> None:
    """Embeddings count the requests that are sent."""
    embedding = PollinationsEmbedding(
        embed_batch_size=2, rate_limiter=limit(requests_per_second=1), **reach(edge)
    )
    start = clock.now()

    embedding.get_text_embedding_batch(QUESTIONS[:6])

    assert len(edge.requests) == 3
    assert clock.now() - start == 2


def test_retries_and_fallbacks_take_turns_too(edge: Sandbox, limit: Limit, clock: Leaping) -> None:
    """Whatever is sent is counted."""
    llm = Pollinations(
        fallback_models=["mistral"], rate_limiter=limit(requests_per_second=1), **reach(edge)
    )
    edge.fail(Fault.status(500, times=2, model="openai"))
    start = clock.now()

    answer = llm.complete("Hi!")

    assert answer.additional_kwargs["model_name"] == "mistral"
    assert len(edge.requests) == 3
    assert clock.now() - start == 2


def test_a_publishable_key_is_never_refused(edge: Sandbox, limit: Limit, clock: Leaping) -> None:
    """The model looks its prices up, and the next call begins when the last is paid off."""
    limiter = limit(pollen_per_hour=0.0001)  # the sandbox's models cost less than it charges
    llm = Pollinations(rate_limiter=limiter, **reach(edge, api_key="pk_slow"))
    start = clock.now()

    async def ask() -> list[Any]:
        return await asyncio.gather(*(llm.acomplete(question) for question in QUESTIONS[:4]))

    answers = asyncio.run(ask())

    assert statuses(edge) == {200: len(edge.requests)}
    costs = [answer.additional_kwargs["cost"] for answer in answers]
    assert clock.now() - start >= sum(costs[:3]) * 3600 / 0.0001 * 0.99


@pytest.mark.skipif(not ASKS, reason="this core asks no limiter")
def test_another_model_of_llama_index_asks_it_too() -> None:
    """It is one of LlamaIndex's limiters, for any of its models."""
    from llama_index.core.rate_limiter import BaseRateLimiter  # noqa: PLC0415 - not on every core

    limiter = RateLimiter(requests_per_second=0.001)
    llm = MockLLM()
    llm.rate_limiter = limiter

    llm.complete("Hi")

    assert isinstance(limiter, BaseRateLimiter)
    assert not limiter.acquire(blocking=False)


@pytest.mark.skipif(not ASKS, reason="this core asks no limiter")
@pytest.mark.parametrize("way", WAYS)
def test_a_limiter_read_from_a_model_limits_another(
    way: str, edge: Sandbox, limit: Limit, clock: Leaping
) -> None:
    """It is the same object; calls of both models in turn take one turn each, in either order."""
    limiter = limit(requests_per_second=1)
    mine = Pollinations(rate_limiter=limiter, **reach(edge))
    theirs = MockLLM()
    theirs.rate_limiter = mine.rate_limiter
    vectors = PollinationsEmbedding(rate_limiter=mine.rate_limiter, **reach(edge))
    assert mine.rate_limiter is limiter
    start = clock.now()

    for number, llm in enumerate([theirs, theirs, mine, theirs, mine, mine]):
        WAYS["complete" if llm is theirs else way](llm, "Hi!")
        assert clock.now() - start == number
    vectors.get_text_embedding("Hi!")
    assert clock.now() - start == 6


@pytest.mark.parametrize("name", ["get_text_embedding_batch", "aget_text_embedding_batch"])
def test_batches_of_texts_take_one_turn_each(
    name: str, edge: Sandbox, limit: Limit, clock: Leaping
) -> None:
    """Also where LlamaIndex takes all turns first and sends all requests after that."""
    embedding = PollinationsEmbedding(
        embed_batch_size=2,
        rate_limiter=limit(requests_per_second=4, window=10.0),
        **reach(edge),
    )
    start = clock.now()

    made = getattr(embedding, name)(QUESTIONS[:80])
    vectors = made if isinstance(made, list) else asyncio.run(made)

    assert (len(vectors), len(edge.requests)) == (80, 40)
    assert clock.now() == start


class _Theirs:
    """A limiter in LlamaIndex's form."""

    asked = 0

    def acquire(self, num_tokens: int = 0) -> None:
        del num_tokens
        self.asked += 1


@pytest.mark.skipif(not ASKS, reason="this core asks no limiter")
def test_a_limiter_of_llama_index_works_as_ever(edge: Sandbox) -> None:
    """Models are asked by LlamaIndex itself, once for each call."""
    limiter = _Theirs()
    llm = Pollinations(rate_limiter=limiter, **reach(edge))
    edge.fail(Fault.status(503, retry_after=0))

    llm.complete("Hi!")

    assert llm.rate_limiter is limiter
    assert (limiter.asked, len(edge.requests)) == (1, 2)


@pytest.mark.parametrize("kind", [PollinationsToolSpec] if ASKS else KINDS)
def test_where_llama_index_asks_nobody_its_limiter_is_refused(kind: Any) -> None:
    """A limiter that would do nothing is found when the object is made."""
    with pytest.raises(InvalidInputError, match="_Theirs has no effect"):
        kind(rate_limiter=_Theirs())


@pytest.mark.parametrize("kind", KINDS)
def test_copies_share_the_limiter(kind: Any) -> None:
    """Of copies, deep copies and stored ones, all wait in the same queue."""
    limiter = RateLimiter(requests_per_second=3)
    mine = kind(api_key="sk_x", rate_limiter=limiter)

    for other in (
        copy.copy(mine),
        copy.deepcopy(mine),
        mine.model_copy(deep=True),
        pickle.loads(pickle.dumps(mine)),  # noqa: S301 - our own
        kind(api_key="sk_x", rate_limiter=mine.rate_limiter),
    ):
        assert other.rate_limiter == limiter
        assert other._clients()[0].settings.rate_limiter == limiter
        assert other._clients()[1].settings.rate_limiter == limiter


def test_a_limiter_can_be_set_later(edge: Sandbox, limit: Limit, clock: Leaping) -> None:
    """Setting the field works as giving it to the constructor."""
    llm = Pollinations(**reach(edge))
    llm.rate_limiter = limit(requests_per_second=1)
    start = clock.now()

    for number in range(3):
        llm.complete(f"What is {number}?")

    assert clock.now() - start == 2


def test_it_is_not_stored_with_the_model() -> None:
    """LlamaIndex's own form of a model leaves it out."""
    llm = Pollinations(api_key="sk_x", rate_limiter=RateLimiter.edge())

    assert "rate_limiter" not in llm.to_dict()
    assert "rate_limiter" not in llm.to_json()
    assert "rate_limiter" not in llm.to_payload()
