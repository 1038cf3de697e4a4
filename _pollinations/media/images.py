"""Pictures: GET /image/{prompt}, POST /v1/images/generations and /v1/images/edits.

See https://gen.pollinations.ai/docs. GET serves every gateway; POST serves what an address cannot
carry, where the gateway has it.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypedDict, Unpack

from _pollinations.chat.options import options as checked
from _pollinations.http.call import Call, Expected, Request, Response
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.json import dump
from _pollinations.http.values import json_of, unreadable
from _pollinations.media.addresses import path_of, query_of, why_not
from _pollinations.media.media import Media, read_only_media
from _pollinations.media.references import Reference, references

PATH = "/image/"
GENERATIONS, EDITS = "/v1/images/generations", "/v1/images/edits"
DEFAULT_MODEL = "zimage"
"""The model that the gateway takes where none is named."""
SIDE = 1024
"""Pixels of a side that nobody named."""

MAX_PROMPT = 32_000
"""Characters of a prompt in a body."""

_NOT_IN_BODY = frozenset({"width", "height", "no_cache"})


class ImageOptions(TypedDict, total=False):
    """What may be said beside the prompt; only what you set is sent, but for the seed.

    Attributes:
        model: An image model; the gateway has one of its own choice.
        width: Pixels; some models round it.
        height: Pixels; some models round it.
        seed: -1 to 2147483647. Without it a new one is drawn, since the gateway answers the same
            request with the same picture for ever.
        image: Pictures to draw after: links, bytes, `Media` or `data:` URIs; never file names.
        quality: `low`, `medium`, `high` or `hd`, for models of OpenAI and xAI.
        transparent: Without a background, for gptimage.
        negative_prompt: What shall not be seen; of January 2026.
        enhance: Let a model write more into the prompt; of January 2026.
        guidance_scale: How closely the prompt is followed, for models that know it.
        resolution: `1k`, `2k`, `4k`, for models that know it.
        reasoning: `fast`, `balanced` or `pro`, for models that know it.
        safe: True, or filters: `privacy`, `secrets`, `sexual`, `violence`, `shield`, `nsfw`.
        nologo: Without a logo.
        private: Not in the public feed.
        nofeed: Not in the public feed.
        no_cache: Draw it again even if it is in the gateway's cache.
        extra: Further parameters of the API, by their names there.
    """

    model: str | None
    width: int | None
    height: int | None
    seed: int | str | None
    image: Reference | Sequence[Reference] | None
    quality: str | None
    transparent: bool | None
    negative_prompt: str | None
    enhance: bool | None
    guidance_scale: float | None
    resolution: str | None
    reasoning: str | None
    safe: str | bool | Sequence[str] | None
    nologo: bool | None
    private: bool | None
    nofeed: bool | None
    no_cache: bool | None
    extra: Mapping[str, Any] | None


def image_call(prompt: str, **options: Unpack[ImageOptions]) -> Call[Media]:
    """Make the call to one model; see `media.fallback.image`.

    Raises:
        InvalidInputError: The request can never be right.

    Example:
        >>> image_call("a red bicycle", width=512, height=512, seed=7).request.path
        '/image/a%20red%20bicycle'
    """
    made, pictures = _made(options)
    links = [picture for picture in pictures if isinstance(picture, str)]
    query = query_of({**made, "image": links or None})
    if len(links) < len(pictures) or why_not(prompt, query):
        return _posted(prompt, made, pictures)
    read = _reader(made, lambda response: read_only_media(response, "image", "video"))
    return Call(Request("GET", path_of(PATH, prompt), query), read, expected=_expected(made))


def seeded(options: Mapping[str, Any]) -> dict[str, Any]:
    """Check options and give them a seed, if they have none.

    Args:
        options: By our names.

    Returns:
        New options, `extra` among the others, without what is None.

    Raises:
        InvalidInputError: A number is out of bounds.
    """
    given = {name: value for name, value in options.items() if name != "extra"}
    made = checked({**given, "seed": "random" if given.get("seed") is None else given["seed"]})
    for side in ("width", "height"):
        pixels = made.get(side)
        if pixels is not None and (not isinstance(pixels, int) or pixels < 1):
            raise InvalidInputError(f"{side} is a number of pixels, not {pixels!r}.")
    return {**made, **(options.get("extra") or {})}


def refuse_strangers(options: Mapping[str, Any], known: type) -> None:
    """Raise for an option that the TypedDict `known` does not have.

    Raises:
        TypeError: As for any unknown keyword.
    """
    unknown = options.keys() - known.__annotations__.keys()
    if unknown:
        raise TypeError(f"There is no option {min(unknown)!r}; see {known.__name__}.")


def _made(options: ImageOptions) -> tuple[dict[str, Any], tuple[str | Media, ...]]:
    refuse_strangers(options, ImageOptions)
    made = seeded(options)
    return made, references(made.pop("image", None))


def _posted(prompt: str, made: dict[str, Any], pictures: tuple[str | Media, ...]) -> Call[Media]:
    """The same request as JSON, with images as links or data URIs."""
    path_of("", prompt)  # what is no prompt there is none here
    if len(prompt) > MAX_PROMPT:
        raise InvalidInputError(
            f"The prompt has {len(prompt):,} characters; the gateway takes {MAX_PROMPT:,}."
        )
    body = _body(prompt, made)
    if pictures:
        urls = [picture if isinstance(picture, str) else picture.data_uri for picture in pictures]
        body["image"] = [{"image_url": url} for url in urls]
    query = query_of({"no_cache": made.get("no_cache")})
    path = EDITS if pictures else GENERATIONS
    headers = (("content-type", "application/json"),)
    read = _reader(made, _read_generated)
    request = Request("POST", path, query, dump(body), headers)
    return Call(request, read, expected=_expected(made))


def _expected(made: Mapping[str, Any]) -> Callable[[], Expected]:
    return lambda: Expected(made.get("model") or DEFAULT_MODEL, {"images": 1})


def _body(prompt: str, made: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"prompt": prompt}
    body |= {k: v for k, v in made.items() if k not in _NOT_IN_BODY and v is not False}
    if "width" in made or "height" in made:
        body["size"] = f"{made.get('width', SIDE)}x{made.get('height', SIDE)}"
    if isinstance(made.get("safe"), list | tuple):
        body["safe"] = ",".join(made["safe"])
    return body


def _reader(
    made: Mapping[str, Any], read: Callable[[Response], Media]
) -> Callable[[Response], Media]:
    """Add to what was read what was asked."""

    def read_and_tell(response: Response) -> Media:
        return of(read(response), made)

    return read_and_tell


def of(media: Media, made: Mapping[str, Any]) -> Media:
    """Add the seed and the model that were asked for, else the model that the gateway used."""
    model = made.get("model") or media.headers.get("x-model-used")
    return replace(media, model=model, seed=made.get("seed"))


def _read_generated(response: Response) -> Media:
    """Read the JSON that POST answers with."""
    value = json_of(response, "picture")
    items = value.get("data") if isinstance(value, dict) else None
    item = items[0] if isinstance(items, list) and items else None
    text = item.get("b64_json") if isinstance(item, dict) else None
    try:
        data = base64.b64decode(text or "", validate=True)
    except (TypeError, ValueError, binascii.Error):
        data = b""
    if not data:
        raise unreadable(response, "picture")
    declared = str(item.get("media_type") or "") if isinstance(item, dict) else ""
    headers = {**response.headers, "content-type": declared}
    return read_only_media(replace(response, body=data, headers=headers), "image")
