"""Speech and transcripts: GET /audio, POST /v1/audio/speech and /v1/audio/transcriptions."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from pollinations_sandbox import errors, schemas
from pollinations_sandbox.catalog import Entry
from pollinations_sandbox.errors import Api
from pollinations_sandbox.forms import Upload
from pollinations_sandbox.framing import dumps
from pollinations_sandbox.media.images import check_safe
from pollinations_sandbox.media.placeholders import silence
from pollinations_sandbox.replier.reading import Attachment
from pollinations_sandbox.replier.words import sentences
from pollinations_sandbox.reply import Reply
from pollinations_sandbox.response import Response
from pollinations_sandbox.serve import Work, media, model, serve
from pollinations_sandbox.state import Recorded, State, key_of
from pollinations_sandbox.tables import table

Json = dict[str, Any]

_SPEAKER: Final[Mapping[Api, str]] = {"2026-01": "tts-1", "2026-10": "elevenlabs"}
_LONGEST: Final[Mapping[Api, int]] = {"2026-01": 4096, "2026-10": 10_000}
_CUSTOM: Final = 8  # a voice of one's own has a longer id than a preset has a name
_NOT_SENT: Final = frozenset({"key", "no-cache", "safe"})
_TRANSCRIBER: Final = "whisper-large-v3"
_LARGEST: Final = 25 * 1024 * 1024
_ENDINGS: Final = frozenset({"mp3", "mp4", "mpeg", "mpga", "m4a", "wav", "webm"})
_TEXT: Final = "text/plain; charset=utf-8"
_KINDS: Final = {"text": _TEXT, "srt": _TEXT, "vtt": "text/vtt; charset=utf-8"}


def spoken(record: Recorded, state: State) -> Response:
    """Answer GET /audio/{text}."""
    api = state.api
    text = unquote(record.raw_path.removeprefix("/audio/"))

    def check(asked: str) -> None:
        if not text:
            raise errors.known("no_route", api=api)
        schemas.check_query("audio", {"model": asked} | record.query, api=api)
        if len(text) > _LONGEST[api]:
            message = f"Input text too long: {len(text)} characters. Maximum is {_LONGEST[api]}."
            raise errors.envelope(400, message, api=api)

    return _spoken(record, state, {**record.query, "input": text}, None, check)


def speech(record: Recorded, state: State) -> Response:
    """Answer POST /v1/audio/speech."""
    body = schemas.posted(record, api=state.api)

    def check(asked: str) -> None:
        schemas.check_body("speech", {"model": asked} | body, api=state.api)

    return _spoken(record, state, body, body, check)


def _spoken(
    record: Recorded,
    state: State,
    wanted: Json,
    body: object,
    check_fields: Callable[[str], None],
) -> Response:
    api = state.api
    asked = str(wanted.get("model") or _SPEAKER[api])

    def check() -> Entry:
        check_fields(asked)
        if api == "2026-10":
            check_safe(record, wanted)
        entry = model(asked, ("audio",), api=api, endpoint="audio")
        voice = wanted.get("voice") or "alloy"
        if voice not in table("schemas")["$defs"]["voice"]["enum"] and len(voice) < _CUSTOM:
            message = f"Invalid voice: {voice}. Use a preset name or valid ElevenLabs voice ID."
            raise errors.envelope(400, message, api=api)
        if entry.inputs[0] == "audio":
            message = f'Model "{asked}" transcribes and cannot speak.'
            raise errors.envelope(400, message, api=api)
        return entry

    def prepare(entry: Entry) -> Work:
        form, voice = wanted.get("response_format") or "mp3", wanted.get("voice") or "alloy"
        known = {name: value for name, value in wanted.items() if name not in _NOT_SENT}
        forwarded = {**known, "model": entry.name, "voice": voice, "response_format": form}
        kind = f"audio/{'mpeg' if form == 'mp3' else form}"
        counted = {"x-usage-completion-audio-tokens": str(len(wanted["input"]))}

        def make(reply: Reply | None) -> bytes:
            return reply.media if reply else silence(form)

        return media(entry, kind=kind, forwarded=forwarded, make=make, headers=counted)

    place = key_of(record.method, record.path, record.query, body, api=api)
    return serve(record, state, asked=asked, place=place, check=check, prepare=prepare)


def transcriptions(record: Recorded, state: State) -> Response:
    """Answer POST /v1/audio/transcriptions: how long the sound is, in every format."""
    api = state.api
    form = record.body if isinstance(record.body, dict) else {}
    asked = str(form.get("model") or _TRANSCRIBER)
    fields = {name: value for name, value in form.items() if isinstance(value, str)}

    def check() -> Entry:
        _check_file(form.get("file"), api)
        wrong = schemas.complaints("transcriptions", fields, api=api, texts=True)
        for name, messages in wrong.items():
            raise errors.envelope(400, f"{name}: {messages[0]}", api=api)
        entry = model(asked, ("audio",), api=api, endpoint="audio")
        if entry.inputs[0] != "audio":
            message = f'Model "{asked}" speaks and cannot transcribe.'
            raise errors.envelope(400, message, api=api)
        return entry

    def prepare(entry: Entry) -> Work:
        upload, wanted = form["file"], fields.get("response_format", "json")
        seconds = Attachment("audio", _ending(upload), upload.data).seconds
        forwarded = {**fields, "model": entry.name, "file": upload.filename}
        kind = _KINDS.get(wanted, "application/json")

        def make(reply: Reply | None) -> bytes:
            default = f"[sandbox] No model is connected. You sent {seconds:.1f} seconds of sound."
            text = str(reply.content) if reply else default
            return _transcript(text, seconds, wanted, fields.get("language"))

        counted = {"x-usage-prompt-audio-seconds": f"{seconds:g}"}
        return media(entry, kind=kind, forwarded=forwarded, make=make, headers=counted)

    return serve(record, state, asked=asked, place=None, check=check, prepare=prepare)


def _ending(upload: Upload) -> str:
    return upload.filename.rpartition(".")[2].lower()


def _check_file(upload: object, api: Api) -> None:
    if not isinstance(upload, Upload):
        raise errors.envelope(400, "Missing required field: file", api=api)
    if len(upload.data) > _LARGEST:
        raise errors.envelope(413, "Audio file is too large. Maximum is 25 MB.", api=api)
    if _ending(upload) not in _ENDINGS or not upload.data:
        message = f"Invalid file format. Supported formats: {', '.join(sorted(_ENDINGS))}"
        raise errors.envelope(400, message, api=api)


def _transcript(text: str, seconds: float, form: str, language: str | None) -> bytes:
    """The transcript in one of the formats."""
    if form == "text":
        return text.encode()
    timed = list(_timed(sentences(text), seconds))
    if form in {"srt", "vtt"}:
        cues = [
            f"{number}\n{_clock(start, form)} --> {_clock(end, form)}\n{line}\n"
            for number, (line, start, end) in enumerate(timed, 1)
        ]
        return "\n".join(["WEBVTT\n", *cues] if form == "vtt" else cues).encode()
    segments = [{"id": n, "text": t, "start": s, "end": e} for n, (t, s, e) in enumerate(timed)]
    value: Json = {"text": text}
    if form == "verbose_json":
        words = [{"word": t, "start": s, "end": e} for t, s, e in _timed(text.split(), seconds)]
        known = {"language": language or "unknown", "words": words, "segments": segments}
        value |= {"task": "transcribe", "duration": seconds, **known}
    elif form == "diarized_json":
        parts = [
            {**one, "type": "transcript.text.segment", "id": f"seg_{one['id']}", "speaker": "A"}
            for one in segments
        ]
        usage = {"type": "duration", "seconds": math.ceil(seconds)}
        value |= {"task": "transcribe", "duration": seconds, "segments": parts, "usage": usage}
    return dumps(value).encode()


def _timed(pieces: list[str], seconds: float) -> Iterator[tuple[str, float, float]]:
    """The pieces in a row, each with the seconds at its start and end."""
    each = seconds / max(1, len(pieces))
    for number, piece in enumerate(pieces):
        yield piece, round(number * each, 3), round((number + 1) * each, 3)


def _clock(seconds: float, form: str) -> str:
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    comma = "," if form == "srt" else "."
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{comma}{rest % 1000:03}"
