"""Speech and transcripts in their formats."""

import wave
from io import BytesIO

import httpx
from tables import cases

from pollinations_sandbox import Sandbox
from pollinations_sandbox.media.placeholders import silence

HEAR = "/v1/audio/transcriptions"


@cases(__file__, "each_format_begins_as_it_should")
def test_each_format_begins_as_it_should(
    client: httpx.Client, form: str, kind: str, start: str
) -> None:
    """By GET and by POST, with the type in the header."""
    body = {"input": "Good day", "response_format": form}
    by_get = client.get(f"/audio/Good%20day?response_format={form}")
    for answer in (by_get, client.post("/v1/audio/speech", json=body)):
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
        assert answer.content.startswith(start.encode("latin-1"))


def test_wav_is_a_second_of_silence() -> None:
    """That any player opens."""
    with wave.open(BytesIO(silence("wav"))) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (24_000, 1)
        assert sound.readframes(sound.getnframes()) == bytes(48_000)


def heard(client: httpx.Client, data: bytes, name: str = "a.mp3", **fields: str) -> httpx.Response:
    return client.post(HEAR, files={"file": (name, data)}, data=fields)


@cases(__file__, "a_transcript_tells_the_length")
def test_a_transcript_tells_the_length(client: httpx.Client, form: str, start: str) -> None:
    """Exact for WAV, also in the bill; no transcript is cached."""
    answer = heard(client, silence("wav"), "b.wav", response_format=form)
    assert answer.text.startswith(start)
    assert answer.headers["x-usage-prompt-audio-seconds"] == "1"
    assert "X-Cache" not in answer.headers


def test_speakers_are_told_apart_in_2026_10(client: httpx.Client, sandbox: Sandbox) -> None:
    """A format that the 2026-01 API does not know."""
    answer = heard(client, silence("wav"), response_format="diarized_json")
    assert answer.status_code == {"2026-01": 400, "2026-10": 200}[sandbox.api]
    assert ('"speaker":"A"' in answer.text) == (sandbox.api == "2026-10")


@cases(__file__, "a_form_is_checked")
def test_a_form_is_checked(client: httpx.Client, name: str, fields: dict[str, str]) -> None:
    """A file that is there, of a known kind, and fields within their limits."""
    assert "Missing required field: file" in client.post(HEAR, json={"model": "x"}).text
    data = b"" if name.startswith("empty") else b"x"
    assert heard(client, data, name, **fields).status_code == 400
