"""Forms with files, as bytes."""

from hypothesis import given
from hypothesis import strategies as st

from _pollinations.http.multipart import File, form


@given(st.binary(max_size=200))
def test_any_bytes_arrive_unchanged(data: bytes) -> None:
    """Line ends and things that look like boundaries stay as they are."""
    body, kind = form([], [File("file", "x", "application/octet-stream", data)])
    line = kind.partition("boundary=")[2].encode()

    head, _, rest = body.partition(b"\r\n\r\n")
    assert rest == data + b"\r\n--" + line + b"--\r\n"
    assert head.startswith(b"--" + line)


def test_names_cannot_break_out() -> None:
    """Quotes and line ends in names are escaped, as browsers do it."""
    body, _ = form([], [File("file", 'a"\r\nX-Evil: 1.wav', "audio/wav", b"x")])

    assert b"\r\nX-Evil" not in body
    assert b'filename="a%22%0D%0AX-Evil: 1.wav"' in body


def test_the_same_form_is_the_same_bytes() -> None:
    """Calls can be compared, and a retry sends what was sent."""
    assert form([("a", "b")], []) == form([("a", "b")], [])
    assert form([("a", "b")], []) != form([("a", "c")], [])


def test_a_name_that_is_no_text_is_sent_all_the_same() -> None:
    """Bytes of a file's name that are no UTF-8 become question marks."""
    body, _ = form([("prompt", "\ud83d")], [File("file", "\udcff.mp3", "audio/mpeg", b"ID3")])

    assert b'filename="?.mp3"' in body
