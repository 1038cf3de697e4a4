"""POST /v1/audio/transcriptions: how long the sound is, in every format of the gateway."""

import math
from collections.abc import Mapping
from typing import Any, Final

from pollinations_sandbox import errors
from pollinations_sandbox.errors import Api
from pollinations_sandbox.replier.media import Attachment
from pollinations_sandbox.replier.words import sentences
from pollinations_sandbox.response import Response
from pollinations_sandbox.shapes import Check, one_of
from pollinations_sandbox.state import Recorded, State
from pollinations_sandbox.studio import desk
from pollinations_sandbox.studio.forms import Upload
from pollinations_sandbox.studio.values import coercing

_DEFAULT: Final = "whisper-large-v3"
_LARGEST: Final = 25 * 1024 * 1024
_ENDINGS: Final = frozenset({"mp3", "mp4", "mpeg", "mpga", "m4a", "wav", "webm"})
_FORMATS: Final = ("json", "text", "srt", "verbose_json", "vtt")
_FIELDS: Final[Mapping[Api, Mapping[str, Check]]] = {
    "2026-01": {"response_format": one_of(*_FORMATS), "temperature": coercing(0, 1)},
    "2026-10": {
        "response_format": one_of(*_FORMATS, "diarized_json"),
        "temperature": coercing(0, 1),
        "speakers_expected": coercing(1, 32, whole=True),
    },
}
_KINDS: Final = {
    "text": "text/plain; charset=utf-8",
    "srt": "text/plain; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}
_JSON: Final = "application/json"


def transcriptions(record: Recorded, state: State) -> Response:
    """Answer POST /v1/audio/transcriptions."""
    api = state.api
    form = record.body if isinstance(record.body, dict) else {}
    asked = str(form.get("model") or _DEFAULT)

    def plan() -> desk.Work:
        upload = _file(form, api=api)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        _check(fields, api=api)
        entry = desk.model(asked, ("audio",), api=api, endpoint="audio")
        if entry.inputs[0] != "audio":
            raise errors.envelope(400, f'Model "{asked}" speaks and cannot transcribe.', api=api)
        seconds = Attachment("audio", _ending(upload), upload.data).seconds
        text = f"[sandbox] No model is connected. You sent {seconds:.1f} seconds of sound."
        form_asked = fields.get("response_format", "json")
        return desk.Work(
            entry,
            _KINDS.get(form_asked, _JSON),
            {**fields, "model": entry.name, "file": upload.filename},
            lambda: _spelled(text, seconds, form_asked, fields.get("language")),
            {"x-usage-prompt-audio-seconds": f"{seconds:g}"},
        )

    return desk.serve(record, state, asked=asked, plan=plan)


def _check(fields: Mapping[str, str], *, api: Api) -> None:
    """Let the other fields pass; what is wrong is said in the message alone."""
    for name, check in _FIELDS[api].items():
        said = check(fields[name]) if name in fields else []
        if said:
            raise errors.envelope(400, f"{name}: {said[0]}", api=api)


def _file(form: Mapping[str, Any], *, api: Api) -> Upload:
    upload = form.get("file")
    if not isinstance(upload, Upload):
        raise errors.envelope(400, "Missing required field: file", api=api)
    if len(upload.data) > _LARGEST:
        raise errors.envelope(413, "Audio file is too large. Maximum is 25 MB.", api=api)
    if _ending(upload) not in _ENDINGS or not upload.data:
        said = f"Invalid file format. Supported formats: {', '.join(sorted(_ENDINGS))}"
        raise errors.envelope(400, said, api=api)
    return upload


def _ending(upload: Upload) -> str:
    return upload.filename.rpartition(".")[2].lower()


def _spelled(text: str, seconds: float, form: str, language: str | None) -> bytes:
    """The transcript in one of the formats."""
    match form:
        case "text":
            return text.encode()
        case "srt" | "vtt":
            return _subtitles(text, seconds, form).encode()
        case "verbose_json":
            value = {
                "task": "transcribe",
                "language": language or "unknown",
                "duration": seconds,
                "text": text,
                "words": _timed(text.split(), seconds, "word"),
                "segments": [
                    {"id": number, **segment}
                    for number, segment in enumerate(_timed(sentences(text), seconds, "text"))
                ],
            }
        case "diarized_json":
            segments = [
                {
                    "type": "transcript.text.segment",
                    "id": f"seg_{number:03}",
                    "speaker": "A",
                    **segment,
                }
                for number, segment in enumerate(_timed(sentences(text), seconds, "text"), 1)
            ]
            value = {
                "task": "transcribe",
                "duration": seconds,
                "text": text,
                "segments": segments,
                "usage": {"type": "duration", "seconds": math.ceil(seconds)},
            }
        case _:
            value = {"text": text}
    return desk.as_json(value)


def _timed(pieces: list[str], seconds: float, name: str) -> list[dict[str, Any]]:
    """The pieces in a row; each takes as long as its words."""
    counts = [len(piece.split()) or 1 for piece in pieces]
    each = seconds / sum(counts) if counts else 0
    timed, begun = [], 0
    for piece, count in zip(pieces, counts, strict=True):
        start, begun = begun, begun + count
        timed.append({name: piece, "start": round(start * each, 3), "end": round(begun * each, 3)})
    return timed


def _subtitles(text: str, seconds: float, form: str) -> str:
    comma = "," if form == "srt" else "."
    blocks = []
    for number, line in enumerate(_timed(sentences(text), seconds, "text"), 1):
        start, end = (_clock(line[name], comma) for name in ("start", "end"))
        blocks.append(f"{number}\n{start} --> {end}\n{line['text']}\n")
    return "\n".join(["WEBVTT\n", *blocks] if form == "vtt" else blocks)


def _clock(seconds: float, comma: str) -> str:
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{comma}{rest % 1000:03}"
