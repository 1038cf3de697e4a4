"""Which models think, and when."""

import pytest

from pollinations_sandbox.author.thinking import shows_thoughts, signature, thoughts


@pytest.mark.parametrize(
    "model",
    ["deepseek", "kimi", "glm", "minimax", "openai-large", "gemini-large", "perplexity-reasoning"],
)
def test_thinkers_think_unasked(model: str) -> None:
    """Unless they are told not to."""
    assert thoughts({}, "Why?", model=model)
    assert not thoughts({"reasoning_effort": "none"}, "Why?", model=model)
    assert not thoughts({"thinking": {"type": "disabled"}}, "Why?", model=model)


@pytest.mark.parametrize("model", ["openai", "claude", "mistral", "nova-fast"])
def test_others_think_when_asked(model: str) -> None:
    """By effort or by switch."""
    assert not thoughts({}, "Why?", model=model)
    assert thoughts({"reasoning_effort": "low"}, "Why?", model=model)
    assert thoughts({"thinking": {"type": "enabled"}}, "Why?", model=model)


def test_more_effort_is_more_thought() -> None:
    """Measured by length."""
    efforts = ("minimal", "low", "medium", "high", "xhigh")
    lengths = [len(thoughts({"reasoning_effort": e}, "Why?", model="claude")) for e in efforts]
    assert lengths == sorted(set(lengths))


def test_only_openai_hides_its_thoughts() -> None:
    """All of its models do."""
    assert not shows_thoughts("openai-large")
    assert shows_thoughts("claude")


def test_a_signature_belongs_to_its_thought() -> None:
    """No thought, no signature."""
    assert signature("a") == signature("a") != signature("b")
    assert signature("") == ""
