"""One attempt of a call: it waits for its turn, reserves its cost, and reports what it used."""

from collections.abc import Hashable
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from _pollinations.http.call import Call, Expected, Stream, Used, used_by

T = TypeVar("T")


class Turn(Protocol):
    """The place of one attempt in the queue of a rate limiter."""

    def enter(self) -> None:
        """Wait in a thread."""

    async def aenter(self) -> None:
        """Wait on an event loop."""

    def end(self, *, used: Used | None, error: BaseException | None) -> None:
        """Give the place back, with what the attempt used."""


class Limiter(Protocol):
    """A rate limiter, see `limits.rate_limiter`."""

    def turn(self) -> Turn:
        """Make a place for one attempt; it is not in the queue yet."""


class Budget(Protocol):
    """A limit of pollen, see `limits.budget`."""

    def enter(self, call: Hashable, expected: Expected) -> None:
        """Reserve what an attempt may cost, or raise."""

    async def aenter(self, call: Hashable, expected: Expected) -> None:
        """Do the same on an event loop."""

    def leave(self, call: Hashable, expected: Expected, answer: object, *, begun: bool) -> None:
        """Count what the attempt cost."""

    def release(self, call: Hashable) -> None:
        """Give back what was reserved."""


class Attempt:
    """A context manager, blocking and asynchronous, around one attempt of a call.

    Args:
        limiter: Lets the attempt wait for its turn, if there is one.
        budgets: What the cost is reserved from.
        call: What is sent.
    """

    __slots__ = ("_answer", "_begun", "_budgets", "_call", "_expected", "_turn", "_used")

    def __init__(
        self,
        limiter: Limiter | None,
        budgets: tuple[Budget, ...],
        call: Call[Any] | Stream[Any],
    ) -> None:
        self._turn = limiter.turn() if limiter else None
        self._call = call
        self._expected = call.expected() if budgets and call.expected else None
        self._budgets = budgets if self._expected else ()
        self._used: Used | None = None
        self._answer: object = None
        self._begun = False

    def seen(self, answer: T) -> T:
        """Take note of an answer or of an item of a stream, and return it."""
        self._begun = True
        used = (self._call.used or used_by)(answer)
        if used is not None or isinstance(self._call, Call):
            self._used, self._answer = used, answer
        return answer

    def __enter__(self) -> Self:
        try:
            for budget in self._budgets:
                assert self._expected is not None  # noqa: S101 - there are budgets only with it
                budget.enter(self, self._expected)
            if self._turn:
                self._turn.enter()
        except BaseException:
            self._release()
            raise
        return self

    async def __aenter__(self) -> Self:
        try:
            for budget in self._budgets:
                assert self._expected is not None  # noqa: S101 - there are budgets only with it
                await budget.aenter(self, self._expected)
            if self._turn:
                await self._turn.aenter()
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._turn:
            self._turn.end(used=self._used, error=error)
        for budget in self._budgets:
            assert self._expected is not None  # noqa: S101 - there are budgets only with it
            budget.leave(self, self._expected, self._answer, begun=self._begun)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def _release(self) -> None:
        for budget in self._budgets:
            budget.release(self)


class Unlimited:
    """The attempt of a client without limits: it waits for nothing and notes nothing."""

    __slots__ = ()

    @staticmethod
    def seen(answer: T) -> T:
        """Return the answer."""
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


UNLIMITED = Unlimited()
"""One for all."""
