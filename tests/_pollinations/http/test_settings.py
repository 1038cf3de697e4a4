"""Where the gateway is, who asks, and how long to wait."""

import math
import re
import warnings
from typing import Any

import pytest

from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.retry import Retry
from _pollinations.http.settings import Settings, Timeouts


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "TOKEN", "BASE_URL"):
        monkeypatch.delenv(f"POLLINATIONS_{name}", raising=False)


def settings(**options: Any) -> Settings:
    return Client(**options).settings


@pytest.mark.parametrize(
    ("url", "base_url"),
    [
        *(
            (f"https://gen.example{end}", "https://gen.example")
            for end in (
                *("", "/", "/v1", "/v1/", "/v1// ", "/v1/chat/completions", "/chat/completions/"),
                *("/v1/embeddings", "/v1/images/generations", "/v1/audio/speech", "/v1/models"),
            )
        ),
        # A proxy may serve the gateway below a path.
        ("https://a.example/p/v1", "https://a.example/p"),
        ("https://a.example/chat", "https://a.example/chat"),
        # Whatever libraries make of odd letters, they all read the same host.
        ("https://GEN.example:443", "https://gen.example"),
        ("https://gen%2e\uff45xample\x00", "https://gen.example"),
        ("https://b\u00fccher.example/a b", "https://xn--bcher-kva.example/a%20b"),
    ],
)
def test_a_base_url_has_one_spelling(url: str, base_url: str) -> None:
    """The gateway's address is taken with and without `/`, `/v1` and an endpoint's path."""
    assert settings(base_url=url).base_url == base_url


@pytest.mark.parametrize(
    "url",
    [
        "gen.example",
        "ftp://gen.example",
        "https://",
        "https://gen.example:port",
        "https://gen.example/?key=sk_x",
        "https://user:hush@gen.example",
        "https://sk_hush@gen.example\\@other.example",
        "https://gen..example",
        "https://" + "a" * 64 + ".example",
        "https://gen.example:0",
        "https://gen.example/#x",
    ],
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    """An address that cannot work, or that carries secrets, is refused at once."""
    with pytest.raises(InvalidInputError, match="base_url") as caught:
        settings(base_url=url)

    assert "hush" not in str(caught.value)


def test_plain_text_over_a_network_is_warned_of() -> None:
    """At the line that makes the client; a gateway on the same machine needs no TLS."""
    for host in ("localhost:1", "127.0.0.1:1", "127.1.2.3", "[::1]:80"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            Client(base_url=f"http://{host}")
    with pytest.warns(UserWarning, match="no TLS") as caught:
        AsyncClient(base_url="http://gen.example")

    assert caught[0].filename == __file__


def test_the_environment_is_asked_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """An argument wins over POLLINATIONS_API_KEY, which wins over POLLINATIONS_TOKEN."""

    def key(**options: Any) -> str | None:
        secret = settings(**options).api_key
        return secret.get_secret_value() if secret else None

    assert key() is None
    monkeypatch.setenv("POLLINATIONS_TOKEN", "sk_token")
    assert key() == "sk_token"
    monkeypatch.setenv("POLLINATIONS_API_KEY", "sk_key")
    assert key() == "sk_key"
    assert key(api_key="sk_own") == "sk_own"
    assert settings().base_url == "https://gen.pollinations.ai"
    monkeypatch.setenv("POLLINATIONS_BASE_URL", "https://gen.example/v1")
    assert settings().base_url == "https://gen.example"
    assert settings(base_url="https://b.example").base_url == "https://b.example"


@pytest.mark.parametrize(
    ("key", "kind"),
    [("sk_a", "secret"), ("pk_a", "publishable"), ("a", "unknown"), (None, "none")],
)
def test_the_kind_of_a_key_is_its_prefix(key: str | None, kind: str) -> None:
    """Secret and publishable keys are told apart by their first letters."""
    assert settings(api_key=key).key_kind == kind
    assert settings(headers={"Authorization": "Bearer a"}).key_kind == "unknown"


@pytest.mark.parametrize(
    "key", ["sk_a b", "Bearer sk_a", "sk_\u00e9", "sk_\x00a", "sk_a\nX-Evil: 1"]
)
def test_what_is_no_key_is_refused_without_naming_it(key: str) -> None:
    """A key that no header can carry is refused, and not repeated in the error."""
    with pytest.raises(InvalidInputError) as caught:
        settings(api_key=key)

    assert "sk_" not in str(caught.value)
    assert "pass only the key, without 'Bearer '" in str(caught.value)


def test_a_key_is_not_shown() -> None:
    """Neither the key nor headers nor the proxy stand in the representation."""
    proxy = "http://user:hush@127.0.0.1:1"
    shown = repr(settings(api_key="sk_secret", headers={"X-A": "word"}, proxy=proxy))

    assert not re.search("secret|word|hush", shown)


@pytest.mark.parametrize(
    ("options", "timeouts"),
    [
        ({}, Timeouts(10, 300, 120)),
        ({"timeout": 30}, Timeouts(10, 30, 30)),
        ({"timeout": (1, 30)}, Timeouts(1, 30, 30)),
        ({"timeout": 600}, Timeouts(10, 600, 120)),
        ({"timeout": 30, "idle_timeout": 60}, Timeouts(10, 30, 60)),
        ({"idle_timeout": 3}, Timeouts(10, 300, 3)),
    ],
)
def test_the_timeout_bounds_a_streams_silence_too(options: Any, timeouts: Timeouts) -> None:
    """One number is the wait for an answer, two are connecting and reading."""
    assert settings(**options).timeouts == timeouts


@pytest.mark.parametrize(
    "options", [{"timeout": 0}, {"timeout": (-1, 9)}, {"idle_timeout": 0}, {"timeout": math.inf}]
)
def test_a_timeout_is_a_time_that_sockets_can_wait(options: Any) -> None:
    """What is none raises at once, and not at the first call."""
    with pytest.raises(InvalidInputError, match="seconds above 0"):
        settings(**options)


def test_retries_are_a_number_or_a_policy() -> None:
    """The number of retries is short for a whole policy."""
    assert settings().retry == Retry(max_retries=2)
    assert settings(max_retries=0).retry == Retry(max_retries=0)
    assert settings(retry=Retry(backoff=9)).retry.backoff == 9


@pytest.mark.parametrize(
    "headers", [{"x a": "b"}, {"": "b"}, {"x": "a\nb"}, {"x": "a\r\ny: c"}, {"x": "caf\u00e9"}]
)
def test_a_header_that_cannot_travel_is_refused(headers: dict[str, str]) -> None:
    """Before anything is sent, with the name that is meant, and without its value."""
    with pytest.raises(InvalidInputError, match="header") as caught:
        settings(headers=headers)

    assert repr(next(iter(headers))) in str(caught.value)
    assert "y: c" not in str(caught.value)
