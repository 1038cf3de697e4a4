"""What media tools return: a line for the model, and the image, video or sound for the program."""

import base64
from errno import ENOSPC
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.tools import ToolException
from media_tools import METHODS, Tools, reach
from PIL import Image
from pydantic import ValidationError

import langchain_pollinations as lc
import llama_index_pollinations as li
from llama_index.tools.pollinations import PollinationsToolSpec as FromShim
from pollinations_sandbox import Fault, Sandbox


def size_of(data: bytes) -> Any:
    return Image.open(BytesIO(data)).size


@pytest.mark.parametrize("folder", [None, str, Path], ids=["in memory", "str", "Path"])
def test_an_image_has_its_size_and_seed_in_one_line(
    tools: Tools, sandbox: Sandbox, tmp_path: Path, folder: Any
) -> None:
    """The model reads a short line, the program gets the bytes or a file of a new folder."""
    directory = folder and folder(tmp_path / "images")
    result = tools.use(
        "image", {"prompt": "a cat", "width": 64}, directory=directory, options={"height": 32}
    )

    assert (result.kind, size_of(result.data)) == ("image", (64, 32))
    assert "64x32 pixels" in result.line
    assert f"seed {sandbox.last.query['seed']}." in result.line
    assert result.line.endswith(f" Saved as {result.path}" if folder else " The image is attached.")
    assert [*tmp_path.glob("images/*")] == ([result.path] if folder else [])


def test_an_image_that_cannot_be_saved_is_returned(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is paid for; the line says why there is no file, and no broken one is left."""

    def write(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write)
    further = {} if tools.framework == "langchain" else {"return_media": False}
    result = tools.use("image", {"prompt": "a cat", "width": 64}, directory=tmp_path, **further)

    assert f"attached. It could not be saved to {tmp_path}: No space left" in result.line
    assert size_of(result.data) == (64, 1024)
    assert result.path is None
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_without_a_tool_call_the_line_of_langchain_has_the_image(
    sandbox: Sandbox, colour: str
) -> None:
    """LangChain returns no message then, but the image is paid for."""
    tools = Tools("langchain", colour, sandbox)
    line = tools.invoke(tools.make("image", width=64, height=32), {"prompt": "a cat"})

    assert line == str(line)
    assert line.endswith("The image is attached.")
    assert size_of(base64.b64decode(line.artifact["base64"])) == (64, 32)


def test_a_model_of_langchain_sees_the_image_only_if_asked(sandbox: Sandbox) -> None:
    """Then the content is the line and one image block."""
    tools = Tools("langchain", "sync", sandbox)
    message = tools.use("image", {"prompt": "a cat"}, include_image_in_content=True).raw
    text, image = message.content

    assert text["type"] == "text"
    assert (image["type"], image["mime_type"]) == ("image", "image/jpeg")
    assert image["base64"] == message.artifact["base64"]


def test_a_line_alone_is_enough_for_models_that_cannot_see(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """`return_media=False` leaves the block out; without a folder the image would be lost."""
    spec = li.PollinationsToolSpec(return_media=False, directory=tmp_path, **reach(sandbox))
    (line,) = spec.generate_image("a cat")

    assert str(tmp_path) in line.text  # type: ignore[union-attr] # a block of text
    with pytest.raises(li.InvalidInputError, match="needs directory"):
        li.PollinationsToolSpec(return_media=False)


def test_the_spec_has_four_tools_in_both_colours(sandbox: Sandbox) -> None:
    """Coroutines are native; a model reads names and arguments, not signatures."""
    assert FromShim is li.PollinationsToolSpec
    tools = {tool.metadata.name: tool for tool in FromShim(**reach(sandbox)).to_tool_list()}

    assert tools.keys() == set(METHODS.values())
    for name, tool in tools.items():
        assert tool.async_fn.__name__ == f"a{name}"
        assert len(tool.metadata.description) < 200
    assert tools["speak"].metadata.get_parameters_dict()["required"] == ["text"]


def test_one_list_of_fallbacks_serves_images_and_videos(tools: Tools, sandbox: Sandbox) -> None:
    """The catalogue says which model makes which; the line names the one that did."""
    sandbox.fail(Fault.status(503, model="veo"))
    sandbox.fail(Fault.status(503, model="zimage"))
    fallbacks = ["wan", "klein"]

    image = tools.use("image", {"prompt": "a cat"}, model="zimage", fallback_models=fallbacks)
    video = tools.use("video", {"prompt": "waves"}, model="veo", fallback_models=fallbacks)

    assert "klein" in image.line
    assert "wan" in video.line


REFUSED = {"prompt": "something forbidden"}


@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("something forbidden", lc.ContentFilteredError),
        ({"prompt": "a cat", "width": "wide"}, lc.InvalidInputError),
    ],
)
def test_a_failure_is_raised_to_a_program_that_invokes_a_tool(
    sandbox: Sandbox, colour: str, arguments: Any, error: type[Exception]
) -> None:
    """Never text that looks like a result; LangChain's errors are of its family too."""
    tools = Tools("langchain", colour, sandbox)
    sandbox.fail(Fault.content_policy(times=None))

    with pytest.raises(error) as caught:
        tools.invoke(tools.make("image"), arguments)
    assert isinstance(caught.value, ModelInvalidRequestError)


def test_a_failure_is_raised_by_a_method_of_llama_index(sandbox: Sandbox) -> None:
    """As its typed error."""
    sandbox.fail(Fault.content_policy())
    with pytest.raises(li.ContentFilteredError):
        li.PollinationsToolSpec(**reach(sandbox)).generate_image("something forbidden")


def test_what_is_done_with_a_failure_can_be_set(sandbox: Sandbox) -> None:
    """`handle_tool_error` decides for programs too; False raises the error to agents as it is."""
    sandbox.fail(Fault.content_policy(times=None))
    tools = Tools("langchain", "sync", sandbox)
    causes: list[Any] = []

    def handler(error: ToolException) -> str:
        causes.append(error.__cause__)
        return "Not drawn."

    assert tools.invoke(tools.make("image", handle_tool_error=handler), REFUSED) == "Not drawn."
    assert tools.error("image", REFUSED, handle_tool_error=handler) == "Not drawn."
    assert all(isinstance(cause, lc.ContentFilteredError) for cause in causes)
    assert len(causes) == 2
    for wrong in ({}, {"prompt": "a cat", "widht": 5}):
        line = tools.invoke(tools.make("image", handle_tool_error=True), wrong)
        assert type(line) is str
        assert "prompt: Field required" in line or "'width'" in line
    with pytest.raises(lc.ContentFilteredError):
        tools.use("image", REFUSED, handle_tool_error=False)
    with pytest.raises(ValidationError):
        tools.invoke(tools.make("image", handle_validation_error=False), {})
