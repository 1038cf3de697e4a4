"""Which proxy a host is reached by."""

import platform
import urllib.request

import pytest

from _pollinations.http.client import Client
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.settings import settings

P = "http://p:1"


@pytest.mark.parametrize(
    ("env", "proxy"),
    [
        ({}, None),
        ({"https_proxy": P}, P),
        ({"HTTPS_PROXY": P}, P),
        ({"ALL_PROXY": P}, P),
        ({"http_proxy": P}, None),
        ({"https_proxy": " p:1 "}, P),
        ({"https_proxy": "p:1/", "all_proxy": "http://q:2"}, P),
        ({"https_proxy": " ", "all_proxy": P}, P),
        ({"https_proxy": "me:word@p:1"}, "http://me:word@p:1"),
        ({"https_proxy": "https://p:1"}, "https://p:1"),
    ],
)
def test_the_environments_proxy_is_used(env: dict[str, str], proxy: str | None) -> None:
    """The proxy of the gateway's scheme is taken however it is written, unless one is given."""
    url = "https://gen.example"

    assert settings(base_url=url, environment=env).pool.proxy == proxy
    assert settings(base_url=url, environment=env, proxy=" q:2").pool.proxy == "http://q:2"


@pytest.mark.parametrize(
    ("url", "no_proxy", "direct"),
    [
        ("https://gen.example", "gen.example", True),
        ("https://gen.example", "other.example,.example", True),
        ("https://gen.example", "*.example", True),
        ("https://gen.example", "other.example", False),
        ("https://gen.example", "*", True),
        ("https://gen.example", "ample", False),
        ("https://gen.example:443", " GEN.example:443, ", True),
        ("https://gen.example:443", "gen.example:444", False),
        ("https://gen.example", "a b gen.example", True),
        ("https://10.1.2.3", "10.0.0.0/8", True),
        ("https://10.1.2.3", "10.1.2.9/24", True),
        ("https://10.1.2.3", "10.2.0.0/16", False),
        ("https://10.1.2.3", "10.1.2.3", True),
        ("https://gen.example", "10.0.0.0/8", False),
        ("https://[fd00::1]", "fd00::/8", True),
        ("https://[::1]:4", "[::1]", True),
        ("https://[::1]", "10.0.0.0/8, nonsense/99", False),
    ],
)
def test_exempt_hosts_are_reached_directly(url: str, no_proxy: str, direct: bool) -> None:
    """NO_PROXY names hosts, domains and networks, with commas or blanks between them."""
    for name in ("no_proxy", "NO_PROXY"):
        pool = settings(base_url=url, environment={"HTTPS_PROXY": P, name: no_proxy}).pool
        assert pool.proxy == (None if direct else P)


@pytest.mark.parametrize("text", ["http://", "http://me:word@", "p:x", "p q:1", "p:99999"])
def test_what_is_no_proxy_is_refused(text: str) -> None:
    """With the name of the option or the variable, and without a password."""
    with pytest.raises(InvalidInputError, match="proxy is not a valid address") as caught:
        settings(proxy=text)
    assert "word" not in str(caught.value)
    with pytest.raises(InvalidInputError, match="HTTPS_PROXY is not a valid address"):
        settings(environment={"HTTPS_PROXY": text})


@pytest.mark.parametrize("system", ["Darwin", "Windows"])
def test_the_systems_proxy_is_used(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    """Where the system's settings name proxies, they count below the variables."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(urllib.request, "getproxies", lambda: {"https": "p:1", "no": "a.example"})

    assert Client(base_url="https://gen.example").settings.pool.proxy == P
    assert Client(base_url="https://a.example").settings.pool.proxy is None
    monkeypatch.setenv("https_proxy", "q:2")
    assert Client(base_url="https://gen.example").settings.pool.proxy == "http://q:2"
