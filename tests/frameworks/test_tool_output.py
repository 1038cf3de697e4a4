"""What a media tool returns, to programs and in a notebook."""

import base64
import copy
import json
import pickle
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.tools import FunctionTool
from PIL import Image

from _pollinations.media.media import Media
from langchain_pollinations.tool_output import MediaBlock
from llama_index_pollinations.tool_output import MediaBlocks

Make = Callable[[Media, Path | None], Any]
EITHER = pytest.mark.parametrize(
    "make",
    [lambda media, path: MediaBlock.of(media, "a bee", path), MediaBlocks.of],
    ids=["langchain", "llama_index"],
)


@pytest.fixture
def image() -> Media:
    held = BytesIO()
    Image.new("RGB", (4, 2)).save(held, "PNG")
    return Media(held.getvalue(), "image/png", model="flux", seed=7)


def shown(blocks: Any) -> dict[str, Any]:
    """What IPython makes of it, as in a notebook."""
    formatter = pytest.importorskip("IPython.core.formatters").DisplayFormatter()
    formatter.active_types = formatter.format_types
    bundle: dict[str, Any] = formatter.format(blocks)[0]
    return bundle


@EITHER
def test_a_notebook_shows_the_image(make: Make, image: Media) -> None:
    """And one line of text, not the data."""
    bundle = shown(make(image, None))

    assert base64.b64decode(bundle["image/png"]) == image.data
    assert "4x2 pixels" in bundle["text/plain"]
    assert image.base64 not in bundle["text/plain"]


@EITHER
def test_a_notebook_shows_a_file(make: Make, image: Media, tmp_path: Path) -> None:
    """By what is in it, without its folder; one that is gone breaks nothing."""
    path = image.save(tmp_path / "bee.png")
    blocks = make(image, path)
    bundle = shown(blocks)
    assert base64.b64decode(bundle["image/png"]) == image.data
    assert bundle["text/plain"].endswith("Saved as bee.png")
    assert str(tmp_path) not in bundle["text/plain"]

    path.unlink()

    assert list(shown(blocks)) == ["text/plain"]


def test_the_line_may_stand_alone(image: Media) -> None:
    """For models that cannot see; then a notebook has nothing else to show either."""
    blocks = MediaBlocks.of(image, whole=False)

    assert len(blocks) == 1
    assert list(shown(blocks)) == ["text/plain"]


def test_to_programs_it_is_a_list_in_llama_index(image: Media, tmp_path: Path) -> None:
    """Equal to one and to its copies; a tool keeps its blocks, and the line the whole path."""
    blocks = MediaBlocks.of(image)
    plain = list(blocks)

    assert blocks == plain
    assert pickle.loads(pickle.dumps(blocks)) == copy.deepcopy(blocks) == plain  # noqa: S301 - our own bytes
    output = FunctionTool.from_defaults(lambda: blocks, name="draw", description="Draws.")()
    assert [type(block) for block in output.blocks] == [TextBlock, ImageBlock]
    line = MediaBlocks.of(image, image.save(tmp_path / "bee.png"))[0]
    assert isinstance(line, TextBlock)
    assert line.text.endswith(f"Saved as {tmp_path / 'bee.png'}")


def test_to_programs_it_is_a_dict_in_langchain(image: Media) -> None:
    """Equal to one, and to its copies in JSON, in pickles and in a checkpoint of LangGraph."""
    block = MediaBlock.of(image, "a bee")
    plain = dict(block)
    serde = JsonPlusSerializer()
    message = ToolMessage("Image made.", artifact=block, tool_call_id="1")

    assert json.loads(json.dumps(block)) == block == plain
    assert pickle.loads(pickle.dumps(block)) == copy.deepcopy(block) == plain  # noqa: S301 - our own bytes
    assert isinstance(message.model_copy(deep=True).artifact, MediaBlock)
    restored = serde.loads_typed(serde.dumps_typed(message))
    assert restored.artifact == plain
