"""Calls to POST /v1/chat/completions and how their whole answers are read."""

import json
from typing import Any

import pytest

from _pollinations.chat.completion_reader import read_reply
from _pollinations.chat.completions import body, complete, stream
from _pollinations.http.call import Response
from _pollinations.http.errors import InvalidInputError, UnreadableAnswerError

HI = [{"role": "user", "content": "Hi"}]


USAGE, NO_USAGE = ({"stream_options": {"include_usage": usage}} for usage in (True, False))


@pytest.mark.parametrize(
    ("call", "sent"),
    [
        (complete(body(HI, {"model": "openai", "top_p": None})), {"model": "openai"}),
        (complete(body(HI, {"stream": True, **USAGE})), {}),
        (stream(body(HI, {})), {"stream": True, **USAGE}),
        (stream(body(HI, {}), include_usage=False), {"stream": True, **NO_USAGE}),
        (stream(body(HI, NO_USAGE)), {"stream": True, **NO_USAGE}),
    ],
)
def test_a_call_is_a_value(call: Any, sent: dict[str, Any]) -> None:
    """It holds the whole request; the function, not an option, decides whether it streams."""
    assert (call.request.method, call.request.path) == ("POST", "/v1/chat/completions")
    assert json.loads(call.request.body) == {"messages": HI, **sent}
    assert "Hi" not in repr(call.request)


def test_a_value_without_a_json_form_is_refused() -> None:
    """A value without JSON form is the caller's mistake, found before anything is sent."""
    with pytest.raises(InvalidInputError, match="cannot be written as JSON"):
        complete(body(HI, {"user": object()}))


@pytest.mark.parametrize("data", [b"", b"<html><title>Oops</title>", b"[1]", b'"x"', b'{"a":'])
def test_what_is_no_answer_says_how_it_begins(data: bytes) -> None:
    """The error of a page, nothing, or half an answer has its content type and beginning."""
    response = Response(200, {"content-type": "text/html", "x-request-id": "r1"}, data)

    with pytest.raises(UnreadableAnswerError, match="text/html") as caught:
        read_reply(response, "openai")

    assert data.decode()[:10] in caught.value.message
    assert (caught.value.model, caught.value.request_id) == ("openai", "r1")
