"""The key is nowhere but in the Authorization header."""

import asyncio
import json
import logging
import pickle
import pickletools
import traceback
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumpd, dumps, load
from langchain_core.tracers import BaseTracer, Run
from pydantic import SecretStr, ValidationError

from langchain_pollinations import ChatPollinations, PollinationsError
from pollinations_sandbox import Fault, Key, Sandbox

KEY = "sk_a_key_that_nobody_may_see"


@pytest.fixture
def model(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> ChatPollinations:
    """A model with a key that is easy to search for."""
    monkeypatch.setitem(sandbox._state.keys, KEY, Key())  # type: ignore[arg-type] # it is a dict
    return ChatPollinations(base_url=sandbox.base_url, api_key=KEY, max_retries=0)


class _Everything(BaseTracer):
    """Keeps whatever a tracer is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def _persist_run(self, run: Run) -> None:
        self.told.append(repr(run.__dict__))

    def on_chat_model_start(self, serialized: Any, messages: Any, **told: Any) -> Any:
        self.told.append(repr((serialized, messages, told)))
        return super().on_chat_model_start(serialized, messages, **told)


def test_what_a_model_shows_of_itself_has_no_key(model: ChatPollinations) -> None:
    """No repr, dump or serialized form names it."""
    model.invoke("Hi")
    bound = model.bind_tools([])
    shown = [
        repr(model), str(model), repr(vars(model)), repr(model.__pydantic_private__),
        repr(model.model_dump()), model.model_dump_json(), repr(model.asdict()),
        repr(model._identifying_params), repr(model._get_ls_params()),
        repr(model._get_invocation_params()), model._get_llm_string(),
        dumps(model), repr(dumpd(model)), repr(model._clients()), repr(model.lc_attributes),
        repr(bound), dumps(bound), repr(dumpd(bound)),
    ]  # fmt: skip
    assert [text for text in shown if KEY in text] == []


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
def test_a_refused_constructor_does_not_show_the_key(fields: dict[str, Any]) -> None:
    """Neither the error nor its traceback quotes what was given."""
    with pytest.raises((PollinationsError, ValidationError)) as caught:
        ChatPollinations(**{"api_key": KEY, **fields})
    shown = "".join(traceback.format_exception(caught.value))
    assert KEY not in shown.replace("https://a.org/?key=" + KEY, "")
    assert KEY not in repr(caught.value)


FAULTS = [
    Fault.status(401, times=None),
    Fault.status(500, times=None),
    Fault.body(f'{{"error": {{"message": "bad key {KEY}"}}}}'.encode(), status=401, times=None),
    Fault.body(f"<html>Bearer {KEY}</html>".encode(), status=502, times=None),
    Fault.html(times=None),
    Fault.reset(0, times=None),
    Fault.cut(3, times=None),
    Fault.event({"error": {"message": "no"}}, after=3, times=None),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_error_log_or_trace_has_the_key(
    model: ChatPollinations, sandbox: Sandbox, ask: Any, fault: Fault, caplog: Any
) -> None:
    """Even a server that echoes the key does not get it into an error."""
    caplog.set_level(logging.DEBUG)
    sandbox.fail(fault)
    tracer = _Everything()
    with pytest.raises(PollinationsError) as caught:
        ask(model, "Hi", config={"callbacks": [tracer]})
    error = caught.value
    response = error.response
    shown = [
        *tracer.told, "".join(traceback.format_exception(error)), repr(error), str(error.facts),
        repr(vars(error)), response.text if response else "", repr(pickle.dumps(error)),
        *(record.getMessage() + repr(record.__dict__) for record in caplog.records),
    ]  # fmt: skip
    assert tracer.told
    assert [text for text in shown if KEY in text] == []


def test_a_good_call_shows_no_key_either(
    model: ChatPollinations, sandbox: Sandbox, ask: Any, caplog: Any
) -> None:
    """Answers, logs and traces are free of it; it travels in one header only."""
    caplog.set_level(logging.DEBUG)
    tracer = _Everything()
    message = ask(model, "Hi", config={"callbacks": [tracer]})
    shown = [
        *tracer.told, repr(message), dumps(message),
        *(record.getMessage() + repr(record.args) for record in caplog.records),
    ]  # fmt: skip
    assert [text for text in shown if KEY in text] == []
    sent = sandbox.last
    assert sent.headers.pop("authorization") == f"Bearer {KEY}"
    assert KEY not in repr((sent.path, sent.query, sent.headers, sent.body))


def test_debug_logs_of_asyncio_have_no_key(model: ChatPollinations, caplog: Any) -> None:
    """Debug mode of the event loop prints arguments; the key is none."""
    caplog.set_level(logging.DEBUG)
    asyncio.run(model.ainvoke("Hi"), debug=True)
    assert KEY not in caplog.text


def test_a_pickle_holds_the_key_once_inside_its_secret(model: ChatPollinations) -> None:
    """A pickle must carry the key to work; it is the value of a SecretStr and no name."""
    model.invoke("Hi")
    strings = [
        argument
        for _, argument, _ in pickletools.genops(pickle.dumps(model))
        if isinstance(argument, str)
    ]
    assert strings.count(KEY) == 1
    assert [text for text in strings if KEY in text and text != KEY] == []
    again = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own bytes
    assert KEY not in repr(again)


@pytest.mark.filterwarnings(
    "ignore:The function `load` is in beta"  # langchain-core says so; its form is public
)
def test_a_model_goes_round_through_its_serialized_form(
    model: ChatPollinations, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LangChain's `load` makes it again, with the key from the environment."""
    model = model.model_copy(update={"temperature": 0.5, "seed": "random", "stop": ["END"]})
    told = json.loads(dumps(model))
    assert told["kwargs"]["pollinations_api_key"] == {
        "lc": 1,
        "type": "secret",
        "id": ["POLLINATIONS_API_KEY"],
    }
    monkeypatch.setenv("POLLINATIONS_API_KEY", KEY)
    again = load(
        told,
        allowed_objects=[ChatPollinations],
        valid_namespaces=["langchain_pollinations"],
        secrets_from_env=True,
    )
    assert vars(again) == vars(model)
    assert again.invoke("Hi").content
    assert sandbox.last.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("given", [KEY, SecretStr(KEY), f" {KEY}\n"])
def test_a_key_is_taken_plain_or_secret(sandbox: Sandbox, model: Any, given: Any) -> None:
    """White space around it, as files end in, does not count."""
    again = ChatPollinations(base_url=model.pollinations_api_base, api_key=given)
    assert again.invoke("Hi").content
    assert sandbox.last.headers["authorization"] == f"Bearer {KEY}"
    assert isinstance(again.pollinations_api_key, SecretStr)


def test_handlers_are_told_of_the_class_not_the_key(model: ChatPollinations) -> None:
    """The serialized form that callbacks get names the secret's variable."""
    seen: list[Any] = []

    class Handler(BaseCallbackHandler):
        def on_chat_model_start(self, serialized: Any, messages: Any, **told: Any) -> None:
            seen.append((serialized, messages, told))

    model.invoke("Hi", config={"callbacks": [Handler()]})
    assert "ChatPollinations" in repr(seen)
    assert KEY not in repr(seen)
