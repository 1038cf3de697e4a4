"""What is tried on bytes of every kind: functions that must never fail, whatever they are given."""

import re
from collections.abc import Callable, Iterator

from _pollinations.chat.completion_reader import CompletionReader, read_reply
from _pollinations.http.call import Response
from _pollinations.http.error_reader import error_from
from _pollinations.http.errors import PollinationsError
from _pollinations.http.sse import Splitter

_MADE_UP_ID = re.compile(r"call_[0-9a-f]{32}")
_LARGEST_PACKET = 7


def split(data: bytes) -> None:
    """Cut an event stream into payloads: the same ones, however the bytes come."""
    whole = Splitter()
    payloads = [*whole.feed(data), *whole.close()]
    pieces = Splitter()
    found = [payload for packet in _packets(data) for payload in pieces.feed(packet)]
    if payloads != [*found, *pieces.close()] or whole.other != pieces.other:
        raise AssertionError("the cuts between packets matter")


def read_stream(data: bytes) -> None:
    """Read a streamed answer: the same outcome, however the bytes come, and never half of one."""
    if _outcome([data]) != _outcome(_packets(data)):
        raise AssertionError("the cuts between packets matter")


def read_whole(data: bytes) -> None:
    """Read a whole answer, or raise an error of ours."""
    try:
        repr(read_reply(Response(200, {}, data)).metadata)
    except PollinationsError as error:
        _check(error)


def read_error(data: bytes) -> None:
    """Make an error of a body; the first bytes stand for its status."""
    _check(error_from(300 + sum(data[:2]) % 300, {"retry-after": repr(data[:4])}, data))


TARGETS: dict[str, tuple[Callable[[bytes], None], str]] = {
    "split": (split, "stream"),
    "stream": (read_stream, "stream"),
    "whole": (read_whole, "whole"),
    "error": (read_error, "error"),
}
"""The functions by name, and the folder of seeds that each begins with."""


def _packets(data: bytes) -> Iterator[bytes]:
    size = 1 + len(data) % _LARGEST_PACKET
    return (data[at : at + size] for at in range(0, len(data), size))


def _outcome(packets: Iterator[bytes] | list[bytes]) -> str:
    """All that a reader gives, and how it ends, but for ids that are made up."""
    reader = CompletionReader(Response(200, {}), "openai")
    items: list[object] = []
    try:
        for packet in packets:
            items.extend(reader.feed(packet))
        items.extend(reader.close())
    except PollinationsError as error:
        _check(error)
        items.append((type(error), error.message, error.text, error.reasoning))
    else:
        if not reader.done:
            raise AssertionError("a stream ended without an answer and without an error")
    return _MADE_UP_ID.sub("call_", repr(items))


def _check(error: PollinationsError) -> None:
    if not error.message or not str(error):
        raise AssertionError("an error without words")
