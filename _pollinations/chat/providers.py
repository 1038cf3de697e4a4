"""What each family of models takes, where families differ: the one table of it."""

import re
from dataclasses import dataclass
from functools import lru_cache

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""The names of tools that providers take."""

BUILTIN_TOOLS = frozenset(
    ("code_execution", "computer_use", "file_search", "google_maps", "google_search", "url_context")
)
"""Tools that run at the provider, on Gemini."""

BUILTIN_FUNCTIONS = frozenset({"google_search"})
"""Those that are sent as functions: as `{"type": name}`, the gateway of January drops them."""

_GEMINI_KEYWORDS = frozenset(
    {
        *("additionalProperties", "anyOf", "default", "description", "enum", "example", "format"),
        *("items", "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength"),
        *("minProperties", "minimum", "nullable", "pattern", "properties", "propertyOrdering"),
        *("required", "title", "type"),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """How the models of one provider differ from what OpenAI's API describes.

    Attributes:
        models: Finds the family in the name of a model.
        tool_name: What the whole name of a tool must match.
        schema_keywords: The keywords of JSON Schema that it reads; it refuses a call with others,
            references among them. None: it reads them all.
        max_completion_tokens: Whether it heeds this option. If not, `max_tokens` stands for it.
        signs_thoughts: Whether it reads its own signed thoughts again.
        default_tools: Whether it has tools of its own where a call does not name any.
        one_instruction: Whether it reads the first text of a system message at the beginning, and
            no others.
    """

    models: re.Pattern[str]
    tool_name: re.Pattern[str] = NAME
    schema_keywords: frozenset[str] | None = None
    max_completion_tokens: bool = True
    signs_thoughts: bool = False
    default_tools: bool = False
    one_instruction: bool = False


FAMILIES = (
    # https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/Schema
    # The gateway takes any function with the name of a built-in tool for that tool.
    Family(
        re.compile(r"gemini"),
        tool_name=re.compile(rf"(?!(?:{'|'.join(BUILTIN_TOOLS)})$)[a-zA-Z_][a-zA-Z0-9_-]{{0,63}}"),
        schema_keywords=_GEMINI_KEYWORDS,
        default_tools=True,
        one_instruction=True,
    ),
    # The gateway sends Claude and Nova a max_tokens of its own, which wins.
    Family(
        re.compile(r"claude|anthropic/"),
        max_completion_tokens=False,
        signs_thoughts=True,
    ),
    Family(re.compile(r"(?<![a-z])nova(?![a-z])"), max_completion_tokens=False),
)
"""The families that differ; the first whose pattern matches the model's name is used."""

OTHERS = Family(re.compile(""))
"""Every other model."""


@lru_cache(maxsize=1024)
def family_of(model: str | None) -> Family:
    """Find a model's family by its name, which may be a short one or `publisher/model`.

    Args:
        model: The requested model; None for the gateway's default model.

    Returns:
        Its family, or `OTHERS`.

    Example:
        >>> family_of("amazon/nova-2-lite-v1").max_completion_tokens
        False
        >>> family_of("openai") is OTHERS
        True
    """
    name = (model or "").lower()
    return next((family for family in FAMILIES if family.models.search(name)), OTHERS)
