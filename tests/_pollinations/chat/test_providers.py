"""What each family of models takes."""

import pytest

from _pollinations.chat.providers import FAMILIES, OTHERS, Family, family_of

GEMINI, CLAUDE, NOVA = FAMILIES


NAMES = {
    GEMINI: ("gemini", "google/gemini-2.5-flash-lite:search", "community/Ada/Gemini-helper"),
    CLAUDE: ("claude-fast", "anthropic/claude-opus-5"),
    NOVA: ("nova", "nova-fast", "amazon-nova-micro", "amazon/nova-2-lite-v1"),
    OTHERS: ("casanova", "novation", "openai", "", None),
}


@pytest.mark.parametrize(
    ("model", "family"), [(name, family) for family, names in NAMES.items() for name in names]
)
def test_a_family_is_found_by_every_name(model: str | None, family: Family) -> None:
    """Short names, aliases and canonical ids lead to the same family."""
    assert family_of(model) is family
