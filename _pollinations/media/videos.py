"""Videos: GET /video/{prompt}, see https://gen.pollinations.ai/docs."""

from collections.abc import Sequence
from typing import Unpack

from _pollinations.http.call import Call, Request
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.values import items, whole
from _pollinations.media.addresses import path_of, query_of, url_problem
from _pollinations.media.media import Media, read_only_media
from _pollinations.media.references import links
from _pollinations.media.requests import VisualOptions, media_call, parameters_of
from _pollinations.models.model import Model

PATH = "/video/"
READ_TIMEOUT = 600.0
"""Seconds; a video takes minutes."""

DEFAULT_MODEL = "veo"
"""The model that the gateway takes where none is named."""
_LONGEST = 120
_EXPECTED_SECONDS = 10  # of a video whose duration is the model's choice
_REFERENCES = frozenset({"image", "reference_images", "reference_videos", "reference_audios"})


class VideoOptions(VisualOptions, total=False):
    """The options of a video; only what you set is sent, and a seed.

    Attributes:
        model: A video model; the gateway takes `veo` without one.
        duration: Seconds; the catalogue lists those of each model, and another one is refused.
        aspect_ratio: `16:9` or `9:16`; some models know more.
        audio: Whether the video has sound, for models that make some.
        image: Links to the first frame and, for veo, the last one.
        width: Pixels, for models that know it.
        height: Pixels, for models that know it.
        seed: -1 to 2147483647; by default a random one.
        resolution: `360p`, `480p`, `720p`, `768p`, `1080p` or `4k`, for models that know it.
        fps: Frames per second, for models that know it.
        negative_prompt: What the video must not show; of January 2026.
        enhance: Whether a model extends the prompt; of January 2026.
        guidance_scale: How closely the prompt is followed, for models that know it.
        reasoning: `fast`, `balanced` or `pro`, for models that know it.
        reference_images: Links to images of what the video shows.
        reference_videos: Links to videos of what the video shows.
        reference_audios: Links to recordings of what is heard.
        safe: True, or filters; see `ImageOptions`.
        nologo: Whether to leave out the logo.
        private: Whether to keep it out of the public feed.
        nofeed: The same.
        no_cache: Whether to make it again even if it is in the gateway's cache.
        timeout: Seconds to wait for it, 600 by default.
        extra: Further parameters, by their names in the API.
    """

    duration: int | None
    aspect_ratio: str | None
    audio: bool | None
    image: str | Sequence[str] | None
    fps: int | None
    reference_images: str | Sequence[str] | None
    reference_videos: str | Sequence[str] | None
    reference_audios: str | Sequence[str] | None
    timeout: float | None


def video_call(prompt: str, path: str = PATH, /, **options: Unpack[VideoOptions]) -> Call[Media]:
    """Make the call to one model; see `media.fallback.video`.

    Raises:
        InvalidInputError: The request can never be right.

    Example:
        >>> video_call("waves", model="veo", duration=8, seed=1).request.query
        (('model', 'veo'), ('duration', '8'), ('seed', '1'))
    """
    parameters = parameters_of(options, VideoOptions, "video()")
    timeout = parameters.pop("timeout", READ_TIMEOUT)
    if not isinstance(timeout, int | float) or timeout <= 0:
        raise InvalidInputError(f"timeout is seconds, more than 0: {timeout!r}.")
    address = path_of(path, prompt)
    for name in _REFERENCES & parameters.keys():
        parameters[name] = links(parameters[name], name)
    query = query_of(parameters)
    problem = url_problem(prompt, query)
    if problem:
        raise InvalidInputError(
            f"The prompt cannot be sent: {problem}, and videos have no other route. Write it in "
            "other words."
        )
    request = Request("GET", address, query, read_timeout=timeout, repeatable=False)
    seconds = whole(parameters.get("duration")) or _EXPECTED_SECONDS
    return media_call(
        request,
        lambda response: read_only_media(response, "video"),
        parameters,
        DEFAULT_MODEL,
        video_seconds=seconds,
    )


def check_duration(duration: object, model: Model) -> None:
    """Refuse a duration that the catalogue does not list for a model, before it is paid for.

    Args:
        duration: Seconds; None is the model's own choice.
        model: The model, as the catalogue lists it.

    Raises:
        InvalidInputError: It is none of the model's durations.

    Example:
        >>> check_duration(5, Model(name="veo", raw={"allowed_durations": [4, 6, 8]}))
        Traceback (most recent call last):
        _pollinations.http.errors.InvalidInputError: veo makes videos of 4, 6, 8 s, not of 5 s.
    """
    allowed = _allowed(model)
    if duration is not None and allowed and duration not in allowed:
        raise InvalidInputError(
            f"{model.name} makes videos of {_in_words(allowed)} s, not of {duration} s."
        )


def _allowed(model: Model) -> Sequence[int]:
    """The seconds that the catalogue names."""
    raw = model.raw
    if raw.get("allowed_durations"):
        return [seconds for seconds in map(whole, items(raw["allowed_durations"])) if seconds]
    least, most = whole(raw.get("min_duration")), whole(raw.get("max_duration"))
    step = whole(raw.get("duration_step")) or 1
    return range(least, min(most, _LONGEST) + 1, step) if least and most else ()


def _in_words(allowed: Sequence[int]) -> str:
    if isinstance(allowed, range) and allowed.step == 1:
        return f"{allowed[0]} to {allowed[-1]}"
    return ", ".join(map(str, allowed))
