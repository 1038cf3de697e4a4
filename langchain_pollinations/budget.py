"""A limit of pollen, for objects that share it or for one run."""

from contextvars import ContextVar
from decimal import Decimal
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage

from _pollinations.limits.budget import PollenBudget as _PollenBudget
from _pollinations.limits.budget import Pricing
from langchain_pollinations.errors import as_langchain_errors

_of_this_run: ContextVar[tuple["PollenBudget", ...]] = ContextVar("_of_this_run", default=())


def budgets_of_run(run_manager: object) -> tuple["PollenBudget", ...]:
    """The budgets among a run's callbacks; LangChain hands no run manager to a stream."""
    if run_manager is not None:
        handlers = getattr(run_manager, "handlers", ())
        return tuple(handler for handler in handlers if isinstance(handler, PollenBudget))
    budgets = _of_this_run.get()
    if budgets:
        _of_this_run.set(())
    return budgets


class PollenBudget(_PollenBudget, BaseCallbackHandler):
    """A limit of pollen for all that share it: models, tools, embeddings, clients, threads.

    Pass it as `budget=` to models, tools and embeddings of this package, or as a callback to a
    chain, an agent or a single call: then all models and tools of this package in that run share
    the limit.

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
        >>> from langchain_pollinations.gateway import Catalog, Client
        >>> budget = PollenBudget(0.5, catalog=Catalog(Client()))
        >>> agent.invoke(question, {"callbacks": [budget]})  # doctest: +SKIP
        >>> budget.report()["spent"]
        0.0
    """

    def __init__(
        self, limit: float | Decimal, catalog: Pricing, *, allow_unknown: bool = False
    ) -> None:
        with as_langchain_errors():
            super().__init__(limit, catalog, allow_unknown=allow_unknown)

    run_inline = True  # in an event loop too, so that a stream finds what is set here

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], **kwargs: Any
    ) -> None:
        """Hand the budget to the stream that begins now."""
        del serialized, messages, kwargs
        _of_this_run.set((*_of_this_run.get(), self))

    def on_llm_end(self, *_: Any, **__: Any) -> None:
        """Forget it, where the model was of another package."""
        _of_this_run.set(())

    def on_llm_error(self, *_: Any, **__: Any) -> None:
        """Forget it, where the model was of another package."""
        _of_this_run.set(())
