"""The one tolerant reader: how the gateway spells an answer, whole or in pieces."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from _pollinations.chat.content_blocks import Blocks
from _pollinations.chat.reply import Audio, Delta, Reply, ToolCallDelta
from _pollinations.chat.tool_calls import ToolCalls
from _pollinations.chat.usage import read_usage
from _pollinations.http.error_reader import error_of
from _pollinations.http.errors import PollinationsError, UnreadableAnswerError
from _pollinations.http.headers import Headers, told

_STRINGS = frozenset({"model", "id", "object", "system_fingerprint", "user_tier"})
_SHAPES: dict[str, tuple[type, ...]] = {
    "content": (str, list),
    "reasoning_content": (str,),
    "reasoning": (str,),
    "content_blocks": (list,),
    "tool_calls": (list,),
}
_KNOWN_ERRORS = frozenset({"error", "upstream_error"})


class Draft:
    """An answer that is being read: feed it events or one whole body, then `finish` it.

    It merges what providers spell differently: three spellings of reasoning (the first one seen
    counts), text that comes twice, cumulative usage, tool calls however they are counted.

    Args:
        headers: Of the HTTP answer.
        model: The name that was asked for, to tell of in errors.
    """

    __slots__ = (
        "_audio",
        "_audio_data",
        "_blocks",
        "_calls",
        "_choice",
        "_content_seen",
        "_function_call",
        "_headers",
        "_index",
        "_logprobs",
        "_message",
        "_model",
        "_reasoning",
        "_reasoning_from",
        "_refusal",
        "_text",
        "_top",
        "_usage",
        "finish_reason",
        "seen",
    )

    def __init__(self, headers: Headers, model: str | None = None) -> None:
        self._headers = headers
        self._model = model
        self._text: list[str] = []
        self._content_seen = False
        self._reasoning: list[str] = []
        self._reasoning_from: str | None = None
        self._refusal: list[str] = []
        self._calls = ToolCalls()
        self._blocks = Blocks()
        self._function_call: dict[str, list[str]] = {}
        self._audio: dict[str, Any] = {}
        self._audio_data: list[str] = []
        self._logprobs: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}
        self._top: dict[str, Any] = {}
        self._choice: dict[str, Any] = {}
        self._message: dict[str, Any] = {}
        self._index: object = None
        self.finish_reason: str | None = None
        self.seen = False
        """Whether any choice was there."""

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._text)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return "".join(self._reasoning)

    def take(self, event: object) -> Delta | None:
        """Take one event of a stream, or a whole answer.

        Args:
            event: The parsed JSON; it is not changed.

        Returns:
            What is new in it, or None if that is nothing a user would see.

        Raises:
            PollinationsError: The event tells of an error.
        """
        if not isinstance(event, dict):
            return None
        choice: dict[str, Any] | None = None
        for name, value in event.items():
            if name == "choices":
                choice = self._first(value)
            elif not value:
                continue
            elif name == "usage":
                if isinstance(value, dict):
                    self._usage.update(
                        {key: count for key, count in value.items() if count is not None}
                    )
            elif name == "error":
                raise self.error(event)
            else:
                self._top[name] = value
        return self._take_choice(choice, event) if choice is not None else None

    def error(self, payload: object) -> PollinationsError:
        """Make the error that an event tells of, with what came before it."""
        return error_of(
            payload, status=200, headers=self._headers, text=self.text, reasoning=self.reasoning
        )

    def finish(self, raw: Mapping[str, Any] | None = None) -> Reply:
        """Put the pieces together.

        Args:
            raw: The answer as it came, if it came in one.

        Returns:
            The whole answer.

        Raises:
            UnreadableAnswerError: There was no choice in it.
        """
        if not self.seen:
            raise UnreadableAnswerError(
                "The answer holds no choices.",
                status=200,
                request_id=self._headers.get("x-request-id"),
                model=self._model,
            )
        top = dict(self._top)
        named = {name: _string(top.pop(name, None)) for name in _STRINGS}
        created = top.pop("created", None)
        citations = top.pop("citations", None)
        results = top.pop("search_results", None)
        extra = dict(self._choice)
        choice_filter = extra.pop("content_filter_results", None)
        return Reply(
            text=self.text,
            reasoning=self.reasoning,
            tool_calls=self._calls.whole(),
            function_call={name: "".join(texts) for name, texts in self._function_call.items()}
            or None,
            content_blocks=self._blocks.whole(),
            audio=self._whole_audio(),
            refusal="".join(self._refusal),
            finish_reason=self.finish_reason,
            usage=read_usage(self._usage) if self._usage else None,
            logprobs=self._logprobs or None,
            citations=tuple(str(url) for url in citations) if isinstance(citations, list) else (),
            search_results=tuple(results) if isinstance(results, list) else (),
            content_filter_results=choice_filter,
            prompt_filter_results=top.pop("prompt_filter_results", None),
            index=self._index if isinstance(self._index, int) else 0,
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

    def _first(self, choices: object) -> dict[str, Any] | None:
        """The one choice that this gateway gives, past null holes and other indices."""
        if not isinstance(choices, list):
            return None
        for choice in choices:
            if isinstance(choice, dict):
                index = choice.get("index")
                if index is None or self._index is None or index == self._index:
                    self._index = self._index if index is None else index
                    return choice
        return None

    def _take_choice(self, choice: dict[str, Any], event: dict[str, Any]) -> Delta | None:
        self.seen = True
        delta: object = None
        for name, value in choice.items():
            if not value:
                continue
            if name in ("delta", "message"):
                delta = value
            elif name == "finish_reason":
                self.finish_reason = str(value)
            elif name == "logprobs":
                self._take_logprobs(value)
            elif name != "index":
                self._choice[name] = value
        reason = self.finish_reason
        if "error" in self._choice or (reason is not None and reason.endswith("error")):
            raise self.error(_choice_error(choice, reason or "error"))
        return self._take_delta(delta, event) if isinstance(delta, dict) else None

    def _take_delta(self, delta: dict[str, Any], event: dict[str, Any]) -> Delta | None:
        if len(delta) == 1:
            ((name, value),) = delta.items()
            if name == "content" and value.__class__ is str and self._content_seen:
                # Most events of most streams are this and nothing else.
                self._text.append(value)
                return Delta(value, "", (), (), event) if value else None
            if name == self._reasoning_from != "content_blocks" and value.__class__ is str:
                self._reasoning.append(value)
                return Delta("", value, (), (), event) if value else None
            if name == "tool_calls" and value.__class__ is list:
                pieces = self._calls.take(value)
                return Delta("", "", pieces, (), event) if pieces else None
        return self._take_any(delta, event)

    def _take_any(self, delta: dict[str, Any], event: dict[str, Any]) -> Delta | None:
        found = self._known(delta)
        if not found:
            return None
        text, reasoning, thinking, block_text = found.get("content", ""), "", "", ""
        calls: tuple[ToolCallDelta, ...] = ()
        blocks: tuple[Mapping[str, Any], ...] = ()
        if "content_blocks" in found:
            thinking, block_text, blocks = self._blocks.take(found["content_blocks"])
        if isinstance(text, list):
            thinking, block_text, blocks = self._blocks.take(text)
            text = ""
        if text or block_text:
            text = self._one_text(text, block_text)
        if thinking or "reasoning_content" in found or "reasoning" in found:
            reasoning = self._one_reasoning(
                found.get("reasoning_content", ""), found.get("reasoning", ""), thinking
            )
        if "tool_calls" in found:
            calls = self._calls.take(found["tool_calls"])
        if not (text or reasoning or calls or blocks):
            return None
        return Delta(text, reasoning, calls, blocks, event)

    def _known(self, delta: dict[str, Any]) -> dict[str, Any]:
        """The parts that come with nearly every event; the rare ones are put away at once."""
        found: dict[str, Any] = {}
        for name, value in delta.items():
            if value and name != "role":
                if isinstance(value, _SHAPES.get(name, ())):
                    found[name] = value
                else:
                    self._take_rare(name, value)
        return found

    def _one_text(self, content: str, block_text: str) -> str:
        """The same text may come as content and as a block: once content came, blocks repeat it."""
        if content:
            self._content_seen = True
        text = content or ("" if self._content_seen else block_text)
        if text:
            self._text.append(text)
        return text

    def _one_reasoning(self, plain: str, short: str, thinking: str) -> str:
        """The same reasoning may come in three spellings: the first one seen counts."""
        spellings = {"reasoning_content": plain, "reasoning": short, "content_blocks": thinking}
        if not self._reasoning_from:
            self._reasoning_from = next(name for name, value in spellings.items() if value)
        reasoning = spellings[self._reasoning_from]
        if reasoning:
            self._reasoning.append(reasoning)
        return reasoning

    def _take_rare(self, name: str, value: object) -> None:
        if name == "refusal" and isinstance(value, str):
            self._refusal.append(value)
        elif name == "audio" and isinstance(value, dict):
            self._take_audio(value)
        elif name == "function_call" and isinstance(value, dict):
            for key in ("name", "arguments"):
                if isinstance(value.get(key), str):
                    self._function_call.setdefault(key, []).append(value[key])
        elif isinstance(value, list) and isinstance(self._message.get(name), list):
            self._message[name] = [*self._message[name], *value]
        else:
            self._message[name] = value

    def _take_audio(self, audio: dict[str, Any]) -> None:
        if isinstance(audio.get("data"), str):
            self._audio_data.append(audio["data"])
        if isinstance(audio.get("transcript"), str):
            self._audio.setdefault("transcript", []).append(audio["transcript"])
        for name in ("id", "expires_at"):
            if audio.get(name):
                self._audio[name] = audio[name]

    def _whole_audio(self) -> Audio | None:
        if not (self._audio or self._audio_data):
            return None
        expires = self._audio.get("expires_at")
        return Audio(
            id=_string(self._audio.get("id")),
            data=_joined(self._audio_data),
            transcript="".join(self._audio.get("transcript", ())),
            expires_at=int(expires) if isinstance(expires, int) else None,
        )

    def _take_logprobs(self, logprobs: object) -> None:
        if not isinstance(logprobs, dict):
            return
        for name, value in logprobs.items():
            if isinstance(value, list):
                self._logprobs.setdefault(name, []).extend(value)
            elif value is not None:
                self._logprobs[name] = value


def _joined(pieces: list[str]) -> str:
    """Base64 text of all pieces: each may be padded on its own, so they are joined as bytes."""
    if len(pieces) <= 1:
        return "".join(pieces)
    try:
        return base64.b64encode(b"".join(base64.b64decode(piece) for piece in pieces)).decode()
    except (ValueError, binascii.Error):
        return "".join(pieces)


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _choice_error(choice: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """The error of a choice, which may be no more than a finish reason."""
    error = choice.get("error")
    if isinstance(error, dict):
        return {"error": error}
    told_of = choice.get("delta") or choice.get("message") or {}
    words = told_of.get("content") if isinstance(told_of, dict) else None
    message = error if isinstance(error, str) else words or f"The provider ended with {reason!r}."
    return {"error": {"message": message, **({} if reason in _KNOWN_ERRORS else {"type": reason})}}
