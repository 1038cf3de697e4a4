"""Verdicts and choices: yes or no, a score, the better of two, the numbers that fit a question."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pollinations_sandbox.author.reading import Reading
from pollinations_sandbox.author.words import coverage, cut, first_cut, stems, stretches, topic

_ENOUGH = 0.6
_CHOICE = re.compile(r"^\((\d{1,4})\)\s", re.MULTILINE)
_DOCUMENT = re.compile(r"^Document (\d{1,4}):\s*", re.MULTILINE)


def verdict(reading: Reading) -> str | None:
    """The answer to a prompt that wants to be told how good something is."""
    everything = f"{reading.system}\n{reading.asked}"
    return next((skill(reading) for marks, skill in _SKILLS if marks.search(everything)), None)


def hints(reading: Reading) -> Mapping[str, Any]:
    """Values for fields of a form that the request itself decides: the choice and its reason."""
    asked = reading.asked
    if "Some choices are given below" in asked:
        chosen = choices(asked)
        reason = f"It speaks of {topic(_asked_about(asked))}."
        selections = [{"index": number, "reason": reason} for number in chosen]
        return {"index": chosen[0], "choice": chosen[0], "selections": selections, "reason": reason}
    if "A list of documents is shown below" in asked:
        ranked = relevances(asked)
        return {
            "documents": [
                {"document_number": number, "relevance": grade} for number, grade in ranked
            ]
        }
    return {}


def choices(text: str) -> list[int]:
    """The numbered choices that share most with the question, at least one."""
    question = _asked_about(text)
    listed = _numbered(_CHOICE, text)
    scores = {number: len(stems(question) & stems(said)) for number, said in listed}
    best = max(scores.values(), default=0)
    if not best:
        return [listed[0][0]] if listed else [1]
    several = re.search(r"no more than (\d{1,4})", text)
    if several is None:
        return [number for number, score in scores.items() if score == best][:1]
    ranked = sorted(scores, key=lambda number: (-scores[number], number))
    return [number for number in ranked if scores[number] * 2 >= best][: max(1, int(several[1]))]


def relevances(text: str) -> list[tuple[int, int]]:
    """Documents that share words with the question, with a grade from 1 to 10, the best first."""
    question = cut(text, "Question:", "\nAnswer") or text
    listed = _numbered(_DOCUMENT, text)
    graded = [(number, round(10 * coverage(question, said))) for number, said in listed]
    found = sorted(((n, max(1, g)) for n, g in graded if g), key=lambda pair: (-pair[1], pair[0]))
    return found or [(number, 1) for number, _ in listed[:1]]


def _chosen(reading: Reading) -> str:
    numbers = ", ".join(map(str, choices(reading.asked)))
    return f"ANSWER: {numbers}\nIt speaks of {topic(_asked_about(reading.asked))}."


def _graded(reading: Reading) -> str:
    ranked = relevances(reading.asked.partition("Let's try this now")[2])
    return "\n".join(f"Doc: {number}, Relevance: {grade}" for number, grade in ranked)


def _numbered(pattern: re.Pattern[str], text: str) -> list[tuple[int, str]]:
    found = {match.start(): match for match in pattern.finditer(text)}
    return [
        (int(found[start][1]), re.split(r"\n-{6,}|\nQuestion:", text[found[start].end() : end])[0])
        for start, end in stretches(list(found), len(text))
    ]


def _asked_about(text: str) -> str:
    match = re.search(r"question: '(.{0,4000}?)'\s*(?:\n|$)", text, re.DOTALL)
    return match[1] if match else text[-500:]


def _yes_or_no(reading: Reading) -> str:
    text = reading.asked
    existing = cut(text, "existing YES/NO answer:", "\n") or ""
    if existing.strip().upper().startswith("YES"):
        return "YES"
    claim = first_cut(
        text,
        (
            "Information:",
            "Query and Response:",
            "is in line with the context information:",
            "context information:",
        ),
        "\nContext:",
        "\nWe have provided",
        "\n```",
    )
    pieces = re.split(r"^-{6,}$", text, flags=re.MULTILINE)
    context = pieces[1] if len(pieces) > 1 else cut(text, "Context:", "\nAnswer:")
    if not claim or not context:
        return "NO"
    said = cut(claim, "Response:") or claim
    return "YES" if coverage(said, context) >= _ENOUGH else "NO"


def _score(reading: Reading) -> str:
    text = reading.asked
    reference = cut(text, "## Reference Answer", "## Generated Answer") or ""
    generated = cut(text, "## Generated Answer") or ""
    query = cut(text, "## User Query", "## Reference Answer") or ""
    against = query if reference in {"", "(NO REFERENCE ANSWER SUPPLIED)"} else reference
    agreement = min(coverage(against, generated), coverage(generated, f"{against} {query}"))
    score = 1.0 + round(8 * agreement) / 2
    return f"{score:.1f}\nThe generated answer shares {agreement:.0%} of the words that matter."


def _better(reading: Reading) -> str:
    text = reading.asked
    question = cut(text, "[User Question]", "[The Start") or text
    reference = cut(text, "[The Start of Reference]", "[The End") or ""
    grades = [coverage(f"{question} {reference}", _answer_of(text, name)) for name in "AB"]
    mark = "C" if grades[0] == grades[1] else "AB"[grades[1] > grades[0]]
    return f"A covers {grades[0]:.0%} of the question, B {grades[1]:.0%}. [[{mark}]]"


def _answer_of(text: str, name: str) -> str:
    match = re.search(
        rf"\[The Start of Assistant {name}.s Answer\](.{{0,20000}}?)\[The End", text, re.DOTALL
    )
    return match[1] if match else ""


def _result(reading: Reading) -> str:
    text = reading.asked
    query = cut(text, "Query:", "\nResponse:", "\nContext:") or ""
    said = first_cut(text, ("\nResponse:", "\nContext:"), "\nFeedback:") or ""
    share = coverage(query, said)
    best = 4 if "2 points" in text else 2
    score = best if share >= 0.5 else round(best * share)  # noqa: PLR2004 - half of the words are there
    return f"The text covers {share:.0%} of the words of the query. [RESULT] {score}"


def _ranking(reading: Reading) -> str:
    query = cut(reading.asked, "Search Query:", ". \nRank") or reading.asked
    listed = [
        (int(match[1]), match[2])
        for said in reading.history
        if (match := re.match(r"\[(\d{1,3})\]\s(.*)", said.text, re.DOTALL))
    ]
    ranked = sorted(listed, key=lambda pair: (-coverage(query, pair[1]), pair[0]))
    return " > ".join(f"[{number}]" for number, _ in ranked) or "[1]"


_SKILLS: tuple[tuple[re.Pattern[str], Callable[[Reading], str]], ...] = (
    (re.compile(r"YES/NO|YES or NO|YES/ NO|answer NO\.", re.IGNORECASE), _yes_or_no),
    (re.compile(r"## Generated Answer"), _score),
    (re.compile(r"\[\[A\]\]"), _better),
    (re.compile(r"\[RESULT\]"), _result),
    (re.compile(r"in the following format: 'ANSWER: "), _chosen),
    (re.compile(r"Doc: 9, Relevance: 7"), _graded),
    (re.compile(r"\[\] > \[\]"), _ranking),
)
