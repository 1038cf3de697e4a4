"""Words and sentences, and which of them two texts share. Linear in length."""

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Final

_WORD: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+|[+*/\xd7\xf7]")
_NAME: Final = re.compile(r"[^\W\d_a-z]+(?![a-z])|[^\W\d_]?[a-z]+|\d+")
_END: Final = re.compile(
    r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|\n\s*\n|\n(?=\s*(?:[-*#|>]|\d+\.))"
)
_SUFFIXES: Final = ("ing", "ied", "ies", "ed", "es", "s", "e")
_SHORTEST, _LONGEST = 3, 7  # letters of a stem
_SIGNS: Final = {
    **dict.fromkeys(("+", "plus", "sum", "total"), "add"),
    **dict.fromkeys(("*", "\xd7", "times"), "multiply"),
    **dict.fromkeys(("/", "\xf7"), "divide"),
    "minus": "subtract",
}


EMPTY: Final = frozenset(files(__package__).joinpath("empty.txt").read_text().split())
"""Words that do not count when two texts are compared, and are no names."""


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The beginning of a word without its ending: `available` and `availability` are one."""
    word = _SIGNS.get(word.lower(), word.lower())
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST and word[-2:] != "ss":
            word = word.removesuffix(suffix) + ("y" if suffix in {"ied", "ies"} else "")
            break
    return word[:_LONGEST]


def words(text: str) -> list[str]:
    """Every word of the text, in lower case; a sign of arithmetic is a word."""
    return _WORD.findall(text.lower())


def stems(text: str) -> set[str]:
    """The stems of the words that count."""
    return {stem(word) for word in set(words(text)) if word not in EMPTY}


def first_of(text: str, wanted: set[str]) -> int:
    """Where the first word with one of these stems begins; 0 if there is none."""
    found = (match.start() for match in _WORD.finditer(text) if stem(match[0]) in wanted)
    return next(found, 0)


def name_stems(name: str) -> set[str]:
    """The stems in an identifier: `get_weatherNow` has `weather` and `now`."""
    return {stem(word) for word in _NAME.findall(name) if word.lower() not in EMPTY}


def sentences(text: str) -> list[str]:
    """The sentences of a text; blank lines and list items end one too."""
    parts = (" ".join(part.split()) for part in _END.split(text))
    return [part for part in parts if part]


def closest(question: str, candidates: Iterable[str]) -> list[str]:
    """The one or two candidates that share most words with the question, at least one word."""
    wanted = stems(question)
    shared = {candidate: len(wanted & stems(candidate)) for candidate in candidates}
    most = max(shared.values(), default=0)
    return [candidate for candidate, count in shared.items() if most and count == most][:2]
