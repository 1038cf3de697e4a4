import socket
import ssl
from collections.abc import Callable
from typing import Any, NoReturn

import httpx
import pytest
from langchain_core.runnables import ConfigurableField
from pydantic import SecretStr, ValidationError

from langchain_pollinations import ChatPollinations, InvalidInputError, NotFoundError
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]

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
    "parallel_tool_calls": False,
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


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"model": "gemini"}, "model_name", "gemini"),
        ({"model_name": "gemini"}, "model_name", "gemini"),
        ({"model_id": "gemini"}, "model", "gemini"),
        ({"api_key": "sk_a"}, "pollinations_api_key", SecretStr("sk_a")),
        ({"pollinations_api_key": SecretStr("sk_a")}, "pollinations_api_key", SecretStr("sk_a")),
        ({"base_url": "https://a.org"}, "pollinations_api_base", "https://a.org"),
        ({"pollinations_api_base": "https://a.org"}, "pollinations_api_base", "https://a.org"),
        ({"api_base": "https://a.org"}, "pollinations_api_base", "https://a.org"),
        ({"timeout": 5}, "request_timeout", 5),
        ({"request_timeout": (1, 5)}, "request_timeout", (1, 5)),
        ({"stop_sequences": ["END"]}, "stop", ["END"]),
        ({"stop": "END"}, "stop", "END"),
    ],
)
def test_a_field_goes_by_its_usual_names(given: dict[str, Any], field: str, value: object) -> None:
    """Each option is a field, whichever of its names it is given under."""
    assert getattr(ChatPollinations(**given), field) == value


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_travels_as_it_is_set(chat: Chat, sandbox: Sandbox, name: str) -> None:
    """An option is sent under its wire name, from a field, from a call and from model_kwargs."""
    chat(**{name: OPTIONS[name]}).invoke("Hi")
    chat().invoke("Hi", **{name: OPTIONS[name]})
    chat(model_kwargs={name: OPTIONS[name]}).invoke("Hi")
    expected = {"model": "openai", "messages": [{"role": "user", "content": "Hi"}]}
    assert [request.body for request in sandbox.requests] == [{**expected, name: OPTIONS[name]}] * 3


def test_only_what_is_set_travels(chat: Chat, sandbox: Sandbox) -> None:
    """None and an empty stop are not said."""
    chat(stop=[], temperature=None, max_tokens=None, seed=None).invoke("Hi", stop=[])
    assert sandbox.last.body.keys() == {"model", "messages"}


def test_an_empty_stop_takes_the_models_away(chat: Chat, sandbox: Sandbox) -> None:
    """A call may do without the stops of its model."""
    chat(stop=["END"]).invoke("Hi", stop=[])
    assert "stop" not in sandbox.last.body
    chat(stop=["END"]).invoke("Hi", stop=["X"])
    assert sandbox.last.body["stop"] == ["X"]


def test_a_call_wins_over_its_model(chat: Chat, sandbox: Sandbox) -> None:
    """What a call says replaces the field; None takes it away."""
    model = chat(model="openai", temperature=0.5, max_tokens=30)
    model.invoke("Hi", model="gemini", temperature=None, max_tokens=20)
    assert sandbox.last.body.keys() == {"model", "max_tokens", "messages"}
    assert (sandbox.last.body["model"], sandbox.last.body["max_tokens"]) == ("gemini", 20)


def test_extra_body_is_merged_last_and_unchecked(chat: Chat, sandbox: Sandbox) -> None:
    """A field that nobody knows yet travels by extra_body, and wins."""
    model = chat(temperature=0.5, extra_body={"temperature": 0.1, "brand_new": [1]})
    model.invoke("Hi", extra_body={"newer": True})
    body = sandbox.last.body
    assert (body["temperature"], body["brand_new"], body["newer"]) == (0.1, [1], True)


@pytest.mark.parametrize(
    "use",
    [
        lambda chat: chat(temprature=0.5),
        lambda chat: chat(model_kwargs={"temprature": 0.5}),
        lambda chat: chat().bind(temprature=0.5).invoke("Hi"),
        lambda chat: chat().invoke("Hi", temprature=0.5),
    ],
    ids=["constructor", "model_kwargs", "bind", "call"],
)
def test_a_misspelt_name_is_refused_with_a_suggestion(
    chat: Chat, sandbox: Sandbox, use: Callable[[Chat], object]
) -> None:
    """Nothing unknown is swallowed: the error names what was probably meant."""
    with pytest.raises(InvalidInputError, match=r"'temprature'; did you mean 'temperature'\?"):
        use(chat)
    assert sandbox.requests == []


@pytest.mark.parametrize(
    "given",
    [
        {"base_url": "ftp://a.org"},
        {"base_url": "https://a.org?key=sk_a"},
        {"api_key": "sk a"},
        {"api_key": "sk_\u00e9"},
        {"model_kwargs": {"nothing_like_it": 1}},
    ],
)
def test_a_wrong_key_or_address_is_refused_when_it_is_given(given: dict[str, Any]) -> None:
    """The constructor raises the typed error, not a wrapped one."""
    with pytest.raises(InvalidInputError):
        ChatPollinations(**given)


@pytest.mark.parametrize(
    "given",
    [{"temperature": "hot"}, {"seed": "chance"}, {"echo_reasoning": "sometimes"}, {"timeout": "x"}],
)
def test_a_value_of_another_type_is_pydantics_error(given: dict[str, Any]) -> None:
    """Fields are typed, and the error does not show the value."""
    with pytest.raises(ValidationError) as caught:
        ChatPollinations(**given)
    assert "input_value" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"stop": list("abcde")}, "at most 4"),
        ({"seed": -2}, "seed"),
        ({"seed": 2**31}, "seed"),
        ({"max_tokens": 1, "max_completion_tokens": 1}, "both set"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"extra_body": {"when": object()}}, "JSON"),
    ],
)
def test_a_value_that_cannot_be_sent_is_refused_before_it_is(
    chat: Chat, sandbox: Sandbox, ask: Callable[..., Any], given: dict[str, Any], words: str
) -> None:
    """All four ways raise the same error, and nothing is sent."""
    with pytest.raises(InvalidInputError, match=words):
        ask(chat(**given), "Hi")
    assert sandbox.requests == []


def test_a_random_seed_is_drawn_for_each_call_and_told(chat: Chat, sandbox: Sandbox) -> None:
    """The answer's metadata names the seed that was sent."""
    model = chat(seed="random")
    answers = [model.invoke("Hi") for _ in range(4)]
    sent = [request.body["seed"] for request in sandbox.requests]
    assert [answer.response_metadata["seed"] for answer in answers] == sent
    assert len(set(sent)) == 4
    assert all(0 <= seed <= 2**31 - 1 for seed in sent)


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/"])
def test_a_base_url_may_end_in_v1(chat: Chat, sandbox: Sandbox, end: str) -> None:
    """The path is the same however the address is written."""
    chat(base_url=sandbox.base_url + end).invoke("Hi")
    assert sandbox.last.path == "/v1/chat/completions"


@pytest.mark.parametrize("where", ["field", "environment"])
def test_the_path_is_the_users(
    chat: Chat, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """`chat_path` or POLLINATIONS_CHAT_PATH sends chats elsewhere."""
    if where == "environment":
        monkeypatch.setenv("POLLINATIONS_CHAT_PATH", "/elsewhere")
    model = chat(**({"chat_path": "/elsewhere"} if where == "field" else {}))
    with pytest.raises(NotFoundError, match="chat_path"):
        model.invoke("Hi")
    assert sandbox.last.path == "/elsewhere"


@pytest.mark.parametrize("variable", ["POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN"])
def test_key_and_address_come_from_the_environment(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """A model needs no arguments; white space around a key does not count."""
    monkeypatch.setenv(variable, f" {sandbox.api_key}\n")
    monkeypatch.setenv("POLLINATIONS_BASE_URL", sandbox.base_url)
    ChatPollinations().invoke("Hi")
    assert sandbox.last.headers["authorization"] == f"Bearer {sandbox.api_key}"


def test_default_headers_travel(chat: Chat, sandbox: Sandbox) -> None:
    """They are sent with every request."""
    chat(default_headers={"x-team": "tests"}).invoke("Hi")
    assert sandbox.last.headers["x-team"] == "tests"


async def test_own_clients_are_used_and_left_open(chat: Chat, sandbox: Sandbox) -> None:
    """An `httpx` client of the user's sends the calls of its colour and is not closed."""
    with httpx.Client(headers={"x-mine": "sync"}) as sync:
        async with httpx.AsyncClient(headers={"x-mine": "async"}) as asynchronous:
            async with chat(http_client=sync, http_async_client=asynchronous) as model:
                model.invoke("Hi")
                await model.ainvoke("Hi again")
                model.close()
            sent = [request.headers.get("x-mine") for request in sandbox.requests]
            assert sent == ["sync", "async"]
            assert not sync.is_closed
            assert not asynchronous.is_closed


def test_making_a_model_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket and no SSL context are made before the first call."""

    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("the constructor opens something")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(ssl, "SSLContext", refuse)
    monkeypatch.setattr(ssl, "create_default_context", refuse)
    model = ChatPollinations(model="openai", api_key="sk_a", seed="random")
    assert model.bind_tools(["url_context"]).kwargs["tools"] == [{"type": "url_context"}]


def test_a_changed_copy_is_another_model(chat: Chat, sandbox: Sandbox) -> None:
    """`model_copy` reaches the body, the address and the key; the original stays."""
    model = chat(temperature=0.5)
    model.invoke("Hi")
    copy = model.model_copy(update={"temperature": 0.1, "pollinations_api_key": SecretStr("sk_x")})
    with pytest.raises(Exception, match="401"):
        copy.invoke("Hi")
    model.invoke("Hi")
    keys = [request.headers["authorization"] for request in sandbox.requests]
    assert keys == [f"Bearer {sandbox.api_key}", "Bearer sk_x", f"Bearer {sandbox.api_key}"]


def test_fields_are_configurable(chat: Chat, sandbox: Sandbox) -> None:
    """`configurable_fields` changes a field for one call."""
    model = chat(temperature=0.5).configurable_fields(
        temperature=ConfigurableField(id="heat"), model_name=ConfigurableField(id="which")
    )
    model.invoke("Hi", config={"configurable": {"heat": 0.1, "which": "gemini"}})
    assert (sandbox.last.body["temperature"], sandbox.last.body["model"]) == (0.1, "gemini")
