"""Opens an error payload of any shape, without the prompt that it may repeat."""

import re
from collections.abc import Iterator
from typing import Any

from _pollinations.http.json import dump, parse

TEXT_LIMIT = 4_000
"""The most characters of a message, or of a body that is shown."""

Object = dict[str, Any]

_INNER = ("message", "error", "details", "errors", "detail")
_ECHOES = frozenset({"requestParameters", "messages", "upstreamBody"})
_ECHO = re.compile(r'\\{0,8}"(requestParameters|messages)\\{0,8}"\s{0,8}:\s{0,8}[\[{]')
_DEPTH = 40


def opened(payload: object, *, upstream: bool = False) -> tuple[list[Object], list[str]]:
    """Find the objects and the messages in a payload, each from the outside in.

    JSON inside texts is opened, however deep; of a list only the first item counts.

    Args:
        payload: A parsed JSON value, or text.
        upstream: Whether to open an upstream's body too. It may repeat the prompt, so that it can
            be searched and must not be shown.

    Example:
        >>> opened({"error": '{"message": "Too large"}'})[1]
        ['Too large']
    """
    levels = [*_levels(payload, (*_INNER, "upstreamBody") if upstream else _INNER, 0)]
    objects = [level for level in levels if isinstance(level, dict)]
    return objects, [level for level in levels if isinstance(level, str)]


def _levels(payload: object, names: tuple[str, ...], depth: int) -> Iterator[Object | str]:
    if depth > _DEPTH:
        return
    if isinstance(payload, str):
        inside = _json_in(payload)
        text = before_echo(payload.strip())[:TEXT_LIMIT]
        if inside is not None:
            yield from _levels(inside, names, depth + 1)
        elif text:
            yield text
    elif isinstance(payload, list):
        yield from _levels(payload[0] if payload else None, names, depth + 1)
    elif isinstance(payload, dict):
        yield payload
        for name in names:
            inner = payload.get(name)
            if isinstance(inner, str) and name in _INNER[1:] and payload.get("message"):
                continue  # a further description
            levels = [*_levels(inner, names, depth + 1)]
            yield from levels
            has_text = any(isinstance(level, str) for level in levels)
            if name == "message" and isinstance(inner, dict | list) and not has_text:
                yield dump(without_echo(inner)).decode()[:TEXT_LIMIT]


def _json_in(text: str) -> object:
    """The object or list that a text holds as JSON; None if it holds none."""
    if text.lstrip().startswith(("{", "[")):
        try:
            return parse(text)
        except ValueError:
            pass
    return None


def without_echo(value: object, depth: int = 0) -> object:
    """Remove the prompt that upstreams echo."""
    if depth > _DEPTH:
        return None
    if isinstance(value, dict):
        return {
            name: without_echo(inner, depth + 1)
            for name, inner in value.items()
            if name not in _ECHOES
        }
    if isinstance(value, list):
        return [without_echo(inner, depth + 1) for inner in value]
    if isinstance(value, str):
        inside = _json_in(value)
        if inside is None:
            return before_echo(value)
        return dump(without_echo(inside, depth + 1)).decode()
    return value


def before_echo(text: str) -> str:
    """Cut a text that is not JSON, or only the beginning of some, before an echoed prompt."""
    echo = _ECHO.search(text)
    return text[: echo.start()].rstrip(" ,{") if echo else text
