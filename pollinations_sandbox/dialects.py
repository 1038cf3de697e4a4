"""Every way an answer is put on the wire, by name: a provider's style, an oddity or a framing.

An oddity is a strange but real spelling: chunks become other chunks. A framing makes bytes of them.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Final

from pollinations_sandbox.errors import Api
from pollinations_sandbox.framing import DONE, FRAMINGS, dumps, plain
from pollinations_sandbox.spelling import STYLES, Answer, Json, Stamp, chunks, completion

Oddity = Callable[[list[Json]], list[Json]]

_WITHOUT_DONE_IN_JANUARY: Final = frozenset(
    {"gemini", "whole", "error-choice", "error-type-finish"}
)
_LINE_SEPARATORS: Final = ("\u2028", "\u0085", "\u2029")


def packets(answer: Answer, stamp: Stamp, *, api: Api, dialect: str | None = None) -> list[bytes]:
    """The answer as a stream in `dialect`; without one, in that of the model's provider."""
    style = _style(stamp, dialect)
    made = _odd(chunks(_bent(answer, dialect), replace(stamp, style=style)), dialect)
    payloads = [dumps(chunk) for chunk in made]
    if api == "2026-10" or not {style, dialect} & _WITHOUT_DONE_IN_JANUARY:
        payloads.append(DONE)
    return FRAMINGS.get(dialect or style, plain)(payloads)


def whole(answer: Answer, stamp: Stamp, *, api: Api, dialect: str | None = None) -> Json:
    """The answer as one JSON body."""
    stamp = replace(stamp, style=_style(stamp, dialect))
    return _odd([completion(_bent(answer, dialect), stamp, later=api == "2026-10")], dialect)[0]


def _odd(made: list[Json], dialect: str | None) -> list[Json]:
    return ODDITIES[dialect](deepcopy(made)) if dialect in ODDITIES else made


def _style(stamp: Stamp, dialect: str | None) -> str:
    """The style of an oddity is OpenAI's, except for the one that shows reasoning."""
    if dialect in ODDITIES:
        return "fireworks" if dialect == "all-reasoning-spellings" else "openai"
    return dialect if dialect is not None and dialect in STYLES else stamp.style


def _bent(answer: Answer, dialect: str | None) -> Answer:
    """The answer with the characters that a dialect is about."""
    if dialect == "u2028":
        text = answer.text
        for separator in _LINE_SEPARATORS:
            text = text.replace(" ", separator, 1)
        return replace(answer, text=text)
    if dialect == "split-utf8" and answer.text.isascii() and answer.text:
        return replace(answer, text=f"{answer.text} · é 日本 🙂")
    return answer


def _choices(made: list[Json]) -> Iterator[Json]:
    for chunk in made:
        yield from chunk["choices"]


def _messages(made: list[Json]) -> Iterator[Json]:
    """Every delta, or the message."""
    return (choice.get("delta") or choice.get("message") or {} for choice in _choices(made))


def _calls(made: list[Json]) -> Iterator[Json]:
    for message in _messages(made):
        yield from message.get("tool_calls") or ()


def _without(name: str) -> Oddity:
    """Calls without this key."""

    def odd(made: list[Json]) -> list[Json]:
        for call in _calls(made):
            call.pop(name, None)
        return made

    return odd


def _null_holes(made: list[Json]) -> list[Json]:
    for message in _messages(made):
        calls = message.get("tool_calls")
        message["tool_calls"] = [None, *calls, None] if calls else None
    for chunk in made:
        chunk["choices"] += [None] if chunk["choices"] else []
    return made


def _all_reasoning(made: list[Json]) -> list[Json]:
    """The same thought in all three places where providers put it."""
    for message in _messages(made):
        if thought := message.get("reasoning_content"):
            message["reasoning"] = thought
            message["content_blocks"] = [{"index": 0, "delta": {"thinking": thought}}]
    return made


def _failed(model: str | None, content: Json, choice: Json) -> Oddity:
    """Half the answer, then a choice with another finish reason; a body is that choice alone."""

    def odd(made: list[Json]) -> list[Json]:
        last = deepcopy(next(chunk for chunk in made if chunk["choices"]))
        key = "message" if "message" in last["choices"][0] else "delta"
        last["choices"] = [{**choice, key: content}]
        last |= {} if model is None else {"model": model}
        return [*made[: len(made) // 2], last]

    return odd


_ERROR: Final[Json] = {"message": "Provider returned error", "code": 502}
ODDITIES: Final[Mapping[str | None, Oddity]] = {
    "null-holes": _null_holes,
    "no-index": _without("index"),
    "no-ids": _without("id"),
    "all-reasoning-spellings": _all_reasoning,
    "error-choice": _failed(None, {}, {"index": 0, "finish_reason": "error", "error": _ERROR}),
    "error-type-finish": _failed("", {"content": ""}, {"finish_reason": "overloaded_error"}),
}
DIALECTS: Final[frozenset[str]] = frozenset({*STYLES, *filter(None, ODDITIES), *FRAMINGS})
