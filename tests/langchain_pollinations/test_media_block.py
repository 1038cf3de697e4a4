"""What an artifact looks like, to code and to a reader."""

import base64
import copy
import json
import pickle
from io import BytesIO
from pathlib import Path

import pytest
from langchain_core.messages import ToolMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from PIL import Image

from _pollinations.media.media import Media
from langchain_pollinations.media_block import MediaBlock


@pytest.fixture
def picture() -> Media:
    held = BytesIO()
    Image.new("RGB", (4, 2)).save(held, "PNG")
    return Media(held.getvalue(), "image/png", model="flux", seed=7)


def shown(block: MediaBlock) -> dict[str, str]:
    """What IPython makes of it, as in a notebook."""
    formatter = pytest.importorskip("IPython.core.formatters").DisplayFormatter()
    formatter.active_types = formatter.format_types
    return formatter.format(block)[0]


def test_a_notebook_shows_the_picture(picture: Media) -> None:
    """And one line of text, not the data."""
    bundle = shown(MediaBlock.of(picture, "a bee"))

    assert base64.b64decode(bundle["image/png"]) == picture.data
    assert "4x2 pixels" in bundle["text/plain"]
    assert picture.base64 not in bundle["text/plain"]


def test_a_notebook_shows_a_file(picture: Media, tmp_path: Path) -> None:
    """By what is in it, without telling where it is; one that is gone breaks nothing."""
    path = picture.save(tmp_path / "bee.png")
    block = MediaBlock.of(picture, "a bee", path)
    bundle = shown(block)
    assert base64.b64decode(bundle["image/png"]) == picture.data
    assert bundle["text/plain"].endswith("Saved as bee.png")
    assert str(tmp_path) not in bundle["text/plain"]

    path.unlink()

    assert list(shown(block)) == ["text/plain"]


def test_sound_gets_a_player() -> None:
    """Whatever has no picture is played."""
    bundle = shown(MediaBlock.of(Media(b"RIFF\0\0\0\0WAVE", "audio/wav"), "hello"))

    assert bundle["text/html"].startswith("<audio controls")


def test_to_code_it_is_a_dict(picture: Media) -> None:
    """Equal to one, and to its copies in JSON, in pickles and in a checkpoint of LangGraph."""
    block = MediaBlock.of(picture, "a bee")
    plain = dict(block)
    serde = JsonPlusSerializer()
    message = ToolMessage("Image made.", artifact=block, tool_call_id="1")

    assert json.loads(json.dumps(block)) == block == plain
    assert pickle.loads(pickle.dumps(block)) == copy.deepcopy(block) == plain  # noqa: S301 - our own bytes
    assert isinstance(message.model_copy(deep=True).artifact, MediaBlock)
    kept = serde.loads_typed(serde.dumps_typed(message))
    assert kept.artifact == plain
