"""Whatever stands in a field of an answer, it is read, or an error of ours says what is wrong."""

import json
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spelled_answers import WHOLE
from strategies import JSON, Json, every_spoiled, spoiled

from _pollinations import account
from _pollinations.chat.completion_reader import read_reply
from _pollinations.embeddings import embeddings
from _pollinations.http.call import Call, Response
from _pollinations.http.error_reader import error_from
from _pollinations.http.errors import PollinationsError
from _pollinations.media.images import image_call
from _pollinations.media.speech import transcription
from _pollinations.models.cost import cost_of_answer
from _pollinations.models.model import IMAGE_MODELS, MODELS, TEXT_MODELS, Model, listed
from _pollinations.models.prices import Prices
from _pollinations.models.selection import ORDERS, by_price, choose, names_for
from _pollinations.text import text
from pollinations_sandbox import Sandbox

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
# What the sandbox does not list of a model.
MODEL: Json = {
    "id": "openai",
    "created": 1795309327181,
    "added_date": "2026-01-20",
    "tier": "seed",
    "voices": ["alloy"],
    "context_window": 128_000,
    "max_completion_tokens": 4096,
    "maxInputChars": 9,
    "vision": True,
    "supportsSystemMessages": True,
}
SOUND = b"RIFF$\x00\x00\x00WAVEfmt "
ENDPOINTS: dict[str, Call[Any]] = {
    "models": listed(MODELS),
    "text models": listed(TEXT_MODELS),
    "image models": listed(IMAGE_MODELS),
    "profile": account.profile(),
    "balance": account.balance(),
    "usage": account.usage(),
    "daily usage": account.daily_usage(),
    "key": account.key(),
    "picture": image_call("a%20bee", width=16, height=16),
    "embeddings": embeddings(["red", "green"]),
    "packed embeddings": embeddings(["red", "green"], encoding_format="base64"),
    "transcript": transcription(SOUND, response_format="verbose_json"),
    "plain transcript": transcription(SOUND, response_format="json"),
    "text": text("Hi", json=True),
}
ANSWER = read_reply(Response(200, {}, json.dumps({**WHOLE, "choices": [{"message": {}}]}).encode()))
PRICED = Model(name="m", prices=Prices(prompt=Decimal("1e-6"), completion=Decimal("1e-6")))


def try_everywhere(value: Any, read: Callable[[Any], object], examples: int) -> None:
    """Read the value with others in each of its fields; only errors of ours may come."""

    def read_or_raise(other: Any) -> None:
        with suppress(PollinationsError):
            read(other)

    for other in every_spoiled(value):
        read_or_raise(other)

    @settings(max_examples=examples)
    @given(other=spoiled(value))
    def read_any(other: Any) -> None:
        read_or_raise(other)

    read_any()


def read_whole(event: object) -> None:
    body = json.dumps(event).encode()
    reply = read_reply(Response(200, {"x-usage-prompt-text-tokens": "x"}, body))
    assert repr(reply.metadata)
    assert cost_of_answer(reply, PRICED) is not None or reply.usage is None


def test_any_value_in_any_field_of_a_chat_has_metadata_and_a_cost() -> None:
    """Of what is read; that it is read, whole and streamed, is in frameworks/test_any_answer.py."""
    try_everywhere(WHOLE, read_whole, 100)


def answer_to(call: Call[Any], sandbox: Sandbox) -> Any:
    """The JSON that a gateway answers, with two items of each list."""
    request = call.request
    answer = httpx.request(
        request.method,
        sandbox.base_url + request.path,
        params=request.query,
        content=request.body,
        headers={**dict(request.headers), "authorization": f"Bearer {sandbox.api_key}"},
    )
    return answer.json(object_hook=lambda item: {name: short(item[name]) for name in item})


def short(value: Any) -> Any:
    return value[:2] if isinstance(value, list) else value


@pytest.mark.parametrize("name", ENDPOINTS)
def test_any_value_in_any_field_of_any_answer_is_read_or_told(name: str, sandbox: Sandbox) -> None:
    """Lists of models, accounts, pictures, vectors, transcripts: a value or an error of ours."""
    call = ENDPOINTS[name]
    body = short(answer_to(call, sandbox))
    if "models" in name:
        body = {
            "data": [{**item, **MODEL} for item in (body["data"] if name == "models" else body)]
        }

    def read(value: object) -> str:
        kind = {"content-type": "application/json"}
        return repr(call.read(Response(200, kind, json.dumps(value).encode())))

    assert read(body)
    try_everywhere(body, read, 60)


def choose_from(items: object) -> None:
    """Everything that is done with a list of models."""
    models = listed(TEXT_MODELS).read(Response(200, {}, json.dumps(items).encode()))
    for task in ORDERS:
        choose(models, task)
    by_price(models, min_context=1, inputs={"image"})
    names_for(models, {"tools": True})
    for model in models:
        cost_of_answer(ANSWER, model)


def test_any_catalogue_can_be_chosen_from(sandbox: Sandbox) -> None:
    """Whatever a list says of a model and its prices, models are found and compared."""
    listing = [{**item, **MODEL} for item in answer_to(listed(TEXT_MODELS), sandbox)[:2]]
    try_everywhere(listing, choose_from, 100)


@pytest.mark.parametrize("status", [200, 402, 429])
def test_any_value_in_any_field_of_an_error_is_told(status: int) -> None:
    """Whatever an error's body holds, it becomes an error with words."""

    def read(value: object) -> None:
        error = error_from(status, {}, json.dumps(value).encode())
        assert error.message
        assert str(error)
        assert repr(error.response.json() if error.response else "")

    try_everywhere(ERROR, read, 20)


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
