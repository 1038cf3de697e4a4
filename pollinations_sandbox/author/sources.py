"""An answer from numbered sources, with their numbers, where citations are wanted."""

import re
from collections.abc import Iterator

from pollinations_sandbox.author.reading import Reading
from pollinations_sandbox.author.words import closest, first_cut, sentences, stretches, topic

_WANTED = re.compile(r"\bcit(?:e|es|ing|ation|ations)\b", re.IGNORECASE)
_SOURCE = re.compile(r"^(?:Source (\d{1,4}):|\[(\d{1,4})\])[ \t]*", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*-{6,}[ \t]*$", re.MULTILINE)
_LABELLED = re.compile(r"\w{1,40}: ")


def cite(reading: Reading) -> str | None:
    """Quote numbered sources with their numbers; None if nobody asks for citations."""
    text = f"{reading.system}\n{reading.asked}"
    if not _WANTED.search(text):
        return None
    question = first_cut(reading.asked, ("Query:", "Question:"), "\nAnswer") or reading.asked
    numbers: dict[str, str] = {}
    for number, source in _sources(text, question):
        for sentence in sentences(source):
            numbers.setdefault(sentence, number)
    if not numbers:
        return None
    quoted = closest(question, [sentence for sentence in numbers if sentence[-1] != "?"])
    if not quoted:
        return f"I don't know: the sources say nothing about {topic(question)}."
    return " ".join(f"{sentence.rstrip('.')} [{numbers[sentence]}]." for sentence in quoted)


def _sources(text: str, question: str) -> Iterator[tuple[str, str]]:
    """Number and text of each source: between lines of dashes, before which an example stands."""
    pieces = _RULE.split(text)
    given = pieces[1] if len(pieces) > 2 else text.replace(question, "")  # noqa: PLR2004 - before, inside, behind
    found = list(_SOURCE.finditer(given))
    starts = [match.start() for match in found]
    for match, (_, end) in zip(found, stretches(starts, len(given)), strict=True):
        told = given[match.end() : end]
        yield match[1] or match[2], _before_labels(told) if end < len(given) else told


def _before_labels(text: str) -> str:
    """The text without its last lines of metadata, which are about what comes next."""
    lines = text.rstrip().split("\n")
    while lines and _LABELLED.match(lines[-1]):
        lines.pop()
    return "\n".join(lines)
