"""The options of a chat model: by the same names in both frameworks, from a field to the wire."""

from typing import Any

import pytest
from langchain_core.runnables import ConfigurableField
from pydantic import ValidationError
from ways import EACH_WAY, EITHER, WAYS, Way

from _pollinations.chat.options import Options
from langchain_pollinations import (
    ChatPollinations,
    InvalidInputError,
    NotFoundError,
)
from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox

FURTHER = {"langchain": "model_kwargs", "llama_index": "additional_kwargs"}
OPTIONS: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 30,
    "stop": ["END"],
    "seed": 7,
    "frequency_penalty": 0.1,
    "presence_penalty": -0.1,
    "repetition_penalty": 1.1,
    "logit_bias": {"50256": -100},
    "logprobs": True,
    "top_logprobs": 2,
    "user": "ada",
    "reasoning_effort": "low",
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "thinking_budget": 512,
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
    "functions": [{"name": "f", "parameters": {"type": "object", "properties": {}}}],
    "function_call": "auto",
}


def options_of(sandbox: Sandbox) -> dict[str, Any]:
    """What the last request says beside its messages."""
    return {name: value for name, value in sandbox.last.body.items() if name != "messages"}


@EITHER
@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_travels_as_it_is_set(sandbox: Sandbox, way: Way, name: str) -> None:
    """Under its wire name: from a field, from a call, and from a dictionary of further options."""
    option = {name: OPTIONS[name]}
    way.ask(way.model(sandbox, **option), "Hi")
    way.ask(way.model(sandbox), "Hi", **option)
    way.ask(way.model(sandbox, **{FURTHER[way.framework]: option}), "Hi")

    expected = {"model": "openai", "messages": [{"role": "user", "content": "Hi"}], **option}
    assert [request.body for request in sandbox.requests] == [expected] * 3


@EITHER
def test_only_what_is_set_travels(sandbox: Sandbox, way: Way) -> None:
    """None and an empty stop are left out."""
    model = way.model(sandbox, stop=[], temperature=None, max_tokens=None, seed=None)
    way.ask(model, "Hi", stop=[])

    assert options_of(sandbox) == {"model": "openai"}


def test_every_option_of_the_gateway_is_a_field() -> None:
    """Nothing that the API documents needs `extra_body`; both frameworks have the same."""
    of_a_call = {"stream", "tools", "tool_choice", "cache_control"}
    names = Options.__annotations__.keys() - of_a_call - {"model"}

    for kind in (ChatPollinations, Pollinations):
        assert names <= kind.model_fields.keys()
        defaults = [kind.model_fields[name].default for name in names]
        assert defaults == [None] * len(names)


@EITHER
def test_a_call_wins_over_its_model(sandbox: Sandbox, way: Way) -> None:
    """Fields, then further options, then the call, then `extra_body`, which is not checked."""
    model = way.model(
        sandbox,
        temperature=0.1,
        top_p=0.1,
        max_tokens=30,
        seed=1,
        user="field",
        extra_body={"user": "extra", "brand_new": [1]},
        **{FURTHER[way.framework]: {"top_p": 0.2, "seed": 2}},
    )
    way.ask(model, "Hi", seed=3, max_tokens=20, model="mistral", extra_body={"newer": True})

    assert options_of(sandbox) == {
        "model": "mistral",
        "temperature": 0.1,
        "top_p": 0.2,
        "max_tokens": 20,
        "seed": 3,
        "user": "extra",
        "brand_new": [1],
        "newer": True,
    }


def test_none_in_a_call_takes_an_option_away_in_langchain_alone(sandbox: Sandbox) -> None:
    """LlamaIndex passes None for what was not set; a call may also do without the model's stops."""
    langchain, llama_index = WAYS[0], WAYS[4]
    for way in (langchain, llama_index):
        way.ask(way.model(sandbox, temperature=0.5, stop=["END"]), "Hi", temperature=None, stop=[])

    first, second = [request.body for request in sandbox.requests]
    assert "temperature" not in first
    assert "stop" not in first
    assert second["temperature"] == 0.5


@EACH_WAY
def test_a_misspelt_name_is_refused_with_a_suggestion(sandbox: Sandbox, way: Way) -> None:
    """Of a call or of further options, where frameworks would ignore it."""
    misspelt = {"temprature": 0.5}
    suggestion = r"'temprature'; did you mean 'temperature'\?"
    with pytest.raises(InvalidInputError, match=suggestion):
        way.ask(way.model(sandbox), "Hi", **misspelt)
    with pytest.raises(InvalidInputError, match=suggestion):
        way.ask(way.model(sandbox, **{FURTHER[way.framework]: misspelt}), "Hi")
    assert sandbox.requests == []


def test_what_llama_index_adds_to_a_call_is_no_mistake(sandbox: Sandbox) -> None:
    """Its context extractor passes headers for another provider; they are not sent."""
    way = WAYS[4]
    way.ask(way.model(sandbox), "Hi", max_tokens=5, extra_headers={"anthropic-beta": "x"})

    assert options_of(sandbox) == {"model": "openai", "max_tokens": 5}


@pytest.mark.parametrize("kind", [ChatPollinations, Pollinations])
@pytest.mark.parametrize("options", [{"temperature": "hot"}, {"echo_reasoning": "sometimes"}])
def test_a_value_of_another_type_is_pydantics_error(kind: Any, options: dict[str, Any]) -> None:
    """Fields are typed, and the error does not show the value."""
    with pytest.raises(ValidationError) as caught:
        kind(**options)
    assert "input_value" not in str(caught.value)


@EACH_WAY
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seed": 2**31}, "seed"),
        ({"extra_body": {"when": object()}}, "JSON"),
        ({"builtin_tools": ["google_serch"]}, "google_serch"),
    ],
)
def test_a_value_that_cannot_be_sent_is_refused_before_it_is(
    sandbox: Sandbox, way: Way, options: dict[str, Any], words: str
) -> None:
    """All ways raise the same error, and nothing is sent."""
    with pytest.raises(InvalidInputError, match=words):
        way.ask(way.model(sandbox, **options), "Hi")
    assert sandbox.requests == []


@EACH_WAY
def test_a_random_seed_is_new_for_each_call(sandbox: Sandbox, way: Way) -> None:
    """The answer's metadata has the seed that was sent."""
    model = way.model(sandbox, seed="random")
    seeds = [way.ask(model, "Hi").metadata["seed"] for _ in range(4)]

    assert seeds == [request.body["seed"] for request in sandbox.requests]
    assert len(set(seeds)) == 4
    assert all(0 <= seed <= 2**31 - 1 for seed in seeds)


@EITHER
@pytest.mark.parametrize("where", ["field", "environment"])
def test_the_path_is_the_users(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, way: Way, where: str
) -> None:
    """`chat_path` or POLLINATIONS_CHAT_PATH sends chats elsewhere."""
    if where == "environment":
        monkeypatch.setenv("POLLINATIONS_CHAT_PATH", "/elsewhere")
    model = way.model(sandbox, **({"chat_path": "/elsewhere"} if where == "field" else {}))
    with pytest.raises(NotFoundError, match="chat_path"):
        way.ask(model, "Hi")
    assert sandbox.last.path == "/elsewhere"


def test_fields_are_configurable_in_langchain(sandbox: Sandbox) -> None:
    """`configurable_fields` changes a field for one call."""
    model = (
        WAYS[0]
        .model(sandbox, temperature=0.5)
        .configurable_fields(
            temperature=ConfigurableField(id="heat"), model_name=ConfigurableField(id="which")
        )
    )
    model.invoke("Hi", config={"configurable": {"heat": 0.1, "which": "gemini"}})

    assert options_of(sandbox) == {"model": "gemini", "temperature": 0.1}


@pytest.mark.parametrize("kind", [ChatPollinations, Pollinations])
def test_one_fallback_model_needs_no_list(kind: Any) -> None:
    """It is not read as its letters either."""
    assert kind(fallback_models="mistral").fallback_models == ["mistral"]


@pytest.mark.parametrize("kind", [ChatPollinations, Pollinations])
def test_retries_are_not_negative(kind: Any) -> None:
    """Found when the model is made."""
    with pytest.raises(InvalidInputError, match="max_retries is 0 or more"):
        kind(max_retries=-1)
