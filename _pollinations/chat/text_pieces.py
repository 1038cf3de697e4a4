"""Text and speech that come in pieces, and text in other shapes than a string."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from _pollinations.chat.reply import Audio
from _pollinations.http.values import text, whole

_TEXT_KEYS = ("text", "thinking", "content", "summary", "value")
_MOST_LEVELS = 8


class Pieces:
    r"""A text that is put together from pieces.

    Some providers cut a text between the two halves (UTF-16 surrogates) of one character. The first
    half waits in `half` for the piece that holds the second.

    Example:
        >>> text = Pieces()
        >>> text.feed("Hi \ud83d"), text.feed("\ude00!")
        ('Hi ', '😀!')
    """

    __slots__ = ("half", "pieces")

    def __init__(self) -> None:
        self.half = ""
        self.pieces: list[str] = []

    def feed(self, piece: str) -> str:
        """Take the next piece.

        Returns:
            What can be handed out now.
        """
        if self.half:
            piece, self.half = paired(self.half + piece), ""
        if "\ud800" <= piece[-1:] <= "\udbff":
            piece, self.half = piece[:-1], piece[-1]
        if piece:
            self.pieces.append(piece)
        return piece

    def flush(self) -> str:
        """Add the half that waits to the text, since nothing follows, and return it."""
        rest, self.half = self.half, ""
        if rest:
            self.pieces.append(rest)
        return rest

    def __str__(self) -> str:
        return "".join(self.pieces)


def audio_of(pieces: Sequence[Mapping[str, Any]]) -> Audio | None:
    """Put the `audio` objects of one answer together.

    Args:
        pieces: As they came; what has another type than it should is left out.

    Returns:
        The whole audio, or None if nothing of one came.
    """
    last = {name: value for piece in pieces for name, value in piece.items() if value}
    data = [text(piece.get("data")) or "" for piece in pieces]
    words = [text(piece.get("transcript")) or "" for piece in pieces]
    audio = Audio(
        id=text(last.get("id")),
        data=_joined_base64([piece for piece in data if piece]),
        transcript=paired("".join(words)),
        expires_at=whole(last.get("expires_at")),
    )
    return None if audio == Audio() else audio


def text_in(value: object, levels: int = _MOST_LEVELS) -> str:
    """The text of a value that should have been a string.

    Args:
        value: A string, a number, a block such as `{"type": "text", "text": "Hi"}`, or a list.
        levels: How deep to look into lists and blocks.

    Returns:
        The text; empty if there is none.

    Example:
        >>> text_in([{"type": "text", "text": "It is "}, "so", {"text": {"value": "."}}])
        'It is so.'
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not levels:
        return ""
    if isinstance(value, list):
        return "".join([text_in(item, levels - 1) for item in value])
    if isinstance(value, dict):
        texts = (text_in(value.get(key), levels - 1) for key in _TEXT_KEYS)
        return next(filter(None, texts), "")
    return ""


def paired(text: str) -> str:
    """Join each two halves of a character, which a text may hold as two lone surrogates."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _joined_base64(pieces: list[str]) -> str:
    """Base64 text of all pieces: each may be padded on its own, so they are joined as bytes."""
    if len(pieces) <= 1:
        return "".join(pieces)
    try:
        return base64.b64encode(b"".join(base64.b64decode(piece) for piece in pieces)).decode()
    except ValueError:
        return "".join(pieces)
