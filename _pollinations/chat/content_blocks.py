"""Content blocks put together: typed ones of whole answers, untyped pieces of streams."""

from collections.abc import Mapping
from typing import Any

_TYPE_OF = {
    "thinking": "thinking",
    "signature": "thinking",
    "data": "redacted_thinking",
    "image_url": "image_url",
    "text": "text",
}
_JOINED = frozenset({"thinking", "signature", "text", "data"})


class Blocks:
    """The content blocks of one answer.

    Whole answers send `{"type": "thinking", "thinking": "...", "signature": "..."}`; streams send
    pieces without a type, `{"index": 0, "delta": {"thinking": "..."}}`.
    """

    __slots__ = ("_blocks", "_growing")

    def __init__(self) -> None:
        self._blocks: list[dict[str, Any]] = []
        self._growing: dict[tuple[int, str], tuple[dict[str, Any], dict[str, list[str]]]] = {}

    def take(self, entries: list[Any]) -> tuple[str, str, tuple[Mapping[str, Any], ...]]:
        """Take the `content_blocks` of one event or message.

        Args:
            entries: As they came; what is no object is skipped.

        Returns:
            The thinking and the text among them, and the other blocks that are now whole.
        """
        thinking: list[str] = []
        text: list[str] = []
        whole: list[Mapping[str, Any]] = []
        for place, entry in enumerate(entries):
            if not isinstance(entry, dict):
                continue
            piece = entry.get("delta")
            if isinstance(piece, dict):
                index = entry.get("index")
                self._grow(index if isinstance(index, int) else place, piece, whole)
            else:
                piece = entry
                self._blocks.append(dict(entry))
                if entry.get("type") not in ("thinking", "redacted_thinking", "text"):
                    whole.append(entry)
            if isinstance(piece.get("thinking"), str):
                thinking.append(piece["thinking"])
            if isinstance(piece.get("text"), str):
                text.append(piece["text"])
        return "".join(thinking), "".join(text), tuple(whole)

    def whole(self) -> tuple[Mapping[str, Any], ...]:
        """Return all blocks, pieces joined, in the order of their first pieces."""
        for block, pieces in self._growing.values():
            block.update({name: "".join(texts) for name, texts in pieces.items()})
        return tuple(self._blocks)

    def _grow(self, index: int, piece: dict[str, Any], whole: list[Mapping[str, Any]]) -> None:
        for name, value in piece.items():
            if value is None or name == "type":
                continue
            kind = _TYPE_OF.get(name, "")
            if name not in _JOINED or not isinstance(value, str):
                block = {"type": kind or str(piece.get("type", name)), name: value}
                self._blocks.append(block)
                whole.append(block)
                continue
            grown = self._growing.get((index, kind))
            if grown is None:
                grown = self._growing[index, kind] = ({"type": kind}, {})
                self._blocks.append(grown[0])
            grown[1].setdefault(name, []).append(value)
