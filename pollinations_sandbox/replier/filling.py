"""A JSON schema filled from a prompt: every value is the prompt's, the schema's, or marked."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import dropwhile
from typing import Any, Final

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from rstr import Rstr

from pollinations_sandbox.replier.reading import loads
from pollinations_sandbox.replier.words import EMPTY, name_stems, stems

Schema = Mapping[str, Any]

_ANSWERS: Final = ("answer", "response", "output", "result", "summary", "content", "quote")
_DEEPEST: Final = 5
_NULL: Final = {"type": "null"}
_MOST_ITEMS: Final = 20
_DAY, _CLOCK = r"\b\d{4}-\d\d-\d\d", r"\d\d:\d\d(?::\d\d)?"
_FORMATS: Final = {  # how one is found in a prompt, and an example
    "date": (_DAY, "2026-01-01"),
    "date-time": (rf"{_DAY}T{_CLOCK}[\d.+Z:-]{{0,15}}", "2026-01-01T00:00:00Z"),
    "time": (rf"\b{_CLOCK}", "00:00:00Z"),
    "duration": (r"\bP[\dYMDTHSW]{2,20}", "P1D"),
    "email": (r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", "user@example.com"),
    "uri": (r"https?://[^\s<>\"'`]{1,2000}[\w/]", "https://example.com/"),
    "uuid": (r"\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}", "00000000-0000-4000-8000-000000000000"),
}
_TIME: Final = re.compile(rf"{_DAY}|\b{_CLOCK}")
_NUMBER: Final = re.compile(r"(?<![\w.])-?\d{1,15}(?:,\d{3}){0,4}(?:\.\d{1,15})?")
_QUOTE: Final = re.compile(
    r"\"([^\"\n]{1,4000})\"|“([^”\n]{1,4000})”|`([^`\n]{1,4000})`|(?<!\w)'([^'\n]{1,4000})'(?!\w)"
)
_NAME: Final = re.compile(
    r"((?:^|[.!?:\n])[\s\"'(]{0,9})?"  # the start of a sentence
    r"([^\W\d_a-z][\w-]{0,60}(?: [^\W\d_a-z][\w-]{0,60}){0,5})"
    r"('s |[,(]| (?:is|was|are|were|has|had|and|lives|works|wants|said|bought|ordered|paid)\b)?"
)


def fill(schema: Schema, text: str, answer: str = "") -> Any:  # noqa: ANN401 - JSON of any kind
    """An instance of the schema, with the values of a prompt.

    Of several branches the first is filled, and no field depends on another. A schema that is
    broken or refers to what it does not have gets an empty object.

    Args:
        schema: A JSON schema.
        text: The prompt.
        answer: The text for a field that is called `answer` or the like.
    """
    try:
        return _Filler(schema, text, answer).fill(schema)
    except Exception:  # noqa: BLE001 - a schema can be broken in any way
        return {}


def quotes(text: str) -> list[str]:
    """What stands in quotes."""
    return [next(filter(None, match.groups())) for match in _QUOTE.finditer(text)]


def _names(text: str) -> Iterator[str]:
    """Capitalised words; the first one of a sentence only as the subject of its verb."""
    for match in _NAME.finditer(text):
        opens, name, verb = match.groups()
        words = name.split()[1 if opens is not None and verb is None else 0 :]
        kept = list(dropwhile(lambda word: word.lower() in EMPTY, words))
        if kept:
            yield " ".join(kept)


class _Filler:
    """The values of a prompt, each number, quote or name until it is used."""

    def __init__(self, root: Schema, text: str, answer: str) -> None:
        resource = DRAFT202012.create_resource(dict(root))
        self._lookup = Registry().with_resource("", resource).resolver().lookup
        # An empty registry keeps jsonschema from fetching what a `$ref` names.
        self._validator = Draft202012Validator(root, registry=Registry())
        self._text, self._answer = text, answer
        bare = _QUOTE.sub(" ", text)
        texts: list[Any] = [*quotes(text), *_names(bare)]
        numbers = [loads(one.replace(",", "")) for one in _NUMBER.findall(_TIME.sub(" ", bare))]
        self._offered = {"string": texts, "integer": numbers, "number": numbers}

    def fill(self, schema: object, name: str = "", depth: int = 0) -> Any:  # noqa: ANN401 - JSON of any kind
        """A value for the field of this name."""
        flat = self._flat(schema)
        branches = [*flat.pop("allOf", ()), *flat.pop("anyOf", ()), *flat.pop("oneOf", ())]
        if (_NULL in branches or "null" in _kinds(flat)) and not self._named(name, depth):
            return None
        for branch in branches:
            if branch != _NULL:
                return self.fill({**flat, **self._flat(branch)}, name, depth + 1)
        options = [flat["const"]] if "const" in flat else flat.get("enum")
        if options:
            return [*self._mentioned(options), *_given(flat), *options][0]
        kind = next((kind for kind in _kinds(flat) if kind != "null"), "")
        if kind == "object":
            return self._object(flat, depth)
        if kind == "array":
            return self._array(flat, name, depth)
        return self._scalar(kind, flat, name)

    def _flat(self, schema: object) -> dict[str, Any]:
        """A schema, with what its `$ref` names."""
        flat = dict(schema) if isinstance(schema, Mapping) else {}
        if "$ref" in flat:
            flat = {**self._flat(self._lookup(flat.pop("$ref")).contents), **flat}
        return flat

    def _object(self, flat: Schema, depth: int) -> dict[str, Any]:
        """The required fields and those that the prompt names; all, if none is required."""
        properties = flat.get("properties", {})
        required = flat.get("required") or properties
        names = [name for name in properties if name in required or self._named(name, depth)]
        return {name: self.fill(properties[name], name, depth + 1) for name in names}

    def _array(self, flat: Schema, name: str, depth: int) -> list[Any]:
        """All that the prompt offers for the items, else as many as there must be, at least one."""
        filled = [self.fill(part, name, depth + 1) for part in flat.get("prefixItems", ())]
        items = self._flat(flat.get("items"))
        if "enum" in items:
            return self._mentioned(items["enum"]) or items["enum"][:1]
        offered = sum(len(self._offered.get(kind, ())) for kind in _kinds(items))
        least = max(flat.get("minItems", 0), offered, int(not filled and depth <= _DEEPEST))
        while len(filled) < min(least, flat.get("maxItems", _MOST_ITEMS), _MOST_ITEMS):
            filled.append(self.fill(items, name.removesuffix("s"), depth + 1))
        return filled

    def _scalar(self, kind: str, flat: Schema, name: str) -> Any:  # noqa: ANN401 - JSON of any kind
        """The first candidate that fits; the last of all if none does."""
        pattern, example = _FORMATS.get(str(flat.get("format")), ("", ""))
        formatted = [*re.findall(pattern, self._text), example] if example else []
        answers = [self._answer] if name in _ANSWERS and self._answer else []
        offered = self._offered.get(kind, [])
        candidates = [*self._labelled(name), *formatted, *answers, *offered, *_given(flat)]
        if "pattern" in flat:
            with suppress(LookupError, ValueError):
                candidates.append(Rstr(random.Random(0)).xeger(flat["pattern"]))  # noqa: S311
        if kind == "boolean":
            candidates.append(True)
        elif kind in {"integer", "number"}:
            candidates += _at_the_limits(flat)
        else:
            marked = f"[sandbox] {name or 'text'}".ljust(flat.get("minLength", 0), ".")
            candidates.append(marked[: flat.get("maxLength")])
        fits = self._validator.evolve(schema=flat).is_valid
        value = next(filter(fits, candidates), candidates[-1])
        if value in offered:
            offered.remove(value)
        return value

    def _labelled(self, name: str) -> list[Any]:
        """What stands behind `name:` or `name=`, up to a comma, a semicolon or the line's end."""
        value = r"\s{0,3}[:=]\s{0,3}(\"[^\"\n]{1,4000}\"|'[^'\n]{1,4000}'|[^,;\n]{1,400}?)"
        end = r"(?=[,;\n]|$| and [\w ]{1,40}[:=])"
        found = re.search(_spelled(name) + value + end, self._text, re.IGNORECASE) if name else None
        label = found[1].strip().rstrip(".").strip("\"'") if found else ""
        return [label, loads(label.lower())] if label else []

    def _named(self, name: str, depth: int) -> bool:
        """Whether the prompt has the name of a field; deep in a schema no name counts."""
        pattern = _spelled(name) + r"s?(?!\w)"
        return depth <= _DEEPEST and bool(name and re.search(pattern, self._text, re.IGNORECASE))

    def _mentioned(self, options: Sequence[object]) -> list[object]:
        """The options in the prompt, in its order; else those that share a stem with it."""
        text = self._text.lower()
        places = [(text.find(str(option).lower().replace("_", " ")), option) for option in options]
        exact = [option for place, option in sorted(places, key=lambda one: one[0]) if place >= 0]
        return exact or [one for one in options if name_stems(str(one)) & stems(text)]


def _spelled(name: str) -> str:
    return r"(?<!\w)" + re.escape(name).replace("_", "[ _-]")


def _kinds(flat: Schema) -> list[str]:
    listed = flat.get("type") or ("object" if "properties" in flat else [])
    return [listed] if isinstance(listed, str) else listed


def _given(flat: Schema) -> list[Any]:
    """The default and the examples of a schema."""
    return [*([flat["default"]] if "default" in flat else ()), *flat.get("examples", ())]


def _at_the_limits(flat: Schema) -> list[float]:
    """0, and numbers at the limits of a schema and between them."""
    names = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf")
    limits = [flat[name] for name in names if name in flat]
    near = [limit + step for limit in limits for step in (0, 1, -1)]
    return [0, *near, sum(limits[:2]) / 2]
