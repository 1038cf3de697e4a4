"""What a client sends, and what it makes of whole answers, in every colour and API."""

import asyncio
import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from _pollinations import __version__
from _pollinations.chat.completions import body, complete, stream
from _pollinations.http.call import Call, Request
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import (
    AuthenticationError,
    InvalidInputError,
    InvalidRequestError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    PollinationsError,
    RateLimitError,
    ServerError,
    UnreadableAnswerError,
)
from _pollinations.http.retry import Retry
from pollinations_sandbox import Fault, Key, Sandbox

BODY = body([{"role": "user", "content": "Say hello"}], {"model": "openai"})
HELLO = complete(BODY)
PIECES = stream(BODY)
DONE = b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

Waiter = Callable[[Callable[[], object]], None]


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
def test_an_answer_is_the_same_in_one_and_in_pieces(ask_in_all_colours: Any) -> None:
    """The same question gets the same answer, whole or streamed."""
    whole = ask_in_all_colours.send(HELLO)
    *deltas, last = ask_in_all_colours.stream(PIECES)

    assert whole.text
    assert "".join(delta.text for delta in deltas) == last.reply.text == whole.text
    assert (whole.finish_reason, last.reply.finish_reason) == ("stop", "stop")
    assert whole.usage.total == last.reply.usage.total > 0
    assert whole.headers["x-request-id"]
    assert whole.headers["x-model-used"]


def test_a_request_says_who_asks(ask: Any, sandbox: Sandbox) -> None:
    """The key is a Bearer header and nowhere else; headers of the user's own go along."""
    ask.send(HELLO, headers={"X-Title": "App", "user-agent": "mine/1"})
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


def test_a_header_of_the_users_own_does_not_replace_the_key(ask: Any, sandbox: Sandbox) -> None:
    """The key that was given is the one that travels."""
    ask.send(HELLO, headers={"Authorization": "Bearer sk_other"})

    assert sandbox.last.headers["authorization"] == f"Bearer {sandbox.api_key}"


def test_nobody_asks_without_a_key_by_accident(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key no header is sent, and the gateway says what is missing."""
    monkeypatch.delenv("POLLINATIONS_API_KEY", raising=False)
    monkeypatch.delenv("POLLINATIONS_TOKEN", raising=False)
    with pytest.raises(AuthenticationError, match="POLLINATIONS_API_KEY"):
        ask.send(HELLO, api_key=None)


def test_the_environment_names_key_and_gateway(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client without arguments finds both in the environment."""
    monkeypatch.setenv("POLLINATIONS_BASE_URL", sandbox.base_url + "/v1/")
    monkeypatch.setenv("POLLINATIONS_API_KEY", sandbox.api_key)
    with Client() as client:
        assert client.send(HELLO).text


def test_queries_are_encoded(ask: Any, sandbox: Sandbox) -> None:
    """Names and values of a query arrive as they were."""
    request = Request("GET", "/v1/models", query=(("q", "a b&c=d/é"), ("n", "1")))
    ask.send(Call(request, lambda response: json.loads(response.body)))

    assert sandbox.last.query == {"q": "a b&c=d/é", "n": "1"}


STATUSES: list[tuple[int, type[PollinationsError]]] = [
    (400, InvalidRequestError),
    (401, AuthenticationError),
    (402, PaymentRequiredError),
    (403, PermissionDeniedError),
    (404, NotFoundError),
    (405, InvalidRequestError),
    (408, ServerError),
    (409, ServerError),
    (413, InvalidRequestError),
    (415, InvalidRequestError),
    (422, InvalidRequestError),
    (429, RateLimitError),
    (500, ServerError),
    (502, ServerError),
    (503, ServerError),
    (504, ServerError),
    (524, ServerError),
]


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
def test_each_status_is_told_alike_in_one_and_in_pieces(ask: Any, sandbox: Sandbox) -> None:
    """Each status raises its error, with the same text whether the answer was to be streamed."""
    for status, kind in STATUSES:
        told = []
        for verb, call in ((ask.send, HELLO), (ask.stream, PIECES)):
            sandbox.fail(Fault.status(status))
            with pytest.raises(kind) as caught:
                verb(call)
            error = caught.value
            told.append(str(error).replace(error.request_id or "", ""))

            assert type(error) in {kind, *kind.__subclasses__()}
            assert (error.status, error.key_kind) == (status, "secret")
            assert error.request_id
            assert error.timestamp
            assert error.code
            assert pickle.loads(pickle.dumps(error)).facts.keys() == error.facts.keys()  # noqa: S301 - our own bytes
        assert told[0] == told[1]


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
@pytest.mark.parametrize("shape", ["pk", "edge", "concurrency", "upstream"])
def test_a_rate_limit_is_told_in_every_shape(ask_once: Any, sandbox: Sandbox, shape: Any) -> None:
    """All shapes of 429 become one error; what a provider refused is the gateway's 502 today."""
    sandbox.fail(Fault.status(429, shape=shape, retry_after=7))
    bad_gateway = shape == "upstream" and sandbox.api == "2026-10"
    with pytest.raises(ServerError if bad_gateway else RateLimitError) as caught:
        ask_once.send(HELLO)

    assert caught.value.retryable
    assert caught.value.message
    assert not caught.value.message.startswith("{")
    assert "Say hello" not in str(caught.value) + repr(caught.value.facts)


def test_a_publishable_key_waits_its_turn() -> None:
    """A pk_ key over its pollen is told so, with the seconds to wait."""
    keys = {"pk_x": Key(kind="publishable", rate_limit=True)}
    with Sandbox(keys=keys) as sandbox, Client("pk_x", sandbox.base_url, max_retries=0) as client:
        client.send(HELLO)
        with pytest.raises(RateLimitError, match="publishable key") as caught:
            client.send(complete({**BODY, "seed": 1}))

    assert caught.value.key_kind == "publishable"
    assert caught.value.retry_after is not None
    assert f"Wait {caught.value.retry_after:g} s" in str(caught.value)


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
@pytest.mark.parametrize(
    ("lack", "kind"),
    [
        ("balance", PaymentRequiredError),
        ("budget", PaymentRequiredError),
        ("quest", PaymentRequiredError),
        ("model", PermissionDeniedError),
    ],
)
def test_a_refusal_is_raised_under_any_status(
    ask: Any, sandbox: Sandbox, lack: Any, kind: type[PollinationsError]
) -> None:
    """No pollen and no right are errors, also where the gateway says so in a good answer."""
    for verb, call in ((ask.send, HELLO), (ask.stream, PIECES)):
        sandbox.fail(Fault.refusal(lack))
        with pytest.raises(kind) as caught:
            verb(call, retry=Retry(max_retries=3, backoff=0))

        assert caught.value.status in (402, 403)
        assert not caught.value.retryable
        assert ask.items == []
    assert len(sandbox.requests) == 2


def test_a_page_is_no_answer(ask_in_all_colours: Any, sandbox: Sandbox) -> None:
    """HTML under status 200 is told as such, streamed or not."""
    for verb, call in ((ask_in_all_colours.send, HELLO), (ask_in_all_colours.stream, PIECES)):
        sandbox.fail(Fault.html())
        with pytest.raises(UnreadableAnswerError, match="Just a moment"):
            verb(call)


def test_a_redirect_is_not_followed(ask_in_all_colours: Any, sandbox: Sandbox) -> None:
    """A key goes to the gateway alone: the other host is never asked."""
    with Sandbox() as other:
        for verb, call in ((ask_in_all_colours.send, HELLO), (ask_in_all_colours.stream, PIECES)):
            target = {"location": other.base_url + "/v1/chat/completions"}
            sandbox.reply(b"", status=307, headers=target)
            with pytest.raises(UnreadableAnswerError, match="redirects to") as caught:
                verb(call)

            assert caught.value.status == 307
        assert other.connections == 0


def test_compressed_answers_are_unpacked(ask: Any, sandbox: Sandbox) -> None:
    """A gateway that packs its answers, even a stream, is understood."""
    packed = {"content-encoding": "gzip", "content-type": "text/event-stream"}
    sandbox.reply([pack(DONE)[:20], pack(DONE)[20:]], headers=packed)

    assert ask.stream(PIECES)[-1].reply.text == "Hi"


def pack(data: bytes) -> bytes:
    import gzip  # noqa: PLC0415 - for this test alone

    return gzip.compress(data, mtime=0)


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
    """What answers instead of the network is asked in both colours, as respx does it."""
    library = pytest.importorskip(module)
    whole = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
    seen: list[Any] = []

    def answer(request: Any) -> Any:
        seen.append(request)
        return library.Response(200, content=whole if call is HELLO else DONE)

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
    assert [request.headers["authorization"] for request in seen] == ["Bearer sk_a"] * 2
    assert str(seen[0].url) == "https://gen.pollinations.ai/v1/chat/completions"


def test_outside_of_asyncio_a_client_for_coroutines_says_so() -> None:
    """In trio, or without any loop, there is an error of ours that names what to do."""
    with httpx.Client() as own:
        for client in (AsyncClient("sk_a"), AsyncClient("sk_a", http_client=own)):
            for coroutine in (client.send(HELLO), anext(client.stream(PIECES))):
                with pytest.raises(InvalidInputError, match="asyncio"):
                    coroutine.__await__().send(None)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_client_travels_without_connections(kind: Any, sandbox: Sandbox) -> None:
    """Pickled, a client keeps its settings and opens connections of its own."""
    twin = pickle.loads(pickle.dumps(kind(sandbox.api_key, sandbox.base_url)))  # noqa: S301 - our own bytes

    assert twin.settings == kind(sandbox.api_key, sandbox.base_url).settings
    assert twin._http is None
