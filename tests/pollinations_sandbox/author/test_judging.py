"""Verdicts in the form that evaluators parse."""

import re

import pytest

from pollinations_sandbox.author.judging import choices, hints, relevances, verdict
from pollinations_sandbox.author.reading import Reading, Said

CHOICES = (
    "Some choices are given below.\n---------------------\n(1) about bees\n\n(2) about towers\n\n"
    "(3) about towers of Paris\n---------------------\nreturn the top choices (no more than 2) "
    "for the question: 'How tall are towers of Paris?'\n"
)


def judged(asked: str, system: str = "") -> str:
    said = verdict(Reading(system, (), asked))
    assert said is not None
    return said


@pytest.mark.parametrize(
    ("claim", "answer"), [("Bees live in hives.", "YES"), ("Bananas grow on Mars.", "NO")]
)
def test_a_claim_is_supported_or_not(claim: str, answer: str) -> None:
    """By the words it shares with the context."""
    asked = (
        "Please tell if a given piece of information is supported by the context.\nYou need to "
        f"answer with either YES or NO.\nInformation: {claim}\nContext: All bees live in hives."
        "\nAnswer: "
    )
    assert judged(asked) == answer


def test_a_yes_stays_a_yes() -> None:
    """When more context comes."""
    asked = "We have provided an existing YES/NO answer: YES\nOtherwise answer NO."
    assert judged(asked) == "YES"


def test_a_score_stands_on_a_line_of_its_own() -> None:
    """From one to five, with the reason behind it."""
    form = "## User Query\nq\n\n## Reference Answer\nred cats\n\n## Generated Answer\n{}\n"
    assert judged(form.format("red cats")).splitlines()[0] == "5.0"
    assert judged(form.format("blue dogs")).splitlines()[0] == "1.0"


def test_the_better_of_two_is_named() -> None:
    """Or a tie."""
    form = (
        "[User Question]\nWhere do bees live?\n\n[The Start of Assistant A\u2019s Answer]\n{}\n"
        "[The End of Assistant A\u2019s Answer]\n\n[The Start of Assistant B\u2019s Answer]\n{}\n"
        "[The End of Assistant B\u2019s Answer]"
    )
    system = "output '[[A]]' or '[[B]]' or '[[C]]'"
    assert judged(form.format("Bees live here", "soup"), system).endswith("[[A]]")
    assert judged(form.format("soup", "Bees live here"), system).endswith("[[B]]")
    assert judged(form.format("soup", "soup"), system).endswith("[[C]]")


def test_a_result_ends_with_its_number() -> None:
    """As the pattern of the evaluators wants it."""
    asked = "format: '[RESULT] followed by'\nQuery: \n red cats\nResponse: \n red cats\nFeedback:"
    assert re.search(r"\[RESULT\] 2$", judged(asked))


def test_choices_are_those_that_share_words_with_the_question() -> None:
    """The best first, no more than allowed."""
    assert choices(CHOICES) == [3, 2]
    assert hints(Reading("", (), CHOICES))["index"] == 3
    assert judged(f"{CHOICES}Provide choice in the following format: 'ANSWER: <number>'") == (
        "ANSWER: 3, 2\nIt speaks of tall towers Paris."
    )


def test_documents_are_graded() -> None:
    """Those without a common word are left out."""
    asked = (
        "A list of documents is shown below. Doc: 9, Relevance: 7\nLet's try this now: \n\n"
        "Document 1:\nbees and hives\n\nDocument 2:\ntowers\n\nQuestion: bees\nAnswer:\n"
    )
    assert judged(asked) == "Doc: 1, Relevance: 10"
    assert relevances(asked) == [(1, 10)]
    assert hints(Reading("", (), asked)) == {"documents": [{"document_number": 1, "relevance": 10}]}


def test_passages_are_ranked() -> None:
    """From messages of their own."""
    history = (Said("user", "[1] soup"), Said("user", "[2] bees in hives"))
    asked = "Search Query: bees. \nRank the 2 passages above. The format should be [] > []"
    assert verdict(Reading("", history, asked)) == "[2] > [1]"


def test_a_question_wants_no_verdict() -> None:
    """Other skills answer it."""
    assert verdict(Reading("", (), "Where do bees live?")) is None
    assert hints(Reading("", (), "Where do bees live?")) == {}
