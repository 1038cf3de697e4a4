"""How tools are introduced to a model."""

import json

import pytest
from pydantic import BaseModel

from _pollinations.media.tool_inputs import IMAGE, IMAGE_MODELS, SPEECH, TRANSCRIPTION, VIDEO, Told

TOOLS = [IMAGE, VIDEO, SPEECH, TRANSCRIPTION, IMAGE_MODELS]


@pytest.mark.parametrize("told", TOOLS, ids=lambda told: told.name)
def test_an_introduction_is_short_and_whole(told: Told) -> None:
    """Each argument is described, and at most one must be given."""
    schema = told.schema.model_json_schema()

    assert issubclass(told.schema, BaseModel)
    assert all(field["description"] for field in schema["properties"].values())
    assert len(schema.get("required", [])) <= 1
    assert len(told.description) < 200


@pytest.mark.parametrize("told", TOOLS, ids=lambda told: told.name)
def test_no_keyword_offends_a_provider(told: Told) -> None:
    """Gemini refuses exclusive bounds and property names."""
    text = json.dumps(told.schema.model_json_schema())

    assert "exclusive" not in text
    assert "propertyNames" not in text


def test_names_are_different() -> None:
    """A model can have them all."""
    assert len({told.name for told in TOOLS}) == len(TOOLS)
