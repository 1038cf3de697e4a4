"""One text made from another: a standalone question, a summary, a title, keywords, questions."""

import json
import re
from collections.abc import Callable

from pollinations_sandbox.author.clues import Clues
from pollinations_sandbox.author.reading import Reading
from pollinations_sandbox.author.words import (
    closest,
    cut,
    first_cut,
    keywords,
    name_words,
    sentences,
    stems,
    topic,
)

_PRONOUN = re.compile(
    r"\b(?:it|its|he|his|him|she|her|they|their|them|that|this|there|those)\b", re.IGNORECASE
)
_LATELY = 20_000  # characters of a conversation
_SEAMS = 2  # a text between two rules
_FOLLOW_UPS = (
    "Follow Up Input:",
    "<Follow Up Message>",
    "Follow Up question:",
    "follow-up question:",
)


def rewrite(reading: Reading) -> str | None:
    """The text that the request wants made of another, or None if it wants something else."""
    shown = f"{reading.system[-4000:]}\n{reading.asked[:500]}\n{reading.asked[-4000:]}".rstrip()
    return next((skill(reading) for marks, skill in _SKILLS if marks.search(shown)), None)


def _standalone(reading: Reading) -> str:
    asked = first_cut(
        reading.asked,
        _FOLLOW_UPS,
        "\nStandalone question",
        "<Standalone question>",
        "\n  Standalone question",
    )
    told = first_cut(reading.asked, ("Chat History:", "<Chat History>"), *_FOLLOW_UPS)
    if asked is None:
        asked, told = reading.asked, "\n".join(said.text for said in reading.history)
    about = _subject((told or "")[-_LATELY:])
    if not about or not _PRONOUN.search(asked):
        return asked
    return _PRONOUN.sub(
        lambda match: f"{about}'s" if match[0].lower() in {"its", "his", "her", "their"} else about,
        asked,
        count=1,
    )


def _subject(told: str) -> str:
    """The name that a conversation speaks of: the one that stands in it most, else its topic."""
    names = [
        clue.value
        for clue in Clues(re.sub(r"(?m)^\s*\w+:\s", "", told)).names
        if len(clue.value) > 1
    ]
    if names:
        return max(names, key=lambda name: (names.count(name), -names.index(name)))
    return topic(told) if told else ""


def _sub_questions(reading: Reading) -> str:
    text = reading.asked
    listed = cut(text, "<Tools>", "<User Question>") or "{}"
    question = cut(text, "<User Question>", "<Output>") or text
    try:
        tools = json.loads(listed[listed.index("{") : listed.rindex("}") + 1])
    except ValueError:
        tools = {}
    described = {
        name: stems(f"{' '.join(name_words(name))} {said}") for name, said in tools.items()
    }
    fitting = [name for name, words in described.items() if words & stems(question)] or list(tools)
    items = [{"sub_question": question, "tool_name": name} for name in fitting]
    return f"```json\n{json.dumps({'items': items}, indent=4)}\n```"


def material(text: str) -> str:
    """The text to work on: between rules, quotation marks or labels, else all but the order."""
    pieces = re.split(r"^[ \t]*-{6,}[ \t]*$|-{20,}", text, flags=re.MULTILINE)
    if len(pieces) > _SEAMS:
        return pieces[1]
    for label in (
        "content of the section:",
        "Here is the context:",
        "Context:",
        "following text:",
        "text:",
        "following:",
    ):
        found = cut(
            text,
            label,
            "\nSummarize",
            "\nGiven the context",
            '\nSUMMARY:"""',
            "\nCONCISE SUMMARY",
            "\nSummary:",
        )
        if found:
            return found
    return re.sub(r"(?m)^.*(?:[Ss]ummar|SUMMARY).*$", "", text) or text


def _keywords(reading: Reading) -> str:
    text = reading.asked
    number = re.search(r"(?:up to|Give) (\d{1,3})", text)
    given = cut(text[: text.rfind("Give")], "") if "Give" in text else None
    pieces = re.split(r"-{20,}", text)
    found = keywords(
        pieces[1] if len(pieces) > _SEAMS else given or text, int(number[1]) if number else 5
    )
    return ("KEYWORDS: " if "KEYWORDS:" in text else "") + ", ".join(found)


def _summary(reading: Reading) -> str:
    text = reading.asked
    given = material(text)
    told = sentences(given)
    if not told:
        return f"This is about {topic(text)}."
    return " ".join(
        [told[0], *(one for one in closest(topic(given), told[1:], 1) if one != told[0])]
    )


def _questions(reading: Reading) -> str:
    text = reading.asked
    number = re.search(r"(\d{1,2})\s+questions", text)
    told = sentences(material(text))[: int(number[1]) if number else 3]
    return "\n".join(
        f"{at}. What does the text say about {topic(one)}?" for at, one in enumerate(told, 1)
    )


def _triplets(reading: Reading) -> str:
    text = reading.asked
    given = cut(text, "Text:", "\nTriplets:") or text
    lines = []
    for sentence in sentences(given)[:5]:
        found = re.match(
            r"(\w[\w \u2019']{0,60}?)\s(is|are|was|were|has|had|\w{2,30}ed|\w{2,30}s)\s(.{1,200})",
            sentence,
        )
        if found:
            lines.append(f"({found[1]}, {found[2]}, {found[3].rstrip('.')})")
    return "\n".join(lines)


def _query(reading: Reading) -> str:
    text = reading.asked
    """A plain SELECT of the columns that the question names."""
    question = cut(text, "Question:", "\nSQLQuery") or text
    table = re.search(r"[Tt]able (?:named: )?['\"`](\w+)['\"`]", text)
    columns = re.findall(
        r"\b(\w{1,60}) \((?:VARCHAR|INTEGER|TEXT|FLOAT|REAL|BOOLEAN|DATE|NUMERIC)", text
    )
    wanted = [
        name
        for name in dict.fromkeys(columns)
        if set(name_words(name)) & {w.lower() for w in re.findall(r"\w+", question)}
    ]
    order = next((name for name in columns if name in wanted), "")
    most = (
        f" ORDER BY {order} DESC LIMIT 1"
        if re.search(r"\b(?:most|highest|largest)\b", question) and order
        else ""
    )
    wished = ", ".join(wanted) or "*"
    return f"SELECT {wished} FROM {table[1] if table else 'data'}{most}"  # noqa: S608 - a text, never run here


def _title(reading: Reading) -> str:
    told = cut(reading.asked, "Context:") or reading.asked
    return " ".join(word.capitalize() for word in keywords(told, 4))


_SKILLS: tuple[tuple[re.Pattern[str], Callable[[Reading], str]], ...] = (
    (re.compile(r"standalone question", re.IGNORECASE), _standalone),
    (re.compile(r"list of relevant sub-questions"), _sub_questions),
    (re.compile(r"KEYWORDS: <keywords>|[Kk]eywords:$"), _keywords),
    (re.compile(r"[Tt]itle:$"), _title),
    (re.compile(r"Triplets:$"), _triplets),
    (re.compile(r"[Gg]enerate (?:only )?(?:\d+ )?questions"), _questions),
    (re.compile(r"SQLQuery:$"), _query),
    (
        re.compile(
            r"\b(?:[Ww]rite|[Gg]ive|[Pp]rovide|[Cc]reate)\b[^.\n]{0,60}\bsummary\b|\b[Ss]ummari[sz]e\b"
        ),
        _summary,
    ),
)
