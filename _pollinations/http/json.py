"""JSON as bytes, in and out; nothing else touches a JSON library."""

import json
from collections.abc import Callable
from typing import Any, Literal

from pydantic_core import PydanticSerializationError, from_json, to_json

try:
    # Installed wherever langchain-core is, and the fastest; pydantic's own comes next.
    from orjson import loads as _loads
except ImportError:
    _loads = from_json  # type: ignore[assignment] # it takes more than orjson does


def parse(data: bytes | str) -> Any:  # noqa: ANN401 - JSON text can hold any JSON value
    """Read one JSON value.

    Args:
        data: JSON text.

    Returns:
        The value as plain Python objects.

    Raises:
        ValueError: The text is not JSON.

    Example:
        >>> parse(b'{"a": [1, null]}')
        {'a': [1, None]}
    """
    try:
        return _loads(data)
    except ValueError:
        # Lone surrogates and NaN are refused there and read here.
        try:
            return json.loads(data)
        except RecursionError:
            raise ValueError("The JSON text is nested too deep.") from None


def parse_object(text: str) -> dict[str, Any]:
    r"""Read the arguments of a tool call as models write them.

    Args:
        text: JSON text of an object; blank text means an empty one. Line breaks may stand in its
            strings as they are.

    Returns:
        The object; whole numbers of any length stay exact.

    Raises:
        ValueError: The text is something else, or only the beginning of an object.

    Example:
        >>> parse_object('{"id": 12345678901234567890123, "text": "two\nlines"}')
        {'id': 12345678901234567890123, 'text': 'two\nlines'}
    """
    if not text.strip():
        return {}
    try:
        value = json.loads(text, strict=False)
    except RecursionError:
        raise ValueError("The JSON text is nested too deep.") from None
    except ValueError as error:
        raise ValueError(f"The arguments are not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ValueError(f"The arguments are not a JSON object: {text:.200}")  # noqa: TRY004 - a matter of the text, not of a type
    return value


def is_strict(text: str) -> bool:
    r"""Whether every JSON parser reads a text: no NaN, no line break as it is in a string.

    Example:
        >>> is_strict('{"a": 1}'), is_strict('{"a": NaN}'), is_strict('"two\nlines"')
        (True, False, False)
    """
    try:
        from_json(text, allow_inf_nan=False)
    except (TypeError, ValueError):  # a lone surrogate is a TypeError
        return False
    return True


def dump(value: object, *, fallback: Callable[[Any], str] | None = None) -> bytes:
    """Write one JSON value as UTF-8.

    Args:
        value: Plain Python objects.
        fallback: Writes what JSON cannot say, such as a function; bytes are then base64.

    Returns:
        JSON text without line breaks; NaN and infinities become the strings of their names.

    Raises:
        ValueError: The value holds something that JSON cannot say, such as a function.

    Example:
        >>> dump({"a": "é"}).decode()
        '{"a":"é"}'
    """
    try:
        bytes_mode: Literal["base64", "utf8"] = "base64" if fallback else "utf8"
        return to_json(value, inf_nan_mode="strings", bytes_mode=bytes_mode, fallback=fallback)
    except (PydanticSerializationError, UnicodeEncodeError):
        # Lone surrogates have no UTF-8 form; escaped they are valid JSON.
        try:
            return json.dumps(value, default=fallback).encode()
        except (TypeError, RecursionError) as error:
            raise ValueError(str(error)) from None
