from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chats import echo
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler
from langchain_core.globals import set_llm_cache
from langchain_core.messages import HumanMessage
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import RunnableBinding
from spelling import sse, whole

from langchain_pollinations import ChatPollinations, RateLimitError
from pollinations_sandbox import Fault, Sandbox

Chat = Callable[..., ChatPollinations]

USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 10,
    "total_tokens": 30,
    "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 2, "cache_write_tokens": 3},
    "completion_tokens_details": {"reasoning_tokens": 4, "audio_tokens": 1},
}


@pytest.fixture
def _cache() -> Iterator[None]:
    set_llm_cache(InMemoryCache())
    yield
    set_llm_cache(None)


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def test_all_four_ways_give_the_same_message(chat: Chat, sandbox: Sandbox, ask: Any) -> None:
    """Text, usage and metadata are the same, whole or in pieces; each event counts once."""
    sandbox.reply(
        sse({"content": "Hel"}, {"content": "lo"}, usage=USAGE)
        if ask.streams
        else whole({"content": "Hello"}, usage=USAGE)
    )
    message = ask(chat(), "Hi")
    assert message.content == "Hello"
    assert message.usage_metadata == {
        "input_tokens": 20,
        "output_tokens": 10,
        "total_tokens": 30,
        "input_token_details": {"cache_read": 8, "audio": 2, "cache_creation": 3},
        "output_token_details": {"reasoning": 4, "audio": 1},
    }
    metadata = message.response_metadata
    assert (metadata["model_provider"], metadata["model_name"]) == ("pollinations", "openai")
    assert (metadata["model"], metadata["id"], metadata["finish_reason"]) == ("m-1", "c1", "stop")
    assert metadata["token_usage"] == USAGE
    assert "x-request-id" in metadata["headers"]


def test_stream_usage_and_stream_options_say_what_is_asked(chat: Chat, sandbox: Sandbox) -> None:
    """Usage is asked for unless it is switched off; options of the user's own win."""
    list(chat().stream("Hi"))
    list(chat(stream_usage=False).stream("Hi"))
    list(chat(stream_options={"include_usage": False}).stream("Hi"))
    sent = [request.body["stream_options"]["include_usage"] for request in sandbox.requests]
    assert sent == [True, False, False]


def test_streaming_makes_invoke_stream_inside(chat: Chat, sandbox: Sandbox) -> None:
    """`streaming=True` streams, `streaming=False` makes even `stream` ask for a whole answer."""
    assert chat(streaming=True).invoke("Say only: hello").content == echo("Say only: hello")
    assert sandbox.last.body["stream"] is True
    list(chat(streaming=False).stream("Hi"))
    assert "stream" not in sandbox.last.body


def test_callbacks_count_usage_by_the_name_asked_for(chat: Chat, ask: Any) -> None:
    """LangChain's usage handler counts streams too."""
    counter = UsageMetadataCallbackHandler()
    message = ask(chat(model="openai"), "Hi", config={"callbacks": [counter]})
    assert counter.usage_metadata == {"openai": message.usage_metadata}


class _Tokens(BaseCallbackHandler):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def on_llm_new_token(self, token: Any, **_: Any) -> None:
        self.texts.append(token)


def test_callbacks_hear_each_token_once(chat: Chat, ask_in_pieces: Any) -> None:
    """`on_llm_new_token` is called once for each piece."""
    heard = _Tokens()
    message = ask_in_pieces(chat(), "Why is the sky blue?", config={"callbacks": [heard]})
    assert "".join(heard.texts) == message.content
    assert len(heard.texts) > 3


@pytest.mark.usefixtures("_cache")
def test_the_global_cache_tells_models_and_calls_apart(chat: Chat, sandbox: Sandbox) -> None:
    """Only the same model with the same options and tools is answered from LangChain's cache."""
    models: list[Any] = [
        chat(),
        chat(temperature=0.1),
        chat(model="gemini"),
        chat(max_tokens=9),
        chat(seed=1),
        chat(reasoning_effort="low"),
        chat(extra_body={"x": 1}),
        chat(model_kwargs={"top_p": 0.1}),
        chat(builtin_tools=["google_search"], model="gemini"),
        chat(chat_path="/v1/chat/completions"),
        chat(response_format={"type": "text"}),
        chat().bind_tools([add]),
        chat().bind_tools([add], tool_choice="any"),
        chat().bind(stop=["END"]),
    ]
    for model in models:
        model.invoke("Add 1 and 2")
    assert len(sandbox.requests) == len(models)
    for model in models:
        model.invoke("Add 1 and 2")
    assert len(sandbox.requests) == len(models)


def test_identifying_params_name_every_option(chat: Chat) -> None:
    """What shapes an answer is there; keys, headers and clients are not."""
    options: dict[str, Any] = {
        "temperature": 0.5, "top_p": 0.1, "max_tokens": 5, "seed": 1, "stop": ["END"], "user": "u",
        "reasoning_effort": "low", "thinking_budget": 5, "response_format": {"type": "text"},
        "extra_body": {"x": 1}, "chat_path": "/x", "echo_reasoning": "never", "tool_media": "drop",
    }  # fmt: skip
    model = chat(**options, default_headers={"x-a": "b"}, builtin_tools=["url_context"])
    named = model._identifying_params
    assert named.items() >= {**options, "model_name": "openai"}.items()
    assert named["tools"] == [{"type": "url_context"}]
    assert not {"pollinations_api_key", "default_headers", "http_client"} & named.keys()


def test_langsmith_is_told_what_runs(chat: Chat) -> None:
    """The tracer's parameters follow the fields and the call."""
    model = chat(model="gemini", temperature=0.5, max_tokens=5, stop=["END"])
    assert model._get_ls_params() == {
        "ls_provider": "pollinations",
        "ls_model_name": "gemini",
        "ls_model_type": "chat",
        "ls_temperature": 0.5,
        "ls_max_tokens": 5,
        "ls_stop": ["END"],
    }
    params = model._get_ls_params(stop=["X"], model="openai", temperature=0)
    assert (params["ls_model_name"], params["ls_temperature"], params["ls_stop"]) == (
        "openai",
        0,
        ["X"],
    )


def test_tracers_see_the_stop_and_the_finish_reason(chat: Chat, ask: Any) -> None:
    """The model's own stop, unless the call has one; the reason beside the message too."""

    class Seen(BaseCallbackHandler):
        def __init__(self) -> None:
            self.stops: list[Any] = []
            self.reasons: list[Any] = []

        def on_chat_model_start(self, *_: Any, invocation_params: Any, **__: Any) -> None:
            self.stops.append(invocation_params["stop"])

        def on_llm_end(self, response: Any, **_: Any) -> None:
            self.reasons.append(response.generations[0][0].generation_info["finish_reason"])

    seen = Seen()
    config = {"callbacks": [seen]}
    ask(chat(stop="END"), "Hi", config=config)
    ask(chat(stop=["END"]), "Hi", config=config, stop=["OTHER"])
    ask(chat(), "Hi", config=config)

    assert seen.stops == [["END"], ["OTHER"], None]
    assert seen.reasons == ["stop"] * 3


def test_bind_tools_keeps_what_the_model_is(chat: Chat) -> None:
    """A binding wraps the same object: callbacks, tags, rate limiter and subclass stay."""
    model = chat(tags=["mine"])
    bound = model.bind_tools([add], temperature=0.1)
    assert isinstance(bound, RunnableBinding)
    assert bound.bound is model
    assert bound.kwargs["temperature"] == 0.1


def test_batches_keep_their_order_and_sum_their_usage(chat: Chat, sandbox: Sandbox) -> None:
    """`batch` answers in order; `generate` adds the token counts up."""
    texts = [f"Say only: word{number}" for number in range(8)]
    assert [one.content for one in chat().batch(texts)] == [echo(text) for text in texts]
    sandbox.clear()
    result = chat().generate([[HumanMessage("Hi")], [HumanMessage("Hello")]])
    single = [generation[0].message.usage_metadata for generation in result.generations]
    assert result.llm_output is not None
    assert result.llm_output["token_usage"]["total_tokens"] == sum(
        usage["total_tokens"] for usage in single
    )


def test_a_rate_limiter_holds_for_bound_models(chat: Chat) -> None:
    """The limiter is asked before each call of a binding too."""
    limiter = InMemoryRateLimiter(requests_per_second=1000, max_bucket_size=1)
    acquired: list[bool] = []

    class Counting(InMemoryRateLimiter):
        def acquire(self, *, blocking: bool = True) -> bool:
            acquired.append(blocking)
            return limiter.acquire(blocking=blocking)

    chat(rate_limiter=Counting()).bind_tools([add]).invoke("Hi")
    assert acquired == [True]


def test_fallbacks_and_retries_see_our_errors(chat: Chat, sandbox: Sandbox) -> None:
    """`with_fallbacks` goes on to the next model, `with_retry` to the next attempt."""
    sandbox.fail(Fault.status(429, model="openai", times=1))
    model = chat(max_retries=0)
    answer = model.with_fallbacks([chat(model="gemini", max_retries=0)]).invoke("Hi")
    assert answer.response_metadata["model_name"] == "gemini"
    sandbox.fail(Fault.status(429, times=1))
    retried = model.with_retry(
        retry_if_exception_type=(RateLimitError,), wait_exponential_jitter=False
    )
    assert retried.invoke("Hi").content


@pytest.mark.parametrize("reason", ["length", "content_filter", "max_tokens", "brand_new"])
def test_every_finish_reason_ends_an_answer(
    chat: Chat, sandbox: Sandbox, ask_in_pieces: Any, reason: str
) -> None:
    """An answer that is short for a known reason is whole."""
    sandbox.reply(sse({"content": "Hi"}, reason=reason))

    assert ask_in_pieces(chat(), "Hi").response_metadata["finish_reason"] == reason
