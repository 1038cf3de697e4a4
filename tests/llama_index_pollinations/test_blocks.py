"""Blocks become parts, and what cannot be sent is named before anything is."""

import base64
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
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from _pollinations.chat.message_blocks import Origin, read
from llama_index_pollinations.blocks import to_blocks
from llama_index_pollinations.errors import InvalidInputError

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 32
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 32
PDF = b"%PDF-1.7\n" + b"\x00" * 32
MARK = CachePoint(cache_control=CacheControl(type="ephemeral"))


# Older cores take bytes only.
TAKES_FILES = "IOBase" in str(ImageBlock.model_fields["image"].annotation)
OPEN_FILES = pytest.mark.skipif(not TAKES_FILES, reason="this core takes no open files")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def parts(*blocks: Any, role: str = "user", where: str = "message 0") -> list[dict[str, Any]]:
    origins: dict[str, Origin] = {"assistant": "model", "tool": "tool", "user": "user"}
    return read(to_blocks(blocks, role, where), where, origins[role]).parts


def one(block: Any) -> dict[str, Any]:
    (part,) = parts(block)
    return part


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def test_text_alone_is_a_string() -> None:
    """Servers that choke on lists get none without need, joined as `content` joins it."""
    assert to_blocks([TextBlock(text="a"), TextBlock(text="b")], "user", "message 0") == "a\nb"


def test_empty_text_is_left_out() -> None:
    """The gateway refuses empty parts."""
    assert parts(TextBlock(text="")) == []


def test_an_image_by_url_keeps_its_detail() -> None:
    """A URL goes as it is, with the media type that its ending tells."""
    block = ImageBlock(url="https://example.com/cat.png", detail="low")

    assert one(block) == {
        "type": "image_url",
        "image_url": {
            "url": "https://example.com/cat.png",
            "detail": "low",
            "mime_type": "image/png",
        },
    }


@pytest.mark.parametrize(
    "form", ["bytes", "path", pytest.param("file", marks=OPEN_FILES), "data url"]
)
def test_an_image_is_sent_as_data(form: str, tmp_path: Path) -> None:
    """Bytes, a path without an ending, an open file and a data URL say the same."""
    path = tmp_path / "picture"
    path.write_bytes(PNG)
    url = f"data:image/png;base64,{b64(PNG)}"
    block = {
        "bytes": lambda: ImageBlock(image=PNG),
        "path": lambda: ImageBlock(path=path),
        "file": lambda: ImageBlock(image=BytesIO(PNG)),
        "data url": lambda: ImageBlock(url=url),
    }[form]()

    assert one(block) == {"type": "image_url", "image_url": {"url": url}}


@OPEN_FILES
def test_an_open_file_may_be_sent_twice() -> None:
    """Reading a file does not use it up."""
    block = ImageBlock(image=BytesIO(PNG))

    assert one(block) == one(block)


def test_a_video_is_sent_by_url_or_data() -> None:
    """YouTube links pass untouched, and bytes become a data URL."""
    link = VideoBlock(url="https://www.youtube.com/watch?v=abc")

    assert one(link) == {
        "type": "video_url",
        "video_url": {"url": "https://www.youtube.com/watch?v=abc"},
    }
    assert one(VideoBlock(video=MP4))["video_url"]["url"] == f"data:video/mp4;base64,{b64(MP4)}"


@pytest.mark.parametrize(
    ("block", "kind"),
    [
        (AudioBlock(audio=WAV), "wav"),
        (AudioBlock(audio=WAV, format="x-wav"), "wav"),
        (AudioBlock(audio=b"\x00" * 40, format="pcm"), "pcm16"),
        (AudioBlock(url=f"data:audio/wav;base64,{b64(WAV)}"), "wav"),
    ],
)
def test_audio_has_a_format_of_the_gateway(block: AudioBlock, kind: str) -> None:
    """The names that other places give to formats are translated."""
    part = one(block)

    assert part["type"] == "input_audio"
    assert part["input_audio"]["format"] == kind
    assert not part["input_audio"]["data"].startswith("data:")


def test_a_document_is_a_file_with_its_name(tmp_path: Path) -> None:
    """The key is `file_name`, the name is the title's or the path's, and a text is a text."""
    path = tmp_path / "notes.txt"
    path.write_bytes(b"Some notes")

    assert one(DocumentBlock(data=PDF, title="report.pdf")) == {
        "type": "file",
        "file": {
            "file_data": f"data:application/pdf;base64,{b64(PDF)}",
            "file_name": "report.pdf",
            "mime_type": "application/pdf",
        },
    }
    assert one(DocumentBlock(path=path)) == text("notes.txt:\nSome notes")
    assert one(DocumentBlock(url="https://example.com/a.pdf"))["file"] == {
        "file_url": "https://example.com/a.pdf",
        "mime_type": "application/pdf",
    }


def test_a_cache_point_marks_the_block_before_it() -> None:
    """The mark goes onto the last part that may carry one, without a time to live."""
    wire = parts(TextBlock(text="long"), ImageBlock(image=PNG), MARK)

    assert wire[0] == {
        "type": "text",
        "text": "long",
        "cache_control": {"type": "ephemeral"},
    }
    assert "cache_control" not in wire[1]


def test_a_citable_block_tells_its_source() -> None:
    """Title and source stand before the content."""
    block = CitableBlock(title="Bridges", source="b.txt", content=[TextBlock(text="It is red.")])

    assert parts(block) == [text("Bridges (b.txt):\nIt is red.")]


def test_a_citable_picture_follows_its_source() -> None:
    """A source without text stands alone before what it is the source of."""
    block = CitableBlock(title="Map", source="m.png", content=[ImageBlock(image=PNG)])

    head, picture = parts(block)

    assert head == text("Map (m.png):")
    assert picture["type"] == "image_url"


def test_what_is_told_elsewhere_makes_no_part() -> None:
    """Thoughts and calls travel in fields of their own."""
    blocks = [ThinkingBlock(content="hm"), ToolCallBlock(tool_name="add")]

    assert parts(*blocks) == []


def test_what_the_model_made_is_not_told_again() -> None:
    """No provider takes back pictures, sounds or citations in an assistant's turn."""
    blocks = [
        TextBlock(text="Here"),
        ImageBlock(image=PNG),
        AudioBlock(audio=WAV),
        CitationBlock(cited_content="x", source="s", title="t", additional_location_info={}),
    ]

    assert parts(*blocks, role="assistant") == [text("Here")]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (AudioBlock(url="https://example.com/a.mp3"), "download it"),
        (AudioBlock(audio=b"\x00" * 40, format="m4a"), "m4a"),
        (ImageBlock(), "no data, path or url"),
        (ImageBlock(image=b"\x01\x02\x03\x04"), "media type"),
        (MARK, "cache point"),
        (ImageBlock(url="file:///a.png"), "not a link"),
    ],
)
def test_what_cannot_be_sent_is_named(block: Any, words: str) -> None:
    """The error says which message and which block, and what to do."""
    with pytest.raises(InvalidInputError, match=f"message 3, block 0.*{words}"):
        parts(block, where="message 3")


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    """A path that cannot be read is the same kind of error, in words."""
    path = tmp_path / "gone.png"
    path.write_bytes(PNG)
    block = ImageBlock(path=path)
    path.unlink()

    with pytest.raises(InvalidInputError, match=f"message 0, block 0.*: No such file.*: {path}"):
        parts(block)


@pytest.mark.parametrize("kind", [ImageBlock, VideoBlock, AudioBlock, DocumentBlock])
def test_a_medium_without_data_in_a_tools_result_is_text(kind: Any) -> None:
    """A tool's half block is no mistake of the user; the model reads what there is of it."""
    (part,) = parts(kind(), role="tool")

    assert "no data" in part["text"]


def test_media_of_a_model_are_not_read(tmp_path: Path) -> None:
    """They are not sent, so that a file that is gone does not matter."""
    path = tmp_path / "drawn.png"
    path.write_bytes(PNG)
    block = ImageBlock(path=path)
    path.unlink()

    assert parts(block, TextBlock(text="Here"), role="assistant") == [text("Here")]
