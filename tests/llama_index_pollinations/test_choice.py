"""Which model answers: "auto", fallback models, what they cost, and who is left alone."""

import copy
import json
import logging
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentStream, FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.instrumentation import (  # type: ignore[attr-defined] # core's own modules import it from there
    get_dispatcher,
)
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events.llm import LLMChatStartEvent
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from llama_index_pollinations import (
    AuthenticationError,
    InvalidInputError,
    InvalidRequestError,
    PaymentRequiredError,
    Pollinations,
    PollinationsError,
)
from llama_index_pollinations.gateway import Catalog, CircuitBreaker, Client
from pollinations_sandbox import Fault, Key, Sandbox

Make = Callable[..., Pollinations]
HELLO = [ChatMessage("Say pong.")]
PROMPT = PromptTemplate("Extract the person: {text}")
TEXT = "Ada is 36 years old."
CHAT = "/v1/chat/completions"
DOWN = Fault.status(503, times=None, model="gemini")
FORMS = pytest.mark.parametrize("method", ["chat", "complete", "stream_chat", "stream_complete"])


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


ADD = FunctionTool.from_defaults(add)


@pytest.fixture(scope="module", params=["2026-01", "2026-10"])
def server(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    keys = {"sk_sandbox": Key(), "sk_one": Key(models=("gemini",))}
    with Sandbox(api=request.param, keys=keys) as sandbox:
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


def last(colour: Any, llm: Pollinations, method: str = "chat", **kwargs: Any) -> Any:
    """Ask in one of the eight ways and return the whole answer."""
    asked: Any = HELLO if method.endswith("chat") else "Say pong."
    if method.startswith("stream"):
        return colour.pieces(llm, method, asked, **kwargs)[-1]
    return colour.whole(llm, method, asked, **kwargs)


def answered_by(response: Any, catalog: Catalog) -> str:
    """The short name of the model that a response names, whichever of its names that is."""
    found = catalog.model(response.additional_kwargs["model_name"])
    assert found
    return next(name for name in ("gemini", "openai", "mistral", found.name) if is_(found, name))


def is_(model: Any, name: str) -> bool:
    return name == model.name or name in model.aliases


def models_asked(sandbox: Sandbox) -> list[str]:
    return [str(request.body["model"]) for request in sandbox.requests if request.path == CHAT]


@FORMS
def test_a_model_that_is_down_is_replaced(make: Make, colour: Any, method: str) -> None:
    """The next model answers, and says who did not and why."""
    with pytest.MonkeyPatch.context():
        llm = make(model="no-such-model", fallback_models=["openai"])
        response = last(colour, llm, method)

    assert (
        "pong"
        in str(response.message.content if method.endswith("chat") else response.text).lower()
    )
    assert response.additional_kwargs["model_name"] == "openai"
    [failed] = response.additional_kwargs["fallbacks"]
    assert failed["model"] == "no-such-model"
    assert failed["error"]
    assert response.raw["model_name"] == "openai"
    assert response.raw["fallbacks"] == [failed]


@pytest.mark.parametrize("method", ["chat", "stream_chat"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault.status(408),
        Fault.status(429, shape="upstream"),
        Fault.status(500),
        Fault.status(503),
        Fault.refusal("model"),
    ],
    ids=["408", "429", "500", "503", "not allowed"],
)
def test_the_models_errors_move_on(
    make: Make, sandbox: Sandbox, colour: Any, method: str, fault: Fault
) -> None:
    """What another model may not suffer from is no reason to give up."""
    sandbox.fail(fault)

    response = last(colour, make(model="gemini", fallback_models=["openai"]), method)

    assert models_asked(sandbox) == ["gemini", "openai"]
    assert response.additional_kwargs["model_name"] == "openai"


@pytest.mark.parametrize("server", ["2026-10"], indirect=True)
@pytest.mark.parametrize("method", ["chat", "stream_chat"])
def test_a_model_for_paid_pollen_moves_on(
    make: Make, sandbox: Sandbox, colour: Any, method: str
) -> None:
    """What free pollen does not buy, another model may give; 2026-01 does not tell them apart."""
    sandbox.fail(Fault.refusal("quest"))

    response = last(colour, make(model="gemini", fallback_models=["openai"]), method)

    assert response.additional_kwargs["model_name"] == "openai"


@pytest.mark.parametrize("method", ["chat", "stream_chat"])
def test_silence_before_the_first_token_moves_on(
    make: Make, sandbox: Sandbox, colour: Any, method: str
) -> None:
    """A timeout is the model's failure as long as nothing was said."""
    sandbox.fail(Fault.stall(after=0, seconds=5, model="gemini"))
    llm = make(model="gemini", fallback_models=["openai"], timeout=0.3, stream_idle_timeout=0.3)

    assert last(colour, llm, method).additional_kwargs["model_name"] == "openai"


@pytest.mark.parametrize("method", ["chat", "stream_chat"])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.status(400), InvalidRequestError),
        (Fault.status(401), AuthenticationError),
        (Fault.refusal("balance"), PaymentRequiredError),
    ],
    ids=["400", "401", "402"],
)
def test_the_callers_errors_stop(  # noqa: PLR0917 - fixtures come by position
    make: Make, sandbox: Sandbox, colour: Any, method: str, fault: Fault, kind: type[Exception]
) -> None:
    """No other model helps a wrong request, key or account."""
    sandbox.fail(fault)

    with pytest.raises(kind):
        last(colour, make(model="gemini", fallback_models=["openai"]), method)

    assert models_asked(sandbox) == ["gemini"]


def test_a_model_that_the_key_may_not_use_is_passed_over(make: Make, colour: Any) -> None:
    """A key for some models finds one that it may use."""
    llm = make(api_key="sk_one", fallback_models=["gemini"])

    assert last(colour, llm).additional_kwargs["model_name"] == "gemini"


def test_a_stream_that_has_begun_is_not_asked_elsewhere(
    make: Make, sandbox: Sandbox, colour: Any
) -> None:
    """Text that was handed out is never followed by another model's."""
    sandbox.fail(Fault.cut(after=3))

    with pytest.raises(PollinationsError):
        last(colour, make(fallback_models=["mistral"]), "stream_chat")

    assert models_asked(sandbox) == ["openai"]


def test_one_model_has_nothing_to_tell(make: Make, colour: Any) -> None:
    """Without fallbacks and without a catalogue nothing of them is in the answer."""
    response = last(colour, make())

    assert not response.additional_kwargs.keys() & {"fallbacks", "cost"}


@pytest.mark.parametrize("method", ["chat_with_tools", "stream_chat_with_tools"])
def test_tools_go_along_to_the_next_model(
    make: Make, sandbox: Sandbox, colour: Any, method: str
) -> None:
    """The model that answers is given the same tools."""
    sandbox.fail(DOWN)
    llm = make(model="gemini", fallback_models=["openai"])
    ask = colour.pieces if method.startswith("stream") else colour.whole

    made = ask(llm, method, [ADD], "What is 3 plus 4?", tool_required=True)
    response: ChatResponse = made[-1] if isinstance(made, list) else made

    assert response.additional_kwargs["model_name"] == "openai"
    [call] = llm.get_tool_calls_from_response(response)
    assert call.tool_kwargs == {"a": 3, "b": 4}


@pytest.mark.parametrize("mode", ["auto", "json_schema", "tool", "json_object", "prompt"])
def test_objects_come_from_the_next_model(
    make: Make, sandbox: Sandbox, colour: Any, mode: str
) -> None:
    """So do objects, in every mode, whole and in pieces."""
    sandbox.fail(DOWN)
    llm = make(model="gemini", fallback_models=["openai"], structured_output_mode=mode)

    whole = colour.whole(llm, "structured_predict", Person, PROMPT, text=TEXT)
    pieces = colour.pieces(llm, "stream_structured_predict", Person, PROMPT, text=TEXT)

    assert whole == pieces[-1] == Person(name="Ada", age=36)
    assert models_asked(sandbox) == ["gemini", "openai"] * 2


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
    sandbox.fail(DOWN)
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


def test_a_model_that_fails_is_left_alone_for_a_while(
    make: Make, sandbox: Sandbox, colour: Any
) -> None:
    """After three failures in a row it is asked last for a minute, then for two."""
    now = [0.0]
    circuit_breaker = CircuitBreaker()
    circuit_breaker._clock = lambda: now[0]
    llm = make(model="gemini", fallback_models=["openai"], circuit_breaker=circuit_breaker)
    sandbox.fail(DOWN)

    def first_asked() -> str:
        sandbox.requests.clear()
        last(colour, llm)
        return models_asked(sandbox)[0]

    assert [first_asked() for _ in range(4)] == ["gemini"] * 3 + ["openai"]
    now[0] = 61
    assert [first_asked() for _ in range(4)] == ["gemini"] * 3 + ["openai"]
    now[0] = 61 + 119
    assert first_asked() == "openai"
    now[0] = 61 + 121
    assert first_asked() == "gemini"


def test_making_a_model_asks_nothing(make: Make, sandbox: Sandbox, tmp_path: Path) -> None:
    """Neither the constructor nor `metadata` looks anything up."""
    llm = make(model="auto", require={"vision": True})

    assert llm.metadata.model_name == "auto"
    assert llm.metadata.context_window == 128_000
    assert llm.metadata.is_function_calling_model
    assert make(model="auto", context_window=9_000).metadata.context_window == 9_000
    assert sandbox.requests == []
    assert list(tmp_path.iterdir()) == []


@FORMS
def test_auto_takes_the_best_there_is(
    make: Make, sandbox: Sandbox, catalog: Catalog, colour: Any, method: str
) -> None:
    """The first of the default order answers; a fresh store means no further request."""
    response = last(colour, make(model="auto", catalog=catalog), method)

    assert answered_by(response, catalog) == "gemini"
    assert [request.path for request in sandbox.requests] == [CHAT]


def test_auto_reads_the_lists_once(make: Make, sandbox: Sandbox, colour: Any) -> None:
    """Without a catalogue of the user's a model has one of its own."""
    llm = make(model="auto")
    last(colour, llm)
    lists = len(sandbox.requests) - 1
    last(colour, llm)

    assert lists > 0
    assert len(sandbox.requests) == lists + 2


def test_auto_meets_what_is_required(make: Make, catalog: Catalog, colour: Any) -> None:
    """Of the default order what fits, else the cheapest that does; nobody is an error."""
    seeing = make(model="auto", catalog=catalog, require={"inputs": ["video"]})
    searching = make(model="auto", catalog=catalog, require={"tools": False})

    assert answered_by(last(colour, seeing), catalog) == "gemini"
    cheapest = catalog.model(last(colour, searching).additional_kwargs["model_name"])
    assert cheapest
    assert not cheapest.tools
    with pytest.raises(InvalidInputError, match="require"):
        last(colour, make(model="auto", catalog=catalog, require={"min_context": 10**9}))


def test_auto_goes_on_to_the_next(
    make: Make, sandbox: Sandbox, catalog: Catalog, colour: Any
) -> None:
    """The order is also what is fallen back to."""
    sandbox.fail(DOWN)

    response = last(colour, make(model="auto", catalog=catalog), "stream_chat")

    assert answered_by(response, catalog) == "openai"
    assert response.additional_kwargs["fallbacks"][0]["status"] == 503


def test_auto_gives_objects_and_calls_tools(make: Make, catalog: Catalog, colour: Any) -> None:
    """Structured output and tools need no model's name."""
    llm = make(model="auto", catalog=catalog)

    found = colour.whole(llm, "structured_predict", Person, PROMPT, text=TEXT)
    response = colour.whole(llm, "chat_with_tools", [ADD], "What is 3 plus 4?", tool_required=True)

    assert found == Person(name="Ada", age=36)
    assert llm.get_tool_calls_from_response(response)


def test_the_gateway_may_keep_its_lists(make: Make, tmp_path: Path, colour: Any) -> None:
    """Where discovery fails, the default order is asked, and a price is not told."""
    nobody = Client("sk_sandbox", "http://127.0.0.1:9", max_retries=0)
    catalog = Catalog(nobody, tmp_path / "catalog.sqlite3")

    response = last(colour, make(model="auto", catalog=catalog))

    assert "cost" not in response.additional_kwargs
    assert response.additional_kwargs["model_name"] == "gemini"


def test_a_call_may_name_its_model(make: Make, sandbox: Sandbox, colour: Any) -> None:
    """`model=` of a call goes before the field, and before "auto"."""
    response = last(colour, make(model="auto"), model="mistral")

    assert response.additional_kwargs["model_name"] == "mistral"
    assert models_asked(sandbox) == ["mistral"]


@FORMS
def test_an_answer_has_its_price(make: Make, catalog: Catalog, colour: Any, method: str) -> None:
    """In pollen, from the counts and the catalogue."""
    told = last(colour, make(catalog=catalog), method).additional_kwargs

    expected = told["prompt_tokens"] * 0.15e-6 + told["completion_tokens"] * 0.6e-6
    assert told["cost"] == pytest.approx(expected)
    assert told["cost"] > 0


def test_an_answer_from_the_cache_is_free(make: Make, catalog: Catalog, colour: Any) -> None:
    """What the gateway has said before costs nothing."""
    llm = make(catalog=catalog, user=str(colour))
    last(colour, llm)

    again = last(colour, llm).additional_kwargs

    assert again["headers"]["x-cache"] == "HIT"
    assert again["cost"] == 0


def test_a_catalogue_on_request(make: Make, colour: Any) -> None:
    """`catalog=True` keeps one in the cache folder."""
    assert last(colour, make(catalog=True)).additional_kwargs["cost"] > 0


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
