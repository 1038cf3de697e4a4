"""Tools with which an agent draws, films, speaks and listens.

A tool's content is one short line, so that ten pictures do not fill a model's context; what was
made is the artifact of the tool message: one content block, with the data or a link to a file,
which shows itself in a notebook.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

from langchain_core.callbacks import AsyncCallbackManagerForToolRun, CallbackManagerForToolRun
from langchain_core.tools import BaseTool, ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import Field

from _pollinations.http import progress
from _pollinations.http.call import Call, Fallback
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import PollinationsError
from _pollinations.http.suggestions import refuse_unknown
from _pollinations.media.captions import caption
from _pollinations.media.folder import keep
from _pollinations.media.media import Media
from _pollinations.media.speech import Transcript
from _pollinations.media.tools import (
    IMAGE,
    SPEECH,
    TRANSCRIPTION,
    VIDEO,
    MediaTool,
    explain,
)
from langchain_pollinations.budget import budgets_of_run
from langchain_pollinations.connection import Connection
from langchain_pollinations.media_block import MediaBlock

Block = dict[str, Any]
Content = str | list[str | Block]
AnyCall = Call[Any] | Fallback[Call[Any]]

_SEEN_BY_MODELS = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


class _MediaTool(Connection, BaseTool):
    """What the four tools have in common."""

    _tool: ClassVar[MediaTool[Any]]
    _NOT_SET_HERE: ClassVar[frozenset[str]] = frozenset({"extra"})

    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: Any = True
    """Whether a failure becomes a message for the model; False raises `ToolException`."""
    handle_validation_error: Any = explain
    """The same for arguments that do not fit the schema; the default says which and why."""

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
        return frozenset(self._tool.options.__annotations__) - self._NOT_SET_HERE

    def _options(self) -> dict[str, Any]:
        """The options that the fields and `model_kwargs` set."""
        own = {name: getattr(self, name) for name in self._known() & type(self).model_fields.keys()}
        return {**own, **self.model_kwargs, "extra": self.extra_body}

    def _call(self, arguments: dict[str, Any]) -> AnyCall:
        return self._tool.call(arguments, self._options())

    def _send(self, call: AnyCall, client: Client) -> Any:
        return client.send(call)

    async def _asend(self, call: AnyCall, client: AsyncClient) -> Any:
        return await client.send(call)

    def _result(self, media: Media, given: dict[str, Any]) -> tuple[Content, Block]:
        """The line for the model, and the artifact."""
        words = next(iter(given.values()))
        path = keep(media, self.directory, words) if self.directory else None
        return caption(media, path), MediaBlock.of(media, words, path)

    def _run(
        self,
        *first: str,
        run_manager: CallbackManagerForToolRun | None = None,
        **given: Any,
    ) -> tuple[Content, Block]:
        given = {**self._named(first), **given}
        with _tool_errors():
            client, _ = self._clients_of_call(budgets_of_run(run_manager))
            return self._result(self._send(self._call(given), client), given)

    async def _arun(
        self,
        *first: str,
        run_manager: AsyncCallbackManagerForToolRun | None = None,
        **given: Any,
    ) -> tuple[Content, Block]:
        given = {**self._named(first), **given}
        with _tool_errors():
            _, client = self._clients_of_call(budgets_of_run(run_manager))
            made = await self._asend(await asyncio.to_thread(self._call, given), client)
            return await asyncio.to_thread(self._result, made, given)

    def _named(self, first: Sequence[str]) -> dict[str, Any]:
        """The only argument, where LangChain hands a text alone over."""
        return dict(zip(self._tool.schema.model_fields, first, strict=False))


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

    _tool: ClassVar[MediaTool[Any]] = IMAGE

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

    def _options(self) -> dict[str, Any]:
        return {**super()._options(), "fallback_models": self.fallback_models}

    def _result(self, media: Media, given: dict[str, Any]) -> tuple[Content, Block]:
        content, block = super()._result(media, given)
        if not self.include_image_in_content or media.mime not in _SEEN_BY_MODELS:
            return content, block
        seen = {"type": "image", "base64": media.base64, "mime_type": media.mime}
        return [{"type": "text", "text": cast("str", content)}, seen], block


class PollinationsVideoTool(_MediaTool):
    """Makes videos with the video models of gen.pollinations.ai; one takes minutes and costs more.

    Making a tool opens nothing; it can be pickled and copied.

    Example:
        >>> tool = PollinationsVideoTool(model="veo", directory="videos", duration=4)
        >>> tool.invoke({"prompt": "waves at dawn"})  # doctest: +SKIP
        'Video made: video/mp4, 2 MB, model veo, seed 1234. Saved as ...'
    """

    _tool: ClassVar[MediaTool[Any]] = VIDEO
    _NOT_SET_HERE: ClassVar[frozenset[str]] = frozenset({"extra", "listed", "path", "timeout"})

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

    def _options(self) -> dict[str, Any]:
        timeout = self.request_timeout
        read = timeout[1] if isinstance(timeout, tuple) else timeout
        return {**super()._options(), "fallback_models": self.fallback_models, "timeout": read}

    def _send(self, call: AnyCall, client: Client) -> Any:
        return progress.send(client, call, self.on_progress)

    async def _asend(self, call: AnyCall, client: AsyncClient) -> Any:
        return await progress.asend(client, call, self.on_progress)


class PollinationsSpeechTool(_MediaTool):
    """Speaks with the speech models of gen.pollinations.ai.

    Making a tool opens nothing; it can be pickled and copied.

    Example:
        >>> tool = PollinationsSpeechTool(voice="nova", directory="sounds")
        >>> tool.invoke({"text": "Good morning!"})  # doctest: +SKIP
        'Sound made: audio/mpeg, 18 kB. Saved as ...'
    """

    _tool: ClassVar[MediaTool[Any]] = SPEECH
    _NOT_SET_HERE: ClassVar[frozenset[str]] = frozenset(
        {"extra", "response_format"}
    )  # BaseTool has a field of this name

    name: str = SPEECH.name
    description: str = SPEECH.description
    args_schema: ArgsSchema | None = SPEECH.schema

    voice: str | None = None
    """Such as `alloy`, `nova`; what the model says goes before it."""
    speech_format: str | None = None
    """`mp3` (by default), `opus`, `aac`, `flac`, `wav` or `pcm`."""
    speed: float | None = None
    """0.25 to 4. The gateway of September 2026 drops it without a word."""
    instructions: str | None = None
    """How to say it, for models that know it."""

    def _options(self) -> dict[str, Any]:
        return {**super()._options(), "response_format": self.speech_format}


class PollinationsTranscriptionTool(_MediaTool):
    """Writes recordings down with the transcription models of gen.pollinations.ai.

    A model names the file, so that only files inside of `directory` (by default, the current one)
    are read. Making a tool opens nothing; it can be pickled and copied.

    Example:
        >>> tool = PollinationsTranscriptionTool(directory="sounds")
        >>> tool.invoke({"path": "morning.mp3"})  # doctest: +SKIP
        'Good morning!'
    """

    _tool: ClassVar[MediaTool[Any]] = TRANSCRIPTION
    _NOT_SET_HERE: ClassVar[frozenset[str]] = frozenset({"extra", "response_format"})

    name: str = TRANSCRIPTION.name
    description: str = TRANSCRIPTION.description
    args_schema: ArgsSchema | None = TRANSCRIPTION.schema

    language: str | None = None
    """What is spoken, such as `en`; what the model says goes before it."""
    prompt: str | None = None
    """Words that help to understand names and terms."""
    temperature: float | None = None
    """0 to 1."""

    def _options(self) -> dict[str, Any]:
        return {**super()._options(), "directory": self.directory}

    def _result(self, said: Transcript, given: dict[str, Any]) -> tuple[Content, Block]:  # type: ignore[override] # a transcript is text, not media
        del given
        extras = {"model": said.model, "language": said.language}
        known = {name: value for name, value in extras.items() if value is not None}
        block = {"type": "text-plain", "text": said.text, "mime_type": "text/plain"}
        return said.text, {**block, "extras": known}


@contextmanager
def _tool_errors() -> Iterator[None]:
    """Raise what went wrong as LangChain's tools are expected to: an agent goes on after it."""
    try:
        yield
    except (PollinationsError, OSError) as error:
        raise ToolException(str(error)) from error
