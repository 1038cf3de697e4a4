"""Attachments are described by kind, media type and size; results belong to the last question."""

from typing import Any

from tables import cases

from pollinations_sandbox.replier.reading import Result, attachment, read

CALL = {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f"}}]}
CALLED = [{"role": "user", "content": "Why?"}, CALL]
CALLED += [{"role": "tool", "tool_call_id": "1", "content": "It is 7."}]
PART = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}


@cases(__file__, "an_attachment_is_described_by_its_facts")
def test_an_attachment_is_described_by_its_facts(
    kind: str, inner: dict[str, Any], text: str
) -> None:
    """What it shows or says is not read."""
    assert str(attachment({"type": kind, kind: inner})) == text


def test_media_behind_a_result_belong_to_it() -> None:
    """They are no new question."""
    request = read({"messages": [*CALLED, {"role": "user", "content": [PART]}]})
    assert request.question == "Why?"
    assert request.results == (Result("f", "It is 7. [image (https://example.org/a.png)]"),)


def test_a_question_leaves_the_results_before_it_behind() -> None:
    """The state that LlamaIndex's agents put before it is no part of it."""
    text = "Current state:\n{}\n\nCurrent message:\nAnd now?"
    request = read({"messages": [*CALLED, {"role": "user", "content": text}]})
    assert (request.question, request.results) == ("And now?", ())
