import wave
from io import BytesIO
from typing import Any

import httpx
import pytest

from pollinations_sandbox import Sandbox

_PATH = "/v1/audio/transcriptions"
_TEXT = "She said: “Grüße”; said. A second sentence is said here."


def _heard(client: httpx.Client, data: bytes, name: str = "a.mp3", **fields: str) -> httpx.Response:
    return client.post(_PATH, files={"file": (name, data)}, data=fields)


def _spoken(client: httpx.Client, form: str = "mp3") -> bytes:
    body = {"input": _TEXT, "response_format": form}
    return client.post("/v1/audio/speech", json=body).content


@pytest.mark.parametrize("form", ["mp3", "wav", "aac", "flac", "opus"])
def test_what_was_spoken_is_heard(client: httpx.Client, form: str) -> None:
    """Word for word, whatever the format."""
    data = _spoken(client, form)
    assert _heard(client, data, "a.wav").json() == {"text": _TEXT}


def test_a_transcript_has_five_formats(client: httpx.Client) -> None:
    """JSON, text, two kinds of subtitles, and JSON with times."""
    data = _spoken(client)
    plain, srt, vtt, long = (
        _heard(client, data, response_format=form)
        for form in ("text", "srt", "vtt", "verbose_json")
    )

    assert plain.text == _TEXT
    assert plain.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert srt.text.startswith("1\n00:00:00,000 --> 00:00:00,320\nShe said: “Grüße”; said.\n\n2\n")
    assert vtt.text.startswith("WEBVTT\n\n1\n00:00:00.000 --> 00:00:00.320\n")
    told: dict[str, Any] = long.json()
    assert told["text"] == _TEXT
    assert [word["word"] for word in told["words"]] == _TEXT.split()
    assert told["segments"][-1]["end"] == told["duration"] == pytest.approx(0.8)


def test_speakers_are_told_apart_in_era_d(client: httpx.Client, sandbox: Sandbox) -> None:
    """A format that the 2026-01 API does not know."""
    answer = _heard(client, _spoken(client), response_format="diarized_json")

    assert answer.status_code == {"2026-01": 400, "2026-10": 200}[sandbox.api]
    if sandbox.api == "2026-10":
        assert answer.json()["segments"][0]["speaker"] == "A"


def test_other_sound_is_heard_as_its_length(client: httpx.Client) -> None:
    """A sentence with the seconds; that is also what is paid."""
    held = BytesIO()
    with wave.open(held, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(2 * 12_000))
    answer = _heard(client, held.getvalue(), "b.wav")

    assert answer.json() == {"text": "A recording of 1.5 seconds."}
    assert answer.headers["x-usage-prompt-audio-seconds"] == "1.5"
    assert "X-Cache" not in answer.headers


def test_a_form_is_checked(client: httpx.Client) -> None:
    """A file that is there, of a known kind, and fields within their limits."""
    assert "Missing required field: file" in client.post(_PATH, json={"model": "x"}).text
    for name, data in (("a.txt", b"x"), ("a.mp3", b""), ("noending", b"x")):
        assert _heard(client, data, name).status_code == 400
    for field, value in {"temperature": "2", "response_format": "xml", "model": "tts-1"}.items():
        assert _heard(client, b"x", **{field: value}).status_code == 400


def test_a_file_has_a_largest_size(client: httpx.Client) -> None:
    """25 MB."""
    assert _heard(client, bytes(25 * 1024 * 1024 + 1)).status_code == 413


def test_the_sandbox_remembers_the_form(client: httpx.Client, sandbox: Sandbox) -> None:
    """Fields as texts, the file as bytes."""
    _heard(client, b"\r\n--x\r\n\r\n\x00", "a b.mp3", language="de")

    assert sandbox.last.body["language"] == "de"
    upload = sandbox.last.body["file"]
    assert (upload.filename, upload.content_type) == ("a b.mp3", "audio/mpeg")
    assert upload.data == b"\r\n--x\r\n\r\n\x00"
