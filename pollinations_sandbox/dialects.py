"""Every way an answer is put on the wire, by name: a provider's style, an oddity or a framing.

An oddity is a strange but real spelling: chunks become other chunks. A framing makes bytes of them.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Final

from pollinations_sandbox.catalog import Entry
from pollinations_sandbox.errors import Api
from pollinations_sandbox.response import dumps
from pollinations_sandbox.spelling import STYLES, Answer, Json, chunks, completion

Oddity = Callable[[list[Json]], list[Json]]
Framing = Callable[[Sequence[str]], list[bytes]]

_WITHOUT_DONE_IN_JANUARY: Final = frozenset(
    {"gemini", "whole", "error-choice", "error-type-finish"}
)
DONE: Final = "[DONE]"
_COMMENT: Final = b": OPENROUTER PROCESSING\n\n"
_LINE_SEPARATORS: Final = ("\u2028", "\u0085", "\u2029")


def packets(
    answer: Answer, head: Json, entry: Entry, *, api: Api, dialect: str | None = None
) -> list[bytes]:
    """The answer as a stream in `dialect`; without one, in that of the model's provider."""
    answer, entry = _spoken(answer, entry, dialect)
    payloads = [dumps(chunk) for chunk in _odd(chunks(answer, head, entry), dialect)]
    if api == "2026-10" or not {entry.style, dialect} & _WITHOUT_DONE_IN_JANUARY:
        payloads.append(DONE)
    return FRAMINGS.get(dialect or entry.style, plain)(payloads)


def whole(
    answer: Answer, head: Json, entry: Entry, *, api: Api, dialect: str | None = None
) -> Json:
    """The answer as one JSON body."""
    answer, entry = _spoken(answer, entry, dialect)
    return _odd([completion(answer, head, entry, later=api == "2026-10")], dialect)[0]


def _odd(bodies: list[Json], dialect: str | None) -> list[Json]:
    return ODDITIES[dialect](deepcopy(bodies)) if dialect in ODDITIES else bodies


def _spoken(answer: Answer, entry: Entry, dialect: str | None) -> tuple[Answer, Entry]:
    """The answer with the characters, and the model with the style, that a dialect is about.

    The style of an oddity is OpenAI's, except for the one that shows reasoning.
    """
    text = answer.text
    if dialect == "u2028":
        for separator in _LINE_SEPARATORS:
            text = text.replace(" ", separator, 1)
    elif dialect == "split-utf8" and text.isascii() and text:
        text = f"{text} · é 日本 🙂"
    style = entry.style
    if dialect in ODDITIES:
        style = "fireworks" if dialect == "all-reasoning-spellings" else "openai"
    elif dialect in STYLES:
        style = str(dialect)
    return replace(answer, text=text), replace(entry, style=style)


def _each_message(change: Callable[[Json], None]) -> Oddity:
    """Every delta, or the message, is changed."""

    def odd(bodies: list[Json]) -> list[Json]:
        for choice in (choice for chunk in bodies for choice in chunk["choices"]):
            change(choice.get("delta") or choice.get("message") or {})
        return bodies

    return odd


def _null_holes(message: Json) -> None:
    calls = message.get("tool_calls")
    message["tool_calls"] = [None, *calls, None] if calls else None


def _all_reasoning(message: Json) -> None:
    """The same thought in all three places where providers put it."""
    if thought := message.get("reasoning_content"):
        message["reasoning"] = thought
        message["content_blocks"] = [{"index": 0, "delta": {"thinking": thought}}]


def _failed(model: str | None, content: Json, choice: Json) -> Oddity:
    """Half the answer, then a choice with another finish reason; a body is that choice alone."""

    def odd(bodies: list[Json]) -> list[Json]:
        last = deepcopy(next(chunk for chunk in bodies if chunk["choices"]))
        key = "message" if "message" in last["choices"][0] else "delta"
        last["choices"] = [{**choice, key: content}]
        last |= {} if model is None else {"model": model}
        return [*bodies[: len(bodies) // 2], last]

    return odd


_ERROR: Final[Json] = {"message": "Provider returned error", "code": 502}
ODDITIES: Final[Mapping[str | None, Oddity]] = {
    "null-holes": _each_message(_null_holes),
    "all-reasoning-spellings": _each_message(_all_reasoning),
    "error-choice": _failed(None, {}, {"index": 0, "finish_reason": "error", "error": _ERROR}),
    "error-type-finish": _failed("", {"content": ""}, {"finish_reason": "overloaded_error"}),
}


# Server-sent events as bytes: payloads become the packets that are flushed one by one.


def plain(payloads: Sequence[str]) -> list[bytes]:
    """`data: …` and an empty line for each payload."""
    return [f"data: {payload}\n\n".encode() for payload in payloads]


def _ended_by(end: str) -> Framing:
    return lambda payloads: [f"data: {payload}{end}{end}".encode() for payload in payloads]


def _multiline(payloads: Sequence[str]) -> list[bytes]:
    """Each JSON indented, one `data:` per line."""
    packets = []
    for payload in payloads:
        text = payload
        if payload != DONE:
            text = json.dumps(json.loads(payload), ensure_ascii=payload.isascii(), indent=1)
        packets.append("".join(f"data: {line}\n" for line in text.split("\n")) + "\n")
    return [packet.encode() for packet in packets]


def _split_utf8(payloads: Sequence[str]) -> list[bytes]:
    """A cut inside every character of several bytes."""
    return re.split(rb"(?=[\x80-\xbf])", b"".join(plain(payloads)))


def _no_done(payloads: Sequence[str]) -> list[bytes]:
    return plain([payload for payload in payloads if payload != DONE])


def _no_last_blank_line(payloads: Sequence[str]) -> list[bytes]:
    """The stream ends right after the last payload's last letter."""
    *packets, last = _no_done(payloads)
    return [*packets, last.rstrip(b"\n")]


def _keep_alives(payloads: Sequence[str]) -> list[bytes]:
    """Comments, events with a name and an id, and data that is not JSON, between the payloads."""
    head = ": keep-alive\n\nevent: message\nid: {}\ndata: {}\n\n"
    packets = [head.format(number, payload).encode() for number, payload in enumerate(payloads)]
    ping = b"event: ping\ndata: ping\n\n"
    return [b": connected\n\n", b"retry: 3000\n\n", packets[0], ping, *packets[1:]]


FRAMINGS: Final[Mapping[str, Framing]] = {
    "crlf": _ended_by("\r\n"),
    "cr": _ended_by("\r"),
    "bom": lambda payloads: [b"\xef\xbb\xbf" + plain(payloads)[0], *plain(payloads[1:])],
    "multiline": _multiline,
    "u2028": plain,
    "split-utf8": _split_utf8,
    "one-packet": lambda payloads: [b"".join(plain(payloads))],
    "byte-by-byte": lambda payloads: [bytes([byte]) for byte in b"".join(plain(payloads))],
    "no-done": _no_done,
    "no-last-blank-line": _no_last_blank_line,
    "keep-alives": _keep_alives,
    "openrouter": lambda payloads: [_COMMENT, _COMMENT, *plain(payloads)],
}
DIALECTS: Final[frozenset[str]] = frozenset({*STYLES, *filter(None, ODDITIES), *FRAMINGS})
