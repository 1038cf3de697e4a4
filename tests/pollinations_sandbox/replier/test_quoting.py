"""A question about a context is answered by its sentences."""

from chats import chat
from tables import cases

from pollinations_sandbox.replier.quoting import quote
from pollinations_sandbox.replier.reading import read


@cases(__file__, "the_best_sentences_of_a_context_are_quoted")
def test_the_best_sentences_of_a_context_are_quoted(
    system: str, asked: str, quoted: str | None
) -> None:
    """As the templates of both frameworks put question and context."""
    assert quote(read(chat(asked, system=system))) == quoted
