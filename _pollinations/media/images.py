"""Images: GET /image/{prompt}, POST /v1/images/generations and /v1/images/edits.

See https://gen.pollinations.ai/docs. GET serves every gateway; POST serves what a URL cannot carry,
where the gateway has it.
"""

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Unpack

from _pollinations.http.call import Call, Request, Response, json_request
from _pollinations.http.values import object_of, unreadable
from _pollinations.media.addresses import path_of, query_of, url_problem
from _pollinations.media.media import Media, read_only_media
from _pollinations.media.references import Reference, references
from _pollinations.media.requests import VisualOptions, media_call, parameters_of

PATH = "/image/"
GENERATIONS, EDITS = "/v1/images/generations", "/v1/images/edits"
DEFAULT_MODEL = "zimage"
"""The model that the gateway takes where none is named."""
SIDE = 1024
"""Pixels of a side that the caller does not set."""

_NOT_IN_BODY = frozenset({"width", "height", "no_cache"})


class ImageOptions(VisualOptions, total=False):
    """The options of an image; only what you set is sent, and a seed.

    Attributes:
        model: An image model; the gateway has a default.
        width: Pixels; some models round it.
        height: Pixels; some models round it.
        seed: -1 to 2147483647; by default a random one, since the gateway answers the same request
            with the same image for ever.
        image: Reference images: links, bytes, `Media` or `data:` URIs; never file names.
        quality: `low`, `medium`, `high` or `hd`, for models of OpenAI and xAI.
        transparent: Whether to leave out the background, for gptimage.
        negative_prompt: What the image must not show; of January 2026.
        enhance: Whether a model extends the prompt; of January 2026.
        guidance_scale: How closely the prompt is followed, for models that know it.
        resolution: `1k`, `2k`, `4k`, for models that know it.
        reasoning: `fast`, `balanced` or `pro`, for models that know it.
        safe: True, or filters: `privacy`, `secrets`, `sexual`, `violence`, `shield`, `nsfw`.
        nologo: Whether to leave out the logo.
        private: Whether to keep it out of the public feed.
        nofeed: The same.
        no_cache: Whether to draw it again even if it is in the gateway's cache.
        extra: Further parameters, by their names in the API.
    """

    image: Reference | Sequence[Reference] | None
    quality: str | None
    transparent: bool | None


def image_call(prompt: str, **options: Unpack[ImageOptions]) -> Call[Media]:
    """Make the call to one model; see `media.fallback.image`.

    Raises:
        InvalidInputError: The request can never be right.

    Example:
        >>> image_call("a red bicycle", width=512, height=512, seed=7).request.path
        '/image/a%20red%20bicycle'
    """
    parameters = parameters_of(options, ImageOptions, "image()")
    images = references(parameters.pop("image", None))
    links = [image for image in images if isinstance(image, str)]
    path = path_of(PATH, prompt)
    query = query_of({**parameters, "image": links or None})
    if len(links) < len(images) or url_problem(prompt, query):
        request, read = _posted(prompt, parameters, images), _read_generated
    else:
        request, read = Request("GET", path, query), _read_image
    return media_call(request, read, parameters, DEFAULT_MODEL, images=1)


def _posted(prompt: str, parameters: dict[str, Any], images: tuple[str | Media, ...]) -> Request:
    """The same request as JSON, with images as links or data URIs."""
    body: dict[str, Any] = {"prompt": prompt}
    body |= {k: v for k, v in parameters.items() if k not in _NOT_IN_BODY and v is not False}
    if "width" in parameters or "height" in parameters:
        body["size"] = f"{parameters.get('width', SIDE)}x{parameters.get('height', SIDE)}"
    if isinstance(parameters.get("safe"), list | tuple):
        body["safe"] = ",".join(parameters["safe"])
    if images:
        urls = [image if isinstance(image, str) else image.data_uri for image in images]
        body["image"] = [{"image_url": url} for url in urls]
    query = query_of({"no_cache": parameters.get("no_cache")})
    return json_request(EDITS if images else GENERATIONS, body, query)


def _read_image(response: Response) -> Media:
    """Read the answer of GET; models of videos answer there too."""
    return read_only_media(response, "image", "video")


def _read_generated(response: Response) -> Media:
    """Read the JSON answer of POST."""
    try:
        encoded = object_of(response, "image")["data"][0]["b64_json"]
        data = base64.b64decode(encoded, validate=True)
    except (LookupError, TypeError, ValueError):
        raise unreadable(response, "image") from None
    return read_only_media(replace(response, body=data), "image")
