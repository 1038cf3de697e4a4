"""Content blocks, typed and whole or untyped and in pieces."""

from typing import Any

from _pollinations.chat.content_blocks import Blocks

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}


def taken(*deltas: list[Any]) -> tuple[str, str, list[Any], list[Any]]:
    blocks = Blocks()
    thinking, text, whole = "", "", []
    for entries in deltas:
        more = blocks.take(entries)
        thinking, text, whole = thinking + more[0], text + more[1], [*whole, *more[2]]
    assert blocks.whole() == blocks.whole()
    return thinking, text, whole, list(blocks.whole())


def test_pieces_are_put_together_by_index_and_kind() -> None:
    """Untyped pieces become typed blocks, in the order of their first pieces."""
    thinking, text, whole, blocks = taken(
        [{"index": 0, "delta": {"thinking": "I "}}],
        [{"index": 0, "delta": {"thinking": "think"}}, {"index": 1, "delta": {"text": "So"}}],
        [{"index": 0, "delta": {"signature": "ab"}}],
        [{"index": 0, "delta": {"signature": "cd"}}, {"index": 1, "delta": {"text": " be it"}}],
        [{"index": 2, "delta": {"data": "zz"}}],
    )

    assert (thinking, text, whole) == ("I think", "So be it", [])
    assert blocks == [
        {"type": "thinking", "thinking": "I think", "signature": "abcd"},
        {"type": "text", "text": "So be it"},
        {"type": "redacted_thinking", "data": "zz"},
    ]


def test_typed_blocks_stay_as_they_are() -> None:
    """The blocks of a whole answer are kept, and what they say is read."""
    thought = {"type": "thinking", "thinking": "Hm", "signature": "s"}
    entries = [thought, {"type": "text", "text": "Yes"}, IMAGE, {"type": "new", "x": 1}]

    assert taken(entries) == ("Hm", "Yes", [IMAGE, {"type": "new", "x": 1}], entries)


def test_a_picture_in_a_stream_is_whole_at_once() -> None:
    """Pictures come in one piece and are handed out as blocks of their own."""
    delta = {"index": 1, "delta": {"image_url": IMAGE["image_url"]}}

    assert taken([delta], [delta]) == ("", "", [IMAGE, IMAGE], [IMAGE, IMAGE])


def test_a_typed_piece_is_a_piece() -> None:
    """A type beside the piece makes no block of its own, nor does a null."""
    delta = {"index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm", "signature": None}}

    assert taken([delta]) == ("Hm", "", [], [{"type": "thinking", "thinking": "Hm"}])


def test_what_is_no_block_is_passed_over() -> None:
    """Nulls and texts between the blocks do no harm."""
    assert taken([None, "x", 3, {"type": "text", "text": None}])[:3] == ("", "", [])


def test_given_blocks_are_not_changed() -> None:
    """What came from the wire stays as it came."""
    delta = {"index": 0, "delta": {"thinking": "Hm"}}
    taken([delta], [delta])

    assert delta == {"index": 0, "delta": {"thinking": "Hm"}}
