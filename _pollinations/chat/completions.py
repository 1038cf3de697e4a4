"""POST /v1/chat/completions, see https://gen.pollinations.ai/docs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from _pollinations.chat.messages import Policy, settle
from _pollinations.chat.options import options as checked
from _pollinations.chat.parts import Message
from _pollinations.chat.reader import Draft
from _pollinations.chat.reply import Delta, Reply
from _pollinations.chat.usage import expected_usage
from _pollinations.http.call import Call, Request, Response, Stream
from _pollinations.http.errors import (
    InterruptedStreamError,
    InvalidInputError,
    PaymentRequiredError,
    PermissionDeniedError,
    PollinationsError,
    UnreadableAnswerError,
)
from _pollinations.http.json import dump, parse
from _pollinations.http.sse import Splitter

PATH = "/v1/chat/completions"
_DEFAULT_POLICY = Policy()
_OF_STREAMS = frozenset({"stream", "stream_options"})
_REFUSAL_LENGTH = 1_000


def body(
    messages: Sequence[Message], options: Mapping[str, Any], *, policy: Policy = _DEFAULT_POLICY
) -> dict[str, Any]:
    """Make the body of a call, everything checked.

    Args:
        messages: Wire messages, see `conversation.settle`.
        options: By their wire names, see `options.options`; unknown names travel too.
        policy: How turns of the past are told again.

    Returns:
        What is sent, but for `stream`.

    Raises:
        InvalidInputError: The gateway would refuse it.
    """
    made = checked(options)
    return {**made, "messages": settle(messages, model=made.get("model"), policy=policy)}


def complete(body: Mapping[str, Any], *, path: str = PATH) -> Call[Reply]:
    """Ask for a whole answer.

    Args:
        body: What `body` made.
        path: Where to send it; `/openai` is the deprecated way.

    Returns:
        A call for a client's `send`.

    Example:
        >>> call = complete(body([{"role": "user", "content": "Hi"}], {"model": "openai"}))
        >>> call.request.body
        b'{"model":"openai","messages":[{"role":"user","content":"Hi"}]}'
    """
    model = body.get("model")

    def read(response: Response) -> Reply:
        return read_reply(response, model)

    sent = {name: value for name, value in body.items() if name not in _OF_STREAMS}
    return Call(_request(sent, path), read, expected=partial(expected_usage, body))


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
    asked = {"include_usage": include_usage, **(body.get("stream_options") or {})}
    request = _request({**body, "stream": True, "stream_options": asked}, path)
    model = body.get("model")

    def reader(response: Response) -> "CompletionReader":
        return CompletionReader(response, model)

    return Stream(request, reader, expected=partial(expected_usage, body))


def _request(body: Mapping[str, Any], path: str) -> Request:
    try:
        data = dump(body)
    except ValueError as error:
        raise InvalidInputError(f"The request cannot be written as JSON: {error}") from None
    return Request("POST", path, body=data, headers=(("content-type", "application/json"),))


def read_reply(response: Response, model: str | None = None) -> Reply:
    """Read a whole answer.

    Args:
        response: A 2xx answer.
        model: The name that was asked for, for errors.

    Returns:
        The answer.

    Raises:
        PollinationsError: It tells of an error, is a refusal in an answer's clothes, or cannot be
            read.
    """
    return _read_whole(response, model)[1]


def _read_whole(response: Response, model: str | None) -> tuple[Delta | None, Reply]:
    """The answer as a piece, without its reply, and as a whole."""
    try:
        value = parse(response.body)
    except ValueError:
        raise _unreadable(response, response.body, model) from None
    if not isinstance(value, dict):
        raise _unreadable(response, response.body, model)
    draft = Draft(response.headers, model)
    try:
        delta = draft.take(value)
        reply = draft.finish(value)
    except PollinationsError as error:
        error.model = model
        raise
    refusal = refusal_of(reply, response)
    if refusal is not None:
        refusal.model = model
        raise refusal
    return delta, reply


def refusal_of(reply: Reply, response: Response) -> PollinationsError | None:
    """Recognise a refusal that the gateway sends as a normal answer under HTTP 200.

    No pollen, no budget, a model that the key may not use: such answers have usage of all zeros
    and `Cache-Control: no-store`.

    Args:
        reply: The answer.
        response: What it came with.

    Returns:
        The error that it is, or None.
    """
    usage = reply.usage
    if (
        "no-store" not in response.headers.get("cache-control", "")
        or usage is None
        or usage.prompt
        or usage.completion
        or usage.total
        or reply.tool_calls
        or reply.finish_reason != "stop"
    ):
        return None
    forbidden = "allowed to use" in reply.text
    kind = PermissionDeniedError if forbidden else PaymentRequiredError
    return kind(
        reply.text,
        status=403 if forbidden else 402,
        code="FORBIDDEN" if forbidden else "PAYMENT_REQUIRED",
        request_id=response.headers.get("x-request-id"),
    )


class CompletionReader:
    """Reads one streamed answer; see `call.Reader`.

    Args:
        response: Status and headers.
        model: The name that was asked for, for errors.
    """

    def __init__(self, response: Response, model: str | None) -> None:
        self._response = response
        self._model = model
        self._splitter = Splitter()
        self._draft = Draft(response.headers, model)
        self._whole: list[bytes] | None = None
        if response.headers.get("content-type", "").startswith("application/json"):
            self._whole = []
        # A refusal can only be told from an answer at its end, and only uncached ones can be one.
        self._held: list[Delta] | None = None
        if "no-store" in response.headers.get("cache-control", ""):
            self._held = []
        self.done = False

    def feed(self, data: bytes) -> Iterator[Delta]:
        """Take the next bytes; see `call.Reader`."""
        if self._whole is not None:
            self._whole.append(data)
            return
        for payload in self._splitter.feed(data):
            if self.done:
                return
            if payload == b"[DONE]":
                if self._draft.finish_reason is not None:
                    yield from self._finish()
            else:
                delta = self._read(payload)
                if delta is None:
                    continue
                if self._held is None:
                    yield delta
                else:
                    yield from self._shown(delta)

    def close(self) -> Iterator[Delta]:
        """Take note of the end; see `call.Reader`."""
        if self.done:
            return
        if self._whole is not None:
            yield from self._close_whole(b"".join(self._whole))
            return
        for payload in self._splitter.close():
            try:
                delta = self._read(payload)
            except UnreadableAnswerError:
                # The end came within this event.
                break
            if delta is not None:
                yield from self._shown(delta)
        if self._draft.finish_reason is not None:
            yield from self._finish()
        elif self._draft.seen:
            raise self._interrupted("The answer ended without a finish reason.")
        else:
            yield from self._close_without_events(self._splitter.other)

    def fail(self, error: PollinationsError) -> Iterator[Delta]:
        """Take note that the connection broke; see `call.Reader`."""
        if self.done:
            return
        if self._draft.finish_reason is not None:
            yield from self._finish()
            return
        if not self._draft.seen:
            raise error
        raise self._interrupted(f"The answer broke off: {error.message}") from error

    def _read(self, payload: bytes) -> Delta | None:
        if not payload.startswith(b"{") and not payload.lstrip().startswith(b"{"):
            # Providers use payloads that are no JSON objects to keep the connection alive.
            return None
        try:
            event = parse(payload)
        except ValueError:
            raise UnreadableAnswerError(
                f"An event of the stream is no JSON: {payload[:80]!r}", **self._facts()
            ) from None
        try:
            return self._draft.take(event)
        except PollinationsError as error:
            error.model = self._model
            raise

    def _shown(self, delta: Delta) -> Iterable[Delta]:
        """Keep back what may be a refusal until it cannot be one any more."""
        if self._held is None:
            return (delta,)
        self._held.append(delta)
        length = sum(len(held.text) for held in self._held)
        if delta.tool_calls or delta.reasoning or delta.blocks or length > _REFUSAL_LENGTH:
            return self._release()
        return ()

    def _release(self) -> Iterable[Delta]:
        held, self._held = self._held, None
        return held or ()

    def _finish(self) -> Iterator[Delta]:
        reply = self._draft.finish()
        refusal = refusal_of(reply, self._response)
        if refusal is not None:
            refusal.model = self._model
            raise refusal
        self.done = True
        yield from self._release()
        yield Delta(reply=reply)

    def _close_whole(self, data: bytes) -> Iterator[Delta]:
        """A gateway that answers a stream with one JSON body still gives an answer."""
        delta, reply = _read_whole(replace(self._response, body=data), self._model)
        self.done = True
        if delta is not None:
            yield delta
        yield Delta(reply=reply)

    def _close_without_events(self, other: bytes) -> Iterator[Delta]:
        """A page, nothing, or one JSON body under the content type of a stream."""
        if other.lstrip().startswith(b"{"):
            yield from self._close_whole(other)
        elif other:
            raise _unreadable(self._response, other, self._model)
        else:
            raise self._interrupted("The stream ended before it began.")

    def _interrupted(self, message: str) -> InterruptedStreamError:
        return InterruptedStreamError(message, **self._facts())

    def _facts(self) -> dict[str, Any]:
        headers = self._response.headers
        return {
            "status": self._response.status,
            "request_id": headers.get("x-request-id"),
            "cached": headers.get("x-cache", "").upper() == "HIT",
            "text": self._draft.text,
            "reasoning": self._draft.reasoning,
            "model": self._model,
        }


def _unreadable(response: Response, data: bytes, model: str | None) -> UnreadableAnswerError:
    kind = response.headers.get("content-type", "no content type")
    start = data[:200].decode("utf-8", "replace").strip()
    what = f"it begins with {start!r}" if start else "it is empty"
    return UnreadableAnswerError(
        f"The answer is no completion ({kind}); {what}.",
        status=response.status,
        request_id=response.headers.get("x-request-id"),
        model=model,
    )
