"""Constructors show their options to people and to their tools."""

import inspect

import pytest
from pydantic import BaseModel

import langchain_pollinations as lc
import llama_index_pollinations as li

CLASSES = (
    lc.ChatPollinations,
    lc.PollinationsEmbeddings,
    lc.PollinationsImageTool,
    li.Pollinations,
    li.PollinationsEmbedding,
    li.PollinationsToolSpec,
)


@pytest.mark.parametrize("kind", CLASSES)
def test_a_signature_has_every_option(kind: type[BaseModel]) -> None:
    """Each option is there by the name that users write."""
    shown = inspect.signature(kind).parameters

    assert {*shown} == {field.alias or name for name, field in kind.model_fields.items()}
    assert {"max_retries", "api_key"} <= {*shown}
