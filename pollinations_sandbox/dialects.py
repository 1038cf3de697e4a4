"""Every way an answer is put on the wire, by name: a provider's style, an oddity or a framing."""

from dataclasses import replace
from typing import Final

from pollinations_sandbox.answer import Answer
from pollinations_sandbox.errors import Api
from pollinations_sandbox.framing import DONE, FRAMINGS, dumps, plain
from pollinations_sandbox.oddities import ODDITIES
from pollinations_sandbox.spell import Json, Stamp, completion
from pollinations_sandbox.styles import STYLES

DIALECTS: Final = frozenset({*STYLES, *ODDITIES, *FRAMINGS})
_WITHOUT_DONE_IN_JANUARY: Final = frozenset({"gemini", "whole"})
_FAILED: Final = frozenset({"error-choice", "error-type-finish"})
_LINE_SEPARATORS: Final = ("\u2028", "\u0085", "\u2029")


def packets(answer: Answer, stamp: Stamp, *, api: Api, dialect: str | None = None) -> list[bytes]:
    """The answer as a stream in `dialect`; without one, in that of the model's provider."""
    style = _style(stamp, dialect)
    stamp = replace(stamp, style=style)
    chunks = list(STYLES[style](_bent(answer, dialect), stamp))
    if style == "openai" and not stamp.azure:
        chunks = chunks[1:]
    chunks = _odd(chunks, dialect)
    payloads = [dumps(chunk) for chunk in chunks]
    if api == "2026-10" or (style not in _WITHOUT_DONE_IN_JANUARY and dialect not in _FAILED):
        payloads.append(DONE)
    return FRAMINGS.get(dialect or style, plain)(payloads)


def whole(answer: Answer, stamp: Stamp, *, api: Api, dialect: str | None = None) -> Json:
    """The answer as one JSON body."""
    stamp = replace(stamp, style=_style(stamp, dialect))
    body = completion(_bent(answer, dialect), stamp, later=api == "2026-10")
    return _odd([body], dialect)[0]


def _odd(chunks: list[Json], dialect: str | None) -> list[Json]:
    return ODDITIES[dialect](chunks) if dialect is not None and dialect in ODDITIES else chunks


def _style(stamp: Stamp, dialect: str | None) -> str:
    """The style of an oddity is OpenAI's, except for the one that shows reasoning."""
    if dialect is not None and dialect in STYLES:
        return dialect
    if dialect in ODDITIES:
        return "fireworks" if dialect == "all-reasoning-spellings" else "openai"
    return stamp.style


def _bent(answer: Answer, dialect: str | None) -> Answer:
    """The answer with the characters that a dialect is about."""
    if dialect == "u2028":
        words = answer.text.split(" ")
        ends = (*_LINE_SEPARATORS, *" " * len(words))
        spelled = "".join(word + end for word, end in zip(words, ends, strict=False))
        return replace(answer, text=spelled.removesuffix(" "))
    if dialect == "split-utf8" and answer.text.isascii() and answer.text:
        return replace(answer, text=f"{answer.text} · é 日本 🙂")
    return answer
