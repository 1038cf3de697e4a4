"""A limit of pollen, for objects that share it or for all models of a callback manager."""

from typing import Any

from llama_index.core.callbacks import CallbackManager, CBEventType
from llama_index.core.callbacks.base_handler import BaseCallbackHandler

from _pollinations.models.budget import PollenBudget as _PollenBudget


class PollenBudget(_PollenBudget, BaseCallbackHandler):
    """A `gateway.PollenBudget` that may also be a handler of a callback manager.

    Pass it as `budget=` to models, tools and embeddings of this package, or put it into the
    `CallbackManager` of a model or of `Settings`: then all models with that manager share it.

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
        >>> from llama_index.core.callbacks import CallbackManager
        >>> from llama_index_pollinations import Pollinations
        >>> budget = PollenBudget(0.5)
        >>> llm = Pollinations(model="openai", callback_manager=CallbackManager([budget]))
        >>> budget.report()["spent"]
        0.0
    """

    event_starts_to_ignore: tuple[CBEventType, ...] = ()
    event_ends_to_ignore: tuple[CBEventType, ...] = ()

    def on_event_start(self, *args: Any, **kwargs: Any) -> str:
        """Do nothing: models find the budget in their callback manager."""
        del args, kwargs
        return ""

    def on_event_end(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""

    start_trace = end_trace = on_event_end


def budgets_of(manager: CallbackManager) -> list[PollenBudget]:
    """The budgets among the handlers of a callback manager."""
    return [handler for handler in manager.handlers if isinstance(handler, PollenBudget)]
