"""Tools that make images, videos and speech, in agents and alone, over real sockets."""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, ToolException
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests
from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult
from llama_index.core.memory import ChatMemoryBuffer
from PIL import Image

import langchain_pollinations as lc
import llama_index_pollinations as li
from llama_index.tools.pollinations import PollinationsToolSpec as FromShim
from pollinations_sandbox import Fault, Sandbox

WORDS = "Good morning, world."
TRANSCRIPT = "[sandbox] No model is connected. You sent 1.0 seconds of sound."
LINK = "https://example.com/a.png"
KINDS: dict[str, type[BaseTool]] = {
    "image": lc.PollinationsImageTool,
    "video": lc.PollinationsVideoTool,
    "speech": lc.PollinationsSpeechTool,
    "transcription": lc.PollinationsTranscriptionTool,
}
METHODS = {
    "image": "generate_image",
    "video": "generate_video",
    "speech": "speak",
    "transcription": "transcribe",
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "image": {"prompt": "a cat", "width": 64, "height": 32},
    "video": {"prompt": "waves", "duration": 4},
    "speech": {"text": WORDS},
    "transcription": {"path": "words.wav"},
}
DRAW = "Draw a picture of a red bicycle."


@dataclass(frozen=True)
class Result:
    """What a tool returned: its line, and the medium's kind, bytes and path."""

    line: str
    raw: Any
    kind: str = ""
    data: bytes = b""
    path: Path | None = None


class Tools:
    """The tools of one framework in one colour.

    Attributes:
        framework: `langchain` or `llama_index`.
    """

    def __init__(self, framework: str, colour: str, sandbox: Sandbox) -> None:
        self.framework = framework
        self._sandbox = sandbox
        self._async = colour == "async"

    def make(self, kind: str, **fields: Any) -> Any:
        """A tool of LangChain, or LlamaIndex's tools; `model` and `options` belong to the kind."""
        here = {"base_url": self._sandbox.base_url, "api_key": self._sandbox.api_key}
        options = fields.pop("options", {})
        if self.framework == "langchain":
            return KINDS[kind](**{**here, "max_retries": 0, **fields, **options})
        if "model" in fields:
            fields[f"{kind}_model"] = fields.pop("model")
        fields[f"{kind}_options"] = {**options, **fields.pop("model_kwargs", {})}
        return li.PollinationsToolSpec(**{**here, "max_retries": 0, **fields})

    def use(self, kind: str, arguments: dict[str, Any], **fields: Any) -> Result:
        """Call a tool as an agent does."""
        tool = self.make(kind, **fields)
        if self.framework == "langchain":
            call = {"name": tool.name, "args": arguments, "id": "call_1", "type": "tool_call"}
            message = asyncio.run(tool.ainvoke(call)) if self._async else tool.invoke(call)
            return of_message(message)
        method = getattr(tool, f"a{METHODS[kind]}" if self._async else METHODS[kind])
        value = asyncio.run(method(**arguments)) if self._async else method(**arguments)
        return of_blocks(value)


def of_message(message: ToolMessage) -> Result:
    block = message.artifact
    if not block or block["type"] == "text-plain":
        return Result(str(message.content), message)
    path = Path(block["extras"]["path"]) if "path" in block["extras"] else None
    data = path.read_bytes() if path else base64.b64decode(block["base64"])
    return Result(str(message.content), message, block["type"], data, path)


def of_blocks(value: Any) -> Result:
    if isinstance(value, str):
        return Result(value, value)
    line, medium = value
    data = getattr(medium, f"resolve_{medium.block_type}")().read()
    return Result(line.text, value, medium.block_type, data, medium.path)


def files_of(folder: Path) -> list[Path]:
    return [*folder.iterdir()]


def size_of(data: bytes) -> Any:
    return Image.open(BytesIO(data)).size


@pytest.fixture(params=["langchain", "llama_index"])
def framework(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["sync", "async"])
def tools(request: pytest.FixtureRequest, framework: str, sandbox: Sandbox) -> Tools:
    return Tools(framework, request.param, sandbox)


@pytest.fixture
def langchain(sandbox: Sandbox) -> Callable[..., Any]:
    """Make a tool of LangChain."""
    return Tools("langchain", "sync", sandbox).make


@pytest.fixture
def spec(sandbox: Sandbox) -> Callable[..., Any]:
    """Make the tools of LlamaIndex."""

    def make(**fields: Any) -> li.PollinationsToolSpec:
        here = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0}
        return li.PollinationsToolSpec(**{**here, **fields})

    return make


@pytest.fixture
def models(sandbox: Sandbox) -> Callable[..., Any]:
    """Make a chat model of LangChain."""

    def make(**fields: Any) -> lc.ChatPollinations:
        here: Any = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
        return lc.ChatPollinations(**here, **fields)

    return make


@pytest.fixture
def llm(sandbox: Sandbox) -> li.Pollinations:
    return li.Pollinations(base_url=sandbox.base_url, api_key=sandbox.api_key)


@pytest.fixture
def sounds(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A folder with a recording."""
    made = Tools("langchain", "sync", sandbox).use(
        "speech", {"text": WORDS}, speech_format="wav", directory=tmp_path
    )
    assert made.path is not None
    made.path.rename(tmp_path / "words.wav")
    sandbox.clear()
    return tmp_path


class Suite:
    """What LangChain's own suites need of each tool."""

    kind: str

    @property
    def tool_constructor(self) -> Any:
        return KINDS[self.kind]

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return {}

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return EXAMPLES[self.kind]


class UnitSuite(Suite, ToolsUnitTests):
    """The unit suite, and the environment."""

    __test__ = False

    @property
    def init_from_env_params(self) -> Any:
        environment = {"POLLINATIONS_API_KEY": "sk_a", "POLLINATIONS_BASE_URL": "https://x.example"}
        expected = {"pollinations_api_key": "sk_a", "pollinations_api_base": "https://x.example"}
        return environment, {}, expected


class IntegrationSuite(Suite, ToolsIntegrationTests):
    """The integration suite, over real sockets."""

    __test__ = False

    @pytest.fixture
    def tool(self, sandbox: Sandbox, sounds: Path) -> Any:
        here: Any = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
        return KINDS[self.kind](**here, directory=sounds)


for _kind in KINDS:
    for _suite in (UnitSuite, IntegrationSuite):
        _name = f"Test{_kind.title()}{_suite.__name__}"
        globals()[_name] = type(_name, (_suite,), {"kind": _kind, "__test__": True})


def test_an_image_has_its_size_and_seed_in_one_line(tools: Tools, sandbox: Sandbox) -> None:
    """The model reads a short line, the program gets the bytes."""
    result = tools.use("image", {"prompt": "a cat", "width": 64, "height": 32})

    assert (result.kind, size_of(result.data)) == ("image", (64, 32))
    assert f"seed {sandbox.last.query['seed']}" in result.line
    assert "64x32 pixels" in result.line
    assert "\n" not in result.line
    assert len(result.line) < 200


@pytest.mark.parametrize("as_text", [True, False], ids=["str", "Path"])
def test_an_image_is_a_file(tools: Tools, tmp_path: Path, *, as_text: bool) -> None:
    """With a folder, which is created, line and block say where it is, and hold no data."""
    folder = tmp_path / "images"
    directory = str(folder) if as_text else folder
    options = {"width": 64, "height": 32}
    result = tools.use("image", {"prompt": "a cat"}, directory=directory, options=options)

    assert files_of(folder) == [result.path]
    assert size_of(result.data) == (64, 32)
    assert str(result.path) in result.line
    if tools.framework == "langchain":
        assert result.raw.artifact["url"] == result.path.as_uri()  # type: ignore[union-attr] # it was found above
        assert "base64" not in result.raw.artifact
    else:
        assert result.raw[1].image is None


def test_what_the_model_writes_goes_before_the_tools_options(
    tools: Tools, sandbox: Sandbox
) -> None:
    """Fields, further options, the model's arguments, and `extra_body` last."""
    arguments = {"prompt": "a cat", "width": 32, "image_urls": [LINK]}
    tools.use(
        "image",
        arguments,
        model="kontext",
        options={"width": 64, "height": 64, "seed": 7, "quality": "low"},
        model_kwargs={"nologo": True},
        extra_body={"tomorrow": "x"},
    )

    assert sandbox.last.query == {
        "model": "kontext",
        "width": "32",
        "height": "64",
        "seed": "7",
        "quality": "low",
        "nologo": "true",
        "image": LINK,
        "tomorrow": "x",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_misspelt_options_are_refused(framework: str, sandbox: Sandbox, kind: str) -> None:
    """In the dictionaries of further options too."""
    with pytest.raises(lc.InvalidInputError, match="modle"):
        Tools(framework, "sync", sandbox).make(kind, model_kwargs={"modle": "x"})


def test_another_model_is_tried_where_one_fails(tools: Tools, sandbox: Sandbox) -> None:
    """By the catalogue; the line has the name of the model that made it."""
    sandbox.fail(Fault.status(503))

    assert "flux" in tools.use("image", {"prompt": "a cat"}, model="zimage").line


def test_a_video_is_made_from_two_frames(tools: Tools, sandbox: Sandbox) -> None:
    """Prompt, first and last frame, seconds and shape arrive."""
    arguments = {
        "prompt": "waves",
        "duration": 8,
        "aspect_ratio": "9:16",
        "first_frame_url": LINK,
        "last_frame_url": LINK + "?2",
    }
    result = tools.use(
        "video", arguments, model="veo", options={"audio": False}, on_progress=lambda _: None
    )
    query = sandbox.last.query

    assert (result.kind, result.data[4:8]) == ("video", b"ftyp")
    assert "video/mp4" in result.line
    assert query.pop("seed")
    assert query == {
        "model": "veo",
        "duration": "8",
        "aspectRatio": "9:16",
        "audio": "false",
        "image": f"{LINK}|{LINK}?2",
    }


def test_a_wrong_duration_costs_nothing(tools: Tools, sandbox: Sandbox) -> None:
    """The error says which ones there are."""
    try:
        words = tools.use("video", {"prompt": "waves", "duration": 5}, model="veo").line
    except lc.InvalidInputError as error:
        words = str(error)

    assert "4, 6 or 8" in words
    assert not any(request.path.endswith("waves") for request in sandbox.requests)


def test_speech_is_made_and_transcribed(tools: Tools, sandbox: Sandbox, tmp_path: Path) -> None:
    """There and back again, within the folder; the model's voice goes before the tool's."""
    wav = {"langchain": {"speech_format": "wav"}, "llama_index": {}}[tools.framework]
    options = {} if wav else {"response_format": "wav"}
    fields: Any = {"directory": tmp_path, "voice": "echo", "options": options, "timeout": 30, **wav}
    result = tools.use("speech", {"text": WORDS, "voice": "nova"}, **fields)
    body = sandbox.last.body
    assert (result.kind, result.data[:4]) == ("audio", b"RIFF")
    assert body == {"input": WORDS, "voice": "nova", "response_format": "wav"}
    assert str(result.path) in result.line

    arguments = {"path": getattr(result.path, "name", ""), "language": "en"}
    assert tools.use("transcription", arguments, directory=tmp_path).line == TRANSCRIPT
    tools.use("speech", {"text": "Again."}, **fields)
    assert sandbox.last.body["voice"] == "echo"


def test_files_outside_of_the_folder_are_not_read(
    tools: Tools, sounds: Path, sandbox: Sandbox
) -> None:
    """A model names the file, so that it cannot leave the folder."""
    (sounds / "inside").mkdir()
    try:
        result = tools.use("transcription", {"path": "../words.wav"}, directory=sounds / "inside")
        words = result.line
    except lc.InvalidInputError as error:
        words = str(error)

    assert "outside" in words
    assert sandbox.requests == []


def test_no_url_holds_a_key(tools: Tools, sandbox: Sandbox, tmp_path: Path) -> None:
    """Neither those of requests, nor those in results."""
    for folder in (None, tmp_path):
        result = tools.use("image", {"prompt": "a cat"}, directory=folder)
        blocks = [result.raw] if tools.framework == "langchain" else result.raw
        assert sandbox.api_key not in "".join(block.model_dump_json() for block in blocks)
    assert all(sandbox.api_key not in str((r.path, r.query)) for r in sandbox.requests)


def test_a_failure_alone_is_typed(sandbox: Sandbox, langchain: Any, spec: Any) -> None:
    """LangChain's is a `ToolException` that is caused by the gateway's error."""
    for _ in range(2):
        sandbox.fail(Fault.content_policy())
    with pytest.raises(ToolException) as caught:
        langchain("image", handle_tool_error=False).invoke({"prompt": "something forbidden"})
    assert isinstance(caught.value.__cause__, lc.ContentFilteredError)
    with pytest.raises(li.ContentFilteredError):
        spec().generate_image("something forbidden")


@pytest.mark.parametrize("kind", ["image", "video"])
@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_failure_is_a_message_for_langchains_model(
    sandbox: Sandbox, kind: str, colour: str
) -> None:
    """An agent goes on after it: the message has the status of an error, and no key."""
    sandbox.fail(Fault.content_policy())
    result = Tools("langchain", colour, sandbox).use(kind, {"prompt": "something forbidden"})

    assert result.raw.status == "error"
    assert "Reword" in result.line
    assert sandbox.api_key not in result.line


@pytest.mark.parametrize(
    "arguments",
    [
        {"prompt": "a cat", "width": "wide"},
        {"prompt": "a cat", "width": -5},
        {"prompt": " "},
        {"prompt": "a cat", "image_urls": ["/etc/passwd"]},
        {},
    ],
)
def test_wrong_arguments_are_an_error_for_the_model(
    sandbox: Sandbox, arguments: dict[str, Any]
) -> None:
    """Nothing is sent, and no file is read because a model names it."""
    assert Tools("langchain", "sync", sandbox).use("image", arguments).raw.status == "error"
    assert sandbox.requests == []


def test_langchains_model_sees_the_image_only_if_asked(
    langchain: Any, models: Any, sandbox: Sandbox
) -> None:
    """Then the content is the line and one image block, which the next request shows."""
    tool = langchain("image", include_image_in_content=True, width=32, height=32)
    state: Any = {"messages": [HumanMessage("Draw a picture of a cat.")]}
    messages = create_agent(models(), [tool]).invoke(state)["messages"]
    text, seen = next(m for m in messages if isinstance(m, ToolMessage)).content

    assert text["type"] == "text"
    assert (seen["type"], seen["mime_type"]) == ("image", "image/jpeg")
    assert "data:image/jpeg;base64," in json.dumps(sandbox.last.body)
    assert "32x32" in messages[-1].text


def test_the_spec_has_five_tools_in_both_colours(spec: Any) -> None:
    """Coroutines are native; a model reads names and arguments, not signatures."""
    assert FromShim is li.PollinationsToolSpec
    made = {tool.metadata.name: tool for tool in spec().to_tool_list()}

    assert made.keys() == {*METHODS.values(), "list_image_models"}
    for name, tool in made.items():
        assert tool.async_fn.__name__ == f"a{name}"
        assert len(tool.metadata.description) < 200
    schema = made["generate_image"].metadata.get_parameters_dict()
    assert schema["required"] == ["prompt"]
    assert all(field["description"] for field in schema["properties"].values())


def test_a_line_alone_is_enough_for_models_that_cannot_see(spec: Any) -> None:
    """`return_media=False` leaves the block out."""
    (line,) = spec(return_media=False).generate_image("a cat")

    assert line.block_type == "text"


def test_one_list_of_fallbacks_serves_images_and_videos(spec: Any, sandbox: Sandbox) -> None:
    """The catalogue says which model makes which."""
    made = spec(image_model="zimage", video_model="veo", fallback_models=["wan", "klein"])
    sandbox.fail(Fault.status(503, model="veo"))
    sandbox.fail(Fault.status(503, model="zimage"))

    assert "model klein" in made.generate_image("a cat")[0].text
    assert "model wan" in made.generate_video("waves")[0].text


async def test_models_are_listed_with_their_prices(spec: Any) -> None:
    """A line for each: its name, and what an image costs."""
    text = spec().list_image_models()
    lines = text.splitlines()

    assert await spec().alist_image_models() == text
    assert any("flux" in line and "0.002 pollen" in line for line in lines)
    assert any("gpt-image" in line and "by tokens" in line for line in lines)
    assert not any("veo" in line for line in lines)


@pytest.mark.parametrize("streaming", [False, True])
async def test_an_agent_of_langchain_saves_an_image(
    langchain: Any, models: Any, tmp_path: Path, *, streaming: bool
) -> None:
    """The image opens in Pillow with the requested size."""
    tool = langchain("image", directory=tmp_path, width=320, height=200)
    agent = create_agent(models(streaming=streaming), [tool])
    state: Any = {"messages": [HumanMessage(DRAW)]}
    messages = (await agent.ainvoke(state))["messages"]
    (path,) = files_of(tmp_path)

    assert size_of(path.read_bytes()) == (320, 200)
    assert [type(m).__name__ for m in messages[1:]] == ["AIMessage", "ToolMessage", "AIMessage"]
    assert str(path) in messages[-1].text


@pytest.mark.parametrize("streaming", [False, True])
async def test_an_agent_of_llama_index_saves_an_image(
    spec: Any, llm: li.Pollinations, tmp_path: Path, *, streaming: bool
) -> None:
    """The image opens in Pillow with the requested size."""
    made = spec(directory=tmp_path, image_options={"width": 320, "height": 200})
    agent = FunctionAgent(tools=made.to_tool_list(), llm=llm, streaming=streaming)
    handler = agent.run(DRAW)
    results = [event async for event in handler.stream_events() if type(event) is ToolCallResult]
    answer = await handler
    (path,) = files_of(tmp_path)

    assert size_of(path.read_bytes()) == (320, 200)
    assert [result.tool_name for result in results] == ["generate_image"]
    kinds = [type(block).__name__ for block in results[0].tool_output.blocks]
    assert kinds == ["TextBlock", "ImageBlock"]
    assert str(path) in str(answer)


async def test_an_agent_of_llama_index_goes_on_after_a_failure(
    spec: Any, llm: li.Pollinations, sandbox: Sandbox
) -> None:
    """The model reads the tool's error, and answers."""
    sandbox.fail(Fault.status(400, model="zimage"))
    handler = FunctionAgent(tools=spec(fallback_models=[]).to_tool_list(), llm=llm).run(DRAW)
    results = [event async for event in handler.stream_events() if type(event) is ToolCallResult]

    assert str(await handler)
    assert results[0].tool_output.is_error


def test_ten_images_keep_a_context_of_langchain_small(
    langchain: Any, models: Any, sandbox: Sandbox
) -> None:
    """Less than 2 kB of text for an image, though the artifacts hold all data."""
    agent = create_agent(models(), [langchain("image")])
    state: Any = {"messages": []}
    for number in range(10):
        state["messages"].append(HumanMessage(f"Draw a picture of a cat, the {number}th."))
        state = agent.invoke(state)
    results = [m for m in state["messages"] if isinstance(m, ToolMessage)]
    chats = [r for r in sandbox.requests if r.path.endswith("completions")]

    assert len(results) == 10
    assert all(len(base64.b64decode(m.artifact["base64"])) > 5_000 for m in results)
    assert len(json.dumps(chats[-1].body["messages"])) < 10 * 2_000


async def test_ten_images_keep_a_memory_of_llama_index_small(
    spec: Any, llm: li.Pollinations, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Less than 2 kB for an image, in what is sent as text and in what is remembered."""
    made = spec(directory=tmp_path, image_options={"width": 64, "height": 64})
    agent = FunctionAgent(tools=made.to_tool_list(), llm=llm)
    memory = ChatMemoryBuffer.from_defaults(token_limit=100_000)
    for number in range(10):
        await agent.run(f"Draw a picture of a cat, the {number}th.", memory=memory)
    last = [r for r in sandbox.requests if r.path.endswith("completions")][-1]
    texts = [
        part["text"]
        for message in last.body["messages"]
        for part in parts_of(message.get("content") or "")
        if part["type"] == "text"
    ]
    calls = [json.dumps(message.get("tool_calls") or "") for message in last.body["messages"]]
    remembered = [message.model_dump_json() for message in await memory.aget_all()]

    assert len(files_of(tmp_path)) == 10
    assert sum(map(len, texts + calls)) < 10 * 2_000
    assert len(remembered) == 40
    assert sum(map(len, remembered)) < 10 * 4_000


def parts_of(content: Any) -> list[dict[str, Any]]:
    return content if isinstance(content, list) else [{"type": "text", "text": content}]
