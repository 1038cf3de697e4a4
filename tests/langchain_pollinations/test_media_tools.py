"""Tools that draw, film, speak and listen, in agents and alone, over real sockets."""

import asyncio
import base64
import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, ToolException
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests
from PIL import Image

from langchain_pollinations import (
    ChatPollinations,
    InvalidInputError,
    PollinationsImageTool,
    PollinationsSpeechTool,
    PollinationsTranscriptionTool,
    PollinationsVideoTool,
)
from pollinations_sandbox import Fault, Sandbox

Make = Callable[..., BaseTool]
WORDS = "Good morning, world."
HEARD = "[sandbox] No model is connected. You sent 1.0 seconds of sound."
EXAMPLES: dict[type[BaseTool], dict[str, Any]] = {
    PollinationsImageTool: {"prompt": "a cat", "width": 64, "height": 32},
    PollinationsVideoTool: {"prompt": "waves", "duration": 4},
    PollinationsSpeechTool: {"text": WORDS},
    PollinationsTranscriptionTool: {"path": "words.wav"},
}


@pytest.fixture
def make(sandbox: Sandbox) -> Make:
    """Make a tool that speaks to the sandbox."""

    def made(kind: type[BaseTool], **fields: Any) -> BaseTool:
        defaults = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0}
        return kind(**{**defaults, **fields})

    return made


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest) -> Any:
    """Call a tool as an agent does, in both colours."""

    def called(tool: BaseTool, **args: Any) -> ToolMessage:
        asked = {"name": tool.name, "args": args, "id": "call_1", "type": "tool_call"}
        if request.param == "sync":
            return tool.invoke(asked)
        return asyncio.run(tool.ainvoke(asked))

    return called


@pytest.fixture
def sounds(make: Make, tmp_path: Path) -> Path:
    """A folder with a recording."""
    made = make(PollinationsSpeechTool, speech_format="wav", directory=tmp_path)
    path = Path(
        made.invoke(
            {"name": "speak", "args": {"text": WORDS}, "id": "1", "type": "tool_call"}
        ).artifact["extras"]["path"]
    )
    path.rename(tmp_path / "words.wav")
    return tmp_path


def only_file(folder: Path) -> tuple[Path, Any]:
    """The one file of a folder, and the size that Pillow sees."""
    (path,) = folder.iterdir()
    return path, Image.open(BytesIO(path.read_bytes())).size


class Suite:
    """What the suites of the four tools have in common."""

    kind: type[BaseTool]

    @property
    def tool_constructor(self) -> Any:
        return self.kind

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
        environment = {
            "POLLINATIONS_API_KEY": "sk_environment",
            "POLLINATIONS_BASE_URL": "https://x.example",
        }
        expected = {
            "pollinations_api_key": "sk_environment",
            "pollinations_api_base": "https://x.example",
        }
        return environment, {}, expected


class IntegrationSuite(Suite, ToolsIntegrationTests):
    """The integration suite, over real sockets."""

    __test__ = False

    @pytest.fixture(autouse=True)
    def _gateway(self, sandbox: Sandbox, sounds: Path) -> None:
        self.fields = {
            "base_url": sandbox.base_url,
            "api_key": sandbox.api_key,
            "directory": sounds,
        }

    @pytest.fixture
    def tool(self) -> Any:
        return self.kind(**self.fields)


class TestImageUnit(UnitSuite):
    """Pictures."""

    __test__ = True
    kind = PollinationsImageTool


class TestVideoUnit(UnitSuite):
    """Videos."""

    __test__ = True
    kind = PollinationsVideoTool


class TestSpeechUnit(UnitSuite):
    """Speech."""

    __test__ = True
    kind = PollinationsSpeechTool


class TestTranscriptionUnit(UnitSuite):
    """Transcription."""

    __test__ = True
    kind = PollinationsTranscriptionTool


class TestImageIntegration(IntegrationSuite):
    """Pictures."""

    __test__ = True
    kind = PollinationsImageTool


class TestVideoIntegration(IntegrationSuite):
    """Videos."""

    __test__ = True
    kind = PollinationsVideoTool


class TestSpeechIntegration(IntegrationSuite):
    """Speech."""

    __test__ = True
    kind = PollinationsSpeechTool


class TestTranscriptionIntegration(IntegrationSuite):
    """Transcription."""

    __test__ = True
    kind = PollinationsTranscriptionTool


def test_a_picture_is_an_artifact(make: Make, call: Any, sandbox: Sandbox) -> None:
    """One v1 block with data; the content is one short line."""
    message = call(make(PollinationsImageTool), prompt="a cat", width=64, height=32)
    block = message.artifact

    assert Image.open(BytesIO(base64.b64decode(block["base64"]))).size == (64, 32)
    assert (block["type"], block["mime_type"]) == ("image", "image/jpeg")
    assert block["extras"]["seed"] == int(sandbox.last.query["seed"])
    assert message.status == "success"
    assert "64x32 pixels" in message.content
    assert str(block["extras"]["seed"]) in message.content
    assert "\n" not in message.content
    assert len(message.content) < 200


def test_a_picture_is_a_file(make: Make, call: Any, tmp_path: Path) -> None:
    """With a folder, artifact and content say where it is, and hold no data."""
    tool = make(PollinationsImageTool, directory=tmp_path / "pictures", width=64, height=32)
    message = call(tool, prompt="a cat")
    path, size = only_file(tmp_path / "pictures")

    assert size == (64, 32)
    assert message.artifact["url"] == path.as_uri()
    assert "base64" not in message.artifact
    assert str(path) in message.content


def test_a_model_sees_the_picture_only_if_asked(make: Make, call: Any) -> None:
    """Then the content is the line and one image block."""
    tool = make(PollinationsImageTool, include_image_in_content=True, width=8, height=8)
    text, seen = call(tool, prompt="a cat").content

    assert text["type"] == "text"
    assert (seen["type"], seen["mime_type"]) == ("image", "image/jpeg")
    assert base64.b64decode(seen["base64"]).startswith(b"\xff\xd8")


def test_the_tool_s_fields_and_the_model_s_wishes(make: Make, call: Any, sandbox: Sandbox) -> None:
    """What the model says goes before what the tool was made with; `extra_body` comes last."""
    tool = make(
        PollinationsImageTool,
        model="kontext",
        width=64,
        height=64,
        seed=7,
        quality="low",
        model_kwargs={"nologo": True},
        extra_body={"tomorrow": "x"},
    )
    link = "https://example.com/a.png"
    call(tool, prompt="a cat", width=32, image_urls=[link])

    assert sandbox.last.query == {
        "model": "kontext",
        "width": "32",
        "height": "64",
        "seed": "7",
        "quality": "low",
        "nologo": "true",
        "image": link,
        "tomorrow": "x",
    }


def test_misspelt_options_are_refused() -> None:
    """In `model_kwargs` too."""
    with pytest.raises(InvalidInputError, match="nologo"):
        PollinationsImageTool(model_kwargs={"nolgo": True})


@pytest.mark.parametrize("kind", [PollinationsImageTool, PollinationsVideoTool])
def test_a_failure_is_told_to_the_model(
    make: Make, call: Any, sandbox: Sandbox, kind: type[BaseTool]
) -> None:
    """An agent goes on after it: the message has the status of an error, and no key."""
    sandbox.fail(Fault.content_policy())
    message = call(make(kind), prompt="something forbidden")

    assert message.status == "error"
    assert "Reword" in message.content
    assert sandbox.api_key not in message.content


def test_a_failure_can_be_raised(make: Make, sandbox: Sandbox) -> None:
    """With `handle_tool_error=False` it is a `ToolException`, caused by the gateway's error."""
    sandbox.fail(Fault.status(400))
    with pytest.raises(ToolException) as caught:
        make(PollinationsImageTool, handle_tool_error=False).invoke({"prompt": "a cat"})

    assert getattr(caught.value.__cause__, "status", None) == 400


@pytest.mark.parametrize(
    "args",
    [
        {"prompt": "a cat", "width": "wide"},
        {"prompt": "a cat", "width": -5},
        {"prompt": " "},
        {"prompt": "a cat", "image_urls": ["/etc/passwd"]},
        {},
    ],
)
def test_wrong_arguments_are_told_to_the_model(
    make: Make, call: Any, sandbox: Sandbox, args: dict[str, Any]
) -> None:
    """Nothing is sent, and no file is read because a model names it."""
    assert call(make(PollinationsImageTool), **args).status == "error"
    assert sandbox.requests == []


def test_another_model_draws_where_one_cannot(make: Make, call: Any, sandbox: Sandbox) -> None:
    """By the catalogue; the line says who it was."""
    sandbox.fail(Fault.status(503))
    message = call(make(PollinationsImageTool, model="zimage"), prompt="a cat")

    assert "flux" in message.content
    assert message.status == "success"


def test_a_video_is_made_from_two_frames(make: Make, call: Any, sandbox: Sandbox) -> None:
    """Words, first and last frame, seconds and shape arrive; progress is told."""
    told: list[float] = []
    tool = make(PollinationsVideoTool, model="veo", audio=False, on_progress=told.append)
    first, last = "https://example.com/a.png", "https://example.com/b.png"
    message = call(
        tool,
        prompt="waves",
        duration=8,
        aspect_ratio="9:16",
        first_frame_url=first,
        last_frame_url=last,
    )
    query = sandbox.last.query

    assert (message.artifact["type"], message.artifact["mime_type"]) == ("video", "video/mp4")
    assert query.pop("seed")
    assert query == {
        "model": "veo",
        "duration": "8",
        "aspectRatio": "9:16",
        "audio": "false",
        "image": f"{first}|{last}",
    }


def test_a_wrong_duration_costs_nothing(make: Make, call: Any, sandbox: Sandbox) -> None:
    """The model is told which ones there are."""
    message = call(make(PollinationsVideoTool, model="veo"), prompt="waves", duration=5)

    assert "4, 6 or 8" in message.content
    assert not any(request.path.endswith("waves") for request in sandbox.requests)


def test_speech_is_heard(make: Make, call: Any, sandbox: Sandbox) -> None:
    """Voice and format arrive; the artifact is one audio block."""
    tool = make(PollinationsSpeechTool, voice="echo", speech_format="wav", speed=1.5)
    message = call(tool, text=WORDS, voice="nova")

    assert (message.artifact["type"], message.artifact["mime_type"]) == ("audio", "audio/wav")
    assert sandbox.last.body == {
        "input": WORDS,
        "voice": "nova",
        "response_format": "wav",
        "speed": 1.5,
    }


def test_a_recording_is_written_down(make: Make, call: Any, sounds: Path) -> None:
    """The content is what was said."""
    message = call(make(PollinationsTranscriptionTool, directory=sounds), path="words.wav")

    assert message.content == message.artifact["text"] == HEARD
    assert message.artifact["type"] == "text-plain"


def test_files_outside_of_the_folder_are_not_read(
    make: Make, call: Any, sounds: Path, sandbox: Sandbox
) -> None:
    """A model names the file, so that it cannot leave the folder."""
    sandbox.clear()
    (sounds / "inside").mkdir()
    tool = make(PollinationsTranscriptionTool, directory=sounds / "inside")

    assert "outside" in call(tool, path="../words.wav").content
    assert sandbox.requests == []


def test_no_url_holds_a_key(make: Make, call: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    """Neither those that are asked for, nor those that are given away."""
    for folder in (None, tmp_path):
        message = call(make(PollinationsImageTool, directory=folder), prompt="a cat")
        assert sandbox.api_key not in json.dumps([message.content, message.artifact])
    assert all(sandbox.api_key not in str((r.path, r.query)) for r in sandbox.requests)


@pytest.mark.parametrize("streaming", [False, True])
async def test_an_agent_draws_and_saves(
    make: Make, chat: Callable[..., ChatPollinations], tmp_path: Path, streaming: bool
) -> None:
    """The picture opens in Pillow with the size asked for."""
    tool = make(PollinationsImageTool, directory=tmp_path, width=320, height=200)
    agent = create_agent(chat(streaming=streaming), [tool])
    state: Any = {"messages": [HumanMessage("Draw a picture of a red bicycle.")]}

    messages = (await agent.ainvoke(state))["messages"]
    path, size = only_file(tmp_path)

    assert size == (320, 200)
    assert [type(m).__name__ for m in messages[1:]] == ["AIMessage", "ToolMessage", "AIMessage"]
    assert str(path) in messages[-1].text


def test_ten_pictures_keep_a_context_small(
    make: Make, chat: Callable[..., ChatPollinations], sandbox: Sandbox
) -> None:
    """Less than 2 kB of text for a picture, though the artifacts hold all data."""
    agent = create_agent(chat(), [make(PollinationsImageTool)])
    state: Any = {"messages": []}
    for number in range(10):
        state["messages"].append(HumanMessage(f"Draw a picture of a cat, the {number}th."))
        state = agent.invoke(state)
    results = [m for m in state["messages"] if isinstance(m, ToolMessage)]
    chats = [r for r in sandbox.requests if r.path.endswith("completions")]

    assert len(results) == 10
    assert all(len(base64.b64decode(m.artifact["base64"])) > 5_000 for m in results)
    assert len(json.dumps(chats[-1].body["messages"])) < 10 * 2_000


def test_a_model_that_sees_gets_the_picture(
    make: Make, chat: Callable[..., ChatPollinations], sandbox: Sandbox
) -> None:
    """With `include_image_in_content` the agent's next request shows it."""
    tool = make(PollinationsImageTool, include_image_in_content=True, width=32, height=32)
    state: Any = {"messages": [HumanMessage("Draw a picture of a cat.")]}
    answer = create_agent(chat(), [tool]).invoke(state)["messages"][-1]

    assert "data:image/jpeg;base64," in json.dumps(sandbox.last.body)
    assert "32x32" in answer.text
