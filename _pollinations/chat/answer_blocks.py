"""Content blocks put together: typed ones of whole answers, pieces of streams."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from _pollinations.chat.text_pieces import Pieces, text_in

_TYPE_OF = {
    "thinking": "thinking",
    "signature": "thinking",
    "data": "redacted_thinking",
    "text": "text",
}
_WORDS = ("thinking", "text")


class NewBlocks(NamedTuple):
    """What is new in the blocks of one event or message.

    Attributes:
        thinking: The thinking among them.
        text: The text among them.
        others: The other blocks that are now whole.
    """

    thinking: str
    text: str
    others: tuple[Mapping[str, Any], ...]


class Blocks:
    """Reads the content blocks of one answer.

    Whole answers send `{"type": "thinking", "thinking": "...", "signature": "..."}`; streams send
    pieces without a type, `{"index": 0, "delta": {"thinking": "..."}}`, or small typed blocks that
    go on with the one before.
    """

    __slots__ = ("_blocks", "_growing")

    def __init__(self) -> None:
        self._blocks: list[dict[str, Any]] = []
        self._growing: dict[tuple[int, str], dict[str, Any]] = {}

    def feed(self, entries: list[Any], *, whole: bool = False) -> NewBlocks:
        """Read the blocks of one event or message.

        Args:
            entries: As they came; texts and numbers are text, what is no object is skipped.
            whole: They are those of a whole message: each typed one is a block of its own.
        """
        texts: dict[str, list[str]] = {"thinking": [], "text": []}
        others: list[Mapping[str, Any]] = []
        for place, entry in enumerate(entries):
            block = _as_block(entry)
            delta = block.get("delta")
            piece: dict[str, Any] = {**(delta if isinstance(delta, dict) else block)}
            for name in _WORDS:
                if piece.get(name):
                    piece[name] = text_in(piece[name])
                    texts[name].append(piece[name])
            index = block.get("index")
            index = index if isinstance(index, int) else place
            if isinstance(delta, dict) or (piece.get("type") in _WORDS and not whole):
                others += self._grow(index, piece)
            elif piece:
                self._blocks.append(piece)
                if piece.get("type") not in (*_WORDS, "redacted_thinking"):
                    others.append(block)
        return NewBlocks("".join(texts["thinking"]), "".join(texts["text"]), tuple(others))

    def result(self) -> tuple[Mapping[str, Any], ...]:
        """Return all blocks, pieces joined, in the order of their first pieces."""
        return tuple(
            {
                name: f"{value}{value.half}" if isinstance(value, Pieces) else value
                for name, value in block.items()
            }
            for block in self._blocks
        )

    def _grow(self, index: int, piece: dict[str, Any]) -> list[Mapping[str, Any]]:
        """Read a piece: each of its keys belongs to the block of that kind, else is a block."""
        others: list[Mapping[str, Any]] = []
        for name, value in piece.items():
            if name in _TYPE_OF and isinstance(value, str):
                self._growing_block(index, name).setdefault(name, Pieces()).feed(value)
            elif name != "type" and value is not None and piece.get("type") not in _WORDS:
                others.append({"type": name, name: value})
        self._blocks += map(dict, others)
        return others

    def _growing_block(self, index: int, name: str) -> dict[str, Any]:
        """The block that this key belongs to; one that was signed is complete."""
        place = index, _TYPE_OF[name]
        block = self._growing.get(place)
        if block is None or (name == "thinking" and "signature" in block):
            block = self._growing[place] = {"type": _TYPE_OF[name]}
            self._blocks.append(block)
        return block


def with_details(
    blocks: tuple[Mapping[str, Any], ...], reasoning: str, details: list[Any]
) -> tuple[Mapping[str, Any], ...]:
    """Put OpenRouter's `reasoning_details` into the thinking block, since they are sent back.

    Args:
        blocks: Of the whole answer.
        reasoning: The text of the thinking block, if there is none among them.
        details: As they came; a text may come in several.
    """
    joined: list[dict[str, Any]] = []
    for detail in details:
        last = joined[-1] if joined else {}
        if last and "text" in detail and _place(last) == _place(detail):
            text = f"{last.get('text') or ''}{detail['text'] or ''}"
            last |= {**{name: value for name, value in detail.items() if value}, "text": text}
        else:
            joined.append({**detail})
    thinking = next((block for block in blocks if block.get("type") == "thinking"), None)
    first = thinking or {"type": "thinking", "thinking": reasoning}
    others = (block for block in blocks if block is not thinking)
    return ({**first, "reasoning_details": joined}, *others)


def _place(detail: Mapping[str, Any]) -> tuple[object, object]:
    return detail.get("type"), detail.get("index")


def _as_block(entry: object) -> dict[str, Any]:
    """A block with a type, or a piece of one; empty if the entry holds nothing."""
    block: dict[str, Any] = entry if isinstance(entry, dict) else {}
    if "type" in block or isinstance(block.get("delta"), dict):
        return block
    if block.get("thinking"):
        return {**block, "type": "thinking"}
    text = text_in(entry)
    return {**block, "type": "text", "text": text} if text else block
