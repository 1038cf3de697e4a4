"""POST /v1/images/generations and POST /v1/images/edits: a picture inside of JSON."""

import base64
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from pollinations_sandbox import errors
from pollinations_sandbox.cache import key_of
from pollinations_sandbox.errors import Api
from pollinations_sandbox.response import Response
from pollinations_sandbox.shapes import (
    MISSING,
    Check,
    array,
    number,
    one_of,
    optional,
    string,
    union,
)
from pollinations_sandbox.shapes import record as fields_of
from pollinations_sandbox.state import Recorded, State
from pollinations_sandbox.studio import desk, seeing
from pollinations_sandbox.studio.asking import RESOLUTIONS, check_safe
from pollinations_sandbox.studio.forms import Upload
from pollinations_sandbox.studio.values import checked_body, matching, sized

_DEFAULT: Final = "black-forest-labs/FLUX.1-schnell"
_KINDS: Final = ("image", "video")
_ONE: Final = ["Invalid input: expected 1"]
_QUALITIES: Final = {"standard": "medium", "hd": "high"}
_KEPT: Final = (
    *("image", "transparent", "guidance_scale", "reasoning"),
    *("duration", "fps", "resolution", "aspectRatio", "audio", "safe"),
)
_FIELDS: Final[Mapping[str, Check]] = {
    "prompt": sized(1, 32_000),
    "model": optional(string),
    "size": optional(matching(re.compile(r"\d+x\d+"))),
    "quality": optional(one_of("standard", "hd", "low", "medium", "high")),
    "response_format": optional(one_of("url", "b64_json")),
    "user": optional(string),
    "seed": optional(number(-1, seeing.MAX_SEED, whole=True)),
    "resolution": optional(one_of(*RESOLUTIONS)),
    "n": lambda value: [] if value in (1, MISSING) else _ONE,
}
_GENERATION: Final[Mapping[str, Check]] = {
    **_FIELDS,
    "image": optional(union(string, array(string))),
}
_EDIT: Final[Mapping[str, Check]] = {
    **_FIELDS,
    "image": union(string, array(fields_of({"image_url": string}), 1), array(string, 1)),
}
_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")


def generations(record: Recorded, state: State) -> Response:
    """Answer POST /v1/images/generations, a route of the 2026-10 API.

    The picture also waits in the cache of GET /image, where the answer's `url` leads.
    """
    api = state.api
    body = desk.json_of(record, api=api)
    asked = str(body.get("model") or _DEFAULT)

    def plan() -> desk.Work:
        checked_body(body, _GENERATION, api=api)
        check_safe(body.get("safe") or record.headers.get("pollinations-safe", ""))
        work = _wanted(body, asked, body.get("image") or (), api=api)
        if body.get("response_format") != "url":
            return _in_json(work)
        return _as_link(work, record, state)

    place = key_of("POST", record.path, record.query, body, api=api) if "seed" in body else None
    return desk.serve(record, state, asked=asked, plan=plan, place=place)


def edits(record: Recorded, state: State) -> Response:
    """Answer POST /v1/images/edits, of the 2026-10 API: JSON or a form, and always base64."""
    api = state.api
    posted = record.headers.get("content-type", "").startswith("multipart/form-data")
    body = _of_form(record.body, api=api) if posted else desk.json_of(record, api=api)
    asked = str(body.get("model") or _DEFAULT)

    def plan() -> desk.Work:
        checked_body(body, _EDIT, api=api)
        check_safe(body.get("safe") or record.headers.get("pollinations-safe", ""))
        given = body["image"]
        links = [given] if isinstance(given, str) else [_link(each) for each in given]
        return _in_json(_wanted(body, asked, links, api=api))

    return desk.serve(record, state, asked=asked, plan=plan)


def _wanted(
    body: Mapping[str, Any], asked: str, images: str | Sequence[str], *, api: Api
) -> desk.Work:
    """The picture of a body, as GET /image would plan it; a seed is found if none is given."""
    entry = desk.model(asked, _KINDS, api=api, endpoint="image")
    width, _, height = str(body.get("size", "")).partition("x")
    quality = body.get("quality", "medium")
    query = {
        **{name: body[name] for name in _KEPT if name in body},
        "image": images,
        "width": width,
        "height": height,
        "quality": _QUALITIES.get(quality, quality),
        "seed": body.get("seed", random.randrange(seeing.MAX_SEED)),  # noqa: S311 - a colour
    }
    return seeing.work(seeing.wish(asked, body["prompt"], query, entry), api=api)


def _in_json(work: desk.Work) -> desk.Work:
    return _answering(work, lambda: {"b64_json": base64.b64encode(work.make()).decode()})


def _as_link(work: desk.Work, asking: Recorded, state: State) -> desk.Work:
    """The link to the same picture; whoever follows it finds the picture in the cache."""
    known = {**work.forwarded, "model": work.entry.id}
    prompt = known.pop("prompt")
    query = {n: _spelled(value) for n, value in known.items() if value or n == "seed"}
    origin = f"http://{asking.headers.get('host', '')}"
    url = f"{origin}/image/{quote(prompt, safe='')}?{urlencode(query)}"

    def kept() -> dict[str, str]:
        place = seeing.place_of(f"/image/{prompt}", query, api=state.api)
        if place:
            state.cache.put(place, desk.made(work, place))
        return {"url": url}

    return _answering(work, kept)


def _answering(work: desk.Work, found: Callable[[], Mapping[str, str]]) -> desk.Work:
    headers = {n: value for n, value in work.headers.items() if n.startswith("x-usage-")}
    drawn = {"media_type": work.kind} if work.kind == "image/svg+xml" else {}

    def answer() -> bytes:
        data = [{**found(), **drawn, "revised_prompt": work.forwarded["prompt"]}]
        value = {"created": int(time.time()), "data": data, "usage": _usage(headers)}
        return desk.as_json(value)

    return replace(work, kind="application/json", make=answer, headers=headers)


def _usage(headers: Mapping[str, str]) -> dict[str, Any]:
    """The usage headers as OpenAI counts: tokens in, tokens out."""
    counts = {name.removeprefix("x-usage-"): float(text) for name, text in headers.items()}
    text = int(counts.get("prompt-text-tokens", 0))
    image = int(counts.get("prompt-image-tokens", 0))
    written = int(sum(n for name, n in counts.items() if name.startswith("completion-")))
    return {
        "input_tokens": text + image,
        "output_tokens": written,
        "total_tokens": text + image + written,
        "input_tokens_details": {"text_tokens": text, "image_tokens": image},
    }


def _spelled(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "|".join(value) if isinstance(value, list) else str(value)


def _of_form(form: object, *, api: Api) -> dict[str, Any]:
    """A form as if it were JSON; `image[]` is another name of `image`."""
    if not isinstance(form, dict):
        raise errors.envelope(400, "Invalid multipart form data", api=api)
    body = {name: _number(value) for name, value in form.items()}
    pictures = [
        each
        for name in ("image", "image[]")
        for each in (form[name] if isinstance(form.get(name), list) else [form.get(name)])
        if each is not None
    ]
    for name in ("prompt", "image"):
        if not (pictures if name == "image" else body.get(name)):
            raise errors.envelope(400, f"Missing required field: {name}", api=api)
    for each in pictures:
        if isinstance(each, Upload) and not each.data.startswith(_PICTURES):
            raise errors.envelope(
                400,
                f"{each.filename} is no picture: {each.content_type}",
                api=api,
                code="unsupported_image_media_type",
            )
    body.pop("image[]", None)
    return {**body, "image": [each if isinstance(each, str) else _uri(each) for each in pictures]}


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _uri(upload: Upload) -> str:
    return f"data:{upload.content_type};base64,{base64.b64encode(upload.data).decode()}"


def _link(each: str | Mapping[str, str]) -> str:
    return each if isinstance(each, str) else each["image_url"]
