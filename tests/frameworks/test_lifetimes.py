"""One model in many loops, threads and processes; tests/load has streams that are left early."""

import asyncio
import gc
import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from copy import copy, deepcopy
from typing import Any

import pytest
from chats import echo
from llama_index.core.prompts import PromptTemplate
from pydantic import PrivateAttr
from ways import EACH_WAY, EITHER, WAYS, Way

from langchain_pollinations import ChatPollinations
from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox

COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy,
    "deepcopy": deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),  # noqa: S301 - our own bytes
}


async def answer(model: Any, words: str) -> str:
    """The text of an answer, on an event loop."""
    if isinstance(model, ChatPollinations):
        return (await model.ainvoke(words)).text
    return str((await model.acomplete(words)).text)


async def answers(model: Any, words: list[str]) -> list[str]:
    return await asyncio.gather(*(answer(model, one) for one in words))


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait up to two seconds for something that happens in the sandbox's thread."""
    ticks = threading.Event()
    for _ in range(100):
        if holds():
            return True
        ticks.wait(0.02)
    return holds()


@EITHER
def test_five_hundred_calls_at_once_succeed(sandbox: Sandbox, way: Way) -> None:
    """None of them fails, and each gets its own answer."""
    words = [f"Say only: word{number}" for number in range(500)]

    texts = asyncio.run(answers(way.model(sandbox, max_retries=0), words))

    assert texts == [echo(one) for one in words]
    assert len(sandbox.requests) == 500


@EITHER
def test_one_model_works_in_one_loop_after_another(way: Way) -> None:
    """Whole and streamed; connections close with their loop."""
    streaming = next(other for other in WAYS if other.method in {"astream", "astream_chat"})
    with Sandbox() as own:
        model = way.model(own, max_retries=0)
        for _ in range(3):
            assert all(asyncio.run(answers(model, [f"Hi {number}" for number in range(5)])))
            if way.framework == streaming.framework:
                assert streaming.ask(model, "Hi").finished
        assert eventually(lambda: own.open_connections == 0)


@EITHER
def test_eight_threads_have_loops_of_their_own(sandbox: Sandbox, way: Way) -> None:
    """The same instance serves them all at once, in both colours."""
    model = way.model(sandbox, max_retries=0)
    texts: list[str] = []

    def work(number: int) -> None:
        words = f"Say only: t{number}"
        for _ in range(2):
            texts.extend(asyncio.run(answers(model, [words] * 5)))
        texts.append(way.ask(model, words).text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(texts) == sorted(echo(f"Say only: t{n}") for n in range(8) for _ in range(11))


async def test_a_running_loop_may_be_blocked(sandbox: Sandbox) -> None:
    """Notebooks call synchronous methods inside a running loop."""
    for way in (WAYS[0], WAYS[4]):
        model = way.model(sandbox)
        assert way.ask(model, "Hi").text
        assert await answer(model, "Hi")
    assert Pollinations.predict(model, PromptTemplate("Say {x}"), x="hi")


@EACH_WAY
@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("used", [True, False], ids=["used", "new"])
def test_copies_are_equal_and_work(sandbox: Sandbox, way: Way, how: str, *, used: bool) -> None:
    """A used model can be copied and pickled as well as a new one, with all its settings."""
    model = way.model(sandbox, temperature=0.5, seed=3, default_headers={"x-a": "b"})
    if used:
        way.ask(model, "Hi")

    twin = COPIES[how](model)

    assert type(twin) is type(model)
    assert twin == model or way.framework == "llama_index"  # callback managers are never equal
    assert twin.model_dump(exclude={"callback_manager"}) == model.model_dump(
        exclude={"callback_manager"}
    )
    assert way.ask(twin, "Say only: hello").text == echo("Say only: hello")
    sent = sandbox.last
    assert (sent.body["temperature"], sent.headers["x-a"]) == (0.5, "b")
    assert sent.headers["authorization"] == f"Bearer {sandbox.api_key}"


class _Greeting(ChatPollinations):
    """A model of the user's own."""

    greeting: str = "Hi"
    _greeted: int = PrivateAttr(default=0)

    def greet(self) -> str:
        """Count greetings in a private attribute."""
        self._greeted += 1
        return self.invoke(self.greeting).text


@pytest.mark.parametrize("how", COPIES)
def test_a_subclass_keeps_what_it_added(sandbox: Sandbox, how: str) -> None:
    """Fields and private attributes of a subclass are copied too."""
    here: Any = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
    model = _Greeting(**here, greeting="Say only: hello")
    model.greet()
    twin = COPIES[how](model)

    assert twin.greet() == echo("Say only: hello")
    assert (model._greeted, twin._greeted) == (1, 2)


@EITHER
def test_a_changed_setting_counts_at_once(sandbox: Sandbox, way: Way) -> None:
    """The model may be changed after its first call, and so may a copy, to another key too."""
    model = way.model(sandbox)
    way.ask(model, "Hi")
    model.default_headers = {"x-mine": "1"}
    way.ask(model, "Hi")
    way.ask(model.model_copy(update={"default_headers": {"x-mine": "2"}}), "Hi")
    name = "pollinations_api_key" if way.framework == "langchain" else "api_key"
    with pytest.raises(Exception, match="401"):
        way.ask(model.model_copy(update={name: "sk_x"}), "Hi again")

    assert [r.headers.get("x-mine") for r in sandbox.requests] == [None, "1", "2", "1"]
    assert sandbox.last.headers["authorization"] == "Bearer sk_x"


def _in_child(model: Any, texts: Any) -> None:
    texts.put(asyncio.run(answers(model, ["Say only: child"] * 2)))


@EITHER
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings(
    # the sandbox's thread does not go on in the child, which does not need it
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)
def test_a_forked_child_has_connections_of_its_own(sandbox: Sandbox, way: Way) -> None:
    """Parent and child go on with the same model and do not disturb each other."""
    model = way.model(sandbox)
    way.ask(model, "Hi")
    context = multiprocessing.get_context("fork")
    texts = context.Queue()
    child = context.Process(target=_in_child, args=(model, texts))
    child.start()
    assert texts.get(timeout=20) == [echo("Say only: child")] * 2
    child.join()

    assert child.exitcode == 0
    assert way.ask(model, "Say only: parent").text == echo("Say only: parent")


@pytest.mark.parametrize("way", [WAYS[0], WAYS[2], WAYS[4], WAYS[6]], ids=str)
def test_calls_reuse_one_connection_and_close_it(way: Way) -> None:
    """Ten calls in a row need one; it closes with the model, which can be used again."""
    gc.collect()
    with Sandbox() as own:
        with way.model(own) as model:
            for _ in range(10):
                way.ask(model, "Hi")
            assert own.connections == 1
        assert eventually(lambda: own.open_connections == 0)
        assert way.ask(model, "Hi").text


@EITHER
async def test_coroutines_reuse_one_connection_and_close_it(way: Way) -> None:
    """The same holds on an event loop."""
    with Sandbox() as own:
        model = way.model(own)
        context: AbstractAsyncContextManager[Any] = model
        async with context:
            for _ in range(5):
                await answer(model, "Hi")
            assert own.connections == 1
        assert await asyncio.to_thread(eventually, lambda: own.open_connections == 0)
