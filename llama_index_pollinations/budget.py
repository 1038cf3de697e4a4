"""A limit of pollen, for objects that share it or for all models of a callback manager."""

from typing import Any

from llama_index.core.callbacks import CallbackManager, CBEventType
from llama_index.core.callbacks.base_handler import BaseCallbackHandler

from _pollinations.models.budget import PollenBudget as _PollenBudget


class PollenBudget(_PollenBudget, BaseCallbackHandler):
    """A `gateway.PollenBudget`, see there, that may also be a handler of a callback manager.

    Pass it as `budget=` to models, tools and embeddings of this package, or put it into the
    `CallbackManager` of a model or of `Settings`: then all models with that manager share it.

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
