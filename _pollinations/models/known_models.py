"""What was known of the gateway's models in October 2026, for places that may not send a request.

A model profile or a context window is needed before the first request, often in a constructor,
where no network call is allowed. The snapshot is used there and nowhere else; what the gateway
lists today (`GET /v1/models`, `GET /text/models`) is the truth. A model that is missing in it can
be used all the same.

`known_models.json` is a list as the gateway gives it, with the short names first and without what
changes from month to month, such as prices, which are read from the catalogue.
"""

from collections.abc import KeysView
from functools import cache
from pkgutil import get_data
from typing import TYPE_CHECKING

from _pollinations.http.json import parse

if TYPE_CHECKING:
    from _pollinations.models.model import Model


def known_model(name: str) -> "Model | None":
    """Look a model up in the snapshot.

    Args:
        name: A short name, an alias, or a `publisher/model` id.

    Returns:
        What was known of it, or None.

    Example:
        >>> known_model("claude-haiku").name
        'claude-fast'
    """
    return _by_name().get(name)


def known_names() -> KeysView[str]:
    """Return every name and alias of the snapshot."""
    return _by_name().keys()


@cache
def known_models() -> "tuple[Model, ...]":
    """Return the models of the snapshot; each name and alias occurs once."""
    # Imports are light: only the first look-up brings the catalogue's module.
    from _pollinations.models.model import read_models  # noqa: PLC0415

    # The loader reads it as it reads a module, which tools allow that forbid files in coroutines.
    return read_models(parse(get_data(__package__, "known_models.json") or b""))


@cache
def _by_name() -> "dict[str, Model]":
    return {name: model for model in known_models() for name in (model.name, *model.aliases)}
