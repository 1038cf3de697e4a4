"""The sandbox's model: a chat body becomes a whole answer, the same answer for the same body.

No word of it comes from a real model: what an answer holds was found in the request itself.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pollinations_sandbox.answer import Answer, ToolCall, Usage
from pollinations_sandbox.author import calling, measure, speaking, thinking
from pollinations_sandbox.author.acting import act
from pollinations_sandbox.author.chatting import talk
from pollinations_sandbox.author.citing import cited
from pollinations_sandbox.author.drawing import pictures
from pollinations_sandbox.author.forms import (
    filled,
    grounded,
    json_object,
    json_schema_of,
    known,
    prompted_json,
)
from pollinations_sandbox.author.judging import hints, verdict
from pollinations_sandbox.author.media import describe, look, words_of
from pollinations_sandbox.author.quoting import answer_from_context, passage, refine
from pollinations_sandbox.author.reading import Made, Reading, read
from pollinations_sandbox.author.rewriting import rewrite
from pollinations_sandbox.author.sources import cite
from pollinations_sandbox.author.tooling import Call, tools_of
from pollinations_sandbox.author.words import topic


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is to be said, before it is cut, counted and dressed."""

    text: str = ""
    calls: tuple[Call, ...] = ()


def write(body: Mapping[str, Any], *, model: str, api: str) -> Answer:
    """Answer a chat body as the named model would.

    Args:
        body: A checked body of `POST /v1/chat/completions`.
        model: The canonical short name, such as `openai` or `perplexity-fast`.
        api: The API version: `2026-01` or `2026-10`.

    Returns:
        The whole answer; nothing in it depends on a clock, on chance or on earlier calls.
    """
    reading = read(body)
    draft = _drafted(body, reading, model=model, api=api)
    return _dressed(body, reading, draft, model=model)


def _drafted(body: Mapping[str, Any], reading: Reading, *, model: str, api: str) -> _Draft:
    if not _loses_tools(body, model, api):
        tools = tools_of(body)
        forms_only = bool(tools) and all(tool.is_form for tool in tools)
        decided = calling.decide(
            grounded(_with_words(reading)) if forms_only else reading,
            tools,
            choice=body.get("tool_choice") or "auto",
            parallel=body.get("parallel_tool_calls") is not False,
            hints=known(reading) if forms_only else hints(reading),
        )
        if decided:
            return _Draft(calls=decided)
    return _Draft(_said(body, reading, model))


def _loses_tools(body: Mapping[str, Any], model: str, api: str) -> bool:
    """Later gateways drop a Gemini request's functions when it also wants JSON."""
    wants_json = str((body.get("response_format") or {}).get("type", "")).startswith("json")
    return model.startswith("gemini") and wants_json and api != "2026-01"


def _said(body: Mapping[str, Any], reading: Reading, model: str) -> str:
    schema = json_schema_of(body)
    if schema is not None:
        return filled(schema, _with_words(reading))
    if (body.get("response_format") or {}).get("type") == "json_object":
        return _fenced(json_object(_with_words(reading)), model)
    if pictures(body, reading.asked, model=model):
        return f"Here is the picture: {topic(reading.asked)}."
    seed = int(body.get("seed") or 0)
    acted = act(reading, lambda inner: _worded(inner, model, seed))
    return acted if acted is not None else _worded(reading, model, seed)


def _worded(reading: Reading, model: str, seed: int) -> str:
    told = tuple(made for made in reading.made if "to_agent" not in made.arguments)
    if told:
        return _reported(told)
    if reading.media:
        return _perceived(reading)
    judged = verdict(reading)
    if judged is not None:
        return judged
    in_json = prompted_json(reading)
    if in_json is not None:
        return _fenced(in_json, model)
    for skill in (rewrite, refine, cite, answer_from_context):
        said = skill(reading)
        if said is not None:
            return said
    return talk(reading, seed)


def _fenced(written: str, model: str) -> str:
    """Claude fences the JSON that it was merely asked for."""
    return f"```json\n{written}\n```" if model.startswith("claude") else written


def _reported(made: tuple[Made, ...]) -> str:
    """What the tools answered, in their own words."""
    told = []
    for call in made:
        facts = [call.result or "", *(f"I received {describe(look(part))}." for part in call.media)]
        said = " ".join(filter(None, facts)) or "nothing"
        told.append(f" {said}" if len(made) == 1 else f"\n- {call.name}: {said}")
    return f"Here is what I found:{''.join(told)}"


def _perceived(reading: Reading) -> str:
    """What came with the request, and what it says to the question, as far as it has words."""
    words = words_of(reading.media)
    told = answer_from_context(reading)
    if words and told is None:
        told = rewrite(replace(reading, asked=f"{reading.asked}\n\ntext:\n{words}"))
        told = told or passage(reading.asked, words)
    seen = [look(part) for part in reading.media]
    if told:
        seen = [replace(one, text="") for one in seen]
    return f"I received {'; '.join(map(describe, seen))}. {told or ''}".strip()


def _with_words(reading: Reading) -> Reading:
    """The request with the words that came beside it in pictures, sound and files."""
    words = words_of(reading.media)
    return replace(reading, asked=f"{reading.asked}\n{words}") if words else reading


# Dress ----------------------------------------------------------------------------------------


def _dressed(body: Mapping[str, Any], reading: Reading, draft: _Draft, *, model: str) -> Answer:
    thought = thinking.thoughts(body, reading.asked, model=model)
    text, finish = _cut(body, draft.text)
    if draft.calls:
        finish = "tool_calls"
    prompt, sound = measure.prompt_tokens(body)
    calls = tuple(_tool_call(call, at, model, body) for at, call in enumerate(draft.calls))
    spent = measure.tokens(text) + sum(measure.tokens(call.name + call.arguments) for call in calls)
    answer = Answer(
        text=text,
        usage=Usage(
            prompt=prompt,
            completion=max(1, spent) + measure.tokens(thought),
            cached=measure.cached_tokens(body, prompt - sound),
            cache_written=measure.cache_written_tokens(body, prompt - sound),
            prompt_audio=sound,
            reasoning=measure.tokens(thought),
        ),
        reasoning=thought if thinking.shows_thoughts(model) else "",
        signature=thinking.signature(thought) if model.startswith("claude") else "",
        tool_calls=calls,
        images=() if calls else pictures(body, reading.asked, model=model),
        finish_reason=finish,
        logprobs=measure.logprobs(text, body.get("top_logprobs") or 0)
        if body.get("logprobs")
        else None,
    )
    return _spoken(body, cited(_aloud(answer, model), reading.asked, model=model))


def _aloud(answer: Answer, model: str) -> Answer:
    """Perplexity's thinker thinks inside its text."""
    if not model.startswith("perplexity") or not answer.reasoning:
        return answer
    return replace(
        answer, text=f"<think>\n{answer.reasoning}\n</think>\n\n{answer.text}", reasoning=""
    )


def _spoken(body: Mapping[str, Any], answer: Answer) -> Answer:
    if not speaking.wants_speech(body) or answer.tool_calls:
        return answer
    audio = speaking.speak(answer.text, body["audio"])
    sound = max(1, round(speaking.seconds(answer.text) * 20))
    usage = replace(
        answer.usage, completion=answer.usage.completion + sound, completion_audio=sound
    )
    return replace(answer, text="", audio=audio, usage=usage)


def _cut(body: Mapping[str, Any], text: str) -> tuple[str, str]:
    """The text up to the first stop sequence, or up to the limit of tokens."""
    stops = body.get("stop") or ()
    for stop in [stops] if isinstance(stops, str) else stops:
        text = text.partition(stop)[0] if stop else text
    most = body.get("max_tokens") or body.get("max_completion_tokens")
    if most and measure.tokens(text) > most:
        return "".join(measure.pieces(text)[:most]), "length"
    return text, "stop"


def _tool_call(call: Call, at: int, model: str, body: Mapping[str, Any]) -> ToolCall:
    arguments = calling.written(call)
    seed = json.dumps([call.name, arguments, at, len(body.get("messages") or ())])
    digest = hashlib.sha256(seed.encode()).hexdigest()
    extra = {"thought_signature": thinking.signature(seed)} if model.startswith("gemini") else {}
    return ToolCall(f"call_{digest[:24]}", call.name, arguments, extra)
