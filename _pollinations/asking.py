"""One question and the models that may answer it: who is asked next, and who was asked in vain."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from _pollinations.answer import Delta, Reply
from _pollinations.call import Call, Plan, Stream, StreamPlan
from _pollinations.catalog import Model
from _pollinations.choosing import available
from _pollinations.cost import cost_of_reply
from _pollinations.errors import (
    APITimeoutError,
    InterruptedStreamError,
    InvalidRequestError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    PollinationsError,
    RateLimitError,
    ServerError,
)
from _pollinations.health import Health

Step = TypeVar("Step", Call[Reply], Stream[Delta])

_ELSEWHERE = (
    APITimeoutError,
    InterruptedStreamError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
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
    slow or broken. It does not where the request, the key, the account or the network is at fault.

    Args:
        error: Why the model did not answer.

    Example:
        >>> moves_on(ServerError("down", status=503)), moves_on(InvalidRequestError("bad"))
        (True, False)
    """
    if isinstance(error, _ELSEWHERE):
        return True
    if isinstance(error, InvalidRequestError):
        return "model" in error.field_errors or "Invalid service or alias" in error.message
    if isinstance(error, PaymentRequiredError):
        return "This model requires" in error.message or error.code == "QUEST_POLLEN_ONLY"
    if isinstance(error, RateLimitError):
        # A publishable key's own limit holds for every model.
        return error.key_kind != "publishable"
    return False


class Question:
    """One call of a chat model while it is being asked.

    Args:
        models: The names to try, best first.
        bodies: Makes the body of the call for a model.
        health: Who has failed lately; shared by the calls of a process.
        known: The catalogue, for what an answer cost.

    Attributes:
        body: What was sent to the model that was asked last.
        failed: Who was asked in vain before.
    """

    def __init__(
        self,
        models: Sequence[str],
        bodies: Callable[[str], Mapping[str, Any]],
        health: Health | None = None,
        known: Sequence[Model] = (),
    ) -> None:
        self._models = models
        self._known = known
        self._bodies = bodies
        self._health = health
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
        model = next(iter(available(self._known, (self.body.get("model", ""),))), None)
        cost = cost_of_reply(reply, model) if model else None
        if cost is not None:
            told["cost"] = float(cost)
        return told

    def _tries(self, spell: Callable[[Mapping[str, Any]], Step]) -> Generator[Step, Any, Any]:
        models = self._health.order(self._models) if self._health else list(self._models)
        for left, model in zip(range(len(models) - 1, -1, -1), models, strict=True):
            self.body = self._bodies(model)
            try:
                answer = yield spell(self.body)
            except PollinationsError as error:
                error.model = error.model or model
                if not moves_on(error):
                    raise
                if self._health:
                    self._health.failed(model)
                if not left:
                    raise
                self.failed.append(Failed(model, error))
            else:
                if self._health:
                    self._health.answered(model)
                return answer
        return None
