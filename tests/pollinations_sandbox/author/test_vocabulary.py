"""The words known by heart."""

from pollinations_sandbox.author import vocabulary


def test_words_are_known_in_small_letters() -> None:
    """They are compared in small letters."""
    for words in (vocabulary.EMPTY, vocabulary.VERBS, vocabulary.NOT_NAMES, vocabulary.PLACES):
        assert all(word == word.lower() for word in words)


def test_a_word_stands_for_itself_and_its_likes() -> None:
    """The one that stands for a group is in it."""
    assert all(vocabulary.ALIKE[word] == word for word in set(vocabulary.ALIKE.values()))
