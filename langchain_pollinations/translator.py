"""Our messages as LangChain's v1 content blocks, for `output_version="v1"` and v3 events.

String indices keep reasoning, text and tool calls apart when chunks are merged: plain integers of
different kinds would collide.
"""

from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.block_translators import register_translator
from langchain_core.messages.content import KNOWN_BLOCK_TYPES, ContentBlock

from langchain_pollinations.chunks import PROVIDER

_AUDIO_TYPES = {"pcm16": "audio/pcm", "mp3": "audio/mpeg"}


def translate(message: AIMessage) -> list[ContentBlock]:
    """Make the blocks of a whole message."""
    return _blocks(message, indexed=False)


def translate_chunk(message: AIMessageChunk) -> list[ContentBlock]:
    """Make the blocks of a chunk, each with the index under which it merges."""
    return _blocks(message, indexed=True)


def install() -> None:
    """Register the translation of messages whose `model_provider` is pollinations."""
    register_translator(PROVIDER, translate, translate_chunk)


def _blocks(message: AIMessage, *, indexed: bool) -> list[Any]:
    if isinstance(message.content, list):
        return list(message.content)
    extras = message.additional_kwargs
    blocks: list[dict[str, Any]] = []

    def add(index: str, block: dict[str, Any]) -> None:
        blocks.append({**block, "index": index} if indexed else block)

    reasoning = _reasoning(extras)
    if reasoning:
        add("lc_rs_0", reasoning)
    citations = _citations(message.response_metadata)
    if message.content or citations:
        add("lc_txt_0", _text(message.content, citations))
    for place, image in enumerate(extras.get("images", ())):
        add(f"lc_img_{place}", _image(image))
    if "audio" in extras:
        add("lc_aud_0", _audio(extras["audio"]))
    if extras.get("refusal"):
        add("lc_ref_0", _refusal(extras["refusal"]))
    for place, block in enumerate(extras.get("content_blocks", ())):
        add(f"lc_ns_{place}", {"type": "non_standard", "value": block})
    return blocks + _calls(message)


def _reasoning(extras: dict[str, Any]) -> dict[str, Any]:
    signatures = [
        block["signature"] for block in extras.get("thinking_blocks", ()) if block.get("signature")
    ]
    if not (signatures or extras.get("reasoning_content")):
        return {}
    return {
        "type": "reasoning",
        "reasoning": extras.get("reasoning_content") or "",
        **({"extras": {"signature": signatures[-1]}} if signatures else {}),
    }


def _text(text: str, citations: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "text", "text": text, **({"annotations": citations} if citations else {})}


def _citations(metadata: dict[str, Any]) -> list[dict[str, Any]]:
    """Sources as Perplexity names them, and as Gemini's search does."""
    titles = {
        result.get("url"): result.get("title")
        for result in metadata.get("search_results", ())
        if isinstance(result, dict)
    }
    sources = [(url, titles.get(url)) for url in metadata.get("citations", ())]
    grounding = metadata.get("groundingMetadata")
    for chunk in (grounding.get("groundingChunks") or ()) if isinstance(grounding, dict) else ():
        web = chunk.get("web") if isinstance(chunk, dict) else None
        if isinstance(web, dict) and web.get("uri"):
            sources.append((web["uri"], web.get("title")))
    return [
        {"type": "citation", "url": url, **({"title": title} if title else {})}
        for url, title in sources
    ]


def _calls(message: AIMessage) -> list[dict[str, Any]]:
    if isinstance(message, AIMessageChunk) and message.chunk_position != "last":
        return [
            {
                "type": "tool_call_chunk",
                "id": call["id"],
                "name": call["name"],
                "args": call["args"],
                "index": f"lc_tc_{call['index']}",
            }
            for call in message.tool_call_chunks
        ]
    calls: list[dict[str, Any]] = [
        {"type": "tool_call", "id": call["id"], "name": call["name"], "args": call["args"]}
        for call in message.tool_calls
    ]
    return calls + [{**call, "type": "invalid_tool_call"} for call in message.invalid_tool_calls]


def _image(part: dict[str, Any]) -> dict[str, Any]:
    inner = part.get("image_url")
    url = inner.get("url", "") if isinstance(inner, dict) else str(inner or "")
    if not url.startswith("data:"):
        return {"type": "image", "url": url}
    kind, _, data = url.removeprefix("data:").partition(",")
    return {"type": "image", "base64": data, "mime_type": kind.partition(";")[0] or "image/png"}


def _audio(audio: dict[str, Any]) -> dict[str, Any]:
    kind = audio.get("format", "wav")
    return {
        "type": "audio",
        "base64": audio.get("data", ""),
        "mime_type": _AUDIO_TYPES.get(kind, f"audio/{kind}"),
        "extras": {
            name: audio[name] for name in ("id", "transcript", "expires_at") if name in audio
        },
    }


def _refusal(words: str) -> dict[str, Any]:
    if "refusal" in KNOWN_BLOCK_TYPES:
        return {"type": "refusal", "refusal": words}
    return {"type": "non_standard", "value": {"type": "refusal", "refusal": words}}
