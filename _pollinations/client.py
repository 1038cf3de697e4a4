"""Two verbs in two colours: they send, wait and hand errors over, and decide nothing."""

import asyncio
import os
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, closing, contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from pydantic import SecretStr

from _pollinations import __version__, pools
from _pollinations.call import Call, Plan, Request, Response, Stream, StreamPlan
from _pollinations.client_limits import UNLIMITED, Attempt, RateLimiter, Unlimited
from _pollinations.error_reader import error_from
from _pollinations.errors import (
    APIConnectionError,
    APITimeoutError,
    PollinationsError,
    UnreadableAnswerError,
)
from _pollinations.headers import Headers
from _pollinations.retry import Retry
from _pollinations.settings import Settings, settings

if TYPE_CHECKING:
    import httpx

    _Opened = tuple[httpx.Response, tuple[type[Exception], ...]]

T = TypeVar("T")

monotonic = time.monotonic
"""The clock of those who keep no time themselves."""

_DRAIN_SECONDS = 1.0
_DRAIN_PIECES = 16


class _Base:
    """What both colours know: how to spell a request and how to read a failure."""

    def __init__(
        self,
        api_key: str | SecretStr | None = None,
        base_url: str | None = None,
        *,
        timeout: float | tuple[float, float] | None = None,
        idle_timeout: float | None = None,
        max_retries: int | None = None,
        retry: Retry | None = None,
        headers: Mapping[str, str] | None = None,
        proxy: str | None = None,
        rate_limiter: RateLimiter | None = None,
    ) -> None:
        self.settings: Settings = settings(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            idle_timeout=idle_timeout,
            max_retries=max_retries,
            retry=retry,
            headers=headers,
            proxy=proxy,
            rate_limiter=rate_limiter,
            environment=os.environ,
        )

    @classmethod
    def of(cls, settings: Settings, *, http_client: Any = None) -> Self:  # noqa: ANN401 - see Client
        """Make a client from settings that are made already, such as another client's."""
        made = object.__new__(cls)
        made.settings, made._http = settings, http_client
        return made

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.settings.base_url!r})"

    def __copy__(self) -> Self:
        return self.of(self.settings, http_client=self._http)

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        return self.__copy__()

    def __getstate__(self) -> dict[str, Any]:
        return {"settings": self.settings}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.settings = state["settings"]
        self._http: Any = None

    def _spelled(self, request: Request, *, streamed: bool) -> dict[str, Any]:
        """The keywords of httpx's `build_request`."""
        said = self.settings
        headers = {"user-agent": f"pollinations-adapters/{__version__}", **dict(said.headers)}
        if said.api_key is not None:
            headers["authorization"] = f"Bearer {said.api_key.get_secret_value()}"
        if streamed:
            headers.update({"accept": "text/event-stream", "accept-encoding": "identity"})
        headers.update(request.headers)
        read = request.read_timeout or said.timeouts.read
        return {
            "method": request.method,
            "url": said.base_url + request.path,
            "params": list(request.query) or None,
            "content": request.body,
            "headers": headers,
            "timeout": (said.timeouts.connect, read, read, read),
        }

    def _attempt(self, call: Call[Any] | Stream[Any]) -> Attempt | Unlimited:
        limiter = self.settings.rate_limiter
        return UNLIMITED if limiter is None else limiter.attempt(call)

    def _masked(self, text: bytes) -> bytes:
        key = self.settings.api_key.get_secret_value() if self.settings.api_key else ""
        return text.replace(key.encode(), b"***") if key else text

    def _refused(self, status: int, headers: Headers, body: bytes) -> PollinationsError:
        if status < 400:  # noqa: PLR2004 - 3xx: httpx hands 2xx and errors over
            return UnreadableAnswerError(
                f"{self.settings.base_url} redirects to {headers.get('location', 'nowhere')!r}. "
                "Requests are not redirected, since they carry a key: set base_url.",
                status=status,
                request_id=headers.get("x-request-id"),
            )
        return error_from(status, headers, self._masked(body), key_kind=self.settings.key_kind)

    def _failure(self, error: Exception) -> PollinationsError:
        """Read a failure of the transport, httpx's own or aiohttp's in httpx's clothes."""
        cause = error.__cause__
        kinds = {kind.__name__ for kind in type(error).__mro__}
        timed_out = "TimeoutException" in kinds or isinstance(error, TimeoutError)
        if cause is not None and type(cause).__module__.startswith("aiohttp"):
            # httpx-aiohttp reports every failed connection as a timeout.
            timed_out = isinstance(cause, TimeoutError)
        words = str(error) or str(cause or "") or type(error).__name__
        words = self._masked(words.encode("utf-8", "replace")).decode()
        if not timed_out:
            return APIConnectionError(f"No answer from {self.settings.base_url}: {words}")
        waits = self.settings.timeouts
        if "ConnectTimeout" in kinds:
            return APITimeoutError(
                f"No connection to {self.settings.base_url} within {waits.connect:g} s."
            )
        return APITimeoutError(
            f"{self.settings.base_url} was silent for too long "
            f"(read timeout {waits.read:g} s, between pieces {waits.idle:g} s): {words}"
        )


def _errors_of(http: object) -> tuple[type[Exception], ...]:
    """The errors of the library that a client's class is from: httpx, or one with its API."""
    aiohttp = sys.modules.get("aiohttp")
    # Those that httpx-aiohttp forgets to translate.
    others = (OSError, aiohttp.ClientError) if aiohttp else (OSError,)
    for base in type(http).__mro__:
        module = sys.modules.get(base.__module__.partition(".")[0])
        found = [getattr(module, name, None) for name in ("HTTPError", "InvalidURL", "StreamError")]
        if None not in found:
            return (*found, *others)
    return others


def _finish(plan: StreamPlan[T]) -> None:
    """Tell a plan that its stream went well to the end."""
    with suppress(StopIteration):
        plan.send(None)


def _plain(response: "httpx.Response") -> bool:
    return "content-encoding" not in response.headers


def _head(response: "httpx.Response") -> Response:
    return Response(response.status_code, dict(response.headers))


class Client(_Base):
    """The gateway for code that may block.

    Making one opens nothing. It may be shared by threads, pickled and copied, and it survives a
    fork. Clients with the same settings share their connections.

    Args:
        api_key: The key; else `POLLINATIONS_API_KEY`, else `POLLINATIONS_TOKEN`.
        base_url: The gateway, with or without `/v1`; else `POLLINATIONS_BASE_URL`, else
            https://gen.pollinations.ai.
        timeout: Seconds to wait for an answer (300), or a pair (connect, read).
        idle_timeout: Seconds between two pieces of a stream (120).
        max_retries: Further attempts after the first (2).
        retry: The whole policy, instead of `max_retries`.
        headers: Sent with every request.
        proxy: URL of an HTTP proxy.
        rate_limiter: Lets each attempt wait for its turn; several clients may share it.
        http_client: An `httpx.Client` of your own, or one with its API; it is never closed here
            and not pickled.

    Example:
        >>> from _pollinations.completions import body, complete
        >>> with Client(api_key="sk_...") as client:  # doctest: +SKIP
        ...     client.send(complete(body([{"role": "user", "content": "Hi"}], {}))).text
    """

    def __init__(self, *args: Any, http_client: Any = None, **kwargs: Any) -> None:  # noqa: ANN401 - see _Base
        super().__init__(*args, **kwargs)
        self._http = http_client

    def send(self, call: Call[T]) -> T:
        """Send a request and read its answer, trying again as `Retry` says.

        Args:
            call: Any endpoint's call.

        Returns:
            What the call reads.

        Raises:
            PollinationsError: What went wrong, see `errors.py`.
        """
        attempts = self.settings.retry.attempts()
        pause = next(attempts)
        while True:
            if pause:
                time.sleep(pause)
            try:
                with self._attempt(call) as attempt:
                    return attempt.told(call.read(self._whole(call.request)))
            except PollinationsError as error:
                pause = attempts.send(error)

    def stream(self, call: Stream[T]) -> Iterator[T]:
        """Send a request and read its answer as it comes.

        It is tried again until its first item is handed out, never after.

        Args:
            call: Any endpoint's stream.

        Yields:
            What the call's reader reads.

        Raises:
            PollinationsError: What went wrong; `text` holds what came before.
        """
        attempts = self.settings.retry.attempts()
        pause = next(attempts)
        while True:
            if pause:
                time.sleep(pause)
            begun = False
            try:
                with self._attempt(call) as attempt, closing(self._items(call)) as items:
                    for item in items:
                        begun = True
                        yield attempt.told(item)
            except PollinationsError as error:
                if begun:
                    raise
                pause = attempts.send(error)
            else:
                return

    def run(self, plan: Plan[T]) -> T:
        """Carry out calls that follow one from another.

        Args:
            plan: It yields calls, and is sent their answers or thrown their errors.

        Returns:
            What the plan returns.

        Raises:
            PollinationsError: What the plan does not deal with.
        """
        try:
            call = next(plan)
            while True:
                try:
                    answer = self.send(call)
                except PollinationsError as error:
                    call = plan.throw(error)
                else:
                    call = plan.send(answer)
        except StopIteration as end:
            return cast("T", end.value)

    def run_stream(self, plan: StreamPlan[T]) -> Iterator[T]:
        """Carry out calls until a stream begins; that stream is the answer.

        Args:
            plan: It yields calls and streams, is sent the answers of calls, and is thrown the
                errors of calls and of streams that have not begun.

        Yields:
            The items of the stream that begins.

        Raises:
            PollinationsError: What the plan does not deal with.
        """
        step = next(plan)
        while True:
            begun = False
            try:
                if isinstance(step, Stream):
                    for item in self.stream(step):
                        begun = True
                        yield item
                    _finish(plan)
                    return
                answer = self.send(step)
            except PollinationsError as error:
                if begun:
                    raise
                step = plan.throw(error)
            else:
                step = plan.send(answer)

    def close(self) -> None:
        """Let the connections go; the client opens new ones if it is used again."""
        pools.release(self.settings.pool, self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _whole(self, request: Request) -> Response:
        with self._opened(request, streamed=False) as (response, errors):
            try:
                body = response.read()
            except errors as error:
                raise self._failure(error) from error
            return Response(response.status_code, dict(response.headers), body)

    def _items(self, call: Stream[T]) -> Generator[T, None, None]:
        with self._opened(call.request, streamed=True) as (response, errors):
            reader = call.reader(_head(response))
            pieces = response.iter_raw() if _plain(response) else response.iter_bytes()
            waits = response.request.extensions.get("timeout", {})
            waits["read"] = self.settings.timeouts.idle
            while not reader.done:
                try:
                    data = next(pieces, None)
                except errors as error:
                    yield from reader.fail(self._failure(error))
                    return
                if data is None:
                    yield from reader.close()
                    return
                yield from reader.feed(data)
            # The rest is read away, so that the connection can serve again. Only a new iterator
            # takes note of the new timeout.
            waits["read"] = _DRAIN_SECONDS
            with suppress(*errors):
                deque(islice(response.stream, _DRAIN_PIECES), maxlen=0)  # type: ignore[arg-type] # a sync client gives a sync stream

    @contextmanager
    def _opened(self, request: Request, *, streamed: bool) -> "Iterator[_Opened]":
        http = self._http or pools.sync_pool(self.settings.pool, self)
        errors = _errors_of(http)
        try:
            response = http.send(
                http.build_request(**self._spelled(request, streamed=streamed)),
                stream=True,
                follow_redirects=False,
            )
        except errors as error:
            raise self._failure(error) from error
        try:
            if not response.is_success:
                try:
                    body = response.read()
                except errors as error:
                    raise self._failure(error) from error
                raise self._refused(response.status_code, dict(response.headers), body)
            yield response, errors
        finally:
            response.close()


class AsyncClient(_Base):
    """The gateway for coroutines; see `Client` for its arguments.

    It may be used from any number of event loops: each has connections of its own, which close
    with the loop.

    Example:
        >>> async def ask() -> str:
        ...     async with AsyncClient(api_key="sk_...") as client:
        ...         return (await client.send(complete(body(messages, {})))).text
    """

    def __init__(self, *args: Any, http_client: Any = None, **kwargs: Any) -> None:  # noqa: ANN401 - see _Base
        super().__init__(*args, **kwargs)
        self._http = http_client

    async def send(self, call: Call[T]) -> T:
        """Send a request and read its answer; see `Client.send`."""
        attempts = self.settings.retry.attempts()
        pause = next(attempts)
        while True:
            if pause:
                await asyncio.sleep(pause)
            try:
                async with self._attempt(call) as attempt:
                    return attempt.told(call.read(await self._whole(call.request)))
            except PollinationsError as error:
                pause = attempts.send(error)

    async def stream(self, call: Stream[T]) -> AsyncGenerator[T, None]:
        """Send a request and read its answer as it comes; see `Client.stream`."""
        attempts = self.settings.retry.attempts()
        pause = next(attempts)
        while True:
            if pause:
                await asyncio.sleep(pause)
            begun = False
            try:
                async with self._attempt(call) as attempt, aclosing(self._items(call)) as items:
                    async for item in items:
                        begun = True
                        yield attempt.told(item)
            except PollinationsError as error:
                if begun:
                    raise
                pause = attempts.send(error)
            else:
                return

    async def run(self, plan: Plan[T]) -> T:
        """Carry out calls that follow one from another; see `Client.run`."""
        try:
            call = next(plan)
            while True:
                try:
                    answer = await self.send(call)
                except PollinationsError as error:
                    call = plan.throw(error)
                else:
                    call = plan.send(answer)
        except StopIteration as end:
            return cast("T", end.value)

    async def run_stream(self, plan: StreamPlan[T]) -> AsyncGenerator[T, None]:
        """Carry out calls until a stream begins; see `Client.run_stream`."""
        step = next(plan)
        while True:
            begun = False
            try:
                if isinstance(step, Stream):
                    async with aclosing(self.stream(step)) as items:
                        async for item in items:
                            begun = True
                            yield item
                    _finish(plan)
                    return
                answer = await self.send(step)
            except PollinationsError as error:
                if begun:
                    raise
                step = plan.throw(error)
            else:
                step = plan.send(answer)

    async def aclose(self) -> None:
        """Let the running loop's connections go; the client opens new ones if used again."""
        await pools.arelease(self.settings.pool, self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _whole(self, request: Request) -> Response:
        async with self._opened(request, streamed=False) as (response, errors):
            try:
                body = await response.aread()
            except errors as error:
                raise self._failure(error) from error
            return Response(response.status_code, dict(response.headers), body)

    async def _items(self, call: Stream[T]) -> AsyncGenerator[T, None]:
        async with self._opened(call.request, streamed=True) as (response, errors):
            reader = call.reader(_head(response))
            pieces = response.aiter_raw() if _plain(response) else response.aiter_bytes()
            while not reader.done:
                try:
                    async with asyncio.timeout(self.settings.timeouts.idle):
                        data = await anext(pieces, None)
                except errors as error:
                    for item in reader.fail(self._failure(error)):
                        yield item
                    return
                if data is None:
                    for item in reader.close():
                        yield item
                    return
                for item in reader.feed(data):
                    yield item
            # The rest is read away, so that the connection can serve again.
            with suppress(*errors):
                async with asyncio.timeout(_DRAIN_SECONDS):
                    for _ in range(_DRAIN_PIECES):
                        if await anext(pieces, None) is None:
                            break

    @asynccontextmanager
    async def _opened(self, request: Request, *, streamed: bool) -> "AsyncIterator[_Opened]":
        http = self._http or await pools.async_pool(self.settings.pool, self)
        errors = _errors_of(http)
        try:
            response = await http.send(
                http.build_request(**self._spelled(request, streamed=streamed)),
                stream=True,
                follow_redirects=False,
            )
        except errors as error:
            raise self._failure(error) from error
        try:
            if not response.is_success:
                try:
                    body = await response.aread()
                except errors as error:
                    raise self._failure(error) from error
                raise self._refused(response.status_code, dict(response.headers), body)
            yield response, errors
        finally:
            await response.aclose()
