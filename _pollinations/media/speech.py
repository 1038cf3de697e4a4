"""Speech and transcription: POST /v1/audio/speech and POST /v1/audio/transcriptions.

See https://gen.pollinations.ai/docs.
"""

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from pydantic import AliasChoices, Field

from _pollinations.http.call import Call, Expected, Request, Response, json_request
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.headers import answer_headers, media_type
from _pollinations.http.lenient import Amount, LenientModel, read_as
from _pollinations.http.multipart import File, form
from _pollinations.media.addresses import require_text
from _pollinations.media.media import Media, read_only_media, sniff
from _pollinations.media.requests import media_call, parameters_of

SPEECH, TRANSCRIPTIONS = "/v1/audio/speech", "/v1/audio/transcriptions"
DEFAULT_SPEECH_MODEL, DEFAULT_TRANSCRIPTION_MODEL = "tts-1", "whisper-large-v3"
"""The models that the gateway takes where none is named."""
MAX_FILE = 25 * 1024 * 1024
"""Bytes of a file that can be transcribed at once."""

_PLAIN = frozenset({"text", "srt", "vtt"})
_BYTES_PER_SECOND = 4_000  # of strongly compressed speech, so that a length is not underestimated


class SpeechOptions(TypedDict, total=False):
    """The options of speech; only what you set is sent.

    Attributes:
        model: A speech or music model; the gateway has a default.
        voice: Such as `alloy`, `nova`, `rachel`; the catalogue lists a model's voices.
        response_format: `mp3` (by default), `opus`, `aac`, `flac`, `wav` or `pcm`.
        speed: 0.25 to 4. The gateway of September 2026 ignores it.
        instructions: How to say it, for models that know it.
        duration: Seconds of music, 3 to 300.
        seconds: Seconds of sound, for models that know it.
        instrumental: Music without a voice.
        steps: 1 to 100, for models that know it.
        negative_prompt: What must not be heard.
        loop: Whether the end of a sound goes over into its beginning.
        prompt_influence: How closely the text is followed, 0 to 1.
        reference_audio: A voice to speak with, for models that know it.
        composition_plan: The parts of a piece of music.
        conditioning_ref: An earlier piece to go on from.
        store_for_inpainting: Whether the piece is kept for later changes.
        seed: -1 to 2147483647.
        safe: True, or filters; see `ImageOptions`.
        extra: Further fields, by their names in the API.
    """

    model: str | None
    voice: str | None
    response_format: str | None
    speed: float | None
    instructions: str | None
    duration: float | None
    seconds: float | None
    instrumental: bool | None
    steps: int | None
    negative_prompt: str | None
    loop: bool | None
    prompt_influence: float | None
    reference_audio: str | None
    composition_plan: Mapping[str, Any] | None
    conditioning_ref: str | None
    store_for_inpainting: bool | None
    seed: int | str | None
    safe: str | bool | None
    extra: Mapping[str, Any] | None


class TranscriptionOptions(TypedDict, total=False):
    """The options of a transcription; only what you set is sent.

    Attributes:
        model: Such as `whisper-large-v3` (by default), `scribe`.
        language: The language that is spoken, such as `en`.
        prompt: Words that help to understand names and terms.
        response_format: `json` (by default), `text`, `srt`, `vtt`, `verbose_json`,
            `diarized_json`.
        temperature: 0 to 1.
        speakers_expected: How many speak.
        extra: Further fields, by their names in the API.
    """

    model: str | None
    language: str | None
    prompt: str | None
    response_format: str | None
    temperature: float | None
    speakers_expected: int | None
    extra: Mapping[str, Any] | None


class Segment(LenientModel):
    """A part of a transcript.

    Attributes:
        text: The words.
        start: Seconds from the beginning.
        end: Seconds from the beginning.
        speaker: The speaker, where speakers are told apart.
        raw: Everything as it came.
    """

    text: str = ""
    start: Amount | None = None
    end: Amount | None = None
    speaker: str | None = Field(
        default=None, validation_alias=AliasChoices("speaker", "speaker_id")
    )


class Transcript(LenientModel):
    """The text of a recording.

    Attributes:
        text: The words; of `srt` and `vtt` the whole subtitles.
        language: The spoken language, if the gateway reports it.
        duration: Seconds of the recording, if the gateway reports it.
        segments: The pieces, for `verbose_json` and `diarized_json`.
        model: The model of the request, else the one that the gateway used.
        headers: What `headers.answer_headers` picks: the model that was used, units, the cache.
        raw: Everything as it came.
    """

    text: str
    language: str | None = Field(
        default=None, validation_alias=AliasChoices("language", "language_code")
    )
    duration: Amount | None = None
    segments: tuple[Segment, ...] = ()
    model: str | None = None
    headers: Mapping[str, str] = Field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return self.text


def speech(words: str, **options: Unpack[SpeechOptions]) -> Call[Media]:
    """Make speech, music or a sound of a text.

    Args:
        words: At most 10,000 characters; gateways of early 2026 take 4,096.
        **options: See `SpeechOptions`.

    Returns:
        A call for a client's `send`.

    Raises:
        InvalidInputError: The text is empty, or an option can never be right.

    Example:
        >>> from _pollinations.http.client import Client
        >>> call = speech("Good morning!", voice="nova")
        >>> Client(api_key="sk_...").send(call).save("morning")  # doctest: +SKIP
        PosixPath('morning.mp3')
    """
    parameters = parameters_of(options, SpeechOptions, "speech()")
    require_text(words, "text")
    return media_call(
        json_request(SPEECH, {"input": words, **parameters}),
        lambda response: read_only_media(response, "audio"),
        parameters,
        DEFAULT_SPEECH_MODEL,
        characters=len(words),
    )


def transcription(
    sound: bytes | Media, filename: str | None = None, **options: Unpack[TranscriptionOptions]
) -> Call[Transcript]:
    """Transcribe a recording or a video.

    Args:
        sound: An mp3, mp4, mpeg, m4a, wav or webm of at most 25 MB.
        filename: The name of the file, whose ending tells the gateway its type; by default made of
            what the bytes say.
        **options: See `TranscriptionOptions`.

    Returns:
        A call for a client's `send`.

    Raises:
        InvalidInputError: It is a path, empty or too large, or an option can never be right.

    Example:
        >>> from pathlib import Path
        >>> from _pollinations.http.client import Client
        >>> call = transcription(Path("morning.mp3").read_bytes())  # doctest: +SKIP
        >>> Client(api_key="sk_...").send(call).text  # doctest: +SKIP
        'Good morning!'
    """
    parameters = parameters_of(options, TranscriptionOptions, "transcription()")
    if isinstance(sound, bytes):
        sound = Media(sound, sniff(sound) or "application/octet-stream")
    if not isinstance(sound, Media):
        raise InvalidInputError(
            f"The recording is a {type(sound).__name__}: pass its bytes, Path(...).read_bytes()."
        )
    if not sound.data:
        raise InvalidInputError("The recording is empty.")
    if len(sound.data) > MAX_FILE:
        raise InvalidInputError(
            f"The file has {len(sound.data):,} bytes; the gateway takes {MAX_FILE:,}. Send it in "
            "parts, or as mp3."
        )
    file = File("file", str(filename or f"audio.{sound.extension}"), sound.mime, sound.data)
    body, kind = form([(name, str(value)) for name, value in parameters.items()], [file])
    request = Request("POST", TRANSCRIPTIONS, (), body, (("content-type", kind),))
    model = parameters.get("model") or DEFAULT_TRANSCRIPTION_MODEL
    seconds = len(sound.data) / _BYTES_PER_SECOND
    return Call(
        request,
        lambda response: _read_transcript(response, parameters),
        lambda: Expected(model, {"audio_seconds": seconds}),
    )


def _read_transcript(response: Response, parameters: Mapping[str, Any]) -> Transcript:
    headers = answer_headers(response.headers)
    model = parameters.get("model") or headers.get("x-model-used")
    is_plain = media_type(response.headers) not in {"application/json", "text/html"}
    if is_plain and parameters.get("response_format") in _PLAIN:
        words = response.body.decode("utf-8", "replace")
        return Transcript(text=words, model=model, headers=headers)
    return read_as(Transcript, response, "transcript", model=model, headers=headers)
