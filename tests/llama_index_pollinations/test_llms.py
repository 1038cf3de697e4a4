"""The model as an object: its fields, what it tells of itself, how it is stored and copied."""

import json
import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
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
from spelling import sse

from _pollinations.chat.providers import BUILTIN_TOOLS
from llama_index_pollinations import Pollinations, PollinationsError, ServerError, register
from llama_index_pollinations.gateway import Catalog, CircuitBreaker, Client
from pollinations_sandbox import Fault, Sandbox

Make = Callable[..., Pollinations]
SECRET = "sk_very_secret"
HI = [ChatMessage("Hi")]
METHODS = ("chat", "complete", "stream_chat", "stream_complete")


def text_of(response: Any) -> str:
    """The text of a chat's response or of a completion's."""
    return response.message.content if hasattr(response, "message") else response.text


def test_the_import_line_of_the_docs_works() -> None:
    """The name under `llama_index.llms` is the same class."""
    from llama_index.llms import pollinations  # noqa: PLC0415 - the import is the test

    assert pollinations.Pollinations is Pollinations


def test_fields_are_those_of_the_other_adapter() -> None:
    """Who knows `ChatPollinations` knows the names and the defaults."""
    pytest.importorskip("langchain_core")
    from langchain_pollinations import ChatPollinations  # noqa: PLC0415 - it may be missing

    ours = {name: field.default for name, field in Pollinations.model_fields.items()}
    theirs = {
        (field.alias if name.endswith(("_name", "_key", "_base", "_timeout")) else name)
        or name: field.default
        for name, field in ChatPollinations.model_fields.items()
        if name not in ChatPollinations.__bases__[0].model_fields
    }
    other_words = {"model_kwargs", "streaming"}  # `additional_kwargs`; streams are asked for

    assert theirs.keys() - other_words <= ours.keys()
    assert {n: ours[n] for n in theirs.keys() - other_words} == {
        n: theirs[n] for n in theirs.keys() - other_words
    }


@pytest.mark.parametrize("name", sorted(BUILTIN_TOOLS))
def test_built_in_tools_are_added(make: Make, sandbox: Sandbox, name: str) -> None:
    """They stand behind the tools of the call, as objects; a call knows every form of them."""
    make(model="gemini", builtin_tools=[name]).chat([ChatMessage("Hi")])
    sent = sandbox.last.body["tools"]
    for tools in (name, [name], [{name: {}}], [{"type": name}]):
        make(model="gemini").chat([ChatMessage("Hi")], tools=tools)
        assert sandbox.last.body["tools"] == sent

    function = {"type": "function", "function": {"name": name}}
    assert sent == [function if name == "google_search" else {"type": name}]


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


def test_reserved_output_is_what_was_asked_for(make: Make) -> None:
    """At most a quarter of the window, and unknown when nothing was said."""
    assert make(model="gemini").metadata.num_output == -1
    assert make(model="gemini", max_tokens=500).metadata.num_output == 500
    assert make(context_window=8_000, max_tokens=7_999).metadata.num_output == 2_000
    assert make(context_window=400).metadata.num_output == 100


def test_the_key_is_in_nothing_that_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    """Dictionaries, JSON, representations and events are clean; pickling logs nothing."""
    llm = Pollinations(
        api_key=SECRET,
        default_headers={"x-secret": SECRET},
        proxy=f"http://user:{SECRET}@127.0.0.1:1",
        http_client=httpx.Client(),
    )

    with caplog.at_level(logging.DEBUG):
        pickle.dumps(llm)
    shown = (repr(llm), str(llm), llm.to_json(), str(llm.to_dict()), str(llm.to_payload()))

    assert not [text for text in shown if SECRET in text]
    assert caplog.records == []
    assert llm.http_client is not None


def test_a_payload_tells_what_is_asked(make: Make, sandbox: Sandbox) -> None:
    """Tracers see the model, its options and the host."""
    payload = make(temperature=0.3, max_tokens=9).to_payload()

    assert payload["class_name"] == "Pollinations_LLM"
    assert payload["model_name"] == "openai"
    assert payload["temperature"] == 0.3
    assert payload["max_tokens"] == 9
    assert payload["base_url"] == sandbox.base_url


def test_a_stored_model_is_made_again(make: Make) -> None:
    """`to_dict` and `from_dict` keep all but the key; `load_llm` knows us once told."""
    llm = make(model="gemini", temperature=0.3, stop=["x"])
    register()

    again = Pollinations.from_dict(json.loads(llm.to_json()), api_key=llm.api_key)

    assert again.to_dict() == llm.to_dict()
    assert isinstance(loading.load_llm(llm.to_dict()), Pollinations)


def test_a_first_piece_of_mere_reasoning_is_not_lost(
    llm: Pollinations, sandbox: Sandbox, colour: Any
) -> None:
    """Every thought reaches `thinking_delta`, the first one too."""
    sandbox.reply(sse(*({"reasoning_content": f"R{n} "} for n in range(3)), {"content": "Hi"}))

    pieces = colour.pieces(llm, "stream_chat", HI)
    thoughts = [piece.additional_kwargs.get("thinking_delta") for piece in pieces]

    assert [thought for thought in thoughts if thought] == ["R0 ", "R1 ", "R2 "]
    assert pieces[-1].message.blocks[0].content == "R0 R1 R2 "


def test_raw_is_a_plain_dictionary(llm: Pollinations, colour: Any) -> None:
    """Agents and token counters read it as one; whole answers keep the body as it came."""
    for method in METHODS:
        for response in colour.ask(llm, method):
            assert type(response.raw) is dict
    whole = colour.whole(llm, "chat", HI)

    assert whole.raw["choices"][0]["message"]["content"] == whole.message.content


def test_metadata_is_in_additional_kwargs(llm: Pollinations, colour: Any) -> None:
    """The last response tells counts, both model names, the reason and the filters."""
    for method in METHODS:
        facts = colour.ask(llm, method)[-1].additional_kwargs
        assert facts["model_name"] == "openai"
        assert facts["model"] != "openai"
        assert facts["finish_reason"] == "stop"
        assert facts["prompt_tokens"] + facts["completion_tokens"] == facts["total_tokens"]
        assert facts["prompt_filter_results"]
        assert facts["headers"]["x-request-id"]


@pytest.mark.parametrize("method", METHODS)
def test_what_came_beside_the_text_is_kept(make: Make, colour: Any, method: str) -> None:
    """Log probabilities, filters and content blocks, in `raw` and in `additional_kwargs`."""
    plain = colour.ask(make(logprobs=True, top_logprobs=2), method)[-1]
    thinking = colour.ask(make(model="claude", reasoning_effort="high"), method)[-1]

    (choice,) = plain.raw["choices"]
    assert "".join(tokens[0].token for tokens in plain.logprobs) == text_of(plain)
    assert plain.additional_kwargs["logprobs"] == choice["logprobs"]
    assert plain.additional_kwargs["prompt_filter_results"] == plain.raw["prompt_filter_results"]
    kinds = [block["type"] for block in thinking.additional_kwargs["content_blocks"]]
    assert kinds[0] == "thinking"


@pytest.mark.parametrize("method", METHODS)
def test_tokens_are_counted_exactly_and_once(make: Make, colour: Any, method: str) -> None:
    """The handler reads the provider's numbers, from one event, in every mode."""
    counter = TokenCountingHandler()
    llm = make(callback_manager=CallbackManager([counter]))

    facts = colour.ask(llm, method)[-1].additional_kwargs

    assert len(counter.llm_token_counts) == 1
    assert counter.prompt_llm_token_count == facts["prompt_tokens"]
    assert counter.completion_llm_token_count == facts["completion_tokens"]


@pytest.mark.parametrize("method", METHODS)
def test_one_call_is_one_event(llm: Pollinations, colour: Any, method: str) -> None:
    """Start, each piece, end with the answer: of the method that was called, and of no other."""
    with listening() as heard:
        pieces = colour.ask(llm, method)
    kind = "Chat" if "chat" in method else "Completion"
    between = [f"LLM{kind}InProgressEvent"] * len(pieces) if "stream" in method else []

    names = [type(event).__name__ for event in heard.events]
    assert names == [f"LLM{kind}StartEvent", *between, f"LLM{kind}EndEvent"]
    assert heard.events[-1].response == pieces[-1]


@pytest.mark.parametrize("method", METHODS)
def test_callbacks_come_in_pairs(make: Make, colour: Any, method: str) -> None:
    """A start with what is asked, and after the last piece an end with the last response."""
    handler = LlamaDebugHandler(print_trace_on_end=False)
    llm = make(callback_manager=CallbackManager([handler]))

    last = colour.ask(llm, method)[-1]
    ((start, end),) = handler.get_event_pairs(CBEventType.LLM)

    input_key, output_key = (
        (EventPayload.MESSAGES, EventPayload.RESPONSE)
        if "chat" in method
        else (EventPayload.PROMPT, EventPayload.COMPLETION)
    )
    assert start.payload[input_key] == (HI if "chat" in method else "Hi")
    assert "openai" in start.payload[EventPayload.SERIALIZED].values()
    assert end.payload[output_key] == last


@pytest.mark.parametrize("method", METHODS)
def test_callbacks_are_told_of_errors(
    make: Make, sandbox: Sandbox, colour: Any, method: str
) -> None:
    """A pair too, whose end holds the typed error."""
    handler = LlamaDebugHandler(print_trace_on_end=False)
    llm = make(max_retries=0, callback_manager=CallbackManager([handler]))
    sandbox.fail(Fault.status(503))

    with pytest.raises(ServerError) as caught:
        colour.ask(llm, method)
    ((_, end),) = handler.get_event_pairs(CBEventType.LLM)

    assert end.payload == {EventPayload.EXCEPTION: caught.value}


def test_events_hold_no_key(llm: Pollinations, sandbox: Sandbox, colour: Any) -> None:
    """Whatever listens may write down what it hears."""
    with listening() as heard:
        for method in METHODS:
            colour.ask(llm, method)

    assert sandbox.api_key not in "".join(event.model_dump_json() for event in heard.events)


@pytest.mark.parametrize("method", METHODS[2:])
def test_a_broken_stream_is_an_event(
    llm: Pollinations, sandbox: Sandbox, colour: Any, method: str
) -> None:
    """Whoever listens hears of the error that the caller gets."""
    sandbox.fail(Fault.cut(3))

    with listening() as heard, pytest.raises(PollinationsError) as caught:
        colour.ask(llm, method)
    last = heard.events[-1]

    assert (type(last).__name__, last.exception) == ("ExceptionEvent", caught.value)


def test_what_stays_here_is_not_stored(make: Make, sandbox: Sandbox, tmp_path: Path) -> None:
    """A stored model has names and requirements, not what is open or callable."""
    client = Client(sandbox.api_key, sandbox.base_url)
    llm = make(
        model="auto",
        require={"inputs": {"video"}, "tools": True},
        fallback_models=["openai"],
        escalate_to="gemini-large",
        escalate_when=lambda _: False,
        catalog=Catalog(client, tmp_path / "catalog.sqlite3"),
        circuit_breaker=CircuitBreaker(),
    )
    stored = llm.to_dict()

    assert not stored.keys() & {"catalog", "circuit_breaker", "escalate_when"}
    again = Pollinations.from_json(llm.to_json(), base_url=llm.base_url, api_key=llm.api_key)
    assert again.require == llm.require
    assert (again.fallback_models, again.escalate_to) == (["openai"], "gemini-large")
    assert again.chat(HI).additional_kwargs["model_name"].startswith(("gemini", "google/"))


def test_pickling_leaves_a_model_whole(make: Make) -> None:
    """LlamaIndex leaves a predicate out of the pickle; the model itself keeps it."""
    llm = make(escalate_to="gemini-large", escalate_when=lambda _: True)

    twin = pickle.loads(pickle.dumps(llm))  # noqa: S301 - our own bytes

    assert (twin.escalate_to, twin.escalate_when) == ("gemini-large", None)
    assert llm.chat(HI).additional_kwargs["model_name"] == "gemini-large"
