"""PDFs, roughly."""

import zlib

from pollinations_sandbox.author.paper import page_count, visible_text


def page(content: bytes) -> bytes:
    return b"%PDF-1.4\n<< /Type /Page >>\nstream\r\n" + content + b"\nendstream\n"


def test_pages_are_counted() -> None:
    """By themselves, by the tree, or as one."""
    assert page_count(page(b"") + page(b"")) == 2
    assert page_count(b"%PDF << /Type /Pages /Count 7 >>") == 7
    assert page_count(b"%PDF") == 1


def test_plain_and_packed_text_is_read() -> None:
    """With escapes, arrays and hexadecimal strings."""
    assert visible_text(page(b"BT (Hello \\(you\\)) Tj ET")) == "Hello (you)"
    assert visible_text(page(zlib.compress(b"BT [(Hel) -20 (lo)] TJ ET"))) == "Hello"
    assert visible_text(page(b"BT <48656C6C6F> Tj ET")) == "Hello"
    assert visible_text(page(b"BT (\\110i) Tj ET")) == "Hi"


def test_what_cannot_be_read_is_left_out() -> None:
    """Broken streams and drawings."""
    assert visible_text(page(b"x\x9cbroken")) == ""
    assert visible_text(page(b"0 0 m 1 1 l S")) == ""
    assert visible_text(b"stream\nBT (open) Tj ET") == "open"


def test_every_stream_is_read_once() -> None:
    """The end of one stream is not the start of another."""
    assert visible_text(page(b"BT (One) Tj ET") + page(b"BT (Two) Tj ET")) == "One Two"
