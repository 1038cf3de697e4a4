"""JSON values at random, and what a wire message must fulfil."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from _pollinations.chat.completions import body, complete
from _pollinations.chat.messages import Policy
from _pollinations.chat.wire_parts import Message
from pollinations_sandbox import schemas

Json = dict[str, Any]
Path = tuple[Any, ...]

WORDS = st.text(min_size=1, max_size=8) | st.sampled_from(("\U0001f41d", "a \U0001f41d", "{}"))
KEYS = (
    *("message", "error", "code", "type", "status", "details", "cause", "index", "id", "name"),
    *("function", "arguments", "delta", "text", "thinking", "retryAfterSeconds", "url", "data"),
)
EDGES: tuple[Any, ...] = (
    *(None, True, [], {}, [None], [["a"]], [{"a": 1}], {"x": [1]}, {"type": ["a"]}),
    *(0, -1, 0.5, 429, 1e300, 10**400, float("nan"), float("inf"), 253402300800000),
    *("", "²", "\ud800", "{", "[]", "stop", "error", "429", "NaN", "1e400", "1e9999999"),
    *("-1e-9999999", "0001-01-01T00:00:00+14:00", '{"message":"{\\"error\\":1}"}'),
    *("https://a", "data:,", "data:image/png;base64,AA==", "data:image/png;base64,AA"),
)
"""Values that programs stumble over."""

JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.text(max_size=8),
        st.sampled_from(EDGES),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=8,
)
"""Any JSON value, and some that are at the edge of being one."""


def places(value: object, path: Path = ()) -> list[Path]:
    """The paths to everything inside a JSON value."""
    inner: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    return [path, *(found for key, item in inner for found in places(item, (*path, key)))]


def with_other(value: Any, path: Path, other: object) -> Any:
    """The value with something else at a place."""
    if not path:
        return other
    copy = value.copy()
    copy[path[0]] = with_other(value[path[0]], path[1:], other)
    return copy


def spoiled(value: object) -> st.SearchStrategy[Any]:
    """The value with any JSON value in any of its fields."""
    paths = st.sampled_from(places(value))
    return st.builds(with_other, st.just(value), paths, JSON)


def every_spoiled(value: object) -> Iterator[Any]:
    """The value with each of the `EDGES` in each of its fields in turn."""
    return (with_other(value, path, edge) for path in places(value) for edge in EDGES)


POLICIES = st.builds(
    Policy,
    st.sampled_from(("tool_calls", "always", "never")),
    st.sampled_from(("user_message", "inline", "drop")),
)


def accepted(wire: Sequence[Message], model: str, policy: Policy) -> bool:
    """Send messages, but for the sending, to the schema of each API of the gateway.

    Returns:
        True, so that it can be asserted.

    Raises:
        InvalidInputError: They were refused before that.
        GatewayError: The gateway refuses them, which should not be.
    """
    sent = json.loads(complete(body(wire, {"model": model}, policy=policy)).request.body or b"")
    for api in ("2026-01", "2026-10"):
        schemas.check_body("chat", sent, api=api)
    return is_answered(sent["messages"])


def is_answered(messages: Sequence[Json]) -> bool:
    """Whether each call has an id of its own, an object as arguments, and one result after it."""
    calls = [(place, call) for place, m in enumerate(messages) for call in m.get("tool_calls", ())]
    ids = [call["id"] for _, call in calls]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", one) for one in ids)
    assert all(isinstance(json.loads(c["function"]["arguments"]), dict) for _, c in calls)
    results = 0
    for place, message in enumerate(messages):
        expected = {call["id"] for call in message.get("tool_calls", ())}
        after = messages[place + 1 : place + 1 + len(expected)]
        assert {m.get("tool_call_id") for m in after if m["role"] == "tool"} == expected
        results += len(expected)
    assert results == sum(message["role"] == "tool" for message in messages)
    return True
