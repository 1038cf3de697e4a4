"""Which hosts a key is sent to: the one that the user named, and no other."""

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
def stranger() -> Iterator[Sandbox]:
    """A server elsewhere that would gladly answer, and keep the key."""
    with Sandbox() as running:
        yield running


Ask = Callable[[dict[str, Any]], object]
HELLO = [ChatMessage("Hi")]
# Beside the models, which `ask` asks.
OTHERS: dict[str, Ask] = {
    "embed_query": lambda given: PollinationsEmbeddings(**given).embed_query("Hi"),
    "aembed_query": lambda given: asyncio.run(PollinationsEmbeddings(**given).aembed_query("Hi")),
    "get_query_embedding": lambda given: PollinationsEmbedding(**given).get_query_embedding("Hi"),
    "a picture": lambda given: Client(**given).send(image("A bee", model="flux")),
    "speech": lambda given: asyncio.run(AsyncClient(**given).send(speech("Hi"))),
}


def bringing(given: dict[str, Any]) -> object:
    with httpx.Client(follow_redirects=True) as mine:
        return ChatPollinations(**given, http_client=mine).invoke("Hi")


async def abringing(given: dict[str, Any]) -> object:
    async with httpx.AsyncClient(follow_redirects=True) as mine:
        return await Pollinations(**given, http_async_client=mine).achat(HELLO)


BRINGING: dict[str, Ask] = {
    "sync": bringing,
    "async": lambda given: asyncio.run(abringing(given)),
}


def is_not_followed(ask: Ask, status: int, sandbox: Sandbox, stranger: Sandbox) -> None:
    away = stranger.base_url + "/v1/chat/completions"
    sandbox.fail(Fault.body(b"", status=status, headers={"Location": away}, times=None))
    given = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
    errors = (LangChainError, LlamaIndexError)
    with pytest.raises(errors, match="are not redirected") as caught:
        ask(given)

    assert stranger.base_url in str(caught.value)
    assert sandbox.api_key not in str(caught.value)
    assert len(sandbox.requests) == 1
    assert stranger.connections == 0


@pytest.mark.parametrize("status", [302, 307])
def test_no_redirect_takes_the_key_elsewhere(
    sandbox: Sandbox, stranger: Sandbox, ask: Ask, status: int
) -> None:
    """Each way to ask raises and says where it was sent; the other server hears nothing."""
    is_not_followed(ask, status, sandbox, stranger)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("what", OTHERS)
def test_no_kind_of_redirect_is_followed(
    sandbox: Sandbox, stranger: Sandbox, what: str, status: int
) -> None:
    """Not even one that keeps the method, not one that is for good, and not for a picture."""
    is_not_followed(OTHERS[what], status, sandbox, stranger)


@pytest.mark.parametrize("colour", BRINGING)
def test_a_client_of_the_users_own_follows_none_either(
    sandbox: Sandbox, stranger: Sandbox, colour: str
) -> None:
    """Even if it was told to follow redirects."""
    is_not_followed(BRINGING[colour], 302, sandbox, stranger)


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
    with pytest.warns(UserWarning, match="no TLS: the key travels readable to gateway.example"):
        make("http://gateway.example")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for quiet in ("https://gateway.example", "http://localhost:1", "http://127.0.0.1:1"):
            make(quiet)
        make("http://[::1]:1")


# The sandbox takes any key that it knows, so nobody else may reach it.


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
