from collections.abc import Callable

import pytest

from _pollinations.models.known_models import known_models
from langchain_pollinations import ChatPollinations
from langchain_pollinations.profiles import profile_of
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]


@pytest.mark.parametrize(
    ("name", "reasons"),
    [("openai-large", True), ("deepseek", True), ("perplexity-reasoning", True), ("openai", None)],
)
def test_a_profile_says_which_models_reason(name: str, reasons: bool | None) -> None:
    """Models that are listed for reasoning do; of the others nothing is said, as they may."""
    profile = profile_of(name)
    assert profile is not None
    assert profile.get("reasoning_output") is reasons


def test_an_unknown_model_has_none_and_works(chat: Chat) -> None:
    """The gateway adds models faster than we release; no warning is given."""
    assert not chat(model="brand/new-model").profile
    assert profile_of("brand/new-model") is None


@pytest.mark.filterwarnings("error")  # langchain-core warns of keys that it does not know
def test_every_known_model_has_a_profile(chat: Chat, sandbox: Sandbox) -> None:
    """What a model can do is there without a request."""
    profiles = {known.name: chat(model=known.name).profile for known in known_models()}

    assert [name for name, profile in profiles.items() if (profile or {}).get("name") != name] == []
    gemini = profiles["gemini"] or {}
    assert (
        gemini.items()
        >= {
            "max_input_tokens": 1_000_000,
            "tool_calling": True,
            "image_inputs": True,
            "video_inputs": True,
        }.items()
    )
    assert "structured_output" not in gemini
    assert sandbox.requests == []
