"""Whatever stands in a field of an answer, it is read, or an error of ours says what is wrong."""

import json
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import EVENT, JSON, RANDOM, WHOLE, Json, every_spoiled, spoiled

from _pollinations import account
from _pollinations.chat.completion_reader import CompletionReader, read_reply
from _pollinations.embeddings import embeddings
from _pollinations.http.call import Call, Response
from _pollinations.http.error_reader import error_from
from _pollinations.http.errors import PollinationsError
from _pollinations.media.images import image_call
from _pollinations.media.speech import transcription
from _pollinations.models.catalog import IMAGE_MODELS, MODELS, TEXT_MODELS, Model, listed
from _pollinations.models.cost import cost_of_answer
from _pollinations.models.prices import Prices
from _pollinations.models.selection import ORDERS, by_price, choose, names_for
from _pollinations.text import text

ERROR: Json = {
    "success": False,
    "error": {
        "message": '{"error":"Bad","details":{"error":{"message":"inner","code":"429"}}}',
        "code": "RATE_LIMITED",
        "timestamp": "2026-01-21T00:00:00.000Z",
        "details": {"name": "E", "formErrors": ["a"], "fieldErrors": {"b": ["c"]}, "stack": "s"},
        "cause": {"name": "C"},
        "requestId": "r",
    },
    "status": 429,
    "retryAfterSeconds": 3.5,
}
MODEL: Json = {
    "id": "openai",
    "name": "openai",
    "object": "model",
    "created": 1795309327181,
    "aliases": ["gpt"],
    "category": "text",
    "pricing": {"currency": "pollen", "promptTextTokens": "1.5e-7", "completionTextTokens": 6e-7},
    "description": "A model",
    "input_modalities": ["text", "image"],
    "output_modalities": ["text"],
    "supported_endpoints": ["/v1/chat/completions"],
    "capabilities": ["tool_calling"],
    "tools": True,
    "voices": ["alloy"],
    "context_length": 128_000,
    "max_completion_tokens": 4096,
    "maxInputChars": 9,
    "added_date": "2026-01-20",
    "tier": "seed",
    "paid_only": False,
}
RECORD: Json = {
    "timestamp": "2026-01-20 12:00:00",
    "date": "2026-01-20",
    "type": "generate.text",
    "model": "openai",
    "api_key": "mine",
    "meter_source": "tier",
    "input_text_tokens": 3,
    "output_text_tokens": 2,
    "requests": 3,
    "cost_usd": 0.0012,
    "response_time_ms": 812,
    "api_key_names": ["mine"],
}
PROFILE: Json = {
    "name": "Ada",
    "email": "ada@example.com",
    "githubUsername": "ada",
    "tier": "flower",
    "createdAt": "2025-11-01T00:00:00.000Z",
    "nextResetAt": None,
}
BALANCE: Json = {"balance": 15.5, "accountBalance": {"total": 20, "tier": "1.5", "paid": 3}}
KEY: Json = {
    "valid": True,
    "type": "secret",
    "name": "mine",
    "expiresAt": "2027-01-01T00:00:00Z",
    "expiresIn": 86_400,
    "permissions": {"models": ["openai"], "account": ["usage"]},
    "pollenBudget": 3.5,
    "rateLimitEnabled": False,
}
PICTURE: Json = {
    "created": 1,
    "data": [{"b64_json": "iVBORw0KGgo=", "media_type": "image/png", "revised_prompt": "a"}],
    "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
}
VECTORS: Json = {
    "object": "list",
    "data": [
        {"object": "embedding", "embedding": [0.5, 1], "index": 0},
        {"object": "embedding", "embedding": "AAAAPw==", "index": 1},
    ],
    "model": "text-embedding-3-small",
    "usage": {"prompt_tokens": 3, "total_tokens": 3},
}
TRANSCRIPT: Json = {
    "text": "Good morning!",
    "language": "en",
    "duration": 1.5,
    "segments": [{"text": "Good", "start": 0, "end": "0.5", "speaker": "A", "speaker_id": "a"}],
}
SOUND = b"RIFF$\x00\x00\x00WAVEfmt "
ENDPOINTS: dict[str, tuple[Call[Any], object]] = {
    "models": (listed(MODELS), {"object": "list", "data": [MODEL, MODEL]}),
    "text models": (listed(TEXT_MODELS), [MODEL, MODEL]),
    "image models": (listed(IMAGE_MODELS), [MODEL]),
    "profile": (account.profile(), PROFILE),
    "balance": (account.balance(), BALANCE),
    "usage": (account.usage(), {"usage": [RECORD], "count": 1}),
    "daily usage": (account.daily_usage(), {"usage": [RECORD], "count": 1}),
    "key": (account.key(), KEY),
    "picture": (image_call("a%20bee"), PICTURE),
    "embeddings": (embeddings(["red", "green"]), VECTORS),
    "transcript": (transcription(SOUND, response_format="verbose_json"), TRANSCRIPT),
    "plain transcript": (transcription(SOUND, response_format="text"), TRANSCRIPT),
    "text": (text("Hi"), EVENT),
}
KINDS = st.sampled_from(("application/json", "text/plain", "text/html", "image/png", "audio/mpeg"))
ANSWER = read_reply(Response(200, {}, json.dumps({**WHOLE, "choices": [{"message": {}}]}).encode()))
PRICED = Model(name="m", prices=Prices(prompt=Decimal("1e-6"), completion=Decimal("1e-6")))


def tell(read: Callable[[], object]) -> None:
    """Read it; only an error of ours may come."""
    with suppress(PollinationsError):
        read()


def read_every_way(event: object) -> None:
    """As a whole answer, and as an event that comes twice."""
    body = json.dumps(event).encode()

    def read_whole() -> None:
        reply = read_reply(Response(200, {"x-usage-prompt-text-tokens": "x"}, body))
        assert repr(reply.metadata)
        assert cost_of_answer(reply, PRICED) is not None or reply.usage is None

    def read_stream() -> None:
        reader = CompletionReader(Response(200, {}), None)
        list(reader.feed(b"data: " + body + b"\n\n" + b"data: " + body + b"\n\n"))
        list(reader.close())

    tell(read_whole)
    tell(read_stream)


@pytest.mark.parametrize("event", [EVENT, WHOLE], ids=["event", "whole"])
def test_any_value_in_any_field_of_an_answer_is_read_or_told(event: Json) -> None:
    """Streamed or whole."""
    for value in every_spoiled(event):
        read_every_way(value)

    @settings(RANDOM, max_examples=150)
    @given(value=spoiled(event))
    def read(value: Any) -> None:
        read_every_way(value)

    read()


@pytest.mark.parametrize("name", ENDPOINTS)
def test_any_value_in_any_field_of_any_answer_is_read_or_told(name: str) -> None:
    """Lists of models, accounts, pictures, vectors, transcripts: a value or an error of ours."""
    call, body = ENDPOINTS[name]

    def read(value: object, kind: str = "application/json") -> str:
        return repr(call.read(Response(200, {"content-type": kind}, json.dumps(value).encode())))

    assert read(body)
    for value in every_spoiled(body):
        tell(lambda: read(value))  # noqa: B023 - called at once

    @settings(RANDOM, max_examples=60)
    @given(value=spoiled(body), kind=KINDS)
    def read_any(value: Any, kind: str) -> None:
        tell(lambda: read(value, kind))

    read_any()


def choose_from(items: object) -> None:
    """Everything that is done with a list of models."""
    models = listed(TEXT_MODELS).read(Response(200, {}, json.dumps(items).encode()))
    for task in ORDERS:
        choose(models, task)
    by_price(models, min_context=1, inputs={"image"})
    names_for(models, {"tools": True})
    for model in models:
        cost_of_answer(ANSWER, model)


def test_any_catalogue_can_be_chosen_from() -> None:
    """Whatever a list says of a model and its prices, models are found and compared."""
    for items in every_spoiled([MODEL, MODEL]):
        tell(lambda: choose_from(items))  # noqa: B023 - called at once

    @settings(RANDOM, max_examples=100)
    @given(items=spoiled([MODEL, MODEL]))
    def choose_any(items: Any) -> None:
        tell(lambda: choose_from(items))

    choose_any()


@RANDOM
@given(value=spoiled(ERROR), status=st.sampled_from((200, 400, 402, 422, 429, 500)))
def test_any_value_in_any_field_of_an_error_is_told(value: Any, status: int) -> None:
    """Whatever an error's body holds, it becomes an error with words."""
    tell_error(value, status)


def test_any_edge_in_any_field_of_an_error_is_told() -> None:
    """The same for each value that programs stumble over, in each field."""
    for value in every_spoiled(ERROR):
        tell_error(value, 429)


def tell_error(value: object, status: int) -> None:
    error = error_from(status, {}, json.dumps(value).encode())

    assert error.message
    assert str(error)
    assert repr(error.response.json() if error.response else "")


@RANDOM
@given(
    status=st.integers(300, 599),
    body=st.binary(max_size=60)
    | st.text(max_size=30).map(str.encode)
    | JSON.map(repr).map(str.encode),
    wait=st.text(max_size=12)
    | st.sampled_from(("nan", "-1", "1e400", "Wed, 21 Oct 2099 99:00 +9999")),
)
def test_any_bytes_become_an_error(status: int, body: bytes, wait: str) -> None:
    """Any body and any Retry-After give an error with words and a sensible wait."""
    error = error_from(status, {"retry-after": wait}, body)

    assert error.message
    assert error.retry_after is None or 0 <= error.retry_after < 1e10


@pytest.mark.parametrize("depth", [150, 900, 100_000])
def test_depth_does_no_harm(depth: int) -> None:
    """JSON that is nested without end becomes an error, not a crash."""
    nested = b'{"error":' * depth + b"1" + b"}" * depth

    assert error_from(500, {}, nested).message
    with pytest.raises(PollinationsError):
        read_reply(Response(200, {}, nested))
