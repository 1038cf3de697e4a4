"""A limit of pollen for everything that LangChain asks: a callback that stops the next call."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import LLMResult

from _pollinations.chat.tokens import count_messages
from _pollinations.limits.budget import PricedBudget, inserted
from _pollinations.models.discovery import Catalog
from langchain_pollinations.errors import as_langchain_errors
from langchain_pollinations.to_wire import to_wire


class PollenBudget(PricedBudget, BaseCallbackHandler):
    """Sums what chats cost, and stops before the call that would pass a limit.

    Give it as a callback to a model, a chain, an agent or a single call: all of them share the
    limit. Before each call it reserves what that may cost: the prompt's tokens and `max_tokens`
    (else 1,000) at the price of the dearest model that may answer. What the answer did cost takes
    the place of that; after an error it is given back.

    Args:
        limit: Pollen; 1 is about 1 USD.
        catalog: A `gateway.Catalog`, for the prices.
        allow_unknown: Whether models without a known price may be asked; they count as free.

    Raises:
        BudgetExceededError: From the call that would pass the limit; nothing was sent.

    Example:
        >>> from langchain_pollinations.gateway import Catalog, Client
        >>> budget = PollenBudget(0.5, catalog=Catalog(Client()))
        >>> config = {"callbacks": [budget]}
        >>> agent.invoke(question, config)  # doctest: +SKIP
        >>> budget.report()["spent"]
        0.0
    """

    raise_error = True

    def __init__(
        self, limit: float | Decimal, catalog: Catalog, *, allow_unknown: bool = False
    ) -> None:
        with as_langchain_errors():
            super().__init__(limit, catalog, allow_unknown=allow_unknown)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        **kwargs: Any,
    ) -> None:
        """Reserve what the call may cost, or stop it."""
        del serialized
        asked = kwargs.get("invocation_params") or {}
        tools = asked.get("tools") or ()
        with as_langchain_errors():
            read = sum(
                count_messages(to_wire(each), tools) + inserted(message.type for message in each)
                for each in messages
            )
            self.begin(run_id, asked, read)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Count what the answer cost; one from LangChain's own cache is free."""
        del kwargs
        message = getattr(response.generations[0][0], "message", None)
        told: dict[str, Any] = {}
        if isinstance(message, AIMessage):
            told = {**message.response_metadata, **_stored(message)}
        self.end(run_id, told)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Give back what was reserved."""
        del error, kwargs
        self.release(run_id)


def _stored(message: AIMessage) -> dict[str, Any]:
    """LangChain marks what comes from its own cache by a cost of 0 among the counts."""
    counts: dict[str, Any] = {**(message.usage_metadata or {})}
    return {"cost": 0} if counts.get("total_cost") == 0 else {}
