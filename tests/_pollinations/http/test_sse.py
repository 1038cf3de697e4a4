"""How bytes become events."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from _pollinations.http.sse import Splitter

LINE_ENDS = (b"\n", b"\r\n", b"\r")
WORDS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)


def payloads_of(*pieces: bytes) -> list[bytes]:
    splitter = Splitter()
    payloads = [payload for piece in pieces for payload in splitter.feed(piece)]
    return payloads + splitter.close()


def test_separators_of_text_do_not_end_a_line() -> None:
    """U+2028, U+2029 and U+0085 may stand in JSON as they are."""
    payload = '{"a":"x\u2028y\u2029z\u0085"}'.encode()

    assert payloads_of(b"data: " + payload + b"\n\n") == [payload]


def test_an_event_named_error_is_an_error() -> None:
    """Its data need not say so: JSON or words, they become the value of `error`."""
    stream = b'event: error\ndata: {"message": "No"}\n\nevent: error\ndata: No\n\ndata: 1\n\n'
    payloads = [b'{"error":{"message":"No"}}', b'{"error":"No"}', b"1"]

    assert payloads_of(stream) == payloads
    assert payloads_of(b"", *(stream[at : at + 1] for at in range(len(stream)))) == payloads
    assert payloads_of(b": hi\n\n", *stream.splitlines(keepends=True)) == payloads


def test_what_is_no_event_stream_is_kept_aside() -> None:
    """Lines that are no field can be looked at later, in bounded number."""
    splitter = Splitter()
    splitter.feed(b"<!DOCTYPE html>\n<title>Oops</title>\n")

    assert splitter.close() == []
    assert splitter.other == b"<!DOCTYPE html>\n<title>Oops</title>\n"

    splitter.feed(b"<p>\n" * 100_000)

    assert len(splitter.other) < 100_000


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[bytes], bytes]:
    """Payloads, and a stream that holds them."""
    payloads = draw(st.lists(st.lists(WORDS, min_size=1, max_size=3), max_size=6))
    end = draw(st.sampled_from(LINE_ENDS))
    stream = draw(st.sampled_from((b"", b"\xef\xbb\xbf")))
    for lines in payloads:
        stream += draw(st.sampled_from((b"", b": ping" + end + end, b"id: 1" + end)))
        stream += b"".join(b"data: " + line.encode() + end for line in lines) + end
    return ["\n".join(lines).encode() for lines in payloads], stream


@settings(max_examples=200)
@given(case=streams(), cuts=st.lists(st.integers(0, 400), max_size=12))
def test_the_cuts_between_packets_do_not_matter(
    case: tuple[list[bytes], bytes], cuts: list[int]
) -> None:
    """Any split of any stream into packets gives the same payloads."""
    payloads, stream = case
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    packets = [stream[a:b] for a, b in pairwise(places)]

    assert payloads_of(*packets) == payloads
    assert payloads_of(*(stream[at : at + 1] for at in range(len(stream)))) == payloads
