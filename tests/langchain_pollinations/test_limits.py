"""One limit for everything that LangChain asks of the gateway."""

import asyncio
import copy
import json
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.load import dumps
from langchain_core.rate_limiters import BaseRateLimiter, InMemoryRateLimiter

from langchain_pollinations import (
    ChatPollinations,
    InvalidInputError,
    PollinationsEmbeddings,
    PollinationsImageTool,
    RateLimiter,
    RateLimitError,
)
from pollinations_sandbox import Fault, Sandbox


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


@pytest.mark.parametrize("how", ["batch", "abatch"])
def test_two_hundred_questions_at_once_are_all_answered(
    how: str, edge: Sandbox, limit: Limit
) -> None:
    """With the limiter, the gateway's edge refuses none of a batch, in either colour."""
    model = ChatPollinations(rate_limiter=limit(), **reach(edge))

    if how == "batch":
        answers = model.batch(QUESTIONS, {"max_concurrency": 200})
    else:
        answers = asyncio.run(model.abatch(QUESTIONS))

    assert len({answer.id for answer in answers}) == 200
    assert statuses(edge) == {200: 200}


def test_models_embeddings_and_tools_share_one_limit(edge: Sandbox, limit: Limit) -> None:
    """Two chat models, embeddings and a tool stay below it together, in threads and on a loop."""
    limiter = limit()
    fields = reach(edge, rate_limiter=limiter)
    chats = [ChatPollinations(model=name, **fields) for name in ("openai", "mistral")]
    embeddings = PollinationsEmbeddings(chunk_size=1, max_concurrency=40, **fields)
    draw = PollinationsImageTool(model="flux", **fields)

    async def ask() -> None:
        await asyncio.gather(
            *(chat.abatch(QUESTIONS[:40]) for chat in chats),
            embeddings.aembed_documents(QUESTIONS[:40]),
            asyncio.to_thread(chats[0].batch, QUESTIONS[40:80]),
            *(draw.ainvoke({"prompt": question}) for question in QUESTIONS[:10]),
        )

    asyncio.run(ask())

    assert set(statuses(edge)) == {200}
    assert len(edge.requests) >= 170


def test_a_call_takes_one_turn(ask: Any, edge: Sandbox, limit: Limit, clock: Leaping) -> None:
    """LangChain's own question to the limiter and the client's are not counted twice."""
    model = ChatPollinations(rate_limiter=limit(requests_per_second=1), **reach(edge))
    start = clock.now()

    for number in range(3):
        ask(model, f"What is {number}?")

    assert len(edge.requests) == 3
    assert clock.now() - start == 2


def test_retries_and_fallbacks_take_turns_too(edge: Sandbox, limit: Limit, clock: Leaping) -> None:
    """Whatever is sent is counted."""
    model = ChatPollinations(
        fallback_models=["mistral"], rate_limiter=limit(requests_per_second=1), **reach(edge)
    )
    edge.fail(Fault.status(500, times=2, model="openai"))
    start = clock.now()

    answer = model.invoke("Hi!")

    assert answer.response_metadata["model_name"] == "mistral"
    assert len(edge.requests) == 3
    assert clock.now() - start == 2


def test_a_publishable_key_is_never_refused(edge: Sandbox, limit: Limit, clock: Leaping) -> None:
    """The model looks its prices up, and the next call begins when the last is paid off."""
    limiter = limit(pollen_per_hour=0.0001)  # the sandbox's models cost less than it charges
    model = ChatPollinations(rate_limiter=limiter, **reach(edge, api_key="pk_slow"))
    start = clock.now()

    answers = model.batch(QUESTIONS[:4], {"max_concurrency": 4})

    assert statuses(edge) == {200: len(edge.requests)}
    costs = [answer.response_metadata["cost"] for answer in answers]
    assert clock.now() - start >= sum(costs[:3]) * 3600 / 0.0001 * 0.99


def test_another_model_of_langchain_asks_it_too() -> None:
    """It is one of LangChain's limiters, for any of its chat models."""
    limiter = RateLimiter(requests_per_second=0.001, timeout=0)
    model = FakeListChatModel(responses=["one", "two"], rate_limiter=limiter)
    assert isinstance(limiter, BaseRateLimiter)

    assert model.invoke("Hi").text == "one"
    with pytest.raises(RateLimitError, match="No turn"):
        model.invoke("Hi")
    with pytest.raises(RateLimitError, match="No turn"):
        asyncio.run(model.ainvoke("Hi"))


@pytest.mark.parametrize("how", ["invoke", "ainvoke", "stream", "astream"])
def test_a_limiter_read_from_a_model_limits_another(
    how: str, edge: Sandbox, limit: Limit, clock: Leaping
) -> None:
    """It is the same object; calls of both models in turn take one turn each, in either order."""
    limiter = limit(requests_per_second=1)
    mine = ChatPollinations(rate_limiter=limiter, **reach(edge))
    theirs = FakeListChatModel(responses=["one", "two"], rate_limiter=mine.rate_limiter)
    vectors = PollinationsEmbeddings(rate_limiter=mine.rate_limiter, **reach(edge))
    assert mine.rate_limiter is limiter
    start = clock.now()

    def call(model: Any) -> None:
        if how == "astream":
            asyncio.run(_gathered(model))
        elif how == "ainvoke":
            asyncio.run(model.ainvoke("Hi!"))
        else:
            list(getattr(model, how)("Hi!"))

    for number, model in enumerate([theirs, theirs, mine, theirs, mine, mine]):
        call(model)
        assert clock.now() - start == number
    vectors.embed_query("Hi!")
    assert clock.now() - start == 6


async def _gathered(model: Any) -> list[Any]:
    return [piece async for piece in model.astream("Hi!")]


def test_a_turn_that_a_model_does_not_use_is_not_kept(
    edge: Sandbox, limit: Limit, clock: Leaping
) -> None:
    """Each request of a retry waits, even if a model of another package took turns before."""
    limiter = limit(requests_per_second=1)
    FakeListChatModel(responses=["one"], rate_limiter=limiter).invoke("Hi!")
    edge.fail(Fault.status(503, retry_after=0))
    start = clock.now()

    ChatPollinations(rate_limiter=limiter, **reach(edge)).invoke("Hi!")

    assert len(edge.requests) == 2
    assert clock.now() - start == 2


def test_a_limiter_of_langchain_works_as_ever(edge: Sandbox) -> None:
    """Chat models are asked by LangChain itself, once for each call."""

    class Counting(InMemoryRateLimiter):
        asked = 0

        def acquire(self, *, blocking: bool = True) -> bool:
            self.asked += 1
            return blocking

    limiter = Counting()
    model = ChatPollinations(rate_limiter=limiter, **reach(edge))
    edge.fail(Fault.status(503, retry_after=0))

    model.invoke("Hi!")

    assert model.rate_limiter is limiter
    assert (limiter.asked, len(edge.requests)) == (1, 2)


@pytest.mark.parametrize("kind", [PollinationsEmbeddings, PollinationsImageTool])
def test_where_langchain_asks_nobody_its_limiter_is_refused(kind: Any) -> None:
    """A limiter that would do nothing is found when the object is made."""
    with pytest.raises(InvalidInputError, match="InMemoryRateLimiter has no effect"):
        kind(rate_limiter=InMemoryRateLimiter())


@pytest.mark.parametrize("kind", [ChatPollinations, PollinationsEmbeddings, PollinationsImageTool])
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


def test_a_limiter_can_be_set_and_taken_away(edge: Sandbox, limit: Limit, clock: Leaping) -> None:
    """Setting the field works as giving it to the constructor."""
    model = ChatPollinations(**reach(edge))
    model.rate_limiter = limit(requests_per_second=1)
    start = clock.now()

    model.batch(QUESTIONS[:3])
    assert clock.now() - start == 2

    model.rate_limiter = None
    model.batch(QUESTIONS[3:20])
    assert clock.now() - start == 2


def test_it_is_not_stored_with_the_model() -> None:
    """LangChain's own form of a model leaves it out."""
    model = ChatPollinations(api_key="sk_x", rate_limiter=RateLimiter.edge())

    assert "rate_limiter" not in json.loads(dumps(model))["kwargs"]
    assert "rate_limiter" not in model.model_dump()


def test_wrong_numbers_are_langchain_s_errors() -> None:
    """What is wrong with a limiter is told in the family that this package raises."""
    with pytest.raises(InvalidInputError):
        RateLimiter()
