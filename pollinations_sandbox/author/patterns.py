"""A text that a simple regular expression accepts: for the `pattern` of a JSON schema."""

import re
from re import Pattern

_CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a", "b": "", "B": ""}
_MOST = 1000


def example(pattern: str, shortest: int = 0) -> str:
    """A text that `pattern` finds, or `""` for a grammar beyond this one.

    Args:
        pattern: Literals, classes, groups, alternatives and counts; look-arounds are beyond it.
        shortest: How long the text should be at least, if the pattern allows more than one length.
    """
    try:
        known: Pattern[str] = re.compile(pattern)
    except re.error:
        return ""
    made = ""
    for more in (0, shortest, max(shortest - 1, 0), max(shortest - 2, 0)):
        made, _ = _alternatives(pattern, 0, more)
        if known.search(made) and len(made) >= shortest:
            return made
    return made


def _alternatives(pattern: str, place: int, more: int) -> tuple[str, int]:
    """The first alternative from `place`, and where the group ends."""
    first, place = _sequence(pattern, place, more)
    while place < len(pattern) and pattern[place] == "|":
        _, place = _sequence(pattern, place + 1, more)
    return first, place


def _sequence(pattern: str, place: int, more: int) -> tuple[str, int]:
    made = ""
    while place < len(pattern) and pattern[place] not in "|)":
        piece, place = _atom(pattern, place, more)
        count, place = _count(pattern, place, more)
        made += piece * count
    return made, place


def _atom(pattern: str, place: int, more: int) -> tuple[str, int]:
    letter = pattern[place]
    if letter == "(":
        start = place + 1
        if pattern.startswith("?:", start):
            start += 2
        elif pattern.startswith("?P<", start):
            start = pattern.index(">", start) + 1
        made, end = _alternatives(pattern, start, more)
        return made, end + 1
    if letter == "[":
        return _letter_class(pattern, place + 1)
    if letter == "\\":
        following = pattern[place + 1]
        return _CLASSES.get(following, following), place + 2
    if letter in "^$":
        return "", place + 1
    return ("a" if letter == "." else letter), place + 1


def _letter_class(pattern: str, place: int) -> tuple[str, int]:
    end = place + 1
    while end < len(pattern) and pattern[end] != "]":
        end += 2 if pattern[end] == "\\" else 1
    members = re.compile(pattern[place - 1 : end + 1])
    fitting = (letter for letter in "aA0-_ .:/@+#!éあ" if members.fullmatch(letter))
    other = (chr(code) for code in range(32, 127) if members.fullmatch(chr(code)))
    return next(fitting, None) or next(other, ""), end + 1


def _count(pattern: str, place: int, more: int) -> tuple[int, int]:
    """How often the atom before `place` is repeated, and where the count ends."""
    count = 1
    if place < len(pattern) and pattern[place] in "*+?":
        count = {"*": more, "+": max(more, 1), "?": 0}[pattern[place]]
        place += 1
    elif match := re.compile(r"\{(\d*)(,?)(\d*)\}").match(pattern, place):
        least = int(match[1] or 0)
        most = int(match[3]) if match[3] else (max(least, more) if match[2] else least)
        count = min(max(least, more), most)
        place = match.end()
    if place < len(pattern) and pattern[place] in "?+":
        place += 1
    return min(count, _MOST), place
