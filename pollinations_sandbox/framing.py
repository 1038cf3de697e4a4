"""Server-sent events as bytes: payloads become the packets that are flushed one by one."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

Framing = Callable[[Sequence[str]], list[bytes]]

DONE: Final = "[DONE]"
_PACKET: Final = 7
_CONTINUATION: Final = range(0x80, 0xC0)


def dumps(value: object) -> str:
    """JSON as the gateway writes it: no spaces, no escapes but the necessary ones."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() or _whole_characters(text) else json.dumps(value)


def _whole_characters(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def plain(payloads: Sequence[str]) -> list[bytes]:
    """`data: …` and an empty line for each payload."""
    return [f"data: {payload}\n\n".encode() for payload in payloads]


def _ended_by(end: str) -> Framing:
    return lambda payloads: [f"data: {payload}{end}{end}".encode() for payload in payloads]


def _bom(payloads: Sequence[str]) -> list[bytes]:
    first, *rest = plain(payloads)
    return [b"\xef\xbb\xbf" + first, *rest]


def _multiline(payloads: Sequence[str]) -> list[bytes]:
    """Each JSON indented, one `data:` per line."""
    packets = []
    for payload in payloads:
        text = (
            payload
            if payload == DONE
            else json.dumps(json.loads(payload), ensure_ascii=payload.isascii(), indent=1)
        )
        lines = "\n".join(f"data: {line}" for line in text.split("\n"))
        packets.append(f"{lines}\n\n".encode())
    return packets


def _split_utf8(payloads: Sequence[str]) -> list[bytes]:
    """Small packets, and a cut inside every character of several bytes."""
    packets: list[bytes] = []
    packet = bytearray()
    for byte in b"".join(plain(payloads)):
        if packet and (len(packet) >= _PACKET or (byte in _CONTINUATION and packet[-1] >= 0xC0)):  # noqa: PLR2004 - the lead byte of a character in UTF-8
            packets.append(bytes(packet))
            packet.clear()
        packet.append(byte)
    return [*packets, bytes(packet)]


def _one_packet(payloads: Sequence[str]) -> list[bytes]:
    return [b"".join(plain(payloads))]


def _byte_by_byte(payloads: Sequence[str]) -> list[bytes]:
    return [bytes([byte]) for byte in b"".join(plain(payloads))]


def _no_done(payloads: Sequence[str]) -> list[bytes]:
    return plain([payload for payload in payloads if payload != DONE])


def _no_last_blank_line(payloads: Sequence[str]) -> list[bytes]:
    """The stream ends right after the last payload's last letter."""
    *packets, last = _no_done(payloads)
    return [*packets, last.rstrip(b"\n")]


def _keep_alives(payloads: Sequence[str]) -> list[bytes]:
    """Comments, events with a name and an id, and data that is not JSON, between the payloads."""
    packets = [b": connected\n\n", b"retry: 3000\n\n"]
    for number, payload in enumerate(payloads):
        packets.append(
            f": keep-alive\n\nevent: message\nid: {number}\ndata: {payload}\n\n".encode()
        )
        if not number:
            packets.append(b"event: ping\ndata: ping\n\n")
    return packets


def _openrouter(payloads: Sequence[str]) -> list[bytes]:
    return [b": OPENROUTER PROCESSING\n\n", b": OPENROUTER PROCESSING\n\n", *plain(payloads)]


FRAMINGS: Final[Mapping[str, Framing]] = {
    "crlf": _ended_by("\r\n"),
    "cr": _ended_by("\r"),
    "bom": _bom,
    "multiline": _multiline,
    "u2028": plain,
    "split-utf8": _split_utf8,
    "one-packet": _one_packet,
    "byte-by-byte": _byte_by_byte,
    "no-done": _no_done,
    "no-last-blank-line": _no_last_blank_line,
    "keep-alives": _keep_alives,
    "openrouter": _openrouter,
}
