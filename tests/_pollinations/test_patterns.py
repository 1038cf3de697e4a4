"""Text from outside is read in linear time, whatever it holds."""

import importlib
import pkgutil
import re
import time
from contextlib import suppress
from typing import Any

import pytest

import _pollinations
import langchain_pollinations
import llama_index_pollinations
from _pollinations.http.call import Response
from _pollinations.http.error_reader import error_from
from _pollinations.http.errors import PollinationsError
from _pollinations.media.media import sniff
from _pollinations.text import read_text

SOME, MANY = 50_000, 1_000_000
# Seconds: many times what linear patterns need, and nothing beside what others need.
pytestmark = pytest.mark.timeout(20, func_only=True)


def every_pattern() -> dict[str, re.Pattern[str] | re.Pattern[bytes]]:
    """Every compiled pattern of the packages, by module and name."""
    patterns = {}
    for package in (_pollinations, langchain_pollinations, llama_index_pollinations):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            names = vars(importlib.import_module(module.name))
            patterns |= {
                f"{module.name}.{name}": value
                for name, value in names.items()
                if isinstance(value, re.Pattern)
            }
    return patterns


PATTERNS = every_pattern()
# Beginnings without an end, ends without a beginning, and what may be split in many ways.
WORST = [
    *("<!---->", "<!--", "<!doctype svg ", "<?xml ", "<title", "<title>", "<a", "< >", "<"),
    *(" ", "\n", "\t\n", "\n---\nSources:\n[1] a ", "[1] a ", "[1]\n"),
    *("a", "A-", "0.", "x-usage-prompt-a", "'account:a", '"a', '"messages" ', '\\\\"messages'),
    *("```", "```a\n", "`\n\t", "{", '{"a":', "\\", "exceeds the max ", "context ", "%", "/."),
    *("does not ", "supports ", "tool_choice ", "not supported with ", "error code: 1"),
]


def test_the_patterns_are_found() -> None:
    """The list is made by looking, so that a new pattern is tried too."""
    assert len(PATTERNS) > 15
    assert "_pollinations.media.media._SVG" in PATTERNS


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_needs_linear_time(name: str) -> None:
    """A megabyte of what is slowest for it takes no longer than a megabyte may."""
    pattern = PATTERNS[name]
    slowest = max(WORST, key=lambda unit: searched(pattern, unit, SOME))
    searched(pattern, slowest, MANY)


def searched(pattern: re.Pattern[Any], unit: str, size: int) -> float:
    """Search for it in so many repetitions, and return how long that took."""
    text = unit * (size // len(unit)) + "x"
    begun = time.perf_counter()
    pattern.search(text.encode() if isinstance(pattern.pattern, bytes) else text)
    return time.perf_counter() - begun


@pytest.mark.parametrize("unit", WORST)
def test_a_body_is_read_in_linear_time(unit: str) -> None:
    """The same for what reads them: errors, plain answers, the first bytes of media."""
    body = unit.encode() * (MANY // len(unit)) + b"x"
    sniff(body)
    for status in (400, 403, 502):
        assert error_from(status, {"retry-after": unit * 9_999}, body).message
    with suppress(PollinationsError):
        read_text(Response(200, {"content-type": "text/plain"}, body))
