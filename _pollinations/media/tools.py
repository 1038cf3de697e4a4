"""The tools for agents, the same in both frameworks: names, descriptions, arguments, calls."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field, ValidationError, model_validator

from _pollinations.http.call import Call, Fallback
from _pollinations.http.errors import InvalidInputError
from _pollinations.media.fallback import image, video
from _pollinations.media.folder import read_inside
from _pollinations.media.images import ImageOptions
from _pollinations.media.media import Media
from _pollinations.media.speech import (
    MAX_FILE,
    SpeechOptions,
    Transcript,
    TranscriptionOptions,
    speech,
    transcription,
)
from _pollinations.media.videos import VideoOptions

T = TypeVar("T")

_MOST_NAMES = 5
_LONGEST_NAME = 40


class _Arguments(BaseModel):
    """Arguments as a model writes them."""

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, arguments: Any) -> Any:  # noqa: ANN401 - JSON
        """Leave out what is empty, which models write for what they do not set."""
        if not isinstance(arguments, Mapping):
            return arguments  # to be refused as others of a wrong type
        cleaned = {name: _encodable(value) for name, value in arguments.items()}
        return {name: value for name, value in cleaned.items() if value not in (None, "", [])}


def _encodable(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Replace lone surrogates, halves of emoji that a model leaves behind, by question marks."""
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


class ImageInput(_Arguments):
    """Draw a picture from a description. The user sees it; you are told its size and seed."""

    prompt: str = Field(description="What to draw, in detail.")
    width: int | None = Field(default=None, description="Width in pixels, if it matters.")
    height: int | None = Field(default=None, description="Height in pixels, if it matters.")
    seed: int | None = Field(
        default=None, description="The seed of an earlier picture, to draw it again or vary it."
    )
    image_urls: list[str] | None = Field(
        default=None,
        serialization_alias="image",
        description="Links (https) to pictures to start from, if there are any.",
    )


class VideoInput(_Arguments):
    """Make a short video from a description, and from a first frame if there is one.

    It takes minutes. The user sees it.
    """

    prompt: str = Field(description="What the video shows, in detail.")
    duration: int | None = Field(default=None, description="Seconds, if it matters.")
    aspect_ratio: str | None = Field(default=None, description="16:9 or 9:16, if it matters.")
    first_frame_url: str | None = Field(
        default=None, description="Link (https) to the picture that it begins with, if any."
    )
    last_frame_url: str | None = Field(
        default=None, description="Link (https) to the picture that it ends with, if any."
    )


class SpeechInput(_Arguments):
    """Speak a text aloud. The user hears it."""

    text: str = Field(serialization_alias="words", description="The words to speak.")
    voice: str | None = Field(default=None, description="A voice, if one was asked for.")


class TranscriptionInput(_Arguments):
    """Write down what is said in an audio or video file."""

    path: str = Field(description="The audio or video file: mp3, mp4, mpeg, m4a, wav or webm.")
    language: str | None = Field(default=None, description="Its language, such as en, if known.")


@dataclass(frozen=True, slots=True)
class MediaTool(Generic[T]):
    """A tool, before a framework wraps it.

    Attributes:
        kind: `image`, `video`, `speech` or `transcription`.
        name: The name by which a model calls it.
        schema: Its arguments, and what it does as their docstring.
        options: What the user may set beside them: a TypedDict.
        make: Makes the call from arguments and options.
        extra_option: An option that `make` takes beside those.
        slow: Whether it takes minutes.
    """

    kind: str
    name: str
    schema: type[BaseModel]
    options: type
    make: Callable[..., Call[T] | Fallback[Call[T]]]
    extra_option: str = ""
    slow: bool = False

    @property
    def description(self) -> str:
        """What it does, for the model: the docstring of its arguments in one line."""
        return " ".join((self.schema.__doc__ or "").split())

    @property
    def further_options(self) -> frozenset[str]:
        """The options that users set in a dictionary, beside the fields of a framework's object."""
        return frozenset(self.options.__annotations__) - {"extra", "timeout"}

    def options_of(
        self, fields: Mapping[str, Any], further: Mapping[str, Any], extra: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Pick the options that a user set.

        Args:
            fields: The fields of a framework's object, of which only some are options.
            further: More options.
            extra: What is merged into the request unchecked.
        """
        names = {*self.options.__annotations__, self.extra_option}
        own = {name: value for name, value in fields.items() if name in names}
        return {**own, **further, "extra": extra}

    def call(
        self, arguments: Mapping[str, Any], options: Mapping[str, Any]
    ) -> Call[T] | Fallback[Call[T]]:
        """Make what a client's `send` takes; arguments of a model override the user's options.

        Raises:
            InvalidInputError: An argument is missing or of a wrong type, or the request can never
                be right.
        """
        try:
            checked = self.schema.model_validate(arguments)
        except ValidationError as error:
            raise InvalidInputError(explain(error)) from None
        return self.make(**{**options, **checked.model_dump(by_alias=True, exclude_none=True)})


def ignored(name: str, schema: type[BaseModel], arguments: Iterable[str]) -> str:
    r"""Tell a model which arguments it invented, and which ones exist; nothing if it did not.

    Args:
        name: The tool's name.
        schema: The arguments that exist.
        arguments: The names that the model wrote.

    Example:
        >>> ignored("speak", SpeechInput, ["text", "speed"])
        "\nIgnored: 'speed'. The arguments of speak are text, voice."
    """
    unknown = [each for each in arguments if each not in schema.model_fields]
    if not unknown:
        return ""
    names = ", ".join(ascii(each[:_LONGEST_NAME]) for each in unknown[:_MOST_NAMES])
    known = ", ".join(schema.model_fields) or "none"
    return f"\nIgnored: {names}. The arguments of {name} are {known}."


def explain(error: ValidationError) -> str:
    """Say which arguments of a tool do not fit and why, for the model that made the call.

    Example:
        >>> try:
        ...     ImageInput.model_validate({"prompt": "a bee", "width": "wide"})
        ... except ValidationError as error:
        ...     print(explain(error))
        The arguments do not fit: width: Input should be a valid integer, unable to parse \
string as an integer. Call the tool again with corrected arguments.
    """
    reasons = (
        f"{'.'.join(map(str, each['loc'])) or 'arguments'}: {each['msg']}"
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return (
        f"The arguments do not fit: {'; '.join(reasons)}. "
        "Call the tool again with corrected arguments."
    )


def _video(
    prompt: str,
    first_frame_url: str | None = None,
    last_frame_url: str | None = None,
    **options: Any,  # noqa: ANN401 - VideoOptions
) -> Fallback[Call[Media]]:
    frames = [url for url in (first_frame_url, last_frame_url) if url]
    return video(prompt, **{**options, **({"image": frames} if frames else {})})


def _transcription(
    path: str,
    *,
    directory: str | Path | None = None,
    **options: Any,  # noqa: ANN401 - TranscriptionOptions
) -> Call[Transcript]:
    sound = read_inside(directory, path, most=MAX_FILE)
    return transcription(sound, Path(path).name, **options)


IMAGE: MediaTool[Media] = MediaTool(
    "image", "generate_image", ImageInput, ImageOptions, image, extra_option="fallback_models"
)
VIDEO: MediaTool[Media] = MediaTool(
    "video",
    "generate_video",
    VideoInput,
    VideoOptions,
    _video,
    extra_option="fallback_models",
    slow=True,
)
SPEECH: MediaTool[Media] = MediaTool("speech", "speak", SpeechInput, SpeechOptions, speech)
TRANSCRIPTION: MediaTool[Transcript] = MediaTool(
    "transcription",
    "transcribe",
    TranscriptionInput,
    TranscriptionOptions,
    _transcription,
    extra_option="directory",
)
TOOLS: Mapping[str, MediaTool[Any]] = {
    tool.name: tool for tool in (IMAGE, VIDEO, SPEECH, TRANSCRIPTION)
}
