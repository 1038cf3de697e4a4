"""One question and the models that may answer it: who is asked next, and who was asked in vain."""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from _pollinations.chat.reply import Delta, Reply
from _pollinations.http.call import Call, Plan, Stream, StreamPlan, Used, used_by
from _pollinations.http.errors import (
    APITimeoutError,
    InterruptedStreamError,
    InvalidInputError,
    InvalidRequestError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    PollinationsError,
    RateLimitError,
    ServerError,
    limits_the_caller,
)
from _pollinations.http.suggestions import names_unknown_model, suggest_models
from _pollinations.limits.circuit_breaker import CircuitBreaker
from _pollinations.models.known_models import known_names

if TYPE_CHECKING:
    from _pollinations.models.catalog import Model
    from _pollinations.models.methods import Methods

Step = TypeVar("Step", Call[Reply], Stream[Delta])

_ELSEWHERE = (
    APITimeoutError,
    InterruptedStreamError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
)
# What the gateway says, in the words of each API version, to a key without paid pollen.
_PAID_ONLY = ("This model requires", "This model needs paid", "available paid", "Quest Pollen")
_CANNOT = re.compile(
    r"\b(does not|doesn't|do not|don't|cannot) support|\bsupports? (at most|only)\b"
    r"|\bnot (supported|available|allowed) (by|with|for|in|on) (this|the|that) model"
    r"|\bcannot be used on\b|\bforced tool|\btool_choice\b.{0,80}\bnot supported",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Failed:
    """A model that was asked in vain, and why."""

    model: str
    error: PollinationsError

    @property
    def told(self) -> dict[str, Any]:
        """The same as JSON, for an answer's metadata."""
        facts = {
            "model": self.model,
            "error": type(self.error).__name__,
            "status": self.error.status,
            "code": self.error.code,
            "message": self.error.message,
        }
        return {name: value for name, value in facts.items() if value is not None}


def moves_on(error: PollinationsError) -> bool:
    """Whether another model may answer what this one did not.

    Another model helps where this one is unknown, not allowed, only for paid pollen, overloaded,
    slow or broken, or cannot do what the request asks for. It does not where the request, the key,
    the account or the network is at fault.

    Args:
        error: Why the model did not answer.

    Example:
        >>> moves_on(ServerError("down", status=503)), moves_on(InvalidRequestError("bad"))
        (True, False)
    """
    if isinstance(error, _ELSEWHERE):
        return True
    if isinstance(error, InvalidRequestError):
        return is_unknown_model(error) or _CANNOT.search(error.message) is not None
    if isinstance(error, PaymentRequiredError):
        is_paid_only = any(words in error.message for words in _PAID_ONLY)
        return is_paid_only or error.code == "QUEST_POLLEN_ONLY"
    if isinstance(error, RateLimitError):
        return not limits_the_caller(error)
    return False


def is_unknown_model(error: PollinationsError) -> bool:
    """Whether the gateway says that it has no model of this name.

    Example:
        >>> is_unknown_model(NotFoundError("no such model")), is_unknown_model(ServerError("down"))
        (True, False)
    """
    return isinstance(error, NotFoundError) or names_unknown_model(error)


class Question:
    """One call of a chat model while it is being asked.

    Args:
        models: The names to try, best first.
        bodies: Makes the body of the call for a model.
        circuit_breaker: Moves models that failed behind the others; shared by calls.
        known: The catalogue, for what an answer cost.
        methods: The methods by which each model may be asked, if `bodies` makes them.
        again: Plans to select models anew, if the gateway knows none of `models` any more.

    Attributes:
        body: What was sent to the model that was asked last.
        failed: Who could not answer.
    """

    def __init__(
        self,
        models: Sequence[str],
        bodies: Callable[[str], Mapping[str, Any]],
        circuit_breaker: CircuitBreaker | None = None,
        known: "Sequence[Model]" = (),
        *,
        again: Callable[[], Plan[tuple[str, ...]]] | None = None,
        methods: "Methods | None" = None,
    ) -> None:
        self._models = models
        self._again = again
        self._methods = methods
        self._known = known
        self._bodies = bodies
        self._circuit_breaker = circuit_breaker
        self.body: Mapping[str, Any] = {}
        self.failed: list[Failed] = []

    def whole(self, spell: Callable[[Mapping[str, Any]], Call[Reply]]) -> Plan[Reply]:
        """Ask for a whole answer; `spell` makes the call of a body. See `Client.run`."""
        return self._tries(spell)

    def pieces(self, spell: Callable[[Mapping[str, Any]], Stream[Delta]]) -> StreamPlan[Delta]:
        """Ask for an answer in pieces. See `Client.run_stream`."""
        return self._tries(spell)

    def told(self, reply: Reply) -> dict[str, Any]:
        """What is to be told beside an answer.

        Args:
            reply: The answer.

        Returns:
            `fallbacks`: who was asked in vain and why, if anybody was; `cost` in pollen, where the
            catalogue knows the prices.
        """
        told: dict[str, Any] = {}
        if self.failed:
            told["fallbacks"] = [failed.told for failed in self.failed]
        cost = _cost(reply, self._known, self.body.get("model", ""))
        if cost is not None:
            told["cost"] = cost
        return told

    def _tries(self, spell: Callable[[Mapping[str, Any]], Step]) -> Generator[Any, Any, Any]:
        answered, answer = yield from self._try_each(self._models, spell)
        if not answered and self._again and all(is_unknown_model(f.error) for f in self.failed):
            tried = {failed.model for failed in self.failed}
            selected = yield from self._again()
            others = [model for model in selected if model not in tried]
            answered, answer = yield from self._try_each(others, spell)
        if not answered:
            raise self._telling()
        return answer

    def _try_each(
        self, models: Sequence[str], spell: Callable[[Mapping[str, Any]], Step]
    ) -> Generator[Step, Any, tuple[bool, Any]]:
        """Whether a model answered, and the answer, which is None where it was a stream."""
        for model in self._circuit_breaker.order(models) if self._circuit_breaker else models:
            try:
                self.body = self._bodies(model)
            except InvalidInputError as error:
                # Not every model takes every request: Gemini loses its tools beside a JSON format.
                self._missed(model, error)
                continue
            try:
                answer = yield from self._one_model(spell)
            except PollinationsError as error:
                self._missed(model, error)
                if not moves_on(error):
                    raise
                if self._circuit_breaker and not isinstance(error, InvalidRequestError):
                    self._circuit_breaker.failed(model)
            else:
                if self._circuit_breaker:
                    self._circuit_breaker.answered(model)
                return True, answer
        return False, None

    def _one_model(self, spell: Callable[[Mapping[str, Any]], Step]) -> Generator[Step, Any, Any]:
        """Ask one model, by one method after the other if it refuses."""
        while True:
            try:
                answer = yield self._priced(spell(self.body))
            except PollinationsError as error:
                body = self._methods.after(error) if self._methods else None
                if body is None:
                    raise
                self.body = body
            else:
                if self._methods:
                    self._methods.accept()
                return answer

    def _priced(self, step: Step) -> Step:
        """Where prices are known, a limiter hears them with the tokens."""
        return replace(step, used=self._used) if self._known else step

    def _used(self, answer: Reply | Delta) -> Used | None:
        reply = answer.reply if isinstance(answer, Delta) else answer
        used = used_by(reply)
        if used is None or used.pollen is not None or reply is None:
            return used
        return replace(used, pollen=_cost(reply, self._known, self.body.get("model", "")))

    def _missed(self, model: str, error: PollinationsError) -> None:
        error.model = error.model or model
        listed = (known.name for known in self._known)
        suggest_models(error, model, [*known_names(), *listed])
        self.failed.append(Failed(model, error))

    def _telling(self) -> PollinationsError:
        """Of the errors of all models the last one that was sent something."""
        errors = [failed.error for failed in self.failed]
        sent = [error for error in errors if not isinstance(error, InvalidInputError)]
        return (sent or errors)[-1]


def _cost(reply: Reply, known: "Sequence[Model]", name: str) -> float | None:
    """What an answer cost in pollen, if the gateway says so or the catalogue has the prices."""
    if not known:
        reported = reply.usage.cost if reply.usage else None
        return None if reported is None else float(reported)
    # Only who asks for costs pays for importing what they are made of.
    from _pollinations.models.cost import cost_of_reply  # noqa: PLC0415
    from _pollinations.models.selection import available  # noqa: PLC0415

    model = next(iter(available(known, (name,))), None)
    cost = cost_of_reply(reply, model) if model else None
    return None if cost is None else float(cost)
