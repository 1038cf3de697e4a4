"""The methods by which a model can be asked for an object, and the one that it accepts.

A model may refuse a forced tool or a JSON schema with 400. Then the next method is tried, and the
method that a model accepted is the first that it is asked by from then on.
"""

import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from _pollinations.chat.wire_parts import Message
from _pollinations.http.errors import (
    ContextOverflowError,
    InvalidInputError,
    InvalidRequestError,
    PollinationsError,
)
from _pollinations.http.json import dump
from _pollinations.models.fallback import may_be_unknown_model
from _pollinations.models.known_models import known_model

if TYPE_CHECKING:
    from _pollinations.models.model import Model

Body = Mapping[str, Any]
METHODS = "_methods"
"""The private option by which the adapters' structured output offers methods to a call."""
TOOL = "tool"
"""The method that forces a tool call."""
TEXT: Mapping[str, Body] = {"text": {}}
"""The one method to ask for text."""
_METHOD_WORDS = re.compile(
    r"(?<![\w/-])(tools?\b|tool[_-]\w|function[ _-](call|declaration)|response[ _](format|schema)"
    r"|json[ _](mode|object|schema|validat)|schema\b|structured[ _]output)",
    re.IGNORECASE,
)


class Methods:
    """The methods that are left for the model that is asked now.

    Args:
        offered: What each method adds to the options of a call, best first.
        bodies: Makes the body of a call for a model and such an addition.
        accepted: The method that each model accepted, by the model's name; written to where there
            is more than one.
        takes_tools: Whether a model can be forced to call a tool.
    """

    def __init__(
        self,
        offered: Mapping[str, Body],
        bodies: Callable[[str, Body], Body],
        accepted: MutableMapping[str, str],
        takes_tools: Callable[[str], bool],
    ) -> None:
        self._offered = offered
        self._bodies = bodies
        self._accepted = accepted
        self._takes_tools = takes_tools
        self._model = ""
        self._left: list[str] = []

    def first(self, model: str) -> Body:
        """Make the body of a model's first call, by the method that it accepted before."""
        names = [name for name in self._offered if name != TOOL or self._takes_tools(model)]
        names = names or [*self._offered]
        known = self._accepted.get(model)
        if known in names:
            names = names[names.index(known) :]
        self._model = model
        self._left = names
        return self._body()

    def after(self, error: PollinationsError) -> Body | None:
        """Make the body of the next method, if there is one and the error is about this one."""
        if (
            len(self._left) == 1
            or not (isinstance(error, InvalidRequestError) or _is_failed_check(error))
            or isinstance(error, ContextOverflowError)
            or may_be_unknown_model(error)
            or not _is_about_method(error)
        ):
            return None
        del self._left[0]
        return self._body()

    def accept(self) -> None:
        """Remember that the model accepted the method."""
        if len(self._offered) > 1:
            self._accepted[self._model] = self._left[0]

    def _body(self) -> Body:
        while True:
            try:
                return self._bodies(self._model, self._offered[self._left[0]])
            except InvalidInputError as error:
                if len(self._left) == 1 or not _is_about_method(error):
                    raise
                del self._left[0]


def _is_failed_check(error: PollinationsError) -> bool:
    """Whether a provider's check of the request failed, which llama.cpp's server reports as 500."""
    return error.status == 500 and "validation error" in error.message  # noqa: PLR2004 - HTTP


def _is_about_method(error: PollinationsError) -> bool:
    """Whether a refusal speaks of tools or formats, and not of a picture or another option."""
    fields = (f"{name} {' '.join(texts)}" for name, texts in error.field_errors.items())
    words = (error.message, error.code, error.cause_text, *error.form_errors, *fields)
    return any(_METHOD_WORDS.search(word) for word in words if word)


def takes_tools(name: str, models: "Sequence[Model]") -> bool:
    """Whether a model can be forced to call a tool, as far as that is known.

    Args:
        name: The model's name.
        models: The catalogue, if it was read.

    Returns:
        What its `supported_parameters` or `tools` say, else what was known of it at release, else
        True.
    """
    listed = (model for model in models if model.answers_to(name))
    for model in filter(None, (*listed, known_model(name))):
        parameters = model.raw.get("supported_parameters")
        if isinstance(parameters, list | dict) and parameters:
            return "tool_choice" in parameters
        if model.tools is not None:
            return model.tools
    return True


def prompt_for(schema: Mapping[str, Any]) -> dict[str, str]:
    """Make the method that describes a JSON schema in the prompt."""
    kind = "array" if schema.get("type") == "array" else "object"
    return {
        "words": f"Answer with one JSON {kind} and nothing else: no Markdown, no explanation. "
        f"It follows this JSON schema:\n{dump(schema).decode()}"
    }


def with_words(messages: Sequence[Message], words: str | None) -> Sequence[Message]:
    """Add words to the last user message, in a copy of it.

    Example:
        >>> with_words([{"role": "user", "content": "Who?"}], "Answer in JSON.")
        [{'role': 'user', 'content': [{'type': 'text', 'text': 'Who?'}, \
{'type': 'text', 'text': 'Answer in JSON.'}]}]
    """
    if words is None:
        return messages
    part = {"type": "text", "text": words}
    last = messages[-1] if messages else None
    if last is None or last["role"] != "user":
        return [*messages, {"role": "user", "content": [part]}]
    content = last.get("content") or []
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    return [*messages[:-1], {**last, "content": [*parts, part]}]
