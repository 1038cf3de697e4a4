"""A JSON schema filled from a prompt: every value is the prompt's, the schema's, or marked."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_letters, digits
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import UnknownType
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012
from rstr import Rstr

from pollinations_sandbox.replier.reading import loads
from pollinations_sandbox.replier.words import OPENERS, name_stems, stems

Schema = Mapping[str, Any]

_ANSWERS: Final = ("answer", "response", "output", "result", "summary", "content", "quote")
_DEEPEST: Final = 12
_DEEP: Final = 6
_MOST_CHECKS: Final = 5_000
_MOST_ITEMS: Final = 20
_TRIES: Final = 24
_EXAMPLES: Final = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "P1D",
    "email": "user@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_FORMATS: Final = {
    "email": re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"),
    "uri": re.compile(r"https?://[^\s<>\"'`]{1,2000}[\w/]"),
    "date": re.compile(r"\b\d{4}-\d\d-\d\d\b"),
    "date-time": re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.+Z-]{0,30}"),
    "time": re.compile(r"\b\d\d:\d\d(?::\d\d)?\b"),
}
_TIME: Final = re.compile(r"\b\d{4}-\d\d-\d\d(?:T[\d:.+Z-]{4,30})?|\b\d\d:\d\d(?::\d\d)?\b")
_NUMBER: Final = re.compile(r"(?<![\w.])-?\d{1,15}(?:,\d{3}){0,4}(?:\.\d{1,15})?")
_QUOTE: Final = re.compile(
    r"\"([^\"\n]{1,4000})\"|“([^”\n]{1,4000})”|`([^`\n]{1,4000})`|(?<!\w)'([^'\n]{1,4000})'(?!\w)"
)
_CAPITALS: Final = re.compile(r"[^\W\d_a-z][\w-]{0,60}(?: [^\W\d_a-z][\w-]{0,60}){0,5}")
_SENTENCE_START: Final = re.compile(r"(?:^|[.!?:\n])[\s\"'(]{0,9}$")
_SUBJECT: Final = re.compile(
    r"'s |[,(]| (?:is|was|are|were|has|had|and|lives|works|wants|said|bought|ordered|paid)\b"
)
_NUMBERS: Final = frozenset({"integer", "number"})
_BROKEN: Final = (
    *(re.error, Unresolvable, UnknownType, OverflowError),
    *(TypeError, ValueError, LookupError, RecursionError),
)


@dataclass(frozen=True, slots=True)
class Hints:
    """Values for the outermost fields, beside those that the prompt offers.

    Attributes:
        known: Values for fields of these names.
        otherwise: Texts for fields of these names that the prompt has no quote or name for.
        answer: The text for a field that is called `answer` or the like, on any level.
    """

    known: Mapping[str, Any] = field(default_factory=dict)
    otherwise: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""


def fill(schema: Schema, text: str, hints: Hints = Hints()) -> Any:  # noqa: ANN401 - JSON of any kind
    """An instance of the schema, with the values of a prompt.

    It is valid unless the schema is broken, asks for more than a few thousand checks, or asks
    by `not`, `if`, `dependent...` or `minProperties` for what its other keywords do not say.
    """
    return _Filler(schema, text, hints).fill(schema, "", 0)


def quotes_and_names(text: str) -> list[str]:
    """What stands in quotes, then capitalised words.

    The first word of a sentence counts only as the subject of its verb.
    """
    found = [next(filter(None, match.groups())) for match in _QUOTE.finditer(text)]
    bare = _QUOTE.sub(" ", text)
    for match in _CAPITALS.finditer(bare):
        name = match[0].split(" ")
        opens = _SENTENCE_START.search(bare, max(0, match.start() - 10), match.start())
        if opens and not _SUBJECT.match(bare, match.end()):
            name = name[1:]
        while name and name[0] in OPENERS:
            name = name[1:]
        found += [" ".join(name)] if name else []
    return found


class _Filler:
    """The values of a prompt, each number, quote or name until it is used."""

    def __init__(self, root: Schema, text: str, hints: Hints) -> None:
        # An empty registry keeps jsonschema from fetching what a `$ref` names.
        self._validator = Draft202012Validator(root, registry=Registry())
        resource = DRAFT202012.create_resource(dict(root))
        self._lookup = Registry().with_resource("", resource).resolver().lookup
        self._text, self._hints, self._checks = text, hints, 0
        self._texts = quotes_and_names(text)
        bare = _TIME.sub(" ", _QUOTE.sub(" ", text))
        self._numbers = [_number(match[0]) for match in _NUMBER.finditer(bare)]

    def fill(self, schema: object, name: str, depth: int, taken: Sequence[object] = ()) -> Any:  # noqa: ANN401 - JSON of any kind
        """The first candidate that fits and is not taken; without one the first of all."""
        first: list[Any] = []
        for candidate in self._candidates(self._flat(schema), name, depth):
            if candidate not in taken and self._fits(candidate, schema):
                self._use(candidate)
                return candidate
            first = first or [candidate]
        return first[0] if first else None

    def _use(self, value: object) -> None:
        """Offer a number, quote or name no more."""
        offered: list[Any] = self._texts if isinstance(value, str) else self._numbers
        if not isinstance(value, bool) and value in offered:
            offered.remove(value)

    def _fits(self, value: object, schema: object) -> bool:
        self._checks += 1
        if self._checks > _MOST_CHECKS:
            return True
        try:
            return bool(self._validator.evolve(schema=schema).is_valid(value))
        except _BROKEN:
            return True

    def _flat(self, schema: object) -> dict[str, Any]:
        """One schema: `$ref` followed, `allOf` merged."""
        flat: dict[str, Any] = {}
        waiting, seen = [schema], set[str]()
        while waiting:
            part = waiting.pop()
            if not isinstance(part, Mapping):
                continue
            merged = {
                "properties": {**part.get("properties", {}), **flat.get("properties", {})},
                "required": [*flat.get("required", ()), *part.get("required", ())],
            }
            flat |= {key: value for key, value in part.items() if key not in {"$ref", "allOf"}}
            flat |= {key: value for key, value in merged.items() if key in flat}
            waiting.extend(part.get("allOf", ()))
            reference = part.get("$ref")
            if isinstance(reference, str) and reference not in seen:
                seen.add(reference)
                try:
                    waiting.append(self._lookup(reference).contents)
                except _BROKEN:
                    continue
        return flat

    def _candidates(self, flat: Schema, name: str, depth: int) -> Iterator[Any]:
        """Values to try: those of the schema, of a label, by branch, by type."""
        if depth > _DEEPEST:
            return
        yield from [flat["const"]] if "const" in flat else []
        if "enum" in flat:
            yield from (*self._mentioned(flat["enum"]), *_given(flat), *flat["enum"])
        if depth == 1 and name in self._hints.known:
            yield self._hints.known[name]
        branches = [self._flat(one) for one in (*flat.get("anyOf", ()), *flat.get("oneOf", ()))]
        types = _types(flat)
        every = [*types, *(kind for branch in branches for kind in _types(branch))]
        label = self._labelled(name)
        if label is not None:
            yield _coerced(label, every)
        if "null" in every and (depth > _DEEP or not self._named(name)):
            yield None
        rest = {key: value for key, value in flat.items() if key not in {"anyOf", "oneOf"}}
        for branch in branches:
            yield self.fill({"allOf": [branch, rest]}, name, depth + 1)
        for kind in types or ([] if branches else ["string"]):
            yield from self._typed(kind, flat, name, depth)

    def _typed(self, kind: str, flat: Schema, name: str, depth: int) -> Iterator[Any]:
        match kind:
            case "string":
                yield from self._strings(flat, name, depth)
            case "integer" | "number":
                yield from (*self._numbers, *_given(flat), *_least(flat))
            case "boolean":
                yield from (*_given(flat), True, False)
            case "array":
                yield from (self._array(flat, name, depth), [])
            case "object":
                yield self._object(flat, depth)
            case _:
                yield None

    def _labelled(self, name: str) -> str | None:
        """What stands behind `name:` or `name=`, up to a comma, a semicolon or the line's end."""
        value = r"\s{0,3}[:=]\s{0,3}(\"[^\"\n]{1,4000}\"|'[^'\n]{1,4000}'|[^,;\n]{1,400}?)"
        end = r"(?=[,;\n]|$| and [\w ]{1,40}[:=])"
        found = re.search(_spelled(name) + value + end, self._text, re.IGNORECASE) if name else None
        return found[1].strip().rstrip(".").strip("\"'") if found else None

    def _named(self, name: str) -> bool:
        """Whether the prompt has the name of a field."""
        return bool(name and re.search(_spelled(name) + r"s?(?!\w)", self._text, re.IGNORECASE))

    def _mentioned(self, options: Sequence[object]) -> list[object]:
        """The options in the prompt, in its order; else those that share a stem with it."""
        text = self._text.lower()
        places = [(text.find(str(option).lower().replace("_", " ")), option) for option in options]
        exact = [option for place, option in sorted(places, key=lambda one: one[0]) if place >= 0]
        return exact or [one for one in options if name_stems(str(one)) & stems(text)]

    def _strings(self, flat: Schema, name: str, depth: int) -> Iterator[str]:
        form = str(flat.get("format", ""))
        if form in _FORMATS:
            yield from (match[0] for match in _FORMATS[form].finditer(self._text))
        if form in _EXAMPLES:
            yield _EXAMPLES[form]
        if name in _ANSWERS and self._hints.answer:
            yield self._hints.answer
        yield from (*self._texts, *_given(flat))
        if depth == 1 and name in self._hints.otherwise:
            yield self._hints.otherwise[name]
        if "pattern" in flat:
            yield from _matching(str(flat["pattern"]))
        marked = f"[sandbox] {name or 'text'}".ljust(flat.get("minLength", 0), ".")
        most = flat.get("maxLength", len(marked) + 3)
        yield marked[:most]
        yield from (f"{marked} {number}"[-most:] for number in range(2, _TRIES))

    def _array(self, flat: Schema, name: str, depth: int) -> list[Any]:
        """All that the prompt offers for the items, else as many as there must be, at least one."""
        items = flat.get("items", {})
        flat_items = self._flat(items)
        least = flat.get("minItems", 0)
        most = flat.get("maxItems", max(least, _MOST_ITEMS))
        found = [self.fill(part, name, depth + 1) for part in flat.get("prefixItems", ())]
        offered: Sequence[object] = ()
        if "enum" in flat_items:
            offered = self._mentioned(flat_items["enum"])
        elif _NUMBERS & set(_types(flat_items)):
            offered = tuple(self._numbers)
        elif "string" in _types(flat_items):
            offered = tuple(self._texts)
        if flat.get("uniqueItems"):
            offered = tuple(dict.fromkeys(offered))
        for value in offered:
            if len(found) < most and self._fits(value, items):
                self._use(value)
                found.append(value)
        least = max(least, int(not found and depth <= _DEEP))
        while len(found) < min(least, most) and items is not False:
            taken = found if flat.get("uniqueItems") else ()
            found.append(self.fill(items, name.removesuffix("s"), depth + 1, taken))
        return found

    def _object(self, flat: Schema, depth: int) -> dict[str, Any]:
        """The required fields and those that the prompt names; all, if none is required."""
        properties = flat.get("properties", {})
        required = flat.get("required", properties)
        known = self._hints.known if depth == 0 else {}
        names = [one for one in properties if one in required or one in known or self._named(one)]
        names += [name for name in required if name not in properties]
        extra = flat.get("additionalProperties", {})
        return {name: self.fill(properties.get(name, extra), name, depth + 1) for name in names}


def _coerced(text: str, types: list[str]) -> Any:  # noqa: ANN401 - JSON of any kind
    """A text as the JSON value that a field of these types wants."""
    if "string" in types:
        return text
    if "boolean" in types:
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.lower())
    number = _NUMBER.search(text)
    return _number(number[0]) if number else loads(text)


def _number(text: str) -> Any:  # noqa: ANN401 - int or float
    return loads(re.sub(r"^(-?)0+(?=\d)", r"\1", text.replace(",", "")))


def _spelled(name: str) -> str:
    return r"(?<!\w)" + re.escape(name).replace("_", "[ _-]")


def _types(flat: Schema) -> list[str]:
    listed = flat.get("type") or ("object" if "properties" in flat else [])
    return [listed] if isinstance(listed, str) else [str(kind) for kind in listed]


def _given(flat: Schema) -> list[Any]:
    """The default and the examples of a schema."""
    default = [flat["default"]] if "default" in flat else []
    return [*default, *flat.get("examples", ())]


def _least(flat: Schema) -> Iterator[float]:
    """Numbers at the limits of a schema; 0 if it has none."""
    step = flat.get("multipleOf") or 1
    low = flat.get("minimum", flat.get("exclusiveMinimum"))
    high = flat.get("maximum", flat.get("exclusiveMaximum"))
    first = min(0, 0 if high is None else high) if low is None else low
    start = -(-first // step) * step
    for at in range(_TRIES):
        yield from (start + at * step, start - at * step)
    if low is not None and high is not None:
        yield (low + high) / 2


def _matching(pattern: str) -> Iterator[str]:
    """Texts for a regular expression; none for one that rstr does not know."""
    letters = {"printable": ascii_letters + digits, "word": ascii_letters, "nonwhitespace": digits}
    made = Rstr(random.Random(0), **letters)  # noqa: S311 - the same text each time
    for _ in range(_TRIES):
        try:
            yield made.xeger(pattern)
        except _BROKEN:
            return
