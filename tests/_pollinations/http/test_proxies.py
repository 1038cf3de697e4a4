"""Which proxy a host is reached by; the environment's is read by the standard library."""

import pytest

from _pollinations.http.errors import InvalidInputError
from _pollinations.http.proxies import proxy_for

P = "http://p:1"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https", "http", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_proxy".upper(), raising=False)


@pytest.mark.parametrize(
    ("env", "proxy"),
    [
        ({}, None),
        ({"https_proxy": P}, P),
        ({"ALL_PROXY": P}, P),
        ({"http_proxy": P}, None),
        ({"https_proxy": " p:1 "}, P),
        ({"https_proxy": "p:1/", "all_proxy": "http://q:2"}, P),
        ({"https_proxy": "me:word@p:1"}, "http://me:word@p:1"),
        ({"https_proxy": P, "NO_PROXY": "other.example, .EXAMPLE"}, None),
        ({"https_proxy": P, "no_proxy": "gen.example:444,ample,other.example"}, P),
    ],
)
def test_the_environments_proxy_is_used(
    env: dict[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy of the gateway's scheme is taken however it is written, unless one is given."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    assert proxy_for("https://gen.example", None) == proxy
    assert proxy_for("https://gen.example", " q:2") == "http://q:2"


@pytest.mark.parametrize("text", ["http://", "http://me:word@", "p:x", "p q:1", "p:99999"])
def test_what_is_no_proxy_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name of the option or the variable, and without a password."""
    with pytest.raises(InvalidInputError, match=r"^proxy is not a valid address") as caught:
        proxy_for("https://gen.example", text)
    assert "word" not in str(caught.value)
    monkeypatch.setenv("HTTPS_PROXY", text)
    with pytest.raises(InvalidInputError, match="https_proxy is not a valid address"):
        proxy_for("https://gen.example", None)


def test_networks_of_no_proxy_are_reached_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's own rule knows names only."""
    monkeypatch.setenv("http_proxy", P)
    monkeypatch.setenv("no_proxy", "other.example, 10.0.0.0/8")

    assert proxy_for("http://10.1.2.3:8000", None) is None
    assert proxy_for("http://11.1.2.3:8000", None) == P
