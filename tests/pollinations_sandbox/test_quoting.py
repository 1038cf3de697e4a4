"""Answers from a context, as the frameworks send it."""

import pytest

from pollinations_sandbox.quoting import answer_from_context, quote, refine
from pollinations_sandbox.reading import Reading

FACTS = "Bees live in hives. Cats hunt mice."
PROMPTS = [
    "Use the following pieces of context to answer the question at the end. If you don't know the "
    f"answer, just say that you don't know.\n\n{FACTS}\n\nQuestion: Where do bees live?\n"
    "Helpful Answer:",
    "You are an assistant for question-answering tasks. Use the following pieces of retrieved "
    "context to answer the question.\nQuestion: Where do bees live? \n"
    f"Context: {FACTS} \nAnswer:",
    f"Answer the question based only on the following context:\n{FACTS}\n\n"
    "Question: Where do bees live?\n",
    f"Context information from multiple sources is below.\n---------------------\n{FACTS}\n"
    "---------------------\nGiven the information from multiple sources and not prior knowledge, "
    "answer the query.\nQuery: Where do bees live?\nAnswer: ",
]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_context_is_found_in_every_prompt(prompt: str) -> None:
    """And the sentence with the answer is quoted."""
    assert answer_from_context(Reading("", (), prompt)) == "Bees live in hives."


@pytest.mark.parametrize(
    "system",
    [
        "Use the given context to answer the question. Use three sentences maximum."
        f" Context: {FACTS}",
        "You are an assistant. Use the following pieces of retrieved context to answer.\n\n"
        + FACTS,
        "Use the context information below to assist the user.\n--------------------\n"
        f"{FACTS}\n--------------------\n",
    ],
)
def test_the_context_may_stand_in_the_system_message(system: str) -> None:
    """With the question in the message of the user."""
    said = answer_from_context(Reading(system, (), "Where do bees live?"))
    assert said == "Bees live in hives."


def test_without_a_context_there_is_no_quotation() -> None:
    """Other skills answer then."""
    assert answer_from_context(Reading("", (), "Where do bees live?")) is None


def test_a_context_that_does_not_help_is_called_so() -> None:
    """The model does not invent."""
    assert quote("Who won?", FACTS).startswith("I don't know")


def test_an_answer_is_refined_only_by_something_better() -> None:
    """Else it is repeated."""
    form = (
        "The original query is as follows: Where do bees live?\nWe have provided an existing "
        "answer: {answer}\nWe have the opportunity to refine the existing answer (only if needed) "
        "with some more context below.\n------------\n{context}\n------------\nRefined Answer: "
    )
    known = form.format(answer="Bees live in hives.", context="Cats hunt mice.")
    assert refine(Reading("", (), known)) == "Bees live in hives."
    unknown = form.format(answer="I don't know: nothing.", context=FACTS)
    assert refine(Reading("", (), unknown)) == "Bees live in hives."
    assert refine(Reading("", (), "Hello")) is None
