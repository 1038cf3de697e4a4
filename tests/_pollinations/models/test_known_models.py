"""The snapshot of models."""

import asyncio
from collections import Counter

from blockbuster import blockbuster_ctx

from _pollinations.models import known_models as snapshot
from _pollinations.models.known_models import known_model, known_models, known_names


def test_each_name_means_one_model() -> None:
    """No name or alias occurs twice, and nothing else is known."""
    names = Counter(name for model in known_models() for name in (model.name, *model.aliases))

    assert [name for name, count in names.items() if count > 1] == []
    assert names.keys() == known_names()
    assert known_model("openai/gpt-9") is None


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
