"""A model as the gateway lists it, and its lists: GET /v1/models and the richer ones.

See https://gen.pollinations.ai/docs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from _pollinations.http.call import Call, Request, Response
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.values import flag, json_of, moment, text, unreadable, whole, words
from _pollinations.models.prices import Prices, read_prices

CHAT_ENDPOINT = "/v1/chat/completions"
MODELS, TEXT_MODELS = "/v1/models", "/text/models"
IMAGE_MODELS, VIDEO_MODELS = "/image/models", "/video/models"
_PATHS = {
    None: MODELS,
    "text": TEXT_MODELS,
    "image": IMAGE_MODELS,
    "video": VIDEO_MODELS,
    "audio": "/audio/models",
    "embedding": "/embeddings/models",
}
LISTS = tuple(_PATHS.values())
"""Every list, the richer ones last; the first one has all models, but not their aliases."""

KINDS = tuple(filter(None, _PATHS))
"""The kinds of models, of which each has a list."""

_KIND_OF_LIST = {path: kind for kind, path in _PATHS.items() if kind not in {None, "image"}}
"""What all models of a list are for; an older gateway has videos among the images."""


Words = tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model as the gateway lists it for a key; None is what the list does not say.

    Attributes:
        name: The name to ask for, as listed: short, or `publisher/model`.
        aliases: Further names that the gateway understands; empty if none are listed.
        description: One line about it.
        kind: text, image, video, audio, embedding or another word: its purpose.
        inputs: What it reads: text, image, audio, video.
        outputs: What it generates: text, image, audio, video, embedding.
        tools: Whether it calls functions.
        reasoning: Whether it is listed as a reasoning model.
        vision: Whether it reads images; from `inputs` where the list has no flag.
        audio: Whether it reads or generates audio; from `inputs` and `outputs` where the list has
            no flag.
        web_search: Whether it searches the web on its own.
        voices: The voices it speaks with.
        context: Tokens that it reads and writes together.
        max_input_chars: Characters that it reads.
        max_completion_tokens: Tokens that it writes at most.
        supports_system_messages: Whether it takes system messages.
        uncensored: Whether it answers without a filter.
        is_specialized: Whether it is made for one purpose.
        community: Whether somebody else than the gateway runs it.
        tier: The account's tier that it needs.
        paid_only: Whether it needs paid pollen.
        supported_endpoints: Paths that serve it.
        created: When it came to the gateway; some lists give the moment of the answer.
        prices: Pollen per unit.
        raw: The whole item as it came.
    """

    name: str
    aliases: tuple[str, ...] = ()
    description: str | None = None
    kind: str | None = None
    inputs: tuple[str, ...] | None = None
    outputs: tuple[str, ...] | None = None
    tools: bool | None = None
    reasoning: bool | None = None
    vision: bool | None = None
    audio: bool | None = None
    web_search: bool | None = None
    voices: tuple[str, ...] | None = None
    context: int | None = None
    max_input_chars: int | None = None
    max_completion_tokens: int | None = None
    supports_system_messages: bool | None = None
    uncensored: bool | None = None
    is_specialized: bool | None = None
    community: bool | None = None
    tier: str | None = None
    paid_only: bool | None = None
    supported_endpoints: tuple[str, ...] | None = None
    created: datetime | None = None
    prices: Prices = field(default_factory=Prices)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    def answers_to(self, name: str) -> bool:
        """Whether the gateway takes `name` for this model.

        Example:
            >>> Model(name="openai/gpt-5-nano", aliases=("openai-fast",)).answers_to("openai-fast")
            True
        """
        return name == self.name or name in self.aliases


def models(kind: str | None = None) -> Call[tuple[Model, ...]]:
    """List the models that exist for this key.

    It needs no key. A key with a list of its own sees only those; a wrong key sees all, so this is
    no check of a key, see `account.key`.

    Args:
        kind: `text`, `image`, `video`, `audio` or `embedding`: the models of that endpoint, with
            aliases, prices and abilities. None lists the names of all of them, GET /v1/models,
            which has prices and abilities only in later versions of the gateway.

    Returns:
        A call for a client's `send`. A gateway without that list raises `NotFoundError`; the one
        of January 2026 lists videos among the images.

    Raises:
        InvalidInputError: There is no such kind.

    Example:
        >>> from langchain_pollinations.gateway import Client, models
        >>> [model.name for model in Client().send(models("text"))]  # doctest: +SKIP
        ['openai/gpt-5.4-nano', 'openai/gpt-5-nano', ...]
    """
    if kind not in _PATHS:
        raise InvalidInputError(f"kind is one of {', '.join(KINDS)}, not {kind!r}.")
    return listed(_PATHS[kind])


def listed(path: str, seconds: float | None = None) -> Call[tuple[Model, ...]]:
    """Ask for the list at `path`, one of `LISTS`, and wait so many seconds for it."""

    def read(response: Response) -> tuple[Model, ...]:
        value = json_of(response, "list of models")
        items = value.get("data") if isinstance(value, dict) else value
        if not isinstance(items, list):
            raise unreadable(response, "list of models")
        return read_models(items, path)

    return Call(Request("GET", path, read_timeout=seconds), read)


def read_models(items: list[Any], path: str = MODELS) -> tuple[Model, ...]:
    """Read the items of a list, of any time.

    Args:
        items: As they came; an item without a name is passed over.
        path: The list that they are from.

    Returns:
        The models, in the order of the list.
    """
    read = (_read(item, path) for item in items if isinstance(item, dict))
    return tuple(model for model in read if model.name)


def merged(*lists: tuple[Model, ...]) -> tuple[Model, ...]:
    """Put several lists together: one model for each name, from the last list that has it.

    Example:
        >>> poor, rich = Model(name="openai"), Model(name="openai", tools=True)
        >>> merged((poor,), (rich,))[0].tools
        True
    """
    return tuple({model.name: model for each in lists for model in each}.values())


def _read(item: dict[str, Any], path: str) -> Model:
    inputs, outputs = words(item.get("input_modalities")), words(item.get("output_modalities"))
    endpoints = words(item.get("supported_endpoints"))
    abilities = words(item.get("capabilities"))
    return Model(
        name=text(item.get("name")) or text(item.get("id")) or "",
        aliases=words(item.get("aliases")) or (),
        description=text(item.get("description")),
        kind=text(item.get("category")) or _kind(inputs, outputs, endpoints, path),
        inputs=inputs,
        outputs=outputs,
        tools=_ability(item.get("tools"), "tool_calling", abilities),
        reasoning=_ability(item.get("reasoning"), "reasoning", abilities),
        vision=_ability(item.get("vision"), "image", inputs),
        audio=_ability(item.get("audio"), "audio", (inputs or ()) + (outputs or ()) or None),
        web_search=_ability(item.get("search"), "web_search", abilities),
        voices=words(item.get("voices")),
        context=whole(item.get("context_length", item.get("context_window"))),
        max_input_chars=whole(item.get("maxInputChars")),
        max_completion_tokens=whole(item.get("max_completion_tokens")),
        supports_system_messages=flag(item.get("supportsSystemMessages")),
        uncensored=flag(item.get("uncensored")),
        is_specialized=flag(item.get("is_specialized")),
        community=flag(item.get("community")),
        tier=text(item.get("tier")),
        paid_only=flag(item.get("paid_only")),
        supported_endpoints=endpoints,
        created=moment(item.get("added_date", item.get("created"))),
        prices=read_prices(item.get("pricing")),
        raw=item,
    )


def _ability(value: object, word: str, listed: Words) -> bool | None:
    """What a flag says, else whether a list that is there holds the word."""
    known = flag(value)
    return (word in listed) if known is None and listed is not None else known


def _kind(inputs: Words, outputs: Words, endpoints: Words, path: str) -> str | None:
    """What a model is there for, where the list does not say it in one word."""
    if path in _KIND_OF_LIST:
        return _KIND_OF_LIST[path]
    if endpoints and CHAT_ENDPOINT in endpoints:
        return "text"
    if outputs:
        if inputs == ("audio",):
            return "audio"
        return "text" if "text" in outputs else outputs[0]
    return None
