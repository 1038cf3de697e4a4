"""A short film that was recorded once, a ball that jumps, with what was asked for behind it."""

import json
import struct
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


def mp4(facts: Mapping[str, Any], *, sound: bool) -> bytes:
    """The film: two seconds of 320 x 180, whatever length and size were asked for.

    Args:
        facts: What was asked for; it stands as JSON in a `free` box at the end, which players skip.
        sound: Whether a tone is heard.
    """
    said = json.dumps(dict(facts)).encode()
    return (
        _recorded("sound" if sound else "silent")
        + struct.pack(">I4s", 8 + len(said), b"free")
        + said
    )


@cache
def _recorded(name: str) -> bytes:
    return files(__package__).joinpath(f"{name}.mp4").read_bytes()
