"""What an impatient user reads: each error's first line says what failed and what to do."""

import traceback
from collections.abc import Callable
from typing import Any

import pytest
from error_texts import check_text
from ways import WAYS, Way

from _pollinations.http.errors import (
    AuthenticationError,
    InvalidInputError,
    PollinationsError,
)
from langchain_pollinations import ChatPollinations, PollinationsEmbeddings, PollinationsImageTool
from llama_index_pollinations import Pollinations, PollinationsEmbedding
from pollinations_sandbox import Sandbox

BOTH = [WAYS[0], WAYS[4]]
"""`invoke` and `chat`."""

KINDS: list[Callable[..., Any]] = [
    *(ChatPollinations, PollinationsEmbeddings, PollinationsImageTool),
    *(Pollinations, PollinationsEmbedding),
]
BAD_OPTIONS: dict[str, Any] = {
    "temprature": 1,
    "n": 2,
    "seed": 1.5,
    "tools": 3,
    "catalog": 3,
    "extra_body": 3,
}


def error_of(call: Callable[[], object]) -> PollinationsError:
    with pytest.raises(PollinationsError) as caught:
        call()
    check_text(caught.value)
    return caught.value


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_missing_key_is_told_in_one_line(
    sandbox: Sandbox, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first line says that there is none, how to set one, and where to get it."""
    for name in ("POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    kind = type(way.model(sandbox))
    error = error_of(lambda: way.ask(kind(base_url=sandbox.base_url), "Hi"))

    assert isinstance(error, AuthenticationError)
    assert str(error).splitlines()[0] == (
        "401 UNAUTHORIZED: No API key is set. Set POLLINATIONS_API_KEY or pass "
        'api_key="sk_..."; get one at enter.pollinations.ai.'
    )


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_missing_network_is_told_in_one_line(sandbox: Sandbox, way: Way) -> None:
    """The only line says after how many attempts, what failed, and what to check."""
    model = way.model(sandbox)
    kind, url = type(model), "https://gateway.invalid"
    error = error_of(lambda: way.ask(kind(base_url=url, api_key="sk_1"), "Hi"))

    assert str(error) == (
        f"After 3 attempts: Connection to {url} failed: unknown host name. "
        "Check the network, the proxy settings and base_url."
    )


@pytest.mark.parametrize("way", BOTH, ids=str)
def test_a_traceback_shows_the_users_call_and_not_the_client(sandbox: Sandbox, way: Way) -> None:
    """Of the frames between the framework and the socket none is shown, with a key or without."""
    for key in ("sk_wrong", None):
        model = type(way.model(sandbox))(base_url=sandbox.base_url, api_key=key)
        error = error_of(lambda model=model: way.ask(model, "Hi"))
        lines = "".join(traceback.format_exception(error))

        assert "test_error_texts.py" in lines
        assert "http/exchange.py" not in lines
        assert "http/error_reader.py" not in lines
        assert lines.count("\n") < 60


@pytest.mark.parametrize("kind", KINDS)
def test_an_option_without_its_name_is_refused(kind: Callable[..., Any]) -> None:
    """The error shows how options are passed."""
    error = error_of(lambda: kind("openai"))

    assert str(error) == f"{kind.__name__} takes options by name, such as model='openai'."


@pytest.mark.parametrize("way", BOTH, ids=str)
@pytest.mark.parametrize("name", BAD_OPTIONS)
def test_a_wrong_option_of_a_call_is_named(sandbox: Sandbox, way: Way, name: str) -> None:
    """Before any request, by its name."""
    model = way.model(sandbox)
    method = model.invoke if way.framework == "langchain" else model.complete
    error = error_of(lambda: method("Hi", **{name: BAD_OPTIONS[name]}))

    assert isinstance(error, InvalidInputError)
    assert name in str(error)
    assert sandbox.requests == []
