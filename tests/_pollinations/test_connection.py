"""Fields that clients are made of."""

from typing import Any

import httpx
import pytest
from own_process import output_of

from _pollinations.connection import Connected
from _pollinations.fields import ChatFields
from _pollinations.http.errors import InvalidInputError
from _pollinations.limits.circuit_breaker import CircuitBreaker
from _pollinations.models.model import LISTS
from pollinations_sandbox import Sandbox


class Tool(Connected):
    """The least that has the fields."""

    def _address(self) -> Any:
        return "sk_secret", "https://gen.pollinations.ai/v1", 5.0


class Model(Tool, ChatFields):
    """The least that is a chat model."""


def test_a_connection_is_made_anew_only_when_a_field_of_it_has_changed() -> None:
    """What calls learn of models stays as long as it may hold."""
    model = Model(temperature=0.5)
    connection = model._connect()
    assert connection.circuit_breaker is model._connect().circuit_breaker

    model.temperature = 1.0
    assert model._connect() is connection
    model.circuit_breaker = CircuitBreaker(failures=1)
    assert model._connect().circuit_breaker is model.circuit_breaker


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("catalog", {}),
        ("circuit_breaker", 3),
        ("http_client", httpx.AsyncClient()),
        ("http_async_client", httpx.Client()),
    ],
)
def test_an_object_of_another_kind_is_refused(field: str, value: Any) -> None:
    """When it is set, not when a call uses it."""
    with pytest.raises(InvalidInputError, match=field):
        Model(**{field: value})._connect()


def test_headers_that_change_in_place_are_noticed() -> None:
    """A header that is set or removed later is sent, or not, from the next call on."""
    tool = Tool(default_headers={"X-Title": "App"})
    first = tool._connect().client
    assert tool.default_headers is not None

    tool.default_headers["X-Run"] = "7"
    assert tool._connect().client.settings.headers == (("x-title", "App"), ("x-run", "7"))
    assert tool._connect().async_client.settings.headers == (("x-title", "App"), ("x-run", "7"))
    tool.default_headers.clear()
    assert tool._connect().client.settings.headers == ()
    assert first.settings.headers == (("x-title", "App"),)


PROGRAM = """
import sys
from langchain_pollinations import ChatPollinations
model = ChatPollinations(model="auto", base_url=sys.argv[1], api_key="sk_sandbox")
model.batch([str(number) for number in range(64)])
"""


def test_first_calls_at_the_same_time_share_a_catalogue(sandbox: Sandbox) -> None:
    """In a new process, in which each thread would import its module."""
    output_of(PROGRAM, sandbox.base_url)

    assert [request.method for request in sandbox.requests].count("GET") == len(LISTS)
