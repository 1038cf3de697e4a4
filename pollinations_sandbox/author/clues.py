"""What a prompt offers to fill a form with: numbers, names, places, quotations, each used once."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pollinations_sandbox.author.vocabulary import (
    COLOURS,
    MONTHS,
    NOT_NAMES,
    SPELLED,
    SYNONYMS,
    VERBS,
)
from pollinations_sandbox.author.words import name_words, stem

_NUMBER = re.compile(r"(?<![\w.])-?\d{1,18}(?:,\d{3}(?!\d)){0,4}(?:\.\d{1,18})?(?![\w]*_)")
_QUOTED = re.compile(
    r"\"([^\"\n]{1,500})\"|“([^”\n]{1,500})”|«([^»\n]{1,500})»|`([^`\n]{1,500})`"
    r"|(?<![\w'])'([^'\n]{1,500}(?:'[a-z][^'\n]{0,500})?)'(?!\w)|「([^」\n]{1,500})」"
)
_EMAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_URL = re.compile(r"\bhttps?://[^\s<>\"')\]]{1,2000}")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?\b")
_SPOKEN_DATE = re.compile(
    r"\b(?:(\d{1,2})(?:st|nd|rd|th)?\s(?:of\s)?)?(January|February|March|April|May|June|July|August"
    r"|September|October|November|December)\s(?:(\d{1,2})(?:st|nd|rd|th)?(?:,|\b)\s?)?(\d{4})\b"
)
_TIME = re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?\b")
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019.-][^\W_]+)*|[,;:.!?\n]")
_CAPITAL = r"(?:(?:St|Mt|Ft|Dr|Mrs?|Ms)\.|[^\W\d_a-z][\w'\u2019-]{0,40})"
_PLACE = re.compile(
    r"\b(?:in|at|for|to|from|of|near|around|and|or|vs|than|visit(?:ing)?)\s+"
    rf"(?P<place>(?:the )?{_CAPITAL}(?: (?:of |de |la )?{_CAPITAL}){{0,3}}"
    rf"(?:, {_CAPITAL}(?: {_CAPITAL})?)?)"
)
_JOINT = re.compile(
    r"[\"'`]?\s*(?:[:=(]|is|of|to|at|by|at most|up to|about|around)?\s*\$?", re.IGNORECASE
)
_NO_NAMES = NOT_NAMES | VERBS
_FAR = 12


@dataclass(frozen=True, slots=True)
class Clue:
    """One thing the prompt offers, and where it stands."""

    value: str
    start: int
    end: int


@dataclass
class Clues:
    """The offers of one text; taking one marks its place as used.

    Attributes:
        text: Where the clues are looked for.
        named: Values that are known for a field of this name, before anything else is tried.
        used: Places in the text which were taken already.
        taken: How many were taken.
        matter: The words for a field that takes a whole question; by default the text.
    """

    text: str
    named: Mapping[str, Any] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    matter: str = ""
    taken: int = 0

    @cached_property
    def numbers(self) -> list[Clue]:
        """Numbers in figures; small ones in words if there are no figures."""
        dates = {clue.start for clue in self.dates}
        found = [
            Clue(match[0].replace(",", ""), match.start(), match.end())
            for match in _NUMBER.finditer(self.text)
            if match.start() not in dates and not self._inside_date(match.start())
        ]
        if found:
            return found
        tokens = (clue for clue in self.tokens if clue.value.lower() in SPELLED)
        return [Clue(SPELLED[clue.value.lower()], clue.start, clue.end) for clue in tokens]

    def _inside_date(self, place: int) -> bool:
        return any(clue.start <= place < clue.end for clue in (*self.dates[:50], *self.times[:50]))

    @cached_property
    def quoted(self) -> list[Clue]:
        """Texts between quotation marks."""
        return [
            Clue(next(group for group in match.groups() if group), match.start(), match.end())
            for match in _QUOTED.finditer(self.text)
        ]

    @cached_property
    def emails(self) -> list[Clue]:
        """Mail addresses."""
        return _found(_EMAIL, self.text)

    @cached_property
    def urls(self) -> list[Clue]:
        """Links to the web."""
        return [
            Clue(clue.value.rstrip(".,;!?"), clue.start, clue.end)
            for clue in _found(_URL, self.text)
        ]

    @cached_property
    def dates(self) -> list[Clue]:
        """Dates, as ISO 8601 whatever way they were written."""
        spoken = [
            Clue(
                f"{match[4]}-{MONTHS.index(match[2]) + 1:02}-{int(match[1] or match[3] or 1):02}",
                match.start(),
                match.end(),
            )
            for match in _SPOKEN_DATE.finditer(self.text)
        ]
        return sorted([*_found(_DATE, self.text), *spoken], key=lambda clue: clue.start)

    @cached_property
    def times(self) -> list[Clue]:
        """Times of day."""
        return _found(_TIME, self.text)

    @cached_property
    def tokens(self) -> list[Clue]:
        """Words and stops, in order."""
        return _found(_TOKEN, self.text)

    @cached_property
    def places(self) -> list[Clue]:
        """Capitalised names behind a preposition."""
        return [
            Clue(match["place"].rstrip(".'\u2019"), match.start("place"), match.end("place"))
            for match in _PLACE.finditer(self.text)
            if match["place"].split()[0].lower() not in NOT_NAMES - {"the"}
        ]

    @cached_property
    def makers(self) -> list[Clue]:
        """Capitalised names behind `by`."""
        before = {clue.end + 1 for clue in self.tokens if clue.value.lower() == "by"}
        return [clue for clue in self.names if clue.start in before]

    @cached_property
    def names(self) -> list[Clue]:
        """Runs of capitalised words which are not merely the start of a sentence."""
        runs: list[Clue] = []
        for token in self.tokens:
            if not token.value[0].isupper() or token.value.lower() in _NO_NAMES:
                continue
            if runs and runs[-1].end + 1 == token.start and self.text[runs[-1].end] == " ":
                runs[-1] = Clue(self.text[runs[-1].start : token.end], runs[-1].start, token.end)
            else:
                runs.append(token)
        return runs

    @cached_property
    def colours(self) -> list[Clue]:
        """Words for colours."""
        return [clue for clue in self.tokens if clue.value.lower() in COLOURS]

    def unused(self, offers: Iterable[Clue]) -> list[Clue]:
        """Those of the offers whose place nobody took."""
        return [clue for clue in offers if clue.start not in self.used]

    def take(self, clue: Clue) -> str:
        """Use the clue up, with every other reading of the same place."""
        self.taken += 1
        self.used.update(range(clue.start, min(clue.end, clue.start + 600)))
        return clue.value

    @cached_property
    def _stem_places(self) -> dict[str, int]:
        places: dict[str, int] = {}
        for index, token in enumerate(self.tokens):
            places.setdefault(stem(token.value), index)
        return places

    def place_of(self, name: str) -> int | None:
        """The number of the last token of the field's name, if the text speaks of the field."""
        parts = [stem(word) for word in name_words(name) if len(word) > 1]
        found = [self._stem_places.get(part) for part in parts]
        if not found or None in found:
            return None
        return max(place for place in found if place is not None)

    def number_near(self, name: str, *, strict: bool = False) -> Clue | None:
        """The number right behind the field's name, or else right before it.

        Args:
            name: The name of the field.
            strict: Take no other word, such as `years` for `age`, for the name.
        """
        place = self.place_of(name)
        if place is None and not strict:
            place = self.place_of(SYNONYMS.get(name.lower(), name))
        if place is None:
            return None
        token = self.tokens[place]
        free = self.unused(self.numbers)
        before = [clue for clue in free if 0 < token.start - clue.end < _FAR]
        behind = [clue for clue in free if clue.start >= token.end]
        if before and token.value.endswith("s") and token.start - before[-1].end == 1:
            return before[-1]
        if behind and _JOINT.fullmatch(self.text[token.end : behind[0].start][: 2 * _FAR]):
            return behind[0]
        return before[-1] if before else None

    def text_near(self, name: str) -> str | None:
        """What the text says behind `name:`, `name is` or `name =`."""
        place = self.place_of(name)
        if place is None:
            return None
        tail = self.text[self.tokens[place].end :][:300]
        match = re.match(r"[\"'`*]{0,3}\s?(?::|=|is\b|to be\b|called\b|named\b)\s?([^\n]+)", tail)
        if match is None:
            return None
        said = re.split(r"[,;.!?](?:\s|$)|\s(?:and|with|who|but)\s", match[1], maxsplit=1)[0]
        start = self.tokens[place].end + match.start(1)
        self.taken += 1
        self.used.update(range(start, start + len(said)))
        return said.strip(" \"'`*“”") or None

    def denies(self, name: str) -> bool:
        """Whether the text says `no name`, `without name` or the like."""
        place = self.place_of(name)
        before = self.tokens[max(0, place - 2) : place] if place is not None else []
        return any(
            token.value.lower() in {"no", "not", "without", "don't", "disable", "never", "isn't"}
            for token in before
        )


def _found(pattern: re.Pattern[str], text: str) -> list[Clue]:
    return [Clue(match[0], match.start(), match.end()) for match in pattern.finditer(text)]
