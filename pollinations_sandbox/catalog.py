"""The models of each API version, their names and prices; the tables are in models-*.txt."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final

from pollinations_sandbox.errors import Api


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One model.

    Attributes:
        name: The short name that is the same in all API versions.
        id: What the lists of the API show: the short name, or `publisher/model`.
        aliases: Further names that the gateway takes.
        provider: Who runs the model.
        upstream: The provider's own id, which answers carry as `model`.
        prices: Pollen per single token, image or second, by the registry's names; decimal text.
        inputs: What it reads.
        outputs: What it writes.
        tools: Whether the lists say that it calls tools.
        reasoning: Whether the lists say that it reasons.
        specialized: Whether it is made for one purpose.
        paid: Whether it needs paid pollen.
        context: Tokens of context, if the lists say so.
    """

    name: str
    id: str
    aliases: tuple[str, ...]
    provider: str
    upstream: str
    prices: Mapping[str, str]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    tools: bool = False
    reasoning: bool = False
    specialized: bool = False
    paid: bool = False
    context: int | None = None

    @property
    def kind(self) -> str:
        """The endpoint that serves it: text, image, video, audio or embedding."""
        if "text" in self.outputs and "audio" not in self.inputs[:1]:
            return "text"
        return "audio" if self.inputs[0] == "audio" else self.outputs[0]

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it may be called in a request."""
        return (self.id, self.name, *self.aliases)

    @property
    def style(self) -> str:
        """How its provider spells an answer; see `styles.py`."""
        if self.provider == "google" and not self.upstream.startswith("gemini"):
            return "anthropic" if self.upstream.startswith("claude") else "fireworks"
        return {
            "google": "gemini",
            "aws": "claude",
            "fireworks": "fireworks",
            "perplexity": "perplexity",
            "openrouter": "openrouter",
        }.get(self.provider, "openai")


_PER_MILLION: Final = ("promptTextTokens", "promptCachedTokens", "completionTextTokens")


@cache
def entries(api: Api) -> tuple[Entry, ...]:
    """All models of an API version, in the order of the lists."""
    table = files(__package__).joinpath(f"models-{api}.txt").read_text()
    return tuple(_entry(row) for row in table.splitlines() if not row.startswith("#"))


def community(number: int) -> Entry:
    """One of any number of models that users run: a list of hundreds is mostly made of them."""
    name, price = f"community/user-{number}/model-{number}", f".0{number % 90 + 10}"
    row = f"{name}|=|community|model-{number}|{price}/-/{price}|text,image>text|T|128000|"
    return _entry(row)


def resolve(name: str, api: Api = "2026-10") -> Entry | None:
    """The model that goes by `name`: its short name, an alias, or `publisher/model`."""
    number = name.rpartition("-")[2]
    if name == f"community/user-{number}/model-{number}" and number.isdecimal():
        return community(int(number))
    return _by_name(api).get(name)


def context_limit(entry: Entry) -> int:
    """Tokens that a model reads; the lists of 2026-01 do not say it, so 2026-10 stands in."""
    later = resolve(entry.name)
    return entry.context or (later and later.context) or 128_000


@cache
def _by_name(api: Api) -> Mapping[str, Entry]:
    known = {alias: entry for entry in entries(api) for alias in entry.names}
    return known | {entry.name: entry for entry in entries(api)}


def _entry(row: str) -> Entry:
    name, slug, provider, upstream, price, modalities, flags, context, aliases = row.split("|")
    inputs, outputs = (tuple(side.split(",")) for side in modalities.split(">"))
    return Entry(
        name=name,
        id=name if slug == "=" else slug,
        aliases=tuple(aliases.split()) if slug == "=" else (name, *aliases.split()),
        provider=provider,
        upstream=upstream,
        prices=_prices(price),
        inputs=inputs,
        outputs=outputs,
        tools="T" in flags,
        reasoning="R" in flags,
        specialized="S" in flags,
        paid="P" in flags,
        context=int(context) if context else None,
    )


def _prices(written: str) -> dict[str, str]:
    prices = {}
    for word in written.split():
        if "/" in word:
            for name, price in zip(_PER_MILLION, word.split("/"), strict=True):
                if price != "-":
                    prices[name] = f"{Decimal(price).scaleb(-6).normalize():f}"
        else:
            name, price = word.split(":")
            prices[name] = f"{Decimal(price).normalize():f}"
    return prices
