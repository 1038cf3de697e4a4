"""Names that nobody knows."""

import pytest

from _pollinations.http.errors import InvalidInputError
from _pollinations.http.suggestions import refuse_unknown


def test_a_name_that_is_nearly_known_is_suggested() -> None:
    """A slip of the pen is answered with the right name."""
    with pytest.raises(InvalidInputError, match=r"Chat has no 'temprature'; .* 'temperature'\?"):
        refuse_unknown(["temprature"], ["temperature", "top_p"], owner="Chat")


def test_a_name_that_is_like_no_other_is_refused() -> None:
    """Without a likely name the error says where further fields go."""
    with pytest.raises(InvalidInputError, match=r"'zzz'\. .*extra_body=\{\.\.\.\}"):
        refuse_unknown(["zzz"], ["temperature"], owner="Chat")


def test_known_names_pass() -> None:
    """Names that exist are no trouble."""
    refuse_unknown(["a", "b"], iter(["b", "a"]), owner="Chat")
