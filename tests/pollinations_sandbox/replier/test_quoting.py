"""A question about a context is answered by its sentences."""

from chats import chat
from tables import cases

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


@cases(__file__, "the_best_sentences_of_a_context_are_quoted")
def test_the_best_sentences_of_a_context_are_quoted(
    system: str, asked: str, quoted: str | None
) -> None:
    """As the templates of both frameworks put question and context."""
    assert quote(read(chat(asked, system=system))) == quoted
