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

from _pollinations.chat.providers import BUILTIN_TOOLS
from llama_index_pollinations import Pollinations, register
from pollinations_sandbox import Sandbox

Make = Callable[..., Pollinations]
SECRET = "sk_very_secret"


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
