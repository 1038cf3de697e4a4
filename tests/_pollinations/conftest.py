"""A gateway for each test, and one way to ask it in every colour."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Literal, TypeVar

import pytest
from colours import read, send
from hello import HELLO, PIECES
from waiting import serving

from _pollinations.http.call import Call, Fallback, Stream
from _pollinations.http.errors import PollinationsError
from _pollinations.http.retry import Retry
from pollinations_sandbox import Sandbox

T = TypeVar("T")
Api = Literal["2026-01", "2026-10"]


class Asker:
    """Asks in one colour, see `colours`, and does not try again unless a test says so."""

    def __init__(self, colour: str, sandbox: Sandbox) -> None:
        self.colour = colour
        self._defaults = {
            "base_url": sandbox.base_url,
            "api_key": sandbox.api_key,
            "retry": Retry(max_retries=0),
        }

    def send(self, call: Call[T] | Fallback[Call[T]], **settings: Any) -> T:
        """Ask for a whole answer."""
        return send(self.colour, call, **{**self._defaults, **settings})[0]

    def stream(self, call: Stream[T] | Fallback[Stream[T]], **settings: Any) -> Sequence[T]:
        """Ask for an answer in pieces, and take all of them."""
        return read(self.colour, call, **{**self._defaults, **settings})

    def errors(self, **settings: Any) -> list[PollinationsError]:
        """Ask for a whole answer and for a stream, which both must fail, and return why."""
        raised = []
        for ask in (partial(self.send, HELLO), partial(self.stream, PIECES)):
            with pytest.raises(PollinationsError) as caught:
                ask(**settings)
            raised.append(caught.value)
        return raised


@pytest.fixture
def api() -> Api:
    """The newest; a test says otherwise by a parameter of this name."""
    return "2026-10"


@pytest.fixture
def sandbox(api: Api) -> Iterator[Sandbox]:
    with Sandbox(api=api) as running:
        yield running


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, sandbox: Sandbox) -> Asker:
    return Asker(request.param, sandbox)


@pytest.fixture(params=["sync", "async", "own sync", "own async"])
def ask_in_all_colours(request: pytest.FixtureRequest, sandbox: Sandbox) -> Asker:
    return Asker(request.param, sandbox)


@pytest.fixture
def ask_once(sandbox: Sandbox) -> Asker:
    """Where the colour makes no difference."""
    return Asker("sync", sandbox)


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Heed SIGINT; a shell that starts the tests in the background has them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def server() -> Callable[..., AbstractContextManager[str]]:
    """A host that does something odd with each connection."""
    return serving
