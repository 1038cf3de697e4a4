"""Pollen that may be spent: what was, what calls under way may cost, and the limit of both."""

import threading
from collections.abc import Hashable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Self, cast

from _pollinations.chat.reply import Reply, Usage
from _pollinations.chat.usage import read_usage
from _pollinations.fields import AUTO
from _pollinations.http.errors import BudgetExceededError, InvalidInputError, PollinationsError
from _pollinations.http.values import exact
from _pollinations.models.catalog import Model
from _pollinations.models.cost import cost, cost_of_reply
from _pollinations.models.discovery import Catalog
from _pollinations.models.requirements import Requirements
from _pollinations.models.selection import TEXT_ORDER, available, names_for

ANSWER = 1_000
"""Tokens that an answer is taken to have if nobody says how long it may be."""
INSERTED = 260
"""Tokens of the system message that the gateway puts before a request without one."""
_NOTHING = Decimal(0)


class Budget:
    """A limit that calls reserve from before they are sent; shared by threads.

    Args:
        limit: Pollen; 1 is about 1 USD.

    Attributes:
        limit: The same.

    Example:
        >>> budget = Budget(0.01)
        >>> budget.reserve("call 1", Decimal("0.006"))
        >>> budget.settle("call 1", Decimal("0.002"), model="gemini")
        >>> budget.left
        Decimal('0.008')
    """

    def __init__(self, limit: float | Decimal) -> None:
        pollen = exact(str(limit))
        if pollen is None or pollen < 0:
            raise InvalidInputError(f"A limit is pollen, 0 or more: {limit!r}.")
        self.limit = pollen
        self._calls = 0
        self._paid: dict[str, Decimal] = {}
        self._reserved: dict[Hashable, Decimal] = {}
        self._lock = threading.Lock()

    @property
    def spent(self) -> Decimal:
        """Pollen that answers have cost."""
        with self._lock:
            return self._sums()[0]

    @property
    def reserved(self) -> Decimal:
        """Pollen that calls under way may cost."""
        with self._lock:
            return self._sums()[1]

    @property
    def left(self) -> Decimal:
        """Pollen that is neither spent nor reserved; below 0 if answers cost more than expected."""
        with self._lock:
            return self.limit - sum(self._sums())

    def report(self) -> dict[str, Any]:
        """Tell limit, spent, reserved and left in pollen, the answers, and what each model cost."""
        with self._lock:
            spent, reserved = self._sums()
            return {
                "limit": float(self.limit),
                "spent": float(spent),
                "reserved": float(reserved),
                "left": float(self.limit - spent - reserved),
                "calls": self._calls,
                "models": {name: float(pollen) for name, pollen in self._paid.items()},
            }

    def reserve(self, call: Hashable, pollen: Decimal) -> None:
        """Set aside what a call may cost.

        Args:
            call: Names the call, for `settle` or `release`.
            pollen: The most that it is expected to cost.

        Raises:
            BudgetExceededError: With it, the limit would be passed.
        """
        with self._lock:
            spent, reserved = self._sums()
            if spent + reserved + pollen > self.limit:
                raise BudgetExceededError(
                    f"This call may cost {pollen:f} pollen. Of the limit of {self.limit:f}, "
                    f"{spent:f} are spent and {reserved:f} reserved by calls under way."
                )
            self._reserved[call] = pollen

    def settle(self, call: Hashable, pollen: Decimal | None, model: str = "") -> None:
        """Turn what was set aside into what it did cost.

        Args:
            call: As for `reserve`; one that reserved nothing is left alone.
            pollen: What the answer cost; None, if nobody knows, counts all that was reserved.
            model: Who answered, for `report`.
        """
        with self._lock:
            reserved = self._reserved.pop(call, None)
            if reserved is not None:
                paid = reserved if pollen is None else pollen
                self._paid[model] = self._paid.get(model, _NOTHING) + paid
                self._calls += 1

    def release(self, call: Hashable) -> None:
        """Give back what a call set aside that got no answer."""
        with self._lock:
            self._reserved.pop(call, None)

    def _sums(self) -> tuple[Decimal, Decimal]:
        return sum(self._paid.values(), _NOTHING), sum(self._reserved.values(), _NOTHING)

    def __copy__(self) -> Self:
        # Copies of a model share its budget.
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


def inserted(roles: Iterable[str]) -> int:
    """Tell the tokens that the gateway adds to a request.

    Args:
        roles: Who speaks in it; a system message of one's own takes the place of the gateway's.
    """
    return 0 if "system" in roles else INSERTED


class PricedBudget(Budget):
    """A budget that knows from the catalogue what a call may cost, and what an answer did.

    Args:
        limit: Pollen; 1 is about 1 USD.
        catalog: Where the prices are.
        allow_unknown: Whether models without a known price may be asked; they count as free.
    """

    def __init__(
        self, limit: float | Decimal, catalog: Catalog, *, allow_unknown: bool = False
    ) -> None:
        super().__init__(limit)
        self.catalog = catalog
        self.allow_unknown = allow_unknown

    def begin(self, call: Hashable, asked: Mapping[str, Any], read: int) -> None:
        """Reserve what a call may cost, whoever of its models answers.

        Args:
            call: Names the call.
            asked: The fields of the chat model, and over them what the call says.
            read: Tokens of the prompt, with those that are `inserted`.

        Raises:
            BudgetExceededError: The limit would be passed, or a price is not known.
            PollinationsError: The catalogue is not to be had.
        """
        known = self._known()
        longest = (asked.get("max_tokens"), asked.get("max_completion_tokens"))
        written = max((tokens for tokens in longest if tokens), default=ANSWER)
        usage = Usage(read, written, read + written)
        prices = [self._price(name, known, usage) for name in _names(asked, known)]
        self.reserve(call, max(prices, default=_NOTHING))

    def end(self, call: Hashable, told: Mapping[str, Any]) -> None:
        """Count what an answer cost.

        Args:
            call: As for `begin`.
            told: The metadata of the answer.
        """
        name = str(told.get("model_name") or "")
        self.settle(call, self._cost(name, told), name)

    def _known(self) -> tuple[Model, ...]:
        try:
            return self.catalog.models()
        except PollinationsError:
            if self.allow_unknown:
                return ()
            raise

    def _price(self, name: str, known: tuple[Model, ...], usage: Usage) -> Decimal:
        model = _find(name, known)
        price = cost(usage, model) if model else None
        if price is None and not self.allow_unknown:
            raise BudgetExceededError(
                f"Nobody knows what {name} costs; allow_unknown=True lets it be asked.", model=name
            )
        return price or _NOTHING

    def _cost(self, name: str, told: Mapping[str, Any]) -> Decimal | None:
        if told.get("cost") is not None:
            return exact(told["cost"])
        usage = told.get("token_usage")
        reply = Reply(usage=read_usage(usage) if usage else None, headers=told.get("headers") or {})
        try:
            known = self.catalog.models()
        except PollinationsError:
            known = ()
        return cost_of_reply(reply, _find(name, known) or Model(name=name))


def _names(asked: Mapping[str, Any], known: tuple[Model, ...]) -> Iterable[str]:
    """Everybody who may answer."""
    first = str(asked.get("model") or asked.get("model_name"))
    names = [first]
    if first == AUTO:
        require = cast("Requirements", asked.get("require") or {})
        names = [*(names_for(known, require) if known else TEXT_ORDER)]
    names += [*(asked.get("fallback_models") or ()), asked.get("escalate_to") or first]
    return dict.fromkeys(name for name in names if name != AUTO)


def _find(name: str, known: tuple[Model, ...]) -> Model | None:
    return next(iter(available(known, (name,))), None)
