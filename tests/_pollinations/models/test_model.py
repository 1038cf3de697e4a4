"""The lists of models in each version of the gateway, and what is read from them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from _pollinations.http.call import Response
from _pollinations.http.errors import InvalidInputError, UnreadableAnswerError
from _pollinations.models.model import (
    IMAGE_MODELS,
    MODELS,
    TEXT_MODELS,
    Model,
    models,
    read_models,
)

FIRST_DOCUMENT = {
    "audio": True,
    "community": True,
    "description": "A model",
    "input_modalities": ["text"],
    "output_modalities": ["text"],
    "name": "first",
    "tier": "seed",
    "tools": True,
    "vision": True,
    "maxInputChars": 5000,
    "reasoning": False,
    "voices": ["alloy"],
    "uncensored": True,
    "supportsSystemMessages": False,
    "aliases": ["one"],
}
OCTOBER = {
    "name": "google/gemini-3.7-flash",
    "aliases": ["gemini", "gemini-3-flash"],
    "category": "text",
    "publisher": "Google",
    "pricing": {"currency": "pollen", "promptTextTokens": "0.0000005"},
    "pricing_variants": [{"name": "long", "pricing": {"currency": "pollen"}}],
    "input_modalities": ["text", "image", "audio"],
    "output_modalities": ["text"],
    "supported_endpoints": ["/v1/chat/completions"],
    "capabilities": ["tool_calling", "reasoning", "web_search"],
    "max_completion_tokens": 65536,
    "context_length": 1000000,
    "paid_only": True,
    "community": False,
    "added_date": 1768910400000,
    "health": {"status": "operational"},
}


def only(item: dict[str, Any], path: str = TEXT_MODELS) -> Model:
    (model,) = read_models([item], path)
    return model


def test_the_first_document_is_understood() -> None:
    """All fields of the richest old list have a place."""
    model = only(FIRST_DOCUMENT)

    assert model == Model(
        name="first",
        aliases=("one",),
        description="A model",
        kind="text",
        inputs=("text",),
        outputs=("text",),
        tools=True,
        reasoning=False,
        vision=True,
        audio=True,
        voices=("alloy",),
        max_input_chars=5000,
        supports_system_messages=False,
        uncensored=True,
        community=True,
        tier="seed",
        raw=FIRST_DOCUMENT,
    )


def test_the_october_list_is_understood() -> None:
    """Abilities come as words, prices as texts, and what is unknown stays in `raw`."""
    model = only(OCTOBER)

    assert (model.tools, model.reasoning, model.web_search) == (True, True, True)
    assert (model.vision, model.audio, model.context) == (True, True, 1_000_000)
    assert (model.paid_only, model.community, model.is_specialized) == (True, False, None)
    assert model.max_completion_tokens == 65_536
    assert model.supported_endpoints == ("/v1/chat/completions",)
    assert model.created == datetime(2026, 1, 20, 12, tzinfo=UTC)
    assert model.prices.prompt == Decimal("0.5e-6")
    assert model.raw["health"] == {"status": "operational"}
    assert model.answers_to("google/gemini-3.7-flash")
    assert model.answers_to("gemini")
    assert not model.answers_to("flash")


def test_the_poorest_list_has_names_only() -> None:
    """Nothing is made up beside it; the size of the context had another name until March 2026."""
    model = only({"id": "openai", "created": 1768910400000, "context_window": 9}, MODELS)
    created = datetime(2026, 1, 20, 12, tzinfo=UTC)

    assert model == Model(name="openai", context=9, created=created, raw=model.raw)


@pytest.mark.parametrize("item", [{"name": 5}, {}, "openai", None, {"name": ""}])
def test_an_item_without_a_name_is_passed_over(item: Any) -> None:
    """One strange item does not spoil the list."""
    assert [model.name for model in read_models([item, {"name": "good"}])] == ["good"]


def test_values_of_wrong_types_are_none() -> None:
    """A field of another type than documented counts as absent."""
    strange = {"name": "odd", "aliases": "x", "tools": "yes", "pricing": [], "voices": {}}

    assert only(strange) == Model(name="odd", kind="text", raw=strange)


@pytest.mark.parametrize(
    ("item", "path", "kind"),
    [
        ({"output_modalities": ["image"]}, IMAGE_MODELS, "image"),
        ({"output_modalities": ["video"]}, IMAGE_MODELS, "video"),
        ({"output_modalities": ["audio", "text"]}, TEXT_MODELS, "text"),
        ({"output_modalities": ["embedding"]}, MODELS, "embedding"),
        ({"input_modalities": ["audio"], "output_modalities": ["text"]}, MODELS, "audio"),
        ({"supported_endpoints": ["/v1/chat/completions"]}, MODELS, "text"),
        ({"category": "3d"}, MODELS, "3d"),
        ({}, "/audio/models", "audio"),
        ({}, MODELS, None),
    ],
)
def test_the_kind_is_derived(item: dict[str, Any], path: str, kind: str | None) -> None:
    """From the category, the list, the endpoints or what goes in and out."""
    assert only({"name": "it", **item}, path).kind == kind


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_list_comes_bare_or_wrapped(wrapped: bool) -> None:
    """`{"object": "list", "data": [...]}` and a bare array are the same list."""
    items = b'[{"name": "openai"}]'
    body = b'{"object": "list", "data": ' + items + b"}" if wrapped else items

    assert [m.name for m in models("text").read(Response(200, {}, body))] == ["openai"]


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": "x"}', b"null", b'"list"'])
def test_another_answer_is_unreadable(body: bytes) -> None:
    """A page or an object without a list raises a typed error."""
    with pytest.raises(UnreadableAnswerError, match="Expected list of models"):
        models().read(Response(200, {}, body))


def test_an_unknown_kind_is_refused_with_those_that_exist() -> None:
    """Before any request."""
    with pytest.raises(InvalidInputError, match="kind is one of text, image, video, audio, emb"):
        models("texts")
