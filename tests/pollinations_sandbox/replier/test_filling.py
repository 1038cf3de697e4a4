"""Schemas are filled from the prompt, and what is filled is valid."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tables import cases

from pollinations_sandbox.replier.filling import fill


@cases(__file__, "fields_take_what_the_prompt_has")
def test_fields_take_what_the_prompt_has(
    schema: dict[str, Any], prompt: str, filled: dict[str, Any]
) -> None:
    """Labels first, then numbers, quotes and names, in their order and each once."""
    assert fill(schema, prompt) == filled


@cases(__file__, "fields_without_a_value_take_the_schema_or_are_marked")
def test_fields_without_a_value_take_the_schema_or_are_marked(
    schema: dict[str, Any], filled: dict[str, Any]
) -> None:
    """No text is made up that could be taken for a model's."""
    assert fill(schema, "well", "It is late.") == filled


@cases(__file__, "what_is_filled_is_valid")
@given(prompt=st.text(max_size=60) | st.sampled_from(["Ada is 7", "x: 1", "'a' and 2.5 or -3"]))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_filled_is_valid(schema: dict[str, Any], prompt: str) -> None:
    """Whatever the prompt is."""
    Draft202012Validator(schema).validate(fill(schema, prompt))


@cases(__file__, "a_broken_schema_breaks_nothing")
def test_a_broken_schema_breaks_nothing(schema: dict[str, Any]) -> None:
    """And nothing is fetched from another host."""
    assert isinstance(fill(schema, "Ada is 7"), dict)
