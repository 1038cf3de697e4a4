"""Sources."""

from pollinations_sandbox.answer import Answer, Usage
from pollinations_sandbox.author.citing import cited

SAID = Answer("Bees fly.", Usage(1, 1))


def test_searching_models_name_their_sources() -> None:
    """The same for the same question."""
    answer = cited(SAID, "Where do bees live?", model="perplexity-fast")
    assert answer.text == "Bees fly. [1]"
    assert answer.citations[0] == "https://example.org/bees-live"
    assert [found["url"] for found in answer.search_results] == list(answer.citations)
    assert cited(SAID, "x", model="gemini-search").citations


def test_other_models_have_none() -> None:
    """They do not search."""
    assert cited(SAID, "x", model="openai") == SAID


def test_json_stays_json() -> None:
    """A note behind it would break it."""
    said = Answer('{"a": 1}', Usage(1, 1))
    assert cited(said, "x", model="perplexity-fast").text == '{"a": 1}'
