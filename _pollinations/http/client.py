"""Clients that send requests and read answers, blocking and async; retry decides what follows."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, closing
from typing import Self, TypeVar

from _pollinations.http import pools
from _pollinations.http.answer import Answer, AsyncAnswer
from _pollinations.http.base_client import BaseClient
from _pollinations.http.call import Call, Fallback, Request, Response, Stream
from _pollinations.http.errors import InvalidInputError, PollinationsError
from _pollinations.http.exchange import Exchange
from _pollinations.http.retry import Attempts

T = TypeVar("T")


class Client(BaseClient):
    """The gateway for code that may block.

    Making one opens nothing. It may be shared by threads, pickled and copied, and it survives a
    fork. Clients with the same settings share their connections.

    Args:
        api_key: The key; else `POLLINATIONS_API_KEY`, else `POLLINATIONS_TOKEN`.
        base_url: The gateway, with or without `/v1`; else `POLLINATIONS_BASE_URL`, else
            https://gen.pollinations.ai.
        timeout: Seconds to wait for an answer or a stream's first event (300), or a pair (connect,
            read). While bytes arrive that complete nothing, it waits up to four times that.
        idle_timeout: Seconds between two events of a stream (120, or `timeout` if that is less).
        max_retries: Further attempts after the first (2).
        retry: The whole policy, instead of `max_retries`.
        headers: Sent with every request.
        proxy: Address of an HTTP proxy; else the environment's.
        rate_limiter: Lets each attempt wait for its turn; several clients may share it.
        budget: A limit of pollen; several clients may share it.
        size_limits: How much of an answer is taken.
        http_client: An `httpx.Client` of your own, or one with its API; it is never closed here
            and not pickled.

    Example:
        >>> from langchain_pollinations.gateway import Client, complete
        >>> with Client(api_key="sk_...") as client:  # doctest: +SKIP
        ...     client.send(complete("Hi")).text
    """

    def send(self, call: Call[T] | Fallback[Call[T]]) -> T:
        """Send a request and read its answer, trying again as `Retry` says.

        Args:
            call: Any endpoint's call, or calls that replace one another.

        Returns:
            What the call reads.

        Raises:
            PollinationsError: What went wrong, see `errors.py`.
        """
        attempts = Attempts(call, self.settings.retry)
        while True:
            if attempts.pause:
                time.sleep(attempts.pause)
            try:
                answer: T = self._once(attempts.call)
            except PollinationsError as error:
                self._conceal(error)
                attempts.failed(error)
            else:
                if attempts.answered(answer):
                    return answer

    def stream(self, call: Stream[T] | Fallback[Stream[T]]) -> Iterator[T]:
        """Send a request and read its answer as it comes.

        It is tried again until its first item is handed out, never after.

        Args:
            call: Any endpoint's stream, or streams that replace one another.

        Yields:
            What the call's reader reads.

        Raises:
            PollinationsError: What went wrong; `text` holds what came before.
        """
        attempts = Attempts(call, self.settings.retry, streamed=True)
        while True:
            if attempts.pause:
                time.sleep(attempts.pause)
            step, begun, other = attempts.call, False, None
            try:
                if isinstance(step, Call):
                    other = self._once(step)
                else:
                    with (
                        self._admission(step) as attempt,
                        closing(self._open(step.request, streamed=True)) as answer,
                    ):
                        reader = step.reader(answer.head)
                        while not (reader.done or answer.ended):
                            came = False
                            for item in answer.items(reader):
                                begun = came = True
                                yield attempt.record(item)
                            if came:
                                answer.restart_timeout(self.settings.timeouts.idle)
                        answer.drain()
            except PollinationsError as error:
                self._conceal(error)
                attempts.failed(error, begun=begun)
            else:
                if attempts.answered(other):
                    return

    def close(self) -> None:
        """Release the connections; the client opens new ones if it is used again."""
        pools.release(self.settings.pool, self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _once(self, call: Call[T]) -> T:
        with self._admission(call) as attempt:
            with closing(self._open(call.request, streamed=False)) as answer:
                head, body = answer.head, answer.whole()
            return attempt.record(call.read(Response(head.status, head.headers, body)))

    def _open(self, request: Request, *, streamed: bool) -> Answer:
        """Send a request and read its answer's status and headers."""
        http, exchange = self._http, Exchange(self.settings, request, streamed=streamed)
        transport = None if http else pools.sync_pool(self.settings.pool, self)
        with exchange:
            httpx_request = exchange.httpx_request(http)
            if transport is not None:
                response = transport.handle_request(httpx_request)
            else:
                response = http.send(httpx_request, stream=True, follow_redirects=False)
        try:
            answer = Answer(exchange, response)
            if exchange.refused:
                raise self._refused(answer.head, answer.whole())  # noqa: TRY301 - closed as others
        except BaseException:
            response.close()
            raise
        return answer


class AsyncClient(BaseClient):
    """The gateway for coroutines; see `Client` for its arguments.

    It may be used from any number of event loops: each has connections of its own, which close
    with the loop.

    Example:
        >>> from langchain_pollinations.gateway import AsyncClient, complete
        >>> async def ask() -> str:
        ...     async with AsyncClient(api_key="sk_...") as client:
        ...         return (await client.send(complete("Hi"))).text
    """

    async def send(self, call: Call[T] | Fallback[Call[T]]) -> T:
        """Send a request and read its answer; see `Client.send`."""
        attempts = Attempts(call, self.settings.retry)
        while True:
            if attempts.pause:
                await asyncio.sleep(attempts.pause)
            try:
                answer: T = await self._once(attempts.call)
            except PollinationsError as error:
                self._conceal(error)
                attempts.failed(error)
            else:
                if attempts.answered(answer):
                    return answer

    async def stream(self, call: Stream[T] | Fallback[Stream[T]]) -> AsyncGenerator[T, None]:
        """Send a request and read its answer as it comes; see `Client.stream`."""
        attempts = Attempts(call, self.settings.retry, streamed=True)
        while True:
            if attempts.pause:
                await asyncio.sleep(attempts.pause)
            step, begun, other = attempts.call, False, None
            try:
                if isinstance(step, Call):
                    other = await self._once(step)
                else:
                    # No nested async generators: at shutdown the loop closes all of them at once.
                    async with (
                        self._admission(step) as attempt,
                        aclosing(await self._open(step.request, streamed=True)) as answer,
                    ):
                        reader = step.reader(answer.head)
                        while not (reader.done or answer.ended):
                            came = False
                            for item in await answer.items(reader):
                                begun = came = True
                                yield attempt.record(item)
                            if came:
                                answer.restart_timeout(self.settings.timeouts.idle)
                        await answer.drain()
            except PollinationsError as error:
                self._conceal(error)
                attempts.failed(error, begun=begun)
            else:
                if attempts.answered(other):
                    return

    async def aclose(self) -> None:
        """Release the running loop's connections; the client opens new ones if it is used again."""
        await pools.arelease(self.settings.pool, self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _once(self, call: Call[T]) -> T:
        async with self._admission(call) as attempt:
            async with aclosing(await self._open(call.request, streamed=False)) as answer:
                head, body = answer.head, await answer.whole()
            return attempt.record(call.read(Response(head.status, head.headers, body)))

    async def _open(self, request: Request, *, streamed: bool) -> AsyncAnswer:
        """Send a request and read its answer's status and headers."""
        http = self._http
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise InvalidInputError(
                "AsyncClient runs on asyncio. Elsewhere, as in trio, call a Client in a thread."
            ) from None
        transport = None if http else await pools.async_pool(self.settings.pool, self)
        exchange = Exchange(self.settings, request, streamed=streamed)
        with exchange:
            httpx_request = exchange.httpx_request(http)
            async with asyncio.timeout(exchange.left()):
                if transport is not None:
                    response = await transport.handle_async_request(httpx_request)
                else:
                    response = await http.send(httpx_request, stream=True, follow_redirects=False)
        try:
            answer = AsyncAnswer(exchange, response)
            if exchange.refused:
                raise self._refused(answer.head, await answer.whole())  # noqa: TRY301 - the same
        except BaseException:
            await response.aclose()
            raise
        return answer
