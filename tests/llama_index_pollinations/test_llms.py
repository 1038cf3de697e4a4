"""The model as an object: its fields, what it tells of itself, how it is stored and copied."""

import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.llms import loading
from llama_index.core.llms.function_calling import FunctionCallingLLM

from _pollinations.chat.options import Options
from _pollinations.chat.providers import BUILTIN_TOOLS
from llama_index_pollinations import InvalidInputError, NotFoundError, Pollinations, register
from pollinations_sandbox import Fault, Sandbox

Make = Callable[..., Pollinations]
SECRET = "sk_very_secret"
EVERY_OPTION: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 50,
    "frequency_penalty": 0.1,
    "presence_penalty": 0.2,
    "repetition_penalty": 1.1,
    "logit_bias": {"50256": -100},
    "logprobs": True,
    "top_logprobs": 2,
    "seed": 7,
    "stop": ["END"],
    "user": "u1",
    "reasoning_effort": "low",
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "thinking_budget": 1024,
    "modalities": ["text"],
    "response_format": {"type": "text"},
    "safe": "privacy",
    "web_search_options": {"search_context_size": "low"},
    "top_k": 5,
    "min_p": 0.1,
    "verbosity": "low",
    "reasoning": {"effort": "low"},
    "include_reasoning": False,
    "prediction": {"type": "content", "content": "x"},
    "structured_outputs": True,
    "search_domain_filter": ["-example.org"],
    "search_recency_filter": "week",
    "prompt_cache_options": {"mode": "explicit"},
}


def test_it_is_what_llama_index_looks_for() -> None:
    """Consumers check for these classes."""
    names = [base.__name__ for base in Pollinations.__mro__]

    assert BaseLLM.__name__ in names
    assert FunctionCallingLLM.__name__ in names
    assert Pollinations.class_name() == "Pollinations_LLM"


def test_the_import_line_of_the_docs_works() -> None:
    """The name under `llama_index.llms` is the same class."""
    from llama_index.llms import pollinations  # noqa: PLC0415 - the import is the test

    assert pollinations.Pollinations is Pollinations


def test_only_what_is_set_travels(llm: Pollinations, sandbox: Sandbox) -> None:
    """A bare model sends its name and the messages."""
    llm.chat([ChatMessage("Hi")])

    assert sandbox.last.body == {
        "model": "openai",
        "messages": [{"role": "user", "content": "Hi"}],
    }


def test_every_option_travels(make: Make, sandbox: Sandbox, colour: Any) -> None:
    """What is set on the model is in the body under the same name."""
    colour.whole(make(**EVERY_OPTION), "chat", [ChatMessage("Hi")])

    assert {name: sandbox.last.body[name] for name in EVERY_OPTION} == EVERY_OPTION


def test_every_option_of_the_gateway_is_a_field() -> None:
    """Nothing that the API documents needs `extra_body`."""
    of_a_call = {"stream", "tools", "tool_choice", "cache_control"}

    assert Options.__annotations__.keys() - of_a_call <= Pollinations.model_fields.keys()


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


def test_a_bare_model_has_these_defaults() -> None:
    """What is not sent decides too; both adapters share these fields."""
    defaults = {name: field.default for name, field in Pollinations.model_fields.items()}

    assert (
        defaults.items()
        >= {
            "model": "openai",
            "strict": False,
            "structured_output_mode": "auto",
            "echo_reasoning": "tool_calls",
            "tool_media": "user_message",
            "stream_usage": True,
            "max_retries": 2,
            "retry_after_limit": 60.0,
        }.items()
    )
    assert [defaults[name] for name in EVERY_OPTION] == [None] * len(EVERY_OPTION)


def test_options_of_a_call_win(make: Make, sandbox: Sandbox) -> None:
    """Fields, then `additional_kwargs`, then the call, then `extra_body`; None says nothing."""
    llm = make(
        temperature=0.1,
        top_p=0.1,
        seed=1,
        user="field",
        additional_kwargs={"top_p": 0.2, "seed": 2, "user": "kept"},
        extra_body={"user": "extra", "brand_new": True},
    )

    llm.chat([ChatMessage("Hi")], seed=3, temperature=None, model="mistral")

    assert {n: v for n, v in sandbox.last.body.items() if n != "messages"} == {
        "model": "mistral",
        "temperature": 0.1,
        "top_p": 0.2,
        "seed": 3,
        "user": "extra",
        "brand_new": True,
    }


@pytest.mark.parametrize("method", ["chat", "complete", "stream_chat", "stream_complete"])
@pytest.mark.parametrize("name", ["max_token", "temprature", "another"])
def test_a_misspelt_option_of_a_call_is_refused(
    llm: Pollinations, sandbox: Sandbox, colour: Any, method: str, name: str
) -> None:
    """Before anything is sent, as by the other adapter."""
    question: Any = [ChatMessage("Hi")] if "chat" in method else "Hi"
    ask = colour.pieces if "stream" in method else colour.whole

    with pytest.raises(InvalidInputError, match=f"no {name!r}"):
        ask(llm, method, question, **{name: 3})
    assert sandbox.requests == []


def test_what_llama_index_adds_to_a_call_is_no_mistake(llm: Pollinations, sandbox: Sandbox) -> None:
    """Its context extractor passes headers for another provider; they are not sent."""
    llm.chat([ChatMessage("Hi")], max_tokens=5, extra_headers={"anthropic-beta": "x"})

    assert "extra_headers" not in sandbox.last.body


def test_a_random_seed_is_drawn_for_each_call(make: Make, sandbox: Sandbox) -> None:
    """The seed that was drawn is told with the answer."""
    llm = make(seed="random")

    told = [llm.chat([ChatMessage("Hi")]).additional_kwargs["seed"] for _ in range(3)]

    assert told == [request.body["seed"] for request in sandbox.requests]
    assert len(set(told)) == 3


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


def test_an_unknown_built_in_tool_is_refused(make: Make) -> None:
    """A misspelt name would be refused by the gateway with a vague word."""
    with pytest.raises(InvalidInputError, match="google_serch"):
        make(builtin_tools=["google_serch"]).chat([ChatMessage("Hi")])


@pytest.mark.parametrize("name", ["temprature", "modell", "max_token"])
def test_a_misspelt_argument_is_refused(name: str) -> None:
    """LlamaIndex would drop it silently."""
    with pytest.raises(InvalidInputError, match=f"{name!r}; did you mean"):
        Pollinations(**{name: 1})


def test_a_bad_address_is_refused_at_once() -> None:
    """So is a key that cannot be one."""
    with pytest.raises(InvalidInputError, match="base_url"):
        Pollinations(base_url="gen.pollinations.ai")
    with pytest.raises(InvalidInputError, match="key"):
        Pollinations(api_key="sk with spaces")


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """Key, address and path may all come from there."""
    monkeypatch.setenv("POLLINATIONS_API_KEY", f" {sandbox.api_key} ")
    monkeypatch.setenv("POLLINATIONS_BASE_URL", f"{sandbox.base_url}/v1/")
    monkeypatch.setenv("POLLINATIONS_CHAT_PATH", "/openai")

    with pytest.raises(NotFoundError):  # newer gateways have only the standard path
        Pollinations().chat([ChatMessage("Hi")])

    assert sandbox.last.path == "/openai"
    assert sandbox.last.headers["authorization"] == f"Bearer {sandbox.api_key}"


def test_the_older_variable_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """`POLLINATIONS_TOKEN` is looked up when the first one is missing."""
    monkeypatch.delenv("POLLINATIONS_API_KEY", raising=False)
    monkeypatch.setenv("POLLINATIONS_TOKEN", SECRET)

    llm = Pollinations()

    assert llm.api_key is not None
    assert llm.api_key.get_secret_value() == SECRET


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
    told = make(**fields).metadata

    assert told.context_window == window
    assert told.is_function_calling_model is calls_tools
    assert told.is_chat_model
    assert told.model_name == fields["model"]
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
    told = make(temperature=0.3, max_tokens=9).to_payload()

    assert told["class_name"] == "Pollinations_LLM"
    assert told["model_name"] == "openai"
    assert told["temperature"] == 0.3
    assert told["max_tokens"] == 9
    assert told["base_url"] == sandbox.base_url


def test_a_stored_model_is_made_again(make: Make) -> None:
    """`to_dict` and `from_dict` keep all but the key; `load_llm` knows us once told."""
    llm = make(model="gemini", temperature=0.3, stop=["x"])
    register()

    again = Pollinations.from_dict(json.loads(llm.to_json()), api_key=llm.api_key)

    assert again.to_dict() == llm.to_dict()
    assert isinstance(loading.load_llm(llm.to_dict()), Pollinations)


def test_an_idle_stream_times_out(make: Make, sandbox: Sandbox, colour: Any) -> None:
    """`stream_idle_timeout` is the longest silence between two pieces."""
    sandbox.fail(Fault.stall(after=4, seconds=5))
    llm = make(stream_idle_timeout=0.1, max_retries=0)

    with pytest.raises(Exception, match="silent"):
        colour.pieces(llm, "stream_chat", [ChatMessage("Hi")])
