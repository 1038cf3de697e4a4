"""The sandbox as a server in a thread: sockets, the event loop, and the public handle on them."""

import asyncio
import atexit
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, Self, Unpack
from urllib.parse import urlsplit

from pydantic import Field, validate_call
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from pollinations_sandbox.app import LOOPBACK, build
from pollinations_sandbox.errors import Api
from pollinations_sandbox.faults import Fault
from pollinations_sandbox.recordings import Recordings
from pollinations_sandbox.reply import Parts, Reply
from pollinations_sandbox.scripts import Answerer, Match, Script, replies_of
from pollinations_sandbox.state import DEFAULT_KEYS, Key, Prices, Recorded, State
from pollinations_sandbox.upstream import Upstream

_HOST: Final = "127.0.0.1"
_KEYS: Final = ("POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN")
_BASE_URL: Final = "POLLINATIONS_BASE_URL"
_VARIABLES: Final = (*_KEYS, _BASE_URL)
_started: Final[list["Sandbox"]] = []  # at most one, by start_unless_key
_BACKLOG: Final = 2048
_KEEP_ALIVE: Final = 75
_Seconds = Annotated[float, Field(ge=0)]
_Window = tuple[Annotated[int, Field(gt=0)], Annotated[float, Field(gt=0)]]


class Sandbox:
    """The Pollinations gateway on this machine, as a context manager.

    Args:
        api: The version of the gateway: "2026-01" (January 2026) or "2026-10" (October 2026).
        keys: The keys that are known, in place of `sk_sandbox` and `pk_sandbox`.
        host: An address of this machine for itself, as in 127.0.0.0/8, or `localhost`.
        port: The port on it; 0 takes a free one.
        upstream: Base URL of an OpenAI-compatible server that answers chats in our place.
        upstream_key: The key for that server; with it no web page may use the sandbox.
        latency: Seconds of silence before each answer that is generated.
        prices: How model lists spell prices: "seed", "2026-01" or "2026-10"; by default as `api`.
        edge_limit: How many requests of one address pass in any so many seconds, such as
            `(100, 10.0)`, the gateway's own; None lets all of them pass. The account is free of it.
        clock: Seconds that only grow, by which both limits are kept.
        record: A file to write the answers of a real gateway to; the first good one (2xx) replaces
            what is in it. Every request is passed on to `upstream` with `upstream_key`, by default
            `POLLINATIONS_API_KEY` or `POLLINATIONS_TOKEN`. The key is never written. Without
            `upstream` it is `POLLINATIONS_BASE_URL`, unless that is an address of this machine
            (most likely another sandbox) or not set; then it is gen.pollinations.ai.
        replay: Such a file to answer from. A request for a model that is not in it gets 400. A file
            of sample answers is read too; then such a request gets the built-in reply.
        pace: What the recorded pauses of a stream are multiplied by: 0 for none, 1 for the same.
        strict: Whether a request that no script, recording or fault answers gets 400, and the end
            of the `with` block raises AssertionError for it and for scripts that were not used up.
        community_models: How many models of users are listed beside the gateway's own; the gateway
            of September 2026 listed 384 models, most of them of users.

    Raises:
        ValueError: Other machines could reach the host, or a value is not one of those above.

    Example:
        >>> with Sandbox() as sandbox:
        ...     sandbox.base_url.startswith("http://127.0.0.1:")
        True
    """

    @validate_call(config={"hide_input_in_errors": True})
    def __init__(
        self,
        *,
        api: Api = "2026-10",
        keys: Mapping[str, Key] | None = None,
        host: str = _HOST,
        port: int = 0,
        upstream: str | None = None,
        upstream_key: str | None = None,
        latency: _Seconds = 0.0,
        prices: Prices | None = None,
        edge_limit: _Window | None = None,
        clock: Callable[[], float] = time.monotonic,
        strict: bool = False,
        community_models: int = 0,
        record: str | Path | None = None,
        replay: str | Path | None = None,
        pace: float = 0.0,
    ) -> None:
        if not LOOPBACK.fullmatch(host) or ":" in host:
            raise ValueError(
                f"The sandbox has no access control, so it listens on this machine only: "
                f"{host!r} is not a loopback address such as {_HOST}."
            )
        if record is not None:
            upstream = upstream or recorded_gateway(os.environ.get(_BASE_URL, ""))
            upstream_key = upstream_key or next(filter(None, map(os.environ.get, _KEYS)), None)
            if replay is not None:
                raise ValueError("A sandbox takes record or replay, not both.")
            if upstream_key is None:
                raise ValueError("To record, set POLLINATIONS_API_KEY to a key of the gateway.")
        passing = None
        if upstream is not None:
            url, file = upstream.rstrip("/").removesuffix("/v1"), Path(record) if record else None
            passing = Upstream(url, upstream_key, file)
        self._state = State(
            api=api,
            keys=DEFAULT_KEYS if keys is None else keys,
            prices=prices or api,
            latency=latency,
            edge_limit=edge_limit,
            clock=clock,
            strict=strict,
            community_models=community_models,
            upstream=passing,
        )
        self._replay, self._pace = replay, pace
        self._host, self._port = host, port
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def base_url(self) -> str:
        """Where the sandbox listens, without a slash at the end."""
        return f"http://{self._host}:{self._port}"

    @property
    def api_key(self) -> str:
        """A key that works: the first of the known ones."""
        return next(iter(self._state.keys), "")

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point a process to this sandbox, once it listens."""
        return {"POLLINATIONS_BASE_URL": self.base_url, "POLLINATIONS_API_KEY": self.api_key}

    @property
    def api(self) -> Api:
        """The version of the gateway that is played."""
        return self._state.api

    @property
    def requests(self) -> list[Recorded]:
        """The last 10,000 requests since the start or `clear()`, oldest first."""
        return self._state.requests

    @property
    def last(self) -> Recorded:
        """The newest request."""
        return self._state.requests[-1]

    @property
    def connections(self) -> int:
        """How many TCP connections were accepted since the start."""
        return self._state.connections

    @property
    def open_connections(self) -> int:
        """How many TCP connections are open now."""
        return len(self._state.server.connections)

    def clear(self) -> None:
        """Forget requests, faults, scripts and cached answers; connections stay."""
        self._state.clear()

    def fail(self, fault: Fault) -> None:
        """Let a fault wait for the next request to a model that it concerns.

        How often and for which model says the fault: `fail(Fault.status(503, times=None))`.

        Raises:
            TypeError: It is no fault.
        """
        if not isinstance(fault, Fault):
            raise TypeError(f"fail() takes a Fault, such as Fault.status(503), not {fault!r}.")
        self._state.faults.add(fault)

    def reply(
        self,
        content: str | bytes | Reply | Sequence[str | bytes | Reply] = "",
        *,
        times: int | None = 1,
        model: str | None = None,
        match: Match | None = None,
        **parts: Unpack[Parts],
    ) -> None:
        """Script the answer to the next request that fits.

        Faults come first, then scripts, then the cache, then the built-in replier. Scripts with a
        number of times come before those for ever; of each, the oldest is first.

        Args:
            content: The text; the bytes of a whole body, in pieces if it is a list; or a `Reply`. A
                list of texts and replies is a conversation, one for each request.
            times: How often it is given, in whole; None means for ever.
            model: Only to requests for this model, by the name in the request or its short name.
            match: Only to requests whose prompt contains this text, whose prompt this pattern
                finds, or for which this function is true. The prompt is the last user message, or
                what a picture, video, sound or embedding is made of.
            parts: What else a `Reply` takes, such as `tool_calls`, `json` and `reasoning`.

        Raises:
            ValueError: A value is wrong, or two exclude each other.
            TypeError: A list mixes pieces of a body and replies, a value is not for JSON, or an
                option is unknown.

        Example:
            >>> with Sandbox() as sandbox:
            ...     sandbox.reply("It is sunny.", match="weather")
            ...     sandbox.reply([Reply(tool_calls=[("add", {"a": 1, "b": 2})]), "3"])
            ...     sandbox.reply("I do not know.", times=None)
        """
        replies = replies_of(content, parts)
        self._state.scripts.add(Script(replies, times=times, model=model, match=match))

    def on(
        self,
        answer: Answerer,
        *,
        times: int | None = None,
        model: str | None = None,
        match: Match | None = None,
    ) -> Answerer:
        """Script the answers to all requests that fit by a function; also a decorator.

        Args:
            answer: Takes the request, gives a text, bytes, a `Reply`, or None for "not mine". It
                runs in the sandbox's thread; what it raises is a 500 there, and `check()` names it.
            times: How often it may answer; None means for ever.
            model: As for `reply`.
            match: As for `reply`.

        Returns:
            The function.

        Example:
            >>> with Sandbox() as sandbox:
            ...     _ = sandbox.on(lambda request: f"You said: {request.prompt}")
        """
        self._state.scripts.add(Script((answer,), times=times, model=model, match=match))
        return answer

    def check(self) -> None:
        """Raise if a script was not used up, a function failed, or nothing matched a request.

        A strict sandbox does it by itself at the end of its `with` block.

        Raises:
            AssertionError: With all of it, and with the requests that came.
        """
        complaint = self._state.scripts.complaint(self.requests)
        if complaint:
            raise AssertionError(complaint)

    def start(self) -> Self:
        """Listen and answer in a thread of its own.

        Raises:
            OSError: The port is taken, or a file of recordings cannot be read or written.
            ValueError: A file of recordings is not there, is empty, or has a line that is none.
        """
        if self._thread is not None:
            return self
        recordings = Recordings(Path(self._replay), pace=self._pace) if self._replay else None
        if (upstream := self._state.upstream) and upstream.file:
            with upstream.file.open("ab") as file:  # may it be written?
                upstream.begun |= file.tell() == 0
        self._state = replace(self._state, recordings=recordings)
        listening = socket.create_server((self._host, self._port), backlog=_BACKLOG)
        # What it accepts inherits this, so that packets leave at once.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._port = listening.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listening, ready)),
            name="pollinations-sandbox",
            daemon=True,
        )
        self._thread.start()
        ready.wait()
        return self

    def close(self) -> None:
        """Stop at once: open connections are dropped, stalled answers end."""
        thread, self._thread = self._thread, None
        if thread is None or self._loop is None:
            return
        self._loop.call_soon_threadsafe(self._state.closing.set)
        thread.join()
        self._loop = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()
        if self._state.strict and error is None:
            self.check()

    def __repr__(self) -> str:
        return f"Sandbox(api={self._state.api!r}, base_url={self.base_url!r})"

    async def _serve(self, listening: socket.socket, ready: threading.Event) -> None:
        state = self._state
        self._loop = asyncio.get_running_loop()
        config = Config(
            build(state),
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_keep_alive=_KEEP_ALIVE,
        )
        config.load()

        def connected() -> H11Protocol:
            state.connections += 1
            return H11Protocol(config=config, server_state=state.server, app_state={})

        server = await self._loop.create_server(connected, sock=listening, backlog=_BACKLOG)
        ready.set()
        await state.closing.wait()
        # Whoever was let in a moment ago needs two turns of the loop to become a transport, and a
        # server that is not closed; else asyncio forgets the socket.
        self._loop.remove_reader(listening)
        for _ in range(2):
            await asyncio.sleep(0)
        server.close()
        for connection in list(state.server.connections):
            connection.transport.abort()
        await asyncio.gather(*state.server.tasks, return_exceptions=True)


def recorded_gateway(base_url: str) -> str:
    """The gateway to record: the one at this URL, but the public one for this machine or none."""
    here = LOOPBACK.fullmatch(urlsplit(base_url).hostname or "localhost")
    return "https://gen.pollinations.ai" if here else base_url


def start_unless_key(*, replay: str | Path | None = None) -> Sandbox | None:
    """Start a sandbox and point this process to it, unless it has a key or a gateway already.

    Sets `POLLINATIONS_BASE_URL` and `POLLINATIONS_API_KEY`, which models made from now on read, and
    stops with the process. Called again it starts no second one; if you have set a key of your own
    since then, it takes its address back, so that the same lines go live.

    Args:
        replay: A file of recordings or sample answers for the sandbox, as for `Sandbox`.

    Returns:
        The sandbox; None if `POLLINATIONS_API_KEY`, `POLLINATIONS_TOKEN` or `POLLINATIONS_BASE_URL`
        says that another gateway is to be used.

    Example:
        >>> sandbox = start_unless_key()
        >>> print("a sandbox" if sandbox else "gen.pollinations.ai")  # doctest: +SKIP
        a sandbox
    """
    ours = _started[0].environment if _started else {}
    present = {name: value for name in _VARIABLES if (value := os.environ.get(name))}
    if present.items() - ours.items():
        for name, _ in present.items() & ours.items():
            del os.environ[name]
        return None
    if not _started:
        _started.append(Sandbox(replay=replay))
        atexit.register(_started[0].close)
    sandbox = _started[0].start()
    os.environ.update(sandbox.environment)
    return sandbox
