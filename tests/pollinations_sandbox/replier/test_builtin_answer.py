"""The rules in their order, and what every answer gets."""

from typing import Any

import pytest
from chats import chat
from tables import cases

from pollinations_sandbox.replier.builtin_answer import write
from pollinations_sandbox.spelling import Answer

ANSWERED = [
    {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": ""}}]},
    {"role": "tool", "tool_call_id": "1", "content": "It is 7."},
]


def written(*texts: str, model: str = "openai", **body: Any) -> Answer:
    return write(chat(*texts, **body), model=model)


@cases(__file__, "the_first_rule_that_fits_answers")
def test_the_first_rule_that_fits_answers(asked: str, body: dict[str, Any], text: str) -> None:
    """JSON, agents, results, contexts, greetings; else the question with a mark."""
    assert written(asked, **body).text == text


def test_results_of_tools_are_quoted() -> None:
    """Each with the name of its tool."""
    body = chat("How late is it?")
    body["messages"] += ANSWERED
    assert write(body, model="openai").text == "f returned: It is 7."


def test_attachments_are_listed() -> None:
    """Beside the question."""
    part = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    parts = [{"type": "text", "text": "What is it?"}, part]
    body = {"messages": [{"role": "user", "content": parts}]}
    assert write(body, model="openai").text == (
        "[sandbox] No model is connected. You asked: What is it? "
        "You sent: image (https://example.org/a.png)."
    )


@cases(__file__, "thinking_models_think_a_placeholder")
def test_thinking_models_think_a_placeholder(
    model: str, body: dict[str, Any], *, thinks: bool
) -> None:
    """It is counted; only Claude signs it."""
    answer = written("Why?", model=model, **body)
    assert answer.reasoning == ("[sandbox] placeholder reasoning" if thinks else "")
    assert bool(answer.usage.reasoning) == thinks
    assert bool(answer.signature) == (thinks and model == "claude")


def test_perplexity_thinks_aloud_and_cites() -> None:
    """Inside its text, with sources on reserved hosts."""
    answer = written("Why?", model="perplexity-reasoning")
    assert answer.reasoning == "[sandbox] placeholder reasoning"
    assert answer.text.endswith("You asked: Why?")
    assert answer.citations[0] == "https://example.org/sandbox"


@pytest.mark.parametrize(
    ("body", "ends"),
    [({"max_tokens": 2}, ("[sandbox", "length")), ({"stop": "model"}, ("[sandbox] No ", "stop"))],
)
def test_limits_and_stops_cut_the_text(body: dict[str, Any], ends: tuple[str, str]) -> None:
    """And the finish reason says which."""
    answer = written("Why?", **body)
    assert (answer.text, answer.finish_reason) == ends


def test_a_chat_is_spoken_as_silence_with_a_transcript() -> None:
    """Tokens of sound are counted apart."""
    answer = written("Why?", modalities=["text", "audio"], audio={"format": "mp3"})
    assert answer.audio["transcript"] == "[sandbox] No model is connected. You asked: Why?"
    assert (answer.text, answer.usage.completion_audio) == ("", 12)
