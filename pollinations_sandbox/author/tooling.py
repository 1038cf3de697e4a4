"""The tools of a request, and how much a text speaks of each."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pollinations_sandbox.author.clues import Clues
from pollinations_sandbox.author.filling import instance
from pollinations_sandbox.author.schema import Schema, resolve, type_names
from pollinations_sandbox.author.vocabulary import DUMB, VERBS
from pollinations_sandbox.author.words import name_words, stem, stems, words

NAMED = 100
"""The interest of a text that has the tool's very name."""
_BY_NAME = 10
_SHORT = 2
_DUMB = frozenset(map(stem, DUMB))
_WORD = re.compile(r"[^\W\d_]+|(?:\d[\d.,]{0,20}\s{0,3})?[+*/\xd7\xf7]")


@dataclass(frozen=True)
class Tool:
    """A function the model may call."""

    name: str
    description: str
    parameters: Mapping[str, Any]

    @cached_property
    def is_form(self) -> bool:
        """Whether it takes the final answer, like a class of fields, and does nothing."""
        first = name_words(self.name)[:1]
        return self.name[:1].isupper() and "_" not in self.name and not set(first) & VERBS

    @cached_property
    def fields(self) -> Mapping[str, Schema]:
        """The resolved schemas of its arguments."""
        fields = resolve(self.parameters, self.parameters).get("properties", {})
        return {name: resolve(schema, self.parameters) for name, schema in fields.items()}

    @cached_property
    def required(self) -> list[str]:
        """The arguments it cannot do without."""
        return list(resolve(self.parameters, self.parameters).get("required", ()))

    @cached_property
    def numbers(self) -> list[str]:
        """The required arguments which are numbers."""
        numeric = {"integer", "number"}
        return [
            name for name in self.required if numeric & set(type_names(self.fields.get(name, {})))
        ]

    @cached_property
    def own_words(self) -> set[str]:
        """The words of its name that tell it from other tools."""
        return {stem(word) for word in name_words(self.name)} - _DUMB

    @cached_property
    def other_words(self) -> set[str]:
        """The words of its description and of its arguments."""
        fields = {stem(word) for name in self.fields for word in name_words(name)}
        return (stems(self.description[:2000]) - _DUMB) | {
            one for one in fields if len(one) > _SHORT
        }


@dataclass(frozen=True, slots=True)
class Call:
    """A call that the model decided on."""

    name: str
    arguments: Mapping[str, Any]


def tools_of(body: Mapping[str, Any]) -> tuple[Tool, ...]:
    """The callable functions among the body's tools; built-in tools are no functions."""
    functions = [tool["function"] for tool in body.get("tools") or () if "function" in tool]
    return tuple(
        Tool(
            str(function.get("name", "")),
            str(function.get("description") or ""),
            function.get("parameters") or {"type": "object", "properties": {}},
        )
        for function in functions
    )


def call(tool: Tool, text: str, hints: Mapping[str, Any], *, matter: str = "") -> Call:
    """A call of the tool with valid arguments from the text.

    Args:
        tool: What is called.
        text: Where the arguments come from.
        hints: Values for arguments of these names.
        matter: The words for an argument that takes a whole question; by default the text.
    """
    unnamed = text.replace(tool.name, " " * len(tool.name))
    clues = Clues(unnamed, hints, matter=matter or text)
    filled = instance(tool.parameters, clues, generous=tool.is_form)
    return Call(tool.name, filled if isinstance(filled, Mapping) else {})


def interest(tool: Tool, text: str) -> int:
    """How much the text speaks of the tool; zero is not at all."""
    if _named(tool, text):
        return NAMED
    said = stems(text) | {stem(word) for word in set(words(text))}
    by_name = len(said & tool.own_words)
    by_words = len(said & tool.other_words)
    if by_name:
        return _BY_NAME * by_name + by_words
    return by_words if by_words >= _SHORT else 0


def first_mention(tool: Tool, text: str) -> int:
    """Where the text first names the tool, or -1."""
    exact = _named(tool, text)
    if exact:
        return exact.start()
    own = tool.own_words
    found = (
        match.start()
        for match in _WORD.finditer(text)
        if stem(match[0][-1] if match[0][0].isdigit() else match[0]) in own
    )
    return next(found, -1)


def _named(tool: Tool, text: str) -> re.Match[str] | None:
    exact = rf"(?<!\w){re.escape(tool.name)}(?!\w)"
    return re.search(exact, text, re.IGNORECASE) if tool.name else None


def agents_of(tool: Tool) -> Mapping[str, str]:
    """The agents, by name, that a hand-off tool lists in its description."""
    if "to_agent" not in tool.fields:
        return {}
    try:
        listed = ast.literal_eval(tool.description.rpartition("agents:")[2].strip())
    except (ValueError, SyntaxError):
        return {}
    return listed if isinstance(listed, dict) else {}
