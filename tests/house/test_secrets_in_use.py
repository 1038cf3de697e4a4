"""The key goes to the gateway in one header: not into logs, traces, files, output or errors."""

import asyncio
import json
import logging
import pickle
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextvars import Context
from pathlib import Path
from typing import Any

import pytest
from key_search import KEY, NOWHERE, leaks, plain_keys
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.globals import set_debug
from listening import listening
from llama_index.core.callbacks import CallbackManager, LlamaDebugHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.span_handlers import SimpleSpanHandler
from llama_index.core.llms import ChatMessage
from media_tools import ARGUMENTS, KINDS, SOUND, Tools
from pydantic import BaseModel, ValidationError
from thread_loop import _loop  # noqa: F401 - a fixture
from ways import EVERY_WAY, WAYS, Way

from _pollinations.gateway import Catalog, Client, PollinationsError
from _pollinations.http.masking import chain
from langchain_pollinations import (
    ChatPollinations,
    PollenBudget,
    PollinationsEmbeddings,
)
from llama_index_pollinations import Pollinations, PollinationsEmbedding, PollinationsToolSpec
from pollinations_sandbox import Fault, Key, Sandbox


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A gateway that knows our key, and a cache folder that can be searched."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    (tmp_path / "sound.wav").write_bytes(SOUND)
    with Sandbox(keys={KEY: Key()}) as running:
        yield running


def where(url: str) -> dict[str, Any]:
    return {"api_key": KEY, "base_url": url, "max_retries": 0}


# What calls show while they run.


class Callbacks(BaseCallbackHandler):
    """Keeps what LangChain passes to callback handlers, and so to tracers such as LangSmith's."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("on_"):
            return super().__getattribute__(name)
        return lambda *args, **data: self.events.append(repr((name, args, data)))


class Person(BaseModel):
    """Somebody."""

    name: str


def media(framework: str, sandbox: Sandbox, folder: Path, **fields: Any) -> list[object]:
    """Use every media tool in both colours."""
    return [
        Tools(framework, colour, sandbox).use(kind, arguments, directory=folder, **fields).raw
        for colour in ("sync", "async")
        for kind, arguments in ARGUMENTS.items()
    ]


def with_langchain(sandbox: Sandbox, folder: Path) -> list[object]:
    """Use all of the LangChain adapter, with callbacks and events switched on."""
    callbacks = Callbacks()
    catalog = Catalog(Client(KEY, sandbox.base_url), folder / "catalog.sqlite3")
    budget = PollenBudget(1.0, catalog=catalog)
    watched = {**where(sandbox.base_url), "callbacks": [callbacks, budget]}
    model = ChatPollinations(model="openai", catalog=catalog, **watched)
    auto = ChatPollinations(model="auto", **watched)
    embeddings = PollinationsEmbeddings(**where(sandbox.base_url))
    tools = [kind(directory=folder, **where(sandbox.base_url)) for kind in KINDS.values()]
    answers: list[object] = [
        model.bind_tools(tools).invoke("Draw a bee."),
        model.with_structured_output(Person).invoke("Ann is here."),
        embeddings.embed_documents(["bees"]),
        *media("langchain", sandbox, folder, callbacks=[callbacks]),
    ]
    for way in WAYS[:4]:
        answers += way.answers(model, "Hi") + way.answers(auto, "Hi")

    async def also() -> None:
        answers.append([event async for event in model.astream_events("Hi", version="v2")])
        answers.append(await embeddings.aembed_query("bees"))
        answers.append(await catalog.arefresh())

    asyncio.run(also())
    assert len(callbacks.events) > 20
    answers += [callbacks.events, model.bind_tools([])]
    return [*answers, model, auto, embeddings, catalog, budget, *tools]


def with_llama_index(sandbox: Sandbox, folder: Path) -> list[object]:
    """Use all of the LlamaIndex adapter, with handlers of events and spans switched on."""
    spans, debug = SimpleSpanHandler(), LlamaDebugHandler(print_trace_on_end=True)
    watched = {**where(sandbox.base_url), "callback_manager": CallbackManager([debug])}
    catalog = Catalog(Client(KEY, sandbox.base_url), folder / "catalog.sqlite3")
    llm = Pollinations(model="openai", catalog=catalog, **watched)
    auto = Pollinations(model="auto", **watched)
    embedding = PollinationsEmbedding(**watched)
    spec = PollinationsToolSpec(directory=folder, **where(sandbox.base_url))
    root = get_dispatcher()
    before = list(root.span_handlers)
    root.add_span_handler(spans)
    try:
        with listening() as heard:
            answers: list[object] = [
                llm.chat_with_tools(spec.to_tool_list(), user_msg="Draw a bee."),
                llm.as_structured_llm(Person).chat([ChatMessage("Ann is here.")]),
                embedding.get_text_embedding_batch(["bees"]),
                asyncio.run(embedding.aget_query_embedding("bees")),
                *media("llama_index", sandbox, folder),
            ]
            for way in EVERY_WAY[4:]:
                answers += way.answers(llm, "Hi") + way.answers(auto, "Hi")
    finally:
        root.span_handlers = before
    assert len(heard.events) > 10
    assert spans.completed_spans
    events = [*heard.events, repr(debug.get_event_pairs()), *spans.completed_spans]
    return [*answers, *events, llm, auto, embedding, catalog, spec]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """All records of all loggers at any level, as handlers get them."""
    names = ["", *logging.root.manager.loggerDict]
    levels = [(logging.getLogger(name), logging.getLogger(name).propagate) for name in names]
    for log, _ in levels:
        caplog.set_level(logging.DEBUG, log.name)  # which it takes back itself
        log.propagate = True
    yield lambda: "\n".join(f"{r.getMessage()} {r.__dict__!r}" for r in caplog.records)
    for log, propagate in levels:
        log.propagate = propagate


@pytest.mark.parametrize("work", [with_langchain, with_llama_index])
def test_no_work_leaves_a_trace_of_the_key(
    work: Callable[[Sandbox, Path], list[object]],
    sandbox: Sandbox,
    tmp_path: Path,
    logged: Callable[[], str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Answers, traces, events, spans, logs, warnings, output and files are free of it.

    In the requests it is in the `Authorization` header, not in an address, a query or a body.
    """
    set_debug(value=True)  # LangChain prints all that it knows
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            # LlamaIndex prints nothing inside of a trace that another test left open.
            seen = Context().run(work, sandbox, tmp_path)
        finally:
            set_debug(value=False)
    printed = capfd.readouterr()

    assert [repr(thing)[:200] for thing in seen if leaks(thing)] == []
    assert [holder for thing in seen for holder in plain_keys(thing)] == []
    assert KEY not in logged()
    assert KEY not in printed.out + printed.err
    assert printed.out
    assert [str(warning) for warning in warned if KEY in str(warning)] == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {".jpg", ".mp3", ".sqlite3"} <= {path.suffix for path in files}
    assert [path for path in files if KEY.encode() in path.read_bytes() or KEY in path.name] == []
    for record in sandbox.requests:
        assert record.headers.pop("authorization") == f"Bearer {KEY}"
        assert KEY not in f"{record.raw_path} {record.query} {record.headers} {record.body!r}"


# What failures show.

ECHO = json.dumps({"error": {"message": f"Invalid API key {KEY}", "code": KEY}}).encode()
FAILURES: dict[str, Fault | None] = {
    "echo, 401": Fault.body(ECHO, status=401, times=None),
    "echo, 500": Fault.body(ECHO, status=500, times=None),
    "echo, 200": Fault.body(ECHO, times=None),
    "echo, HTML": Fault.body(f"<html>Bearer {KEY}</html>".encode(), status=502, times=None),
    "401": Fault.status(401, times=None),
    "429": Fault.status(429, times=None),
    "cut": Fault.cut(3, times=None),
    "reset at once": Fault.reset(0, times=None),
    "reset": Fault.reset(3, times=None),
    "stall": Fault.stall(3, seconds=600, times=None),
    "echo, event": Fault.event({"error": {"message": f"no {KEY}"}}, after=3, times=None),
    "empty": Fault.empty(times=None),
    "no server": None,
}


@pytest.mark.parametrize("model", [ChatPollinations, Pollinations])
@pytest.mark.parametrize(
    "fields",
    [
        {"temprature": 1},
        {"temperature": "hot"},
        {"base_url": "ftp://a.org"},
        {"base_url": f"https://a.org/?key={KEY}"},
        {"model_kwargs": {"nonsense": 1}},
        {"api_key": f"{KEY} {KEY}"},
        {"api_key": [KEY]},
    ],
)
def test_a_refused_constructor_does_not_show_the_key(model: Any, fields: dict[str, Any]) -> None:
    """Neither the error nor its traceback quotes what was passed."""
    with pytest.raises((PollinationsError, ValidationError)) as caught:
        model(**{"api_key": KEY, **fields})
    printed = "".join(traceback.format_exception(caught.value))

    assert KEY not in printed.replace("https://a.org/?key=" + KEY, "")
    assert KEY not in repr(caught.value)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("failure", FAILURES)
def test_no_error_shows_the_key(
    sandbox: Sandbox, logged: Callable[[], str], failure: str, way: Way
) -> None:
    """Not its text, its facts, its causes, its pickle, nor a traceback that prints all variables.

    Not even when the server repeats the key.
    """
    fault = FAILURES[failure]
    address = {} if fault else {"base_url": NOWHERE}
    seconds = 0.15 if failure == "stall" else 5
    waits = {"timeout": seconds, "stream_idle_timeout": seconds, "max_retries": 0}
    model = way.model(sandbox, **waits, **address)
    if fault:
        sandbox.fail(fault)
    with pytest.raises(Exception, match=r".") as caught:
        way.ask(model, "Hi")

    error = caught.value
    assert "pollinations" in type(error).__module__
    for link in chain(error):
        assert KEY not in f"{link} {link!r} {link.args!r} {link.__dict__!r}"
        assert plain_keys(link.args) == []
    assert KEY not in repr(pickle.dumps(error))
    assert KEY not in logged()
    if "echo" in failure:
        return  # the server's own words are in the variables that hold its answer
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert [line for line in trace.format() if KEY in line] == []
