"""A limit of pollen, for objects that share it or for all models of a callback manager."""

from decimal import Decimal
from typing import Any

from llama_index.core.callbacks import CallbackManager, CBEventType
from llama_index.core.callbacks.base_handler import BaseCallbackHandler

from _pollinations.limits.budget import PollenBudget as _PollenBudget
from _pollinations.limits.budget import Pricing


class PollenBudget(_PollenBudget, BaseCallbackHandler):
    """A limit of pollen for all that share it: models, tools, embeddings, clients, threads.

    Pass it as `budget=` to models, tools and embeddings of this package, or put it into the
    `CallbackManager` of a model or of `Settings`: then all models with that manager share it.

    Each attempt of each request first reserves what it may cost at most: for a chat the tokens of
    the prompt and `max_tokens` (else 1,000), for an image one image, for a video its seconds, for
    speech its characters. An attempt that would pass the limit is not sent. What the answer did
    cost takes the place of the reservation. An attempt that fails without an answer gives it back.
    A stream that is left or breaks off counts in full, since the gateway bills what was written
    and does not say how much that was. It counts in one process, and it cannot be pickled.

    Args:
        limit: Pollen; 1 is about 1 USD.
        catalog: A `gateway.Catalog`, for the prices.
        allow_unknown: Whether models without a known price may be asked; they count as free.

    Raises:
        InvalidInputError: The limit is not a number, 0 or more.

    Example:
        >>> from llama_index.core.callbacks import CallbackManager
        >>> from llama_index_pollinations import Pollinations
        >>> from llama_index_pollinations.gateway import Catalog, Client
        >>> budget = PollenBudget(0.5, catalog=Catalog(Client()))
        >>> llm = Pollinations(model="openai", callback_manager=CallbackManager([budget]))
        >>> budget.report()["spent"]
        0.0
    """

    def __init__(
        self, limit: float | Decimal, catalog: Pricing, *, allow_unknown: bool = False
    ) -> None:
        super().__init__(limit, catalog, allow_unknown=allow_unknown)
        BaseCallbackHandler.__init__(self, [], [])

    def on_event_start(
        self,
        event_type: CBEventType,
        payload: dict[str, Any] | None = None,
        event_id: str = "",
        parent_id: str = "",
        **kwargs: Any,
    ) -> str:
        """Do nothing: models find the budget in their callback manager."""
        del event_type, payload, parent_id, kwargs
        return event_id

    def on_event_end(
        self,
        event_type: CBEventType,
        payload: dict[str, Any] | None = None,
        event_id: str = "",
        **kwargs: Any,
    ) -> None:
        """Do nothing."""

    def start_trace(self, trace_id: str | None = None) -> None:
        """Do nothing."""

    def end_trace(
        self, trace_id: str | None = None, trace_map: dict[str, list[str]] | None = None
    ) -> None:
        """Do nothing."""


def budgets_of(manager: CallbackManager) -> list[PollenBudget]:
    """The budgets among the handlers of a callback manager."""
    return [handler for handler in manager.handlers if isinstance(handler, PollenBudget)]
