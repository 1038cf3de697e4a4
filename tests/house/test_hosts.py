"""A key is sent to the host that the user named, and to no other."""

import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from thread_loop import _loop  # noqa: F401 - a fixture
from ways import EVERY_CLASS, WAYS, Way

from _pollinations.gateway import AsyncClient, Client, models
from langchain_pollinations import ChatPollinations
from langchain_pollinations import UnreadableAnswerError as LangChainError
from llama_index_pollinations import Pollinations
from llama_index_pollinations import UnreadableAnswerError as LlamaIndexError
from pollinations_sandbox import Fault, Sandbox, cli


@contextmanager
def redirected(sandbox: Sandbox, status: int = 307) -> Iterator[None]:
    """Answer with a redirect to another server; the call inside has to raise and not to follow."""
    with Sandbox() as elsewhere:
        away = elsewhere.base_url + "/v1/chat/completions"
        sandbox.fail(Fault.body(b"", status=status, headers={"Location": away}, times=None))
        with pytest.raises((LangChainError, LlamaIndexError), match="not redirected") as caught:
            yield

        assert elsewhere.base_url in str(caught.value)
        assert sandbox.api_key not in str(caught.value)
        assert len(sandbox.requests) == 1
        assert elsewhere.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_no_redirect_takes_the_key_elsewhere(way: Way, status: int, sandbox: Sandbox) -> None:
    """Each call raises and says where it was sent; the other server hears nothing."""
    with redirected(sandbox, status):
        way.ask(way.model(sandbox), "Hi")


async def test_a_client_of_the_users_own_follows_none_either(sandbox: Sandbox) -> None:
    """Even if it is set to follow redirects."""
    fields: dict[str, Any] = {"api_key": sandbox.api_key, "base_url": sandbox.base_url}
    with httpx.Client(follow_redirects=True) as own, redirected(sandbox):
        ChatPollinations(**fields, http_client=own).invoke("Hi")
    sandbox.clear()
    async with httpx.AsyncClient(follow_redirects=True) as other:
        with redirected(sandbox):
            await Pollinations(**fields, http_async_client=other).acomplete("Hi")


@pytest.mark.parametrize("kind", [Client, AsyncClient, *EVERY_CLASS])
def test_a_key_that_would_travel_in_the_open_is_warned_of(kind: Any) -> None:
    """An address without TLS warns, unless it is this machine."""
    with pytest.warns(UserWarning, match="no TLS: the key is sent unencrypted to gateway.example"):
        kind(api_key="sk_a", base_url="http://gateway.example")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kind(api_key="sk_a", base_url="http://[::1]:1")


# The sandbox has no access control, so other machines may not reach it.


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "gateway.example", ""])  # noqa: S104 - refused
def test_the_sandbox_refuses_any_other_host(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The class and the command say that it serves this machine only."""
    with pytest.raises(ValueError, match="listens on this machine only"):
        Sandbox(host=host)
    with pytest.raises(SystemExit, match="2"):
        cli.main(["--host", host])

    assert "listens on this machine only" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_the_sandbox_takes_any_name_of_this_machine(host: str) -> None:
    """Two sandboxes can be two hosts: the port stays free on every other address."""
    with Sandbox(host=host) as sandbox, Client(sandbox.api_key, sandbox.base_url) as client:
        assert client.send(models("text"))
        with socket.socket() as other:
            other.bind(("127.0.0.3", int(sandbox.base_url.removeprefix(f"http://{host}:"))))
