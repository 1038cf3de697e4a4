"""Bytes and what kind they are."""

import base64
from decimal import Decimal
from pathlib import Path

import pytest

from _pollinations.http.call import Response
from _pollinations.http.errors import UnreadableAnswerError
from _pollinations.media.media import Media, read_media, read_only_media, sniff
from _pollinations.models.model import Model
from _pollinations.models.prices import Prices

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
        ("Audio/L16;codec=pcm;rate=24000", "audio/pcm", "pcm"),
        ("", "application/octet-stream", "bin"),
        ("Audio/vnd.dolby.heaac.1+x; codecs=a", "audio/vnd.dolby.heaac.1+x", "bin"),
        ("audio/midi", "audio/midi", "midi"),
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


@pytest.mark.parametrize(("name", "file"), [("bee", "bee.png"), ("bee.raw", "bee.raw")])
def test_media_is_saved(tmp_path: Path, name: str, file: str) -> None:
    """A name without an ending gets the right one."""
    path = Media(PNG, "image/png").save(tmp_path / name)

    assert path == tmp_path / file
    assert path.read_bytes() == PNG


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b'\xef\xbb\xbf<?xml version="1.0"?><!-- a --><!DOCTYPE svg PUBLIC "x"><svg>', "svg"),
        (b"<svg:svg xmlns:svg='x'/>", "svg"),
        (b"<!-- --- -><svg> --><!-- <!-- -->\n<!DOCTYPE svg>\n<!---->\r\n<svg\n", "svg"),
        (b"<!---->" * 40 + b"x", None),
        (b"<!-- <svg>", None),
        (b"<!doctype html><html><svg></svg></html>", None),
        (b'<?xml version="1.0"?><html><svg/></html>', None),
        (b"<svgish>", None),
    ],
)
def test_a_drawing_is_known_by_its_root(data: bytes, mime: str | None) -> None:
    """A page that holds a drawing is no drawing."""
    assert sniff(data) == (mime and "image/svg+xml")


@pytest.mark.parametrize(
    ("declared", "body"),
    [
        ("text/html", b"<!doctype html>\n<svg>"),
        ("audio/pcm", b""),
        ("audio/mpeg", b"ID3"),
    ],
)
def test_a_200_that_is_something_else_is_an_error(declared: str, body: bytes) -> None:
    """Whatever the content type says, the bytes decide."""
    with pytest.raises(UnreadableAnswerError):
        read_only_media(Response(200, {"content-type": declared}, body), "image")


def test_samples_without_a_head_are_believed() -> None:
    """PCM is whatever its content type says, silence too."""
    for samples in (bytes(100), b"\x01\x02\xff\x00" * 20):
        media = read_only_media(Response(200, {"content-type": "audio/pcm"}, samples), "audio")
        assert media.mime == "audio/pcm"


def test_a_cost_is_units_times_prices() -> None:
    """What the cache gives is free; what was not counted is not known."""
    model = Model(name="flux", prices=Prices(completion_image=Decimal("0.002")))
    counted = {"x-usage-completion-image-tokens": "1"}

    assert Media(PNG, "image/png", counted).cost(model) == Decimal("0.002")
    assert Media(PNG, "image/png", {"x-cache": "HIT"}).cost(model) == 0
    assert Media(PNG, "image/png").cost(model) is None
    assert Media(PNG, "image/png", counted).cost(Model(name="x")) is None


@pytest.mark.parametrize(
    ("mime", "shown"),
    [
        ("image/png", "image/png"),
        ("image/jpeg", "image/jpeg"),
        ("image/webp", '<img src="data:image/webp;base64,'),
        ("image/svg+xml", '<img src="data:image/svg+xml;base64,'),
        ("video/mp4", '<video controls src="data:video/mp4;base64,'),
        ("audio/mpeg", '<audio controls src="data:audio/mpeg;base64,'),
        ("application/pdf", None),
    ],
)
def test_a_notebook_shows_and_plays(mime: str, shown: str | None) -> None:
    """Pictures show themselves, sounds and videos can be played, and no script of an SVG runs."""
    bundle = Media(PNG, mime)._repr_mimebundle_()

    assert bundle.pop("text/plain") == repr(Media(PNG, mime))
    if shown is None:
        assert not bundle
    elif "<" in shown:
        assert bundle["text/html"].startswith(shown)
    else:
        assert base64.b64decode(bundle[shown]) == PNG


HOSTILE = [
    'audio/x"><img src=x onerror=alert(1)>',
    "audio/x' onload='alert(1)",
    "audio/<script>alert(1)</script>",
    "audio/" + "x" * 5_000,
]


@pytest.mark.parametrize("declared", HOSTILE)
def test_a_content_type_is_never_markup(declared: str) -> None:
    """What is no plain media type is unknown data, and whatever is shown in HTML is escaped."""
    samples = b"\x00\x01\x02\x03"

    read = read_media(Response(200, {"content-type": declared}, samples))
    shown = Media(samples, declared)._repr_mimebundle_()["text/html"]

    assert read.mime == "application/octet-stream"
    assert shown.startswith('<audio controls src="data:audio/')
    assert shown.count("<") == 2
    assert shown.count('"') == 2
