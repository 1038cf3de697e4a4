"""The simplest chat: as a body, as a call and as a stream, and what a gateway answers to it."""

from typing import Any

from _pollinations.chat.completions import body, complete, stream
from _pollinations.chat.reply import Reply
from _pollinations.http.call import Call
from _pollinations.http.errors import PollinationsError

BODY = body([{"role": "user", "content": "Say hello"}], {"model": "openai"})
HELLO = complete(BODY)
PIECES = stream(BODY)


def question(number: int = 0) -> Call[Reply]:
    """A call that the gateway's cache knows no answer to, unless it was sent before."""
    return complete(body([{"role": "user", "content": "Hi"}], {"model": "openai", "seed": number}))


OK = b"HTTP/1.1 200 OK\r\n"
BUSY = b"HTTP/1.1 503 Busy\r\n"
EVENTS = OK + b"content-type: text/event-stream\r\n"
CLOSE = b"connection: close\r\n\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
HI = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
DONE = b"data: [DONE]\n\n"


def counted(size: int) -> bytes:
    """The end of a head that announces so many bytes."""
    return b"content-length: %d\r\n\r\n" % size


def chunk(data: bytes) -> bytes:
    """A chunk of a body; an empty one is the last."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(text: str, *, last: bool = False) -> bytes:
    """An event with some of a model's text."""
    reason = '"stop"' if last else "null"
    choice = f'{{"delta":{{"content":"{text}"}},"finish_reason":{reason}}}'
    return f'data: {{"choices":[{choice}]}}\n\n'.encode()


class InTurn:
    """Calls that one client sends in turn; the last one's end is the end."""

    def __init__(self, *calls: Any) -> None:
        self._calls = iter(calls)

    def first(self) -> Any:
        """Begin with the first."""
        return next(self._calls)

    def after(self, error: PollinationsError, **_: object) -> Any:
        """Go on after a failure."""
        following = next(self._calls, None)
        if following is None:
            raise error
        return following

    def answered(self, _: object) -> Any:
        """Go on after an answer."""
        return next(self._calls, None)
