"""Reads the bytes of an answer of /v1/chat/completions, whole or streamed.

It splits them into events, decides whether the answer has ended well, and holds back what may be a
refusal. `reply_reader.py` reads what the events say.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from _pollinations.chat.refusals import may_be_refusal, refusal_of
from _pollinations.chat.reply import Delta, Reply
from _pollinations.chat.reply_reader import ReplyReader
from _pollinations.chat.tool_calls import NO_NAMES
from _pollinations.http.call import Response
from _pollinations.http.errors import PollinationsError, UnreadableAnswerError
from _pollinations.http.json import parse
from _pollinations.http.sse import Splitter
from _pollinations.http.values import unreadable

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_reply(
    response: Response, model: str | None = None, names: Mapping[str, str] = NO_NAMES
) -> Reply:
    """Read a whole answer.

    Args:
        response: A 2xx answer.
        model: The requested model, for errors.
        names: The caller's names of tools by their names on the wire, where they differ.

    Returns:
        The answer.

    Raises:
        PollinationsError: It is an error, or a refusal sent as an answer, or cannot be read.
    """
    return CompletionReader(response, model, names).whole(response.body)[1]


class CompletionReader:
    """Reads one streamed answer; see `call.Reader`.

    Args:
        response: Status and headers.
        model: The requested model, for errors.
        names: The caller's names of tools by their names on the wire, where they differ.
    """

    def __init__(
        self, response: Response, model: str | None = None, names: Mapping[str, str] = NO_NAMES
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
        if self._whole is None:
            return self._deltas(self._splitter.feed(data))
        self._whole.append(data)
        return iter(())

    def close(self) -> Iterator[Delta]:
        """Take note of the end; see `call.Reader`."""
        with suppress(UnreadableAnswerError):  # the end may have come within the last event
            yield from self._deltas(self._splitter.close())
        yield from self._end()

    def fail(self, error: PollinationsError) -> Iterator[Delta]:
        """Take note that the connection broke; see `call.Reader`."""
        return self._end(error)

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
        if not payload.startswith(b"{") and not payload.lstrip().startswith((b"{", b"[{")):
            # Providers use payloads that are not JSON objects to keep the connection alive.
            return None
        try:
            event = parse(payload)
        except ValueError:
            message = f"An event of the stream is not valid JSON: {payload[:80]!r}"
            raise self._reader.failure(message, UnreadableAnswerError) from None
        return self._reader.feed(event)

    def _deltas(self, payloads: Iterable[bytes]) -> Iterator[Delta]:
        for payload in payloads:
            if self.done:
                return
            delta = self._read(payload)
            if delta is None:
                if payload == b"[DONE]" and self._reader.finish_reason is not None:
                    yield from self._finish()
            elif self._held is None:
                yield delta
            else:
                # What may be a refusal is held back until it cannot be one any more.
                self._held.append(delta)
                plain = not (delta.tool_calls or delta.reasoning or delta.blocks)
                if not (plain and may_be_refusal(self._reader.text)):
                    yield from self._release()

    def _end(self, broken: PollinationsError | None = None) -> Iterator[Delta]:
        """Finish an answer whose end came; raise for any other."""
        if self.done:
            return
        if self._reader.finish_reason is not None:
            yield from self._finish()
            return
        other = self._splitter.other
        if self._reader.seen:
            last = other.decode("utf-8", "replace").strip()[-200:]
            message = "The answer ended without a finish reason"
            message += f"; its last line was {last!r}." if last else "."
            if broken is not None:
                message = f"The answer broke off: {broken.message}"
            raise self._reader.failure(message) from broken
        if broken is not None:
            raise broken
        # A page, nothing, or one JSON body, perhaps under the content type of a stream.
        if self._whole is None and not other:
            raise self._reader.failure("The stream ended before it began.")
        deltas, reply = self.whole(other if self._whole is None else b"".join(self._whole))
        self.done = True
        yield from (*deltas, Delta(reply=reply))

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
