"""Tools with which an agent draws, films, speaks and listens."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from llama_index.core.base.llms.types import ContentBlock
from llama_index.core.tools import ToolMetadata
from llama_index.core.tools.tool_spec.base import SPEC_FUNCTION_TYPE, BaseToolSpec
from pydantic import BaseModel, Field

from _pollinations.http import progress
from _pollinations.http.call import Call, Fallback
from _pollinations.http.suggestions import refuse_unknown
from _pollinations.media.folder import keep
from _pollinations.media.media import Media
from _pollinations.media.speech import Transcript
from _pollinations.media.tools import (
    IMAGE,
    LIST_IMAGE_MODELS,
    SPEECH,
    TRANSCRIPTION,
    VIDEO,
    MediaTool,
)
from _pollinations.models.catalog import Model, models
from llama_index_pollinations.connection import Connection
from llama_index_pollinations.media_blocks import MediaBlocks

_TOOLS: dict[str, MediaTool[Any]] = {
    "image_options": IMAGE,
    "video_options": VIDEO,
    "speech_options": SPEECH,
    "transcription_options": TRANSCRIPTION,
}
_METADATA: dict[str, tuple[str, type[BaseModel]]] = {
    tool.name: (tool.description, tool.schema) for tool in _TOOLS.values()
}
_METADATA[LIST_IMAGE_MODELS[0]] = LIST_IMAGE_MODELS[1:]
_NOT_SET_THERE = frozenset({"extra", "listed", "path", "timeout"})


class PollinationsToolSpec(Connection, BaseToolSpec):
    """Pictures, videos, speech and transcription with the models of gen.pollinations.ai.

    A tool answers with one line of text and the picture, video or sound itself: as a file, if
    `directory` is set, which keeps an agent's memory small; else as bytes. For models that cannot
    see, `return_media=False` leaves the line alone. In a notebook what was made shows itself.

    Each picture and video gets a fresh random seed, unless one is set or said. Making a spec opens
    nothing; it can be pickled and copied.

    Example:
        >>> from llama_index.core.agent.workflow import FunctionAgent
        >>> spec = PollinationsToolSpec(directory="media", image_model="flux")
        >>> agent = FunctionAgent(tools=spec.to_tool_list(), llm=llm)  # doctest: +SKIP
        >>> spec.generate_image("a red bicycle", width=512, height=512)  # doctest: +SKIP
        [TextBlock(...), ImageBlock(...)]
    """

    spec_functions: ClassVar[list[str | tuple[str, str]]] = [  # type: ignore[misc] # LlamaIndex's is no field
        ("generate_image", "agenerate_image"),
        ("generate_video", "agenerate_video"),
        ("speak", "aspeak"),
        ("transcribe", "atranscribe"),
        ("list_image_models", "alist_image_models"),
    ]

    directory: Path | None = None
    """Where files are kept, and read from for transcription (else: base64, the current folder)."""
    return_media: bool = True
    """Whether what was made comes with the line of text, for models that can see and hear."""
    image_model: str | None = None
    """The gateway's name for a model; None leaves the choice to the gateway."""
    video_model: str | None = None
    """The same for videos."""
    speech_model: str | None = None
    """The same for speech."""
    transcription_model: str | None = None
    """The same for transcription."""
    fallback_models: list[str] | None = None
    """Whom to ask next, for pictures and videos alike: the catalogue says who can do which. None
    takes flux for pictures and nobody for videos, an empty list nobody."""
    voice: str | None = None
    """The voice that speaks, if none is asked for."""
    image_options: dict[str, Any] = Field(default_factory=dict)
    """Further options for pictures, see `_pollinations.media.images.ImageOptions`."""
    video_options: dict[str, Any] = Field(default_factory=dict)
    """Further options for videos, see `_pollinations.media.videos.VideoOptions`."""
    speech_options: dict[str, Any] = Field(default_factory=dict)
    """Further options for speech, see `_pollinations.media.speech.SpeechOptions`."""
    transcription_options: dict[str, Any] = Field(default_factory=dict)
    """Further options for transcription, see `_pollinations.media.speech.TranscriptionOptions`."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Merged into each request last and unchecked: whatever the API learns before we do."""
    on_progress: Callable[[float], object] | None = Field(default=None, exclude=True, repr=False)
    """Is told the seconds that a video takes, once a second; None shows a bar in a notebook."""

    def _check(self) -> None:
        super()._check()
        for name, tool in _TOOLS.items():
            known = tool.options.__annotations__.keys() - _NOT_SET_THERE
            refuse_unknown(getattr(self, name), known, owner=name)

    def get_metadata_from_fn_name(
        self, fn_name: str, spec_functions: list[SPEC_FUNCTION_TYPE] | None = None
    ) -> ToolMetadata | None:
        """Introduce a tool to a model; signatures in LlamaIndex's own description cost tokens."""
        del spec_functions
        if fn_name not in _METADATA:
            return None
        description, schema = _METADATA[fn_name]
        return ToolMetadata(description, fn_name, schema)

    def generate_image(
        self,
        prompt: str,
        width: int | None = None,
        height: int | None = None,
        seed: int | None = None,
        image_urls: list[str] | None = None,
    ) -> list[ContentBlock]:
        """Draw a picture.

        Args:
            prompt: What to draw, in detail.
            width: Pixels.
            height: Pixels.
            seed: The seed of an earlier picture, to draw it again or vary it.
            image_urls: Links to pictures to start from.

        Returns:
            One line of text, and the picture.

        Raises:
            PollinationsError: What went wrong, see `llama_index_pollinations.errors`.
        """
        call = self._image(
            prompt=prompt, width=width, height=height, seed=seed, image_urls=image_urls
        )
        return self._result(self._clients()[0].send(call), prompt)

    async def agenerate_image(
        self,
        prompt: str,
        width: int | None = None,
        height: int | None = None,
        seed: int | None = None,
        image_urls: list[str] | None = None,
    ) -> list[ContentBlock]:
        """Draw a picture; see `generate_image`."""
        call = self._image(
            prompt=prompt, width=width, height=height, seed=seed, image_urls=image_urls
        )
        media = await self._clients()[1].send(call)
        return await asyncio.to_thread(self._result, media, prompt)

    def generate_video(
        self,
        prompt: str,
        duration: int | None = None,
        aspect_ratio: str | None = None,
        first_frame_url: str | None = None,
        last_frame_url: str | None = None,
    ) -> list[ContentBlock]:
        """Make a short video; it takes minutes.

        Args:
            prompt: What shall be seen, in detail.
            duration: Seconds.
            aspect_ratio: `16:9` or `9:16`.
            first_frame_url: Link to the picture that it begins with.
            last_frame_url: Link to the picture that it ends with.

        Returns:
            One line of text, and the video.
        """
        call = self._video(
            prompt=prompt,
            duration=duration,
            aspect_ratio=aspect_ratio,
            first_frame_url=first_frame_url,
            last_frame_url=last_frame_url,
        )
        media = progress.send(self._clients()[0], call, self.on_progress)
        return self._result(media, prompt)

    async def agenerate_video(
        self,
        prompt: str,
        duration: int | None = None,
        aspect_ratio: str | None = None,
        first_frame_url: str | None = None,
        last_frame_url: str | None = None,
    ) -> list[ContentBlock]:
        """Make a short video; see `generate_video`."""
        call = self._video(
            prompt=prompt,
            duration=duration,
            aspect_ratio=aspect_ratio,
            first_frame_url=first_frame_url,
            last_frame_url=last_frame_url,
        )
        media = await progress.asend(self._clients()[1], call, self.on_progress)
        return await asyncio.to_thread(self._result, media, prompt)

    def speak(self, text: str, voice: str | None = None) -> list[ContentBlock]:
        """Speak a text.

        Args:
            text: The words.
            voice: The voice; else the spec's own.

        Returns:
            One line of text, and the sound.
        """
        call = self._speech(text=text, voice=voice)
        return self._result(self._clients()[0].send(call), text)

    async def aspeak(self, text: str, voice: str | None = None) -> list[ContentBlock]:
        """Speak a text aloud; see `speak`."""
        media = await self._clients()[1].send(self._speech(text=text, voice=voice))
        return await asyncio.to_thread(self._result, media, text)

    def transcribe(self, path: str, language: str | None = None) -> str:
        """Write down what is said in an audio or video file.

        Args:
            path: A file of `directory`: mp3, mp4, mpeg, m4a, wav or webm.
            language: Its language, such as `en`.

        Returns:
            The words.
        """
        return self._clients()[0].send(self._transcription(path=path, language=language)).text

    async def atranscribe(self, path: str, language: str | None = None) -> str:
        """Write down what is said in a file; see `transcribe`."""
        call = await asyncio.to_thread(self._transcription, path=path, language=language)
        return (await self._clients()[1].send(call)).text

    def list_image_models(self) -> str:
        """List the models that draw pictures, with their prices in pollen."""
        return _in_lines(self._clients()[0].send(models("image")))

    async def alist_image_models(self) -> str:
        """List the models that draw pictures; see `list_image_models`."""
        return _in_lines(await self._clients()[1].send(models("image")))

    def _image(self, **given: Any) -> Call[Media] | Fallback[Call[Media]]:
        own = {"model": self.image_model, "fallback_models": self.fallback_models}
        return IMAGE.call(given, {**own, **self.image_options, "extra": self.extra_body})

    def _video(self, **given: Any) -> Call[Media] | Fallback[Call[Media]]:
        read = self.timeout[1] if isinstance(self.timeout, tuple) else self.timeout
        own = {"model": self.video_model, "fallback_models": self.fallback_models, "timeout": read}
        return VIDEO.call(given, {**own, **self.video_options, "extra": self.extra_body})

    def _speech(self, **given: Any) -> Call[Media] | Fallback[Call[Media]]:
        own = {"model": self.speech_model, "voice": self.voice}
        return SPEECH.call(given, {**own, **self.speech_options, "extra": self.extra_body})

    def _transcription(self, **given: Any) -> Call[Transcript] | Fallback[Call[Transcript]]:
        own = {"model": self.transcription_model, "directory": self.directory}
        options = {**own, **self.transcription_options, "extra": self.extra_body}
        return TRANSCRIPTION.call(given, options)

    def _result(self, media: Media, words: str) -> list[ContentBlock]:
        path = keep(media, self.directory, words) if self.directory else None
        return MediaBlocks.of(media, path, whole=self.return_media)


def _in_lines(models: tuple[Model, ...]) -> str:
    drawing = [model for model in models if "image" in (model.outputs or ("image",))]
    return "\n".join(map(_line, drawing)) or "No model is listed for this key."


def _line(model: Model) -> str:
    price = model.prices.per_picture
    return f"{model.name}: {'by tokens' if price is None else f'{price:f} pollen a picture'}"
