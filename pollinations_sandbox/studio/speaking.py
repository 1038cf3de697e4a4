"""GET /audio/{text} and POST /v1/audio/speech: a text, a voice, a format."""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Final
from urllib.parse import unquote

from pollinations_sandbox import errors
from pollinations_sandbox.cache import key_of
from pollinations_sandbox.catalog import VOICES, entries
from pollinations_sandbox.errors import Era
from pollinations_sandbox.reply import Reply
from pollinations_sandbox.shapes import Check, boolean, number, one_of, optional, string
from pollinations_sandbox.state import Recorded, State
from pollinations_sandbox.studio import desk
from pollinations_sandbox.studio.asking import check_safe
from pollinations_sandbox.studio.sounds import TYPES, sound
from pollinations_sandbox.studio.values import checked_body, checked_query, coercing, sized

_ROOT: Final = "/audio/"
_MAX_SEED: Final = 4294967295
_LONGEST: Final[Mapping[Era, int]] = {"A": 4096, "D": 10_000}
_CUSTOM: Final = 8  # a voice of one's own has a longer id than a preset has a name
_ELEVEN: Final = (
    "rachel domi bella elli charlotte dorothy sarah emily lily matilda adam antoni arnold josh sam "
    "daniel charlie james fin callum liam george brian bill"
)
PRESETS: Final = (*VOICES, *_ELEVEN.split())
_DEFAULT: Final[Mapping[Era, str]] = {"A": "tts-1", "D": "elevenlabs"}
_FORMAT: Final = one_of(*TYPES)
_SWITCH: Final = one_of("true", "false")
_QUERY: Final[Mapping[Era, Mapping[str, Check]]] = {
    "A": {
        "voice": one_of(*PRESETS),
        "response_format": _FORMAT,
        "duration": coercing(3, 300),
        "instrumental": _SWITCH,
    },
    "D": {
        "voice": sized(1, _LONGEST["D"]),
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
_BODY: Final[Mapping[Era, Mapping[str, Check]]] = {
    "A": {
        **_COMMON,
        "input": sized(1, _LONGEST["A"]),
        "voice": optional(one_of(*PRESETS)),
        "duration": optional(number(3, 300)),
    },
    "D": {
        **_COMMON,
        "input": sized(1, _LONGEST["D"]),
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


def spoken(record: Recorded, state: State) -> Reply:
    """Answer GET /audio/{text}."""
    era, query = state.era, record.query
    asked = query.get("model") or _DEFAULT[era]

    def plan() -> desk.Work:
        text = unquote(record.raw_path.removeprefix(_ROOT))
        if not text:
            raise errors.no_route(era=era)
        if era == "A":
            checked_query({"model": asked} | query, {**_QUERY[era], "model": _january()}, era=era)
        else:
            checked_query(query, _QUERY[era], era=era)
            check_safe(query.get("safe") or record.headers.get("pollinations-safe", ""))
        if len(text) > _LONGEST[era]:
            said = f"Input text too long: {len(text)} characters. Maximum is {_LONGEST[era]}."
            raise errors.envelope(400, said, era=era)
        return _work({**query, "input": text}, asked, era=era)

    place = key_of("GET", record.path, query, None, era=era)
    return desk.serve(record, state, asked=asked, plan=plan, place=place)


def speech(record: Recorded, state: State) -> Reply:
    """Answer POST /v1/audio/speech."""
    era = state.era
    body = desk.json_of(record, era=era)
    asked = str(body.get("model") or _DEFAULT[era])

    def plan() -> desk.Work:
        fields = _BODY[era]
        if era == "A":
            fields = {**fields, "model": optional(_january())}
        checked_body(body, fields, era=era)
        if era == "D":
            check_safe(body.get("safe") or record.headers.get("pollinations-safe", ""))
        return _work(body, asked, era=era)

    place = key_of("POST", record.path, record.query, body, era=era)
    return desk.serve(record, state, asked=asked, plan=plan, place=place)


def _work(wanted: Mapping[str, Any], asked: str, *, era: Era) -> desk.Work:
    """Speak, or refuse a voice that nobody has."""
    entry = desk.model(asked, ("audio",), era=era, endpoint="audio")
    if entry.inputs[0] == "audio":
        raise errors.envelope(400, f'Model "{asked}" transcribes and cannot speak.', era=era)
    voice = wanted.get("voice") or "alloy"
    if voice not in PRESETS and len(voice) < _CUSTOM:
        said = f"Invalid voice: {voice}. Use a preset name or valid ElevenLabs voice ID."
        raise errors.envelope(400, said, era=era)
    text, form = wanted["input"], wanted.get("response_format") or "mp3"
    ignored = {"key", "no-cache", "safe"}
    known = {name: value for name, value in wanted.items() if name not in ignored}
    return desk.Work(
        entry,
        TYPES[form],
        {**known, "model": entry.name, "voice": voice, "response_format": form},
        partial(sound, text, voice=voice, form=form),
        {"x-usage-completion-audio-tokens": str(len(text))},
    )


@cache
def _january() -> Check:
    able = [e for e in entries("A") if e.kind == "audio" and e.inputs[0] == "text"]
    return one_of(*(name for entry in able for name in dict.fromkeys(entry.names)))
