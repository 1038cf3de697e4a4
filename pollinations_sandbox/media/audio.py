"""Speech and transcripts: GET /audio, POST /v1/audio/speech and /v1/audio/transcriptions."""

import math
import time
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import unquote

from pollinations_sandbox import errors, schemas
from pollinations_sandbox.catalog import Entry
from pollinations_sandbox.errors import Api
from pollinations_sandbox.media.images import check_safe
from pollinations_sandbox.media.placeholders import silence
from pollinations_sandbox.recorded import Upload
from pollinations_sandbox.replier.reading import Attachment
from pollinations_sandbox.reply import Reply
from pollinations_sandbox.response import Response, dumps
from pollinations_sandbox.serve import Work, media, model, serve
from pollinations_sandbox.state import Recorded, State, key_of
from pollinations_sandbox.tables import table

Json = dict[str, Any]

_SPEAKER: Final[Mapping[Api, str]] = {"2026-01": "tts-1", "2026-10": "elevenlabs"}
_CUSTOM: Final = 8  # a voice of one's own has a longer id than a preset has a name
_NOT_SENT: Final = frozenset({"key", "no-cache", "safe"})
_LARGEST: Final = 25 * 1024 * 1024
_ENDINGS: Final = frozenset({"mp3", "mp4", "mpeg", "mpga", "m4a", "wav", "webm"})
_TEXT: Final = "text/plain; charset=utf-8"
_KINDS: Final = {"text": _TEXT, "srt": _TEXT, "vtt": "text/vtt; charset=utf-8"}


def speech(record: Recorded, state: State) -> Response:
    """Answer GET /audio/{text} and POST /v1/audio/speech."""
    api = state.api
    text = unquote(record.raw_path.removeprefix("/audio/"))
    body = None if record.method == "GET" else schemas.posted(record, api=api)
    fields: Json = {**record.query, "input": text} if body is None else body
    name = str(fields.get("model") or _SPEAKER[api])
    voice, form = fields.get("voice") or "alloy", fields.get("response_format") or "mp3"

    def check() -> Entry:
        if body is not None:
            schemas.check_body("speech", {"model": name} | fields, api=api)
        elif text:
            schemas.check_query("audio", {"model": name} | fields, api=api)
        else:
            raise errors.known("no_route", api=api)
        if api == "2026-10":
            check_safe(record, fields)
        entry = model(name, ("audio",), api=api, endpoint="audio")
        complaint = None
        if voice not in table("schemas")["$defs"]["voice"]["enum"] and len(voice) < _CUSTOM:
            complaint = f"Invalid voice: {voice}. Use a preset name or valid ElevenLabs voice ID."
        elif entry.inputs[0] == "audio":
            complaint = f'Model "{name}" transcribes and cannot speak.'
        if complaint:
            raise errors.envelope(400, complaint, api=api)
        return entry

    def prepare(entry: Entry) -> Work:
        sent = {key: value for key, value in fields.items() if key not in _NOT_SENT}
        forwarded = {**sent, "model": entry.name, "voice": voice, "response_format": form}
        kind = f"audio/{'mpeg' if form == 'mp3' else form}"
        counted = {"x-usage-completion-audio-tokens": str(len(fields["input"]))}

        def make(reply: Reply | None) -> bytes:
            return reply.media if reply else silence(form)

        return media(entry, kind=kind, forwarded=forwarded, make=make, headers=counted)

    place = key_of(record.method, record.path, record.query, body, api=api)
    return serve(record, state, name=name, place=place, check=check, prepare=prepare)


def transcriptions(record: Recorded, state: State) -> Response:
    """Answer POST /v1/audio/transcriptions: how long the sound is, in every format."""
    api = state.api
    body = record.body if isinstance(record.body, dict) else {}
    fields = {key: value for key, value in body.items() if isinstance(value, str)}
    name = fields.get("model") or "whisper-large-v3"
    form = fields.get("response_format", "json")

    def check() -> Entry:
        _check_file(body.get("file"), api)
        wrong = schemas.complaints("transcriptions", fields, api=api, texts=True)
        for field, messages in wrong.items():
            raise errors.envelope(400, f"{field}: {messages[0]}", api=api)
        entry = model(name, ("audio",), api=api, endpoint="audio")
        if entry.inputs[0] != "audio":
            message = f'Model "{name}" speaks and cannot transcribe.'
            raise errors.envelope(400, message, api=api)
        return entry

    def prepare(entry: Entry) -> Work:
        upload = body["file"]
        seconds = Attachment("audio", upload.filename, upload.data).seconds
        forwarded = {**fields, "model": entry.name, "file": upload.filename}
        kind = _KINDS.get(form, "application/json")

        def make(reply: Reply | None) -> bytes:
            default = f"[sandbox] No model is connected. You sent {seconds:.1f} seconds of sound."
            text = str(reply.content) if reply else default
            return _transcript(text, seconds, form, fields.get("language")).encode()

        counted = {"x-usage-prompt-audio-seconds": f"{seconds:g}"}
        return media(entry, kind=kind, forwarded=forwarded, make=make, headers=counted)

    return serve(record, state, name=name, place=None, check=check, prepare=prepare)


def _check_file(upload: object, api: Api) -> None:
    if not isinstance(upload, Upload):
        raise errors.envelope(400, "Missing required field: file", api=api)
    if len(upload.data) > _LARGEST:
        raise errors.envelope(413, "Audio file is too large. Maximum is 25 MB.", api=api)
    if PurePath(upload.filename).suffix[1:].lower() not in _ENDINGS or not upload.data:
        message = f"Invalid file format. Supported formats: {', '.join(sorted(_ENDINGS))}"
        raise errors.envelope(400, message, api=api)


def _transcript(text: str, seconds: float, form: str, language: str | None) -> str:
    """The transcript in one of the formats; what has times has one segment."""
    segment = {"id": 0, "text": text, "start": 0, "end": seconds}
    timed: Json = {"text": text, "task": "transcribe", "duration": seconds}
    match form:
        case "text":
            return text
        case "srt" | "vtt":
            head, comma = ("", ",") if form == "srt" else ("WEBVTT\n\n", ".")
            return f"{head}1\n00:00:00{comma}000 --> {_clock(seconds, comma)}\n{text}\n"
        case "verbose_json":
            return dumps(timed | {"language": language or "unknown", "segments": [segment]})
        case "diarized_json":
            part = segment | {"id": "seg_0", "type": "transcript.text.segment", "speaker": "A"}
            usage = {"type": "duration", "seconds": math.ceil(seconds)}
            return dumps(timed | {"segments": [part], "usage": usage})
        case _:
            return dumps({"text": text})


def _clock(seconds: float, comma: str) -> str:
    return time.strftime(f"%H:%M:%S{comma}", time.gmtime(seconds)) + f"{seconds % 1:.3f}"[2:]
