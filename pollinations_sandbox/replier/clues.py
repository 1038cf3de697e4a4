"""What a prompt offers to fill fields with: labelled values, numbers, quoted texts and names."""

import re
from collections.abc import Iterator
from typing import Any, Final

from pollinations_sandbox.replier.reading import loads

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
_OPENERS: Final = (
    "A An The I This That These Those It He She They We You What Who Whose When Where Which Why "
    "How There Here My Your Our His Her Its Is Are Was Were Do Does Did Can Could Will Would "
    "Should Has Have If In On At For From Then Now First Also Please Hello Hi Hey Yes No Thanks "
    "Today And But Or So JSON"
)
_NO_NAME: Final = frozenset(_OPENERS.split())
_FORMATS: Final = {
    "email": re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"),
    "uri": re.compile(r"https?://[^\s<>\"'`]{1,2000}[\w/]"),
    "date": re.compile(r"\b\d{4}-\d\d-\d\d\b"),
    "date-time": re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.+Z-]{0,30}"),
    "time": re.compile(r"\b\d\d:\d\d(?::\d\d)?\b"),
}


class Clues:
    """The values of a prompt; a number, quote or name is offered until it is used.

    Args:
        text: The prompt.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        quotes = [next(filter(None, match.groups())) for match in _QUOTE.finditer(text)]
        bare = _QUOTE.sub(" ", text)
        self.texts = [*quotes, *_names(bare)]
        self.numbers: list[float] = [
            loads(re.sub(r"^(-?)0+(?=\d)", r"\1", match[0].replace(",", "")))
            for match in _NUMBER.finditer(_TIME.sub(" ", bare))
        ]

    def use(self, value: object) -> None:
        """Offer a number, quote or name no more."""
        if isinstance(value, str) and value in self.texts:
            self.texts.remove(value)
        elif isinstance(value, int | float) and value is not True and value in self.numbers:
            self.numbers.remove(value)

    def labelled(self, name: str) -> str | None:
        """What stands behind `name:` or `name=`, up to a comma, a semicolon or the line's end."""
        if not name:
            return None
        value = r"\s{0,3}[:=]\s{0,3}(\"[^\"\n]{1,4000}\"|'[^'\n]{1,4000}'|[^,;\n]{1,400}?)"
        end = r"(?=[,;\n]|$| and [\w ]{1,40}[:=])"
        found = re.search(_spelled(name) + value + end, self.text, re.IGNORECASE)
        return found[1].strip().rstrip(".").strip("\"'") if found else None

    def named(self, name: str) -> bool:
        """Whether the prompt has the name of a field."""
        return bool(name and re.search(_spelled(name) + r"s?(?!\w)", self.text, re.IGNORECASE))

    def formatted(self, form: str) -> Iterator[str]:
        """The texts of a JSON-schema format, such as `email`."""
        if form in _FORMATS:
            yield from (match[0] for match in _FORMATS[form].finditer(self.text))


def coerced(text: str, types: list[str]) -> Any:  # noqa: ANN401 - JSON of any kind
    """A text as the JSON value that a field of these types wants."""
    if "string" in types:
        return text
    if "boolean" in types:
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.lower())
    number = _NUMBER.search(text)
    return loads(number[0].replace(",", "")) if number else loads(text)


def _spelled(name: str) -> str:
    return r"(?<!\w)" + re.escape(name).replace("_", "[ _-]")


def _names(text: str) -> Iterator[str]:
    """Capitalised words; the first of a sentence counts only as the subject of its verb."""
    for match in _CAPITALS.finditer(text):
        name = match[0].split(" ")
        opens = _SENTENCE_START.search(text, max(0, match.start() - 10), match.start())
        if opens and not _SUBJECT.match(text, match.end()):
            name = name[1:]
        while name and name[0] in _NO_NAME:
            name = name[1:]
        if name:
            yield " ".join(name)
