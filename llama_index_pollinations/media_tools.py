"""Tools with which an agent makes images, videos and speech, and transcribes recordings."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar, cast

from llama_index.core.base.llms.types import ContentBlock
from llama_index.core.tools import FunctionTool, ToolMetadata
from llama_index.core.tools.tool_spec.base import SPEC_FUNCTION_TYPE, BaseToolSpec
from pydantic import Field

from _pollinations.fields import Directory, ModelNames
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.unknown_names import refuse_unknown
from _pollinations.media.speech import Transcript
from _pollinations.media.tools import TOOLS, ignored
from _pollinations.media.use import Output, ToolUse
from llama_index_pollinations.connection import Connected
from llama_index_pollinations.tool_output import MediaBlocks

P = ParamSpec("P")
ResultT = TypeVar("ResultT")


def _asynchronous(
    method: Callable[Concatenate["PollinationsToolSpec", P], ResultT],
) -> Callable[Concatenate["PollinationsToolSpec", P], Coroutine[Any, Any, ResultT]]:
    """Make the method for coroutines, with the same parameters."""
    signature = inspect.signature(method)

    @wraps(method)
    async def call(self: "PollinationsToolSpec", *args: P.args, **kwargs: P.kwargs) -> ResultT:
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        use = self._use(method.__name__, *bound.args[1:])
        output = await use.arun(self._connect().async_client)
        result: ResultT = await asyncio.to_thread(self._result, output)  # blocks look at files
        return result

    call.__name__ = f"a{method.__name__}"
    call.__doc__ = f"See `{method.__name__}`; it does not block the event loop."
    return cast(
        "Callable[Concatenate[PollinationsToolSpec, P], Coroutine[Any, Any, ResultT]]", call
    )


class PollinationsToolSpec(Connected, BaseToolSpec):
    """Images, videos, speech and transcription with the models of gen.pollinations.ai.

    A tool returns one line of text and the image, video or sound itself: as a file, if `directory`
    is set, which keeps an agent's memory small; else as bytes. For models that cannot see,
    `return_media=False` returns only the line, which names the file. In a notebook the media show
    themselves.

    Each image and video gets a new random seed, unless one is set. Making a spec opens nothing; it
    can be pickled and copied.

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
    ]

    directory: Directory = None
    """The folder for files, of which recordings to transcribe are read too; without it, blocks hold
    the data, and recordings are read from the current folder."""
    return_media: bool = True
    """Whether the media come with the line of text, for models that can see and hear; otherwise
    they are only in `directory`."""
    image_model: str | None = None
    """The gateway's name for a model of images; None leaves the choice to the gateway."""
    video_model: str | None = None
    """The same for videos."""
    speech_model: str | None = None
    """The same for speech."""
    transcription_model: str | None = None
    """The same for transcription."""
    fallback_models: ModelNames | None = None
    """Models to try next, for images and videos alike: the catalogue says which can do what. None
    takes flux for images and none for videos, [] none at all."""
    voice: str | None = None
    """The voice that speaks, unless the model sets another."""
    image_options: dict[str, Any] = Field(default_factory=dict)
    """Further options for images, see `_pollinations.media.images.ImageOptions`."""
    video_options: dict[str, Any] = Field(default_factory=dict)
    """Further options for videos, see `_pollinations.media.videos.VideoOptions`."""
    speech_options: dict[str, Any] = Field(default_factory=dict)
    """Further options for speech, see `_pollinations.media.speech.SpeechOptions`."""
    transcription_options: dict[str, Any] = Field(default_factory=dict)
    """Further options for transcription, see `_pollinations.media.speech.TranscriptionOptions`."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Merged into each request last and unchecked, for options that are newer than this package."""
    on_progress: Callable[[float], object] | None = Field(default=None, exclude=True, repr=False)
    """Gets the seconds that a video takes so far, once a second; None shows a bar in a notebook."""

    def _check(self) -> None:
        super()._check()
        if not self.return_media and self.directory is None:
            raise InvalidInputError(
                "return_media=False needs directory=...: what a tool makes would be lost."
            )
        for tool in TOOLS.values():
            name = f"{tool.kind}_options"
            refuse_unknown(getattr(self, name), tool.further_options, owner=name)

    def get_metadata_from_fn_name(
        self, fn_name: str, spec_functions: list[SPEC_FUNCTION_TYPE] | None = None
    ) -> ToolMetadata | None:
        """Describe a tool to a model; LlamaIndex's own way adds signatures, which cost tokens."""
        del spec_functions
        tool = TOOLS.get(fn_name)
        return ToolMetadata(tool.description, fn_name, tool.schema) if tool else None

    def to_tool_list(
        self,
        spec_functions: list[SPEC_FUNCTION_TYPE] | None = None,
        func_to_metadata_mapping: dict[str, ToolMetadata] | None = None,
    ) -> list[FunctionTool]:
        """Make the tools for an agent; arguments that its model invents are ignored, and named."""
        tools = super().to_tool_list(spec_functions, func_to_metadata_mapping)
        return [_tolerant(tool) for tool in tools]

    def generate_image(
        self,
        prompt: str,
        width: int | None = None,
        height: int | None = None,
        seed: int | None = None,
        image_urls: list[str] | None = None,
    ) -> list[ContentBlock]:
        """Make an image.

        Args:
            prompt: What to show, in detail.
            width: Pixels.
            height: Pixels.
            seed: The seed of an earlier image, to make it again or vary it.
            image_urls: Links to images to start from.

        Returns:
            One line of text, and the image.

        Raises:
            PollinationsError: What went wrong, see `llama_index_pollinations.errors`.
        """
        blocks: list[ContentBlock] = self._run(
            "generate_image", prompt, width, height, seed, image_urls
        )
        return blocks

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
            prompt: What to show, in detail.
            duration: Seconds.
            aspect_ratio: `16:9` or `9:16`.
            first_frame_url: Link to the image that it begins with.
            last_frame_url: Link to the image that it ends with.

        Returns:
            One line of text, and the video.
        """
        blocks: list[ContentBlock] = self._run(
            "generate_video", prompt, duration, aspect_ratio, first_frame_url, last_frame_url
        )
        return blocks

    def speak(self, text: str, voice: str | None = None) -> list[ContentBlock]:
        """Speak a text.

        Args:
            text: The text.
            voice: The voice; else the spec's own.

        Returns:
            One line of text, and the sound.
        """
        blocks: list[ContentBlock] = self._run("speak", text, voice)
        return blocks

    def transcribe(self, path: str, language: str | None = None) -> str:
        """Transcribe an audio or video file.

        Args:
            path: A file of `directory`: mp3, mp4, mpeg, m4a, wav or webm.
            language: Its language, such as `en`.

        Returns:
            The transcript.
        """
        return str(self._run("transcribe", path, language))

    agenerate_image: ClassVar = _asynchronous(generate_image)
    agenerate_video: ClassVar = _asynchronous(generate_video)
    aspeak: ClassVar = _asynchronous(speak)
    atranscribe: ClassVar = _asynchronous(transcribe)

    def _run(self, method: str, *arguments: Any) -> Any:
        return self._result(self._use(method, *arguments).run(self._connect().client))

    def _use(self, method: str, *arguments: Any) -> ToolUse[Any]:
        """One use of a tool; the arguments are in the order of its schema."""
        tool = TOOLS[method]
        fields = {
            **dict(self),
            "model": getattr(self, f"{tool.kind}_model"),
            "timeout": self._read_timeout(),
        }
        options = tool.options_of(fields, getattr(self, f"{tool.kind}_options"), self.extra_body)
        named = dict(zip(tool.schema.model_fields, arguments, strict=True))
        return ToolUse(tool, named, options, self.directory, self.on_progress)

    def _result(self, output: Output[Any]) -> Any:
        if isinstance(output.value, Transcript):
            return output.value.text
        is_whole = self.return_media or output.path is None
        blocks = MediaBlocks.of(output.value, output.path, whole=is_whole)
        return _with_note(blocks, output.note)


def _tolerant(tool: FunctionTool) -> FunctionTool:
    """Wrap a tool of `TOOLS` so that arguments which it does not have do no harm."""
    media_tool = TOOLS.get(tool.fn.__name__)
    if media_tool is None:
        return tool
    schema, name = media_tool.schema, tool.metadata.get_name()
    fields = schema.model_fields

    @wraps(tool.fn)
    def call(*args: Any, **arguments: Any) -> Any:
        known = {each: value for each, value in arguments.items() if each in fields}
        return _with_note(tool.fn(*args, **known), ignored(name, schema, arguments))

    @wraps(tool.async_fn)
    async def acall(*args: Any, **arguments: Any) -> Any:
        known = {each: value for each, value in arguments.items() if each in fields}
        return _with_note(await tool.async_fn(*args, **known), ignored(name, schema, arguments))

    return FunctionTool.from_defaults(call, async_fn=acall, tool_metadata=tool.metadata)


def _with_note(result: Any, note: str) -> Any:
    """Add a note to the line of text that a tool returned."""
    if isinstance(result, str):
        return result + note
    result[0].text += note
    return result
