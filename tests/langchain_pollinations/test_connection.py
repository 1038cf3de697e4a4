"""How tools and embeddings reach the gateway: the chat model's names, and nothing else."""

import asyncio
import copy
import json
import pickle
from typing import Any

import httpx
import pytest
from langchain_core.load import dumps
from pydantic import SecretStr

from langchain_pollinations import (
    AuthenticationError,
    ChatPollinations,
    InvalidInputError,
    PollinationsEmbeddings,
    PollinationsImageTool,
    PollinationsSpeechTool,
    PollinationsTranscriptionTool,
    PollinationsVideoTool,
)
from pollinations_sandbox import Sandbox

KEY = "sk_very_secret"
CLASSES = [
    PollinationsEmbeddings,
    PollinationsImageTool,
    PollinationsSpeechTool,
    PollinationsTranscriptionTool,
    PollinationsVideoTool,
]


@pytest.fixture(params=CLASSES, ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_it_takes_the_chat_model_s_names(kind: Any) -> None:
    """Both LangChain's names and the short ones."""
    short = kind(
        api_key=KEY,
        base_url="https://x.example/v1/",
        timeout=5,
        max_retries=1,
        default_headers={"X-Title": "App"},
        proxy="http://proxy:1",
    )
    long = kind(
        pollinations_api_key=SecretStr(KEY),
        pollinations_api_base="https://x.example",
        request_timeout=5,
        max_retries=1,
        default_headers={"X-Title": "App"},
        proxy="http://proxy:1",
    )

    assert short._clients()[0].settings == long._clients()[1].settings
    assert short._clients()[0].settings.timeouts.read == 5


def test_names_of_other_packages_are_taken() -> None:
    """Of models, embeddings and tools alike; a name that is set twice is refused."""
    given: dict[str, Any] = {"api_base": "https://x.example/v1/chat/completions", "api_key": KEY}
    model = ChatPollinations(model_id="gemini", stop_sequences=["a"], **given)
    embeddings = PollinationsEmbeddings(model_name="gemini-embedding", **given)

    assert (model.model, model.stop, embeddings.model) == ("gemini", ["a"], "gemini-embedding")
    for made in (model, embeddings, PollinationsImageTool(**given)):
        assert made._clients()[0].settings.base_url == "https://x.example"
    with pytest.raises(InvalidInputError, match="api_base is another name of base_url"):
        ChatPollinations(base_url="https://x.example", **given)


def test_misspelt_names_are_refused(kind: Any) -> None:
    """With the name that was probably meant."""
    with pytest.raises(InvalidInputError, match="base_url"):
        kind(base_ulr="https://x.example")


@pytest.mark.parametrize("wrong", [{"base_url": "nowhere"}, {"api_key": "sk_\n x"}])
def test_what_cannot_be_an_address_is_refused(kind: Any, wrong: Any) -> None:
    """When it is made, not when it is used, and without showing the key."""
    with pytest.raises(InvalidInputError) as caught:
        kind(**wrong)

    assert "sk_" not in str(caught.value)


def test_no_key_is_shown(kind: Any) -> None:
    """Neither by repr, nor by str, nor in a dump."""
    made = kind(api_key=KEY, default_headers={"X-Key": KEY}, proxy=f"http://u:{KEY}@proxy:1")

    shown = (repr(made), str(made), dumps(made), repr(made.model_dump()))
    assert all(KEY not in text for text in shown)


def test_it_can_be_pickled_and_copied(kind: Any, sandbox: Sandbox) -> None:
    """Also after use, and with a client of the user's own, which stays at home."""
    with httpx.Client() as own:
        made = kind(api_key=KEY, base_url=sandbox.base_url, http_client=own)
        if hasattr(made, "tool_call_schema"):
            assert made.tool_call_schema
        made._clients()

        copied, again = copy.deepcopy(made), pickle.loads(pickle.dumps(made))  # noqa: S301 - ours

    assert copied.http_client is own
    assert again.http_client is None
    assert again._clients()[0].settings == copied._clients()[0].settings


def test_nothing_is_opened_until_it_is_used(kind: Any, sandbox: Sandbox) -> None:
    """A constructor asks nobody."""
    kind(base_url=sandbox.base_url)

    assert sandbox.requests == []


def test_the_environment_names_key_and_address(
    kind: Any, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    """`POLLINATIONS_API_KEY`, else `POLLINATIONS_TOKEN`; `POLLINATIONS_BASE_URL`."""
    monkeypatch.setenv("POLLINATIONS_TOKEN", KEY)
    monkeypatch.delenv("POLLINATIONS_API_KEY", raising=False)
    monkeypatch.setenv("POLLINATIONS_BASE_URL", sandbox.base_url)

    settings = kind()._clients()[0].settings

    assert settings.api_key.get_secret_value() == KEY
    assert settings.base_url == sandbox.base_url


async def test_it_closes_in_both_colours(kind: Any, sandbox: Sandbox) -> None:
    """As a context manager or by hand; afterwards it can be used again."""
    made = kind(api_key=sandbox.api_key, base_url=sandbox.base_url)
    with made as blocking:
        assert blocking is made
    async with made as coroutines:
        assert coroutines is made
    made.close()
    await made.aclose()


def test_users_clients_are_used(sandbox: Sandbox) -> None:
    """`http_client` for blocking calls, `http_async_client` for coroutines; neither is closed."""
    seen: list[str] = []
    hooks = {"request": [lambda request: seen.append(request.url.path)]}

    async def hook(request: httpx.Request) -> None:
        seen.append(request.url.path)

    async def ask() -> None:
        async with httpx.AsyncClient(event_hooks={"request": [hook]}) as own:
            made = PollinationsEmbeddings(
                api_key=sandbox.api_key, base_url=sandbox.base_url, http_async_client=own
            )
            await made.aembed_query("a")
            await made.aclose()
            assert not own.is_closed

    with httpx.Client(event_hooks=hooks) as own:
        PollinationsEmbeddings(
            api_key=sandbox.api_key, base_url=sandbox.base_url, http_client=own
        ).embed_query("a")
        assert not own.is_closed
    asyncio.run(ask())

    assert seen == ["/v1/embeddings", "/v1/embeddings"]


def test_a_wrong_key_is_told_without_showing_it(sandbox: Sandbox) -> None:
    """The typed error of the chat model."""
    with pytest.raises(AuthenticationError) as caught:
        PollinationsEmbeddings(api_key=KEY, base_url=sandbox.base_url).embed_query("a")

    assert KEY not in str(caught.value) + json.dumps(caught.value.facts, default=str)
