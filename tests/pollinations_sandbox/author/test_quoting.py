"""Answers from a context, as the frameworks send it."""

import pytest

from pollinations_sandbox.author.quoting import answer_from_context, quote, refine
from pollinations_sandbox.author.reading import Reading

FACTS = "Bees live in hives. Cats hunt mice."
AT_THE_END = f"""Use the following pieces of context to answer the question at the end. If you \
don't know the answer, just say that you don't know.

{FACTS}

Question: Where do bees live?
Helpful Answer:"""
RETRIEVED = f"""You are an assistant for question-answering tasks. Use the following pieces of \
retrieved context to answer the question.
Question: Where do bees live? 
Context: {FACTS} 
Answer:"""  # noqa: W291 - the prompt has these spaces
BASED_ONLY = f"""Answer the question based only on the following context:
{FACTS}

Question: Where do bees live?
"""
INSIDE_RULES = f"""Context information from multiple sources is below.
---------------------
{FACTS}
---------------------
Given the information from multiple sources and not prior knowledge, answer the query.
Query: Where do bees live?
Answer: """
SYSTEM_LABEL = f"Use the given context to answer the question. Be brief. Context: {FACTS}"
SYSTEM_PARAGRAPH = f"You are an assistant. Use the following context to answer.\n\n{FACTS}"
SYSTEM_RULES = f"""Use the context information below to assist the user.
--------------------
{FACTS}
--------------------
"""


@pytest.mark.parametrize("prompt", [AT_THE_END, RETRIEVED, BASED_ONLY, INSIDE_RULES])
def test_the_context_is_found_in_every_prompt(prompt: str) -> None:
    """And the sentence with the answer is quoted."""
    assert answer_from_context(Reading("", (), prompt)) == "Bees live in hives."


@pytest.mark.parametrize("system", [SYSTEM_LABEL, SYSTEM_PARAGRAPH, SYSTEM_RULES])
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
