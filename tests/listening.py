"""The events of LlamaIndex, heard by a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llama_index.core.instrumentation import (  # type: ignore[attr-defined] # core's own modules import it from there
    get_dispatcher,
)
from llama_index.core.instrumentation.event_handlers import BaseEventHandler


class Heard(BaseEventHandler):
    """Every event, in order, and the text of its response at that moment."""

    events: list[Any] = []  # noqa: RUF012 - a field of pydantic's, copied for each
    responses: list[str] = []  # noqa: RUF012 - the same

    @classmethod
    def class_name(cls) -> str:
        """Return the class's name."""
        return "Heard"

    def handle(self, event: Any, **kwargs: Any) -> None:
        """Take note of an event."""
        del kwargs
        self.events.append(event)
        if getattr(event, "response", None):
            self.responses.append(event.response.model_dump_json())


@contextmanager
def listening() -> Iterator[Heard]:
    """Listen to the root dispatcher."""
    heard = Heard(events=[], responses=[])
    root = get_dispatcher()
    before = root.event_handlers
    root.event_handlers = [*before, heard]
    try:
        yield heard
    finally:
        root.event_handlers = before
