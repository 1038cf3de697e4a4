"""A model goes round without its key, which it takes from an option or the environment.

That the key is in nothing else is tested in tests/house/test_secrets.py.
"""

import json
from typing import Any

import pytest
from langchain_core.load import dumps, load
from pydantic import SecretStr

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Key, Sandbox

KEY = "sk_a_key_that_nobody_may_see"


@pytest.fixture
def model(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> ChatPollinations:
    """A model with a key that is easy to search for."""
    monkeypatch.setitem(sandbox._state.keys, KEY, Key())  # type: ignore[arg-type] # it is a dict
    return ChatPollinations(base_url=sandbox.base_url, api_key=KEY, max_retries=0)


@pytest.mark.filterwarnings(
    "ignore:The function `load` is in beta"  # langchain-core says so; its form is public
)
def test_a_model_goes_round_through_its_serialized_form(
    model: ChatPollinations, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LangChain's `load` makes it again, with the key from the environment."""
    model = model.model_copy(update={"temperature": 0.5, "seed": "random", "stop": ["END"]})
    told = json.loads(dumps(model))
    assert told["kwargs"]["pollinations_api_key"] == {
        "lc": 1,
        "type": "secret",
        "id": ["POLLINATIONS_API_KEY"],
    }
    monkeypatch.setenv("POLLINATIONS_API_KEY", KEY)
    again = load(
        told,
        allowed_objects=[ChatPollinations],
        valid_namespaces=["langchain_pollinations"],
        secrets_from_env=True,
    )
    assert vars(again) == vars(model)
    assert again.invoke("Hi").content
    assert sandbox.last.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("given", [KEY, SecretStr(KEY), f" {KEY}\n"])
def test_a_key_is_taken_plain_or_secret(sandbox: Sandbox, model: Any, given: Any) -> None:
    """White space around it, as files end in, does not count."""
    again = ChatPollinations(base_url=model.pollinations_api_base, api_key=given)
    assert again.invoke("Hi").content
    assert sandbox.last.headers["authorization"] == f"Bearer {KEY}"
    assert isinstance(again.pollinations_api_key, SecretStr)
