"""Refusals under HTTP 200 are told from answers."""

import json
from typing import Any

import pytest

from _pollinations.chat.completion_reader import read_reply
from _pollinations.http.call import Response
from _pollinations.http.errors import (
    PaymentRequiredError,
    PermissionDeniedError,
    PollinationsError,
)

NO_STORE = {"cache-control": "private, no-store", "x-request-id": "r1"}
ZEROS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def answer(text: str, usage: object = None, **headers: str) -> Response:
    message = {"role": "assistant", "content": text}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return Response(200, headers, json.dumps({"choices": choices, "usage": usage}).encode())


PAY, PERMIT = (PaymentRequiredError, 402), (PermissionDeniedError, 403)
KEY = "The API key used for this request "
REFUSALS = [
    (PAY, "INSUFFICIENT_BALANCE", "The account behind this API key doesn't have enough credits. x"),
    (PAY, "KEY_BUDGET_EXHAUSTED", KEY + "has reached its budget. Please [raise](…/edit-key)."),
    (PAY, "QUEST_POLLEN_ONLY", KEY + "only spends Quest Pollen, and there isn't enough left."),
    (PERMIT, "FORBIDDEN", KEY + "isn't allowed to use claude. Please [allow](…/grant)."),
    (PERMIT, "FORBIDDEN", KEY + "isn’t allowed to use claude."),  # noqa: RUF001 - as it came
    (PAY, "PAYMENT_REQUIRED", KEY + "says something new."),
]


@pytest.mark.parametrize("usage", [ZEROS, None])
@pytest.mark.parametrize(("meaning", "code", "words"), REFUSALS)
def test_a_refusal_is_no_answer(
    meaning: tuple[type[PollinationsError], int], code: str, words: str, usage: Any
) -> None:
    """The gateway's own words under status 200 are the error that they stand for."""
    with pytest.raises(meaning[0]) as caught:
        read_reply(answer(words, usage, **NO_STORE), "openai")

    assert (caught.value.status, caught.value.code) == (meaning[1], code)
    assert (caught.value.message, caught.value.request_id) == (words, "r1")
    assert (caught.value.model, caught.value.retryable) == ("openai", False)


@pytest.mark.parametrize(
    "response",
    [
        answer("Hi", ZEROS, **NO_STORE),
        answer("Hi", None, **NO_STORE),
        answer(f"{KEY}is", {"prompt_tokens": 1, "completion_tokens": 0}, **NO_STORE),
        answer(f"{KEY}is", ZEROS, **{"cache-control": "public, immutable"}),
    ],
)
def test_an_answer_is_no_refusal(response: Response) -> None:
    """An answer may lack counts and be uncached: only the gateway's own words are a refusal."""
    assert read_reply(response).text
