"""What requests for media, texts and embeddings have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypedDict

from _pollinations.chat.options import checked_options
from _pollinations.http.call import Call, Expected, Request, Response
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.unknown_names import refuse_unknown
from _pollinations.media.media import Media

_WHOLE_NUMBERS = frozenset({"width", "height", "duration", "dimensions"})


class VisualOptions(TypedDict, total=False):
    """What images and videos have in common, see `ImageOptions` and `VideoOptions`."""

    model: str | None
    width: int | None
    height: int | None
    seed: int | str | None
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


def parameters_of(options: Mapping[str, Any], known: type, owner: str) -> dict[str, Any]:
    """Check the options of a call.

    Args:
        options: By the names of `known`.
        known: A TypedDict.
        owner: The function that takes them, for the error.

    Returns:
        The parameters of the request: without None, with those of `extra`.

    Raises:
        InvalidInputError: A name is unknown, or a value can never be right.
    """
    refuse_unknown(options, known.__annotations__, owner=owner)
    parameters = checked_options(
        {name: value for name, value in options.items() if name != "extra"}
    )
    for name in _WHOLE_NUMBERS & parameters.keys():
        if type(parameters[name]) is not int or parameters[name] < 1:
            raise InvalidInputError(f"{name} is a whole number above 0, not {parameters[name]!r}.")
    return {**parameters, **(options.get("extra") or {})}


def media_call(
    request: Request,
    read: Callable[[Response], Media],
    parameters: Mapping[str, Any],
    default_model: str,
    **units: float,
) -> Call[Media]:
    """Make a call whose answer has the seed and the model of the request.

    Args:
        request: What is sent.
        read: Reads the answer.
        parameters: What the request asks for.
        default_model: The model that the gateway takes where none is named.
        **units: What the call may use, by the names of `Prices`.
    """
    model = parameters.get("model")

    def read_with_parameters(response: Response) -> Media:
        media = read(response)
        used = model or media.headers.get("x-model-used")
        return replace(media, model=used, seed=parameters.get("seed"))

    return Call(request, read_with_parameters, lambda: Expected(model or default_model, units))
