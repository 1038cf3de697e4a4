"""Bytes and what kind they are."""

import base64
from pathlib import Path

import pytest

from _pollinations.call import Response
from _pollinations.media import Media, read_media, sniff

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)


@pytest.mark.parametrize(
    ("data", "mime", "extension"),
    [
        (PNG, "image/png", "png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg", "jpg"),
        (b"GIF89a", "image/gif", "gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", "webp"),
        (b"\x00\x00\x00\x1cftypavif", "image/avif", "avif"),
        (b"<svg xmlns='x'>", "image/svg+xml", "svg"),
        (b'\n<?xml version="1.0"?>\n<SVG>', "image/svg+xml", "svg"),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4", "mp4"),
        (b"\x1a\x45\xdf\xa3\x01", "video/webm", "webm"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav", "wav"),
        (b"ID3\x04", "audio/mpeg", "mp3"),
        (b"\xff\xfb\x90\x00", "audio/mpeg", "mp3"),
        (b"\xff\xf3\x44\xc4", "audio/mpeg", "mp3"),
        (b"\xff\xf1\x50\x80", "audio/aac", "aac"),
        (b"OggS\x00\x02", "audio/ogg", "ogg"),
        (b"fLaC\x80", "audio/flac", "flac"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4", "m4a"),
        (b"glTF\x02", "model/gltf-binary", "glb"),
    ],
)
def test_the_first_bytes_tell(data: bytes, mime: str, extension: str) -> None:
    """Whatever the gateway declares, the bytes decide."""
    media = read_media(Response(200, {"content-type": "image/jpeg"}, data))

    assert (sniff(data), media.mime, media.extension) == (mime, mime, extension)
    assert media.kind == mime.split("/", maxsplit=1)[0]


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x01\x02\x03", b"Hello", b"<?xml?><html>"])
def test_other_bytes_do_not_tell(data: bytes) -> None:
    """Raw samples and texts are what the content type says they are."""
    assert sniff(data) is None


@pytest.mark.parametrize(
    ("declared", "mime", "extension"),
    [
        ("audio/pcm;rate=24000", "audio/pcm", "pcm"),
        ("audio/x-wav", "audio/wav", "wav"),
        ("IMAGE/JPG", "image/jpeg", "jpg"),
        ("", "application/octet-stream", "bin"),
    ],
)
def test_the_content_type_is_second(declared: str, mime: str, extension: str) -> None:
    """Parameters and other names of the same type do not matter."""
    media = read_media(Response(200, {"content-type": declared}, b"\x01\x02"))

    assert (media.mime, media.extension) == (mime, extension)


def test_media_keeps_what_the_headers_tell() -> None:
    """The model and the units that were used travel with the bytes, and are not printed."""
    headers = {"x-model-used": "flux", "server": "cloudflare"}
    media = read_media(Response(200, headers, PNG))

    assert media.headers == {"x-model-used": "flux"}
    assert "x89" not in repr(media)
    assert media == Media(PNG, "image/png", {"x-model-used": "flux"})
    assert len({media, media}) == 1


def test_media_becomes_text() -> None:
    """Base64, alone and as a URI."""
    media = Media(PNG, "image/png")

    assert base64.b64decode(media.base64) == PNG
    assert media.data_uri == f"data:image/png;base64,{media.base64}"


@pytest.mark.parametrize(("name", "file"), [("bee", "bee.png"), ("bee.raw", "bee.raw")])
def test_media_is_saved(tmp_path: Path, name: str, file: str) -> None:
    """A name without an ending gets the right one."""
    path = Media(PNG, "image/png").save(tmp_path / name)

    assert path == tmp_path / file
    assert path.read_bytes() == PNG
