"""Tool calls of past turns, made so that every provider takes them, each with one result.

Providers answer 400 or 500 to a history in which the arguments of a call are not a JSON object, a
call has no result, a result has no call, or an id is too long, has other characters or comes
twice. A thread that holds one of these would fail for ever, so that all of them are mended:

- Arguments that are empty become `{}`. Others that are not an object travel as the text that the
  model wrote, under one key; a shorter repair would claim a call that was never made.
- A call without a result gets one that says so. To leave the call out would change what the model
  wrote, and could leave its turn empty.
- Results follow their calls directly. One without a call is told in a message of the user: its
  call was trimmed or summarised away, and its text may be all that is left of it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from _pollinations.chat.blocks import as_json
from _pollinations.http.json import dump, is_strict, parse_object
from _pollinations.http.values import first, mapping
from _pollinations.http.values import text as text_of

MALFORMED = "malformed_arguments"
NOT_ANSWERED = "This call was not answered."
NOT_RUN = "This call was not run: its arguments are not a JSON object."

_ID_LENGTH = 40  # OpenAI's limit; the gateway's own ids of Gemini's calls are longer
_NOT_IN_IDS = re.compile(r"[^a-zA-Z0-9_-]")  # Claude's rule
_INNER = ("function", "toolUse", "functionCall", "function_call")
_ARGUMENTS = ("arguments", "args", "input", "tool_kwargs", "partial_json")


@dataclass(slots=True)
class PastCall:
    """A tool call of a past turn.

    Attributes:
        given_id: The id as it was spelled, which its result names.
        name: The tool's name.
        arguments: JSON text of an object.
        valid: Whether the model wrote an object.
        extra: Keys of the call that are not OpenAI's, such as Gemini's signature.
        id: Unique in the request, and of a form that every provider takes.
    """

    given_id: str | None
    name: str
    arguments: str
    valid: bool
    extra: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""

    @property
    def wire(self) -> dict[str, Any]:
        """The call as the wire spells it."""
        function = {"name": self.name, "arguments": self.arguments}
        return {
            **self.extra,
            "id": self.id,
            "type": "function",
            "function": {**mapping(self.extra.get("function")), **function},
        }

    def is_answered_by(self, result: Mapping[str, Any], *, next_to_it: bool) -> bool:
        """Whether a result is of this call; without ids, place and name decide."""
        result_id, name = result.get("tool_call_id"), result.get("name")
        if result_id and self.given_id:
            return bool(result_id == self.given_id)
        return next_to_it and (result_id or name or self.name) == self.name


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
    inner = call
    for name in _INNER:
        inner = {**inner, **mapping(call.get(name))}
    called = text_of(first(inner, ("name", "tool_name")))
    if called is None:
        return None
    shaped = mapping(call.get("function"))  # as the wire spells it
    arguments, valid = object_text(first(inner, _ARGUMENTS))
    return PastCall(
        given_id=text_of(first(inner, ("call_id", "id", "toolUseId", "tool_call_id", "tool_id"))),
        name=called,
        arguments=arguments,
        valid=valid,
        extra={k: v for k, v in call.items() if shaped and k != "index" and v is not None},
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


def _json(value: object) -> str:
    try:
        return dump(value).decode()
    except ValueError:
        return as_json(value)


class History:
    """Gives each call of a conversation its id and its result.

    Args:
        turns: The messages in order; those of assistants hold `PastCall` objects as `tool_calls`.
    """

    def __init__(self, turns: Sequence[Mapping[str, Any]]) -> None:
        self._turns = turns
        self._ids: set[str] = set()
        self._taken: set[int] = set()

    def is_taken(self, place: int) -> bool:
        """Whether the result at a place was given out already."""
        return place in self._taken

    def results(self, place: int) -> list[tuple[PastCall, Mapping[str, Any] | None]]:
        """Give the calls of a turn their ids, and find their results.

        Returns:
            Each call with its result, in the order of the results; calls without one come last.
        """
        calls: list[PastCall] = self._turns[place]["tool_calls"]
        for call in calls:
            call.id = self._unique(call.given_id or f"call_{place}")
        found: list[tuple[PastCall, Mapping[str, Any] | None]] = []
        waiting, next_to_it = list(calls), True
        for later in range(place + 1, len(self._turns)):
            turn = self._turns[later]
            if turn.get("tool_calls"):
                next_to_it = False
                again = {call.given_id for call in turn["tool_calls"]}
                waiting = [call for call in waiting if call.given_id not in again]
            elif turn["role"] in ("tool", "function") and later not in self._taken:
                for call in waiting:
                    if call.is_answered_by(turn, next_to_it=next_to_it):
                        found.append((call, turn))
                        waiting.remove(call)
                        self._taken.add(later)
                        break
        answered = {id(call) for call, _ in found}
        return found + [(call, None) for call in calls if id(call) not in answered]

    def _unique(self, given: str) -> str:
        made = fit = _NOT_IN_IDS.sub("_", given)[:_ID_LENGTH]
        number = 1
        while made in self._ids:
            number += 1
            end = f"_{number}"
            made = fit[: _ID_LENGTH - len(end)] + end
        self._ids.add(made)
        return made
