"""POST /v1/chat/completions, see https://gen.pollinations.ai/docs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from _pollinations.chat.messages import Policy, prepare
from _pollinations.chat.names import with_wire_names
from _pollinations.chat.options import chat_options
from _pollinations.chat.parts import Message
from _pollinations.chat.providers import family_of
from _pollinations.chat.reader import ReplyReader
from _pollinations.chat.reply import Delta, Reply
from _pollinations.chat.tool_calls import NO_NAMES
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
from _pollinations.http.values import unreadable

PATH = "/v1/chat/completions"
_DEFAULT_POLICY = Policy()
_STREAM_OPTIONS = frozenset({"stream", "stream_options"})
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_REFUSAL_LENGTH = 1_000
_REFUSAL_OPENINGS = ("The API key used for this request ", "The account behind this API key ")
_FORBIDDEN = (PermissionDeniedError, 403, "FORBIDDEN")
_NO_CREDIT = (PaymentRequiredError, 402, "INSUFFICIENT_BALANCE")
_NO_BUDGET = (PaymentRequiredError, 402, "KEY_BUDGET_EXHAUSTED")
# By words of the text; where those are new, by the page that it links to.
_REFUSALS: tuple[tuple[str, tuple[type[PollinationsError], int, str]], ...] = (
    ("allowed to use", _FORBIDDEN),
    ("Quest Pollen", (PaymentRequiredError, 402, "QUEST_POLLEN_ONLY")),
    ("reached its budget", _NO_BUDGET),
    ("enough credits", _NO_CREDIT),
    ("/grant", _FORBIDDEN),
    ("/top-up", _NO_CREDIT),
    ("/edit-key", _NO_BUDGET),
    ("", (PaymentRequiredError, 402, "PAYMENT_REQUIRED")),
)


def body(
    messages: Sequence[Message], options: Mapping[str, Any], *, policy: Policy = _DEFAULT_POLICY
) -> dict[str, Any]:
    """Make the body of a call, everything checked, with the names of tools that the caller uses.

    Args:
        messages: Wire messages, see `chat.messages.prepare`.
        options: By their wire names, see `options.chat_options`; unknown names travel too.
        policy: How past turns are sent.

    Returns:
        What is sent, but for `stream`.

    Raises:
        InvalidInputError: The gateway would refuse it.
    """
    made = chat_options(options)
    return {**made, "messages": prepare(messages, model=made.get("model"), policy=policy)}


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
    request, names = _request({n: v for n, v in body.items() if n not in _STREAM_OPTIONS}, path)

    def read(response: Response) -> Reply:
        return read_reply(response, model, names)

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
    model = body.get("model")

    def reader(response: Response) -> "CompletionReader":
        return CompletionReader(response, model, names)

    return Stream(request, reader, expected=partial(expected_usage, body))


def _request(body: Mapping[str, Any], path: str) -> tuple[Request, Mapping[str, str]]:
    """The request, and the caller's names of tools by those that travel, where they differ."""
    sent, names = with_wire_names(body, family_of(body.get("model")).tool_name)
    try:
        data = dump(sent)
    except ValueError as error:
        raise InvalidInputError(f"The request cannot be written as JSON: {error}") from None
    headers = (("content-type", "application/json"),)
    return Request("POST", path, body=data, headers=headers), names


def read_reply(
    response: Response, model: str | None = None, names: Mapping[str, str] = NO_NAMES
) -> Reply:
    """Read a whole answer.

    Args:
        response: A 2xx answer.
        model: The requested model, for errors.
        names: The caller's names of tools by those that the model knows, where they differ.

    Returns:
        The answer.

    Raises:
        PollinationsError: It is an error, or a refusal sent as an answer, or cannot be read.
    """
    return CompletionReader(response, model, names).whole(response.body)[1]


def refusal_of(
    reply: Reply, response: Response, model: str | None = None
) -> PollinationsError | None:
    """Recognise a refusal that the gateway sends as a normal answer under HTTP 200.

    No pollen, no budget, a model that the key may not use: such answers have no usage,
    `Cache-Control: no-store`, and begin with words that the gateway always uses.

    Args:
        reply: The answer.
        response: What it came with.
        model: The requested model.

    Returns:
        The error that it is, or None.
    """
    usage = reply.usage
    if (
        not reply.text.startswith(_REFUSAL_OPENINGS)
        or len(reply.text) > _REFUSAL_LENGTH
        or "no-store" not in response.headers.get("cache-control", "")
        or (usage is not None and (usage.prompt or usage.completion or usage.total))
        or reply.tool_calls
        or reply.finish_reason != "stop"
    ):
        return None
    kind, status, code = next(meaning for words, meaning in _REFUSALS if words in reply.text)
    request_id = response.headers.get("x-request-id")
    return kind(reply.text, status=status, code=code, request_id=request_id, model=model)


def _may_be_refusal(text: str) -> bool:
    if text.startswith(_REFUSAL_OPENINGS):
        return len(text) <= _REFUSAL_LENGTH
    return any(opening.startswith(text) for opening in _REFUSAL_OPENINGS)


class CompletionReader:
    """Reads one streamed answer; see `call.Reader`.

    Args:
        response: Status and headers.
        model: The requested model, for errors.
        names: The caller's names of tools by those that the model knows, where they differ.
    """

    def __init__(
        self, response: Response, model: str | None, names: Mapping[str, str] = NO_NAMES
    ) -> None:
        self._response = response
        self._model = model
        self._splitter = Splitter()
        self._reader = ReplyReader(response.headers, model, names)
        self._whole: list[bytes] | None = None
        if response.headers.get("content-type", "").startswith("application/json"):
            self._whole = []
        # What may be the beginning of a refusal is held back until the end shows what it is.
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
            delta = self._read(payload)
            if delta is not None:
                if self._held is None:
                    yield delta
                else:
                    yield from self._shown(delta)
            elif payload == b"[DONE]" and self._reader.finish_reason is not None:
                yield from self._finish()

    def close(self) -> Iterator[Delta]:
        """Take note of the end; see `call.Reader`."""
        if self.done:
            return
        if self._whole is not None:
            yield from self._whole_deltas(b"".join(self._whole))
            return
        with suppress(UnreadableAnswerError):  # the end may have come within the last event
            for payload in self._splitter.close():
                delta = self._read(payload)
                if delta is not None:
                    yield from self._shown(delta)
        other = self._splitter.other
        if self._reader.finish_reason is not None:
            yield from self._finish()
            return
        self._raise_bare_error()
        if self._reader.seen:
            last = other.decode("utf-8", "replace").strip()[-200:]
            and_line = f"; its last line was {last!r}." if last else "."
            raise self._error(f"The answer ended without a finish reason{and_line}")
        # A page, nothing, or one JSON body under the content type of a stream.
        if not other:
            raise self._error("The stream ended before it began.")
        yield from self._whole_deltas(other)

    def fail(self, error: PollinationsError) -> Iterator[Delta]:
        """Take note that the connection broke; see `call.Reader`."""
        if self.done:
            return
        if self._reader.finish_reason is not None:
            yield from self._finish()
            return
        self._raise_bare_error()
        if not self._reader.seen:
            raise error
        raise self._error(f"The answer broke off: {error.message}") from error

    def whole(self, data: bytes) -> tuple[list[Delta], Reply]:
        """Read an answer that came in one body: its pieces, and all of it."""
        try:
            value = parse(data.removeprefix(_BYTE_ORDER_MARK))
        except ValueError:
            value = None
        deltas = [self._reader.feed(value), self._reader.flush()]
        if not isinstance(value, dict) and not self._reader.seen:
            error = unreadable(replace(self._response, body=data), "a completion")
            error.model = self._model
            raise error
        reply = self._reply(value if isinstance(value, dict) else None)
        return [delta for delta in deltas if delta is not None], reply

    def _read(self, payload: bytes) -> Delta | None:
        if not payload.startswith(b"{"):
            payload = payload.removeprefix(_BYTE_ORDER_MARK).lstrip()
            if not payload.startswith((b"{", b"[{")):
                # Providers use payloads that are no JSON objects to keep the connection alive.
                return None
        try:
            event = parse(payload)
        except ValueError:
            message = f"An event of the stream is no JSON: {payload[:80]!r}"
            raise self._error(message, UnreadableAnswerError) from None
        return self._reader.feed(event)

    def _raise_bare_error(self) -> None:
        """Raise an error that came as JSON without being an event."""
        other = self._splitter.other
        for text in (other, *other.splitlines()) if b"error" in other else ():
            with suppress(UnreadableAnswerError):
                self._read(text)

    def _shown(self, delta: Delta) -> Iterable[Delta]:
        """Keep back what may be a refusal until it cannot be one any more."""
        if self._held is None:
            return (delta,)
        self._held.append(delta)
        if delta.tool_calls or delta.reasoning or delta.blocks:
            return self._release()
        return () if _may_be_refusal(self._reader.text) else self._release()

    def _release(self) -> Iterable[Delta]:
        held, self._held = self._held, None
        return held or ()

    def _finish(self) -> Iterator[Delta]:
        rest = self._reader.flush()
        reply = self._reply()
        self.done = True
        yield from self._release()
        if rest is not None:
            yield rest
        yield Delta(reply=reply)

    def _reply(self, raw: Mapping[str, Any] | None = None) -> Reply:
        reply = self._reader.result(raw)
        refusal = refusal_of(reply, self._response, self._model)
        if refusal is not None:
            raise refusal
        return reply

    def _whole_deltas(self, data: bytes) -> Iterator[Delta]:
        """A gateway that answers a stream with one JSON body still gives an answer."""
        deltas, reply = self.whole(data)
        self.done = True
        yield from deltas
        yield Delta(reply=reply)

    def _error(
        self, message: str, kind: type[PollinationsError] = InterruptedStreamError
    ) -> PollinationsError:
        headers = self._response.headers
        return kind(
            message,
            status=self._response.status,
            request_id=headers.get("x-request-id"),
            cached=headers.get("x-cache", "").upper() == "HIT",
            text=self._reader.text,
            reasoning=self._reader.reasoning,
            model=self._model,
        )
