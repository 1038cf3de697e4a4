"""Citations, as LlamaIndex and people ask for them."""

import pytest

from pollinations_sandbox.author.reading import Reading
from pollinations_sandbox.author.sources import cite

WITH_SOURCES = """Please provide an answer based solely on the provided sources. Cite the \
appropriate source(s) using their corresponding numbers. For example:
Source 1:
The sky is red in the evening.
Query: When is the sky red?
Answer: In the evening [1].
Now it's your turn. Below are several numbered sources of information:
------
page: cats

Source 1:
# Cats
Cats hunt mice.

page: bees

Source 2:
# Bees
Bees live in hives.
------
Query: {question}
Answer: """
WITH_BRACKETS = """Answer from these notes and cite them by number.

[1] Cats hunt mice.

[2] Bees live in hives.

Question: {question}"""


@pytest.mark.parametrize("prompt", [WITH_SOURCES, WITH_BRACKETS])
def test_sources_are_quoted_with_their_numbers(prompt: str) -> None:
    """The example of how to cite is no source, nor is what is known of the next one."""
    asked = prompt.format(question="Where do bees live?")
    assert cite(Reading("", (), asked)) == "Bees live in hives [2]."

    unknown = cite(Reading("", (), prompt.format(question="Who won?")))
    assert unknown is not None
    assert unknown.startswith("I don't know")


def test_nothing_is_cited_unasked() -> None:
    """Numbered notes alone are no reason, nor is the word without sources."""
    assert cite(Reading("", (), "[1] Bees live in hives. Where do they live?")) is None
    assert cite(Reading("", (), "Please cite a poem.")) is None
