"""Unknown names, and suggestions for them."""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from _pollinations.http.errors import InvalidInputError, PollinationsError

_QUOTED = re.compile(r'"([^"\s]{1,100})"')
_LONGEST_NAME = 200
LIST_MODELS = "The command pollinations-models lists the models."

_OPENAI_NAMES = (
    (re.compile(r"(gpt-?[34]|chatgpt|o[134](-|$))"), "openai"),
    (re.compile(r"text-embedding-"), "openai-3-small"),
    (re.compile(r"dall-e"), "zimage"),
)
"""Names of OpenAI's models that the gateway does not have, and its own model of that kind."""
_WRONG_KIND = re.compile(r"is an? (\w{1,20}) model and cannot be used")
_MADE_FOR = {
    "image": "PollinationsImageTool, PollinationsToolSpec or gateway.image() makes images.",
    "video": "PollinationsVideoTool, PollinationsToolSpec or gateway.video() makes videos.",
    "audio": "PollinationsSpeechTool, PollinationsToolSpec or gateway.speech() makes speech.",
    "embedding": "PollinationsEmbeddings, PollinationsEmbedding or gateway.embeddings() takes it.",
    "text": "ChatPollinations, Pollinations or gateway.complete() takes it.",
}
"""What takes a model of a kind that was asked for at another kind's endpoint."""

_HINTS = {
    "is_chat_model": "every model here is a chat model, so leave it out.",
    "size": "set width and height.",
    "system_prompt": "put a system message first.",
    "height": "it is an argument of the call that makes an image.",
    "width": "it is an argument of the call that makes an image.",
    "tools": "pass them to bind_tools in LangChain, to chat_with_tools or an agent in LlamaIndex.",
    "use_responses_api": "chats are sent as chat completions, so leave it out.",
    "n": "one request has one answer; ask several times with seed='random'.",
}


_MEANT = {
    "dir": "directory",
    "effort": "reasoning_effort",
    "endpoint": "base_url",
    "fallback": "fallback_models",
    "fallbacks": "fallback_models",
    "folder": "directory",
    "key": "api_key",
    "output_dir": "directory",
    "path": "directory",
    "save_dir": "directory",
    "token": "api_key",
}
"""Names of other packages, and what is meant where an object has it."""


def renamed(
    arguments: Mapping[str, Any], known: Collection[str], synonyms: Mapping[str, str], *, owner: str
) -> dict[str, Any]:
    """Check the arguments of a constructor, and replace synonyms; None means not set.

    Args:
        arguments: The arguments.
        known: Names that exist.
        synonyms: Other usual names, and the names that they stand for.
        owner: What the names belong to, for the error.

    Returns:
        The arguments by their own names.

    Raises:
        InvalidInputError: A name is unknown, or one is set under two names.

    Example:
        >>> renamed({"api_base": "https://a"}, ["base_url"], {"api_base": "base_url"}, owner="A")
        {'base_url': 'https://a'}
    """
    checked: dict[str, Any] = {}
    for name, value in arguments.items():
        own = name if name in known else synonyms.get(name, name)
        if own not in known:
            others = [other for other, meant in synonyms.items() if meant in known]
            refuse_unknown([name], [*known, *others], owner=owner)
        if own != name and arguments.get(own) is not None:
            raise InvalidInputError(f"{owner}: {name} is another name of {own}; set one of them.")
        if value is not None:
            checked[own] = value
    return checked


def refuse_unknown(
    used: Iterable[str], known: Collection[str], *, owner: str, constructor: Collection[str] = ()
) -> None:
    """Raise for the first name that is not known, with a suggestion.

    Args:
        used: Names that were used.
        known: Names that exist, synonyms included.
        owner: What the names belong to, for the error.
        constructor: For a call, the names that the constructor takes.

    Raises:
        InvalidInputError: A name is unknown.

    Example:
        >>> refuse_unknown(["visoin"], ["tools", "vision"], owner="require")
        Traceback (most recent call last):
        _pollinations.http.errors.InvalidInputError: require has no 'visoin'; did you mean 'vision'?
    """
    for name in used:
        if name in known:
            continue
        meant = _MEANT.get(name, name)
        close = [meant] if meant in known else get_close_matches(name.lower(), known, 1)
        if meant in constructor:
            hint = f": pass {meant} to the constructor."
        elif name in _HINTS:
            hint = f": {_HINTS[name]}"
        elif close:
            hint = f"; did you mean {close[0]!r}?"
        elif "extra_body" in known:
            hint = ". Further fields of the API go into extra_body={...}."
        else:
            hint = "."
        raise InvalidInputError(f"{owner} has no {name!r}{hint}")


def names_unknown_model(error: PollinationsError) -> bool:
    """Whether an error says that the gateway does not know the model; a bare 404 does not say so.

    Example:
        >>> names_unknown_model(PollinationsError('Invalid service or alias: "opnai".'))
        True
    """
    return (
        "model" in error.field_errors
        or error.code == "model_not_found"
        or "Invalid service or alias" in error.message
    )


def suggest_models(
    error: PollinationsError, model: str | None = None, names: Iterable[str] = ()
) -> None:
    """Add similar names to an error about an unknown model, or what takes one of another kind.

    Args:
        error: Any error; one about something else is left as it is.
        model: The name in the request; None takes it from the error's message.
        names: Names of models, beside those that the gateway lists in the error.

    Example:
        >>> error = PollinationsError('Invalid service or alias: "opnai".')
        >>> suggest_models(error, names=["openai", "mistral"])
        >>> error.hint
        "Did you mean 'openai'? The command pollinations-models lists the models."
    """
    if wrong_kind := _WRONG_KIND.search(error.message):
        error.hint = _MADE_FOR.get(wrong_kind[1], "")
        return
    if not names_unknown_model(error):
        return
    quoted = _QUOTED.search(error.message)
    model = model or (quoted[1] if quoted else "")
    offered = _QUOTED.findall(" ".join(error.field_errors.get("model", ())))
    error.hint = did_you_mean(model, [*offered, *names]) + LIST_MODELS


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return a question with the names that are similar to a wrong one, if there are any.

    Example:
        >>> did_you_mean("fluxx", ["flux", "kontext"])
        "Did you mean 'flux'? "
        >>> did_you_mean("gpt-4o-mini", ["gpt-4o-mini-audio-preview"])
        "Did you mean 'openai'? "
        >>> did_you_mean("gemini-3.7-flash", ["gemini-3.6-flash", "google/gemini-3.7-flash"])
        "Did you mean 'google/gemini-3.7-flash' or 'gemini-3.6-flash'? "
    """
    near = [own for pattern, own in _OPENAI_NAMES if pattern.match(name)]
    if not near:
        listed = dict.fromkeys(names)
        full = [each for each in listed if each.endswith(f"/{name}")]
        close = get_close_matches(name[:_LONGEST_NAME], listed, n=3)
        near = [*dict.fromkeys([*full, *close])][:3]
    if not near:
        return ""
    *others, last = map(repr, near)
    return f"Did you mean {', '.join(others)} or {last}? " if others else f"Did you mean {last}? "
