"""The answer in plain words: results, the best sentences of a context, a greeting, or a mark."""

import re
from typing import Final

from pollinations_sandbox.replier.reading import Request
from pollinations_sandbox.replier.words import closest, sentences, words

GREETING: Final = re.compile(
    r"\W{0,3}(?:hello|hi|hey|good (?:morning|afternoon|evening)|thanks|thank you)\b", re.IGNORECASE
)
_GREETING_WORDS: Final = 4
_SHOWN: Final = 1_000  # characters of a question
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


def say(request: Request) -> str:
    """Answer in plain words."""
    if request.results:
        return "\n".join(f"{result.tool} returned: {result.text}" for result in request.results)
    quoted = quote(request)
    if quoted is not None and not request.media:
        return quoted
    if GREETING.match(request.question) and len(words(request.question)) <= _GREETING_WORDS:
        return "Hello! This is the Pollinations sandbox: no model is connected."
    sent = f" You sent: {', '.join(map(str, request.media))}." if request.media else ""
    return f"[sandbox] No model is connected. You asked: {request.question.strip()[:_SHOWN]}{sent}"


def quote(request: Request) -> str | None:
    """Quote the context of the prompt; None if there is none.

    The context stands between two lines of dashes, or behind `Context:`, or behind other words such
    as "the following context". The question stands behind `Query:` or `Question:`, or is the last
    line.
    """
    texts = (request.question, request.system)
    marks = [mark for mark in map(_MARKED.search, texts) if mark]
    if not marks:
        return None
    text = marks[0].string
    labels = _QUESTION.findall(request.question)
    question = labels[-1].strip() if labels else request.question.strip().rpartition("\n")[2]
    pieces = _RULE.split(text)
    if len(pieces) >= _INSIDE:
        context = "\n".join(pieces[1:-1])
    else:
        mark = _LABEL.search(text) or marks[0]
        context = _END.split(text[mark.end() :])[0]
    existing = " ".join(_EXISTING.findall(request.question))
    found = " ".join(closest(question, sentences(f"{existing}\n\n{context}")))
    missing = f"[sandbox] No sentence of the context shares a word with: {question}"
    return found or existing or missing
