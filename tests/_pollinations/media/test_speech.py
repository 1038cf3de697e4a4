"""Speech and transcription over real sockets: what is transcript is heard."""

from typing import Any

import pytest

from _pollinations.http.errors import InvalidInputError, InvalidRequestError, UnreadableAnswerError
from _pollinations.media.speech import MAX_FILE, speech, transcription
from pollinations_sandbox import Fault, Sandbox

WORDS = "Good morning, world. It is a fine day."
HEARD = "[sandbox] No model is connected. You sent 1.0 seconds of sound."


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
@pytest.mark.parametrize(
    ("form", "mime"),
    [
        (None, "audio/mpeg"),
        ("mp3", "audio/mpeg"),
        ("opus", "audio/ogg"),
        ("aac", "audio/aac"),
        ("flac", "audio/flac"),
        ("wav", "audio/wav"),
        ("pcm", "audio/pcm"),
    ],
)
def test_every_format_is_known(
    ask_once: Any, sandbox: Sandbox, form: str | None, mime: str
) -> None:
    """The bytes say what they are; samples without a head are believed."""
    media = ask_once.send(speech(WORDS, response_format=form))

    assert media.mime == mime
    assert sandbox.last.path == "/v1/audio/speech"
    assert sandbox.last.body == {"input": WORDS} | ({"response_format": form} if form else {})


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
def test_what_is_spoken_is_written_down(ask_in_all_colours: Any) -> None:
    """There and back again, in every colour and API."""
    media = ask_in_all_colours.send(speech(WORDS, voice="nova", response_format="wav"))
    transcript = ask_in_all_colours.send(transcription(media))

    assert str(transcript) == transcript.text == HEARD
    assert transcript.model == transcript.headers["x-model-used"]


def test_each_option_arrives(ask_once: Any, sandbox: Sandbox) -> None:
    """What is set travels in the body by its own name."""
    options: Any = {"model": "elevenlabs", "voice": "rachel", "instrumental": False, "seed": 3}
    media = ask_once.send(speech(WORDS, **options, extra={"tomorrow": 1}))

    assert sandbox.last.body == {"input": WORDS, **options, "tomorrow": 1}
    assert (media.model, media.seed) == ("elevenlabs", 3)


@pytest.mark.parametrize("form", ["verbose_json", "diarized_json"])
def test_segments_have_their_times(ask_once: Any, form: str) -> None:
    """A long answer tells who transcript what when."""
    sound = ask_once.send(speech(WORDS, response_format="wav"))
    transcript = ask_once.send(transcription(sound, response_format=form, language="en"))

    assert transcript.text == HEARD
    [segment] = transcript.segments
    assert segment.text == HEARD
    assert (segment.start, segment.end) == (0, transcript.duration)
    assert segment.speaker == ("A" if form == "diarized_json" else None)


@pytest.mark.parametrize(("form", "start"), [("text", HEARD), ("srt", "1\n00"), ("vtt", "WEBVTT")])
def test_plain_forms_stay_plain(ask_once: Any, form: str, start: str) -> None:
    """Subtitles are text as they are."""
    sound = ask_once.send(speech(WORDS, response_format="wav"))

    assert ask_once.send(transcription(sound, response_format=form)).text.startswith(start)


def test_the_form_holds_file_and_options(ask_once: Any, sandbox: Sandbox) -> None:
    """File name and media type tell the gateway what it gets."""
    sound = ask_once.send(speech(WORDS))
    ask_once.send(
        transcription(
            sound.data,
            model="whisper-1",
            prompt="Käse",
            temperature=0.5,
            speakers_expected=2,
            extra={"tomorrow": 1},
        )
    )
    form = sandbox.last.body

    assert (form["file"].filename, form["file"].content_type) == ("audio.mp3", "audio/mpeg")
    assert form["file"].data == sound.data
    assert {name: form[name] for name in form if name != "file"} == {
        "model": "whisper-1",
        "prompt": "Käse",
        "temperature": "0.5",
        "speakers_expected": "2",
        "tomorrow": "1",
    }


@pytest.mark.parametrize(
    ("sound", "match"),
    [
        ("talk.mp3", "is a str: pass its bytes"),
        (b"", "is empty"),
        (b"ID3" + bytes(MAX_FILE), "26,214,403"),
    ],
)
def test_what_cannot_be_heard_is_refused(sound: Any, match: str) -> None:
    """Names of files, nothing, and too much."""
    with pytest.raises(InvalidInputError, match=match):
        transcription(sound)


def test_a_name_tells_where_bytes_do_not(ask_once: Any) -> None:
    """The gateway decides about unknown bytes, by the file's name."""
    with pytest.raises(InvalidRequestError, match="file format"):
        ask_once.send(transcription(b"what is this", "a.doc"))


@pytest.mark.parametrize("form", [None, "text"])
@pytest.mark.parametrize(
    "fault", [Fault.html(), Fault.body(b"[]", headers={"content-type": "application/json"})]
)
def test_a_200_that_is_no_transcript_is_an_error(
    ask_once: Any, sandbox: Sandbox, fault: Fault, form: str | None
) -> None:
    """Only words are a transcript."""
    sandbox.fail(fault)

    with pytest.raises(UnreadableAnswerError):
        ask_once.send(transcription(b"ID3" + bytes(100), response_format=form))
