"""Tools with which an agent makes images, videos and speech, and transcribes recordings.

A tool's content is one short line, so that ten images do not fill a model's context. What was made
is the artifact of the tool message: one content block, with the data or a link to a file, which
shows itself in a notebook.

A program that invokes a tool without a tool call gets no message: the line has the artifact,
`tool.invoke({"prompt": "a bee"}).artifact`, and each failure is raised.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Literal

from langchain_core.callbacks import AsyncCallbackManagerForToolRun, CallbackManagerForToolRun
from langchain_core.tools import BaseTool, ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import Field, ValidationError

from _pollinations.fields import Directory, ModelNames
from _pollinations.http.errors import InvalidInputError, PollinationsError
from _pollinations.http.unknown_names import refuse_unknown
from _pollinations.media.captions import caption
from _pollinations.media.tools import (
    IMAGE,
    SPEECH,
    TRANSCRIPTION,
    VIDEO,
    MediaTool,
    explain,
    ignored,
)
from _pollinations.media.use import ACCOUNT_ERRORS, Output, ToolUse
from langchain_pollinations.connection import Connected
from langchain_pollinations.errors import as_langchain_errors
from langchain_pollinations.tool_output import MediaBlock, MediaLine

Result = tuple[str | list[str | dict[str, Any]], dict[str, Any]]
"""What a tool returns: its content and its artifact."""

_SEEN_BY_MODELS = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


class _MediaTool(Connected, BaseTool):
    """What the four tools have in common."""

    _tool: ClassVar[MediaTool[Any]]

    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: Any = True
    """What a model reads of a failure, as LangChain documents; False raises it. A program that
    makes no tool call gets the text only if this is set. Errors about the key, the account or the
    budget are always raised, since no model can act on them."""
    handle_validation_error: Any = explain
    """The same for arguments that do not fit the schema; the default says which and why."""

    model: str | None = None
    """The gateway's name for a model; None leaves the choice to the gateway."""
    directory: Directory = None
    """The folder for files; without it, the artifact holds the data as base64."""
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Further documented options, as if they were set here."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Merged into the request last and unchecked, for options that are newer than this package."""

    def _check(self) -> None:
        super()._check()
        refuse_unknown(self.model_kwargs, self._tool.further_options, owner="model_kwargs")

    def _to_args_and_kwargs(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Check the arguments, and note whether a failure becomes text: LangChain's own step."""
        by_model = tool_call_id is not None
        is_handler_set = by_model or "handle_tool_error" in self.model_fields_set
        handled = is_handler_set and bool(self.handle_tool_error)
        names = tool_input if isinstance(tool_input, dict) else ()
        with _tool_errors(handled=handled), as_langchain_errors():
            if not by_model:
                refuse_unknown(names, self._tool.schema.model_fields, owner=self.name)
            try:
                args, kwargs = super()._to_args_and_kwargs(tool_input, tool_call_id)
            except ValidationError as error:
                if by_model or "handle_validation_error" in self.model_fields_set:
                    raise
                raise InvalidInputError(explain(error)) from None
        note = ignored(self.name, self._tool.schema, names)
        return args, {**kwargs, "handled": handled, "note": note}

    def _use(self, *first: str, note: str = "", **arguments: Any) -> ToolUse[Any]:
        """One use; LangChain may pass the only argument without its name."""
        named = dict(zip(self._tool.schema.model_fields, first, strict=False))
        fields = {
            **dict(self),
            "timeout": self._read_timeout(),
            "response_format": getattr(self, "speech_format", None),  # not that of `BaseTool`
        }
        return ToolUse(
            self._tool,
            {**named, **arguments},
            self._tool.options_of(fields, self.model_kwargs, self.extra_body),
            self.directory,
            getattr(self, "on_progress", None),
            note,
        )

    def _result(self, output: Output[Any]) -> Result:
        """The line for the model, and the artifact."""
        line = MediaLine(caption(output.value, output.path) + output.note)
        line.artifact = MediaBlock.of(output.value, output.subject, output.path)
        return line, line.artifact

    def _run(
        self,
        *args: str,
        run_manager: CallbackManagerForToolRun | None = None,
        handled: bool = False,
        **kwargs: Any,
    ) -> Result:
        with _tool_errors(handled=handled), self._calling(run_manager) as connection:
            return self._result(self._use(*args, **kwargs).run(connection.client))

    async def _arun(
        self,
        *args: str,
        run_manager: AsyncCallbackManagerForToolRun | None = None,
        handled: bool = False,
        **kwargs: Any,
    ) -> Result:
        with _tool_errors(handled=handled), self._calling(run_manager) as connection:
            return self._result(await self._use(*args, **kwargs).arun(connection.async_client))


class PollinationsImageTool(_MediaTool):
    """Makes images with the image models of gen.pollinations.ai.

    Each image gets a new random seed, unless one is set. If a model fails, the next one of the
    catalogue is tried; a `model` that is unknown or does not draw is an error, unless
    `fallback_models` are named. Making a tool opens nothing; it can be pickled and copied.

    The file's path is in the artifact, as `artifact["extras"]["path"]`, beside `prompt`, `model`,
    `seed`, `width`, `height`, `bytes` and `headers`.

    Example:
        >>> from langchain.agents import create_agent
        >>> tool = PollinationsImageTool(directory="images", width=1024, height=768)
        >>> agent = create_agent(model, [tool])  # doctest: +SKIP
        >>> line = tool.invoke({"prompt": "a red bicycle"})  # doctest: +SKIP
        >>> line  # doctest: +SKIP
        'Image made: image/jpeg, 1024x768 pixels, 84 kB, model flux, seed 1234. Saved as ...'
        >>> line.artifact["extras"]["path"]  # doctest: +SKIP
        '/.../images/a-red-bicycle-1234.jpg'
    """

    _tool: ClassVar[MediaTool[Any]] = IMAGE

    name: str = IMAGE.name
    description: str = IMAGE.description
    args_schema: ArgsSchema | None = IMAGE.schema

    fallback_models: ModelNames | None = None
    """Models to try next, if the catalogue says that they can; None takes flux, [] none."""
    width: int | None = None
    """Pixels, unless the model sets others."""
    height: int | None = None
    """Pixels, unless the model sets others."""
    seed: int | None = None
    """0 to 2147483647; None takes a new one for each image."""
    quality: str | None = None
    """`low`, `medium`, `high` or `hd`, for models that know it."""
    include_image_in_content: bool = False
    """Whether the model sees the image too; only for models that can."""

    def _result(self, output: Output[Any]) -> Result:
        content, block = super()._result(output)
        media = output.value
        if not self.include_image_in_content or media.mime not in _SEEN_BY_MODELS:
            return content, block
        seen = {"type": "image", "base64": media.base64, "mime_type": media.mime}
        return [{"type": "text", "text": content}, seen], block


class PollinationsVideoTool(_MediaTool):
    """Makes videos with the video models of gen.pollinations.ai; one takes minutes and costs more.

    Making a tool opens nothing; it can be pickled and copied.

    Example:
        >>> tool = PollinationsVideoTool(model="veo", directory="videos", duration=4)
        >>> tool.invoke({"prompt": "waves at dawn"})  # doctest: +SKIP
        'Video made: video/mp4, 2 MB, model veo, seed 1234. Saved as ...'
    """

    _tool: ClassVar[MediaTool[Any]] = VIDEO

    name: str = VIDEO.name
    description: str = VIDEO.description
    args_schema: ArgsSchema | None = VIDEO.schema

    fallback_models: ModelNames | None = None
    """Models to try next, if the catalogue says that they can; none by default."""
    duration: int | None = None
    """Seconds; veo makes 4, 6 or 8, seedance 2 to 10."""
    aspect_ratio: str | None = None
    """`16:9` or `9:16`; some models know more."""
    audio: bool | None = None
    """With or without sound, for models that play some."""
    seed: int | None = None
    """0 to 2147483647; None takes a new one for each video."""
    on_progress: Callable[[float], object] | None = Field(default=None, exclude=True, repr=False)
    """Gets the seconds so far, once a second; None shows a bar in a notebook."""


class PollinationsSpeechTool(_MediaTool):
    """Speaks with the speech models of gen.pollinations.ai.

    Making a tool opens nothing; it can be pickled and copied.

    Example:
        >>> tool = PollinationsSpeechTool(voice="nova", directory="sounds")
        >>> tool.invoke({"text": "Good morning!"})  # doctest: +SKIP
        'Sound made: audio/mpeg, 18 kB, model elevenlabs/eleven-v3. Saved as ...'
    """

    _tool: ClassVar[MediaTool[Any]] = SPEECH

    name: str = SPEECH.name
    description: str = SPEECH.description
    args_schema: ArgsSchema | None = SPEECH.schema

    voice: str | None = None
    """Such as `alloy` or `nova`, unless the model sets another."""
    speech_format: str | None = None
    """`mp3` (by default), `opus`, `aac`, `flac`, `wav` or `pcm`."""
    speed: float | None = None
    """0.25 to 4. The gateway of September 2026 ignores it."""
    instructions: str | None = None
    """How to speak, for models that know it."""


class PollinationsTranscriptionTool(_MediaTool):
    """Transcribes recordings with the transcription models of gen.pollinations.ai.

    A model names the file, so only files inside of `directory` (by default, the current one) are
    read. Making a tool opens nothing; it can be pickled and copied.

    Example:
        >>> tool = PollinationsTranscriptionTool(directory="sounds")
        >>> tool.invoke({"path": "morning.mp3"})  # doctest: +SKIP
        'Good morning!'
    """

    _tool: ClassVar[MediaTool[Any]] = TRANSCRIPTION

    name: str = TRANSCRIPTION.name
    description: str = TRANSCRIPTION.description
    args_schema: ArgsSchema | None = TRANSCRIPTION.schema

    language: str | None = None
    """The language of the recording, such as `en`, unless the model sets another."""
    prompt: str | None = None
    """Names and terms that occur in the recording."""
    temperature: float | None = None
    """0 to 1."""

    def _result(self, output: Output[Any]) -> Result:
        transcript = output.value
        extras = {"model": transcript.model, "language": transcript.language}
        known = {name: value for name, value in extras.items() if value is not None}
        block = {"type": "text-plain", "text": transcript.text, "mime_type": "text/plain"}
        return transcript.text + output.note, {**block, "extras": known}


@contextmanager
def _tool_errors(*, handled: bool) -> Iterator[None]:
    """Raise what a model can act on as `ToolException`, after which an agent goes on.

    Args:
        handled: Whether LangChain turns that into text; otherwise the error is raised as it is.
    """
    try:
        yield
    except ACCOUNT_ERRORS:
        raise
    except PollinationsError as error:
        if handled:
            raise ToolException(str(error)) from error
        raise
