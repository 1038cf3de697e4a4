"""What a prompt offers."""

from pollinations_sandbox.author.clues import Clues


def test_numbers_are_read_in_order() -> None:
    """With signs, commas and points, but not from names or dates."""
    clues = Clues("From -3 to 1,000.5, not uber_10k, h2o or 2026-01-01.")
    assert [clue.value for clue in clues.numbers] == ["-3", "1000.5"]
    assert [clue.value for clue in Clues("7 - 3, 7-3").numbers] == ["7", "3", "7", "3"]
    assert [clue.value for clue in Clues("two and five").numbers] == ["2", "5"]


def test_quotations_of_all_kinds_are_read() -> None:
    """Apostrophes are none."""
    clues = Clues("It's 'one', \"two\", `three` and \u201cfour\u201d, isn't it?")
    assert [clue.value for clue in clues.quoted] == ["one", "two", "three", "four"]


def test_places_stand_behind_prepositions() -> None:
    """With the part of a country behind a comma."""
    clues = Clues("Fly from New York to San Francisco, CA. Then rest.")
    assert [clue.value for clue in clues.places] == ["New York", "San Francisco, CA"]


def test_names_are_capitals_that_mean_somebody() -> None:
    """Neither orders nor questions are names."""
    assert [clue.value for clue in Clues("Find Ada Lovelace and tell Bob.").names] == [
        "Ada Lovelace",
        "Bob",
    ]
    assert [clue.value for clue in Clues("An album by Adele").makers] == ["Adele"]


def test_dates_become_iso() -> None:
    """However they were written."""
    clues = Clues("2026-01-02, March 5, 2026 and 6 May 2027 at 10:30")
    assert [clue.value for clue in clues.dates] == ["2026-01-02", "2026-03-05", "2027-05-06"]
    assert [clue.value for clue in clues.times] == ["10:30"]
    assert clues.numbers == []


def test_addresses_are_read() -> None:
    """Mail and web."""
    clues = Clues("Write to a.b@example.org or see https://example.org/x?y=1.")
    assert [clue.value for clue in clues.emails] == ["a.b@example.org"]
    assert [clue.value for clue in clues.urls] == ["https://example.org/x?y=1"]


def test_a_number_belongs_to_the_word_beside_it() -> None:
    """Behind `limit`, before `guests`."""
    clues = Clues("limit 5 offset 10 for 2 guests, aged 30 years")
    found = {name: clues.number_near(name) for name in ("limit", "offset", "guests", "age")}
    assert {name: clue and clue.value for name, clue in found.items()} == {
        "limit": "5",
        "offset": "10",
        "guests": "2",
        "age": "30",
    }


def test_a_text_belongs_to_the_name_before_it() -> None:
    """With a colon, an equals sign or `is`."""
    assert Clues("colour: dark red, size = L").text_near("colour") == "dark red"
    assert Clues("colour: dark red, size = L").text_near("size") == "L"
    assert Clues("nothing").text_near("colour") is None


def test_a_denied_field_is_known() -> None:
    """`no punchline` denies the punchline."""
    assert Clues("a joke, no punchline").denies("punchline")
    assert not Clues("a joke with punchline").denies("punchline")


def test_what_is_taken_is_used() -> None:
    """Nobody else gets it."""
    clues = Clues("1 2")
    clues.take(clues.numbers[0])
    assert [clue.value for clue in clues.unused(clues.numbers)] == ["2"]
    assert clues.taken == 1
