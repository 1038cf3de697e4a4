"""Several lists of models, read one after the other."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from _pollinations.http.call import Call
from _pollinations.http.errors import APIConnectionError, APITimeoutError, PollinationsError

if TYPE_CHECKING:
    from _pollinations.models.model import Model

ListAnswer: TypeAlias = "tuple[Model, ...] | PollinationsError"
Lists = Mapping[str, ListAnswer]
"""The models of each list, or why it could not be read, by the list's path."""


class ListReader:
    """Says which list is read next, and keeps what came; a client's `send` takes it.

    Args:
        calls: The calls for the lists, at least one.

    Attributes:
        lists: What came so far.
    """

    def __init__(self, calls: "Iterable[Call[tuple[Model, ...]]]") -> None:
        self._calls = [*calls]
        self.lists: dict[str, ListAnswer] = {}

    def first(self) -> "Call[tuple[Model, ...]]":
        """Return the call for the first list."""
        return self._calls[0]

    def answered(self, answer: Any) -> "Call[tuple[Model, ...]] | None":  # noqa: ANN401 - Fallback's
        """Keep a list or an error; return the next call, or None if there is no more.

        A gateway that does not answer at all is not asked again.
        """
        unreachable = isinstance(answer, APIConnectionError | APITimeoutError)
        answered = self._calls if unreachable else self._calls[:1]
        self.lists |= {call.request.path: answer for call in answered}
        self._calls = self._calls[len(answered) :]
        return self._calls[0] if self._calls else None

    def after(self, error: PollinationsError, *, begun: bool) -> "Call[tuple[Model, ...]]":  # noqa: ARG002 - a stream's
        """Keep the error in the place of a list; raises it if no list is left."""
        following = self.answered(error)
        if following is None:
            raise error
        return following
