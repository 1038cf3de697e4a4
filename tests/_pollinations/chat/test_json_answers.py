"""The last JSON value that validates is the answer, whatever a model wrote around it."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, RootModel
from strategies import JSON

from _pollinations.chat.json_answers import (
    TruncatedJSONError,
    parse_failure,
    read_answer,
    read_arguments,
    read_partial,
    validate_model,
)
from _pollinations.http.json import dump


class Answer(BaseModel):
    """An answer; other keys are refused."""

    model_config = ConfigDict(extra="forbid")

    a: int
    text: str = ""


class Lenient(BaseModel):
    """An answer that every object would fit."""

    a: int = 0


def answer(text: str, kind: type[BaseModel] = Answer) -> Any:
    return read_answer(text, lambda value: validate_model(kind, value), tool="Answer")


@pytest.mark.parametrize(
    "text",
    [
        *('{"a": 1}', ' \ufeff\n{"a": 1}\r\n', '```json\n{"a": 1}\n```', '```json\n{"a": 1}'),
        *('```\r\n{"a": 1}\r\n```', 'json\n{"a": 1}', '<answer>{"a": 1}</answer>'),
        'Here you are:\n```json\n{"a": 1}\n```\nHope this helps!',
        '{"a": 1}\n\nI chose 1 because {x | x > 0} holds [see above].',
        '{"a": 9, "b": 2}\nNo, again:\n{"a": 1}',
        '{"type": "object", "properties": {"a": {"type": "integer"}}}\n{"a": 1}',
        *('"{\\"a\\": 1}"', '"```json\\n{\\"a\\": 1}\\n```"'),
        # Reasoning models, see https://github.com/deepseek-ai/DeepSeek-R1/issues/381
        '<think>Maybe {"a": 9}?</think>json{"a": 1}',
        '<think>\n```json\n{"a": 9}\n```\n</think>\n```json\n{"a": 1}\n```',
        *('<THINKING>{"a": 9}</THINKING>{"a": 1}', '<reasoning>{"a": 9</reasoning>\n{"a": 1}'),
        '<think>I use <think> tags. {"a": 9}</think>{"a": 1}',
        '<think>x<think>{"a": 8}</think>{"a": 9}</think>{"a": 1}',
        *('{"a": 1}<think>Was {"a": 9} better?</think>', '{"a": 1}<think>Or {"a": 9'),
        '\u25c1think\u25b7{"a": 9}\u25c1/think\u25b7{"a": 1}',
        # The prompt opened the thought, see https://github.com/vllm-project/vllm/issues/13125
        'First {"a": 9}.\n</think>\n\n{"a": 1}',
        # See https://github.com/sgl-project/sglang/issues/6441
        '{"a": 1}</think>',
        # Gemini, see https://github.com/MemberJunction/MJ/issues/3065
        '{"a": 1}."\n}',
        # Qwen, see https://github.com/thinking-machines-lab/tinker-feedback/issues/128
        '<think>{"a": 9}</think><tool_call>{"name": "Answer", "arguments": {"a": 1}}</tool_call>',
        '{"type": "function", "name": "Answer", "parameters": {"a": 1}}',
        '{"name": "Answer", "arguments": "{\\"a\\": 1}"}',
        # Perplexity puts the numbers of its sources behind what it says
        '{"a": 1}[1][2]',
        '<|channel|>analysis<|message|>{"a": 9}<|end|><|channel|>final<|message|>{"a": 1}',
    ],
)
def test_the_answer_is_found(text: str) -> None:
    """Thoughts, drafts, schemas, fences, prose, citations and broken ends are left out."""
    assert answer(text) == Answer(a=1)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('{"a": 1, "text": "<think>{\\"a\\": 9}</think>"} done', '<think>{"a": 9}</think>'),
        ('So: {"a": 1, "text": "</think> and <think>"}', "</think> and <think>"),
        ('{"a": 1, "text": "```json\\n{}\\n```"}', "```json\n{}\n```"),
        ('{"a": 1, "text": "two\nlines"}', "two\nlines"),
    ],
)
def test_what_stands_in_a_string_is_text(text: str, written: str) -> None:
    """Tags, fences and line breaks in a string of the answer change nothing."""
    assert answer(text) == Answer(a=1, text=written)


CUT = [
    *('{"a": 1', '{"a": tru', '{"a": -', '{"a": 1.', '{"a": 1e+', '<think>{"a": 9}</think>{'),
    *('{"a": 1, "text": "x {\\"a\\": 2}', '{"a": 1}\nBetter:\n```json\n{"a": 2, "te'),
    *('{"a": 1, "text": "\\ud83', '{"inner": {"a": 1}, "other": ['),
]
NONE = ["", "I do not know.", '<think>{"a": 1}</think>', '<think>{"a": 1}', "{'a': 1}"]


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        *((text, TruncatedJSONError, "ended within") for text in CUT),
        *((text, ValueError, "no JSON") for text in NONE),
        ('{"a": "many", "text": "x"} [1]', ValueError, "valid integer"),
    ],
)
def test_half_a_value_and_a_thought_are_no_answer(
    text: str, kind: type[ValueError], words: str
) -> None:
    """Neither an earlier value nor a part of the unfinished one; a thought is a draft.

    If nothing validates, the error is about the longest value, and not about a citation.
    """
    with pytest.raises(kind, match=words):
        answer(text, Lenient)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (list[int], "<think>[9]</think>Here: [1, 2]", [1, 2]),
        (list[Answer], '```json\n[{"a": 1}]\n```', [Answer(a=1)]),
        (int, "42", 42),
        (str, '"yes"', "yes"),
        (str, '"as {\\"a\\": 1} or {"', 'as {"a": 1} or {'),
        (str, '"as {\\"a\\": 1}"', 'as {"a": 1}'),
    ],
)
def test_other_roots_are_read(kind: Any, text: str, value: Any) -> None:
    """A list, a number or a string may be the answer too."""
    assert answer(text, RootModel[kind]).root == value


@given(value=st.dictionaries(st.text(), JSON, max_size=3), share=st.floats(0, 1))
def test_every_object_is_read_among_words_and_no_beginning_is(value: Any, share: float) -> None:
    """Wherever an object is cut, its beginning is no answer."""
    text = dump(value).decode()
    value = json.loads(text)
    beginning = text[: int(len(text) * share)]

    assert read_answer(f"<think>{{}}</think>So: {text} Bye.", dict) == value
    if beginning not in {"", text}:
        with pytest.raises(ValueError, match=r"ended within|no JSON"):
            read_answer(f"So: {beginning}", dict)


@pytest.mark.parametrize(
    "piece",
    ['["', '{"a":1 ', "[1,", "{x", "{ ", "</think>", "<think>", '"', "{}", "<", '{"b":1}x', '[1]"'],
)
def test_a_megabyte_of_anything_is_read_in_linear_time(piece: str) -> None:
    """The worst of these take less than two seconds; a quadratic search would take minutes."""
    text = piece * (1_000_000 // len(piece))
    begun = time.process_time()
    with pytest.raises(ValueError, match=r"\w"):
        answer(text)

    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "b": "he', {"a": 1, "b": "he"}),
        ('<think>{"a": 9', None),
        ('<think>{"a": 9}</think>Here:\n```json\n{"a": [1, {"b"', {"a": [1, {}]}),
        ('{"a": 1}\n{"a": ', {}),
        ('{"a": 1} Bye', {"a": 1}),
        ("Well", None),
        ("", None),
    ],
)
def test_an_unfinished_value_is_read_as_far_as_it_came(text: str, value: Any) -> None:
    """What a stream shows is outside the thoughts too."""
    assert read_partial(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *('{"a": 1}', '```json\n{"a": 1}\n```', '"{\\"a\\": 1}"', '{"a": 1}}'),
        '<tool_call>{"a": 1}</tool_call>',
    ],
)
def test_arguments_are_read_as_models_write_them(text: str) -> None:
    """Fenced, within a string, with a brace too many; blank or null means none."""
    assert read_arguments(text) == {"a": 1}
    assert read_arguments("") == read_arguments(" null\n") == {}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, ValueError) for text in ("nonsense", "[1]", "{'a': 1}", '{"a": 1} {"a": 2}', "3")),
        ('{"a": 1, "b"', TruncatedJSONError),
    ],
)
def test_other_arguments_are_an_error(text: str, kind: type[ValueError]) -> None:
    """Two objects are none, since it is not known which one is meant; nor is a beginning."""
    with pytest.raises(kind, match=r"not (a )?JSON|only the beginning"):
        read_arguments(text)


def test_strict_classes_take_what_json_has_no_type_for() -> None:
    """Tuples and enums are validated as JSON, in which they are lists and strings."""

    class Strict(BaseModel):
        model_config = ConfigDict(strict=True)

        pair: tuple[int, int]

    assert validate_model(Strict, {"pair": [1, 2]}).pair == (1, 2)


def test_a_failure_says_what_to_do() -> None:
    """More tokens help where they were the limit."""
    failure = "Could not parse the answer as Joke{}: No.{}"
    more = failure.format(" (finish reason 'max_tokens')", " Allow more max_tokens.")

    assert parse_failure("Joke", ValueError("No."), "max_tokens") == more
    assert parse_failure("Joke", ValueError("No."), None) == failure.format("", "")
