"""Content blocks put together: typed ones of whole answers, pieces of streams."""

from collections.abc import Mapping
from typing import Any

from _pollinations.chat.pieces import Pieces, text_in

_TYPE_OF = {
    "thinking": "thinking",
    "signature": "thinking",
    "data": "redacted_thinking",
    "image_url": "image_url",
    "text": "text",
}
_JOINED = frozenset({"thinking", "signature", "text", "data"})
_WORDS = ("thinking", "text")


class Blocks:
    """Reads the content blocks of one answer.

    Whole answers send `{"type": "thinking", "thinking": "...", "signature": "..."}`; streams send
    pieces without a type, `{"index": 0, "delta": {"thinking": "..."}}`, or small typed blocks that
    go on with the one before.
    """

    __slots__ = ("_blocks", "_growing", "_texts")

    def __init__(self) -> None:
        self._blocks: list[dict[str, Any]] = []
        self._texts: list[dict[str, Pieces]] = []
        self._growing: dict[tuple[int, str], int] = {}

    def feed(
        self, entries: list[Any], *, whole: bool = False
    ) -> tuple[str, str, tuple[Mapping[str, Any], ...]]:
        """Read the blocks of one event or message.

        Args:
            entries: As they came; texts and numbers are text, what is no object is skipped.
            whole: They are those of a whole message: each typed one is a block of its own.

        Returns:
            The thinking and the text among them, and the other blocks that are now whole.
        """
        thinking: list[str] = []
        text: list[str] = []
        others: list[Mapping[str, Any]] = []
        for place, entry in enumerate(entries):
            block = _as_block(entry)
            if block is None:
                continue
            delta = block.get("delta")
            piece: dict[str, Any] = delta if isinstance(delta, dict) else block
            words = {name: text_in(piece[name]) for name in _WORDS if piece.get(name)}
            thinking.append(words.get("thinking", ""))
            text.append(words.get("text", ""))
            index = block.get("index")
            index = index if isinstance(index, int) else place
            if piece is delta:
                self._grow(index, {**piece, **words}, others)
            elif piece.get("type") in _WORDS and not whole:
                self._grow_typed(index, {**piece, **words})
            else:
                self._start({**piece, **words})
                if piece.get("type") not in ("thinking", "redacted_thinking", "text"):
                    others.append(block)
        return "".join(thinking), "".join(text), tuple(others)

    def result(self) -> tuple[Mapping[str, Any], ...]:
        """Return all blocks, pieces joined, in the order of their first pieces."""
        for block, texts in zip(self._blocks, self._texts, strict=True):
            block.update({name: f"{text}{text.half}" for name, text in texts.items()})
        return tuple(self._blocks)

    def _grow(self, index: int, piece: dict[str, Any], others: list[Mapping[str, Any]]) -> None:
        """Read a piece without a type: each of its keys belongs to the block of that kind."""
        for name, value in piece.items():
            if value is None or name == "type":
                continue
            kind = _TYPE_OF.get(name, "")
            if name in _JOINED and isinstance(value, str):
                self._join(index, kind, {name: value})
            else:
                block = {"type": kind or str(piece.get("type", name)), name: value}
                self._start(block)
                others.append(block)

    def _grow_typed(self, index: int, piece: dict[str, Any]) -> None:
        """Read a typed block of a stream, which goes on with the last one of its type."""
        kind = piece["type"]
        known = self._growing.get((index, kind))
        if known is not None and piece.get("signature") and "signature" in self._texts[known]:
            del self._growing[index, kind]  # the block before was signed, and thus complete
        texts = {
            name: value
            for name, value in piece.items()
            if _TYPE_OF.get(name) == kind and isinstance(value, str)
        }
        rest = {name: value for name, value in piece.items() if name not in texts}
        self._join(index, kind, texts).update(rest)

    def _join(self, index: int, kind: str, texts: dict[str, str]) -> dict[str, Any]:
        place = self._growing.get((index, kind))
        if place is None:
            place = self._growing[index, kind] = self._start({"type": kind})
        for name, value in texts.items():
            self._texts[place].setdefault(name, Pieces()).feed(value)
        return self._blocks[place]

    def _start(self, block: dict[str, Any]) -> int:
        self._blocks.append(block)
        self._texts.append({})
        return len(self._blocks) - 1


def _as_block(entry: object) -> dict[str, Any] | None:
    """A block with a type, or a piece of one; None if the entry holds nothing."""
    block: dict[str, Any] = entry if isinstance(entry, dict) else {}
    if "type" in block or isinstance(block.get("delta"), dict):
        return block
    if block.get("thinking"):
        return {**block, "type": "thinking"}
    text = text_in(entry)
    return {**block, "type": "text", "text": text} if text else block or None
