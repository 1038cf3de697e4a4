"""The snapshot of models."""

from collections import Counter

import pytest

from _pollinations.models.known_models import KNOWN_MODELS, KnownModel, known_model


def test_each_name_means_one_model() -> None:
    """No name or alias occurs twice."""
    names = Counter(name for model in KNOWN_MODELS for name in (model.name, *model.aliases))

    assert [name for name, count in names.items() if count > 1] == []
    assert all(known_model(name) for name in names)
    assert known_model("openai/gpt-9") is None


@pytest.mark.parametrize("model", KNOWN_MODELS, ids=lambda model: model.name)
def test_a_model_is_what_it_can_be(model: KnownModel) -> None:
    """Sizes are counts of tokens, kinds are known words, and only text models call tools."""
    kinds = {"text", "image", "audio", "video"}

    assert model.context_window is None or model.context_window >= 100_000
    assert "text" in model.inputs <= kinds
    assert model.outputs
    assert model.outputs <= kinds | {"embedding"}
    assert "text" in model.outputs or not model.tools


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("openai/gpt-5.4-nano", "openai"),
        ("anthropic/claude-sonnet-4.6", "claude"),
        ("google/gemini-2.5-flash-lite:search", "gemini-search"),
        ("google/gemini-3.7-flash", "gemini"),
        ("gemini-3.6-flash", "gemini"),
        ("gemini-3-flash-preview", "gemini-3-flash"),
        ("mistral-small-3.2", "mistral-small-3.2"),
        ("gpt-5.5", "openai-large"),
        ("claude-opus-5", "claude-large"),
        ("perplexity/sonar-pro", "perplexity"),
        ("minimax-m3", "minimax"),
        ("minimax-m2.7", "minimax-m2.7"),
        ("openai/text-embedding-3-small", "openai-3-small"),
    ],
)
def test_canonical_ids_are_known(name: str, short: str) -> None:
    """Ids with a publisher lead to the short names that are still in use."""
    model = known_model(name)

    assert model is not None
    assert model.name == short


def test_a_searching_model_takes_no_tools() -> None:
    """The preferred model calls tools; its sister that searches does not."""
    gemini, search = known_model("gemini"), known_model("gemini-search")

    assert gemini is not None
    assert search is not None
    assert (gemini.tools, gemini.search, gemini.context_window) == (True, False, 1_000_000)
    assert (search.tools, search.search) == (False, True)
