"""Strange but real spellings of the same answer: chunks become other chunks, framing untouched."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Final

from pollinations_sandbox.spell import Json

Oddity = Callable[[list[Json]], list[Json]]


def _each(change: Callable[[Json], None]) -> Oddity:
    """An oddity that changes every delta (or message) on its own."""

    def odd(chunks: list[Json]) -> list[Json]:
        changed = deepcopy(chunks)
        for said in _said(changed):
            change(said)
        return changed

    return odd


def _said(chunks: Iterable[Json]) -> Iterator[Json]:
    for choice in _choices(chunks):
        yield choice["delta"] if "delta" in choice else choice["message"]


def _choices(chunks: Iterable[Json]) -> Iterator[Json]:
    for chunk in chunks:
        yield from chunk["choices"]


def _calls(said: Json) -> list[Json]:
    calls: list[Json] = said.get("tool_calls") or []
    return calls


def _no_index(said: Json) -> None:
    for call in _calls(said):
        call.pop("index", None)


def _no_ids(said: Json) -> None:
    for call in _calls(said):
        call.pop("id", None)


def _arguments_object(said: Json) -> None:
    for call in _calls(said):
        call["function"]["arguments"] = json.loads(call["function"]["arguments"] or "{}")


def _null_holes(chunks: list[Json]) -> list[Json]:
    changed = deepcopy(chunks)
    for said in _said(changed):
        if "tool_calls" in said:
            said["tool_calls"] = [None, *said["tool_calls"], None]
        else:
            said["tool_calls"] = None
    for chunk in changed:
        if chunk["choices"]:
            chunk["choices"].append(None)
    return changed


def _same_index(chunks: list[Json]) -> list[Json]:
    """Whole calls, one a chunk, all with index 0 and told apart by their ids."""
    return _with_calls(
        chunks,
        lambda calls: [
            [{**call, "index": 0} for call in calls[at : at + 1]] for at in range(len(calls))
        ],
    )


def _one_delta(chunks: list[Json]) -> list[Json]:
    """Every call, whole, in a single delta."""
    return _with_calls(chunks, lambda calls: [calls] if calls else [])


def _whole_arguments_object(chunks: list[Json]) -> list[Json]:
    """Calls whose arguments are an object where a string should be."""
    return _each(_arguments_object)(_with_calls(chunks, lambda calls: [[call] for call in calls]))


def _with_calls(chunks: list[Json], spell: Callable[[list[Json]], list[list[Json]]]) -> list[Json]:
    """The chunks with their calls put together and spelled anew, one list a chunk."""
    if any("message" in choice for choice in _choices(chunks)):
        return chunks
    calls: dict[int, Json] = {}
    rest: list[Json] = []
    template: Json | None = None
    place = 0
    for chunk in deepcopy(chunks):
        delta = chunk["choices"][0]["delta"] if chunk["choices"] else {}
        for call in _calls(delta):
            known = calls.setdefault(call["index"], call)
            if known is not call:
                known["function"]["arguments"] += call["function"]["arguments"]
            template, place = template or chunk, place or len(rest)
        if not _calls(delta):
            rest.append(chunk)
    if template is None:
        return rest
    made = []
    for group in spell(list(calls.values())):
        fresh = deepcopy(template)
        fresh["choices"][0]["delta"] = {"tool_calls": group}
        made.append(fresh)
    return [*rest[:place], *made, *rest[place:]]


def _usage_twice(chunks: list[Json]) -> list[Json]:
    """The usage in the finish chunk and again in a chunk of its own."""
    changed = deepcopy(chunks)
    counts = next((chunk["usage"] for chunk in changed if chunk.get("usage")), None)
    for chunk in changed:
        if any(choice.get("finish_reason") for choice in chunk["choices"]):
            chunk["usage"] = counts
    return changed


def _all_reasoning(said: Json) -> None:
    """The same thought in all three places where providers put it."""
    thought = said.get("reasoning_content")
    if thought:
        said["reasoning"] = thought
        said["content_blocks"] = [{"index": 0, "delta": {"thinking": thought}}]


def _error_choice(chunks: list[Json]) -> list[Json]:
    """Half the answer, then a choice that says `error`; a body is that choice and nothing else."""
    error = {"message": "Provider returned error", "code": 502}
    return _failed(chunks, {"index": 0, "finish_reason": "error", "error": error}, {})


def _error_type(chunks: list[Json]) -> list[Json]:
    """Half the answer, then a finish reason that is an error's type, without an index."""
    *half, last = _failed(chunks, {"finish_reason": "overloaded_error"}, {"content": ""})
    return [*half, {**last, "model": ""}]


def _failed(chunks: list[Json], choice: Json, said: Json) -> list[Json]:
    last = deepcopy(next(chunk for chunk in chunks if chunk["choices"]))
    key = "message" if "message" in last["choices"][0] else "delta"
    last["choices"] = [{**choice, key: said}]
    return [*deepcopy(chunks[: len(chunks) // 2]), last]


ODDITIES: Final[Mapping[str, Oddity]] = {
    "null-holes": _null_holes,
    "no-index": _each(_no_index),
    "no-ids": _each(_no_ids),
    "same-index-new-id": _same_index,
    "several-calls-one-delta": _one_delta,
    "arguments-object": _whole_arguments_object,
    "usage-twice": _usage_twice,
    "all-reasoning-spellings": _each(_all_reasoning),
    "error-choice": _error_choice,
    "error-type-finish": _error_type,
}
