"""Blocks become the dicts that the reader of blocks takes, and what cannot be read is named."""

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    VideoBlock,
)

from _pollinations.chat.message_blocks import read
from llama_index_pollinations.blocks import to_blocks
from llama_index_pollinations.errors import InvalidInputError

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 32
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 32
URL = "https://example.com/a.png"
# Older cores take bytes only.
TAKES_FILES = "IOBase" in str(ImageBlock.model_fields["image"].annotation)
OPEN_FILES = pytest.mark.skipif(not TAKES_FILES, reason="this core takes no open files")


def b64(data: bytes) -> str:
    return b64encode(data).decode()


def one(block: Any, role: str = "user") -> dict[str, Any]:
    (wire,) = to_blocks([block], role, "message 3")
    assert isinstance(wire, dict)
    return {name: value for name, value in wire.items() if value is not None}


def typed(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more}


def cited(kind: Any, **more: Any) -> Any:
    return kind(title="Map", source="m.png", **more)


IMAGE = typed("image", base64=b64(PNG), mime_type="image/png")
HI = {"type": "text", "text": "Hi"}
FROM = {"title": "Map", "source": "m.png"}


@pytest.mark.parametrize(
    ("block", "wire"),
    [
        (ImageBlock(image=PNG), IMAGE),
        (
            ImageBlock(url=URL, detail="low"),
            typed("image", url=URL, detail="low", mime_type="image/png"),
        ),
        (
            VideoBlock(url="https://youtu.be/watch?v=abc"),
            typed("video", url="https://youtu.be/watch?v=abc"),
        ),
        (VideoBlock(video=MP4), typed("video", base64=b64(MP4), mime_type="video/mp4")),
        (AudioBlock(audio=WAV), typed("audio", base64=b64(WAV), format="wav")),
        (AudioBlock(audio=WAV, format="pcm"), typed("audio", base64=b64(WAV), format="pcm")),
        (
            DocumentBlock(data=b"%PDF-1.7", title="report.pdf"),
            typed("file", base64=b64(b"%PDF-1.7"), name="report.pdf", mime_type="application/pdf"),
        ),
        (
            DocumentBlock(url="https://example.com/a.pdf"),
            typed("file", url="https://example.com/a.pdf", mime_type="application/pdf"),
        ),
        (
            cited(CitableBlock, content=[TextBlock(text="Hi"), ImageBlock(image=PNG)]),
            typed("search_result", **FROM, content=[HI, {**IMAGE, "detail": None}]),
        ),
        (
            cited(CitationBlock, cited_content="Hi", additional_location_info={}),
            typed("search_result", **FROM, content=[HI]),
        ),
        (CachePoint(cache_control=CacheControl(type="ephemeral")), typed("cache_point")),
    ],
)
def test_a_block_is_translated(block: Any, wire: dict[str, Any]) -> None:
    """Data stay base64, and every kind has a type that the reader knows."""
    assert one(block) == wire


def test_text_alone_is_a_string() -> None:
    """Servers that choke on lists get none without need, joined as `content` joins it."""
    assert to_blocks([TextBlock(text="a"), TextBlock(text="b")], "user", "message 0") == "a\nb"


@pytest.mark.parametrize("form", ["path", pytest.param("file", marks=OPEN_FILES)])
def test_an_image_is_sent_as_data(form: str, tmp_path: Path) -> None:
    """A path without an ending says the same as bytes, and an open file may be read twice."""
    path = tmp_path / "picture"
    path.write_bytes(PNG)
    block = ImageBlock(path=path) if form == "path" else ImageBlock(image=BytesIO(PNG))

    assert one(block) == IMAGE
    assert one(block) == IMAGE


def test_a_document_has_the_name_of_its_file(tmp_path: Path) -> None:
    """And its media type."""
    path = tmp_path / "notes.txt"
    path.write_bytes(b"Some notes")

    file = one(DocumentBlock(path=path))
    assert (file["name"], file["mime_type"]) == ("notes.txt", "text/plain")


def test_a_citable_picture_follows_its_source() -> None:
    """A source without text stands alone before what it is the source of."""
    block = cited(CitableBlock, content=[ImageBlock(image=PNG)])

    head, picture = read(to_blocks([block], "user", "message 0"), "message 0", "user").parts

    assert head["text"] == "Map (m.png):"
    assert picture["type"] == "image_url"


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (ImageBlock(), "no data, path or url"),
        (ImageBlock(image=b"\x01\x02\x03\x04"), "media type"),
        (3, "takes no int"),
    ],
)
def test_what_cannot_be_read_is_named(block: Any, words: str) -> None:
    """The error says which message and which block, and what is wrong."""
    with pytest.raises(InvalidInputError, match=f"message 3, block 0: .*{words}"):
        one(block)


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    """In words; in a model's turn it does not matter, for its media are not sent."""
    path = tmp_path / "gone.png"
    path.write_bytes(PNG)
    block = ImageBlock(path=path)
    path.unlink()

    with pytest.raises(InvalidInputError, match=f"message 3, block 0.*: No such file.*: {path}"):
        one(block)
    assert one(block, "assistant") == {"type": "image"}


@pytest.mark.parametrize("kind", [ImageBlock, VideoBlock, AudioBlock, DocumentBlock])
def test_a_medium_without_data_in_a_tools_result_is_text(kind: Any) -> None:
    """A tool's half block is no mistake of the user; the model reads what there is of it."""
    assert "no data" in one(kind(), "tool")["error"]
