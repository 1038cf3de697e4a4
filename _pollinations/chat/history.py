"""Tool calls of past turns, made so that every provider takes them, each with one result.

Providers answer 400 or 500 to a history in which the arguments of a call are not a JSON object, a
call has no result, a result has no call, or an id is too long, has other characters or comes
twice. A thread that holds one of these would fail for ever, so that all of them are mended:

- Arguments that are empty become `{}`. Others that are not an object travel as the text that the
  model wrote, under one key; a shorter repair would claim a call that was never made.
- A call without a result gets one that says so. To leave the call out would change what the model
  wrote, and could leave its turn empty.
- Results follow their calls directly. One without a call is sent in a message of the user: its
  call was trimmed or summarised away, and its text may be all that is left of it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
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

    def is_answered_by(self, result: Mapping[str, Any]) -> bool:
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
        self._called: defaultdict[str | None, list[int]] = defaultdict(list)
        self._answered: defaultdict[str, list[int]] = defaultdict(list)
        for place, turn in enumerate(turns):
            for call in turn["tool_calls"]:
                self._called[call.given_id].append(place)
            if turn["role"] == "tool" and text_of(turn.get("tool_call_id")):
                self._answered[turn["tool_call_id"]].append(place)

    def is_taken(self, place: int) -> bool:
        """Whether the result at a place was given out already."""
        return place in self._taken

    def results(self, place: int) -> list[tuple[PastCall, Mapping[str, Any] | None]]:
        """Give the calls of a turn their ids, and find their results.

        Returns:
            Each call with its result, in the order of the results; calls without one come last.
        """
        waiting: list[PastCall] = list(self._turns[place]["tool_calls"])
        for call in waiting:
            call.id = self._unique(call.given_id or f"call_{place}")
        found: list[tuple[int, PastCall]] = []

        def take(call: PastCall, result: int) -> None:
            found.append((result, call))
            waiting.remove(call)
            self._taken.add(result)

        for later in self._behind(place) if waiting else ():
            turn = self._turns[later]
            answered = next((call for call in waiting if call.is_answered_by(turn)), None)
            if answered is not None:
                take(answered, later)
        for call in tuple(waiting):
            result = self._far_result(call, place)
            if result is not None:
                take(call, result)
        ordered = sorted(found, key=lambda one: one[0])
        return [(call, self._turns[result]) for result, call in ordered] + [
            (call, None) for call in waiting
        ]

    def _behind(self, place: int) -> Iterator[int]:
        """The results up to the next turn with calls."""
        for later in range(place + 1, len(self._turns)):
            if self._turns[later]["tool_calls"]:
                return
            if self._turns[later]["role"] in ("tool", "function") and later not in self._taken:
                yield later

    def _far_result(self, call: PastCall, place: int) -> int | None:
        """A result behind other calls, unless one of them has the same id."""
        again = (later for later in self._called[call.given_id] if later > place)
        end = next(again, len(self._turns))
        results = self._answered[call.given_id] if call.given_id else ()
        return next((r for r in results if place < r < end and r not in self._taken), None)

    def _unique(self, given: str) -> str:
        made = fit = _NOT_IN_IDS.sub("_", given)[:_ID_LENGTH]
        number = 1
        while made in self._ids:
            number += 1
            end = f"_{number}"
            made = fit[: _ID_LENGTH - len(end)] + end
        self._ids.add(made)
        return made
