"""Tool calls of past turns, repaired so that every provider takes them, each with one result.

Providers answer 400 or 500 to a history in which the arguments of a call are not a JSON object, a
call has no result, a result has no call, or an id is too long, has other characters or comes
twice. A thread that holds one of these would fail for ever, so that all of them are repaired:

- Arguments that are empty become `{}`. Others that are not an object travel as the text that the
  model wrote, under one key; a shorter repair would claim a call that was never made.
- A call without a result gets one that says so. To leave the call out would change what the model
  wrote, and could leave its turn empty.
- Results follow their calls directly, in the order of the calls. One without a call is sent in a
  message of the user: its call was trimmed or summarised away, and its text may be all that is
  left of it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from _pollinations.chat.message_blocks import as_json
from _pollinations.chat.reply import ToolCall
from _pollinations.chat.wire_parts import flattened
from _pollinations.http.json import dump, is_strict, parse_object
from _pollinations.http.values import first
from _pollinations.http.values import text as text_of

MALFORMED = "malformed_arguments"
NOT_ANSWERED = "This call was not answered."
NOT_RUN = "This call was not run: its arguments are not a JSON object."

_ID_LENGTH = 40  # OpenAI's limit; the gateway's own ids of Gemini's calls are longer
_NOT_IN_IDS = re.compile(r"[^a-zA-Z0-9_-]")  # Claude's rule
_ARGUMENTS = ("arguments", "args", "input", "tool_kwargs", "partial_json")

Turn = dict[str, Any]
"""A message in work: its `content` are parts, its `tool_calls` are `PastCall` objects."""


@dataclass(slots=True, eq=False)
class PastCall:
    """A tool call of a past turn.

    Attributes:
        given_id: The id as it was spelled, which its result names.
        name: The tool's name.
        arguments: JSON text of an object.
        valid: Whether the model wrote an object.
        extra: Keys of the call that are not OpenAI's, such as Gemini's signature.
        id: Unique in the request, and of a form that every provider takes.
        result: The turn that answers it, if there is one.
    """

    given_id: str | None
    name: str
    arguments: str
    valid: bool
    extra: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    result: Turn | None = None

    @property
    def wire(self) -> dict[str, Any]:
        """The call as the wire spells it."""
        return ToolCall(self.id, self.name, self.arguments, self.extra).wire

    def is_answered_by(self, result: Turn) -> bool:
        """Whether a result behind this call is its own; without ids the name decides."""
        result_id = result.get("tool_call_id")
        if result_id and self.given_id:
            return bool(result_id == self.given_id)
        return (result_id or result.get("name") or self.name) == self.name


def read_call(call: object) -> PastCall | None:
    """Read a tool call as any provider spells it: a dict, or an object of its SDK.

    Returns:
        The call, or None if there is no name in it.

    Example:
        >>> read_call({"type": "tool_use", "id": "t1", "name": "add", "input": {"a": 1}}).wire
        {'id': '', 'type': 'function', 'function': {'name': 'add', 'arguments': '{"a":1}'}}
    """
    if hasattr(call, "model_dump"):
        call = call.model_dump()
    if not isinstance(call, dict):
        return None
    inner = flattened(call, ("function", "toolUse", "functionCall", "function_call"))
    called = text_of(first(inner, ("name", "tool_name")))
    if called is None:
        return None
    is_wire = isinstance(call.get("function"), dict)
    extra = {n: v for n, v in call.items() if n not in ("index", "type") and v is not None}
    arguments, valid = object_text(first(inner, _ARGUMENTS))
    return PastCall(
        given_id=text_of(first(inner, ("call_id", "id", "toolUseId", "tool_call_id", "tool_id"))),
        name=called,
        arguments=arguments,
        valid=valid,
        extra=extra if is_wire else {},
    )


def object_text(arguments: object) -> tuple[str, bool]:
    r"""Write arguments as the JSON text of an object.

    Returns:
        The text, and whether they were an object.

    Example:
        >>> object_text('{"a": 1,')
        ('{"malformed_arguments":"{\\"a\\": 1,"}', False)
    """
    if not isinstance(arguments, str):
        if isinstance(arguments, Mapping) or not arguments:
            return _json(arguments or {}), True
        arguments = _json(arguments)
    if arguments.strip() in ("", "null"):
        return "{}", True
    try:
        value = parse_object(arguments)
    except ValueError:
        return _json({MALFORMED: arguments}), False
    return arguments if is_strict(arguments) else _json(value), True


def with_results(turns: Iterable[Turn]) -> list[Turn]:
    """Give each call an id of its own and its result, which is then no turn any more.

    A result belongs to a call of the last turn that has calls; else to the last call of its id.

    Args:
        turns: The conversation in order.

    Returns:
        The other turns.
    """
    others: list[Turn] = []
    ids: set[str] = set()
    last: list[PastCall] = []
    earlier: dict[str | None, PastCall] = {}
    for place, turn in enumerate(turns):
        if turn["role"] == "tool":
            call = next((call for call in last if call.is_answered_by(turn)), None)
            if call is None:
                call = earlier.pop(text_of(turn.get("tool_call_id")), None)
            else:
                last.remove(call)
            if call is not None:
                call.result = turn
                continue
        elif turn["tool_calls"]:
            earlier.update((call.given_id, call) for call in last if call.given_id)
            last = [*turn["tool_calls"]]
            for call in last:
                earlier.pop(call.given_id, None)
                call.id = _unique(call.given_id or f"call_{place}", ids)
        others.append(turn)
    return others


def _json(value: object) -> str:
    try:
        return dump(value).decode()
    except ValueError:
        return as_json(value)


def _unique(wanted: str, used: set[str]) -> str:
    start = unique = _NOT_IN_IDS.sub("_", wanted)[:_ID_LENGTH]
    number = 1
    while unique in used:
        number += 1
        end = f"_{number}"
        unique = start[: _ID_LENGTH - len(end)] + end
    used.add(unique)
    return unique
