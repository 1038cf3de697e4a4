"""What a model is told of our tools, and what it may say to them: the same in both frameworks."""

from dataclasses import dataclass

from pydantic import BaseModel, Field


class ImageInput(BaseModel):
    """What a model says to have a picture drawn."""

    prompt: str = Field(description="What to draw, in detail.")
    width: int | None = Field(default=None, description="Width in pixels, if it matters.")
    height: int | None = Field(default=None, description="Height in pixels, if it matters.")
    seed: int | None = Field(
        default=None, description="The seed of an earlier picture, to draw it again or vary it."
    )
    image_urls: list[str] | None = Field(
        default=None, description="Links (https) to pictures to start from, if there are any."
    )


class VideoInput(BaseModel):
    """What a model says to have a video made."""

    prompt: str = Field(description="What shall be seen, in detail.")
    duration: int | None = Field(default=None, description="Seconds, if it matters.")
    aspect_ratio: str | None = Field(default=None, description="16:9 or 9:16, if it matters.")
    first_frame_url: str | None = Field(
        default=None, description="Link (https) to the picture that it begins with, if any."
    )
    last_frame_url: str | None = Field(
        default=None, description="Link (https) to the picture that it ends with, if any."
    )


class SpeechInput(BaseModel):
    """What a model says to have something spoken."""

    text: str = Field(description="The words to speak.")
    voice: str | None = Field(default=None, description="A voice, if one was asked for.")


class TranscriptionInput(BaseModel):
    """What a model says to have a recording written down."""

    path: str = Field(description="The audio or video file: mp3, mp4, mpeg, m4a, wav or webm.")
    language: str | None = Field(default=None, description="Its language, such as en, if known.")


class NoInput(BaseModel):
    """Nothing is said."""


@dataclass(frozen=True, slots=True)
class Told:
    """How a tool is introduced to a model.

    Attributes:
        name: What the model calls it.
        description: What it is good for.
        schema: What can be said to it.
    """

    name: str
    description: str
    schema: type[BaseModel]


IMAGE = Told(
    "generate_image",
    "Draw a picture from a description. The user sees it; you are told its size and seed.",
    ImageInput,
)
VIDEO = Told(
    "generate_video",
    "Make a short video from a description, and from a first frame if there is one. It takes "
    "minutes. The user sees it.",
    VideoInput,
)
SPEECH = Told("speak", "Speak a text aloud. The user hears it.", SpeechInput)
TRANSCRIPTION = Told(
    "transcribe", "Write down what is said in an audio or video file.", TranscriptionInput
)
IMAGE_MODELS = Told(
    "list_image_models",
    "List the models that draw pictures, with their prices in pollen.",
    NoInput,
)
