"""API keys and their rights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key and its rights.

    Attributes:
        kind: A `secret` key (`sk_…`) or a `publishable` one (`pk_…`).
        models: The models that the key may use, by any of their names; None means all.
        budget: What the key may still spend, in pollen; None means no limit. 0 is exhausted.
        balance: What the account behind the key owns, in pollen. 0 is empty.
        permissions: The account routes that the key may read: profile, balance, usage.
        rate_limit: Whether a publishable key waits for its pollen per hour between requests.
        name: The name that usage records show.
    """

    kind: Literal["secret", "publishable"] = "secret"
    models: tuple[str, ...] | None = None
    budget: float | None = None
    balance: float = 15.5
    permissions: tuple[str, ...] = ("profile", "balance", "usage")
    rate_limit: bool = False
    name: str = "sandbox"


DEFAULT_KEYS: Final[Mapping[str, Key]] = {
    "sk_sandbox": Key(),
    "pk_sandbox": Key(kind="publishable", permissions=()),
}
