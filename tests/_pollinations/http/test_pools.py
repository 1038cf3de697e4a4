"""How many connections there are, who shares them, and when they close."""

import asyncio
import copy
import gc
import pickle
import ssl
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from hello import HELLO, PIECES, InTurn
from own_process import forked, forks

from _pollinations.http import pools
from _pollinations.http.client import AsyncClient, Client
from pollinations_sandbox import Sandbox

Waiter = Callable[[Callable[[], object]], None]


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins without pools."""
    monkeypatch.setattr(pools, "_shared", {})


def client_of(kind: Any, sandbox: Sandbox, **settings: Any) -> Any:
    return kind(sandbox.api_key, sandbox.base_url, **settings)


def contexts() -> int:
    return sum(isinstance(thing, ssl.SSLContext) for thing in gc.get_objects())


def test_streams_one_after_another_share_a_connection(
    ask_in_all_colours: Any, sandbox: Sandbox
) -> None:
    """Each is read to its end."""
    items = ask_in_all_colours.stream(InTurn(*[PIECES] * 50))

    assert len([item for item in items if item.reply]) == 50
    assert sandbox.connections == 1


def test_errors_keep_the_connection(ask: Any, sandbox: Sandbox) -> None:
    """An answer that is an error is read to its end as well."""
    for status in (400, 404, 503, 429):
        sandbox.reply(b'{"error":"no"}', status=status)

    assert ask.stream(InTurn(*[PIECES] * 5))[-1].reply
    assert sandbox.connections == 1


def test_clients_with_the_same_settings_share_a_pool(sandbox: Sandbox, eventually: Waiter) -> None:
    """A new client costs no new connection; the last `close` closes the pool."""
    clients = [client_of(Client, sandbox) for _ in range(5)]
    for client in clients:
        client.send(HELLO)
    *others, last = clients
    for client in others:
        client.close()
        client.close()
    last.send(HELLO)

    assert sandbox.connections == 1
    last.close()
    eventually(lambda: sandbox.open_connections == 0)
    last.send(HELLO)

    assert sandbox.connections == 2
    last.close()


def test_other_settings_have_other_pools(sandbox: Sandbox) -> None:
    """Who goes through a proxy shares nothing with who does not."""
    with (
        client_of(Client, sandbox) as client,
        client_of(Client, sandbox, proxy=sandbox.base_url) as other,
    ):
        pool = pools.sync_pool(client.settings.pool, client)

        assert pools.sync_pool(other.settings.pool, other) is not pool
        assert pools.sync_pool(client.settings.pool, client) is pool


async def test_the_last_close_in_a_loop_closes_its_pool(sandbox: Sandbox) -> None:
    """Clients in one loop share its pool, which closes with the last of them."""
    clients = [client_of(AsyncClient, sandbox) for _ in range(3)]
    for client in clients:
        await client.send(HELLO)

    assert sandbox.connections == sandbox.open_connections == 1
    await asyncio.gather(*(client.aclose() for client in clients))
    async with asyncio.timeout(1):
        while sandbox.open_connections:  # noqa: ASYNC110 - the sandbox has no event to wait for
            await asyncio.sleep(0.005)
    await clients[0].send(HELLO)
    await clients[0].aclose()

    assert sandbox.connections == 2


def test_a_loop_that_is_only_closed_takes_its_pool_along(
    sandbox: Sandbox, eventually: Waiter
) -> None:
    """A client that is never closed leaves nothing behind, loop after loop, without a warning."""
    client = client_of(AsyncClient, sandbox)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            loop = asyncio.new_event_loop()
            for _ in range(2):
                assert loop.run_until_complete(client.send(HELLO)).text
            loop.close()
            assert loop.is_closed()
            eventually(lambda: sandbox.open_connections == 0)
            loop.close()
            gc.collect()

    assert sandbox.connections == 3
    assert not pools._shared


def pickled(client: Any) -> Any:
    return pickle.loads(pickle.dumps(client))  # noqa: S301 - our own bytes


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_copies_work_like_the_original(sandbox: Sandbox, copied: Any) -> None:
    """A copy of a client that is in use asks on its own, and outlives the original."""
    client = client_of(Client, sandbox)
    client.send(HELLO)
    twin = copied(client)
    client.close()

    assert twin.send(HELLO).text
    twin.close()


def test_one_ssl_context_serves_all(sandbox: Sandbox) -> None:
    """Clients of both colours, of any settings and in any loop, share what is costly to make."""
    context = pools.ssl_context()
    gc.collect()
    before = contexts()
    clients = [client_of(Client, sandbox, timeout=number + 1) for number in range(5)]
    for client in clients:
        client.send(HELLO)
    for _ in range(3):
        asyncio.run(client_of(AsyncClient, sandbox).send(HELLO))

    assert pools.ssl_context() is context
    assert contexts() <= before


@forks
def test_a_fork_leaves_the_parents_connection_alone(sandbox: Sandbox) -> None:
    """A forked child opens connections of its own; the parent goes on with its one."""
    client, other = client_of(Client, sandbox), client_of(AsyncClient, sandbox)
    client.send(HELLO)

    def use_both() -> None:
        assert client.send(HELLO).text
        assert asyncio.run(other.send(HELLO)).text
        client.close()

    child = forked(use_both)
    child.join(30)

    assert client.send(HELLO).text
    assert child.exitcode == 0
    # The parent's one, the child's one, and the one of the child's loop.
    assert sandbox.connections == 3
    client.close()


def test_no_cookie_is_kept(ask: Any, sandbox: Sandbox) -> None:
    """Pools serve several keys: what the gateway sets for one never travels with another."""
    sandbox.reply("Hi", headers={"set-cookie": "who=me; Path=/"}, times=2)
    ask.send(InTurn(HELLO, HELLO))

    assert ["cookie" in request.headers for request in sandbox.requests] == [False, False]
