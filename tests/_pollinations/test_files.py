"""Local files in messages."""

import base64
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage

from _pollinations.chat.public import complete
from _pollinations.files import MAX_BYTES, file
from _pollinations.http.client import Client
from _pollinations.http.errors import InvalidInputError
from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Sandbox

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


@pytest.mark.parametrize(
    ("name", "data", "kind", "mime_type"),
    [
        ("bee.png", PNG, "image", "image/png"),
        ("bee.txt", PNG, "image", "image/png"),
        ("morning.wav", b"RIFF....WAVEfmt ", "audio", "audio/wav"),
        ("film.mp4", b"....ftypisom", "video", "video/mp4"),
        ("paper.pdf", b"%PDF-1.7", "file", "application/pdf"),
        ("table.CSV", b"a,b", "file", "text/csv"),
        ("notes.md", b"# Bees", "file", "text/markdown"),
        ("code.py", b"print()", "file", "text/x-python"),
    ],
)
def test_the_type_is_told_from_the_first_bytes_or_the_ending(
    tmp_path: Path, name: str, data: bytes, kind: str, mime_type: str
) -> None:
    """Images, sounds and videos have a type of block; other files keep names. It can be set."""
    (tmp_path / name).write_bytes(data)
    block = file(tmp_path / name)

    assert (block["type"], block["mime_type"]) == (kind, mime_type)
    assert base64.b64decode(block["base64"]) == data
    assert block.get("filename") == (name if kind == "file" else None)
    assert file(tmp_path / name, mime_type="text/plain")["type"] == "file"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.png", "There is no file '.*missing.png'"),
        (".", "cannot be read: Is a directory"),
        ("a\0b", "cannot be read: embedded null byte"),
        ("empty.png", "is empty"),
        ("unknown", "pass it, such as mime_type='text/plain'"),
        ("https://a.org/bee.png", "There is no file"),
    ],
)
def test_what_cannot_be_sent_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    """A typed error that says which file, and why not."""
    monkeypatch.chdir(tmp_path)
    Path("empty.png").touch()
    Path("unknown").write_bytes(b"?")
    with pytest.raises(InvalidInputError, match=words):
        file(name)


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    """A request that the gateway would refuse takes no memory."""
    with (tmp_path / "long.mp4").open("wb") as written:
        written.truncate(MAX_BYTES + 1)
    with pytest.raises(InvalidInputError, match="15,000,001 bytes, more than max_bytes=15,000,000"):
        file(tmp_path / "long.mp4")
    (tmp_path / "bee.png").write_bytes(PNG)
    with pytest.raises(InvalidInputError, match="max_bytes=10"):
        file(tmp_path / "bee.png", max_bytes=10)


def test_a_file_arrives(tmp_path: Path, sandbox: Sandbox) -> None:
    """In a message of LangChain and in one of the gateway's own."""
    (tmp_path / "bee.png").write_bytes(PNG)
    content = ["What is this?", file(tmp_path / "bee.png")]
    model = ChatPollinations(base_url=sandbox.base_url, api_key=sandbox.api_key)
    answer = model.invoke([HumanMessage(content)])
    with Client(sandbox.api_key, sandbox.base_url) as client:
        reply = client.send(complete([{"role": "user", "content": content}]))

    assert f"image (image/png, {len(PNG)} bytes)" in answer.text
    assert reply.text == answer.text
