"""What each family of models takes."""

from tables import cases

from _pollinations.chat.providers import FAMILIES, OTHERS, family_of

NAMED = dict(zip(("gemini", "claude", "nova", "others"), (*FAMILIES, OTHERS), strict=True))


@cases(__file__, "a_family_is_found_by_every_name")
def test_a_family_is_found_by_every_name(model: str | None, family: str) -> None:
    """Short names, aliases and canonical ids lead to the same family."""
    assert family_of(model) is NAMED[family]
