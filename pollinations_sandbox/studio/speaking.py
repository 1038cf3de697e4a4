"""GET /audio/{text} and POST /v1/audio/speech: a text, a voice, a format."""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Final
from urllib.parse import unquote

from pollinations_sandbox import errors
from pollinations_sandbox.cache import key_of
from pollinations_sandbox.catalog import VOICES, entries
from pollinations_sandbox.errors import Api
from pollinations_sandbox.response import Response
from pollinations_sandbox.shapes import Check, boolean, number, one_of, optional, string
from pollinations_sandbox.state import Recorded, State
from pollinations_sandbox.studio import desk
from pollinations_sandbox.studio.asking import check_safe
from pollinations_sandbox.studio.sounds import TYPES, silence
from pollinations_sandbox.studio.values import checked_body, checked_query, coercing, sized

_ROOT: Final = "/audio/"
_MAX_SEED: Final = 4294967295
_LONGEST: Final[Mapping[Api, int]] = {"2026-01": 4096, "2026-10": 10_000}
_CUSTOM: Final = 8  # a voice of one's own has a longer id than a preset has a name
_ELEVEN: Final = (
    "rachel domi bella elli charlotte dorothy sarah emily lily matilda adam antoni arnold josh sam "
    "daniel charlie james fin callum liam george brian bill"
)
PRESETS: Final = (*VOICES, *_ELEVEN.split())
_DEFAULT: Final[Mapping[Api, str]] = {"2026-01": "tts-1", "2026-10": "elevenlabs"}
_FORMAT: Final = one_of(*TYPES)
_SWITCH: Final = one_of("true", "false")
_QUERY: Final[Mapping[Api, Mapping[str, Check]]] = {
    "2026-01": {
        "voice": one_of(*PRESETS),
        "response_format": _FORMAT,
        "duration": coercing(3, 300),
        "instrumental": _SWITCH,
    },
    "2026-10": {
        "voice": sized(1, _LONGEST["2026-10"]),
        "response_format": _FORMAT,
        "duration": coercing(0.5, 300),
        "seconds": coercing(1, 380),
        "steps": coercing(1, 100, whole=True),
        "prompt_influence": coercing(0, 1),
        "instrumental": _SWITCH,
        "loop": _SWITCH,
        "seed": coercing(-1, _MAX_SEED, whole=True),
    },
}
_COMMON: Final[Mapping[str, Check]] = {
    "response_format": optional(_FORMAT),
    "speed": optional(number(0.25, 4)),
    "instrumental": optional(boolean),
}
_BODY: Final[Mapping[Api, Mapping[str, Check]]] = {
    "2026-01": {
        **_COMMON,
        "input": sized(1, _LONGEST["2026-01"]),
        "voice": optional(one_of(*PRESETS)),
        "duration": optional(number(3, 300)),
    },
    "2026-10": {
        **_COMMON,
        "input": sized(1, _LONGEST["2026-10"]),
        "model": optional(string),
        "voice": optional(string),
        "duration": optional(number(0.5, 300)),
        "seconds": optional(number(1, 380)),
        "steps": optional(number(1, 100, whole=True)),
        "negative_prompt": optional(sized(0, 10_000)),
        "prompt_influence": optional(number(0, 1)),
        "loop": optional(boolean),
        "store_for_inpainting": optional(boolean),
        "reference_audio": optional(string),
        "instructions": optional(string),
        "seed": optional(number(0, _MAX_SEED, whole=True)),
    },
}


def spoken(record: Recorded, state: State) -> Response:
    """Answer GET /audio/{text}."""
    api, query = state.api, record.query
    asked = query.get("model") or _DEFAULT[api]

    def plan() -> desk.Work:
        text = unquote(record.raw_path.removeprefix(_ROOT))
        if not text:
            raise errors.no_route(api=api)
        if api == "2026-01":
            checked_query({"model": asked} | query, {**_QUERY[api], "model": _january()}, api=api)
        else:
            checked_query(query, _QUERY[api], api=api)
            check_safe(query.get("safe") or record.headers.get("pollinations-safe", ""))
        if len(text) > _LONGEST[api]:
            said = f"Input text too long: {len(text)} characters. Maximum is {_LONGEST[api]}."
            raise errors.envelope(400, said, api=api)
        return _work({**query, "input": text}, asked, api=api)

    place = key_of("GET", record.path, query, None, api=api)
    return desk.serve(record, state, asked=asked, plan=plan, place=place)


def speech(record: Recorded, state: State) -> Response:
    """Answer POST /v1/audio/speech."""
    api = state.api
    body = desk.json_of(record, api=api)
    asked = str(body.get("model") or _DEFAULT[api])

    def plan() -> desk.Work:
        fields = _BODY[api]
        if api == "2026-01":
            fields = {**fields, "model": optional(_january())}
        checked_body(body, fields, api=api)
        if api == "2026-10":
            check_safe(body.get("safe") or record.headers.get("pollinations-safe", ""))
        return _work(body, asked, api=api)

    place = key_of("POST", record.path, record.query, body, api=api)
    return desk.serve(record, state, asked=asked, plan=plan, place=place)


def _work(wanted: Mapping[str, Any], asked: str, *, api: Api) -> desk.Work:
    """Speak, or refuse a voice that nobody has."""
    entry = desk.model(asked, ("audio",), api=api, endpoint="audio")
    if entry.inputs[0] == "audio":
        raise errors.envelope(400, f'Model "{asked}" transcribes and cannot speak.', api=api)
    voice = wanted.get("voice") or "alloy"
    if voice not in PRESETS and len(voice) < _CUSTOM:
        said = f"Invalid voice: {voice}. Use a preset name or valid ElevenLabs voice ID."
        raise errors.envelope(400, said, api=api)
    text, form = wanted["input"], wanted.get("response_format") or "mp3"
    ignored = {"key", "no-cache", "safe"}
    known = {name: value for name, value in wanted.items() if name not in ignored}
    return desk.Work(
        entry,
        TYPES[form],
        {**known, "model": entry.name, "voice": voice, "response_format": form},
        partial(silence, form),
        {"x-usage-completion-audio-tokens": str(len(text))},
    )


@cache
def _january() -> Check:
    able = [e for e in entries("2026-01") if e.kind == "audio" and e.inputs[0] == "text"]
    return one_of(*(name for entry in able for name in dict.fromkeys(entry.names)))
