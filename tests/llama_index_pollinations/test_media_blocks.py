"""What a tool made looks like, to code and to a reader."""

import base64
import copy
import pickle
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.tools import FunctionTool
from PIL import Image

from _pollinations.media.media import Media
from llama_index_pollinations.media_blocks import MediaBlocks


@pytest.fixture
def picture() -> Media:
    held = BytesIO()
    Image.new("RGB", (4, 2)).save(held, "PNG")
    return Media(held.getvalue(), "image/png", model="flux", seed=7)


def shown(blocks: MediaBlocks) -> dict[str, Any]:
    """What IPython makes of it, as in a notebook."""
    formatter = pytest.importorskip("IPython.core.formatters").DisplayFormatter()
    formatter.active_types = formatter.format_types
    bundle: dict[str, Any] = formatter.format(blocks)[0]
    return bundle


def test_a_notebook_shows_the_picture(picture: Media) -> None:
    """And one line of text, not the data."""
    bundle = shown(MediaBlocks.of(picture))

    assert base64.b64decode(bundle["image/png"]) == picture.data
    assert "4x2 pixels" in bundle["text/plain"]
    assert picture.base64 not in bundle["text/plain"]


def test_a_notebook_shows_a_file(picture: Media, tmp_path: Path) -> None:
    """By what is in it, without telling where it is; one that is gone breaks nothing."""
    path = picture.save(tmp_path / "bee.png")
    blocks = MediaBlocks.of(picture, path)
    bundle = shown(blocks)
    assert base64.b64decode(bundle["image/png"]) == picture.data
    assert bundle["text/plain"].endswith("Saved as bee.png")
    assert isinstance(blocks[0], TextBlock)
    assert blocks[0].text.endswith(f"Saved as {path}")

    path.unlink()

    assert list(shown(blocks)) == ["text/plain"]


@pytest.mark.parametrize(
    ("media", "tag"),
    [
        (Media(b"RIFF\0\0\0\0WAVE", "audio/wav"), "<audio controls"),
        (Media(b"\0\0\0\x18ftypmp42", "video/mp4"), "<video controls"),
    ],
)
def test_sound_and_video_get_a_player(media: Media, tag: str) -> None:
    """Whatever is no picture is played."""
    assert shown(MediaBlocks.of(media))["text/html"].startswith(tag)


def test_the_line_may_stand_alone(picture: Media) -> None:
    """For models that cannot see, and then a notebook has nothing to show either."""
    blocks = MediaBlocks.of(picture, whole=False)

    assert len(blocks) == 1
    assert list(shown(blocks)) == ["text/plain"]


def test_to_code_it_is_a_list(picture: Media) -> None:
    """Equal to one and to its copies, and LlamaIndex keeps its blocks."""
    blocks = MediaBlocks.of(picture)
    plain = list(blocks)

    assert blocks == plain
    assert pickle.loads(pickle.dumps(blocks)) == copy.deepcopy(blocks) == plain  # noqa: S301 - our own bytes
    output = FunctionTool.from_defaults(lambda: blocks, name="draw", description="Draws.")()
    assert [type(block) for block in output.blocks] == [TextBlock, ImageBlock]
