"""JSON as bytes, in and out; nothing else touches a JSON library."""

import json
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json


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
        return from_json(data)
    except ValueError:
        # Lone surrogates are refused there and read here.
        return json.loads(data)


def dump(value: object) -> bytes:
    """Write one JSON value as UTF-8.

    Args:
        value: Plain Python objects.

    Returns:
        JSON text without line breaks.

    Raises:
        ValueError: The value holds something that JSON cannot say, such as NaN or a set of objects.

    Example:
        >>> dump({"a": "é"}).decode()
        '{"a":"é"}'
    """
    try:
        return to_json(value, inf_nan_mode="strings", serialize_unknown=False)
    except (PydanticSerializationError, UnicodeEncodeError):
        # Lone surrogates have no UTF-8 form; escaped they are valid JSON.
        try:
            return json.dumps(value, allow_nan=False).encode()
        except TypeError as error:
            raise ValueError(str(error)) from None
