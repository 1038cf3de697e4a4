from typing import Any

import httpx

from pollinations_sandbox import Sandbox
from pollinations_sandbox.media.placeholders import silence

_PATH = "/v1/audio/transcriptions"
_TEXT = "[sandbox] No model is connected. You sent 1.0 seconds of sound."


def _heard(client: httpx.Client, data: bytes, name: str = "a.mp3", **fields: str) -> httpx.Response:
    return client.post(_PATH, files={"file": (name, data)}, data=fields)


def test_a_transcript_has_five_formats(client: httpx.Client) -> None:
    """JSON, text, two kinds of subtitles, and JSON with times."""
    short, plain, srt, vtt, long = (
        _heard(client, silence("wav"), response_format=form)
        for form in ("json", "text", "srt", "vtt", "verbose_json")
    )

    assert short.json() == {"text": _TEXT}
    assert plain.text == _TEXT
    assert plain.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert srt.text.startswith(
        "1\n00:00:00,000 --> 00:00:00,500\n[sandbox] No model is connected.\n\n2\n"
    )
    assert vtt.text.startswith("WEBVTT\n\n1\n00:00:00.000 --> 00:00:00.500\n")
    told: dict[str, Any] = long.json()
    assert told["text"] == _TEXT
    assert [word["word"] for word in told["words"]] == _TEXT.split()
    assert told["segments"][-1]["end"] == told["duration"] == 1.0


def test_speakers_are_told_apart_in_era_d(client: httpx.Client, sandbox: Sandbox) -> None:
    """A format that the 2026-01 API does not know."""
    answer = _heard(client, silence("wav"), response_format="diarized_json")

    assert answer.status_code == {"2026-01": 400, "2026-10": 200}[sandbox.api]
    if sandbox.api == "2026-10":
        assert answer.json()["segments"][0]["speaker"] == "A"


def test_what_is_paid_is_the_length(client: httpx.Client) -> None:
    """Exact for WAV; and no transcript is cached."""
    answer = _heard(client, silence("wav"), "b.wav")

    assert answer.headers["x-usage-prompt-audio-seconds"] == "1"
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
