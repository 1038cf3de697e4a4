"""Several lists of models, read one after the other by whoever can wait."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from _pollinations.http.call import Call
from _pollinations.http.errors import APIConnectionError, APITimeoutError, PollinationsError

if TYPE_CHECKING:
    from _pollinations.models.catalog import Model

ListAnswer: TypeAlias = "tuple[Model, ...] | PollinationsError"
Lists = Mapping[str, ListAnswer]
"""The models of each list, or why it could not be read, by the list's path."""


class ListReader:
    """Says which list is read next, and keeps what came.

    Args:
        calls: The calls for the lists.

    Attributes:
        lists: What came so far.
    """

    def __init__(self, calls: "Iterable[Call[tuple[Model, ...]]]") -> None:
        self._calls = [*calls]
        self.lists: dict[str, ListAnswer] = {}

    @property
    def call(self) -> "Call[tuple[Model, ...]] | None":
        """The call to send next; None if there is no more."""
        return self._calls[0] if self._calls else None

    def take(self, answer: ListAnswer) -> None:
        """Keep a list or an error; a gateway that does not answer at all is not asked again."""
        unreachable = isinstance(answer, APIConnectionError | APITimeoutError)
        answered = self._calls if unreachable else self._calls[:1]
        self.lists |= {call.request.path: answer for call in answered}
        del self._calls[: len(answered)]
