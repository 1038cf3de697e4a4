"""What is the same for every library that carries bytes."""

import pytest

from _pollinations.http.transport import Outgoing, headers_of, is_plain, said_by


def test_header_lines_with_one_name_are_joined() -> None:
    """Names are told in lower case, and no line is lost."""
    lines = [("Vary", "a"), ("X-Cache", "HIT"), ("vary", "b")]

    assert headers_of(lines) == {"vary": "a, b", "x-cache": "HIT"}


def test_an_error_without_words_speaks_through_its_cause() -> None:
    """Some libraries put the words into the cause, and some have none."""
    silent = ConnectionError()

    assert said_by(silent) == "ConnectionError"
    silent.__cause__ = OSError("no route")

    assert said_by(silent) == "no route"
    assert said_by(OSError("gone")) == "gone"


@pytest.mark.parametrize(
    ("headers", "plain"),
    [
        ({}, True),
        ({"content-encoding": "identity"}, True),
        ({"content-encoding": "gzip"}, False),
    ],
)
def test_a_packed_body_says_so(headers: dict[str, str], plain: bool) -> None:
    """Without a word a body comes as it is."""
    assert is_plain(headers) == plain


def test_a_request_shows_neither_key_nor_prompt() -> None:
    """What goes out has a representation that may be logged."""
    going = Outgoing("POST", "https://a/b", {"authorization": "Bearer sk_1"}, b"prompt", 1, 2)

    assert "sk_1" not in repr(going)
    assert "prompt" not in repr(going)
    assert "https://a/b" in repr(going)
