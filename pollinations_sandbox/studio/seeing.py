"""GET /image/{prompt} and GET /video/{prompt}: what the query means, and the answer."""

import hashlib
import math
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

from pollinations_sandbox import errors
from pollinations_sandbox.cache import key_of
from pollinations_sandbox.catalog import Entry
from pollinations_sandbox.errors import Api
from pollinations_sandbox.replier.measure import tokens
from pollinations_sandbox.response import Response
from pollinations_sandbox.state import Recorded, State
from pollinations_sandbox.studio import desk, films, pictures
from pollinations_sandbox.studio.asking import check_query, references
from pollinations_sandbox.studio.pictures import Picture
from pollinations_sandbox.studio.values import coerced, true

DEFAULT: Final = "zimage"
MAX_SEED: Final = 2147483647
_SIDE: Final = 1024
_MOST_PIXELS: Final = 8192 * 8192
_SECONDS: Final = 4
_NO_SEED: Final = 42
_TOKENS: Final = 1290
_NOT_IN_KEY: Final = frozenset({"nofeed", "no-cache"})
_RATIOS: Final = frozenset({"16:9", "9:16"})
_TOKENS_PER_PIXEL: Final = 24 / 1024  # in a second
_ENDING: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "video/mp4": "mp4",
}
_SLUG: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be shown.

    Attributes:
        entry: The model.
        asked: The name by which it was asked for.
        prompt: The words.
        query: The parameters as they came.
        images: The pictures to start from, as URLs.
        seed: A number that is not negative.
        width: Pixels.
        height: Pixels.
    """

    entry: Entry
    asked: str
    prompt: str
    query: Mapping[str, Any]
    images: Sequence[str]
    seed: int
    width: int
    height: int


def image(record: Recorded, state: State) -> Response:
    """Answer GET /image/{prompt}, by a picture or, from a video model, by a film."""
    return _shown(record, state, "image", DEFAULT)


def video(record: Recorded, state: State) -> Response:
    """Answer GET /video/{prompt}, a route of the 2026-10 API."""
    return _shown(record, state, "video", "veo")


def place_of(path: str, query: Mapping[str, str], *, api: Api) -> str | None:
    """The key of the cache; in the 2026-01 API a seed of -1 has none."""
    if api == "2026-01" and query.get("seed") == "-1":
        return None
    counted = {name: value for name, value in query.items() if name not in _NOT_IN_KEY}
    return key_of("GET", path, counted, None, api=api)


def prompt_of(raw_path: str, root: str, *, api: Api) -> str:
    """The prompt that reaches the model.

    The gateway decodes the path and the image service decodes it again, so that an encoded percent
    sign with two hex digits behind it becomes something else. The 2026-01 API also joins paths in
    between: `//` becomes `/`, and a slash at the end is lost.
    """
    once = unquote(raw_path.removeprefix(root))
    if api == "2026-01":
        once = re.sub("/{2,}", "/", once).removesuffix("/")
    return unquote(once)


def wish(asked: str, prompt: str, query: Mapping[str, Any], entry: Entry) -> Wish:
    """The wish that checked parameters stand for; half a character becomes a question mark."""
    seed = _whole(query.get("seed"), _NO_SEED)
    if not -1 <= seed <= MAX_SEED:
        seed = _NO_SEED
    return Wish(
        entry=entry,
        asked=asked,
        prompt=prompt.encode("utf-8", "replace").decode(),
        query=query,
        images=references(query.get("image") or ""),
        seed=random.randrange(MAX_SEED) if seed == -1 else seed,  # noqa: S311 - a colour, no secret
        width=_whole(query.get("width"), _SIDE) or _SIDE,
        height=_whole(query.get("height"), _SIDE) or _SIDE,
    )


def work(asked: Wish, *, api: Api) -> desk.Work:
    """How a wish is carried out.

    Raises:
        GatewayError: 400, when the provider refuses it.
    """
    forwarded = _forwarded(asked, api)
    complaint = _complaint(asked, api)
    if complaint:
        provider = asked.entry.provider
        raise errors.upstream(400, complaint, api=api, provider=provider, body=forwarded)
    kind, make = _making(asked, forwarded)
    name = _SLUG.sub("-", asked.prompt.lower())[:60].strip("-") or "picture"
    headers = {
        "Content-Disposition": f'inline; filename="{name}.{_ENDING[kind]}"',
        **usage(asked, forwarded),
    }
    if api == "2026-10":
        stored = hashlib.sha256(repr(asked).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        headers["Link"] = f'<https://media.pollinations.ai/{stored}>; rel="enclosure"'
    return desk.Work(asked.entry, kind, forwarded, make, headers)


def usage(asked: Wish, forwarded: Mapping[str, Any]) -> dict[str, str]:
    """What is paid for: pictures, tokens or seconds, as the model's price says."""
    prices = asked.entry.prices
    counts: dict[str, float] = {}
    if "promptTextTokens" in prices:
        counts["prompt-text-tokens"] = tokens(asked.prompt)
        counts["prompt-image-tokens"] = _TOKENS * len(asked.images)
    if asked.entry.kind == "image":
        counts["completion-image-tokens"] = _TOKENS if "promptTextTokens" in prices else 1
    else:
        seconds = forwarded["duration"]
        if "completionVideoTokens" in prices:
            pixels = asked.width * asked.height
            counts["completion-video-tokens"] = round(seconds * pixels * _TOKENS_PER_PIXEL)
        else:
            counts["completion-video-seconds"] = seconds
        if forwarded["audio"] and "completionAudioSeconds" in prices:
            counts["completion-audio-seconds"] = seconds
    return {f"x-usage-{name}": str(count) for name, count in counts.items() if count}


def _shown(record: Recorded, state: State, endpoint: str, default: str) -> Response:
    root = f"/{endpoint}/"
    api, query = state.api, record.query
    asked = query.get("model", default) or (default if api == "2026-10" else "")

    def plan() -> desk.Work:
        prompt = prompt_of(record.raw_path, root, api=api)
        if not prompt:
            raise errors.no_route(api=api)
        check_query(record, api=api)
        kinds = ("image", "video") if endpoint == "image" else ("video",)
        entry = desk.model(asked, kinds, api=api, endpoint=endpoint)
        return work(wish(asked, prompt, query, entry), api=api)

    place = place_of(record.path, query, api=api)
    return desk.serve(record, state, asked=asked, plan=plan, place=place)


def _whole(text: object, default: int) -> int:
    """What JavaScript's `parseInt` makes of it."""
    found = re.match(r"\s*[+-]?\d+", "" if text is None else str(text))
    return int(found[0]) if found else default


def _forwarded(asked: Wish, api: Api) -> dict[str, Any]:
    query = asked.query
    known: dict[str, Any] = {
        "prompt": asked.prompt,
        "model": asked.entry.name,
        "width": asked.width,
        "height": asked.height,
        "seed": asked.seed,
        "quality": query.get("quality") or "medium",
        "image": list(asked.images),
        "transparent": true(query.get("transparent")),
        "nofeed": true(query.get("nofeed")) or true(query.get("private")),
    }
    if api == "2026-01":
        known["enhance"] = true(query.get("enhance"))
        known["safe"] = true(query.get("safe"))
        known["negative_prompt"] = query.get("negative_prompt", "worst quality, blurry")
    if query.get("guidance_scale"):
        scale = coerced(str(query["guidance_scale"]))
        known |= {} if math.isnan(scale) else {"guidance_scale": scale}
    if asked.entry.kind == "video":
        known["duration"] = coerced(str(query.get("duration") or _SECONDS))
        known["aspectRatio"] = query.get("aspectRatio") or None
        known["audio"] = true(query.get("audio", "false" if api == "2026-01" else "true"))
    return known


def _complaint(asked: Wish, api: Api) -> str | None:
    ratio = asked.query.get("aspectRatio")
    if api == "2026-01" and ratio and ratio not in _RATIOS:
        return f"Invalid aspectRatio {ratio}: expected 16:9 or 9:16"
    if asked.width * asked.height > _MOST_PIXELS:
        return f"{asked.width} x {asked.height} are more pixels than this model draws"
    return None


def _making(asked: Wish, forwarded: Mapping[str, Any]) -> tuple[str, Callable[[], bytes]]:
    """The media type, and how it is made."""
    if asked.entry.kind == "video":
        return "video/mp4", partial(films.mp4, forwarded, sound=bool(forwarded["audio"]))
    picture = Picture(
        asked.prompt, asked.entry.name, asked.seed, asked.width, asked.height, len(asked.images)
    )
    if "vector" in asked.entry.name:
        return "image/svg+xml", partial(pictures.svg, picture)
    if true(asked.query.get("transparent")) and asked.entry.name.startswith("gptimage"):
        return "image/png", partial(pictures.png, picture)
    return "image/jpeg", partial(pictures.jpeg, picture)
