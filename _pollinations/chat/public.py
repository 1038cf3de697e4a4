"""The public functions of chat, for clients without a framework: complete() and stream()."""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack, cast

from _pollinations.chat import completions
from _pollinations.chat.completions import PATH
from _pollinations.chat.options import Options, extra_fields
from _pollinations.chat.reply import Delta, Reply
from _pollinations.chat.wire_parts import Message
from _pollinations.http.call import Call, Stream
from _pollinations.http.unknown_names import refuse_unknown

Messages = str | Sequence[Mapping[str, Any]]
"""A question, or messages such as `{"role": "user", "content": "Hi"}`."""


class ChatOptions(Options, total=False):
    """The options of a chat call, spelled as on the wire; only what you set is sent.

    All are those of https://gen.pollinations.ai/docs, POST /v1/chat/completions.

    Attributes:
        model: A text model, `openai` by default.
        seed: -1 to 2147483647, or "random": an identical call is answered from the gateway's cache.
        extra_body: Further fields of the API, by their names there, sent unchecked.
    """

    extra_body: Mapping[str, Any]


def complete(
    messages: Messages, *, path: str = PATH, **options: Unpack[ChatOptions]
) -> Call[Reply]:
    """Ask a model and read its whole answer: POST /v1/chat/completions.

    Args:
        messages: A question, or messages in the form of OpenAI's API. Their content may hold
            blocks of images, sound, video and files, see `file`.
        path: Where to send it; `/openai` is the deprecated way.
        **options: See `ChatOptions`.

    Returns:
        A call for a client's `send`.

    Raises:
        InvalidInputError: A message or an option could not be sent; nothing was.

    Example:
        >>> from langchain_pollinations.gateway import Client, complete
        >>> with Client() as client:  # doctest: +SKIP
        ...     client.send(complete("Why is the sky blue?", model="openai")).text
    """
    return completions.complete(_body(messages, options), path=path)


def stream(
    messages: Messages, *, path: str = PATH, **options: Unpack[ChatOptions]
) -> Stream[Delta]:
    """Ask a model and read its answer as it comes; see `complete`.

    Returns:
        A stream for a client's `stream`; its last `Delta` carries the whole `Reply`.

    Example:
        >>> from langchain_pollinations.gateway import Client, stream
        >>> with Client() as client:  # doctest: +SKIP
        ...     for delta in client.stream(stream("Tell me about bees.")):
        ...         print(delta.text, end="")
    """
    return completions.stream(_body(messages, options), path=path)


def _body(messages: Messages, options: ChatOptions) -> dict[str, Any]:
    refuse_unknown(options, ChatOptions.__annotations__, owner="A chat call")
    sent = {name: value for name, value in options.items() if name != "extra_body"}
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    body = completions.body(cast("Sequence[Message]", messages), {"model": "openai", **sent})
    return extra_fields(body, options.get("extra_body"))
