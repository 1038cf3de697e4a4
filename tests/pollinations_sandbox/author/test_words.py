"""Words, stems and sentences."""

from pollinations_sandbox.author.words import (
    closest,
    coverage,
    cut,
    first_cut,
    keywords,
    name_words,
    sentences,
    stem,
    stems,
    stretches,
    topic,
    words,
)


def test_forms_of_a_word_have_one_stem() -> None:
    """So do words for the same thing."""
    assert len({stem(word) for word in ("work", "works", "worked", "working")}) == 1
    assert stem("city") == stem("cities")
    assert stem("sum") == stem("plus") == stem("adding") == "add"


def test_stems_leave_out_what_means_nothing() -> None:
    """And read scripts without spaces letter by letter."""
    assert stems("What is the weather?") == {"weather"}
    assert stems("\u4f60\u597d") == {"\u4f60", "\u597d"}
    assert words("a-b c_d") == ["a", "b", "c", "d"]


def test_names_are_cut_into_words() -> None:
    """Underscores and capitals are seams."""
    assert name_words("get_weatherNow") == ["get", "weather", "now"]
    assert name_words("HTTPServer2") == ["http", "server", "2"]


def test_sentences_end_at_stops_and_lines() -> None:
    """Lines without words are none."""
    assert sentences("One. Two!\n---\nThree") == ["One.", "Two!", "Three"]


def test_the_closest_sentence_shares_rare_words() -> None:
    """A pronoun stands for the sentence before."""
    told = ["The tower stands in Paris.", "It was finished in 1889.", "Paris is large."]
    assert closest("Where does the tower stand?", told, 1) == [told[0]]
    assert closest("When was the tower finished?", told, 1) == [told[1]]
    assert closest("bananas", told) == []


def test_coverage_is_a_share() -> None:
    """Of the meaningful words of the first text."""
    assert coverage("red cats", "A cat sleeps") == 0.5
    assert coverage("the", "the") == 0.0


def test_a_topic_is_what_stands_behind_about() -> None:
    """Else the most frequent words."""
    assert topic("Tell me a joke about cats.") == "cats"
    assert topic("Bees, bees and honey") == "Bees honey"
    assert topic("?") == "that"
    assert keywords("b1 a1 a1", 1) == ["a1"]


def test_cuts_run_from_mark_to_mark() -> None:
    """The last start counts, in any case of letters."""
    assert cut("Query: a\nquery: b\nAnswer:", "QUERY:", "\nanswer") == "b"
    assert cut("nothing", "Query:") is None
    assert first_cut("x: \ny: 2", ("x:", "y:"), "\n") == "2"


def test_stretches_reach_to_the_next_start() -> None:
    """Without a start there is none."""
    assert stretches([0, 3], 5) == [(0, 3), (3, 5)]
    assert stretches([], 5) == []
