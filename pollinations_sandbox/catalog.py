"""Which models exist in each API version, their names and prices: one table per version."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from pollinations_sandbox.errors import Api

VOICES: Final = (
    "alloy",
    "echo",
    "fable",
    "onyx",
    "nova",
    "shimmer",
    "coral",
    "verse",
    "ballad",
    "ash",
    "sage",
    "amuch",
    "dan",
)


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


# name | id or = | provider | provider's model | price | reads>writes | flags | context | aliases
# A price is prompt/cached/completion in pollen per million tokens, then name:price pairs per unit.
# Flags: T tools, R reasoning, S specialised, P paid pollen only.
_JANUARY: Final = """
openai|=|azure|gpt-5-mini-2025-08-07|.15/.04/.6|text,image>text|T||
openai-fast|=|azure-2|gpt-5-nano-2025-08-07|.06/.01/.44|text,image>text|T||gpt-5-nano gpt-5-nano-2025-08-07
openai-large|=|azure|gpt-5.2-2025-12-11|1.75/.175/14|text,image>text|TR||gpt-5.2 openai-reasoning gpt-5.2-reasoning
qwen-coder|=|ovhcloud|qwen3-coder-30b-a3b-instruct|.06/-/.22|text>text|T||qwen3-coder qwen3-coder-30b-a3b-instruct
mistral|=|scaleway|mistral-small-3.2-24b-instruct-2506|.15/-/.35|text>text|T||mistral-small mistral-small-3.2 mistral-small-3.2-24b-instruct-2506
openai-audio|=|azure|gpt-4o-mini-audio-preview-2024-12-17|.165/-/.66 promptAudioTokens:.000011 completionAudioTokens:.000022|text,image,audio>audio,text|T||gpt-4o-mini-audio-preview gpt-4o-mini-audio-preview-2024-12-17
gemini|=|google|gemini-3-flash-preview|.5/.05/3 promptAudioTokens:.0000005|text,image,audio,video>text|T||gemini-3-flash gemini-3-flash-preview
gemini-fast|=|google|gemini-2.5-flash-lite|.1/.01/.4 promptAudioTokens:.0000001|text,image>text|T||gemini-2.5-flash-lite
deepseek|=|fireworks|accounts/fireworks/models/deepseek-v3p2|.56/.28/1.68|text>text|TR||deepseek-v3 deepseek-reasoning
grok|=|azure|grok-4-fast-non-reasoning|.2/.2/.5|text>text|T||grok-fast grok-4 grok-4-fast
gemini-search|=|google|gemini-3-flash-preview|.5/.05/3 promptAudioTokens:.0000005|text,image>text|||gemini-3-flash-search
chickytutor|=|aws|us.anthropic.claude-3-5-haiku-20241022-v1:0|.8/-/4|text>text|TS||
midijourney|=|azure-2|gpt-4.1-2025-04-14|2.2/.55/8.8|text>text|TS||
claude-fast|=|aws|us.anthropic.claude-haiku-4-5-20251001-v1:0|1/-/5|text,image>text|T||claude-haiku-4.5 claude-haiku
claude|=|google|claude-sonnet-4-5-20250929|3/-/15|text,image>text|T||claude-sonnet-4.5 claude-sonnet
claude-large|=|google|claude-opus-4-5-20251101|5/-/25|text,image>text|T||claude-opus-4.5 claude-opus
perplexity-fast|=|perplexity|sonar|1/-/1|text>text|||sonar
perplexity-reasoning|=|perplexity|sonar-reasoning-pro|2/-/8|text>text|R||sonar-reasoning sonar-reasoning-pro
kimi|=|google|moonshotai/kimi-k2-thinking-maas|.6/-/2.5|text>text|TR||kimi-k2 kimi-reasoning kimi-k2-thinking
gemini-large|=|google|gemini-3-pro-preview|2/.2/12|text,image,audio,video>text|TR||gemini-3-pro gemini-3 gemini-3-pro-preview
gemini-legacy|=|google|gemini-2.5-pro|1.25/.31/10|text,image,audio,video>text|TR||gemini-2.5-pro
nova-fast|=|aws|amazon.nova-micro-v1:0|.035/-/.14|text>text|T||amazon-nova-micro nova nova-micro
glm|=|fireworks|accounts/fireworks/models/glm-4p7|.6/.3/2.2|text>text|TR|198000|glm-4.7 glm-4p7
minimax|=|fireworks|accounts/fireworks/models/minimax-m2p1|.3/.15/1.2|text>text|TR|200000|minimax-m2.1 minimax-m2p1
nomnom|=|community|nomnom||text>text|T||gemini-scrape web-research
kontext|=|azure|kontext|completionImageTokens:.04|text,image>image|||
turbo|=|scaleway|turbo|completionImageTokens:.0003|text>image|||
nanobanana|=|google|nanobanana|promptTextTokens:.0000003 promptImageTokens:.0000003 completionImageTokens:.00003|text,image>image|||
nanobanana-pro|=|google|nanobanana-pro|promptTextTokens:.00000125 promptImageTokens:.00000125 completionImageTokens:.00012|text,image>image|||
seedream|=|bytedance|seedream|completionImageTokens:.03|text,image>image|||
seedream-pro|=|bytedance|seedream-pro|completionImageTokens:.04|text,image>image|||
gptimage|=|azure-2|gptimage|promptTextTokens:.000002 promptCachedTokens:.0000002 promptImageTokens:.0000025 completionImageTokens:.000008|text,image>image|||gpt-image gpt-image-1-mini
gptimage-large|=|azure|gptimage-large|promptTextTokens:.000008 promptCachedTokens:.000002 promptImageTokens:.000008 completionImageTokens:.000032|text,image>image|||gpt-image-1.5 gpt-image-large
flux|=|io.net|flux|completionImageTokens:.0002|text>image|||
zimage|=|io.net|zimage|completionImageTokens:.0002|text>image|||z-image z-image-turbo
veo|=|google|veo|completionVideoSeconds:.15|text,image>video|||veo-3.1-fast video
seedance|=|bytedance|seedance|completionVideoTokens:.0000018|text,image>video|||
seedance-pro|=|bytedance|seedance-pro|completionVideoTokens:.000001|text,image>video|||
wan|=|alibaba|wan|completionVideoSeconds:.025 completionAudioSeconds:.025|text,image>video|||wan2.6 wan-i2v
klein|=|modal|klein|completionImageTokens:.008|text,image>image|||flux-klein
klein-large|=|modal|klein-large|completionImageTokens:.012|text,image>image|||flux-klein-9b klein-9b
tts-1|=|elevenlabs|eleven-v3|completionAudioTokens:.0001|text>audio|||
whisper-large-v3|=|ovhcloud|whisper-large-v3|promptAudioSeconds:.00004|audio>text|||whisper-1
"""  # noqa: E501 - a model is a line
_OCTOBER: Final = """
openai|openai/gpt-5.4-nano|azure|gpt-5.4-nano-2026-03-17|.15/.04/.6|text,image>text|TR|400000|
openai-fast|openai/gpt-5-nano|azure-2|gpt-5-nano-2025-08-07|.06/.01/.44|text,image>text|TR|400000|gpt-5-nano gpt-5-nano-2025-08-07
openai-large|openai/gpt-5.5|azure|gpt-5.5-2026-06-11|1.75/.175/14|text,image>text|TRP|400000|gpt-5.2 openai-reasoning
openai-audio|openai/gpt-audio-1.5|azure|gpt-audio-1.5-2026-02-23|.165/-/.66 promptAudioTokens:.000011 completionAudioTokens:.000022|text,image,audio>audio,text|T|128000|gpt-4o-mini-audio-preview
qwen-coder|qwen/qwen3-coder-30b-a3b-instruct|ovhcloud|qwen3-coder-30b-a3b-instruct|.06/-/.22|text>text|T|262000|qwen3-coder
qwen-large|qwen/qwen3.8-max|openrouter|qwen/qwen3.8-max|.4/-/2.4|text>text|TR|262000|
mistral|mistralai/mistral-small-4|scaleway|mistral-small-4|.1/-/.3|text>text|T|131000|mistral-small mistral-small-3.2
gemini|google/gemini-3.7-flash|google|gemini-3.7-flash|.5/.05/3 promptAudioTokens:.0000005|text,image,audio,video>text|TRP|1000000|gemini-3-flash gemini-3-flash-preview
gemini-fast|google/gemini-2.5-flash-lite|google|gemini-2.5-flash-lite|.1/.01/.4|text,image>text|T|1000000|
gemini-search|google/gemini-2.5-flash-lite:search|google|gemini-2.5-flash-lite|.1/.01/.4|text,image>text||1000000|gemini-3-flash-search
gemini-large|google/gemini-3.1-pro-preview|google|gemini-3.1-pro-preview|2/.2/12|text,image,audio,video>text|TRP|1000000|gemini-3-pro gemini-3
gemini-legacy|google/gemini-2.5-pro|google|gemini-2.5-pro|1.25/.31/10|text,image,audio,video>text|TR|1000000|gemini-2.5-pro
deepseek|deepseek/deepseek-v4-flash|fireworks|accounts/fireworks/models/deepseek-v4-flash|.56/.28/1.68|text>text|TR|163000|deepseek-v3 deepseek-reasoning
grok|x-ai/grok-4.3|azure|grok-4.3|.2/.2/.5|text>text|TP|2000000|grok-fast grok-4
claude-fast|anthropic/claude-haiku-4.5|aws|us.anthropic.claude-haiku-4-5-20251001-v1:0|1/.1/5|text,image>text|TR|200000|claude-haiku
claude|anthropic/claude-sonnet-4.6|google|claude-sonnet-4-6|3/.3/15|text,image>text|TRP|200000|claude-sonnet claude-sonnet-4.5
claude-large|anthropic/claude-opus-5|google|claude-opus-5|5/.5/25|text,image>text|TRP|200000|claude-opus claude-opus-4.5
perplexity-fast|perplexity/sonar|perplexity|sonar|1/-/1|text>text||127000|sonar
perplexity-reasoning|perplexity/sonar-reasoning-pro|perplexity|sonar-reasoning-pro|2/-/8|text>text|R|127000|sonar-reasoning sonar-reasoning-pro
kimi|moonshotai/kimi-k3|google|moonshotai/kimi-k3-maas|.6/.1/3|text>text|TR|256000|kimi-k2 kimi-reasoning
nova-fast|amazon/nova-micro-v1|aws|amazon.nova-micro-v1:0|.035/-/.14|text>text|T|128000|amazon-nova-micro nova-micro
nova|amazon/nova-2-lite-v1|aws|us.amazon.nova-2-lite-v1:0|.3/-/2.5|text,image>text|TP|1000000|
glm|z-ai/glm-5.3|fireworks|accounts/fireworks/models/glm-5p3|.6/.3/2.2|text>text|TR|198000|glm-4.7
minimax|minimax/minimax-m3|fireworks|accounts/fireworks/models/minimax-m3|.3/.03/1.2|text>text|TR|200000|minimax-m2.1
nemotron|nvidia/nemotron-3-ultra|openrouter|nvidia/nemotron-3-ultra|.2/-/.8|text>text|TR|262000|
midijourney|pollinations/midijourney|azure-2|gpt-4.1-2025-04-14|2.2/.55/8.8|text>text|TS||
polly|pollinations/polly|community|polly||text,image>text|TS||
nomnom|pollinations/nomnom|community|nomnom||text>text|T||gemini-scrape web-research
zimage|tongyi-mai/z-image-turbo|io.net|z-image-turbo|completionImageTokens:.004|text>image|||z-image z-image-turbo
flux|black-forest-labs/flux.1-schnell|io.net|flux.1-schnell|completionImageTokens:.002|text>image|||black-forest-labs/FLUX.1-schnell
kontext|black-forest-labs/flux.1-kontext-pro|azure|kontext|completionImageTokens:.04|text,image>image|||
nanobanana|google/gemini-2.5-flash-image|google|gemini-2.5-flash-image|promptTextTokens:.0000003 promptImageTokens:.0000003 completionImageTokens:.00003|text,image>image|P||
gptimage|openai/gpt-image-1-mini|azure-2|gpt-image-1-mini|promptTextTokens:.0000015 promptCachedTokens:.00000015 promptImageTokens:.000001875 completionImageTokens:.000006|text,image>image|||gpt-image
seedream|bytedance/seedream-4|bytedance|seedream-4|completionImageTokens:.03|text,image>image|P||
klein|black-forest-labs/flux.2-klein|modal|flux.2-klein|completionImageTokens:.005|text,image>image|||flux-klein
recraft-v4.1-vector|recraft/recraft-v4.1-vector|recraft|recraft-v4.1-vector|completionImageTokens:.08|text>image|P||
veo|google/veo-3.1-fast|google|veo-3.1-fast|completionVideoSeconds:.08 completionAudioSeconds:.02|text,image>video|P||veo-3.1-fast video
wan|alibaba/wan-2.6|alibaba|wan-2.6|completionVideoSeconds:.1|text,image>video|P||wan2.6 wan-i2v
openai-3-small|openai/text-embedding-3-small|azure|text-embedding-3-small|promptTextTokens:.00000002|text>embedding|||
openai-3-large|openai/text-embedding-3-large|azure|text-embedding-3-large|promptTextTokens:.00000013|text>embedding|||
gemini-embedding|google/gemini-embedding-2|google|gemini-embedding-2|promptTextTokens:.0000002|text,image,audio,video>embedding|||
elevenlabs|elevenlabs/eleven-v3|elevenlabs|eleven-v3|completionAudioTokens:.0001|text>audio|||tts-1
whisper-large-v3|openai/whisper-large-v3|ovhcloud|whisper-large-v3|promptAudioSeconds:.00004|audio>text|||whisper-1
"""  # noqa: E501 - a model is a line
_PER_MILLION: Final = ("promptTextTokens", "promptCachedTokens", "completionTextTokens")


@cache
def entries(api: Api) -> tuple[Entry, ...]:
    """All models of an API version, in the order of the lists."""
    table = _JANUARY if api == "2026-01" else _OCTOBER
    return tuple(_entry(row) for row in table.strip().splitlines())


def resolve(name: str, api: Api = "2026-10") -> Entry | None:
    """The model that goes by `name`: its short name, an alias, or `publisher/model`."""
    return _by_name(api).get(name)


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
