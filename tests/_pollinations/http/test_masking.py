"""What becomes of a secret in a value."""

from types import MappingProxyType
from typing import Any

import pytest

from _pollinations.http.masking import chain, forget_frames, masked

SECRET = "sk_a-secret-of-many-letters"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (f"key {SECRET}!", "key ***!"),
        (f"{SECRET}{SECRET}", "******"),
        (f"cut {SECRET[:12]}", "cut ***"),
        (f"begins alike {SECRET[:7]}", f"begins alike {SECRET[:7]}"),
        ((SECRET, (SECRET, 1)), ("***", ("***", 1))),
        (MappingProxyType({SECRET: (SECRET,)}), {"***": ("***",)}),
        (None, None),
        ([SECRET], [SECRET]),
    ],
)
def test_a_secret_is_masked_at_any_depth(value: Any, shown: Any) -> None:
    """A part of it too, if it is longer than seven characters."""
    assert masked(SECRET, value) == shown


def test_a_chain_of_errors_ends() -> None:
    """Also where an error is a cause of itself; all of it loses its frames."""
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__context__ = other, one
    with pytest.raises(ValueError, match="one"):
        raise one
    forget_frames(one)

    assert list(chain(one)) == [one, other]
    assert one.__traceback__ is None
