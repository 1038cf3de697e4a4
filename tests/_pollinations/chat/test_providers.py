"""What each family of models takes."""

import pytest

from _pollinations.chat.providers import FAMILIES, OTHERS, Family, family_of

GEMINI, CLAUDE, NOVA = FAMILIES


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gemini", GEMINI),
        ("gemini-search", GEMINI),
        ("google/gemini-3.7-flash", GEMINI),
        ("google/gemini-2.5-flash-lite:search", GEMINI),
        ("community/Ada/Gemini-helper", GEMINI),
        ("claude", CLAUDE),
        ("claude-fast", CLAUDE),
        ("anthropic/claude-opus-5", CLAUDE),
        ("nova", NOVA),
        ("nova-fast", NOVA),
        ("amazon-nova-micro", NOVA),
        ("amazon/nova-2-lite-v1", NOVA),
        ("casanova", OTHERS),
        ("novation", OTHERS),
        ("openai", OTHERS),
        ("", OTHERS),
        (None, OTHERS),
    ],
)
def test_a_family_is_found_by_every_name(model: str | None, family: Family) -> None:
    """Short names, aliases and canonical ids lead to the same family."""
    assert family_of(model) is family
