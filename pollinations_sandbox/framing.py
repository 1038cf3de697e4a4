"""Server-sent events as bytes: payloads become the packets that are flushed one by one."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

Framing = Callable[[Sequence[str]], list[bytes]]

DONE: Final = "[DONE]"
_COMMENT: Final = b": OPENROUTER PROCESSING\n\n"


def dumps(value: object) -> str:
    """JSON as the gateway writes it: no spaces, no escapes but the necessary ones."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def plain(payloads: Sequence[str]) -> list[bytes]:
    """`data: …` and an empty line for each payload."""
    return [f"data: {payload}\n\n".encode() for payload in payloads]


def _ended_by(end: str) -> Framing:
    return lambda payloads: [f"data: {payload}{end}{end}".encode() for payload in payloads]


def _multiline(payloads: Sequence[str]) -> list[bytes]:
    """Each JSON indented, one `data:` per line."""
    packets = []
    for payload in payloads:
        text = payload
        if payload != DONE:
            text = json.dumps(json.loads(payload), ensure_ascii=payload.isascii(), indent=1)
        packets.append("".join(f"data: {line}\n" for line in text.split("\n")) + "\n")
    return [packet.encode() for packet in packets]


def _split_utf8(payloads: Sequence[str]) -> list[bytes]:
    """A cut inside every character of several bytes."""
    return re.split(rb"(?=[\x80-\xbf])", b"".join(plain(payloads)))


def _no_done(payloads: Sequence[str]) -> list[bytes]:
    return plain([payload for payload in payloads if payload != DONE])


def _no_last_blank_line(payloads: Sequence[str]) -> list[bytes]:
    """The stream ends right after the last payload's last letter."""
    *packets, last = _no_done(payloads)
    return [*packets, last.rstrip(b"\n")]


def _keep_alives(payloads: Sequence[str]) -> list[bytes]:
    """Comments, events with a name and an id, and data that is not JSON, between the payloads."""
    head = ": keep-alive\n\nevent: message\nid: {}\ndata: {}\n\n"
    packets = [head.format(number, payload).encode() for number, payload in enumerate(payloads)]
    ping = b"event: ping\ndata: ping\n\n"
    return [b": connected\n\n", b"retry: 3000\n\n", packets[0], ping, *packets[1:]]


FRAMINGS: Final[Mapping[str, Framing]] = {
    "crlf": _ended_by("\r\n"),
    "cr": _ended_by("\r"),
    "bom": lambda payloads: [b"\xef\xbb\xbf" + plain(payloads)[0], *plain(payloads[1:])],
    "multiline": _multiline,
    "u2028": plain,
    "split-utf8": _split_utf8,
    "one-packet": lambda payloads: [b"".join(plain(payloads))],
    "byte-by-byte": lambda payloads: [bytes([byte]) for byte in b"".join(plain(payloads))],
    "no-done": _no_done,
    "no-last-blank-line": _no_last_blank_line,
    "keep-alives": _keep_alives,
    "openrouter": lambda payloads: [_COMMENT, _COMMENT, *plain(payloads)],
}
