from decimal import Decimal
from typing import Any, Literal

import httpx
import pytest
from chats import chat, post
from tables import cases

from pollinations_sandbox import Sandbox
from pollinations_sandbox.catalog import entries, resolve


def _named(items: list[dict[str, Any]], alias: str) -> dict[str, Any]:
    return next(item for item in items if alias in {item["name"], *item["aliases"]})


def test_v1_models_is_an_openai_list(sandbox: Sandbox, client: httpx.Client) -> None:
    """The 2026-01 API lists ids of text models, the 2026-10 API everything with its abilities."""
    body = client.get("/v1/models").json()
    first = body["data"][0]
    assert (body["object"], first["created"] > 10**12) == ("list", True)
    if sandbox.api == "2026-01":
        assert set(first) == {"id", "object", "created"}
        assert first["id"] == "openai"
        assert "flux" not in {item["id"] for item in body["data"]}
    else:
        assert first["id"] == "openai/gpt-5.4-nano"
        kinds = {each for item in body["data"] for each in item["output_modalities"]}
        assert kinds == {"text", "image", "video", "audio", "embedding"}


@cases(__file__, "the_spelling_of_prices_may_be_chosen")
def test_the_spelling_of_prices_may_be_chosen(
    spelling: Literal["seed", "2026-01", "2026-10"], name: str, price: float | str
) -> None:
    """The oldest documents use other names."""
    with Sandbox(api="2026-01", prices=spelling) as sandbox:
        items = httpx.get(f"{sandbox.base_url}/text/models").json()
        images = httpx.get(f"{sandbox.base_url}/image/models").json()

    assert _named(items, "openai")["pricing"][name] == price
    assert _named(items, "nomnom")["pricing"] == {"currency": "pollen"}
    assert ("image_price" in _named(images, "flux")["pricing"]) == (spelling == "seed")


def test_a_model_has_many_names() -> None:
    """Short names, aliases and `publisher/model` mean the same model."""
    for name in ("openai-fast", "gpt-5-nano", "openai/gpt-5-nano"):
        entry = resolve(name)
        assert entry is not None
        assert entry.name == "openai-fast"
    assert resolve("gpt-9") is None
    assert resolve("openai/gpt-5-nano", "2026-01") is None


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
def test_names_and_prices_of_the_catalogue_are_sound(api: Literal["2026-01", "2026-10"]) -> None:
    """No two models share an id, and every price is a small decimal."""
    listed = entries(api)

    assert len({entry.id for entry in listed}) == len(listed)
    prices = [Decimal(price) for entry in listed for price in entry.prices.values()]
    assert all(0 < price < 1 for price in prices)
    assert {entry.kind for entry in listed} >= {"text", "image", "video", "audio"}


def test_a_list_can_be_as_long_as_the_gateways() -> None:
    """Models of users are listed beside the gateway's own, and answer."""
    with Sandbox(community_models=340) as sandbox:
        items = httpx.get(f"{sandbox.base_url}/text/models").json()
        answer = post(sandbox, chat("Hi", model=items[-1]["name"]))

    assert sum(item["community"] for item in items) == 342
    assert items[-1]["name"] == "community/user-339/model-339"
    assert answer.status_code == 200
    assert resolve("community/user-1/model-2") is None
