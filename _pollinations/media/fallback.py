"""Images and videos with fallback: which route is used, and which model is tried next."""

import logging
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from _pollinations.chat.options import options as checked
from _pollinations.http.call import Call, Plan
from _pollinations.http.errors import InvalidInputError, NotFoundError, PollinationsError
from _pollinations.http.suggestions import LIST_MODELS, did_you_mean
from _pollinations.media import images as pictures
from _pollinations.media import videos
from _pollinations.media.images import ImageOptions
from _pollinations.media.media import Media
from _pollinations.media.videos import VideoOptions
from _pollinations.models.catalog import IMAGE_MODELS, VIDEO_MODELS, Model, listed
from _pollinations.models.fallback import is_unknown_model, moves_on
from _pollinations.models.selection import IMAGE_ORDER, available, by_price, fulfils

_CHOICES = 3
_VIDEO_MODEL = "veo"  # the gateway's own choice on its video route
_log = logging.getLogger(__name__)

Make = Callable[[str | None], Plan[Media]]


def picture(
    prompt: str,
    *,
    fallback_models: Sequence[str] | None = None,
    **options: Unpack[ImageOptions],
) -> Plan[Media]:
    """Draw a picture, with another model if the first one cannot.

    Args:
        prompt: What to draw.
        fallback_models: Whom to ask next, by name; those that the catalogue does not list as
            drawing what is asked are left out. None takes flux, or what draws cheaply; an empty
            list nobody.
        **options: See `pictures.ImageOptions`.

    Returns:
        A plan for a client's `run`.

    Example:
        >>> from _pollinations.http.client import Client
        >>> Client(api_key="sk_...").run(picture("a red bicycle")).size  # doctest: +SKIP
        (1024, 1024)
    """
    fixed = ImageOptions(**options)
    fixed["seed"] = _one_seed(options.get("seed"))
    reads = frozenset({"image"}) if options.get("image") else frozenset[str]()
    outputs = frozenset({"image"})

    def draw(model: str | None) -> Plan[Media]:
        wanted = ImageOptions(**fixed)
        wanted["model"] = model
        return _drawn(pictures.image(prompt, **wanted))

    def can(model: Model) -> bool:
        return fulfils(model, outputs=outputs, inputs=reads, specialized=None, community=None)

    def usual(there: Sequence[Model]) -> Sequence[Model]:
        known = [model for model in available(there, IMAGE_ORDER) if can(model)]
        return known or by_price(there, outputs=outputs, inputs=reads)[:_CHOICES]

    who = _Order(options.get("model"), fallback_models, (IMAGE_MODELS,), can, usual)
    return _by_somebody(draw, who)


def film(
    prompt: str,
    *,
    fallback_models: Sequence[str] | None = None,
    **options: Unpack[VideoOptions],
) -> Plan[Media]:
    """Make a video, with another model if the first one cannot.

    A duration is first compared with what the catalogue says of the model.

    Args:
        prompt: What to see.
        fallback_models: Whom to ask next, by name, as in `picture`; nobody by default, since
            videos are dear.
        **options: See `videos.VideoOptions`.

    Returns:
        A plan for a client's `run`.
    """
    fixed = VideoOptions(**options)
    fixed["seed"] = _one_seed(options.get("seed"))
    reads = frozenset({"image"}) if options.get("image") else frozenset[str]()

    def make(model: str | None) -> Plan[Media]:
        wanted = VideoOptions(**fixed)
        wanted["model"] = model
        return _filmed(prompt, wanted)

    def can(model: Model) -> bool:
        return fulfils(
            model, outputs=frozenset({"video"}), inputs=reads, specialized=None, community=None
        )

    def nobody(there: Sequence[Model]) -> Sequence[Model]:
        return there[:0]

    lists = (VIDEO_MODELS, IMAGE_MODELS)
    who = _Order(options.get("model"), fallback_models or (), lists, can, nobody)
    return _by_somebody(make, who)


@dataclass(frozen=True, slots=True)
class _Order:
    """Who is asked, one after the other.

    Attributes:
        first: The first model; None is the gateway's choice.
        others: Whom the user wants to be asked then; None takes the usual ones.
        lists: Where the catalogue has them.
        can: Whether a model can do what is asked.
        usual: Whom to ask if the user names nobody.
    """

    first: str | None
    others: Sequence[str] | None
    lists: tuple[str, ...]
    can: Callable[[Model], bool]
    usual: Callable[[Sequence[Model]], Sequence[Model]]

    def after_the_first(self, there: Sequence[Model]) -> list[str]:
        """The names to ask for, of models that exist and can do it."""
        if self.others is None:
            named = [(model.name, model) for model in self.usual(there)]
        else:
            named = [(name, model) for name in self.others for model in available(there, (name,))]
        failed = self.first or ""
        return [name for name, model in named if self.can(model) and not model.answers_to(failed)]


def _by_somebody(make: Make, who: _Order) -> Plan[Media]:
    """Ask the first model, then the others that the catalogue says can do it."""
    failed, made = yield from _tried(make, who.first)
    if made is not None:
        return made
    assert failed is not None  # noqa: S101 - `_tried` gives one of the two
    # A name that the gateway does not know is a mistake; the usual models are no answer to it.
    misnamed = bool(who.first) and not who.others and is_unknown_model(failed)
    if misnamed or who.others is None or who.others:
        there = yield from _listed(*who.lists)
        if misnamed:
            raise InvalidInputError(_no_such_model(who.first or "", there)) from failed
        _log.warning("%s failed: %s", who.first or "The usual model", type(failed).__name__)
        for name in who.after_the_first(there):
            try:
                again, made = yield from _tried(make, name)
            except InvalidInputError:  # such as a duration that this one does not know
                continue
            if made is not None:
                return made
            _log.warning("%s failed: %s", name, type(again).__name__)
    raise failed


def _no_such_model(name: str, there: Sequence[Model]) -> str:
    names = [known for model in there for known in (*model.aliases, model.name)]
    return f"The gateway has no model {name!r}. {did_you_mean(name, names)}{LIST_MODELS}"


def _tried(
    make: Make, model: str | None
) -> Generator[Call[Any], Any, tuple[PollinationsError | None, Media | None]]:
    """What came of it: an error after which another model may be asked, or the media."""
    try:
        return None, (yield from make(model))
    except PollinationsError as error:
        error.model = error.model or model
        if not moves_on(error):
            raise
        return error, None


def _drawn(call: Call[Media]) -> Plan[Media]:
    try:
        made: Media = yield call
    except NotFoundError as error:
        if call.request.method == "GET":
            raise
        raise InvalidInputError(
            f"This gateway has no POST {call.request.path}, and in an address (GET) the request "
            "would be changed. Leave % and // out of the prompt, shorten it, or pass reference "
            "pictures as links.",
            status=error.status,
            request_id=error.request_id,
        ) from error
    return made


def _filmed(prompt: str, options: VideoOptions) -> Plan[Media]:
    model = options.get("model")
    if options.get("duration") is not None and model is not None:
        there = yield from _listed(VIDEO_MODELS, IMAGE_MODELS)
        options["listed"] = next(iter(available(there, (model,))), None)
    made: Media
    try:
        made = yield videos.video(prompt, **options)
    except NotFoundError:
        if options.get("path") is not None:
            raise
        # Gateways of January 2026 make videos where they draw, if a video model is named.
        options["path"], options["model"] = pictures.PATH, model or _VIDEO_MODEL
        made = yield videos.video(prompt, **options)
    return made


def _listed(*paths: str) -> Plan[tuple[Model, ...]]:
    """The models of the lists that are to be had."""
    there: tuple[Model, ...] = ()
    for path in paths:
        try:
            there += yield listed(path)
        except PollinationsError as error:
            _log.info("%s cannot be read: %s", path, type(error).__name__)
    return there


def _one_seed(seed: int | str | None) -> int:
    """One seed for all models that are asked."""
    made: int = checked({"seed": "random" if seed is None else seed})["seed"]
    return made
