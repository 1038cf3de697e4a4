"""One attempt of a call: it waits for its turn, reserves its cost, and reports what it used."""

from collections.abc import Hashable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from _pollinations.http.call import Call, Expected, Stream, tokens_used

if TYPE_CHECKING:
    from _pollinations.http.client import AsyncClient, Client

T = TypeVar("T")


class Limiter(Protocol):
    """A rate limiter, see `limits.rate_limiter`."""

    def enter(self) -> Any:  # noqa: ANN401 - of the limiter's own kind
        """Wait in a thread for the turn of an attempt, and return it."""

    async def aenter(self) -> Any:  # noqa: ANN401 - the same
        """Wait on an event loop."""

    def leave(self, turn: Any, tokens: int | None, error: BaseException | None) -> None:  # noqa: ANN401 - the same
        """Count what the attempt used."""


class Budget(Protocol):
    """A limit of pollen, see `models.budget`."""

    def enter(self, call: Hashable, expected: Expected, client: "Client | AsyncClient") -> None:
        """Reserve what an attempt may cost, or raise."""

    async def aenter(
        self, call: Hashable, expected: Expected, client: "Client | AsyncClient"
    ) -> None:
        """Do the same on an event loop."""

    def leave(
        self,
        call: Hashable,
        expected: Expected,
        client: "Client | AsyncClient",
        answer: object,
        *,
        begun: bool,
    ) -> None:
        """Count what the attempt cost."""

    def release(self, call: Hashable) -> None:
        """Give back what was reserved."""


class Admission:
    """A context manager, blocking and asynchronous, around one attempt of a call.

    Args:
        client: What sends it; its settings name the limiter and the budgets.
        call: What is sent.
    """

    def __init__(self, client: "Client | AsyncClient", call: Call[Any] | Stream[Any]) -> None:
        self._client = client
        self._limiter = client.settings.rate_limiter
        self._turn: Any = None
        self._call = call
        self._expected = Expected(None, {})
        self._budgets: tuple[Budget, ...] = ()
        if client.settings.budgets and call.expected:
            self._expected, self._budgets = call.expected(), client.settings.budgets
        self._tokens: int | None = None
        self._answer: object = None
        self._begun = False

    def record(self, answer: T) -> T:
        """Record an answer or an item of a stream, and return it."""
        self._begun = True
        tokens = tokens_used(answer)
        if tokens is not None or isinstance(self._call, Call):
            self._tokens, self._answer = tokens, answer
        return answer

    def __enter__(self) -> Self:
        try:
            for budget in self._budgets:
                budget.enter(self, self._expected, self._client)
            if self._limiter:
                self._turn = self._limiter.enter()
        except BaseException:
            self._release()
            raise
        return self

    async def __aenter__(self) -> Self:
        try:
            for budget in self._budgets:
                await budget.aenter(self, self._expected, self._client)
            if self._limiter:
                self._turn = await self._limiter.aenter()
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._limiter:
            self._limiter.leave(self._turn, self._tokens, error)
        for budget in self._budgets:
            budget.leave(self, self._expected, self._client, self._answer, begun=self._begun)

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.__exit__(kind, error, trace)

    def _release(self) -> None:
        for budget in self._budgets:
            budget.release(self)


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
