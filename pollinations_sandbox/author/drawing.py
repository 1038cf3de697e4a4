"""Pictures that Gemini draws with its code execution: a small real PNG of a bar chart."""

import base64
import re
import struct
import zlib
from collections.abc import Mapping
from typing import Any

from pollinations_sandbox.author.clues import Clues

_WANTED = re.compile(
    r"\b(?:plot|chart|graph|draw|diagram|picture|histogram|figure)\b", re.IGNORECASE
)
_CODERS = frozenset({"gemini", "gemini-large", "gemini-legacy"})
_BAR, _GAP, _HEIGHT = 12, 4, 64
_MOST_BARS = 20


def pictures(body: Mapping[str, Any], asked: str, *, model: str) -> tuple[str, ...]:
    """The data URIs of what the request wants drawn; none if the model cannot execute code."""
    if not model.startswith("gemini") or not _WANTED.search(asked[:20_000]):
        return ()
    tools = body.get("tools")
    json_wanted = str((body.get("response_format") or {}).get("type", "")).startswith("json")
    able = any(tool.get("type") == "code_execution" for tool in tools or ())
    if tools is None:
        able = model in _CODERS and not json_wanted
    return (_uri(_bars(_heights(asked))),) if able else ()


def _heights(asked: str) -> list[float]:
    numbers = [abs(float(clue.value)) for clue in Clues(asked[:5_000]).numbers][:_MOST_BARS]
    return numbers if len(numbers) > 1 else [1, 2, 3, 5, 8]


def _bars(heights: list[float]) -> bytes:
    """A PNG with one blue bar for each number."""
    largest = max(heights) or 1
    scaled = [round(height / largest * (_HEIGHT - 8)) for height in heights]
    width = _GAP + len(scaled) * (_BAR + _GAP)
    rows = []
    for line in range(_HEIGHT):
        row = b"".join(
            b"\xff" * (3 * _GAP)
            + (b"\x1f\x77\xb4" if _HEIGHT - line <= height else b"\xff" * 3) * _BAR
            for height in scaled
        )
        rows.append(b"\x00" + row + b"\xff" * (3 * _GAP))
    header = struct.pack(">IIBBBBB", width, _HEIGHT, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"".join(rows)))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def _uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()
