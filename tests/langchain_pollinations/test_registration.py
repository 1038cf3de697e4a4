from importlib import import_module

import pytest
from chats import echo
from langchain.chat_models import init_chat_model

from langchain_pollinations import ChatPollinations, PollinationsError, register
from pollinations_sandbox import Sandbox

base = import_module("langchain.chat_models.base")


def test_init_chat_model_finds_a_registered_provider(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before it is registered; twice does no harm."""
    own = {name: how for name, how in base._BUILTIN_PROVIDERS.items() if name != "pollinations"}
    monkeypatch.setattr(base, "_BUILTIN_PROVIDERS", own)
    base._get_chat_model_creator.cache_clear()
    with pytest.raises(ValueError, match="pollinations"):
        init_chat_model("pollinations:openai")

    register()
    register()
    model = init_chat_model(
        "pollinations:gemini", base_url=sandbox.base_url, api_key=sandbox.api_key, temperature=0.5
    )
    assert isinstance(model, ChatPollinations)
    assert (model.model_name, model.temperature) == ("gemini", 0.5)
    assert model.invoke("Say only: hello").content == echo("Say only: hello")


def test_a_langchain_without_the_table_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to do instead."""
    monkeypatch.delattr(base, "_BUILTIN_PROVIDERS")
    with pytest.raises(PollinationsError, match=r"pass ChatPollinations\(\.\.\.\) itself"):
        register()
