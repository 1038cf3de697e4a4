"""One attempt of a call: it waits for its turn, reserves its cost, and reports what it used."""

from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar
from uuid import uuid4

from _pollinations.http.call import Call, Expected, Stream, tokens_used

if TYPE_CHECKING:
    from _pollinations.http.client import AsyncClient, Client

T = TypeVar("T")


class Limit(Protocol):
    """What each attempt has to keep within: a rate limiter or a budget."""

    def enter(self, attempt: "Admission") -> None:
        """Wait in a thread until an attempt may be sent, or raise."""

    async def aenter(self, attempt: "Admission") -> None:
        """Wait on an event loop."""

    def leave(self, attempt: "Admission") -> None:
        """Count what an attempt used that has entered."""


class Admission:
    """A context manager, blocking and asynchronous, around one attempt of a call.

    Args:
        client: What sends it; its settings name the limiter and the budgets.
        call: What is sent.

    Attributes:
        client: What sends it.
        expected: What it may use at most.
        turn: Its name, or that of the turn that it takes from the limiter.
        tokens: How many it used, as far as that is known.
        answer: The answer, or the last item of a stream.
        begun: Whether anything of an answer came.
        error: Why it ended without an answer.
    """

    def __init__(self, client: "Client | AsyncClient", call: Call[Any] | Stream[Any]) -> None:
        settings = client.settings
        self.client = client
        self.expected = Expected(None, {})
        self.turn = uuid4().hex
        self.tokens: int | None = None
        self.answer: object = None
        self.begun = False
        self.error: BaseException | None = None
        self._call = call
        self._limits: list[Limit] = []
        if settings.budgets and call.expected:
            self.expected = call.expected()
            self._limits += settings.budgets
        if settings.rate_limiter:
            self._limits.append(settings.rate_limiter)
        self._entered = ExitStack()

    def record(self, answer: T) -> T:
        """Record an answer or an item of a stream, and return it."""
        self.begun = True
        tokens = tokens_used(answer)
        if tokens is not None or isinstance(self._call, Call):
            self.tokens, self.answer = tokens, answer
        return answer

    def __enter__(self) -> Self:
        with ExitStack() as entered:
            for limit in self._limits:
                limit.enter(self)
                entered.callback(limit.leave, self)
            self._entered = entered.pop_all()
        return self

    async def __aenter__(self) -> Self:
        with ExitStack() as entered:
            for limit in self._limits:
                await limit.aenter(self)
                entered.callback(limit.leave, self)
            self._entered = entered.pop_all()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.error = error
        self._entered.close()
        self.error = None  # its frames hold this object

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.__exit__(kind, error, trace)


class Unlimited(nullcontext["Unlimited"]):
    """The attempt of a client without limits: it waits for nothing and keeps nothing."""

    def __init__(self) -> None:
        super().__init__(self)

    @staticmethod
    def record(answer: T) -> T:
        """Return the answer."""
        return answer


UNLIMITED = Unlimited()
"""One for all."""
