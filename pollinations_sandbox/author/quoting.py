"""An answer from a given text: the sentences that share most words with the question."""

import re

from pollinations_sandbox.author.reading import Reading
from pollinations_sandbox.author.words import closest, coverage, cut, first_cut, sentences, topic

_UNKNOWN = "I don't know"
_RULE = re.compile(r"^[ \t]*-{6,}[ \t]*$", re.MULTILINE)
_QUESTION_MARKS = ("Query:", "Question:", "question for the user:", "following task:")
_ANSWER_MARKS = (
    "\nAnswer",
    "\nHelpful Answer",
    "\nContext:",
    "\nResponse:",
    "\nOriginal Answer",
    "\nAI:",
)
_CONTEXT_WORDS = (
    "context information",
    "pieces of context",
    "retrieved context",
    "following context",
    "provided context",
    "context below",
    "documents for the context",
    "based on the context",
    "based only on the following",
    "context:",
    "given the context",
    "<context>",
    "relevant documents",
    "relevant excerpts",
)
_METADATA = re.compile(
    r"^\s*(?:file_path|page_label|file_name|source|file_type|file_size|Sub question)\s?:.*$",
    re.MULTILINE,
)
_LEAD = re.compile(
    r"^\s*(?:You are|Use |Answer |Based |Given |If you|Always |Never |Some rules|\d\. )"
)


def answer_from_context(reading: Reading) -> str | None:
    """Quote the context that the request or the system gave; None if there is none."""
    asked = reading.asked
    if _has_context(asked):
        question, context = _question_and_context(asked)
        if context and question:
            return quote(question, context)
    if _has_context(reading.system):
        system = reading.system
        context = _inside_rules(system) or cut(system, "context:") or _without_orders(system)
        if context.strip():
            return quote(asked, context)
    return None


def question_of(reading: Reading) -> str:
    """The question itself, without the context that came with it."""
    return _question_and_context(reading.asked)[0] if _has_context(reading.asked) else reading.asked


def refine(reading: Reading) -> str | None:
    """Keep the existing answer, or add what a new context says better."""
    text = f"{reading.system}\n{reading.asked}" if "xisting" in reading.system else reading.asked
    low = text.lower()
    if "existing answer" not in low and "original answer" not in low:
        return None
    existing = first_cut(
        text,
        ("existing answer:", "Original Answer:"),
        "\nWe have the opp",
        "\nNew Answer",
        "\n  Instruction:",
        "\n---",
    )
    question = first_cut(
        text,
        ("original query is as follows:", "Original question:", "Query:", "task:"),
        "\nWe have prov",
        "\nOriginal Answer",
        "\nExisting",
    )
    context = _inside_rules(text) or first_cut(
        text, ("New Context:", "context:"), "\nQuery:", "\n  Existing Answer", "\nExisting Answer"
    )
    if existing is None or context is None:
        return None
    if existing.startswith(_UNKNOWN):
        return quote(question or reading.asked, context)
    better = closest(question or reading.asked, [*sentences(existing), *sentences(context)], 1)
    if better and better[0] not in existing and coverage(better[0], existing) < 0.8:  # noqa: PLR2004 - nearly said already
        return f"{existing} {better[0]}"
    return existing


def quote(question: str, context: str) -> str:
    """The sentence or two of `context` that answer `question` best."""
    found = passage(question, context)
    return found or f"{_UNKNOWN}: the context says nothing about {topic(question)}."


def passage(question: str, context: str) -> str | None:
    """The same; None if no sentence has a word of the question."""
    told = sentences(_METADATA.sub("", context.replace("\\n", "\n")))
    found = closest(question, [one.removeprefix("Response: ") for one in told if one[-1] != "?"])
    return " ".join(found) or None


def _has_context(text: str) -> bool:
    low = text.lower()
    return any(word in low for word in _CONTEXT_WORDS)


def _question_and_context(text: str) -> tuple[str, str]:
    question = first_cut(text, _QUESTION_MARKS, *_ANSWER_MARKS)
    context = _inside_rules(text)
    if context is None and question is not None:
        context = _without_question(text, question)
    if question is None:
        pieces = _RULE.split(text)
        question = pieces[-1].strip() if len(pieces) > 1 else sentences(text)[-1]
        context = context if context is not None else text.replace(question, "")
    return question, context or ""


def _inside_rules(text: str) -> str | None:
    """What stands between the first two lines of dashes."""
    pieces = _RULE.split(text)
    return pieces[1].strip() if len(pieces) > 2 else None  # noqa: PLR2004 - before, inside, behind


def _without_question(text: str, question: str) -> str:
    labelled = cut(text, "context:", "\nQuestion:", "\nQuery:", "\nAnswer:", "\nHelpful Answer")
    if labelled:
        return labelled
    place = text.rfind(question)
    return _without_orders(text[:place])


def _without_orders(text: str) -> str:
    """The paragraphs which do not tell the model what to do."""
    paragraphs = re.split(r"\n\s*\n", text)
    kept = [part for part in paragraphs if not (_LEAD.match(part) and _has_order(part))]
    if not kept:
        return text.partition(":")[2]
    return "\n".join(kept)


def _has_order(paragraph: str) -> bool:
    low = paragraph.lower()
    return "answer" in low or "assistant" in low or "context" in low
