from collections.abc import Callable
from typing import Any

from chats import echo
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import HumanMessage
from spelling import sse, whole
from ways import add

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]

USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 10,
    "total_tokens": 30,
    "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 2, "cache_write_tokens": 3},
    "completion_tokens_details": {"reasoning_tokens": 4, "audio_tokens": 1},
}


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


def test_langchains_cache_tells_models_and_calls_apart(chat: Chat, sandbox: Sandbox) -> None:
    """Only the same model with the same options and tools is answered from it."""
    fields: list[dict[str, Any]] = [
        {},
        {"temperature": 0.1},
        {"model": "gemini"},
        {"extra_body": {"x": 1}},
        {"model_kwargs": {"top_p": 0.1}},
        {"builtin_tools": ["google_search"]},
    ]
    cache = InMemoryCache()
    models: list[Any] = [chat(cache=cache, **each) for each in fields]
    models += [models[0].bind_tools([add]), models[0].bind(stop=["END"])]
    for model in models * 2:
        model.invoke("Add 1 and 2")
    assert len(sandbox.requests) == len(models)


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


class Tracer(BaseCallbackHandler):
    """What tracers see."""

    def __init__(self) -> None:
        self.stops: list[Any] = []
        self.tokens: list[str] = []
        self.reasons: list[Any] = []

    def on_chat_model_start(self, *_: Any, invocation_params: Any, **__: Any) -> None:
        self.stops.append(invocation_params["stop"])

    def on_llm_new_token(self, token: Any, **_: Any) -> None:
        self.tokens.append(token)

    def on_llm_end(self, response: Any, **_: Any) -> None:
        self.reasons.append(response.generations[0][0].generation_info["finish_reason"])


def test_tracers_see_the_stop_and_the_finish_reason(chat: Chat, ask: Any) -> None:
    """The model's own stop, unless the call has one; the reason beside the message too."""
    tracer = Tracer()
    config = {"callbacks": [tracer]}
    ask(chat(stop="END"), "Hi", config=config)
    ask(chat(stop=["END"]), "Hi", config=config, stop=["OTHER"])
    ask(chat(), "Hi", config=config)

    assert tracer.stops == [["END"], ["OTHER"], None]
    assert tracer.reasons == ["stop"] * 3


def test_tracers_see_each_token_once(chat: Chat, ask_in_pieces: Any) -> None:
    """`on_llm_new_token` is called for each piece."""
    tracer = Tracer()
    message = ask_in_pieces(chat(callbacks=[tracer]), "Why is the sky blue?")
    assert "".join(tracer.tokens) == message.content
    assert len(tracer.tokens) > 3


def test_generate_sums_the_usage(chat: Chat) -> None:
    """Of all its answers."""
    result = chat().generate([[HumanMessage("Hi")], [HumanMessage("Hello")]])
    single = [generation[0].message.usage_metadata for generation in result.generations]
    assert result.llm_output is not None
    assert result.llm_output["token_usage"]["total_tokens"] == sum(
        usage["total_tokens"] for usage in single
    )
