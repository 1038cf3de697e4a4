"""The gateway's errors, the same in every adapter, and one for answers that miss their schema."""

from _pollinations.http import errors as gateway
from _pollinations.http.errors import *  # noqa: F403 - the names are listed there
from _pollinations.http.errors import UnreadableAnswerError

__all__ = ["StructuredOutputError"]
__all__ += gateway.__all__


class StructuredOutputError(UnreadableAnswerError, ValueError):
    """The answer, or the arguments of a tool call, do not match the schema.

    `text` is what the model wrote. It is a `ValueError`, since LlamaIndex's own programs and
    synthesizers catch those.
    """

    advice = "What the model wrote is in .text. Try again, or choose another model or mode."
