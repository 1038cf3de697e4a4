"""How tools and embeddings reach the gateway: the language model's names, and nothing else."""

import copy
import json
import pickle
from typing import Any

import httpx
import pytest

from llama_index_pollinations import (
    AuthenticationError,
    InvalidInputError,
    Pollinations,
    PollinationsEmbedding,
    PollinationsToolSpec,
)
from pollinations_sandbox import Sandbox

KEY = "sk_very_secret"


@pytest.fixture(params=[PollinationsEmbedding, PollinationsToolSpec], ids=lambda k: k.__name__)
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_it_takes_the_language_model_s_names(kind: Any) -> None:
    """Key, address, patience, headers, proxy."""
    settings = (
        kind(
            api_key=KEY,
            base_url="https://x.example/v1/",
            timeout=(1, 5),
            max_retries=1,
            default_headers={"X-Title": "App"},
            proxy="http://proxy:1",
        )
        ._clients()[1]
        .settings
    )

    assert settings.base_url == "https://x.example"
    assert (settings.timeouts.connect, settings.timeouts.read) == (1, 5)
    assert settings.retry.max_retries == 1
    assert dict(settings.headers) == {"x-title": "App"}


def test_names_of_other_packages_are_taken() -> None:
    """OpenAILike's, of models, embeddings and tools alike."""
    given: dict[str, Any] = {"api_base": "https://x.example", "api_key": KEY, "request_timeout": 5}
    model = Pollinations(model_name="gemini", **given)
    embedding = PollinationsEmbedding(model="gemini-embedding", **given)

    assert (model.model, embedding.model_name) == ("gemini", "gemini-embedding")
    for made in (model, embedding, PollinationsToolSpec(**given)):
        settings = made._clients()[0].settings
        assert (settings.base_url, settings.timeouts.read) == ("https://x.example", 5)
    with pytest.raises(InvalidInputError, match="leave it out"):
        Pollinations(is_chat_model=True)


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
    dumped = made.to_dict() if hasattr(made, "to_dict") else made.model_dump()

    assert all(KEY not in text for text in (repr(made), str(made), json.dumps(dumped)))


def test_it_can_be_pickled_and_copied(kind: Any, sandbox: Sandbox) -> None:
    """Also after use, and with a client of the user's own, which stays at home."""
    with httpx.Client() as own:
        made = kind(api_key=KEY, base_url=sandbox.base_url, http_client=own)
        made._clients()
        copied, again = copy.deepcopy(made), pickle.loads(pickle.dumps(made))  # noqa: S301 - ours
        assert made.http_client is copied.http_client is own

    assert again.http_client is None
    assert again._clients()[0].settings.base_url == sandbox.base_url


def test_nothing_is_opened_until_it_is_used(kind: Any, sandbox: Sandbox) -> None:
    """A constructor asks nobody."""
    kind(base_url=sandbox.base_url)

    assert sandbox.requests == []


def test_the_environment_names_key_and_address(
    kind: Any, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    """`POLLINATIONS_API_KEY`, else `POLLINATIONS_TOKEN`; `POLLINATIONS_BASE_URL`."""
    monkeypatch.delenv("POLLINATIONS_API_KEY", raising=False)
    monkeypatch.setenv("POLLINATIONS_TOKEN", KEY)
    monkeypatch.setenv("POLLINATIONS_BASE_URL", sandbox.base_url)

    settings = kind()._clients()[0].settings

    assert settings.api_key.get_secret_value() == KEY
    assert settings.base_url == sandbox.base_url


async def test_it_closes_in_both_colours(kind: Any, sandbox: Sandbox) -> None:
    """As a context manager or by hand."""
    made = kind(api_key=sandbox.api_key, base_url=sandbox.base_url)
    with made as blocking:
        assert blocking is made
    async with made as coroutines:
        assert coroutines is made
    made.close()
    await made.aclose()


def test_a_wrong_key_is_told_without_showing_it(sandbox: Sandbox) -> None:
    """The typed error of the language model."""
    made = PollinationsEmbedding(api_key=KEY, base_url=sandbox.base_url)
    with pytest.raises(AuthenticationError) as caught:
        made.get_query_embedding("a")

    assert KEY not in str(caught.value) + json.dumps(caught.value.facts, default=str)
