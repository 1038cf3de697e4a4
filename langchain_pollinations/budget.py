"""A limit of pollen, for objects that share it or for one run."""

from contextvars import ContextVar
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from _pollinations.models.budget import PollenBudget as _PollenBudget

_budgets_of_runs: ContextVar[tuple[tuple[UUID, "PollenBudget"], ...]] = ContextVar(
    "_budgets_of_runs", default=()
)


def budgets_of_run(run_manager: object) -> list["PollenBudget"]:
    """The budgets among a run's callbacks.

    LangChain passes no run manager to a stream: it gets the budgets of the run that began last.
    """
    if run_manager is not None:
        handlers = getattr(run_manager, "handlers", ())
        return [handler for handler in handlers if isinstance(handler, PollenBudget)]
    runs = _budgets_of_runs.get()
    return [budget for run, budget in runs if run == runs[-1][0]]


class PollenBudget(_PollenBudget, BaseCallbackHandler):
    """A `gateway.PollenBudget` that can also be a callback of a run.

    Pass it as `budget=` to models, tools and embeddings of this package, or as a callback to a
    chain, an agent or a single call: then all models and tools of this package in that run share
    the limit.

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
        >>> budget = PollenBudget(0.5)
        >>> agent.invoke(question, {"callbacks": [budget]})  # doctest: +SKIP
        >>> budget.report()["spent"]
        0.0
    """

    run_inline = True  # on an event loop too, so that a stream finds what is set here

    def on_chat_model_start(self, *args: Any, run_id: UUID, **kwargs: Any) -> None:
        """Pass the budget to the stream that may begin now."""
        del args, kwargs
        _budgets_of_runs.set((*_budgets_of_runs.get(), (run_id, self)))

    def on_llm_end(self, *args: Any, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        del args, kwargs
        runs = _budgets_of_runs.get()
        _budgets_of_runs.set(tuple(entry for entry in runs if entry[0] != run_id))

    on_llm_error = on_llm_end
