"""Fallback to another model: which call is next when a model failed."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from _pollinations.chat.reply import Reply
from _pollinations.http.call import Call, Fallback, Stream
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
from _pollinations.http.unknown_names import names_unknown_model, suggest_models
from _pollinations.limits.circuit_breaker import CircuitBreaker
from _pollinations.models.known_models import known_names
from _pollinations.models.lists import ListAnswer, ListReader, Lists

if TYPE_CHECKING:
    from _pollinations.models.catalog import Catalog, Snapshot
    from _pollinations.models.methods import Methods
    from _pollinations.models.model import Model

_log = logging.getLogger(__name__)

StepT = TypeVar("StepT", bound=Call[Any] | Stream[Any])

_OF_THE_MODEL = (
    APITimeoutError,
    InterruptedStreamError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
)
_CANNOT = re.compile(
    r"\b(does not|doesn't|do not|don't|cannot) support|\bsupports? (at most|only)\b"
    r"|\bnot (supported|available|allowed) (by|with|for|in|on) (this|the|that) model"
    r"|\bcannot be used on\b|\bforced tool|\btool_choice\b.{0,80}\bnot supported",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Failed:
    """A model that failed, and why."""

    model: str
    error: PollinationsError

    def __str__(self) -> str:
        reason = str(self.error).partition("\n")[0]
        return f"{self.model or 'The usual model'} failed: {type(self.error).__name__}: {reason}"

    @property
    def metadata(self) -> dict[str, Any]:
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
    if isinstance(error, _OF_THE_MODEL):
        return True
    if isinstance(error, InvalidRequestError):
        return may_be_unknown_model(error) or _CANNOT.search(error.message) is not None
    if isinstance(error, PaymentRequiredError):
        return error.paid_only
    if isinstance(error, RateLimitError):
        return not limits_the_caller(error)
    return False


def may_be_unknown_model(error: PollinationsError) -> bool:
    """Whether the gateway says that it does not know the model, or answers with any 404.

    Example:
        >>> may_be_unknown_model(NotFoundError("no such model"))
        True
    """
    return isinstance(error, NotFoundError) or names_unknown_model(error)


class ModelFallback(Fallback[StepT]):
    """An answer by one of several models: the first that can give it.

    Models are tried in order, each with one call or, if `_instead` says so, with several. When no
    model is left, lists of models are read once if `_lists` names any, and `_more` says which
    further models they add.

    Args:
        models: The names to try, best first.
        circuit_breaker: Moves models that failed behind the others; shared by calls.

    Attributes:
        failed: The models that could not answer.
    """

    def __init__(
        self, models: Sequence[str], circuit_breaker: CircuitBreaker | None = None
    ) -> None:
        self.failed: list[Failed] = []
        self._models = models
        self._circuit_breaker = circuit_breaker or CircuitBreaker()
        self._untried: list[str] = []
        self._model = ""
        self._reading: ListReader | None = None
        self._has_read = False
        self._logged = 0

    def first(self) -> StepT | Call[Any]:
        """Make the first call; a fallback that was used begins anew."""
        self.failed, self._reading, self._has_read, self._logged = [], None, False, 0
        self._untried = self._circuit_breaker.order(self._models)
        return self._next()

    def after(self, error: PollinationsError, *, begun: bool) -> StepT | Call[Any]:
        """Make the next call: to the same model, to another one, or for a list of models."""
        if self._reading:
            return self._read(self._reading, error)
        instead = None if begun else self._instead(error)
        if instead is not None:
            return instead
        self._note(error)
        if moves_on(error):
            if not isinstance(error, InvalidRequestError):
                self._circuit_breaker.failed(self._model)
            if not begun:
                return self._next()
        raise self._with_other_failures(error)

    def answered(self, answer: Any) -> StepT | Call[Any] | None:  # noqa: ANN401 - a list, or anything
        """Take note of an answer; after a list of models a call follows."""
        if self._reading:
            return self._read(self._reading, answer)
        self._circuit_breaker.answered(self._model)
        return None

    def _next(self) -> StepT | Call[Any]:
        """Make the call to the next model that takes the request, or for the first list."""
        while self._untried:
            self._model = self._untried.pop(0)
            try:
                call = self._call(self._model)
            except InvalidInputError as error:
                # Not every model takes every request.
                self._note(error)
            else:
                for failed in filter(self._is_logged, self.failed[self._logged :]):
                    _log.warning("%s", failed)
                self._logged = len(self.failed)
                return call
        if not self._has_read:
            self._has_read = True
            calls = self._lists()
            if calls:
                self._reading = ListReader(calls)
                return self._reading.first()
        raise self._with_other_failures(self._error())

    def _read(self, reader: ListReader, answer: ListAnswer) -> StepT | Call[Any]:
        following = reader.answered(answer)
        if following:
            return following
        self._reading = None
        self._untried = self._circuit_breaker.order(self._more(reader.lists))
        return self._next()

    def _note(self, error: PollinationsError) -> None:
        """Take note that the model failed."""
        error.model = error.model or self._model or None
        self.failed.append(Failed(self._model, error))

    def _with_other_failures(self, error: PollinationsError) -> PollinationsError:
        """Add to an error why the other models failed; none advises what is done already."""
        has_others = len(self.failed) > 1 or len(self._models) > 1
        for failed in self.failed:
            if has_others and isinstance(failed.error, ServerError):
                failed.error.hint = failed.error.hint or "Try again later."
        others = [failed for failed in self.failed if failed.error is not error]
        error.other_failures = tuple(map(str, others))
        return error

    def _is_logged(self, failed: Failed) -> bool:  # noqa: ARG002 - for subclasses
        """Whether a warning tells that another model follows this one."""
        return True

    def _call(self, model: str) -> StepT:
        """Make the call to a model; raises `InvalidInputError` if it does not take the request."""
        raise NotImplementedError

    def _instead(self, error: PollinationsError) -> StepT | None:  # noqa: ARG002 - for subclasses
        """Make another call to the model that refused one, with another method if there is one."""
        return None

    def _lists(self) -> "Sequence[Call[tuple[Model, ...]]]":
        """Return the calls for the lists to read when no model is left, if any."""
        raise NotImplementedError

    def _more(self, lists: Lists) -> Sequence[str]:
        """Name the models to try after the lists have been read."""
        raise NotImplementedError

    def _error(self) -> PollinationsError:
        """Choose what the caller gets when no model answered."""
        raise NotImplementedError


class ChatFallback(ModelFallback[StepT]):
    """One call of the chat endpoint, whole or streamed, to the first model that answers it.

    Args:
        models: The names to try, best first.
        methods: Makes the bodies for each model, by one method after the other.
        make: Makes a call or a stream from a body.
        known: The models of the catalogue, for what an answer cost.
        circuit_breaker: Moves models that failed behind the others; shared by calls.
        catalog: Is read again if the gateway knows none of `models` any more.
        select: Names the models to try then.

    Attributes:
        body: What was sent last.
        failed: The models that could not answer.
    """

    def __init__(
        self,
        models: Sequence[str],
        methods: "Methods",
        make: Callable[[Mapping[str, Any]], StepT],
        *,
        known: "Sequence[Model]" = (),
        circuit_breaker: CircuitBreaker | None = None,
        catalog: "Catalog | None" = None,
        select: "Callable[[Snapshot], Sequence[str]] | None" = None,
    ) -> None:
        super().__init__(models, circuit_breaker)
        self.body: Mapping[str, Any] = {}
        self._methods = methods
        self._make = make
        self._known = known
        self._catalog = catalog
        self._select = select

    def metadata(self, reply: Reply) -> dict[str, Any]:
        """Describe how an answer came about.

        Args:
            reply: The answer.

        Returns:
            `fallbacks`: the models that failed and why, if any did; `cost` in pollen, where the
            gateway reports it or the catalogue knows the prices.
        """
        # Imported here, since only the calculation of a cost needs them.
        from _pollinations.models.cost import cost_of_answer  # noqa: PLC0415
        from _pollinations.models.selection import first_available  # noqa: PLC0415

        metadata: dict[str, Any] = {}
        if self.failed:
            metadata["fallbacks"] = [failed.metadata for failed in self.failed]
        listed = first_available(self._known, (self.body.get("model", ""),))
        cost = cost_of_answer(reply, listed)
        if cost is not None:
            metadata["cost"] = float(cost)
        return metadata

    def _call(self, model: str) -> StepT:
        return self._step(self._methods.first(model))

    def _instead(self, error: PollinationsError) -> StepT | None:
        body = self._methods.after(error)
        return None if body is None else self._step(body)

    def answered(self, answer: Any) -> StepT | Call[Any] | None:  # noqa: ANN401 - a list, or anything
        """Take note of an answer, and of the method by which it was asked for."""
        following = super().answered(answer)
        if following is None:
            self._methods.accept()
        return following

    def _step(self, body: Mapping[str, Any]) -> StepT:
        self.body = body
        return self._make(body)

    def _lists(self) -> "Sequence[Call[tuple[Model, ...]]]":
        if self._catalog and all(may_be_unknown_model(failed.error) for failed in self.failed):
            return self._catalog.list_calls()
        return ()

    def _more(self, lists: Lists) -> Sequence[str]:
        assert self._catalog is not None  # noqa: S101 - its lists have been read
        assert self._select is not None  # noqa: S101 - it comes with the catalogue
        tried = {failed.model for failed in self.failed}
        selected = self._select(self._catalog.learn(lists))
        return [model for model in selected if model not in tried]

    def _error(self) -> PollinationsError:
        """Choose the error of the last model that was sent something, else of the last one."""
        errors = [failed.error for failed in self.failed]
        sent = [error for error in errors if not isinstance(error, InvalidInputError)]
        return (sent or errors)[-1]

    def _is_logged(self, failed: Failed) -> bool:
        """Only an unknown name that the caller wrote; metadata show the other failures."""
        return self._catalog is None and may_be_unknown_model(failed.error)

    def _note(self, error: PollinationsError) -> None:
        super()._note(error)
        listed = (model.name for model in self._known)
        suggest_models(error, self._model, [*known_names(), *listed])
