"""Pictures and videos: GET /image and /video, POST /v1/images/generations and /edits."""

import base64
import json
import random
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode

from pollinations_sandbox import errors, schemas
from pollinations_sandbox.catalog import Entry
from pollinations_sandbox.errors import Api, GatewayError
from pollinations_sandbox.media import placeholders
from pollinations_sandbox.replier import tokens
from pollinations_sandbox.reply import Reply, sniffed
from pollinations_sandbox.response import Response
from pollinations_sandbox.serve import Work, media, model, serve
from pollinations_sandbox.state import Recorded, State, key_of

Json = dict[str, Any]

_KINDS: Final = ("image", "video")
_DRAWN: Final = {"image": ("zimage", _KINDS), "video": ("veo", ("video",))}
_LINKS: Final = ("image", "reference_images", "reference_videos", "reference_audios")
_NO_LINK: Final = "Invalid image URL. Put image= param last in your URL, or URL-encode it."
_MAX_SEED: Final = 2147483647
_SIDE: Final = 1024
_LONGEST_SIDE: Final = 4096
_TOKENS: Final = 1290  # of a picture
_PER_PIXEL: Final = 24 / 1024  # tokens of a second of video
_NOT_IN_KEY: Final = frozenset({"nofeed", "no-cache"})
_NOT_SENT: Final = frozenset({"key", "no-cache"})


def drawn(record: Recorded, state: State) -> Response:
    """Answer GET /image/{prompt} and, in the 2026-10 API, GET /video/{prompt}.

    The former makes a video too, if its model does.
    """
    api, query = state.api, record.query
    endpoint, _, path = record.raw_path.removeprefix("/").partition("/")
    default, kinds = _DRAWN[endpoint]
    name = query.get("model", default) or (default if api == "2026-10" else "")
    prompt = _prompt(path, api)

    def check() -> Entry:
        if not prompt:
            raise errors.known("no_route", api=api)
        _check_query(record, {"model": name} | query, api)
        return model(name, kinds, api=api, endpoint=endpoint)

    def prepare(entry: Entry) -> Work:
        wanted = _wanted(prompt, query, _links(query.get("image", "")), entry, api)
        kind = _kind(wanted, entry)

        def make(reply: Reply | None) -> bytes:
            return reply.media if reply else _placeholder(wanted, kind)

        return media(entry, kind=kind, forwarded=wanted, make=make, headers=_bill(wanted, entry))

    place = None
    if api == "2026-10" or query.get("seed") != "-1":
        counted = {name: value for name, value in query.items() if name not in _NOT_IN_KEY}
        place = key_of("GET", record.path, counted, None, api=api)
    return serve(record, state, name=name, place=place, check=check, prepare=prepare)


def _prompt(raw: str, api: Api) -> str:
    """The prompt that reaches the model.

    The gateway decodes the path and the image service decodes it again, so that an encoded percent
    sign with two hex digits behind it becomes something else. The 2026-01 API also joins paths in
    between: `//` becomes `/`, and a slash at the end is lost.
    """
    once = unquote(raw)
    if api == "2026-01":
        once = re.sub("/{2,}", "/", once).removesuffix("/")
    return unquote(once)


def _check_query(record: Recorded, query: Mapping[str, str], api: Api) -> None:
    wrong = schemas.complaints("image", query, api=api, texts=True)
    for name in _LINKS[: 1 if api == "2026-01" else None]:
        links = _links(query.get(name, ""))
        if any(not link.startswith(("http://", "https://")) for link in links):
            wrong[name] = [_NO_LINK]
    if wrong:
        raise errors.invalid(wrong, api=api, what="Query parameter")
    if api == "2026-10":
        check_safe(record, query)


def check_safe(record: Recorded, wanted: Mapping[str, Any]) -> None:
    """Let the safety filters of a request for media pass.

    Raises:
        GatewayError: 400, in the body that the filters have for themselves.
    """
    unknown = schemas.unknown_filters(
        wanted.get("safe") or record.headers.get("pollinations-safe", "")
    )
    if unknown:
        message = f"Unknown safety filter: {', '.join(unknown)}"
        error = {"type": "safety_error", "code": "invalid_safe", "message": message}
        raise GatewayError(400, {"error": error | {"safety": {"applied": [], "triggered": []}}})


def _links(listed: str) -> list[str]:
    """The URLs of a list that is split at `|` if there is one, else at commas."""
    links = listed.split("|" if "|" in listed else ",")
    return [link.strip() for link in links if link.strip()]


def _wanted(
    prompt: str, query: Mapping[str, str], links: Sequence[str], entry: Entry, api: Api
) -> Json:
    """What the provider gets: the query, and what the gateway adds to it or reads as numbers."""
    seed = int(schemas.number_of(query.get("seed", "42")))
    width, height = (
        int(schemas.number_of(query.get(name, ""))) or _SIDE for name in ("width", "height")
    )
    wanted: Json = {name: value for name, value in query.items() if name not in _NOT_SENT}
    wanted |= {
        "prompt": prompt.encode("utf-8", "replace").decode(),
        "model": entry.name,
        "width": width,
        "height": height,
        "seed": random.randrange(_MAX_SEED) if seed == -1 else seed,  # noqa: S311 - a colour
        "image": list(links),
    }
    if entry.kind == "video":
        wanted["duration"] = schemas.number_of(query.get("duration") or "4")
        wanted["audio"] = query.get("audio", str(api == "2026-10")).lower() == "true"
    return wanted


def _kind(wanted: Json, entry: Entry) -> str:
    """The media type of what a model makes."""
    if entry.kind == "video":
        return "video/mp4"
    if "vector" in entry.name:
        return "image/svg+xml"
    transparent = wanted.get("transparent") == "true" and entry.name.startswith("gptimage")
    return "image/png" if transparent else "image/jpeg"


def _placeholder(wanted: Json, kind: str) -> bytes:
    if kind == "video/mp4":
        return placeholders.video(sound=wanted["audio"])
    width, height = (min(wanted[name], _LONGEST_SIDE) for name in ("width", "height"))
    note = f"{wanted['model']}, seed {wanted['seed']}, {width} x {height}"
    return placeholders.picture(wanted["prompt"], note, wanted["seed"], (width, height), kind)


def _bill(wanted: Json, entry: Entry) -> dict[str, str]:
    """The headers that say what is paid for."""
    counts = _counts(wanted, entry).items()
    return {"x-usage-" + re.sub("([A-Z])", r"-\1", unit).lower(): str(n) for unit, n in counts}


def _counts(wanted: Json, entry: Entry) -> dict[str, float]:
    """What is paid for, by the names of the model's prices."""
    seconds = wanted.get("duration", 0)
    counts = {
        "promptTextTokens": tokens.count(wanted["prompt"]),
        "promptImageTokens": _TOKENS * len(wanted["image"]),
        "completionImageTokens": _TOKENS if "promptTextTokens" in entry.prices else 1,
        "completionVideoSeconds": seconds,
        "completionVideoTokens": round(seconds * wanted["width"] * wanted["height"] * _PER_PIXEL),
        "completionAudioSeconds": seconds if wanted.get("audio") else 0,
    }
    return {unit: counts[unit] for unit in entry.prices if counts.get(unit)}


def posted(record: Recorded, state: State) -> Response:
    """Answer POST /v1/images/generations and /edits, routes of the 2026-10 API.

    The links of the former lead to GET /image, the latter has none.
    """
    api, body = state.api, schemas.posted(record, api=state.api)
    route = record.path.rpartition("/")[2]
    name = str(body.get("model") or "black-forest-labs/FLUX.1-schnell")

    def check() -> Entry:
        schemas.check_body(route, body, api=api)
        check_safe(record, body)
        return model(name, _KINDS, api=api, endpoint="image")

    def prepare(entry: Entry) -> Work:
        listed = body.get("image") or []
        listed = [listed] if isinstance(listed, str) else listed
        links = [one if isinstance(one, str) else one["image_url"] for one in listed]
        wanted = _wanted(body["prompt"], _as_query(body), links, entry, api)
        default, counts = _kind(wanted, entry), _counts(wanted, entry)

        def make(reply: Reply | None) -> bytes:
            data = reply.media if reply else _placeholder(wanted, default)
            kind = (reply and sniffed(data)) or default
            shown: Json = {"b64_json": base64.b64encode(data).decode()}
            if route == "generations" and body.get("response_format") == "url":
                shown = {"url": _stored(data, kind, wanted, record, state)}
            if kind != "image/jpeg":
                shown["media_type"] = kind
            shown["revised_prompt"] = wanted["prompt"]
            value = {"created": int(time.time()), "data": [shown], "usage": _usage(counts)}
            return json.dumps(value).encode()

        headers = _bill(wanted, entry)
        return media(entry, kind="application/json", forwarded=wanted, make=make, headers=headers)

    cached = route == "generations" and "seed" in body
    place = key_of("POST", record.path, record.query, body, api=api) if cached else None
    return serve(record, state, name=name, place=place, check=check, prepare=prepare)


def _as_query(body: Json) -> dict[str, str]:
    """The body as if GET /image were asked; a seed is found if none is given."""
    width, _, height = str(body.get("size", "")).partition("x")
    return {"width": width, "height": height, "seed": str(body.get("seed", -1))}


def _stored(data: bytes, kind: str, wanted: Json, record: Recorded, state: State) -> str:
    """The link to a picture that is put in the cache of GET /image."""
    query = {name: str(wanted[name]) for name in wanted if name not in {"prompt", "image"}}
    if wanted["image"]:
        # Their hash, since a picture may be its own link (`data:`), too long for a URL.
        query["references"] = str(key_of("GET", "", {}, wanted["image"], api=state.api))
    place = key_of("GET", f"/image/{wanted['prompt']}", query, None, api=state.api)
    state.cache.put(str(place), Response((data,), headers={"Content-Type": kind}, sized=True))
    prompt, host = quote(wanted["prompt"], safe=""), record.headers.get("host", "")
    return f"http://{host}/image/{prompt}?{urlencode(query)}"


def _usage(counts: Mapping[str, float]) -> Json:
    """The counts as OpenAI spells them: tokens in, tokens out."""
    text, image = (int(counts.get(f"prompt{kind}Tokens", 0)) for kind in ("Text", "Image"))
    output = int(sum(counts.values())) - text - image
    return {
        "input_tokens": text + image,
        "output_tokens": output,
        "total_tokens": text + image + output,
        "input_tokens_details": {"text_tokens": text, "image_tokens": image},
    }
