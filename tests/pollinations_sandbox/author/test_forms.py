"""JSON that is asked for in words."""

import json
from typing import Any

from pollinations_sandbox.author.forms import (
    grounded,
    json_object,
    json_schema_of,
    known,
    prompted_json,
)
from pollinations_sandbox.author.reading import Made, Reading


def reading(asked: str, system: str = "", made: tuple[Made, ...] = ()) -> Reading:
    return Reading(system, (), asked, made=made)


def keys(asked: str) -> list[str]:
    return list(json.loads(json_object(reading(asked))))


def test_keys_are_read_from_the_prompt() -> None:
    """Quoted, listed, or shown by an example."""
    assert keys("Give JSON with 'setup' and 'punchline' keys.") == ["setup", "punchline"]
    assert keys("Return JSON with keys: name, age") == ["name", "age"]
    assert keys('Answer like {"city": "x", "population": 1} in JSON.') == ["city", "population"]
    assert keys("Just JSON please") == ["answer"]


def test_an_example_gives_the_types_too() -> None:
    """A number stays a number."""
    said = json.loads(json_object(reading('JSON like {"n": 1, "ok": true, "l": ["x"]} of 7')))
    assert (said["n"], said["ok"], type(said["l"])) == (7, True, list)


def test_a_schema_in_the_prompt_is_followed() -> None:
    """Also if the template has doubled its braces."""
    schema: dict[str, Any] = {
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "type": "object",
    }
    shown = json.dumps(schema)
    doubled = shown.replace("{", "{{").replace("}", "}}")
    for spelled in (shown, doubled):
        follow = f"Here's a JSON schema to follow:\n{spelled}\n\nOutput a valid JSON object."
        asked = f"Ada is 36.\n\n{follow}"
        assert json.loads(prompted_json(reading(asked)) or "") == {"name": "Ada", "age": 36}


def test_the_last_schema_counts() -> None:
    """The first one is often an example of the format."""
    example = '{"properties": {"foo": {"type": "string"}}, "required": ["foo"]}'
    wanted = '{"properties": {"bar": {"type": "integer"}}, "required": ["bar"]}'
    asked = f"As an example, the JSON schema {example}. Here is the output schema: {wanted}. 5"
    assert json.loads(prompted_json(reading(asked)) or "") == {"bar": 5}


def test_a_selector_gets_its_choice() -> None:
    """As a list of choices with reasons."""
    asked = (
        "Some choices are given below. It is provided in a numbered list (1 to 2).\n"
        "---------------------\n(1) Useful for bees\n\n(2) Useful for the Eiffel Tower\n"
        "---------------------\nUsing only the choices above, return the choice that is most "
        "relevant to the question: 'How tall is the tower?'\n\nThe output should be ONLY JSON "
        "formatted as a JSON instance.\n"
    )
    assert json.loads(prompted_json(reading(asked)) or "")[0]["choice"] == 2


def test_a_talk_about_json_is_no_wish_for_it() -> None:
    """Nor is any other question."""
    assert prompted_json(reading("Who invented JSON?")) is None


def test_a_context_is_narrowed_to_its_answer() -> None:
    """So that numbers of other sentences do not get into the form."""
    asked = (
        "Context information is below.\n---------------------\nBob is 41. Ada is 36.\n"
        "---------------------\nGiven the context information, answer.\nQuery: How old is Ada?"
    )
    assert grounded(reading(asked)).asked == "Ada is 36.\nHow old is Ada?"
    assert known(reading(asked))["answer"] == "Ada is 36."


def test_results_of_tools_and_sums_are_known_answers() -> None:
    """Without either nothing is known."""
    assert known(reading("x", made=(Made("add", {}, "5"),)))["answer"] == "5"
    assert known(reading("What is 6 * 7?"))["answer"] == "42"
    assert known(reading("Hello")) == {}


def test_only_a_json_schema_is_a_schema() -> None:
    """Other formats have none."""
    assert json_schema_of({}) is None
    assert json_schema_of({"response_format": {"type": "json_object"}}) is None
    form = {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}
    assert json_schema_of({"response_format": form}) == {"type": "object"}


def test_a_quotation_is_one_sentence_of_the_context() -> None:
    """Word for word, even where the answer takes two."""
    system = (
        "Answer from the context.\n\nContext:\nBees make honey in summer. Honey keeps for years. "
        "Rain falls."
    )
    found = known(reading("When is honey made, and how many years does honey keep?", system))

    assert found["quote"] in system
    assert found["answer"].startswith(found["quote"])
