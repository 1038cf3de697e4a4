"""What a client sends, and what it makes of whole answers, in every colour and API."""

import asyncio
import copy
import time
from typing import Any

import httpx
import pytest
from hello import BODY, HELLO, HI, PIECES, event

from _pollinations import __version__
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import InvalidInputError, UnreadableAnswerError
from _pollinations.http.retry import Retry
from pollinations_sandbox import Sandbox


def test_a_request_says_who_asks(ask: Any, sandbox: Sandbox) -> None:
    """The key is a Bearer header and nowhere else; the user's other headers go along."""
    own = {"X-Title": "App", "user-agent": "mine/1", "Authorization": "Bearer sk_other"}
    ask.send(HELLO, headers=own)
    sent = sandbox.last

    assert (sent.method, sent.path, sent.query) == ("POST", "/v1/chat/completions", {})
    assert sent.headers["authorization"] == f"Bearer {sandbox.api_key}"
    assert sent.headers["content-type"] == "application/json"
    assert (sent.headers["x-title"], sent.headers["user-agent"]) == ("App", "mine/1")
    assert sent.body == BODY

    ask.stream(PIECES)
    sent = sandbox.last

    assert sent.headers["accept"] == "text/event-stream"
    assert sent.headers["user-agent"] == f"pollinations-adapters/{__version__}"


def test_the_wait_that_the_gateway_asks_for_is_kept(ask: Any, sandbox: Sandbox) -> None:
    """Retry-After is waited for before the next attempt."""
    sandbox.reply(b"", status=429, headers={"retry-after": "0.03"})
    begin = time.monotonic()
    ask.send(HELLO, retry=Retry(backoff=0))

    assert time.monotonic() - begin >= 0.03
    assert len(sandbox.requests) == 2


@pytest.mark.parametrize(
    ("verb", "wrong", "words"),
    [
        ("send", "x", r"^send\(\) takes a Call, such as complete\(.*, not str\.$"),
        ("send", PIECES, r"; a Stream goes to stream\(\)\.$"),
        ("stream", HELLO, r"^stream\(\) takes a Stream, .*; a Call goes to send\(\)\.$"),
        ("stream", None, r", not NoneType\.$"),
    ],
)
def test_what_a_method_does_not_take_is_not_sent(
    ask: Any, sandbox: Sandbox, verb: str, wrong: Any, words: str
) -> None:
    """The error says what the method takes, and which other one takes the call."""
    with pytest.raises(InvalidInputError, match=words):
        getattr(ask, verb)(wrong)

    assert sandbox.requests == []


def test_a_redirect_is_not_followed(ask_in_all_colours: Any, sandbox: Sandbox) -> None:
    """A key goes to the gateway alone: the other host is never asked."""
    with Sandbox() as other:
        target = {"location": other.base_url + "/v1/chat/completions"}
        sandbox.reply(b"", status=307, headers=target, times=2)
        for error in ask_in_all_colours.errors():
            assert (type(error), error.status) == (UnreadableAnswerError, 307)
            assert "redirects to" in error.message
        assert other.connections == 0


def test_a_client_of_the_users_own_is_left_open(sandbox: Sandbox) -> None:
    """An httpx client that was given is used, shared by copies, and never closed."""
    with httpx.Client() as own:
        client = Client(sandbox.api_key, sandbox.base_url, http_client=own)
        with copy.deepcopy(client) as twin, copy.copy(client) as other:
            assert twin._http is other._http is own
            assert twin.send(HELLO).text
        assert not own.is_closed


@pytest.mark.parametrize("module", ["httpx", "httpx2"])
@pytest.mark.parametrize("call", [HELLO, PIECES])
def test_mocks_of_httpx_see_a_client_of_the_users_own(module: str, call: Any) -> None:
    """What answers instead of the network is asked in both colours, and its answer read once."""
    library = pytest.importorskip(module)
    requests: list[Any] = []

    def answer(request: Any) -> Any:
        requests.append(request)
        return library.Response(200, content=HI if call is HELLO else event("Hi", last=True))

    async def ask(client: AsyncClient) -> Any:
        if call is HELLO:
            return await client.send(call)
        return [item async for item in client.stream(call)][-1].reply

    mock = library.MockTransport(answer)
    with library.Client(transport=mock) as own:
        client = Client("sk_a", http_client=own)
        reply = client.send(call) if call is HELLO else list(client.stream(call))[-1].reply
    other = AsyncClient("sk_a", http_client=library.AsyncClient(transport=mock))

    assert reply.text == asyncio.run(ask(other)).text == "Hi"
    assert [request.headers["authorization"] for request in requests] == ["Bearer sk_a"] * 2
    assert str(requests[0].url) == "https://gen.pollinations.ai/v1/chat/completions"


def test_outside_of_asyncio_a_client_for_coroutines_says_so() -> None:
    """In trio, or without any loop, there is an error of ours that names what to do."""
    with httpx.Client() as own:
        for client in (AsyncClient("sk_a"), AsyncClient("sk_a", http_client=own)):
            for coroutine in (client.send(HELLO), anext(client.stream(PIECES))):
                with pytest.raises(InvalidInputError, match="asyncio"):
                    coroutine.__await__().send(None)
