"""A limit of pollen for everything that LlamaIndex asks: a callback that stops the next call."""

from collections.abc import Sequence
from decimal import Decimal
from math import ceil
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, TextBlock
from llama_index.core.callbacks import CBEventType, EventPayload
from llama_index.core.callbacks.base_handler import BaseCallbackHandler

from _pollinations.http.json import dump
from _pollinations.limits.budget import PricedBudget, inserted
from _pollinations.models.discovery import Catalog

_CHARACTERS_PER_TOKEN = 4
_TOKENS_PER_MESSAGE = 3
_TOKENS_PER_MEDIUM = 250


class PollenBudget(PricedBudget, BaseCallbackHandler):
    """Sums what chats cost, and stops before the call that would pass a limit.

    Put it into the `CallbackManager` of a model or of `Settings`: all of them share the limit.
    Before each call it reserves what that may cost: the prompt's tokens and `max_tokens` (else
    1,000) at the price of the dearest model that may answer. What the answer did cost takes the
    place of that; after an error it is given back. LlamaIndex waits for its callbacks: in an event
    loop, `await catalog.arefresh()` beforehand.

    Args:
        limit: Pollen; 1 is about 1 USD.
        catalog: A `gateway.Catalog`, for the prices.
        allow_unknown: Whether models without a known price may be asked; they count as free.

    Raises:
        BudgetExceededError: From the call that would pass the limit; nothing was sent.

    Example:
        >>> from llama_index.core.callbacks import CallbackManager
        >>> from llama_index_pollinations import Pollinations
        >>> from llama_index_pollinations.gateway import Catalog, Client
        >>> budget = PollenBudget(0.5, catalog=Catalog(Client()))
        >>> llm = Pollinations(model="gemini", callback_manager=CallbackManager([budget]))
        >>> budget.report()["spent"]
        0.0
    """

    def __init__(
        self, limit: float | Decimal, catalog: Catalog, *, allow_unknown: bool = False
    ) -> None:
        super().__init__(limit, catalog, allow_unknown=allow_unknown)
        others: list[CBEventType] = [kind for kind in CBEventType if kind is not CBEventType.LLM]
        BaseCallbackHandler.__init__(self, others, others)

    def on_event_start(
        self,
        event_type: CBEventType,
        payload: dict[str, Any] | None = None,
        event_id: str = "",
        parent_id: str = "",
        **kwargs: Any,
    ) -> str:
        """Reserve what the call may cost, or stop it."""
        del event_type, parent_id, kwargs
        model = (payload or {}).get(EventPayload.SERIALIZED)
        if payload and model:
            asked = _asked(model, payload.get(EventPayload.ADDITIONAL_KWARGS) or {})
            self.begin(event_id, asked, _tokens(payload, asked))
        return event_id

    def on_event_end(
        self,
        event_type: CBEventType,
        payload: dict[str, Any] | None = None,
        event_id: str = "",
        **kwargs: Any,
    ) -> None:
        """Count what the answer cost; after an error, give back what was reserved."""
        del event_type, kwargs
        given = payload or {}
        if EventPayload.EXCEPTION in given:
            self.release(event_id)
        else:
            answer = given.get(EventPayload.RESPONSE) or given.get(EventPayload.COMPLETION)
            self.end(event_id, getattr(answer, "additional_kwargs", {}))

    def start_trace(self, trace_id: str | None = None) -> None:
        """Traces make no difference."""

    def end_trace(
        self, trace_id: str | None = None, trace_map: dict[str, list[str]] | None = None
    ) -> None:
        """Traces make no difference."""


def _asked(model: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """The model's own fields, and over them what the call says."""
    given = {name: value for name, value in said.items() if value is not None}
    return {**model, **given}


def _tokens(payload: dict[str, Any], asked: dict[str, Any]) -> int:
    """Estimate the tokens of a prompt: one per four characters, media as constants."""
    tools = dump(asked["tools"]).decode() if asked.get("tools") else ""
    messages: Sequence[ChatMessage] = payload.get(EventPayload.MESSAGES) or ()
    blocks = [block for message in messages for block in message.blocks]
    texts = [block.text for block in blocks if isinstance(block, TextBlock)]
    characters = sum(map(len, [tools, str(payload.get(EventPayload.PROMPT) or ""), *texts]))
    return (
        ceil(characters / _CHARACTERS_PER_TOKEN)
        + _TOKENS_PER_MESSAGE * len(messages)
        + _TOKENS_PER_MEDIUM * (len(blocks) - len(texts))
        + inserted(message.role.value for message in messages)
    )
