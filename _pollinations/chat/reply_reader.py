"""The one tolerant reader: how the gateway spells an answer, whole or in pieces."""

from collections.abc import Mapping
from typing import Any

from _pollinations.chat.answer_blocks import Blocks, with_details
from _pollinations.chat.reply import Delta, Reply, ToolCallDelta
from _pollinations.chat.text_pieces import Pieces, audio_of, paired, text_in
from _pollinations.chat.tool_calls import NO_NAMES, ToolCalls
from _pollinations.chat.usage import add_usage, read_usage
from _pollinations.http.error_reader import error_of
from _pollinations.http.errors import (
    InterruptedStreamError,
    PollinationsError,
    UnreadableAnswerError,
)
from _pollinations.http.headers import Headers, answer_headers, is_cached
from _pollinations.http.values import items, mapping, text

_REASONING = ("reasoning_content", "reasoning")
_BLOCKS = {"content": object, "content_blocks": object, "images": dict}
"""Keys of a message that hold blocks, and the type of those that are read."""
_NOT_KEPT = ("role", "function_call")
_READ_APART = frozenset({"choices", "usage", "error"})
_KNOWN_ERRORS = frozenset({"error", "upstream_error"})


class ReplyReader:
    """Reads one answer: feed it events or one whole body, then ask for the `result`.

    It merges what providers spell differently: text and reasoning that come twice in one event,
    text as a string, a list or a block, cumulative usage, tool calls however they are counted.

    Args:
        headers: Of the HTTP answer.
        model: The requested model, for errors.
        names: The caller's names of tools by those that the model knows, where they differ.
    """

    def __init__(
        self, headers: Headers, model: str | None = None, names: Mapping[str, str] = NO_NAMES
    ) -> None:
        self._headers = headers
        self._model = model
        self._text = Pieces()
        self._reasoning = Pieces()
        self._calls = ToolCalls(names)
        self._blocks = Blocks()
        self._refusal: list[str] = []
        self._audio: list[dict[str, Any]] = []
        self._logprobs: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}
        self._top: dict[str, Any] = {}
        self._choice: dict[str, Any] = {}
        self._message: dict[str, Any] = {}
        self._index: object = None
        self._in_pieces = False
        self.finish_reason: str | None = None
        self.seen = False
        """Whether any choice held a message or a piece of one."""

    @property
    def text(self) -> str:
        """The text so far."""
        return str(self._text)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return str(self._reasoning)

    def feed(self, event: object) -> Delta | None:
        """Read one event of a stream, or a whole answer.

        Args:
            event: The parsed JSON; it is not changed.

        Returns:
            What is new in it, or None if that is nothing a user would see.

        Raises:
            PollinationsError: The event reports an error.
        """
        if not isinstance(event, dict):
            delta = None
            for one in items(event):  # Gemini sends its errors in an array
                delta = _sum(delta, self.feed(one))
            return delta
        choices: object = None
        for name, value in event.items():
            if not value:
                continue
            if name not in _READ_APART:
                self._top[name] = value
            elif name == "choices":
                choices = value
            elif name == "usage":
                self._usage = add_usage(self._usage, value)
            else:
                raise self.error(event)
        return self._feed_choices(choices, event)

    def flush(self) -> Delta | None:
        """Return what waited for the second half of a character, when nothing follows."""
        calls = self._calls.flush()
        text, reasoning = self._text.flush(), self._reasoning.flush()
        return Delta(text, reasoning, calls) if text or reasoning or calls else None

    def error(self, payload: object) -> PollinationsError:
        """Make the error that an event reports, with what came before it."""
        error = error_of(
            payload, status=200, headers=self._headers, text=self.text, reasoning=self.reasoning
        )
        error.model = self._model
        return error

    def failure(
        self, message: str, kind: type[PollinationsError] = InterruptedStreamError
    ) -> PollinationsError:
        """Make the error of an answer that is unusable or incomplete; it holds what has come."""
        return kind(
            message,
            status=200,
            request_id=self._headers.get("x-request-id"),
            cached=is_cached(self._headers),
            text=self.text,
            reasoning=self.reasoning,
            model=self._model,
        )

    def result(self, raw: Mapping[str, Any] | None = None) -> Reply:
        """Put the pieces together.

        Args:
            raw: The answer as it came, if it came in one.

        Returns:
            The whole answer.

        Raises:
            UnreadableAnswerError: No choice of it held a message.
        """
        if not self.seen:
            words = "The answer holds no choices with a message."
            raise self.failure(words, UnreadableAnswerError)
        top, message = {**self._top}, {**self._message}
        blocks = self._blocks.result()
        details = [one for one in items(message.pop("reasoning_details", None)) if mapping(one)]
        return Reply(
            text=self.text,
            reasoning=self.reasoning,
            tool_calls=self._calls.result(),
            content_blocks=with_details(blocks, self.reasoning, details) if details else blocks,
            audio=audio_of(self._audio),
            refusal=paired("".join(self._refusal)),
            finish_reason=self.finish_reason,
            usage=read_usage(self._usage) if self._usage else None,
            logprobs=self._logprobs or None,
            citations=tuple(map(str, items(top.pop("citations", None)))),
            search_results=tuple(items(top.pop("search_results", None))),
            model=text(top.pop("model", None)),
            id=text(top.pop("id", None)),
            extra={**top, **self._choice, **message},
            headers=answer_headers(self._headers),
            raw=raw or {},
        )

    def _feed_choices(self, choices: object, event: dict[str, Any]) -> Delta | None:
        """Read the one choice that the gateway gives, whose index may be missing at times."""
        delta = None
        for choice in choices if isinstance(choices, list) else (choices,):
            if choice.__class__ is dict:
                index = choice.get("index")
                if self._index is None:
                    self._index = index
                if index is None or index == self._index:
                    new = self._feed_choice(choice, event)
                    delta = _sum(delta, new) if delta else new
        return delta

    def _feed_choice(self, choice: dict[str, Any], event: dict[str, Any]) -> Delta | None:
        delta: object = None
        message: object = None
        for name, value in choice.items():
            if name == "delta":
                delta = value
            elif name == "message":
                message = value
            elif value and name != "index":
                self._feed_choice_field(name, value)
        reason = self.finish_reason
        if "error" in self._choice or (reason is not None and reason.endswith("error")):
            raise self.error(_choice_error(choice, reason or "error"))
        # Beside deltas that hold something, a message repeats it.
        whole = bool(message or message == {}) and not (delta or self._in_pieces)
        found = message if whole else delta
        if found is None:
            return None
        self.seen = True
        if not isinstance(found, dict):
            found = {"content": found}
        elif "function_call" in found and not found.get("tool_calls"):  # deprecated
            found = {**found, "tool_calls": [{"function": found["function_call"]}]}
        new = self._feed_message(found, event, whole=whole)
        if new is not None and not whole:
            self._in_pieces = True
        return new

    def _feed_choice_field(self, name: str, value: object) -> None:
        if name == "finish_reason":
            self.finish_reason = str(value)
        elif name == "logprobs":
            self._feed_logprobs(value)
        elif name == "usage":
            self._usage = add_usage(self._usage, value)
        else:
            self._choice[name] = value

    def _feed_message(
        self, found: dict[str, Any], event: dict[str, Any], *, whole: bool
    ) -> Delta | None:
        """Read a message or a piece of one; what comes twice in it is taken once."""
        text = reasoning = thinking = shown = ""
        blocks: tuple[Mapping[str, Any], ...] = ()
        calls: tuple[ToolCallDelta, ...] = ()
        for name, value in found.items():
            if name == "content" and value.__class__ is str:
                text = value
            elif value and name in _REASONING:
                reasoning = reasoning or text_in(value)
            elif value and name in _BLOCKS:
                entries = [entry for entry in _listed(value) if isinstance(entry, _BLOCKS[name])]
                new = self._blocks.feed(entries, whole=whole)
                thinking = thinking or new.thinking
                shown = shown or new.text
                blocks += new.others
            elif value and name == "tool_calls":
                calls = self._calls.feed(_listed(value), whole=whole)
            elif value and name not in _NOT_KEPT:
                self._feed_rare(name, value)
        text, reasoning = text or shown, reasoning or thinking
        if text:
            text = self._text.feed(text)
        if reasoning:
            reasoning = self._reasoning.feed(reasoning)
        if not (text or reasoning or calls or blocks):
            return None
        return Delta(text, reasoning, calls, blocks, event)

    def _feed_rare(self, name: str, value: object) -> None:
        if name == "refusal" and isinstance(value, str):
            self._refusal.append(value)
        elif name == "audio" and isinstance(value, dict):
            self._audio.append(value)
        else:
            self._message[name] = _grown(self._message.get(name), value)

    def _feed_logprobs(self, logprobs: object) -> None:
        named = logprobs if isinstance(logprobs, dict) else {"content": logprobs}
        for name, value in named.items():
            if value is not None:
                self._logprobs[name] = _grown(self._logprobs.get(name), value)


def _sum(first: Delta | None, second: Delta | None) -> Delta | None:
    """Both pieces as one."""
    if first is None or second is None:
        return first or second
    text, reasoning = first.text + second.text, first.reasoning + second.reasoning
    calls, blocks = first.tool_calls + second.tool_calls, first.blocks + second.blocks
    return Delta(text, reasoning, calls, blocks, second.raw)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _grown(known: object, value: object) -> object:
    """A field after its next value: lists grow, everything else is replaced."""
    if isinstance(known, list):
        known.extend(value if isinstance(value, list) else [value])
        return known
    return [*value] if isinstance(value, list) else value


def _choice_error(choice: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """The error of a choice, which may be no more than a finish reason."""
    error = choice.get("error")
    if isinstance(error, dict):
        return {"error": error}
    words = mapping(choice.get("delta") or choice.get("message")).get("content")
    message = error if isinstance(error, str) else words or f"The provider ended with {reason!r}."
    return {"error": {"message": message, **({} if reason in _KNOWN_ERRORS else {"type": reason})}}
