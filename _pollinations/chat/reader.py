"""The one tolerant reader: how the gateway spells an answer, whole or in pieces."""

from collections.abc import Mapping
from typing import Any

from _pollinations.chat.content_blocks import Blocks
from _pollinations.chat.pieces import AudioPieces, Pieces, text_in
from _pollinations.chat.reply import Delta, Reply, ToolCallDelta
from _pollinations.chat.tool_calls import NO_NAMES, ToolCalls, together
from _pollinations.chat.usage import add_usage, read_usage
from _pollinations.http.error_reader import error_of
from _pollinations.http.errors import PollinationsError, UnreadableAnswerError
from _pollinations.http.headers import Headers, told

_STRINGS = frozenset({"model", "id", "object", "system_fingerprint", "user_tier"})
_REASONING = ("reasoning_content", "reasoning")
_READ = frozenset({"role", "content", "content_blocks", "tool_calls", *_REASONING})
_KNOWN_ERRORS = frozenset({"error", "upstream_error"})


class ReplyReader:
    """Reads one answer: feed it events or one whole body, then ask for the `result`.

    It merges what providers spell differently: text and reasoning that come twice in one event,
    text as a string, a list or a block, cumulative usage, tool calls however they are counted.

    Args:
        headers: Of the HTTP answer.
        model: The name that was asked for, for errors.
        names: The caller's names of tools by those that the model knows, where they differ.
    """

    __slots__ = (
        "_audio",
        "_blocks",
        "_calls",
        "_choice",
        "_headers",
        "_in_pieces",
        "_index",
        "_is_from_details",
        "_legacy_call",
        "_logprobs",
        "_message",
        "_model",
        "_reasoning",
        "_refusal",
        "_text",
        "_top",
        "_usage",
        "finish_reason",
        "seen",
    )

    def __init__(
        self, headers: Headers, model: str | None = None, names: Mapping[str, str] = NO_NAMES
    ) -> None:
        self._headers = headers
        self._model = model
        self._text = Pieces()
        self._reasoning = Pieces()
        self._refusal = Pieces()
        self._calls = ToolCalls(names)
        self._legacy_call = ToolCalls(names)
        self._blocks = Blocks()
        self._audio = AudioPieces()
        self._logprobs: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}
        self._top: dict[str, Any] = {}
        self._choice: dict[str, Any] = {}
        self._message: dict[str, Any] = {}
        self._index: int | None = None
        self._in_pieces = False
        self._is_from_details = False
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
            return self._feed_list(event)
        choices: object = None
        for name, value in event.items():
            if name == "choices":
                choices = value
            elif not value:
                continue
            elif name == "usage":
                self._usage = add_usage(self._usage, value)
            elif name == "error":
                raise self.error(event)
            else:
                self._top[name] = value
        delta = None
        for choice in choices if isinstance(choices, list) else (choices,):
            if choice.__class__ is dict:
                index = choice.get("index")
                if index is None or index == self._index or self._is_first(index):
                    more = self._feed_choice(choice, event)
                    delta = more if delta is None else _sum(delta, more)
        return delta

    def flush(self) -> Delta | None:
        """Return what waited for the second half of a character, when nothing follows."""
        calls = self._calls.flush() or self._legacy_call.flush()
        text, reasoning = self._text.flush(), self._reasoning.flush()
        return Delta(text, reasoning, calls) if text or reasoning or calls else None

    def error(self, payload: object) -> PollinationsError:
        """Make the error that an event reports, with what came before it."""
        return error_of(
            payload, status=200, headers=self._headers, text=self.text, reasoning=self.reasoning
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
            raise UnreadableAnswerError(
                "The answer holds no choices with a message.",
                status=200,
                request_id=self._headers.get("x-request-id"),
                model=self._model,
            )
        self.flush()
        top = dict(self._top)
        named = {name: _string(top.pop(name, None)) for name in _STRINGS}
        created = top.pop("created", None)
        citations = top.pop("citations", None)
        results = top.pop("search_results", None)
        extra = dict(self._choice)
        choice_filter = extra.pop("content_filter_results", None)
        legacy = self._legacy_call.result()
        return Reply(
            text=self.text,
            reasoning=self.reasoning,
            tool_calls=self._calls.result() or legacy,
            function_call={"name": legacy[0].name, "arguments": legacy[0].arguments}
            if legacy
            else None,
            content_blocks=self._blocks.result(),
            audio=self._audio.result(),
            refusal=f"{self._refusal}{self._refusal.half}",
            finish_reason=self.finish_reason,
            usage=read_usage(self._usage) if self._usage else None,
            logprobs=self._logprobs or None,
            citations=tuple(str(url) for url in citations) if isinstance(citations, list) else (),
            search_results=tuple(results) if isinstance(results, list) else (),
            content_filter_results=choice_filter,
            prompt_filter_results=top.pop("prompt_filter_results", None),
            index=self._index or 0,
            model=named["model"],
            id=named["id"],
            created=int(created) if isinstance(created, int) else None,
            object=named["object"],
            system_fingerprint=named["system_fingerprint"],
            user_tier=named["user_tier"],
            extra={**top, **extra, **self._message},
            headers=told(self._headers),
            raw=raw or {},
        )

    def _feed_list(self, events: object) -> Delta | None:
        """Read events that come in one array, as Gemini sends its errors."""
        delta = None
        for event in events if isinstance(events, list) else ():
            if isinstance(event, dict):
                delta = _sum(delta, self.feed(event))
        return delta

    def _is_first(self, index: object) -> bool:
        """Whether this is the one choice that the gateway gives, which may come as "0" too."""
        if isinstance(index, str) and index.isdecimal():
            index = int(index[:9])
        if self._index is None and isinstance(index, int):
            self._index = index
        return index == self._index or not isinstance(index, int)

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
        whole = (message.__class__ is dict or bool(message)) and not (delta or self._in_pieces)
        found = message if whole else delta
        if found is None:
            return None
        self.seen = True
        if not isinstance(found, dict):
            found = {"content": found}
        if whole:
            return self._feed_any(found, event, whole=True)
        new = self._feed_delta(found, event)
        if new is not None:
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

    def _feed_delta(self, delta: dict[str, Any], event: dict[str, Any]) -> Delta | None:
        if len(delta) == 1:
            # Most events of most streams hold one of these and nothing else.
            ((name, value),) = delta.items()
            if name == "tool_calls" and value.__class__ is list:
                pieces = self._calls.feed(value)
                return Delta("", "", pieces, (), event) if pieces else None
            if value.__class__ is str and (name == "content" or name in _REASONING):
                text = self._text if name == "content" else self._reasoning
                if text.half or "\ud800" <= value[-1:] <= "\udbff":
                    value = text.feed(value)
                else:
                    text.pieces.append(value)
                if not value:
                    return None
                if name == "content":
                    return Delta(value, "", (), (), event)
                return Delta("", value, (), (), event)
        return self._feed_any(delta, event, whole=False)

    def _feed_any(
        self, delta: dict[str, Any], event: dict[str, Any], *, whole: bool
    ) -> Delta | None:
        """Read any message or piece of one; what comes twice in it is taken once."""
        thinking = text = ""
        blocks: tuple[Mapping[str, Any], ...] = ()
        calls: tuple[ToolCallDelta, ...] = ()
        content = delta.get("content")
        if isinstance(content, str):
            text = content
        elif content not in (None, False, [], {}):
            thinking, text, blocks = self._blocks.feed(_listed(content), whole=whole)
        if delta.get("content_blocks"):
            found = self._blocks.feed(_listed(delta["content_blocks"]), whole=whole)
            thinking, text, blocks = thinking or found[0], text or found[1], blocks + found[2]
        if delta.get("tool_calls"):
            calls = self._calls.feed(_listed(delta["tool_calls"]), whole=whole)
        for name, value in delta.items():
            if value and name == "function_call":
                pieces = self._legacy_call.feed([{"function": value}])
                # A call in both spellings is one call.
                calls = calls if self._calls else pieces
            elif value and name not in _READ:
                self._feed_rare(name, value)
        text = self._text.feed(text)
        reasoning = self._reasoning.feed(self._one_reasoning(delta, thinking))
        if not (text or reasoning or calls or blocks):
            return None
        return Delta(text, reasoning, calls, blocks, event)

    def _one_reasoning(self, delta: dict[str, Any], thinking: str) -> str:
        """The reasoning of a piece, which may hold it in several spellings."""
        for name in _REASONING:
            reasoning = delta.get(name) and text_in(delta[name])
            if reasoning:
                return str(reasoning)
        details = "" if thinking else text_in(delta.get("reasoning_details"))
        if details and (self._is_from_details or not self._reasoning.pieces):
            self._is_from_details = True
            return details
        return thinking

    def _feed_rare(self, name: str, value: object) -> None:
        if name == "refusal" and isinstance(value, str):
            self._refusal.feed(value)
        elif name == "audio" and isinstance(value, dict):
            self._audio.feed(value)
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
    return Delta(
        first.text + second.text,
        first.reasoning + second.reasoning,
        together([*first.tool_calls, *second.tool_calls]),
        first.blocks + second.blocks,
        second.raw,
    )


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _grown(known: object, value: object) -> object:
    """A field after its next value: lists grow, everything else is replaced."""
    if isinstance(known, list):
        known.extend(value if isinstance(value, list) else [value])
        return known
    return [*value] if isinstance(value, list) else value


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _choice_error(choice: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """The error of a choice, which may be no more than a finish reason."""
    error = choice.get("error")
    if isinstance(error, dict):
        return {"error": error}
    piece = choice.get("delta") or choice.get("message") or {}
    words = piece.get("content") if isinstance(piece, dict) else None
    message = error if isinstance(error, str) else words or f"The provider ended with {reason!r}."
    return {"error": {"message": message, **({} if reason in _KNOWN_ERRORS else {"type": reason})}}
