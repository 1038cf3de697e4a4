"""What LlamaIndex's own parts make of the choice among models."""

import copy
import json
import logging
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentStream, FunctionAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.instrumentation import (  # type: ignore[attr-defined] # core's own modules import it from there
    get_dispatcher,
)
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events.llm import LLMChatStartEvent
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

from llama_index_pollinations import Pollinations
from llama_index_pollinations.gateway import Catalog, CircuitBreaker, Client
from pollinations_sandbox import Fault, Sandbox

Make = Callable[..., Pollinations]
HELLO = [ChatMessage("Say pong.")]
PROMPT = PromptTemplate("Extract the person: {text}")
TEXT = "Ada is 36 years old."
CHAT = "/v1/chat/completions"


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@pytest.fixture(scope="module", params=["2026-01", "2026-10"])
def server(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(api=request.param) as sandbox:
        yield sandbox


@pytest.fixture
def make(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Make a model that speaks to the sandbox, does not wait, and caches in a folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def made(**fields: Any) -> Pollinations:
        defaults = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0}
        return Pollinations(**{**defaults, **fields})

    return made


@pytest.fixture
def catalog(sandbox: Sandbox, tmp_path: Path) -> Catalog:
    """A catalogue that has been read today."""
    client = Client(sandbox.api_key, sandbox.base_url)
    made = Catalog(client, tmp_path / "catalog.sqlite3")
    made.refresh()
    sandbox.clear()
    return made


def models_asked(sandbox: Sandbox) -> list[str]:
    return [str(request.body["model"]) for request in sandbox.requests if request.path == CHAT]


def test_each_model_is_asked_in_the_way_that_it_took(make: Make, sandbox: Sandbox) -> None:
    """A mode that the fallback refuses is not held against the first model, nor tried again."""
    sandbox.fail(Fault.status(503, model="gemini"))
    refused = b'{"error": {"message": "This model does not support structured output"}}'
    sandbox.fail(Fault.body(refused, status=400, model="openai"))
    llm = make(model="gemini", fallback_models=["openai"])
    llm.structured_predict(Person, PROMPT, text=TEXT)
    assert models_asked(sandbox) == ["gemini", "openai", "openai"]

    sandbox.clear()
    sandbox.fail(Fault.status(503, model="gemini"))
    llm.structured_predict(Person, PROMPT, text=TEXT)
    llm.structured_predict(Person, PROMPT, text=TEXT)

    assert [(r.body["model"], bool(r.body.get("tools"))) for r in sandbox.requests] == [
        ("gemini", False),
        ("openai", True),
        ("gemini", False),
    ]


def test_tracers_see_the_methods_as_plain_data(make: Make, colour: Any) -> None:
    """An event of a call for an object holds what was offered, and can be stored as JSON."""
    seen: list[LLMChatStartEvent] = []

    class Handler(BaseEventHandler):
        def handle(self, event: Any, **_: Any) -> None:
            if isinstance(event, LLMChatStartEvent):
                seen.append(event)

    handler = Handler()
    get_dispatcher().add_event_handler(handler)
    try:
        colour.whole(make(), "structured_predict", Person, PROMPT, text=TEXT)
    finally:
        get_dispatcher().event_handlers.remove(handler)

    [event] = seen
    told = json.loads(json.dumps(event.additional_kwargs))["_methods"]
    assert list(told) == ["json_schema", "tool", "prompt"]
    assert told["json_schema"]["response_format"]["json_schema"]["name"] == "Person"


async def test_an_agent_finishes_without_its_first_two_models(make: Make, sandbox: Sandbox) -> None:
    """A streaming agent runs its tool, answers, and says which model did it and why."""
    sandbox.fail(Fault.status(503, times=None, model="gemini"))
    sandbox.fail(Fault.status(500, times=None, model="openai"))
    llm = make(model="gemini", fallback_models=["openai", "mistral"])
    agent = FunctionAgent(tools=[add], llm=llm, streaming=True)

    handler = agent.run("What is 3 plus 4?")
    streamed = [e async for e in handler.stream_events() if isinstance(e, AgentStream)]
    answer: Any = await handler

    assert "7" in str(answer)
    assert "".join(event.delta for event in streamed) == str(answer)
    assert answer.raw["model_name"] == "mistral"
    assert [failed["model"] for failed in answer.raw["fallbacks"]] == ["gemini", "openai"]


def test_making_a_model_asks_nothing(make: Make, sandbox: Sandbox, tmp_path: Path) -> None:
    """Neither the constructor nor `metadata` looks anything up."""
    llm = make(model="auto", require={"vision": True})

    assert llm.metadata.model_name == "auto"
    assert llm.metadata.context_window == 128_000
    assert llm.metadata.is_function_calling_model
    assert make(model="auto", context_window=9_000).metadata.context_window == 9_000
    assert sandbox.requests == []
    assert list(tmp_path.iterdir()) == []


def test_what_stays_here_is_not_stored(make: Make, catalog: Catalog) -> None:
    """A stored model has names and wishes, not what is open or callable."""
    llm = make(
        model="auto",
        require={"inputs": {"video"}, "tools": True},
        fallback_models=["openai"],
        escalate_to="gemini-large",
        escalate_when=lambda _: False,
        catalog=catalog,
        circuit_breaker=CircuitBreaker(),
    )
    stored = llm.to_dict()

    assert not stored.keys() & {"catalog", "circuit_breaker", "escalate_when"}
    again = Pollinations.from_json(llm.to_json(), base_url=llm.base_url, api_key=llm.api_key)
    assert again.require == llm.require
    assert (again.fallback_models, again.escalate_to) == (["openai"], "gemini-large")
    assert again.chat(HELLO).additional_kwargs["model_name"].startswith(("gemini", "google/"))


def test_pickling_leaves_a_model_whole(make: Make) -> None:
    """LlamaIndex leaves a predicate out of the pickle; the model itself keeps it."""
    llm = make(escalate_to="gemini-large", escalate_when=lambda _: True)

    twin = pickle.loads(pickle.dumps(llm))  # noqa: S301 - our own bytes

    assert (twin.escalate_to, twin.escalate_when) == ("gemini-large", None)
    assert llm.chat(HELLO).additional_kwargs["model_name"] == "gemini-large"


@pytest.mark.parametrize("copied", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy])  # noqa: S301 - our own bytes
def test_a_used_model_can_be_copied(
    make: Make, catalog: Catalog, copied: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A copy knows the same catalogue, asks alike, and leaves the original whole."""
    llm = make(model="auto", catalog=catalog, fallback_models=["mistral"], escalate_when=len)
    last_of = llm.chat(HELLO)

    with caplog.at_level(logging.WARNING):
        twin = copied(llm)

    assert caplog.messages == []
    assert twin.chat(HELLO).message.content == last_of.message.content
    assert twin.catalog.path == catalog.path
    assert llm.chat(HELLO).message.content == last_of.message.content
