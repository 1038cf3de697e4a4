"""Images and videos, by the first of several models that can make them."""

from collections.abc import Sequence
from typing import Any, ClassVar, Unpack

from _pollinations.chat.options import checked_options
from _pollinations.http.call import Call, Fallback
from _pollinations.http.errors import (
    InvalidInputError,
    InvalidRequestError,
    NotFoundError,
    PollinationsError,
)
from _pollinations.http.unknown_names import suggest_models
from _pollinations.media.images import PATH as IMAGE_PATH
from _pollinations.media.images import ImageOptions, image_call
from _pollinations.media.media import Media
from _pollinations.media.videos import (
    DEFAULT_MODEL,
    PATH,
    VideoOptions,
    check_duration,
    video_call,
)
from _pollinations.models.fallback import ModelFallback
from _pollinations.models.lists import Lists
from _pollinations.models.model import IMAGE_MODELS, VIDEO_MODELS, Model, listed
from _pollinations.models.requirements import Requirements
from _pollinations.models.selection import IMAGE_ORDER, available, few_cheapest, fulfils


def image(
    prompt: str,
    *,
    fallback_models: str | Sequence[str] | None = None,
    **options: Unpack[ImageOptions],
) -> Fallback[Call[Media]]:
    """Draw an image, with another model if the first one fails.

    A model fails that is overloaded, slow, broken, only for paid pollen or not allowed for the key.
    A `model` that the gateway refuses (it is unknown, writes text, or cannot read images) is a
    mistake: its error is raised, unless `fallback_models` are named.

    The request is a GET where a URL can carry it. A prompt with `%` or `//`, a very long one, or
    reference images that are given as bytes are sent as JSON (POST), a route that gateways of
    January 2026 do not have.

    Args:
        prompt: What to draw; any characters.
        fallback_models: The models to try next, by name, also where `model` is refused; those that
            the catalogue does not list as able to draw what is asked are left out. None tries flux,
            zimage and klein, or else the cheapest that can; an empty list tries no other model.
        **options: See `ImageOptions`.

    Returns:
        What a client's `send` takes.

    Raises:
        InvalidInputError: The request can never be right.

    Example:
        >>> from _pollinations.http.client import Client
        >>> with Client(api_key="sk_...") as client:  # doctest: +SKIP
        ...     client.send(image("a red bicycle", width=512, height=512)).save("bicycle")
    """
    return _ImageFallback(prompt, {**options}, fallback_models)


def video(
    prompt: str,
    *,
    fallback_models: str | Sequence[str] | None = (),
    **options: Unpack[VideoOptions],
) -> Fallback[Call[Media]]:
    """Make a video from words, and from a first (and last) frame if `image` is given.

    Where a model and a duration are named, the durations that the catalogue lists for the model are
    read first.

    Args:
        prompt: What to see; a prompt that a URL would change is refused.
        fallback_models: The models to try next, as in `image`; none by default, since videos are
            expensive.
        **options: See `VideoOptions`.

    Returns:
        What a client's `send` takes; the answer takes minutes.

    Raises:
        InvalidInputError: The request can never be right.

    Example:
        >>> from _pollinations.http.client import Client
        >>> with Client(api_key="sk_...") as client:  # doctest: +SKIP
        ...     client.send(video("waves", model="veo", duration=8)).save("waves")
    """
    return _VideoFallback(prompt, {**options}, fallback_models or ())


class _MediaFallback(ModelFallback[Call[Media]]):
    """Tries the first model, then others that the catalogue lists as able to do it.

    The usual others follow a model that fails, not one that was named and is refused as unknown or
    unable; named others follow both.

    Args:
        prompt: What to make.
        options: The options of a call; each model gets the same seed.
        others: The models that the caller names; None for the usual ones.
    """

    _kind: ClassVar[str]
    _paths: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        prompt: str,
        options: dict[str, Any],
        others: str | Sequence[str] | None,
    ) -> None:
        self._prompt = prompt
        seed = options.get("seed")
        self._options = {**options, **checked_options({"seed": "random" if seed is None else seed})}
        self._first = str(options.get("model") or "")
        self._others_are_usual = others is None
        others = IMAGE_ORDER if others is None else others
        self._others = (others,) if isinstance(others, str) else tuple(others)
        self._listed: tuple[Model, ...] = ()
        super().__init__([self._first])

    def __repr__(self) -> str:
        return f"<{self._kind} of {self._prompt[:40]!r}, not sent yet: Client().send(...) makes it>"

    @property
    def _misnamed(self) -> bool:
        """Whether the gateway refused the model that the caller named."""
        are_others_named = self._others and not self._others_are_usual
        if not self.failed or not self._first or are_others_named:
            return False
        return isinstance(self.failed[0].error, InvalidRequestError | NotFoundError)

    def _lists(self) -> Sequence[Call[tuple[Model, ...]]]:
        if self.failed and not self._others and not self._misnamed:
            return ()
        return [listed(path) for path in self._paths]

    def _more(self, lists: Lists) -> list[str]:
        read = [models for models in lists.values() if not isinstance(models, PollinationsError)]
        self._listed = tuple(model for models in read for model in models)
        others = [] if self._misnamed else self._able()
        return others if self.failed else [self._first, *others]

    def _able(self) -> list[str]:
        """The names of other models that exist and can do it."""
        needs: Requirements = {
            "outputs": frozenset({self._kind}),
            "inputs": frozenset({"image"} if self._options.get("image") else ()),
        }
        of_any_kind: Requirements = {**needs, "specialized": None, "community": None}
        # By the names that the caller wrote.
        found = {name: available(self._listed, (name,)) for name in self._others}
        others = {name: models[0] for name, models in found.items() if models}
        able = {name: model for name, model in others.items() if fulfils(model, **of_any_kind)}
        if self._others_are_usual and not able:
            able = {model.name: model for model in few_cheapest(self._listed, **needs)}
        return [name for name, model in able.items() if not model.answers_to(self._first)]

    def _error(self) -> PollinationsError:
        """Choose the error of the first model, which is the one that was asked for."""
        error = self.failed[0].error
        names = [name for model in self._listed for name in (*model.aliases, model.name)]
        suggest_models(error, self._first, names)
        return error


class _ImageFallback(_MediaFallback):
    _kind = "image"
    _paths = (IMAGE_MODELS,)

    def __init__(
        self, prompt: str, options: dict[str, Any], others: str | Sequence[str] | None
    ) -> None:
        super().__init__(prompt, options, others)
        self._call(self._first)  # what is wrong raises here

    def _call(self, model: str) -> Call[Media]:
        call = image_call(self._prompt, **{**self._options, "model": model or None})
        self._request = call.request
        return call

    def _instead(self, error: PollinationsError) -> None:
        """Explain a route that the gateway does not have."""
        if isinstance(error, NotFoundError) and self._request.method == "POST":
            raise InvalidInputError(
                f"This gateway has no POST {self._request.path}, and in an address (GET) the "
                "request would be changed. Leave % and // out of the prompt, shorten it, or pass "
                "reference images as links.",
                status=error.status,
                request_id=error.request_id,
                model=error.model or self._model or None,
            ) from error


class _VideoFallback(_MediaFallback):
    _kind = "video"
    _paths = (VIDEO_MODELS, IMAGE_MODELS)

    def __init__(self, prompt: str, options: dict[str, Any], others: str | Sequence[str]) -> None:
        super().__init__(prompt, options, others)
        if options.get("duration") is not None and self._first:
            self._models = ()  # the lists are read first
        self._made(self._first)  # what is wrong raises here, but for the duration

    def _call(self, model: str) -> Call[Media]:
        self._on_image_route = False
        for found in available(self._listed, (model,)):
            check_duration(self._options.get("duration"), found)
        return self._made(model)

    def _instead(self, error: PollinationsError) -> Call[Media] | None:
        """Ask a gateway of January 2026, which makes videos where it draws."""
        if self._on_image_route or not isinstance(error, NotFoundError):
            return None
        self._on_image_route = True
        return self._made(self._model or DEFAULT_MODEL, IMAGE_PATH)

    def _made(self, model: str, path: str = PATH) -> Call[Media]:
        return video_call(self._prompt, path, **{**self._options, "model": model or None})
