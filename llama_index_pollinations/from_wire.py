"""The gateway's answers as LlamaIndex's responses."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, cast

from llama_index.core.base.llms.types import (
    AudioBlock,
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    CitationBlock,
    CompletionResponse,
    CompletionResponseAsyncGen,
    ContentBlock,
    ImageBlock,
    LogProb,
    TextBlock,
    ThinkingBlock,
)
from pydantic import ValidationError

from _pollinations.chat.reply import Audio, Delta, Reply, ToolCall, ToolCallDelta, Usage
from _pollinations.http.values import exact, text
from llama_index_pollinations.arguments import Arguments
from llama_index_pollinations.chunks import (
    chunk_call,
    chunk_message,
    chunk_response,
    chunk_text,
    chunk_thought,
)


def from_reply(reply: Reply, *, body: Mapping[str, Any]) -> ChatResponse:
    """Make the response of a whole answer.

    Args:
        reply: The answer.
        body: The body of the request: the model's name, the seed and the audio's format.

    Returns:
        A response that loses nothing of it.
    """
    answer = Answer()
    for block in _shown(reply):
        answer.show(block)
    response = answer.finished(reply, body)
    response.delta = None
    return response


def from_delta(delta: Delta, *, body: Mapping[str, Any], answer: "Answer") -> ChatResponse:
    """Make the response of a piece of an answer: the whole message so far, and what is new.

    Args:
        delta: The piece.
        body: The body of the request.
        answer: What came before; it takes the piece up.

    Returns:
        A response; usage and metadata come once, on the last.
    """
    if delta.reply is not None:
        return answer.finished(delta.reply, body)
    answer.take(delta)
    extras = {"thinking_delta": delta.reasoning} if delta.reasoning else {}
    return chunk_response(answer.message(), delta.text, delta.raw or {}, extras)


def from_usage(usage: Usage) -> dict[str, int]:
    """Name token counts as LlamaIndex's integrations do; details that are unknown are left out.

    Example:
        >>> from_usage(Usage(prompt=3, completion=2, total=5, reasoning=1))
        {'prompt_tokens': 3, 'completion_tokens': 2, 'total_tokens': 5, 'reasoning_tokens': 1}
    """
    counts = {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.total,
    }
    details = {"cached_tokens": usage.cached, "reasoning_tokens": usage.reasoning}
    return counts | {name: count for name, count in details.items() if count is not None}


def metadata(reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
    """Collect everything about an answer that is not the message, JSON only.

    Args:
        reply: The answer.
        body: The body of the request.

    Returns:
        `model_name` is the name in the request, `model` the provider's id; token counts by
        the names of `from_usage`.
    """
    audio = reply.audio
    rest = {
        "content_blocks": [dict(block) for block in reply.content_blocks],
        "refusal": reply.refusal,
        "audio": {"id": audio.id, "expires_at": audio.expires_at, "transcript": audio.transcript}
        if audio
        else None,
        "model_name": body.get("model"),
        "seed": body.get("seed"),
    }
    return {
        **reply.metadata,
        **(from_usage(reply.usage) if reply.usage else {}),
        **{name: value for name, value in rest.items() if value not in (None, "", [])},
    }


def to_image(part: Mapping[str, Any]) -> ImageBlock | None:
    """Make the block of an `image_url` part; None if it holds no URL."""
    inner = part.get("image_url")
    url = inner.get("url") if isinstance(inner, dict) else inner
    if not isinstance(url, str) or not url:
        return None
    if not url.startswith("data:"):
        try:
            return ImageBlock(url=url)
        except ValidationError:
            return None
    kind, _, data = url.removeprefix("data:").partition(",")
    return ImageBlock(image=data.encode(), image_mimetype=kind.partition(";")[0] or None)


class Answer:
    """An answer that grows: thoughts, then text and images as they came, then tool calls.

    Text is one block until an image comes, so that a message's `content` is all its deltas.
    """

    __slots__ = ("_calls", "_reasoning", "_shown", "_text", "_thought")

    def __init__(self) -> None:
        # The caller may change the blocks of earlier messages: what grows is stored apart.
        self._reasoning = ""
        self._thought: list[ThinkingBlock] = []
        self._text = ""
        self._shown: list[ContentBlock] = []
        self._calls: list[ToolCall] = []

    def take(self, delta: Delta) -> None:
        """Take up the next piece."""
        if delta.text:
            self.show(delta.text)
        if delta.reasoning:
            self._reasoning += delta.reasoning
            self._thought = [chunk_thought(self._reasoning)]
        for block in delta.blocks:
            self.show(block)
        for piece in delta.tool_calls:
            self._call(piece)

    def show(self, piece: str | Mapping[str, Any]) -> None:
        """Add the next text or image; other blocks of the wire are only metadata."""
        if isinstance(piece, str):
            if self._text:
                self._text += piece
                self._shown[-1] = chunk_text(self._text)
            else:
                self._text = piece
                self._shown.append(chunk_text(piece))
        elif piece.get("type") == "image_url":
            image = to_image(piece)
            if image is not None:
                self._text = ""
                self._shown.append(image)

    def message(self) -> ChatMessage:
        """Make the message so far; earlier messages stay as they are."""
        calls = [chunk_call(call.id, call.name, call.arguments) for call in self._calls]
        return chunk_message(
            [*self._thought, *self._shown, *calls],
            {"tool_calls": [call.wire for call in self._calls]} if calls else {},
        )

    def finished(self, reply: Reply, body: Mapping[str, Any]) -> ChatResponse:
        """Make the response of the whole answer, with all that is known only at its end."""
        late = ""
        if not reply.text:
            late = (reply.audio.transcript if reply.audio else "") or reply.refusal
        if late:
            self.show(late)
        self._thought = _thoughts(reply, body.get("model"))
        if reply.audio and reply.audio.data:
            self._shown.append(_sound(reply.audio, body))
        self._shown += _citations(reply)
        self._calls = [*reply.tool_calls]
        return ChatResponse(
            message=self.message(),
            delta=late,
            raw=dict(reply.raw) or _last_event(reply),
            logprobs=_logprobs(reply.logprobs),
            additional_kwargs=metadata(reply, body),
        )

    def _call(self, piece: ToolCallDelta) -> None:
        if piece.index == len(self._calls):
            arguments = Arguments(piece.arguments)
            self._calls.append(ToolCall(piece.id or "", piece.name or "", arguments))
            return
        call = self._calls[piece.index]
        grown = cast("Arguments", call.arguments).grown(piece.arguments)
        self._calls[piece.index] = ToolCall(call.id, call.name or piece.name or "", grown)


def _shown(reply: Reply) -> list[str | Mapping[str, Any]]:
    """Text and images in order, if the blocks hold the text; else the text first."""
    texts = [str(block.get("text")) for block in reply.content_blocks if _is_text(block)]
    if texts and "".join(texts) == reply.text:
        return [str(block["text"]) if _is_text(block) else block for block in reply.content_blocks]
    return [reply.text, *reply.images] if reply.text else [*reply.images]


def _is_text(block: Mapping[str, Any]) -> bool:
    return block.get("type") == "text" and bool(block.get("text"))


def _thoughts(reply: Reply, model: str | None) -> list[ThinkingBlock]:
    """One block for each of the wire's, since each signature holds for its own text."""
    blocks = [
        block
        for block in reply.content_blocks
        if block.get("type") in ("thinking", "redacted_thinking")
    ]
    if not any(block.get("thinking") for block in blocks) and reply.reasoning:
        blocks.insert(0, {"type": "thinking", "thinking": reply.reasoning})
    tokens = reply.usage.reasoning if reply.usage and len(blocks) == 1 else None
    return [
        ThinkingBlock(
            content=text(block.get("thinking")),
            num_tokens=tokens or None,
            additional_information=_information(block, model),
        )
        for block in blocks
    ]


def _information(block: Mapping[str, Any], model: str | None) -> dict[str, Any]:
    """What a thought is replayed with: its signature, and the name of the model that signed."""
    kept = {name: value for name, value in block.items() if name not in ("type", "thinking")}
    return {**kept, "model": model} if kept and model else kept


def _sound(audio: Audio, body: Mapping[str, Any]) -> AudioBlock:
    audio_option = body.get("audio")
    kind = audio_option.get("format") if isinstance(audio_option, dict) else None
    return AudioBlock(audio=audio.data.encode("ascii", "replace"), format=kind or "wav")


def _citations(reply: Reply) -> list[ContentBlock]:
    results = {
        text(result.get("url")): result
        for result in reply.search_results
        if isinstance(result, dict)
    }
    return [
        CitationBlock(
            cited_content=TextBlock(text=str(results.get(url, {}).get("snippet") or "")),
            source=url,
            title=str(results.get(url, {}).get("title") or url),
            additional_location_info={"index": place},
        )
        for place, url in enumerate(reply.citations)
    ]


def _logprobs(logprobs: Mapping[str, Any] | None) -> list[list[LogProb]] | None:
    tokens = (logprobs or {}).get("content")
    if not isinstance(tokens, list):
        return None
    return [
        [_logprob(one) for one in _alternatives(token) if isinstance(one, dict)]
        for token in tokens
        if isinstance(token, dict)
    ]


def _alternatives(token: Mapping[str, Any]) -> list[Any]:
    top = token.get("top_logprobs")
    return top if isinstance(top, list) and top else [token]


def _logprob(one: Mapping[str, Any]) -> LogProb:
    number, spelled = one.get("logprob"), one.get("bytes")
    return LogProb(
        token=str(one.get("token", "")),
        logprob=number if isinstance(number, float) else float(exact(number) or 0),
        bytes=[byte for byte in spelled if isinstance(byte, int)]
        if isinstance(spelled, list)
        else [],
    )


def _last_event(reply: Reply) -> dict[str, Any]:
    """The end of a stream in one event; token counters read `usage` from the last one."""
    choice = {
        "index": 0,
        "delta": {},
        "finish_reason": reply.finish_reason,
        "logprobs": reply.logprobs,
    }
    named = {
        "id": reply.id,
        "model": reply.model,
        "citations": list(reply.citations),
        "search_results": list(reply.search_results),
        "usage": dict(reply.usage.raw) if reply.usage else None,
    }
    fields = {name: value for name, value in named.items() if value not in (None, [])}
    known = {name: value for name, value in choice.items() if value is not None}
    return {**reply.extra, **fields, "choices": [known]}


def completion_of(response: ChatResponse) -> CompletionResponse:
    """The answer to `complete`, made of the answer of a chat."""
    return CompletionResponse(
        text=response.message.content or "",
        additional_kwargs={**response.message.additional_kwargs, **response.additional_kwargs},
        raw=response.raw,
        logprobs=response.logprobs,
        delta=response.delta,
    )


async def completions_of(responses: ChatResponseAsyncGen) -> CompletionResponseAsyncGen:
    """The same for each piece of a stream."""
    async with aclosing(responses):
        async for response in responses:
            yield completion_of(response)
