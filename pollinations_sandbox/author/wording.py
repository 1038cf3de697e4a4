"""A text for one field of a form: said beside its name, offered by the prompt, or made up."""

import re
from collections.abc import Iterator

from pollinations_sandbox.author.clues import Clue, Clues
from pollinations_sandbox.author.patterns import example
from pollinations_sandbox.author.rewriting import material
from pollinations_sandbox.author.schema import Schema
from pollinations_sandbox.author.vocabulary import (
    COLOURS,
    MAKERS,
    MATTERS,
    PERSONS,
    PHRASES,
    PLACES,
    SAMPLES,
    SUMMARIES,
)
from pollinations_sandbox.author.words import name_words, sentences, stem, stems, topic

_ORDER = re.compile(
    r"(?:please |can you |could you |i want to |use (?:the )?\w{1,60}(?: tool)? (?:to|and) )*"
    r"(?:search(?: \w{1,20}){0,3}? for|look up|find out about|find|google|tell me about) ",
    re.IGNORECASE,
)
_FIELD_KINDS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"email", "mail", "recipient", "to"}), "emails"),
    (frozenset({"url", "link", "uri", "website"}), "urls"),
    (frozenset({"date", "day", "when", "start", "end", "deadline", "birthday", "born"}), "dates"),
    (frozenset({"time", "hour", "at"}), "times"),
    (frozenset({"color", "colour"}), "colours"),
    (MAKERS, "makers"),
    (PLACES | PERSONS, "quoted"),
    (PLACES, "places"),
    (PLACES | PERSONS | MAKERS, "names"),
    (frozenset({"number", "phone", "id", "zip", "code", "year", "version"}), "numbers"),
)
_FORMATS = {"email": "emails", "uri": "urls", "date": "dates", "date-time": "dates"}
_ONLY: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"email", "mail"}), "emails"),
    (frozenset({"url", "link", "uri", "website"}), "urls"),
    (frozenset({"date", "deadline", "birthday"}), "dates"),
)
_LONGEST = 2000
_WITH_ZONE = 20
_HEADING = 2  # words that are no sentence
_PLACE_STEMS, _PERSON_STEMS = frozenset(map(stem, PLACES)), frozenset(map(stem, PERSONS))


def texts(clues: Clues, flat: Schema, name: str) -> Iterator[str]:
    """Texts for the field, the best first; each offer is used up as it is yielded.

    Args:
        clues: What the prompt offers.
        flat: The resolved schema of the field.
        name: The name of the field.
    """
    low, high = flat.get("minLength", 0), flat.get("maxLength")
    for said in _sayings(clues, flat, name):
        yield said
        yield said[:high].ljust(low, ".")
    pattern = flat.get("pattern")
    if pattern is not None:
        yield from (token.value for token in clues.tokens[:_LONGEST])
        yield example(pattern, low)
        yield example(pattern, low)[:high]


def evident(clues: Clues, flat: Schema, name: str) -> bool:
    """Whether the prompt offers something that can only be meant for this field."""
    kinds = set(name_words(name))
    form = flat.get("format")
    special = [offers for words, offers in _FIELD_KINDS[:3] if words & kinds]
    if form in _FORMATS:
        special.append(_FORMATS[form])
    return any(clues.unused(getattr(clues, offers)) for offers in special)


def absent(clues: Clues, flat: Schema, name: str) -> bool:
    """Whether the field wants something, such as a date, that the prompt does not have."""
    kinds = set(name_words(name))
    form = flat.get("format")
    wanted = [_FORMATS[form]] if form in _FORMATS else []
    if clues.place_of(name) is None:
        wanted += [offers for words, offers in _ONLY if words & kinds]
    return bool(wanted) and not any(clues.unused(getattr(clues, offers)) for offers in wanted)


def _sayings(clues: Clues, flat: Schema, name: str) -> Iterator[str]:
    form = flat.get("format")
    if form in SAMPLES:
        yield from _formatted(clues, str(form))
        return
    near = clues.text_near(name) if name else None
    if near is not None:
        yield near
    described = name_words(name)
    description = str(flat.get("description", ""))
    yield from _examples(clues, description)
    for offers in _offers(clues, set(described), description):
        for clue in clues.unused(offers):
            yield clues.take(clue)
    if isinstance(flat.get("default"), str):
        yield flat["default"]
    yield _made_up(clues, described)


def _examples(clues: Clues, description: str) -> Iterator[str]:
    """The examples in a description, such as `sunny, rainy or cloudy`, which the prompt has."""
    listed = re.findall(r"[\"'`(]?\b([^\W\d]\w{0,40})\b[\"'`)]?(?=,|\sor\b|/|\.{3}|$)", description)
    if len(listed) > 1:
        said = {token.value.lower() for token in clues.tokens}
        yield from (word for word in listed if word.lower() in said)


def _formatted(clues: Clues, form: str) -> Iterator[str]:
    for clue in clues.unused(getattr(clues, _FORMATS[form]) if form in _FORMATS else ()):
        value = clues.take(clue)
        if form == "date":
            yield value[:10]
        elif form == "date-time":
            yield value if "T" in value and len(value) >= _WITH_ZONE else f"{value[:10]}T12:00:00Z"
        else:
            yield value
    yield SAMPLES[form]


def _offers(clues: Clues, kinds: set[str], description: str) -> Iterator[list[Clue]]:
    for words, offers in _FIELD_KINDS:
        if words & kinds:
            yield getattr(clues, offers)
    yield clues.quoted
    if not kinds & (set(PHRASES) | MATTERS):
        described = stems(description)
        if described & _PLACE_STEMS:
            yield clues.places
        if described & _PERSON_STEMS:
            yield clues.names


def _made_up(clues: Clues, described: list[str]) -> str:
    for word in described:
        if word in PHRASES:
            return PHRASES[word].format(topic=topic(clues.text))
    if set(described) & SUMMARIES:
        told = (one for one in sentences(material(clues.text)) if len(one.split()) > _HEADING)
        return next(told, topic(clues.text))
    if set(described) & MATTERS or not described:
        return _matter(clues.matter or clues.text) or topic(clues.text)
    return _beside(clues, " ".join(described)) or f"{' '.join(described)} of {topic(clues.text)}"


def _matter(text: str) -> str:
    """The request without the words that merely ask for a search."""
    text = text.strip()
    order = _ORDER.match(text)
    return (text[order.end() :].rstrip(" .?!") if order else text)[:_LONGEST]


def _beside(clues: Clues, name: str) -> str | None:
    """The word before the field's name, such as the colour before `hair`; else a free name."""
    words = name.split()
    place = clues.place_of(name)
    if place is None and COLOURS & set(words):
        place = clues.place_of(words[0])
    if place:
        before = clues.tokens[place - 1]
        if before.value.isalpha() and stems(before.value):
            return clues.take(before)
    spent = {clue.value for clue in clues.names if clue.start in clues.used}
    names = [clue for clue in clues.names if clue.value not in spent]
    return clues.take(names[0]) if names else None
