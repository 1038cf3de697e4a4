"""What holds for the text of every error."""

import re

from _pollinations.http.errors import LINE, InvalidInputError, PollinationsError

_MOST = 5_000
_INTERNAL = re.compile(r"\b_[A-Z]\w+|\w+Fields\b|<\w+[ (:]|0x[0-9a-f]{6}|\[Errno|_ssl\.c|host=")
"""Private classes, objects as Python shows them, and how libraries tell of a connection."""


def check_text(error: PollinationsError) -> None:
    """It is short, says what to do on its first or last line, and names nothing internal."""
    text = str(error)
    first, *rest = text.splitlines()
    last = rest[-1] if rest else first

    assert error.message.strip()
    assert len(first) <= LINE, first
    assert len(text) < _MOST
    assert not _INTERNAL.search(text), text
    assert "Wait 0 s" not in text
    if not isinstance(error, InvalidInputError):  # its message says what to change
        assert error.next_step
        assert first.endswith(error.next_step) or last == error.next_step, text
    if error.attempts > 1:
        assert f"after {error.attempts} attempts" in first.lower()
