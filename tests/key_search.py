"""Where an object shows a key, or holds it outside of a `SecretStr`."""

import gc
import inspect
import warnings
from collections.abc import Callable
from functools import partial
from types import FrameType, FunctionType, ModuleType
from typing import Any

from langchain_core.load import dumpd, dumps
from pydantic import SecretStr

KEY = "sk_" + "f3q9tn2vwz7hx5rb8kd6mc4yj1lp0sga"  # no file may hold what looks like a key
NOWHERE = "http://127.0.0.1:9"


def leaks(thing: Any) -> dict[str, str]:
    """All that a person, a log or a tracer sees of an object, where it holds the key."""
    seen = {
        "repr": repr(thing),
        "str": str(thing),
        "format": f"{thing}",
        "vars": repr(getattr(thing, "__dict__", "")),
        "private": repr(getattr(thing, "__pydantic_private__", "")),
    }
    for name in (
        *("model_dump", "model_dump_json", "dict", "json", "asdict", "to_dict", "to_json"),
        *("to_json_not_implemented", "to_tool_list", "as_query_component"),
        *("_get_ls_params", "_get_invocation_params", "_get_llm_string"),
    ):
        if callable(method := getattr(thing, name, None)):
            seen[name] = output_of(method)
    for name, value in inspect.getmembers_static(type(thing)):
        if isinstance(value, property) and not name.startswith("__"):
            seen[name] = output_of(partial(getattr, thing, name))
    seen["dumpd"], seen["dumps"] = repr(dumpd(thing)), dumps(thing)
    return {name: text for name, text in seen.items() if KEY in text}


def output_of(method: Callable[[], object]) -> str:
    """What a method returns, or its error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic's old names are deprecated, not gone
        try:
            return repr(method())
        except Exception as error:  # noqa: BLE001 - not everything can be JSON
            return f"{error} {error!r}"


def plain_keys(root: object) -> list[str]:
    """The kinds of objects below this one that hold the key outside of a `SecretStr`."""
    found, waiting, known = [], [root], {id(root)}
    while waiting:
        holder = waiting.pop()
        for inner in gc.get_referents(holder):
            text = inner.decode("latin-1") if isinstance(inner, bytes) else inner
            if isinstance(text, str) and KEY in text:
                found.append(f"{type(holder).__name__}: {repr(holder)[:100]}")
            if id(inner) not in known and not isinstance(
                inner, SecretStr | ModuleType | type | FunctionType | FrameType | str | bytes
            ):
                known.add(id(inner))
                waiting.append(inner)
    return found
