"""A form and a prompt become a filled form: the prompt proposes values, the schema judges them."""

import re
from collections.abc import Iterator
from typing import Any

from pollinations_sandbox.author.clues import Clues
from pollinations_sandbox.author.rewriting import material
from pollinations_sandbox.author.schema import Schema, fits, resolve, type_names
from pollinations_sandbox.author.vocabulary import KEYWORDS, PHRASES
from pollinations_sandbox.author.wording import absent, evident, texts
from pollinations_sandbox.author.words import keywords, name_words, stem, stems

_DEEPEST = 6
_MOST_ITEMS = 10
_KEYWORDS = 4
_NO = ("false", "no", "off", "disabled")
_ANY = ["string", "object", "array", "number", "boolean", "null"]


def instance(schema: Schema, clues: Clues, *, generous: bool = False) -> Any:  # noqa: ANN401 - JSON
    """A valid instance of `schema`, filled from the clues.

    Args:
        schema: Any JSON schema that has an instance.
        clues: What the prompt offers; what is taken is marked as used.
        generous: Fill optional fields too, as a model does which is asked for a whole object.
    """
    value = _Filler(clues, schema, generous=generous).fill(schema)
    if fits(value, schema, schema):
        return value
    bare = _Filler(Clues(""), schema, generous=False).fill(schema)
    return bare if fits(bare, schema, schema) else value


class _Filler:
    """Fills one form from one set of clues."""

    def __init__(self, clues: Clues, root: Schema, *, generous: bool) -> None:
        self.clues = clues
        self.root = root
        self.generous = generous
        self.in_list = False

    def fill(self, schema: object, name: str = "", depth: int = 0) -> Any:  # noqa: ANN401 - JSON
        """The first proposal that fits, or the last one if none does."""
        flat = resolve(schema, self.root)
        last: Any = None
        for proposal in self._proposals(flat, name, depth):
            last = proposal
            if fits(proposal, flat, self.root):
                return proposal
        return last

    def _proposals(self, flat: Schema, name: str, depth: int) -> Iterator[Any]:
        if "const" in flat:
            yield flat["const"]
        if name in self.clues.named:
            yield from self._known(self.clues.named[name])
        if "enum" in flat:
            yield from self._enum(flat, name)
        if "anyOf" in flat or "oneOf" in flat:
            yield from self._branches(flat, name, depth)
        if "default" in flat and not self._mentions(flat, name):
            yield flat["default"]
        for kind in self._kinds(flat, name, depth):
            yield from self._typed(kind, flat, name, depth)
        if "default" in flat:
            yield flat["default"]

    @staticmethod
    def _known(value: object) -> Iterator[Any]:
        """The value, or the last number in its words where a number is wanted."""
        yield value
        for clue in Clues(value).numbers[-1:] if isinstance(value, str) else ():
            yield int(clue.value) if "." not in clue.value else float(clue.value)

    def _mentions(self, flat: Schema, name: str) -> bool:
        """Whether the prompt has anything to say about the field."""
        return self.clues.place_of(name) is not None or evident(self.clues, flat, name)

    def _kinds(self, flat: Schema, name: str, depth: int) -> list[str]:
        """The types to try, `null` last unless the field is denied or the form too deep."""
        empty_first = depth > _DEEPEST or self._may_be_empty(flat, name)
        return sorted(type_names(flat) or _ANY, key=lambda kind: (kind == "null") != empty_first)

    def _may_be_empty(self, flat: Schema, name: str) -> bool:
        """Whether the prompt denies the field, or has nothing of what it wants."""
        return bool(name) and (self.clues.denies(name) or absent(self.clues, flat, name))

    def _typed(self, kind: str, flat: Schema, name: str, depth: int) -> Iterator[Any]:
        if kind == "string":
            yield from texts(self.clues, flat, name)
        elif kind in {"integer", "number"}:
            yield from self._numbers(flat, name, whole=kind == "integer")
        elif kind == "boolean":
            yield from self._booleans(flat, name)
        elif kind == "array":
            yield from self._arrays(flat, name, depth)
        elif kind == "object":
            yield self._object(flat, depth)
        elif kind == "null":
            yield None

    # Choices ---------------------------------------------------------------------------------

    def _enum(self, flat: Schema, name: str) -> Iterator[Any]:
        options = flat["enum"]
        yield from self._mentioned(options)
        near = stems(self.clues.text[:20_000])
        yield from (option for option in options if stem(str(option)) in near)
        if "default" in flat:
            yield flat["default"]
        yield from (option for option in options if option == PHRASES.get(name))
        yield from options

    def _mentioned(self, options: list[Any]) -> list[Any]:
        """The options that stand in the prompt, in its order."""
        said = _plain(self.clues.text)
        placed = sorted((said.find(_plain(str(option))), at) for at, option in enumerate(options))
        return [options[at] for place, at in placed if place >= 0 and str(options[at]).strip()]

    def _branches(self, flat: Schema, name: str, depth: int) -> Iterator[Any]:
        """One proposal per branch; those that use more of the prompt come first."""
        rest = {key: value for key, value in flat.items() if key not in {"anyOf", "oneOf"}}
        branches = [*flat.get("anyOf", ()), *flat.get("oneOf", ())]
        flats = [resolve({"allOf": [branch, rest]}, self.root) for branch in branches]
        may_be_empty = any(self._may_be_empty(one, name) for one in flats)
        before = set(self.clues.used)
        tried = []
        for branch, joined in zip(branches, flats, strict=True):
            empty = type_names(joined) == ["null"]
            if depth > _DEEPEST and not empty and {"object", "array"} & set(type_names(joined)):
                tried.append((_DEEPEST, branch, before))
                continue
            self.clues.used = set(before)
            value = self.fill(joined, name, depth + 1)
            taken = len(self.clues.used - before)
            first = empty and may_be_empty
            tried.append((-1_000_000 if first else 1 if empty else -taken, value, self.clues.used))
        for _, value, used in sorted(tried, key=lambda trial: trial[0]):
            self.clues.used = used
            yield value

    # Plain values ----------------------------------------------------------------------------

    def _numbers(self, flat: Schema, name: str, *, whole: bool) -> Iterator[float]:
        near = self.clues.number_near(name, strict=self.in_list) if name else None
        for clue in [*([near] if near else []), *self.clues.unused(self.clues.numbers)]:
            number = float(clue.value)
            value = int(clue.value) if number.is_integer() and "." not in clue.value else number
            if (not whole or isinstance(value, int)) and fits(value, flat, self.root):
                self.clues.take(clue)
                yield value
        yield from _plain_numbers(flat, whole=whole)

    def _booleans(self, flat: Schema, name: str) -> Iterator[bool]:
        near = (self.clues.text_near(name) or "").lower() if name else ""
        if near.startswith(_NO) or (name and self.clues.denies(name)):
            yield False
        elif self.generous and "description" in flat and not self._mentions(flat, name):
            # In a form about a text, a description says what would be true of it.
            signs = stems(str(flat["description"]))
            yield not signs or bool(signs & stems(self.clues.text[:20_000]))
        yield True
        yield False

    # Containers ------------------------------------------------------------------------------

    def _arrays(self, flat: Schema, name: str, depth: int) -> Iterator[list[Any]]:
        item = resolve(flat.get("items", True), self.root)
        low, high = flat.get("minItems", 0), min(flat.get("maxItems", _MOST_ITEMS), _MOST_ITEMS)
        filled = [self.fill(part, name, depth + 1) for part in flat.get("prefixItems", [])]
        if "contains" in flat:
            filled.append(self.fill(flat["contains"], name, depth + 1))
        if "enum" in item:
            filled.extend(self._mentioned(item["enum"])[: max(high - len(filled), 0)])
        elif KEYWORDS & set(name_words(name)) and type_names(item) == ["string"]:
            found = keywords(material(self.clues.text), max(low, min(high, _KEYWORDS)))
            filled.extend(word.lower() for word in found[: max(high - len(filled), 0)])
        elif depth <= _DEEPEST and flat.get("items") is not False:
            filled.extend(self._items(item, name.removesuffix("s"), max(high, low), depth))
        yield filled
        yield filled[:low]
        yield from _padded(filled, low, item)

    def _items(self, item: Schema, name: str, most: int, depth: int) -> list[Any]:
        """One item for as long as the prompt offers something new for it; one in any case."""
        filled: list[Any] = []
        least, outer, self.in_list = 1, self.in_list, True
        while len(filled) < most:
            before, taken = set(self.clues.used), self.clues.taken
            value = self.fill(item, name, depth + 1)
            gained = self.clues.taken - taken
            if value in filled or (filled and gained < least):
                self.clues.used = before
                break
            least = least if filled else max(gained, 1)
            filled.append(value)
        self.in_list = outer
        return filled

    def _object(self, flat: Schema, depth: int) -> dict[str, Any]:
        properties: Schema = flat.get("properties", {})
        required = flat.get("required", ())
        extra = flat.get("additionalProperties", True)
        patterns = flat.get("patternProperties", {})
        filled: dict[str, Any] = {}
        for name, schema in properties.items():
            if name in required or (depth <= _DEEPEST and self._wanted(name, schema)):
                filled[name] = self.fill(schema, name, depth + 1)
        for name in required:
            if name not in filled:
                fitting = [schema for key, schema in patterns.items() if re.search(key, name)]
                filled[name] = self.fill({"allOf": fitting or [extra]}, name, depth + 1)
        if not properties and isinstance(extra, dict) and depth <= _DEEPEST:
            self._free_form(filled, extra, depth)
        self._completed(filled, flat, depth)
        return filled

    def _completed(self, filled: dict[str, Any], flat: Schema, depth: int) -> None:
        """Add fields until there are as many as the schema demands, keep no more than it allows."""
        spare = [name for name in flat.get("properties", {}) if name not in filled]
        names = [*spare, *(f"key{number}" for number in range(flat.get("minProperties", 0)))]
        for name in names[: max(flat.get("minProperties", 0) - len(filled), 0)]:
            schema = flat.get("properties", {}).get(name, flat.get("additionalProperties", True))
            filled[name] = self.fill(schema, name, depth + 1)
        most = flat.get("maxProperties", len(filled))
        for name in [name for name in filled if name not in flat.get("required", ())]:
            if len(filled) > most:
                del filled[name]

    def _free_form(self, filled: dict[str, Any], schema: object, depth: int) -> None:
        """A map of any names: every `name: value` that the prompt has."""
        for match in re.finditer(r"\b([^\W\d]\w{0,40})\s?[:=]\s?(?!//)", self.clues.text[:20_000]):
            filled[match[1]] = self.fill(schema, match[1], depth + 1)

    def _wanted(self, name: str, schema: object) -> bool:
        """Whether an optional field is to be filled."""
        flat = resolve(schema, self.root)
        if name in self.clues.named:
            return True
        if self.clues.denies(name):
            return "boolean" in type_names(flat)
        if self.generous or self._mentions(flat, name):
            return True
        return "enum" in flat and bool(self._mentioned(flat["enum"]))


def _plain(text: str) -> str:
    """The words in small letters, each between two spaces."""
    return " " + " ".join(re.findall(r"[^\W_]+", text.lower())) + " "


def _plain_numbers(flat: Schema, *, whole: bool) -> Iterator[float]:
    """Numbers near the limits of the schema, for a prompt without any."""
    step = flat.get("multipleOf") or 1
    low = flat.get("minimum", flat.get("exclusiveMinimum"))
    high = flat.get("maximum", flat.get("exclusiveMaximum"))
    yield step
    yield 0
    if low is not None:
        yield from (-(-low // step) * step + add * step for add in range(3))
    if high is not None:
        yield from (high // step * step - add * step for add in range(3))
    if not whole:
        yield (low + high) / 2 if low is not None and high is not None else (low or 0) + 0.5


def _padded(filled: list[Any], low: int, item: Schema) -> Iterator[list[Any]]:
    """Enough items for `minItems`, all different, if the clues were too few."""
    if filled:
        yield (filled * low)[:low]
    kinds = type_names(item)
    if "enum" in item:
        yield list(item["enum"])[:low]
    if "integer" in kinds or "number" in kinds:
        step = item.get("multipleOf") or 1
        least = item.get("minimum", item.get("exclusiveMinimum", 0))
        start = -(-least // step) * step + step
        more = [start + step * at for at in range(low)]
        yield [*filled, *more][:low]
        yield more
    if "boolean" in kinds:
        yield [True, False][:low]
    if "string" in kinds or not kinds:
        yield [*filled[:low], *(f"item {number}" for number in range(1, low + 1))][:low]
