"""The tools for agents, the same in both frameworks: names, descriptions, arguments, calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

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


def _encodable(value: object) -> object:
    """Replace lone surrogates, halves of emoji that a model leaves behind, by question marks."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_encodable)]
"""Text from a model."""


class ImageInput(BaseModel):
    """The arguments of `generate_image`."""

    prompt: Text = Field(description="What to draw, in detail.")
    width: int | None = Field(default=None, description="Width in pixels, if it matters.")
    height: int | None = Field(default=None, description="Height in pixels, if it matters.")
    seed: int | None = Field(
        default=None, description="The seed of an earlier picture, to draw it again or vary it."
    )
    image_urls: list[Text] | None = Field(
        default=None, description="Links (https) to pictures to start from, if there are any."
    )


class VideoInput(BaseModel):
    """The arguments of `generate_video`."""

    prompt: Text = Field(description="What the video shows, in detail.")
    duration: int | None = Field(default=None, description="Seconds, if it matters.")
    aspect_ratio: Text | None = Field(default=None, description="16:9 or 9:16, if it matters.")
    first_frame_url: Text | None = Field(
        default=None, description="Link (https) to the picture that it begins with, if any."
    )
    last_frame_url: Text | None = Field(
        default=None, description="Link (https) to the picture that it ends with, if any."
    )


class SpeechInput(BaseModel):
    """The arguments of `speak`."""

    text: Text = Field(description="The words to speak.")
    voice: Text | None = Field(default=None, description="A voice, if one was asked for.")


class TranscriptionInput(BaseModel):
    """The arguments of `transcribe`."""

    path: Text = Field(description="The audio or video file: mp3, mp4, mpeg, m4a, wav or webm.")
    language: Text | None = Field(default=None, description="Its language, such as en, if known.")


class NoInput(BaseModel):
    """The arguments of a tool that takes none."""


@dataclass(frozen=True, slots=True)
class MediaTool(Generic[T]):
    """A tool, before a framework wraps it.

    Attributes:
        name: The name by which a model calls it.
        description: What it does, for the model.
        schema: Its arguments.
        options: What the user may set beside them: a TypedDict.
        make: Makes the call from arguments and options.
        also: Options that `make` takes beside those.
        slow: Whether it takes minutes.
    """

    name: str
    description: str
    schema: type[BaseModel]
    options: type
    make: Callable[..., Call[T] | Fallback[Call[T]]]
    also: frozenset[str] = frozenset()
    slow: bool = False

    @property
    def further_options(self) -> frozenset[str]:
        """The options that users set in a dictionary, beside the fields of a framework's object."""
        return frozenset(self.options.__annotations__) - {"extra", "listed", "path", "timeout"}

    @property
    def accepts(self) -> frozenset[str]:
        """All options that it takes."""
        return frozenset(self.options.__annotations__) | self.also

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
        return self.make(**{**options, **checked.model_dump(exclude_none=True)})


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
    found = (
        f"{'.'.join(map(str, each['loc'])) or 'arguments'}: {each['msg']}"
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    )
    reasons = "; ".join(found)
    return f"The arguments do not fit: {reasons}. Call the tool again with corrected arguments."


def _image(
    prompt: str,
    image_urls: list[str] | None = None,
    **options: Any,  # noqa: ANN401 - ImageOptions
) -> Fallback[Call[Media]]:
    return image(prompt, **{**options, **({"image": image_urls} if image_urls else {})})


def _video(
    prompt: str,
    first_frame_url: str | None = None,
    last_frame_url: str | None = None,
    **options: Any,  # noqa: ANN401 - VideoOptions
) -> Fallback[Call[Media]]:
    frames = [url for url in (first_frame_url, last_frame_url) if url]
    return video(prompt, **{**options, **({"image": frames} if frames else {})})


def _speech(text: str, **options: Any) -> Call[Media]:  # noqa: ANN401 - SpeechOptions
    return speech(text, **options)


def _transcription(
    path: str,
    *,
    directory: str | Path | None = None,
    **options: Any,  # noqa: ANN401 - TranscriptionOptions
) -> Call[Transcript]:
    sound = read_inside(directory, path, most=MAX_FILE)
    return transcription(sound, Path(path).name, **options)


IMAGE: MediaTool[Media] = MediaTool(
    "generate_image",
    "Draw a picture from a description. The user sees it; you are told its size and seed.",
    ImageInput,
    ImageOptions,
    _image,
    also=frozenset({"fallback_models"}),
)
VIDEO: MediaTool[Media] = MediaTool(
    "generate_video",
    "Make a short video from a description, and from a first frame if there is one. It takes "
    "minutes. The user sees it.",
    VideoInput,
    VideoOptions,
    _video,
    also=frozenset({"fallback_models"}),
    slow=True,
)
SPEECH: MediaTool[Media] = MediaTool(
    "speak", "Speak a text aloud. The user hears it.", SpeechInput, SpeechOptions, _speech
)
TRANSCRIPTION: MediaTool[Transcript] = MediaTool(
    "transcribe",
    "Write down what is said in an audio or video file.",
    TranscriptionInput,
    TranscriptionOptions,
    _transcription,
    also=frozenset({"directory"}),
)
LIST_IMAGE_MODELS = (
    "list_image_models",
    "List the models that draw pictures, with their prices in pollen.",
    NoInput,
)
