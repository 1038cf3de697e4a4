"""The snapshot of models."""

import asyncio
from collections import Counter

import pytest
from blockbuster import blockbuster_ctx

from _pollinations.models import known_models as snapshot
from _pollinations.models.known_models import known_model, known_models, known_names
from _pollinations.models.model import Model


def test_each_name_means_one_model() -> None:
    """No name or alias occurs twice, and nothing else is known."""
    names = Counter(name for model in known_models() for name in (model.name, *model.aliases))

    assert [name for name, count in names.items() if count > 1] == []
    assert names.keys() == known_names()
    assert known_model("openai/gpt-9") is None


@pytest.mark.parametrize("model", known_models(), ids=lambda model: model.name)
def test_a_model_is_what_it_can_be(model: Model) -> None:
    """Sizes are counts of tokens, kinds are known words, and only text models call tools."""
    kinds = {"text", "image", "audio", "video", "embedding"}

    assert model.raw.keys() <= {
        *("name", "aliases", "context_length", "input_modalities", "output_modalities"),
        *("tools", "reasoning", "capabilities"),
    }
    assert model.context is None or model.context >= 100_000
    assert "text" in (model.inputs or ())
    assert {*(model.inputs or ()), *(model.outputs or ())} <= kinds
    assert "text" in (model.outputs or ()) or model.tools is False
    assert isinstance(model.tools, bool)


def test_a_searching_model_takes_no_tools() -> None:
    """The preferred model calls tools; its sister that searches does not."""
    gemini, search = known_model("gemini"), known_model("gemini-search")

    assert gemini is not None
    assert search is not None
    assert (gemini.tools, gemini.web_search, gemini.context) == (True, None, 1_000_000)
    assert (search.tools, search.web_search) == (False, True)


def test_a_coroutine_may_look_a_model_up() -> None:
    """Models are constructed in coroutines, where some tools forbid to read files."""
    snapshot._by_name.cache_clear()
    known_models.cache_clear()

    async def look_up() -> object:
        return known_model("openai")

    with blockbuster_ctx():
        assert asyncio.run(look_up())
