"""The models of each API version, their names and prices: the tables models-*.json."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

from pollinations_sandbox.errors import Api


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One model.

    Attributes:
        name: The short name that is the same in all API versions.
        id: What the lists of the API show: the short name, or `publisher/model`.
        aliases: Further names that the gateway takes.
        kind: The endpoint that serves it: text, image, video, audio or embedding.
        provider: Who runs the model.
        upstream: The provider's own id, which answers carry as `model`.
        style: How the provider spells an answer, as in `spelling.STYLES`.
        prices: Pollen per single token, image or second, by the registry's names; decimal text.
        inputs: What it reads.
        outputs: What it writes.
        capabilities: What else the lists say that it does, such as `tool_calling`.
        specialized: Whether it is made for one purpose.
        paid: Whether it needs paid pollen.
        context: Tokens of context, if the lists say so.
        limit: Tokens of a prompt that it reads.
    """

    name: str
    id: str
    aliases: tuple[str, ...] = ()
    kind: str
    provider: str
    upstream: str
    style: str = "openai"
    prices: Mapping[str, str]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    capabilities: tuple[str, ...] = ()
    specialized: bool = False
    paid: bool = False
    context: int | None = None
    limit: int = 128_000

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it may be called in a request."""
        return (self.id, self.name, *self.aliases)


@cache
def entries(api: Api) -> tuple[Entry, ...]:
    """All models of an API version, in the order of the lists."""
    table = files(__package__).joinpath(f"models-{api}.json").read_text()
    return TypeAdapter(tuple[Entry, ...]).validate_json(table)


def community(number: int) -> Entry:
    """One of any number of models that users run: a list of hundreds is mostly made of them."""
    name, price = f"community/user-{number}/model-{number}", f"0.0000000{number % 90 + 10}"
    return Entry(
        name=name,
        id=name,
        kind="text",
        provider="community",
        upstream=f"model-{number}",
        prices={"promptTextTokens": price, "completionTextTokens": price},
        inputs=("text", "image"),
        outputs=("text",),
        capabilities=("tool_calling",),
        context=128_000,
    )


def resolve(name: str, api: Api = "2026-10") -> Entry | None:
    """The model that goes by `name`: its short name, an alias, or `publisher/model`."""
    number = name.rpartition("-")[2]
    if name == f"community/user-{number}/model-{number}" and number.isdecimal():
        return community(int(number))
    return _by_name(api).get(name)


@cache
def _by_name(api: Api) -> Mapping[str, Entry]:
    known = {alias: entry for entry in entries(api) for alias in entry.names}
    return known | {entry.name: entry for entry in entries(api)}
