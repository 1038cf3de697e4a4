"""Streams and bodies in shapes that real providers send, and what each framework must read."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Odd:
    """Events of a stream; the last one ends it.

    Attributes:
        events: As they come; without `choices` they are the delta of one.
        text: What is read.
        calls: Names and arguments of the tools that are called.
        cached: Tokens that came from the provider's cache.
    """

    events: list[Json]
    text: str = ""
    calls: tuple[tuple[str, Json], ...] = ()
    cached: int | None = None

    @property
    def stream(self) -> list[Json]:
        """The events and the end."""
        deltas = [e if "choices" in e else {"choices": [{"delta": e}]} for e in self.events]
        return [*deltas, {"choices": [{"delta": {}, "finish_reason": "stop"}]}]


def call(name: str | None, arguments: str, **more: Any) -> Json:
    function = {"name": name, "arguments": arguments}
    return {"tool_calls": [{**more, "function": function if name else {"arguments": arguments}}]}


TWO = (("add", {"a": 1}), ("mul", {"b": 2}))
TEXT = {"type": "text", "text": "b"}
USAGE = {"prompt_tokens": 9, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 6}}
TRAILER = {"cost_usd": "0.0001", "prompt_tokens_details": {"cached_tokens": 0}}

ODD_ANSWERS: dict[str, Odd] = {
    "one id for two calls": Odd(
        [
            call("add", '{"a": 1}', index=0, id="call_0"),
            call("mul", "", index=1, id="call_0"),
            call(None, '{"b": 2}', index=1, id="call_0"),
        ],
        calls=TWO,
    ),
    "an id for each piece": Odd(
        [
            call("add", "", index=0, id="x"),
            call(None, '{"a": 1}', index=0, id="y"),
            call("mul", '{"b": 2}', index=1, id="z"),
        ],
        calls=TWO,
    ),
    "a deprecated function_call": Odd(
        [{"function_call": {"name": "add", "arguments": '{"a": 1}'}}], calls=TWO[:1]
    ),
    "half a character of the text": Odd(
        [{"content": "a \ud83d"}, {"content": "\ude00 b"}], "a \U0001f600 b"
    ),
    "half a character of the arguments": Odd(
        [call("add", '{"a": "\ud83d', index=0, id="x"), call(None, '\ude00"}', index=0)],
        calls=(("add", {"a": "\U0001f600"}),),
    ),
    "a list after a string": Odd([{"content": "a"}, {"content": [TEXT]}], "ab"),
    "an object and a number": Odd([{"content": TEXT}, {"content": 2}], "b2"),
    "two entries of one choice": Odd(
        [{"choices": [{"index": index, "delta": {"content": "a"}} for index in (0, 0, 1)]}], "aa"
    ),
    "a price after the usage": Odd(
        [{"content": "a"}, {"choices": [], "usage": USAGE}, {"choices": [], "usage": TRAILER}],
        "a",
        cached=6,
    ),
}

NO_ANSWERS: list[Json] = [
    {"choices": [{}]},
    {"choices": [{"message": None, "finish_reason": "stop"}]},
    {"choices": [{"index": 0, "finish_reason": "stop"}]},
    {"choices": []},
]
"""Bodies that hold no message."""
