"""Tools with which an agent draws, films, speaks and listens.

A tool's content is one short line, so that ten pictures do not fill a model's context; what was
made is the artifact of the tool message: one content block, with the data or a link to a file,
which shows itself in a notebook.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, cast

from langchain_core.callbacks import AsyncCallbackManagerForToolRun, CallbackManagerForToolRun
from langchain_core.tools import BaseTool, ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import Field

from _pollinations.http import progress as client_progress
from _pollinations.http.call import Plan
from _pollinations.http.errors import PollinationsError
from _pollinations.http.suggestions import refuse_unknown
from _pollinations.media import fallback as making
from _pollinations.media.captions import caption
from _pollinations.media.folder import keep, read_inside
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
from _pollinations.media.tool_inputs import IMAGE, SPEECH, TRANSCRIPTION, VIDEO
from _pollinations.media.videos import VideoOptions
from langchain_pollinations.connection import Connection
from langchain_pollinations.media_block import MediaBlock

Block = dict[str, Any]
Content = str | list[str | Block]

_SEEN_BY_MODELS = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


class _MediaTool(Connection, BaseTool):
    """What the four tools have in common."""

    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: Any = True
    """Whether a failure becomes a message for the model; False raises `ToolException`."""
    handle_validation_error: Any = True
    """The same for arguments that do not fit the schema."""

    model: str | None = None
    """The gateway's name for a model; None leaves the choice to the gateway."""
    directory: Path | None = None
    """Where files are kept; without it, they travel in the artifact as base64."""
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Further documented options, as if they were set here."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Merged into the request last and unchecked: whatever the API learns before we do."""

    def _check(self) -> None:
        super()._check()
        refuse_unknown(self.model_kwargs, self._known(), owner="model_kwargs")

    def _known(self) -> frozenset[str]:
        """The options that `model_kwargs` may hold."""
        raise NotImplementedError

    def _options(self, **said: Any) -> dict[str, Any]:
        """What the fields say, then what this call says."""
        own = {name: getattr(self, name) for name in self._known() & type(self).model_fields.keys()}
        called = {name: value for name, value in said.items() if value is not None}
        return {**own, **self.model_kwargs, **called, "extra": self.extra_body}

    def _told(self, media: Media, words: str) -> tuple[Content, Block]:
        """The line for the model, and the artifact."""
        path = keep(media, self.directory, words) if self.directory else None
        return caption(media, path), MediaBlock.of(media, words, path)


class PollinationsImageTool(_MediaTool):
    """Draws pictures with the image models of gen.pollinations.ai.

    Each picture gets a fresh random seed, unless one is set or said. If a model cannot draw, the
    next one of the catalogue is asked. Making a tool opens nothing; it can be pickled and copied.

    Example:
        >>> from langchain.agents import create_agent
        >>> tool = PollinationsImageTool(directory="pictures", width=1024, height=768)
        >>> agent = create_agent(model, [tool])  # doctest: +SKIP
        >>> tool.invoke({"prompt": "a red bicycle"})  # doctest: +SKIP
        'Picture made: image/jpeg, 1024x768 pixels, 84 kB, seed 1234. Saved as ...'
    """

    name: str = IMAGE.name
    description: str = IMAGE.description
    args_schema: ArgsSchema | None = IMAGE.schema

    fallback_models: list[str] | None = None
    """Whom to ask next, if the catalogue says they can; None takes flux, an empty list nobody."""
    width: int | None = None
    """Pixels; what the model says goes before it."""
    height: int | None = None
    """Pixels; what the model says goes before it."""
    seed: int | None = None
    """0 to 2147483647; None draws a new one for each picture."""
    quality: str | None = None
    """`low`, `medium`, `high` or `hd`, for models that know it."""
    include_image_in_content: bool = False
    """Whether the model sees the picture too; only for models that can."""

    def _known(self) -> frozenset[str]:
        return frozenset(ImageOptions.__annotations__) - {"extra"}

    def _plan(self, prompt: str, urls: list[str] | None, **said: Any) -> Plan[Media]:
        options = cast("ImageOptions", self._options(**said, image=urls))
        return making.picture(prompt, fallback_models=self.fallback_models, **options)

    def _shown(self, media: Media, prompt: str) -> tuple[Content, Block]:
        content, block = self._told(media, prompt)
        if not self.include_image_in_content or media.mime not in _SEEN_BY_MODELS:
            return content, block
        seen = {"type": "image", "base64": media.base64, "mime_type": media.mime}
        return [{"type": "text", "text": content}, seen], block

    def _run(
        self,
        prompt: str,
        *,
        width: int | None = None,
        height: int | None = None,
        seed: int | None = None,
        image_urls: list[str] | None = None,
        run_manager: CallbackManagerForToolRun | None = None,
    ) -> tuple[Content, Block]:
        del run_manager
        with _tool_errors():
            plan = self._plan(prompt, image_urls, width=width, height=height, seed=seed)
            return self._shown(self._clients()[0].run(plan), prompt)

    async def _arun(
        self,
        prompt: str,
        *,
        width: int | None = None,
        height: int | None = None,
        seed: int | None = None,
        image_urls: list[str] | None = None,
        run_manager: AsyncCallbackManagerForToolRun | None = None,
    ) -> tuple[Content, Block]:
        del run_manager
        with _tool_errors():
            plan = self._plan(prompt, image_urls, width=width, height=height, seed=seed)
            media = await self._clients()[1].run(plan)
            return await asyncio.to_thread(self._shown, media, prompt)


class PollinationsVideoTool(_MediaTool):
    """Makes videos with the video models of gen.pollinations.ai; one takes minutes and costs more.

    Making a tool opens nothing; it can be pickled and copied.

    Example:
        >>> tool = PollinationsVideoTool(model="veo", directory="videos", duration=4)
        >>> tool.invoke({"prompt": "waves at dawn"})  # doctest: +SKIP
        'Video made: video/mp4, 2 MB, model veo, seed 1234. Saved as ...'
    """

    name: str = VIDEO.name
    description: str = VIDEO.description
    args_schema: ArgsSchema | None = VIDEO.schema

    fallback_models: list[str] | None = None
    """Whom to ask next, if the catalogue says they can; nobody by default."""
    duration: int | None = None
    """Seconds; veo makes 4, 6 or 8, seedance 2 to 10."""
    aspect_ratio: str | None = None
    """`16:9` or `9:16`; some models know more."""
    audio: bool | None = None
    """With or without sound, for models that play some."""
    seed: int | None = None
    """0 to 2147483647; None draws a new one for each video."""
    on_progress: Callable[[float], object] | None = Field(default=None, exclude=True, repr=False)
    """Is told the seconds so far, once a second; None shows a bar in a notebook."""

    def _known(self) -> frozenset[str]:
        return frozenset(VideoOptions.__annotations__) - {"extra", "listed", "path", "timeout"}

    def _plan(self, prompt: str, first: str | None, last: str | None, **said: Any) -> Plan[Media]:
        frames = [url for url in (first, last) if url] or None
        given = self._options(**said, image=frames, timeout=_read_timeout(self.request_timeout))
        options = cast("VideoOptions", given)
        return making.film(prompt, fallback_models=self.fallback_models, **options)

    def _run(
        self,
        prompt: str,
        *,
        duration: int | None = None,
        aspect_ratio: str | None = None,
        first_frame_url: str | None = None,
        last_frame_url: str | None = None,
        run_manager: CallbackManagerForToolRun | None = None,
    ) -> tuple[Content, Block]:
        del run_manager
        with _tool_errors():
            said = {"duration": duration, "aspect_ratio": aspect_ratio}
            plan = self._plan(prompt, first_frame_url, last_frame_url, **said)
            media = client_progress.run(self._clients()[0], plan, self.on_progress)
            return self._told(media, prompt)

    async def _arun(
        self,
        prompt: str,
        *,
        duration: int | None = None,
        aspect_ratio: str | None = None,
        first_frame_url: str | None = None,
        last_frame_url: str | None = None,
        run_manager: AsyncCallbackManagerForToolRun | None = None,
    ) -> tuple[Content, Block]:
        del run_manager
        with _tool_errors():
            said = {"duration": duration, "aspect_ratio": aspect_ratio}
            plan = self._plan(prompt, first_frame_url, last_frame_url, **said)
            media = await client_progress.arun(self._clients()[1], plan, self.on_progress)
            return await asyncio.to_thread(self._told, media, prompt)


class PollinationsSpeechTool(_MediaTool):
    """Speaks with the speech models of gen.pollinations.ai.

    Making a tool opens nothing; it can be pickled and copied.

    Example:
        >>> tool = PollinationsSpeechTool(voice="nova", directory="sounds")
        >>> tool.invoke({"text": "Good morning!"})  # doctest: +SKIP
        'Sound made: audio/mpeg, 18 kB. Saved as ...'
    """

    name: str = SPEECH.name
    description: str = SPEECH.description
    args_schema: ArgsSchema | None = SPEECH.schema

    voice: str | None = None
    """Such as `alloy`, `nova`; what the model says goes before it."""
    speech_format: str | None = None
    """`mp3` (by default), `opus`, `aac`, `flac`, `wav` or `pcm`."""
    speed: float | None = None
    """0.25 to 4."""
    instructions: str | None = None
    """How to say it, for models that know it."""

    def _known(self) -> frozenset[str]:
        # BaseTool has a `response_format` of its own.
        return frozenset(SpeechOptions.__annotations__) - {"extra", "response_format"}

    def _spoken(self, voice: str | None) -> SpeechOptions:
        options = self._options(voice=voice) | {"response_format": self.speech_format}
        return cast("SpeechOptions", options)

    def _run(
        self,
        text: str,
        *,
        voice: str | None = None,
        run_manager: CallbackManagerForToolRun | None = None,
    ) -> tuple[Content, Block]:
        del run_manager
        with _tool_errors():
            media = self._clients()[0].send(speech(text, **self._spoken(voice)))
            return self._told(media, text)

    async def _arun(
        self,
        text: str,
        *,
        voice: str | None = None,
        run_manager: AsyncCallbackManagerForToolRun | None = None,
    ) -> tuple[Content, Block]:
        del run_manager
        with _tool_errors():
            media = await self._clients()[1].send(speech(text, **self._spoken(voice)))
            return await asyncio.to_thread(self._told, media, text)


class PollinationsTranscriptionTool(_MediaTool):
    """Writes recordings down with the transcription models of gen.pollinations.ai.

    A model names the file, so that only files inside of `directory` (by default, the current one)
    are read. Making a tool opens nothing; it can be pickled and copied.

    Example:
        >>> tool = PollinationsTranscriptionTool(directory="sounds")
        >>> tool.invoke({"path": "morning.mp3"})  # doctest: +SKIP
        'Good morning!'
    """

    name: str = TRANSCRIPTION.name
    description: str = TRANSCRIPTION.description
    args_schema: ArgsSchema | None = TRANSCRIPTION.schema

    language: str | None = None
    """What is spoken, such as `en`; what the model says goes before it."""
    prompt: str | None = None
    """Words that help to understand names and terms."""
    temperature: float | None = None
    """0 to 1."""

    def _known(self) -> frozenset[str]:
        return frozenset(TranscriptionOptions.__annotations__) - {"extra", "response_format"}

    def _heard(self, language: str | None) -> TranscriptionOptions:
        return cast("TranscriptionOptions", self._options(language=language))

    def _run(
        self,
        path: str,
        *,
        language: str | None = None,
        run_manager: CallbackManagerForToolRun | None = None,
    ) -> tuple[Content, Block]:
        del run_manager
        with _tool_errors():
            sound = read_inside(self.directory, path, most=MAX_FILE)
            call = transcription(sound, Path(path).name, **self._heard(language))
            return _written(self._clients()[0].send(call))

    async def _arun(
        self,
        path: str,
        *,
        language: str | None = None,
        run_manager: AsyncCallbackManagerForToolRun | None = None,
    ) -> tuple[Content, Block]:
        del run_manager
        with _tool_errors():
            sound = await asyncio.to_thread(read_inside, self.directory, path, most=MAX_FILE)
            call = transcription(sound, Path(path).name, **self._heard(language))
            return _written(await self._clients()[1].send(call))


def _written(said: Transcript) -> tuple[Content, Block]:
    extras: Mapping[str, Any] = {"model": said.model, "language": said.language}
    known = {name: value for name, value in extras.items() if value is not None}
    block = {"type": "text-plain", "text": said.text, "mime_type": "text/plain", "extras": known}
    return said.text, block


def _read_timeout(timeout: float | tuple[float, float] | None) -> float | None:
    return timeout[1] if isinstance(timeout, tuple) else timeout


@contextmanager
def _tool_errors() -> Iterator[None]:
    """Raise what went wrong as LangChain's tools are expected to: an agent goes on after it."""
    try:
        yield
    except (PollinationsError, OSError) as error:
        raise ToolException(str(error)) from error
