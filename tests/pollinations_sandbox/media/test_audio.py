import wave
from io import BytesIO

import httpx
import pytest

from pollinations_sandbox import Sandbox

_PATH = "/v1/audio/speech"


@pytest.mark.parametrize(
    ("form", "kind", "start"),
    [
        ("mp3", "audio/mpeg", b"\xff\xf3"),
        ("opus", "audio/opus", b"OggS"),
        ("aac", "audio/aac", b"\xff\xf1"),
        ("flac", "audio/flac", b"fLaC"),
        ("wav", "audio/wav", b"RIFF"),
        ("pcm", "audio/pcm", b"\x00\x00"),
    ],
)
def test_each_format_begins_as_it_should(
    client: httpx.Client, form: str, kind: str, start: bytes
) -> None:
    """By GET and by POST, with the type in the header."""
    body = {"input": "Good day", "response_format": form}
    for answer in (
        client.get(f"/audio/Good%20day?response_format={form}"),
        client.post(_PATH, json=body),
    ):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == kind
        assert answer.content.startswith(start)


def test_wav_is_a_second_of_silence(client: httpx.Client) -> None:
    """That any player opens."""
    body = {"input": "one two three", "response_format": "wav"}
    with wave.open(BytesIO(client.post(_PATH, json=body).content)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (24_000, 1)
        assert sound.readframes(sound.getnframes()) == bytes(48_000)


def test_mp3_is_what_comes_by_default(client: httpx.Client, sandbox: Sandbox) -> None:
    """Spoken by `alloy`, and paid by the letter."""
    answer = client.get("/audio/a%2Fb%3F")

    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["x-usage-completion-audio-tokens"] == "4"
    forwarded = sandbox.last.forwarded or {}
    assert (forwarded["input"], forwarded["voice"]) == ("a/b?", "alloy")


def test_an_unknown_voice_is_refused(client: httpx.Client, sandbox: Sandbox) -> None:
    """The 2026-01 API lists its voices; 2026-10 takes any long id for a voice of one's own."""
    for answer in (
        client.get("/audio/hi?voice=bob"),
        client.post(_PATH, json={"input": "hi", "voice": "bob"}),
    ):
        assert answer.status_code == 400
        assert ("rachel" if sandbox.api == "2026-01" else "Invalid voice: bob") in answer.text
    own = client.post(_PATH, json={"input": "hi", "voice": "21m00Tcm4TlvDq8ikWAM"})
    assert own.status_code == {"2026-01": 400, "2026-10": 200}[sandbox.api]
    assert client.get("/audio/hi?voice=nova").status_code == 200
    assert client.get("/audio/hi?voice=rachel").status_code == 200


def test_a_text_has_a_longest_length(client: httpx.Client, sandbox: Sandbox) -> None:
    """4096 letters in the 2026-01 API, 10000 in the 2026-10 API."""
    most = {"2026-01": 4096, "2026-10": 10_000}[sandbox.api]

    assert client.post(_PATH, json={"input": "x" * most}).status_code == 200
    assert client.post(_PATH, json={"input": "x" * (most + 1)}).status_code == 400
    assert client.get(f"/audio/{'x' * (most + 1)}").status_code == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [("input", ""), ("input", None), ("response_format", "ogg"), ("speed", 5), ("duration", 301)],
)
def test_a_wrong_field_of_speech_is_named(client: httpx.Client, field: str, value: object) -> None:
    """In the gateway's body of validation errors."""
    answer = client.post(_PATH, json={"input": "hi", field: value})

    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]["fieldErrors"]) == [field]


def test_only_what_speaks_may_speak(client: httpx.Client) -> None:
    """A model that transcribes or draws is refused."""
    for model in ("whisper-1", "zimage", "nobody"):
        assert client.post(_PATH, json={"input": "hi", "model": model}).status_code == 400
    assert client.post(_PATH, json={"input": "hi", "model": "tts-1"}).status_code == 200


def test_speech_is_cached(client: httpx.Client) -> None:
    """By its whole body."""
    answers = [client.post(_PATH, json={"input": text}) for text in ("a", "a", "b")]

    assert [answer.headers["X-Cache"] for answer in answers] == ["MISS", "HIT", "MISS"]
