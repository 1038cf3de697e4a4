"""What was known of the gateway's models in October 2026, for places that may not send a request.

A model profile or a context window is needed before the first request, often in a constructor,
where no network call is allowed. This table is used there and nowhere else: it is a snapshot, and
what the gateway lists today (`GET /v1/models`, `GET /text/models`) is the truth. A model that is
missing here can be used all the same.

Prices are left out on purpose: they change from month to month and are read from the catalogue.
"""

from collections.abc import KeysView
from dataclasses import dataclass

_TEXT = frozenset({"text"})
_SEEING = frozenset({"text", "image"})
_HEARING = frozenset({"text", "image", "audio"})
_SPEAKING = frozenset({"text", "audio"})
_ALL = frozenset({"text", "image", "audio", "video"})


@dataclass(frozen=True, slots=True)
class KnownModel:
    """One model of the snapshot.

    Attributes:
        name: The short name.
        aliases: Other names, among them the `publisher/model` id where it is certain.
        context_window: Tokens that the model reads and writes together, if it was published.
        inputs: What it reads: `text`, `image`, `audio`, `video`.
        outputs: What it generates: the same words, and `embedding`.
        tools: Whether it calls functions.
        reasoning: Whether it is listed as a reasoning model; others may think unseen.
        search: Whether it looks things up on the web on its own.
    """

    name: str
    aliases: tuple[str, ...] = ()
    context_window: int | None = None
    inputs: frozenset[str] = _TEXT
    outputs: frozenset[str] = _TEXT
    tools: bool = True
    reasoning: bool = False
    search: bool = False


def _generator(output: str, name: str, *aliases: str, inputs: frozenset[str] = _TEXT) -> KnownModel:
    return KnownModel(name, aliases, inputs=inputs, outputs=frozenset({output}), tools=False)


KNOWN_MODELS: tuple[KnownModel, ...] = (
    KnownModel("openai", ("openai/gpt-5.4-nano",), 400_000, inputs=_SEEING),
    KnownModel(
        "openai-fast",
        ("gpt-5-nano", "gpt-5-nano-2025-08-07", "openai/gpt-5-nano"),
        inputs=_SEEING,
    ),
    KnownModel(
        "openai-large",
        ("openai/gpt-5.5", "gpt-5.5", "gpt-5.2", "openai-reasoning", "gpt-5.2-reasoning"),
        inputs=_SEEING,
        reasoning=True,
    ),
    KnownModel(
        "openai-audio",
        ("gpt-audio-mini", "gpt-4o-mini-audio-preview", "gpt-4o-mini-audio-preview-2024-12-17"),
        128_000,
        inputs=_HEARING,
        outputs=_SPEAKING,
    ),
    KnownModel("openai-audio-large", inputs=_HEARING, outputs=_SPEAKING),
    KnownModel("qwen-coder", ("qwen3-coder", "qwen3-coder-30b-a3b-instruct"), 262_000),
    KnownModel("qwen-vision", inputs=_SEEING),
    KnownModel("qwen-safety", tools=False),
    KnownModel("mistral", ("mistral-small", "mistral-small-2603"), 131_000),
    KnownModel("mistral-small-3.2", ("mistral-small-3.2-24b-instruct-2506",), 131_000),
    KnownModel("gemini", ("google/gemini-3.7-flash", "gemini-3.6-flash"), 1_000_000, inputs=_ALL),
    KnownModel("gemini-3-flash", ("gemini-3-flash-preview",), 1_000_000, inputs=_ALL),
    KnownModel(
        "gemini-fast", ("gemini-2.5-flash-lite", "google/gemini-2.5-flash-lite"), inputs=_SEEING
    ),
    KnownModel(
        "gemini-search",
        ("gemini-3-flash-search", "google/gemini-2.5-flash-lite:search"),
        inputs=_SEEING,
        tools=False,
        search=True,
    ),
    KnownModel(
        "gemini-large",
        ("gemini-3", "gemini-3-pro", "gemini-3-pro-preview", "google/gemini-3.1-pro-preview"),
        inputs=_ALL,
        reasoning=True,
    ),
    KnownModel("gemini-legacy", ("gemini-2.5-pro",), inputs=_ALL, reasoning=True),
    KnownModel(
        "deepseek",
        (
            "deepseek/deepseek-v4-flash",
            "deepseek-v4-flash-0731",
            "deepseek-v3",
            "deepseek-reasoning",
        ),
        163_000,
        reasoning=True,
    ),
    KnownModel("deepseek-pro", ("deepseek/deepseek-v4-pro",), reasoning=True),
    KnownModel("grok", ("grok-4", "grok-fast", "grok-4-fast"), 2_000_000),
    KnownModel("grok-reasoning", context_window=2_000_000, reasoning=True),
    KnownModel("grok-legacy", context_window=2_000_000),
    KnownModel(
        "claude-fast",
        ("claude-haiku", "claude-haiku-4.5", "anthropic/claude-haiku-4.5"),
        200_000,
        inputs=_SEEING,
    ),
    KnownModel(
        "claude",
        ("claude-sonnet", "claude-sonnet-4.5", "anthropic/claude-sonnet-4.6"),
        200_000,
        inputs=_SEEING,
    ),
    KnownModel("claude-sonnet-5", context_window=200_000, inputs=_SEEING),
    KnownModel(
        "claude-large",
        ("anthropic/claude-opus-5", "claude-opus-5", "claude-opus", "claude-opus-4.5"),
        200_000,
        inputs=_SEEING,
    ),
    KnownModel("claude-legacy", context_window=200_000, inputs=_SEEING),
    KnownModel("perplexity-fast", ("sonar", "perplexity/sonar"), tools=False, search=True),
    KnownModel("perplexity", ("sonar-pro", "perplexity/sonar-pro"), tools=False, search=True),
    KnownModel(
        "perplexity-reasoning",
        ("sonar-reasoning", "sonar-reasoning-pro", "perplexity/sonar-reasoning-pro"),
        tools=False,
        reasoning=True,
        search=True,
    ),
    KnownModel(
        "kimi",
        ("moonshotai/kimi-k2.6", "kimi-k2.6", "kimi-k2", "kimi-reasoning", "kimi-k2-thinking"),
        256_000,
        reasoning=True,
    ),
    KnownModel("kimi-k3", ("moonshotai/kimi-k3",), reasoning=True),
    KnownModel("nova-fast", ("amazon-nova-micro", "nova-micro", "nova-micro-v1")),
    KnownModel("nova", ("amazon/nova-2-lite-v1",)),
    KnownModel("glm", ("glm-5.2", "glm-4.7", "glm-4p7"), 198_000, reasoning=True),
    KnownModel(
        "minimax",
        ("minimax/minimax-m3", "minimax-m3", "minimax-m2.1", "minimax-m2p1"),
        200_000,
        reasoning=True,
    ),
    KnownModel("minimax-m2.7", reasoning=True),
    KnownModel("nomnom", ("gemini-scrape", "web-research"), search=True),
    _generator("embedding", "openai-3-small", "openai/text-embedding-3-small"),
    _generator("image", "flux", "black-forest-labs/flux.1-schnell"),
    _generator("image", "zimage", "z-image", "z-image-turbo", "tongyi-mai/z-image-turbo"),
    _generator("image", "nanobanana", "google/gemini-2.5-flash-image", inputs=_SEEING),
    *map(KnownModel, ("qwen-coder-large", "qwen3-coder-next", "qwen-large", "qwen3.7-plus")),
    *map(KnownModel, ("mistral-large", "grok-large", "midijourney", "polly", "chickytutor")),
)
"""The models of the snapshot; each name and alias occurs once."""

_BY_NAME = {name: model for model in KNOWN_MODELS for name in (model.name, *model.aliases)}


def known_model(name: str) -> KnownModel | None:
    """Look a model up in the snapshot.

    Args:
        name: A short name, an alias, or a `publisher/model` id.

    Returns:
        What was known of it, or None.

    Example:
        >>> known_model("claude-haiku").name
        'claude-fast'
    """
    return _BY_NAME.get(name)


def known_names() -> KeysView[str]:
    """Return every name and alias of the snapshot."""
    return _BY_NAME.keys()
