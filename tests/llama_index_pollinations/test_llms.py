"""The model as an object: its fields, what it tells of itself, how it is stored and copied."""

import json
import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from listening import listening
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import (
    CallbackManager,
    CBEventType,
    EventPayload,
    LlamaDebugHandler,
    TokenCountingHandler,
)
from llama_index.core.llms import loading

from llama_index_pollinations import Pollinations, PollinationsError, register
from llama_index_pollinations.gateway import Catalog, CircuitBreaker, Client
from pollinations_sandbox import Fault, Sandbox

Make = Callable[..., Pollinations]
HI = [ChatMessage("Hi")]
METHODS = pytest.mark.parametrize("method", ["chat", "complete", "stream_chat", "stream_complete"])


def test_the_import_line_of_the_docs_works() -> None:
    """The name under `llama_index.llms` is the same class."""
    from llama_index.llms import pollinations  # noqa: PLC0415 - the import is the test

    assert pollinations.Pollinations is Pollinations


@pytest.mark.parametrize(
    ("fields", "window", "calls_tools"),
    [
        ({"model": "gemini"}, 1_000_000, True),
        ({"model": "qwen-safety"}, 128_000, False),
        ({"model": "made-up-tomorrow"}, 128_000, True),
        ({"model": "made-up", "context_window": 9_000}, 9_000, True),
        ({"model": "gemini", "is_function_calling_model": False}, 1_000_000, False),
    ],
)
def test_metadata_is_known_without_asking(
    make: Make, sandbox: Sandbox, fields: dict[str, Any], window: int, calls_tools: bool
) -> None:
    """The shipped snapshot answers, the user's word wins, and the unknown may be used."""
    metadata = make(**fields).metadata

    assert metadata.context_window == window
    assert metadata.is_function_calling_model is calls_tools
    assert metadata.is_chat_model
    assert metadata.model_name == fields["model"]
    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("fields", "tokens"),
    [
        ({"model": "gemini"}, -1),
        ({"model": "gemini", "max_tokens": 500}, 500),
        ({"model": "gemini", "max_completion_tokens": 500}, 500),
        ({"context_window": 8_000, "max_tokens": 7_999}, 2_000),
        ({"context_window": 1_024}, -1),
        ({"context_window": 400}, 100),
    ],
)
def test_the_reserved_output_leaves_room(make: Make, fields: Any, tokens: int) -> None:
    """At most a quarter of the window, and unknown when nothing was said."""
    assert make(**fields).metadata.num_output == tokens


def test_a_payload_tells_what_is_asked(make: Make, sandbox: Sandbox) -> None:
    """Tracers see the model, its options and the host, and no key."""
    llm = make(temperature=0.3, max_tokens=9, default_headers={"x-key": sandbox.api_key})
    payload = llm.to_payload()
    expected = {
        "class_name": "Pollinations_LLM",
        "model_name": "openai",
        "temperature": 0.3,
        "max_tokens": 9,
        "base_url": sandbox.base_url,
    }

    assert expected.items() <= payload.items()
    assert sandbox.api_key not in str(payload)


@METHODS
def test_the_last_response_tells_all(make: Make, colour: Any, method: str) -> None:
    """Counts, both model names, the reason, the filters and log probabilities."""
    responses = colour.ask(make(logprobs=True, top_logprobs=2), method)
    last = responses[-1]
    text = last.message.content if "chat" in method else last.text
    (choice,) = last.raw["choices"]

    facts = last.additional_kwargs
    assert {type(response.raw) for response in responses} == {dict}
    assert facts["model_name"] == "openai"
    assert facts["model"] != "openai"
    assert facts["finish_reason"] == "stop"
    assert facts["prompt_tokens"] + facts["completion_tokens"] == facts["total_tokens"]
    assert facts["headers"]["x-request-id"]
    assert facts["prompt_filter_results"] == last.raw["prompt_filter_results"]
    assert facts["logprobs"] == choice["logprobs"]
    assert "".join(tokens[0].token for tokens in last.logprobs) == text


@METHODS
def test_one_call_is_one_event(make: Make, sandbox: Sandbox, colour: Any, method: str) -> None:
    """Start, each piece, end with the answer; tokens are counted once, and no key is shown."""
    counter, debug = TokenCountingHandler(), LlamaDebugHandler(print_trace_on_end=False)
    llm = make(callback_manager=CallbackManager([counter, debug]))
    with listening() as heard:
        pieces = colour.ask(llm, method)
    last, is_chat = pieces[-1], "chat" in method

    kind = "Chat" if is_chat else "Completion"
    between = [f"LLM{kind}InProgressEvent"] * len(pieces) if "stream" in method else []
    names = [type(event).__name__ for event in heard.events]
    assert names == [f"LLM{kind}StartEvent", *between, f"LLM{kind}EndEvent"]
    assert heard.events[-1].response == last
    assert sandbox.api_key not in "".join(event.model_dump_json() for event in heard.events)

    ((start, end),) = debug.get_event_pairs(CBEventType.LLM)
    assert start.payload[EventPayload.MESSAGES if is_chat else EventPayload.PROMPT]
    assert "openai" in start.payload[EventPayload.SERIALIZED].values()
    assert end.payload[EventPayload.RESPONSE if is_chat else EventPayload.COMPLETION] == last

    assert len(counter.llm_token_counts) == 1
    assert counter.prompt_llm_token_count == last.additional_kwargs["prompt_tokens"]
    assert counter.completion_llm_token_count == last.additional_kwargs["completion_tokens"]


@METHODS
def test_listeners_are_told_of_errors(
    make: Make, sandbox: Sandbox, colour: Any, method: str
) -> None:
    """They get the typed error that the caller gets, also of a stream that breaks."""
    handler = LlamaDebugHandler(print_trace_on_end=False)
    llm = make(max_retries=0, callback_manager=CallbackManager([handler]))
    streams = "stream" in method
    sandbox.fail(Fault.cut(3) if streams else Fault.status(503))

    with listening() as heard, pytest.raises(PollinationsError) as caught:
        colour.ask(llm, method)
    ((_, end),) = handler.get_event_pairs(CBEventType.LLM)

    assert end.payload == {EventPayload.EXCEPTION: caught.value}
    if streams:
        last = heard.events[-1]
        assert (type(last).__name__, last.exception) == ("ExceptionEvent", caught.value)


def test_a_stored_model_is_made_again(make: Make, sandbox: Sandbox, tmp_path: Path) -> None:
    """With names and requirements, but not the key, nor what is open or callable."""
    client = Client(sandbox.api_key, sandbox.base_url)
    llm = make(
        model="auto",
        temperature=0.3,
        stop=["x"],
        require={"inputs": {"video"}, "tools": True},
        fallback_models=["openai"],
        escalate_to="gemini-large",
        escalate_when=lambda _: False,
        catalog=Catalog(client, tmp_path / "catalog.sqlite3"),
        circuit_breaker=CircuitBreaker(),
    )
    stored = json.loads(llm.to_json())
    register()

    assert not stored.keys() & {"api_key", "catalog", "circuit_breaker", "escalate_when"}
    again = Pollinations.from_dict(stored, api_key=llm.api_key)
    assert again.to_dict() == llm.to_dict()
    assert again.require == llm.require
    assert again.chat(HI).additional_kwargs["model_name"].startswith(("gemini", "google/"))
    assert isinstance(loading.load_llm(llm.to_dict()), Pollinations)


def test_pickling_leaves_a_model_whole(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    """LlamaIndex leaves a predicate out of the pickle, and says so; the model itself keeps it."""
    with caplog.at_level(logging.DEBUG):
        pickle.dumps(make())
    assert caplog.records == []

    llm = make(escalate_to="gemini-large", escalate_when=lambda _: True)
    twin = pickle.loads(pickle.dumps(llm))  # noqa: S301 - our own bytes

    assert (twin.escalate_to, twin.escalate_when) == ("gemini-large", None)
    assert llm.chat(HI).additional_kwargs["model_name"] == "gemini-large"
