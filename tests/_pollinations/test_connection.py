"""Fields that clients are made of."""

import copy
import pickle
from typing import Any

import httpx

from _pollinations.connection import ClientFields


class Tool(ClientFields):
    """The least that has the fields."""

    def _address(self) -> Any:
        return "sk_secret", "https://gen.pollinations.ai/v1", 5.0


def test_both_colours_have_the_same_settings() -> None:
    """Whatever is said holds for both."""
    tool = Tool(max_retries=7, retry_after_limit=1, default_headers={"X-Title": "App"}, proxy=None)

    blocking, coroutines = tool._clients()

    assert blocking.settings == coroutines.settings
    assert blocking.settings.base_url == "https://gen.pollinations.ai"
    assert blocking.settings.retry.max_retries == 7
    assert blocking.settings.timeouts.read == 5
    assert tool._clients()[0] is blocking


def test_a_changed_copy_has_clients_of_its_own() -> None:
    """`model_copy` with an update is another tool."""
    tool = Tool()
    changed = tool.model_copy(update={"max_retries": 0})

    assert changed._clients()[0].settings.retry.max_retries == 0
    assert tool._clients()[0].settings.retry.max_retries == 2


def test_headers_that_change_in_place_are_noticed() -> None:
    """A header that is set or removed later is sent, or not, from the next call on."""
    tool = Tool(default_headers={"X-Title": "App"})
    first, _ = tool._clients()
    assert tool.default_headers is not None

    tool.default_headers["X-Run"] = "7"
    assert tool._clients()[0].settings.headers == (("x-title", "App"), ("x-run", "7"))
    assert tool._clients()[1].settings.headers == (("x-title", "App"), ("x-run", "7"))
    tool.default_headers.clear()
    assert tool._clients()[0].settings.headers == ()
    assert first.settings.headers == (("x-title", "App"),)


def test_a_tool_travels_without_its_connections() -> None:
    """Pickled it works anew; a copy shares a client of the user's own."""
    with httpx.Client() as own:
        tool = Tool(http_client=own, default_headers={"X-Secret": "s"})
        tool._clients()

        assert copy.deepcopy(tool).http_client is own
        again = pickle.loads(pickle.dumps(tool))  # noqa: S301 - our own bytes
        assert again.http_client is None
        assert again._clients()[0].settings == tool._clients()[0].settings


def test_nothing_private_is_shown() -> None:
    """Headers, proxy and clients are in neither repr nor dump."""
    tool = Tool(default_headers={"X-Secret": "hush"}, proxy="http://user:hush@proxy:1")

    assert "hush" not in repr(tool)
    assert "hush" not in tool.model_dump_json()
