"""Words and sentences: what two texts share, and what a text is about. Linear in length."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pollinations_sandbox.author.vocabulary import ALIKE, EMPTY

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:['\u2019][^\W_]+)?|[+*/\xd7\xf7]"
)
# A long line without an end, and one that goes on in lower case, are one sentence.
_WRAPPED = re.compile(r"(?<=[^\n]{50}[\w,;`)])\n[ ]{0,4}(?=[a-z`(])")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_LETTER = re.compile(r"[^\W_]")
_CAMEL = re.compile(r"[^\W\d_a-z]+(?![a-z])|[^\W\d_]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")

_SUFFIXES = ("ingly", "edly", "ing", "ied", "ies", "ed", "es", "ly", "s", "e")


_PRONOUN = re.compile(r"(?:it|its|he|his|she|her|they|their|this|these|that)\b", re.IGNORECASE)
_NEARLY = 0.75
_ABOUT = re.compile(r"\babout\s+([^.,;:?!\n]{1,80})", re.IGNORECASE)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The word without its ending, so that `works` and `working` are one."""
    word = word.lower().replace("\u2019", "'").removesuffix("'s")
    if word in ALIKE:
        return ALIKE[word]
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) > 2 and not word.endswith("ss"):  # noqa: PLR2004 - a stem has three letters
            word = word.removesuffix(suffix) + ("y" if suffix in {"ied", "ies"} else "")
            break
    return ALIKE.get(word, word)


def words(text: str) -> list[str]:
    """Every word of `text` as it stands there."""
    return _WORD.findall(text)


def stems(text: str) -> set[str]:
    """The stems of the words that mean something."""
    return {stem(word) for word in set(_WORD.findall(text.lower())) if word not in EMPTY}


def name_words(name: str) -> list[str]:
    """The words that an identifier is made of: `get_weatherNow` has `get`, `weather`, `now`."""
    return [word.lower() for word in _CAMEL.findall(name)]


def sentences(text: str) -> list[str]:
    """The sentences of `text`; a line break ends one, unless the line was only wrapped."""
    text = _WRAPPED.sub(" ", text)
    return [
        part for raw in _SENTENCE_END.split(text) if (part := raw.strip()) and _LETTER.search(part)
    ]


def coverage(part: str, whole: str) -> float:
    """The share, from 0 to 1, of the meaningful words of `part` which stand in `whole`."""
    wanted = stems(part)
    return len(wanted & stems(whole)) / len(wanted) if wanted else 0.0


def closest(question: str, candidates: Iterable[str], most: int = 2) -> list[str]:
    """The candidates that share most with the question, in their order; rare words count more.

    A sentence that begins with a pronoun also has the words of the sentence before it.

    Args:
        question: What the candidates are compared with.
        candidates: The sentences, in the order of their text.
        most: How many may be returned.
    """
    listed = list(dict.fromkeys(candidates))
    wanted = stems(question)
    found: list[set[str]] = []
    for at, candidate in enumerate(listed):
        shared = wanted & stems(candidate)
        found.append(shared | found[-1] if at and _PRONOUN.match(candidate) else shared)
    frequency = Counter(word for shared in found for word in shared)
    scores = [sum(1 / frequency[word] ** 0.5 for word in shared) for shared in found]
    best = max(scores, default=0.0)
    if not best:
        return []
    ranked = sorted(range(len(listed)), key=lambda index: (-scores[index], index))
    kept = [index for index in ranked[:most] if scores[index] >= _NEARLY * best]
    return [listed[index] for index in sorted(kept)]


def stretches(starts: Sequence[int], end: int) -> list[tuple[int, int]]:
    """From each start to the next one, and from the last to the end."""
    return list(zip(starts, [*starts[1:], end], strict=True)) if starts else []


def keywords(text: str, most: int = 5) -> list[str]:
    """The words that `text` is about, the most frequent first."""
    seen: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for word in words(text):
        if word.lower() not in EMPTY and len(word) > 1 and not word.isdigit():
            root = stem(word)
            seen.setdefault(root, word)
            counts[root] += 1
    return [seen[root] for root, _ in counts.most_common(most)]


def topic(text: str) -> str:
    """A few words that say what `text` is about, in its own order."""
    text = text[:2000]
    about = _ABOUT.search(text)
    chosen = keywords(about[1], 4) if about else []
    return " ".join(chosen or keywords(text, 4)) or "that"


def cut(text: str, start: str, *ends: str) -> str | None:
    """What stands behind the last `start`, up to the first of `ends`; None if there is no `start`.

    Letter case counts for nothing.
    """
    low = text.lower()
    begin = low.rfind(start.lower())
    if begin < 0 or len(low) != len(text):
        return None
    begin += len(start)
    stops = [place for end in ends if (place := low.find(end.lower(), begin)) >= 0]
    return text[begin : min(stops, default=len(text))].strip()


def first_cut(text: str, starts: Iterable[str], *ends: str) -> str | None:
    """`cut` at the first of `starts` that the text has and that something follows."""
    return next((found for start in starts if (found := cut(text, start, *ends))), None)
