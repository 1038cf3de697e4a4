from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler
from langchain_core.globals import set_llm_cache
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import RunnableBinding

from langchain_pollinations import ChatPollinations, RateLimitError
from pollinations_sandbox import Fault, Sandbox

Chat = Callable[..., ChatPollinations]
Ask = Callable[..., AIMessage]

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


def test_all_four_ways_give_the_same_message(
    either_sandbox: Sandbox, ask: Ask, events: Any, completion: Any
) -> None:
    """Text, usage and metadata are the same, whole or in pieces; each event counts once."""
    if "stream" in getattr(ask, "__code__", ask).co_names or _streams(ask):
        either_sandbox.reply(events({"content": "Hel"}, {"content": "lo"}, usage=USAGE))
    else:
        either_sandbox.reply(completion({"content": "Hello"}, usage=USAGE))
    model = ChatPollinations(
        model="openai", base_url=either_sandbox.base_url, api_key=either_sandbox.api_key
    )
    message = ask(model, "Hi")
    assert message.content == "Hello"
    assert message.usage_metadata == {
        "input_tokens": 20,
        "output_tokens": 10,
        "total_tokens": 30,
        "input_token_details": {"cache_read": 8, "audio": 2, "cache_creation": 3},
        "output_token_details": {"reasoning": 4, "audio": 1},
    }
    told = message.response_metadata
    assert (told["model_provider"], told["model_name"]) == ("pollinations", "openai")
    assert (told["model"], told["id"], told["finish_reason"]) == ("m-1", "c1", "stop")
    assert told["token_usage"] == USAGE
    assert "x-request-id" in told["headers"]
