"""An answer from a given context: the sentences that share most words with the question."""

import re
from typing import Final

from pollinations_sandbox.replier.reading import Request
from pollinations_sandbox.replier.words import closest, sentences

_MARKED: Final = re.compile(
    r"\bcontext\b[^\n]{0,60}:|\bcontext (?:information )?(?:\w+ ){0,5}below|<context>"
    r"|\bfollowing (?:\w+ ){0,3}context\b|\b(?:given|new) context\b",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(r"^[ \t]{0,9}(?:context:|<context>)", re.IGNORECASE | re.MULTILINE)
_RULE: Final = re.compile(r"^[ \t]{0,9}-{6,}[ \t]{0,9}$", re.MULTILINE)
_QUESTION: Final = re.compile(
    r"^[^\n:]{0,40}\b(?:query|question)(?: is as follows)?:[ \t]{0,9}\n?([^\n]{1,4000})",
    re.IGNORECASE | re.MULTILINE,
)
_END: Final = re.compile(
    r"\n\s{0,9}(?:query|question|answer|helpful answer|response|</context>)\b", re.IGNORECASE
)
_EXISTING: Final = re.compile(r"\b(?:existing|original) answer: ?([^\n]{1,4000})", re.IGNORECASE)
_INSIDE: Final = 3  # pieces around two rules: before, inside, behind


def quote(request: Request) -> str | None:
    """Quote the context of the prompt; None if there is none.

    The context stands between two lines of dashes, or behind `Context:`, or behind other words such
    as "the following context". The question stands behind `Query:` or `Question:`, or is the last
    line.
    """
    place = next((text for text in (request.asked, request.system) if _MARKED.search(text)), None)
    if place is None:
        return None
    labels = _QUESTION.findall(request.asked)
    question = labels[-1].strip() if labels else request.asked.strip().rpartition("\n")[2]
    pieces = _RULE.split(place)
    if len(pieces) >= _INSIDE:
        context = "\n".join(pieces[1:-1])
    else:
        label = _LABEL.search(place) or _MARKED.search(place)
        context = _END.split(place[label.end() if label else 0 :])[0]
    existing = [
        sentence for text in _EXISTING.findall(request.asked) for sentence in sentences(text)
    ]
    found = closest(question, [*existing, *sentences(context)])
    if not found and existing:
        found = existing
    return " ".join(found) or f"[sandbox] No sentence of the context shares a word with: {question}"
