"""Tools that draw, film, speak and listen, in agents and alone, over real sockets."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult
from llama_index.core.base.llms.types import AudioBlock, ImageBlock, TextBlock, VideoBlock
from llama_index.core.memory import ChatMemoryBuffer
from PIL import Image

from llama_index.tools.pollinations import PollinationsToolSpec as FromShim
from llama_index_pollinations import (
    ContentFilteredError,
    InvalidInputError,
    Pollinations,
    PollinationsToolSpec,
)
from pollinations_sandbox import Fault, Sandbox

Make = Callable[..., PollinationsToolSpec]
WORDS = "Good morning, world."
HEARD = "[sandbox] No model is connected. You sent 1.0 seconds of sound."
LINK = "https://example.com/a.png"


@pytest.fixture
def tools(sandbox: Sandbox) -> Make:
    """Make a spec that speaks to the sandbox."""

    def made(**fields: Any) -> PollinationsToolSpec:
        defaults = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0}
        return PollinationsToolSpec(**{**defaults, **fields})

    return made


def size_of(data: bytes) -> Any:
    return Image.open(BytesIO(data)).size


def only_file(folder: Path) -> tuple[Path, Any]:
    """The one file of a folder, and the size that Pillow sees."""
    (path,) = folder.iterdir()
    return path, size_of(path.read_bytes())


def test_the_docs_name_leads_here() -> None:
    """`llama_index.tools.pollinations` gives the same class."""
    assert FromShim is PollinationsToolSpec


def test_each_tool_has_two_colours_and_few_words(tools: Make) -> None:
    """Coroutines are native; a model is told names and arguments, not signatures."""
    made = {tool.metadata.name: tool for tool in tools().to_tool_list()}

    assert made.keys() == {
        "generate_image",
        "generate_video",
        "speak",
        "transcribe",
        "list_image_models",
    }
    for name, tool in made.items():
        assert tool.async_fn.__name__ == f"a{name}"
        assert len(tool.metadata.description) < 200
    schema = made["generate_image"].metadata.get_parameters_dict()
    assert schema["required"] == ["prompt"]
    assert all(field["description"] for field in schema["properties"].values())


def test_a_picture_is_a_line_and_a_block(tools: Make, colour: Any, sandbox: Sandbox) -> None:
    """With seed and size in the line, and the bytes in the block."""
    text, picture = colour.whole(tools(), "generate_image", "a cat", width=64, height=32)

    assert isinstance(text, TextBlock)
    assert isinstance(picture, ImageBlock)
    assert size_of(picture.resolve_image().read()) == (64, 32)
    assert picture.image_mimetype == "image/jpeg"
    assert f"seed {sandbox.last.query['seed']}" in text.text
    assert "64x32 pixels" in text.text


def test_a_picture_is_a_file(tools: Make, colour: Any, tmp_path: Path) -> None:
    """With a folder, the block holds a path, which keeps a context small."""
    spec = tools(directory=tmp_path, image_options={"width": 64, "height": 32})
    text, picture = colour.whole(spec, "generate_image", "a cat")
    path, size = only_file(tmp_path)

    assert size == (64, 32)
    assert (picture.path, picture.image) == (path, None)
    assert str(path) in text.text


def test_a_line_alone_is_enough_for_models_that_cannot_see(tools: Make, colour: Any) -> None:
    """`return_media=False` leaves the block out."""
    (text,) = colour.whole(tools(return_media=False), "generate_image", "a cat")

    assert isinstance(text, TextBlock)


def test_the_spec_s_fields_and_the_call_s_wishes(
    tools: Make, colour: Any, sandbox: Sandbox
) -> None:
    """What the call says goes before what the spec was made with; `extra_body` comes last."""
    spec = tools(
        image_model="kontext",
        image_options={"width": 64, "nologo": True, "seed": 7},
        extra_body={"tomorrow": "x"},
    )
    colour.whole(spec, "generate_image", "a cat", width=32, image_urls=[LINK])

    assert sandbox.last.query == {
        "model": "kontext",
        "width": "32",
        "seed": "7",
        "nologo": "true",
        "image": LINK,
        "tomorrow": "x",
    }


@pytest.mark.parametrize("kind", ["image", "video", "speech", "transcription"])
def test_misspelt_options_are_refused(kind: str) -> None:
    """In the options of each kind too."""
    with pytest.raises(InvalidInputError, match="modle"):
        PollinationsToolSpec(**{f"{kind}_options": {"modle": "x"}})


def test_another_model_draws_where_one_cannot(tools: Make, colour: Any, sandbox: Sandbox) -> None:
    """By the catalogue; the line says who it was."""
    sandbox.fail(Fault.status(503))
    text, _ = colour.whole(tools(image_model="zimage"), "generate_image", "a cat")

    assert "flux" in text.text


def test_one_list_of_fallbacks_serves_both(tools: Make, colour: Any, sandbox: Sandbox) -> None:
    """The catalogue says who draws and who films."""
    spec = tools(image_model="zimage", video_model="veo", fallback_models=["wan", "klein"])
    sandbox.fail(Fault.status(503, model="veo"))
    sandbox.fail(Fault.status(503, model="zimage"))

    assert "model klein" in colour.whole(spec, "generate_image", "a cat")[0].text
    assert "model wan" in colour.whole(spec, "generate_video", "waves")[0].text


def test_a_failure_is_typed(tools: Make, colour: Any, sandbox: Sandbox) -> None:
    """Whoever calls a tool alone gets the gateway's error."""
    sandbox.fail(Fault.content_policy())
    with pytest.raises(ContentFilteredError):
        colour.whole(tools(), "generate_image", "something forbidden")


def test_a_video_is_made_from_two_frames(tools: Make, colour: Any, sandbox: Sandbox) -> None:
    """Words, first and last frame, seconds and shape arrive."""
    told: list[float] = []
    spec = tools(video_model="veo", video_options={"audio": False}, on_progress=told.append)
    text, video = colour.whole(
        spec, "generate_video", "waves", 8, "9:16", LINK, last_frame_url=LINK + "?2"
    )
    query = sandbox.last.query

    assert isinstance(video, VideoBlock)
    assert video.resolve_video().read()[4:8] == b"ftyp"
    assert "video/mp4" in text.text
    assert query.pop("seed")
    assert query == {
        "model": "veo",
        "duration": "8",
        "aspectRatio": "9:16",
        "audio": "false",
        "image": f"{LINK}|{LINK}?2",
    }


def test_what_is_spoken_is_written_down(
    tools: Make, colour: Any, tmp_path: Path, sandbox: Sandbox
) -> None:
    """There and back again, within the folder."""
    spec = tools(
        directory=tmp_path, voice="echo", speech_options={"response_format": "wav"}, timeout=30
    )
    text, sound = colour.whole(spec, "speak", WORDS, voice="nova")
    assert isinstance(sound, AudioBlock)
    assert (sandbox.last.body["voice"], sound.format) == ("nova", "wav")
    assert str(sound.path) in text.text

    assert colour.whole(spec, "transcribe", sound.path.name, language="en") == HEARD
    colour.whole(spec, "speak", "Again.")
    assert sandbox.last.body["voice"] == "echo"


def test_files_outside_of_the_folder_are_not_read(tools: Make, colour: Any, tmp_path: Path) -> None:
    """A model names the file, so that it cannot leave the folder."""
    with pytest.raises(InvalidInputError, match="outside"):
        colour.whole(tools(directory=tmp_path), "transcribe", "../secret.wav")


def test_models_are_listed_with_their_prices(tools: Make, colour: Any) -> None:
    """A line for each: its name, and what a picture costs."""
    lines = colour.whole(tools(), "list_image_models").splitlines()

    assert any("flux" in line and "0.002 pollen a picture" in line for line in lines)
    assert any("gpt-image" in line and "by tokens" in line for line in lines)
    assert not any("veo" in line for line in lines)


def test_no_url_holds_a_key(tools: Make, colour: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    """Neither those that are asked for, nor those that are given away."""
    for folder in (None, tmp_path):
        blocks = colour.whole(tools(directory=folder), "generate_image", "a cat")
        assert sandbox.api_key not in str([block.model_dump(mode="json") for block in blocks])
    assert all(sandbox.api_key not in str((r.path, r.query)) for r in sandbox.requests)


@pytest.mark.parametrize("streaming", [True, False])
async def test_an_agent_draws_and_saves(
    tools: Make, llm: Pollinations, tmp_path: Path, streaming: bool
) -> None:
    """The picture opens in Pillow with the size asked for."""
    spec = tools(directory=tmp_path, image_options={"width": 320, "height": 200})
    agent = FunctionAgent(tools=spec.to_tool_list(), llm=llm, streaming=streaming)
    handler = agent.run("Draw a picture of a red bicycle.")
    results = [
        event async for event in handler.stream_events() if isinstance(event, ToolCallResult)
    ]
    answer = await handler
    path, size = only_file(tmp_path)

    assert size == (320, 200)
    assert [result.tool_name for result in results] == ["generate_image"]
    assert [type(block).__name__ for block in results[0].tool_output.blocks] == [
        "TextBlock",
        "ImageBlock",
    ]
    assert str(path) in str(answer)


async def test_an_agent_goes_on_after_a_failure(
    tools: Make, llm: Pollinations, sandbox: Sandbox
) -> None:
    """The tool's error is told to the model, which answers."""
    sandbox.fail(Fault.status(400, model="zimage"))
    agent = FunctionAgent(tools=tools(fallback_models=[]).to_tool_list(), llm=llm)
    handler = agent.run("Draw a picture of a red bicycle.")
    results = [
        event async for event in handler.stream_events() if isinstance(event, ToolCallResult)
    ]

    assert str(await handler)
    assert results[0].tool_output.is_error


async def test_ten_pictures_keep_a_context_small(
    tools: Make, llm: Pollinations, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Less than 2 kB for a picture, in what is sent as text and in what is remembered."""
    spec = tools(directory=tmp_path, image_options={"width": 64, "height": 64})
    agent = FunctionAgent(tools=spec.to_tool_list(), llm=llm)
    memory = ChatMemoryBuffer.from_defaults(token_limit=100_000)
    for number in range(10):
        await agent.run(f"Draw a picture of a cat, the {number}th.", memory=memory)
    last = [r for r in sandbox.requests if r.path.endswith("completions")][-1]
    texts = [text for message in last.body["messages"] for text in texts_of(message)]

    assert len(list(spec.directory.iterdir())) == 10
    assert sum(map(len, texts)) < 10 * 2_000
    kept = [message.model_dump_json() for message in await memory.aget_all()]
    assert len(kept) == 40
    assert sum(map(len, kept)) < 10 * 4_000


def texts_of(message: dict[str, Any]) -> list[str]:
    """The text of a message, its calls included, without pictures."""
    content = message.get("content") or ""
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    said = [part["text"] for part in parts if part["type"] == "text"]
    return [*said, json.dumps(message.get("tool_calls") or "")]
