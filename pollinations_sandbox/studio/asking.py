"""The query of a picture: which values of which parameter pass, api by api."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from pollinations_sandbox import errors
from pollinations_sandbox.catalog import entries
from pollinations_sandbox.errors import Api, GatewayError
from pollinations_sandbox.shapes import Check, one_of
from pollinations_sandbox.state import Recorded
from pollinations_sandbox.studio.values import checked_query, coercing

RESOLUTIONS: Final = ("1k", "2k", "360p", "480p", "720p", "768p", "1080p", "4k")
_MAX_SEED: Final = 2147483647
_LONG: Final = 30
_RATIOS: Final = ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "9:21", "adaptive")
_SAFE: Final = frozenset(
    {"privacy", "secrets", "sexual", "violence", "shield", "true", "nsfw", "false", "0", ""}
)
_NO_URL: Final = ["Invalid image URL. Put image= param last in your URL, or URL-encode it."]
_WEB: Final = ("http://", "https://")


def references(listed: str | Sequence[str]) -> list[str]:
    """The URLs of a list that is split at `|` if there is one, else at commas."""
    if not isinstance(listed, str):
        return list(listed)
    return [url for url in listed.split("|" if "|" in listed else ",") if url]


def _links(value: object) -> list[str]:
    return [] if all(url.startswith(_WEB) for url in references(str(value))) else _NO_URL


def _piped(value: object) -> list[str]:
    urls = [url.strip() for url in str(value).split("|")]
    return [] if all(url.startswith(_WEB) for url in urls if url) else _NO_URL


_FIELDS: Final[Mapping[str, Check]] = {
    "width": coercing(0, whole=True),
    "height": coercing(0, whole=True),
    "seed": coercing(-1, _MAX_SEED, whole=True),
    "quality": one_of("low", "medium", "high", "hd"),
    "image": _links,
}
_OCTOBER: Final[Mapping[str, Check]] = {
    "duration": coercing(1, 120, whole=True),
    "resolution": one_of(*RESOLUTIONS),
    "aspectRatio": one_of(*_RATIOS),
    "reference_images": _piped,
    "reference_videos": _piped,
    "reference_audios": _piped,
}


def check_query(record: Recorded, *, api: Api) -> None:
    """Let the query of a picture pass.

    Raises:
        GatewayError: 400, with the names of the wrong parameters.
    """
    if api == "2026-01":
        asked = {"model": "zimage"} | record.query
        checked_query(asked, {**_FIELDS, **_january()}, api=api)
        return
    checked_query(record.query, {**_FIELDS, **_OCTOBER}, api=api)
    check_safe(record.query.get("safe") or record.headers.get("pollinations-safe", ""))
    if float(record.query.get("duration") or 0) > _LONG:
        said = f"duration above {_LONG} seconds is only supported by nova-reel"
        raise errors.envelope(400, said, api=api)


def check_safe(listed: object) -> None:
    """Let a list of safety filters pass.

    Raises:
        GatewayError: 400, in the body that the filters have for themselves.
    """
    named = listed if isinstance(listed, list) else str(listed).split(",")
    unknown = [word for word in map(str, named) if word.strip().lower() not in _SAFE]
    if unknown:
        error = {
            "type": "safety_error",
            "code": "invalid_safe",
            "message": f"Unknown safety filter: {', '.join(unknown)}",
            "safety": {"applied": [], "triggered": []},
        }
        raise GatewayError(400, {"error": error})


@cache
def _january() -> dict[str, Check]:
    drawing = [entry for entry in entries("2026-01") if entry.kind in {"image", "video"}]
    aliases = [alias for entry in drawing for alias in entry.aliases]
    known = one_of(*(entry.id for entry in drawing), *aliases)
    return {"model": known, "duration": coercing(1, 10, whole=True)}
