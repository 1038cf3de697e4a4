"""POST /v1/chat/completions, see https://gen.pollinations.ai/docs."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from _pollinations.chat.completion_reader import CompletionReader, read_reply
from _pollinations.chat.messages import Policy, prepare
from _pollinations.chat.names import with_wire_names
from _pollinations.chat.options import chat_options
from _pollinations.chat.providers import family_of
from _pollinations.chat.reply import Delta, Reply
from _pollinations.chat.tokens import expected_usage
from _pollinations.chat.wire_parts import Message
from _pollinations.http.call import Call, Request, Stream, json_request

PATH = "/v1/chat/completions"
_DEFAULT_POLICY = Policy()
_STREAM_OPTIONS = frozenset({"stream", "stream_options"})


def body(
    messages: Sequence[Message], options: Mapping[str, Any], *, policy: Policy = _DEFAULT_POLICY
) -> dict[str, Any]:
    """Make the body of a call, everything checked, with the names of tools that the caller uses.

    Args:
        messages: Wire messages, see `chat.messages.prepare`.
        options: By their wire names, see `options.chat_options`; unknown ones are sent unchanged.
        policy: How past turns are sent.

    Returns:
        What is sent, but for `stream`.

    Raises:
        InvalidInputError: The gateway would refuse it.
    """
    checked = chat_options(options)
    return {**checked, "messages": prepare(messages, model=checked.get("model"), policy=policy)}


def complete(body: Mapping[str, Any], *, path: str = PATH) -> Call[Reply]:
    """Ask for a whole answer.

    Args:
        body: What `body` made.
        path: Where to send it; `/openai` is the deprecated path.

    Returns:
        A call for a client's `send`.

    Example:
        >>> call = complete(body([{"role": "user", "content": "Hi"}], {"model": "openai"}))
        >>> call.request.body
        b'{"model":"openai","messages":[{"role":"user","content":"Hi"}]}'
    """
    request, names = _request({n: v for n, v in body.items() if n not in _STREAM_OPTIONS}, path)
    read = partial(read_reply, model=body.get("model"), names=names)
    return Call(request, read, expected=partial(expected_usage, body))


def stream(
    body: Mapping[str, Any], *, include_usage: bool = True, path: str = PATH
) -> Stream[Delta]:
    """Ask for an answer in pieces; the last piece carries the whole `Reply`.

    Args:
        body: What `body` made.
        include_usage: Whether to ask for token counts, unless `stream_options` says.
        path: Where to send it.

    Returns:
        A stream for a client's `stream`.
    """
    stream_options = {"include_usage": include_usage, **(body.get("stream_options") or {})}
    request, names = _request({**body, "stream": True, "stream_options": stream_options}, path)
    reader = partial(CompletionReader, model=body.get("model"), names=names)
    return Stream(request, reader, expected=partial(expected_usage, body))


def _request(body: Mapping[str, Any], path: str) -> tuple[Request, Mapping[str, str]]:
    """The request, and the caller's names of tools by those on the wire, where they differ."""
    sent, names = with_wire_names(body, family_of(body.get("model")).tool_name)
    return json_request(path, sent), names
