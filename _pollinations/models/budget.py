"""A limit of pollen: what answers have cost, and what calls under way may cost."""

import threading
from collections.abc import Hashable
from contextlib import AbstractContextManager, nullcontext, suppress
from decimal import Decimal
from typing import Any, Literal, NoReturn, Protocol, Self

from _pollinations.http.admission import Admission
from _pollinations.http.call import Expected
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import BudgetExceededError, InvalidInputError, PollinationsError
from _pollinations.http.unknown_names import LIST_MODELS, did_you_mean
from _pollinations.http.values import exact
from _pollinations.models.known_models import known_names

_NOTHING = Decimal(0)
_SHORTER = "Raise the limit, set a smaller max_tokens, or choose a cheaper model."
_NO_LIMIT = Decimal("inf")


class Pricing(Protocol):
    """Prices; `gateway.Catalog` is one."""

    def expected_cost(self, expected: Expected) -> Decimal | None:
        """Compute what a call may cost at most; None if a price is unknown."""

    async def aexpected_cost(self, expected: Expected) -> Decimal | None:
        """Compute the same without blocking an event loop."""

    def cost(self, answer: object, name: str) -> Decimal | None:
        """Compute what an answer of a model cost, without waiting; None if that is unknown."""


class PollenBudget:
    """A limit of pollen for everything that shares it: models, tools, embeddings, clients, threads.

    Pass it as `budget=`. Each attempt of each request first reserves what it may cost at most: for
    a chat the tokens of the prompt and `max_tokens` (else 1,000), for an image one image, for a
    video its seconds, for speech its characters. An attempt that would pass the limit is not sent.
    The cost of the answer takes the place of the reservation. An attempt that fails without an
    answer gives it back. A stream that is left or breaks off counts in full, since the gateway
    bills what was written and does not report how much that was.

    It counts in one process: copies share it, and it cannot be pickled.

    Args:
        limit: Pollen; 1 is about 1 USD. `float("inf")` only counts, with `allow_unknown`.
        catalog: The prices: a `gateway.Catalog`. None or True reads them from the gateway that a
            call is sent to, with its key.
        allow_unknown: Whether models without a known price are allowed; they count as free.

    Attributes:
        limit: Pollen.
        spent: Pollen that answers have cost.
        reserved: Pollen that calls under way may cost.

    Raises:
        InvalidInputError: The limit is not a number, 0 or more, or the catalog is no `Catalog`.

    Example:
        >>> budget = PollenBudget(0.5)
        >>> budget.report()["left"]
        0.5
        >>> budget
        PollenBudget(limit=0.5, spent=0)
    """

    def __init__(
        self,
        limit: float | Decimal,
        catalog: Pricing | Literal[True] | None = None,
        *,
        allow_unknown: bool = False,
    ) -> None:
        pollen = _NO_LIMIT if limit == _NO_LIMIT else exact(str(limit))
        if pollen is None or pollen < 0:
            raise InvalidInputError(f"limit is pollen, 0 or more: {limit!r}.")
        own = None if catalog is True else catalog
        if own is not None and not hasattr(own, "aexpected_cost"):
            raise InvalidInputError(f"catalog is a Catalog or None, not {catalog!r:.80}.")
        self.limit = pollen
        self.catalog = own
        self.allow_unknown = allow_unknown or pollen == _NO_LIMIT
        self._catalogs: dict[Hashable, Pricing] = {}
        self.spent = _NOTHING
        self.reserved = _NOTHING
        self._calls = 0
        self._paid: dict[str, Decimal] = {}
        self._reserved: dict[Hashable, Decimal] = {}
        # The garbage collector may end a forgotten stream, and so its call, in the midst of this:
        # no sum is read in the same statement as another call is made.
        self._lock = threading.RLock()

    @property
    def left(self) -> Decimal:
        """Pollen that is neither spent nor reserved; below 0 if answers cost more than expected."""
        with self._lock:
            return self.limit - self.spent - self.reserved

    def report(self) -> dict[str, Any]:
        """Return limit, spent, reserved and left in pollen, the calls, and what each model cost."""
        with self._lock:
            return {
                "limit": float(self.limit),
                "spent": float(self.spent),
                "reserved": float(self.reserved),
                "left": float(self.limit - self.spent - self.reserved),
                "calls": self._calls,
                "models": {name: float(pollen) for name, pollen in [*self._paid.items()]},
            }

    def reserve(self, call: Hashable, pollen: Decimal) -> None:
        """Set aside what a call may cost.

        Args:
            call: Names the call, for `charge` or `release`.
            pollen: The most that it is expected to cost.

        Raises:
            BudgetExceededError: With it, the limit would be passed.
        """
        with self._lock:
            if self.spent + self.reserved + pollen > self.limit:
                reserved = self.reserved.normalize()
                raise BudgetExceededError(
                    f"This call may cost {pollen:f} pollen. Of the limit of {self.limit:f}, "
                    f"{self.spent:f} are spent and {reserved:f} reserved by calls under way."
                )
            before = self._reserved.get(call, _NOTHING)
            self._reserved[call] = pollen
            self.reserved += pollen - before

    def charge(self, call: Hashable, pollen: Decimal | None, model: str = "") -> None:
        """Replace a reservation by the actual cost.

        Args:
            call: As for `reserve`; one that reserved nothing is ignored.
            pollen: What the answer cost; None, where that is unknown, counts what was reserved.
            model: The model that answered, for `report`.
        """
        with self._lock:
            reserved = self._reserved.pop(call, None)
            if reserved is not None:
                paid = reserved if pollen is None else pollen
                self.reserved -= reserved
                self.spent += paid
                self._paid.setdefault(model, _NOTHING)
                self._paid[model] += paid
                self._calls += 1

    def release(self, call: Hashable) -> None:
        """Give back what was reserved for a call that got no answer."""
        with self._lock:
            reserved = self._reserved.pop(call, _NOTHING)
            self.reserved -= reserved

    def enter(self, attempt: Admission) -> None:
        """Reserve what an attempt may cost; for clients, which call `leave` at its end.

        Raises:
            BudgetExceededError: The limit would be passed, or a price is unknown.
            PollinationsError: The prices cannot be read.
        """
        pollen = None
        with self._allowed():
            pollen = self._prices(attempt.client).expected_cost(attempt.expected)
        self._reserve_known(attempt, pollen)

    async def aenter(self, attempt: Admission) -> None:
        """Reserve what an attempt may cost; see `enter`."""
        pollen = None
        with self._allowed():
            pollen = await self._prices(attempt.client).aexpected_cost(attempt.expected)
        self._reserve_known(attempt, pollen)

    def leave(self, attempt: Admission) -> None:
        """Count what an attempt cost; nothing if no part of an answer came."""
        if not attempt.begun:
            self.release(attempt)
            return
        name, cost = attempt.expected.model or "", None
        if attempt.answer is not None:
            cost = self._prices(attempt.client).cost(attempt.answer, name)
        self.charge(attempt, cost, name)

    def _prices(self, client: Client | AsyncClient) -> Pricing:
        """The catalogue; without one, that of the client's gateway and key, made once."""
        if self.catalog is not None:
            return self.catalog
        from _pollinations.models.catalog import Catalog  # noqa: PLC0415 - brings sqlite3, rarely

        settings = client.settings
        gateway = (type(client), settings.base_url, settings.api_key)
        # Threads that come at the same time get the same one.
        return self._catalogs.get(gateway) or self._catalogs.setdefault(
            gateway, Catalog(client.without_limits())
        )

    def _allowed(self) -> AbstractContextManager[None]:
        """Pass over prices that cannot be read, if unknown ones are allowed."""
        return suppress(PollinationsError) if self.allow_unknown else nullcontext()

    def _reserve_known(self, attempt: Admission, pollen: Decimal | None) -> None:
        expected = attempt.expected
        if pollen is None and not self.allow_unknown:
            raise BudgetExceededError(
                f"No price is known for {expected.model or 'the model'}, so that this call could "
                "pass the limit.",
                model=expected.model,
                hint=f"{did_you_mean(expected.model or '', known_names())}{LIST_MODELS} "
                "allow_unknown=True allows those without a price.",
            )
        try:
            self.reserve(attempt, pollen or _NOTHING)
        except BudgetExceededError as error:
            if "completion" in expected.units:
                error.hint = _SHORTER
            raise

    def __repr__(self) -> str:
        return f"{type(self).__name__}(limit={self.limit:f}, spent={self.spent:f})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("A budget counts in one process and cannot be pickled; make one in each.")
