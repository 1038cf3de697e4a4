"""A question about a context is answered by its sentences."""

import pytest
from chats import chat

from pollinations_sandbox.replier.quoting import quote
from pollinations_sandbox.replier.reading import read

FACTS = "Drills cost 5 euros a day.\nA saw is free. Deposits are 20 euros for drills."
RULES = "---------------------"
QA = f"Context information is below.\n{RULES}\n{FACTS}\n{RULES}\nAnswer the query.\nQuery: {{}}\nAnswer: "  # noqa: E501 - the framework's own
REFINE = (
    "The original query is as follows: {}\nWe have provided an existing answer: A saw is free.\n"
    "some more context below.\n------------\n{}\n------------\nRefined Answer: "
)
HUB = f"Use the following pieces of retrieved context to answer the question. \nQuestion: {{}} \nContext: {FACTS} \nAnswer:"  # noqa: E501 - the framework's own


@pytest.mark.parametrize(
    ("system", "asked", "quoted"),
    [
        ("", QA.format("Is a saw free?"), "A saw is free."),
        ("", HUB.format("Is a saw free?"), "A saw is free."),
        (f"Context:\n{FACTS}\nIn this context: none.", "Is a saw free?", "A saw is free."),
        (f"Answer from the context only.\n\nContext:\n{FACTS}", "Is a saw free?", "A saw is free."),
        (
            f"Use the following context:\n{FACTS}",
            "What are deposits?",
            "Deposits are 20 euros for drills.",
        ),
        (
            f"<context>\n{FACTS}\n</context>",
            "What do drills cost a day?",
            "Drills cost 5 euros a day.",
        ),
        ("", REFINE.format("Is a saw free?", "Bees fly."), "A saw is free."),
        ("", REFINE.format("Do bees fly?", "Bees fly. Cats sleep."), "Bees fly."),
        ("", QA.format("Who?"), "[sandbox] No sentence of the context shares a word with: Who?"),
        ("", "In which context is that used?", None),
        ("Be brief.", "Is a saw free?", None),
    ],
)
def test_the_best_sentences_of_a_context_are_quoted(
    system: str, asked: str, quoted: str | None
) -> None:
    """As the templates of both frameworks put question and context."""
    assert quote(read(chat(asked, system=system))) == quoted
