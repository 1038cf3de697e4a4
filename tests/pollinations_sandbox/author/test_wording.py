"""Texts for the fields of a form."""

from pollinations_sandbox.author.clues import Clues
from pollinations_sandbox.author.wording import evident, texts


def first(text: str, name: str, **schema: object) -> str:
    return next(texts(Clues(text), schema, name))


def test_what_stands_beside_the_name_comes_first() -> None:
    """Before quotations and names."""
    assert first("title: Faust, by 'Goethe'", "title") == "Faust"


def test_a_quotation_is_better_than_a_name() -> None:
    """For whoever is named."""
    assert first("Create a customer named 'Acme' for Bob", "customer_name") == "Acme"


def test_a_query_is_the_request_without_the_order() -> None:
    """`Search the web for` is not searched for."""
    assert first("Search the web for bees.", "query") == "bees"
    assert first("bees and honey", "query") == "bees and honey"


def test_examples_of_the_description_are_recognised() -> None:
    """If the prompt has one of them."""
    said = first("It is sunny in Rome", "conditions", description="sunny, rainy or cloudy")
    assert said == "sunny"


def test_the_word_before_the_name_may_be_the_value() -> None:
    """As in `blond hair`."""
    assert first("She has blond hair", "hair") == "blond"


def test_a_text_is_made_up_of_the_topic() -> None:
    """If nothing else is there."""
    assert first("Tell me a joke about cats.", "setup") == "Why did the cats cross the road?"
    assert first("about cats", "mood") == "mood of cats"


def test_lengths_are_kept() -> None:
    """The second proposal is cut or filled up."""
    assert list(texts(Clues("'abcdef'"), {"maxLength": 3}, "x"))[1] == "abc"
    assert list(texts(Clues("'a'"), {"minLength": 3}, "x"))[1] == "a.."


def test_only_an_address_is_evidence_for_an_address() -> None:
    """Other words are not."""
    assert evident(Clues("a@example.org"), {"type": "string"}, "email")
    assert not evident(Clues("Bob"), {"type": "string"}, "email")
