"""A key is sent to the host that the user named, and to no other."""

import asyncio
import socket
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from llama_index.core.llms import ChatMessage

from _pollinations.gateway import AsyncClient, Client, image, models, speech
from langchain_pollinations import ChatPollinations, PollinationsEmbeddings
from langchain_pollinations import UnreadableAnswerError as LangChainError
from llama_index_pollinations import Pollinations, PollinationsEmbedding
from llama_index_pollinations import UnreadableAnswerError as LlamaIndexError
from pollinations_sandbox import Fault, Sandbox, cli


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def elsewhere() -> Iterator[Sandbox]:
    """Another server, which would answer, and see the key."""
    with Sandbox() as running:
        yield running


Send = Callable[[dict[str, Any]], object]
HELLO = [ChatMessage("Hi")]
# Beside the models, which `ask` asks.
OTHERS: dict[str, Send] = {
    "embed_query": lambda fields: PollinationsEmbeddings(**fields).embed_query("Hi"),
    "aembed_query": lambda fields: asyncio.run(PollinationsEmbeddings(**fields).aembed_query("Hi")),
    "get_query_embedding": lambda fields: PollinationsEmbedding(**fields).get_query_embedding("Hi"),
    "a picture": lambda fields: Client(**fields).send(image("A bee", model="flux")),
    "speech": lambda fields: asyncio.run(AsyncClient(**fields).send(speech("Hi"))),
}


def with_own_client(fields: dict[str, Any]) -> object:
    with httpx.Client(follow_redirects=True) as mine:
        return ChatPollinations(**fields, http_client=mine).invoke("Hi")


async def with_own_async_client(fields: dict[str, Any]) -> object:
    async with httpx.AsyncClient(follow_redirects=True) as mine:
        return await Pollinations(**fields, http_async_client=mine).achat(HELLO)


OWN_CLIENTS: dict[str, Send] = {
    "sync": with_own_client,
    "async": lambda fields: asyncio.run(with_own_async_client(fields)),
}


def is_not_followed(send: Send, status: int, sandbox: Sandbox, elsewhere: Sandbox) -> None:
    away = elsewhere.base_url + "/v1/chat/completions"
    sandbox.fail(Fault.body(b"", status=status, headers={"Location": away}, times=None))
    fields = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
    errors = (LangChainError, LlamaIndexError)
    with pytest.raises(errors, match="are not redirected") as caught:
        send(fields)

    assert elsewhere.base_url in str(caught.value)
    assert sandbox.api_key not in str(caught.value)
    assert len(sandbox.requests) == 1
    assert elsewhere.connections == 0


@pytest.mark.parametrize("status", [302, 307])
def test_no_redirect_takes_the_key_elsewhere(
    sandbox: Sandbox, elsewhere: Sandbox, send: Send, status: int
) -> None:
    """Each way to ask raises and says where it was sent; the other server hears nothing."""
    is_not_followed(send, status, sandbox, elsewhere)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("what", OTHERS)
def test_no_kind_of_redirect_is_followed(
    sandbox: Sandbox, elsewhere: Sandbox, what: str, status: int
) -> None:
    """Not even one that keeps the method, not one that is for good, and not for a picture."""
    is_not_followed(OTHERS[what], status, sandbox, elsewhere)


@pytest.mark.parametrize("colour", OWN_CLIENTS)
def test_a_client_of_the_users_own_follows_none_either(
    sandbox: Sandbox, elsewhere: Sandbox, colour: str
) -> None:
    """Even if it was told to follow redirects."""
    is_not_followed(OWN_CLIENTS[colour], 302, sandbox, elsewhere)


ADDRESSED: dict[str, Callable[[str], object]] = {
    "Client": lambda url: Client("sk_a", url),
    "AsyncClient": lambda url: AsyncClient("sk_a", url),
    "ChatPollinations": lambda url: ChatPollinations(api_key="sk_a", base_url=url),
    "PollinationsEmbeddings": lambda url: PollinationsEmbeddings(api_key="sk_a", base_url=url),
    "Pollinations": lambda url: Pollinations(api_key="sk_a", base_url=url),
    "PollinationsEmbedding": lambda url: PollinationsEmbedding(api_key="sk_a", base_url=url),
}


@pytest.mark.parametrize("make", ADDRESSED.values(), ids=ADDRESSED)
def test_a_key_that_would_travel_in_the_open_is_warned_of(make: Callable[[str], object]) -> None:
    """An address without TLS warns, unless it is this machine."""
    with pytest.warns(UserWarning, match="no TLS: the key is sent unencrypted to gateway.example"):
        make("http://gateway.example")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for quiet in ("https://gateway.example", "http://localhost:1", "http://127.0.0.1:1"):
            make(quiet)
        make("http://[::1]:1")


# The sandbox has no access control, so other machines may not reach it.


def test_the_sandbox_listens_on_this_machine_only(sandbox: Sandbox) -> None:
    """No other address of the machine leads to it."""
    port = int(sandbox.base_url.rpartition(":")[2])
    with Client(sandbox.api_key, sandbox.base_url) as client:
        assert client.send(models("text"))
    with socket.socket() as other:
        # The port is still free on every address but the one that is taken.
        other.bind(("127.0.0.2", port))

    assert sandbox.base_url.startswith("http://127.0.0.1:")


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
    """Two sandboxes can be two hosts."""
    with Sandbox(host=host) as sandbox, Client(sandbox.api_key, sandbox.base_url) as client:
        assert host in sandbox.base_url
        assert client.send(models("text"))
