"""Talk without a context: greetings, sums, words to repeat, facts to remember, small replies."""

import ast
import operator
import re
from collections.abc import Callable

from pollinations_sandbox.author.reading import Reading
from pollinations_sandbox.author.words import topic

_GREETING = re.compile(
    r"^\s*(?:hello|hi|hey|good (?:morning|evening|afternoon)|greetings|hallo|bonjour|hola)\b",
    re.IGNORECASE,
)
_HOW = re.compile(r"\bhow are you\b", re.IGNORECASE)
_WHO = re.compile(r"\b(?:who|what(?: model)?) are you\b", re.IGNORECASE)
_THANKS = re.compile(r"^\s*(?:thanks|thank you|well, thanks)\b", re.IGNORECASE)
_SAY = re.compile(
    r"(?:^|[.!?:,\n]\s{0,4}|\b(?:please|just|only|you|to|must|and)\s)"
    r"(?:say|repeat|echo|write|reply|respond|answer|output|return|print)\b"
    r"(?: back| after me| this| only| just| exactly| simply| with| the| in| single| one| words?\b"
    r"| phrase| text| following| verbatim| sentence){0,8}\s{0,2}[:,]?\s{0,2}"
    r"(?P<what>\"[^\"\n]{1,4000}\"|'[^'\n]{1,4000}'|“[^”\n]{1,4000}”|`[^`\n]{1,4000}`"
    r"|[^\n]{1,4000})",
    re.IGNORECASE,
)
_MARKED = re.compile(
    r"\b(?:say|repeat|echo|exactly|only|single word|one word|verbatim|after me)\b", re.IGNORECASE
)
_TOLD_NAME = re.compile(
    r"\b(?:[Mm]y name is|[Ii] am called|[Cc]all me|[Ii]'m|[Ii] am)\s+"
    r"([^\W\d_a-z][\w'\u2019-]{0,60})"
)
_TOLD_FACT = re.compile(r"\bmy ([\w ]{1,60}?) (?:is|are) ([^.!?\n,]{1,200})", re.IGNORECASE)
_SUM = re.compile(r"[-+]?[\d(][\d\s.()+\-*/\xd7\xf7^%xX]{0,200}[\d)]")
_WORDS = (
    (r"\btimes\b|\bmultiplied by\b|\xd7|(?<=[\d)])\s*[xX]\s*(?=[\d(])", "*"),
    (r"\bplus\b|\badded to\b", "+"),
    (r"\bminus\b", "-"),
    (r"\bdivided by\b|\xf7", "/"),
    (r"\bto the power of\b|\^", "**"),
)
_OPERATORS: dict[type, Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_LARGEST = 10.0**15
_SUM_WITHIN = 400  # characters: a sum stands in a short request


def talk(reading: Reading, seed: int = 0) -> str:
    """A short reply to the request."""
    asked = reading.asked.strip()
    for skill in (_obeyed, _remembered, _courtesy, _sum_in):
        said = skill(reading, asked)
        if said is not None:
            return said
    phrases = (
        "Here is a short answer about {topic}: the sandbox knows no more of it than you said.",
        "About {topic}: this is the sandbox speaking, so this is all there is to say.",
        "You asked about {topic}. The sandbox answers without a real model behind it.",
    )
    return phrases[seed % len(phrases)].format(topic=topic(asked))


def arithmetic(text: str) -> str | None:
    """The value of the first sum in `text`, as a person writes it."""
    written = expression_in(text)
    if written is None:
        return None
    value = value_of(ast.parse(written, mode="eval").body)
    return f"{value:.10g}" if abs(value) < _LARGEST else str(value)


def expression_in(text: str) -> str | None:
    """The first sum in `text` that has a value, spelled as Python spells it."""
    text = text[:_SUM_WITHIN]
    for pattern, sign in _WORDS:
        text = re.sub(pattern, sign, text, flags=re.IGNORECASE)
    for match in _SUM.finditer(text):
        written = re.sub(r"(?<![\d.])0+(?=\d)", "", match[0].strip())
        if re.search(r"\d\s*[-+*/%(]", written) and not re.fullmatch(r"[\d-]{8,}", written):
            try:
                value_of(ast.parse(written, mode="eval").body)
            except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
                continue
            return written
    return None


def value_of(node: ast.expr) -> float:
    """The value of a sum.

    Raises:
        ValueError: It is no sum, or its powers are too large.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](value_of(node.operand))
    if isinstance(node, ast.BinOp):
        left, right = value_of(node.left), value_of(node.right)
        small = abs(left) < 1000 and 0 <= right <= 64  # noqa: PLR2004 - powers that stay small
        if type(node.op) in _OPERATORS and (small or not isinstance(node.op, ast.Pow)):
            return _OPERATORS[type(node.op)](left, right)
    raise ValueError("no sum")


def _obeyed(_: Reading, asked: str) -> str | None:
    """What the user wants to hear word for word."""
    if not _MARKED.search(asked[:2000]):
        return None
    match = _SAY.search(asked[:8000])
    if match is None:
        return None
    what = match["what"].strip()
    if what[:1] in "\"'“`" and what[-1:] in "\"'”`":
        return what[1:-1]
    if (
        "word" in match[0][: match.start("what") - match.start()].lower()
        or "only" in match[0].lower()[:40]
    ):
        return re.split(r"[.!?]?\s(?:and|if|when|nothing)\b|[.!?](?:\s|$)", what, maxsplit=1)[
            0
        ].strip(" \"'")
    return re.split(r",? and nothing else\b|(?<=[.!?])\s", what, maxsplit=1)[0].removesuffix(".")


def _remembered(reading: Reading, asked: str) -> str | None:
    """What the user told earlier about themselves."""
    question = re.search(
        r"\bwhat(?:'s| is| was|\u2019s) my ([\w ]{1,60})|\bwho am i\b", asked, re.IGNORECASE
    )
    if question is None:
        told = _TOLD_NAME.search(asked) if len(asked) < 200 and "?" not in asked else None  # noqa: PLR2004 - a short introduction
        return f"Nice to meet you, {told[1]}!" if told else None
    about = (question[1] or "name").strip().lower()
    for said in reversed(
        [Said.text for Said in reading.history if Said.role == "user"] + [reading.system]
    ):
        name = _TOLD_NAME.search(said)
        if about == "name" and name:
            return f"Your name is {name[1]}."
        for fact in _TOLD_FACT.finditer(said):
            if fact[1].strip().lower() == about:
                return f"Your {about} is {fact[2].strip()}."
    return f"You have not told me your {about} yet."


def _courtesy(_: Reading, asked: str) -> str | None:
    if _HOW.search(asked[:200]):
        return "I am fine, thank you. How can I help you?"
    if _WHO.search(asked[:200]):
        return "I am the sandbox: a small program that answers in the place of a language model."
    if _THANKS.match(asked):
        return "You are welcome. Is there anything else?"
    if _GREETING.match(asked) and len(asked.split()) < 6:  # noqa: PLR2004 - a greeting and no more
        return "Hello! How can I help you today?"
    return None


def _sum_in(_: Reading, asked: str) -> str | None:
    value = arithmetic(asked)
    return None if value is None else f"The result is {value}."
