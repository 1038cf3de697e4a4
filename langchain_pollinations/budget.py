"""A limit of pollen, for objects that share it or for one run."""

from contextvars import ContextVar
from decimal import Decimal
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import LLMResult

from _pollinations.limits.budget import PollenBudget as _PollenBudget
from _pollinations.limits.budget import Pricing
from langchain_pollinations.errors import as_langchain_errors

_of_runs: ContextVar[tuple[tuple[UUID, "PollenBudget"], ...]] = ContextVar("_of_runs", default=())


def budgets_of_run(run_manager: object) -> list["PollenBudget"]:
    """The budgets among a run's callbacks.

    LangChain hands no run manager to a stream: it finds the budgets of the run that began last.
    """
    if run_manager is not None:
        handlers = getattr(run_manager, "handlers", ())
        return [handler for handler in handlers if isinstance(handler, PollenBudget)]
    runs = _of_runs.get()
    return [budget for run, budget in runs if run == runs[-1][0]]


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
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        **kwargs: Any,
    ) -> None:
        """Hand the budget to the stream that may begin now."""
        del serialized, messages, kwargs
        _of_runs.set((*_of_runs.get(), (run_id, self)))

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        del response, kwargs
        _forget(run_id)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        del error, kwargs
        _forget(run_id)


def _forget(run_id: UUID) -> None:
    _of_runs.set(tuple(entry for entry in _of_runs.get() if entry[0] != run_id))
