import warnings
from collections.abc import Callable

import pytest

from _pollinations.models.known_models import known_models
from langchain_pollinations import ChatPollinations
from langchain_pollinations.profiles import profile_of
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]


def test_a_known_model_has_a_profile(chat: Chat, sandbox: Sandbox) -> None:
    """What a model can do is there without a request."""
    profile = chat(model="gemini").profile
    assert profile is not None
    assert profile["max_input_tokens"] == 1_000_000
    assert profile["tool_calling"]
    assert profile["image_inputs"]
    assert profile["video_inputs"]
    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("name", "reasons"),
    [("openai-large", True), ("deepseek", True), ("perplexity-reasoning", True), ("openai", None)],
)
def test_a_profile_says_which_models_reason(name: str, reasons: bool | None) -> None:
    """Models that are listed for reasoning do; of the others nothing is said, as they may."""
    profile = profile_of(name)
    assert profile is not None
    assert profile.get("reasoning_output") is reasons


def test_an_alias_has_the_same_profile(chat: Chat) -> None:
    """Short names, aliases and canonical ids are one model."""
    assert chat(model="claude-sonnet").profile == chat(model="claude").profile


def test_an_unknown_model_has_none_and_works(chat: Chat) -> None:
    """The gateway adds models faster than we release; no warning is given."""
    assert not chat(model="brand/new-model").profile
    assert profile_of("brand/new-model") is None


@pytest.mark.parametrize("name", [known.name for known in known_models()])
def test_every_profile_uses_langchains_keys(name: str) -> None:
    """Langchain-core warns of keys that it does not know; there are none."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        profile = ChatPollinations(model=name).profile
    assert profile is not None
    assert profile["name"] == name
    assert "structured_output" not in profile


def test_a_profile_of_the_users_wins() -> None:
    """`profile=` replaces what is shipped."""
    assert ChatPollinations(profile={"max_input_tokens": 5}).profile == {"max_input_tokens": 5}
