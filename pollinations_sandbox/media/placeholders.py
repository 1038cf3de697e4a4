"""What stands for a picture, a video or a sound: words on a colour, and files made once."""

import io
import textwrap
import wave
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

Size = tuple[int, int]

_SHOWN: Final = 300  # characters of a prompt
_LETTERS: Final = 32  # in a line
_SMALLEST: Final = 8  # pixels
_RATE: Final = 24_000


def picture(
    prompt: str, note: str, seed: int = 0, size: Size = (512, 512), kind: str = "image/jpeg"
) -> bytes:
    """A picture of a plain colour that says "sandbox placeholder" and what was asked for.

    Args:
        prompt: The words.
        note: The line below them.
        seed: Decides the colour.
        size: Width and height in pixels.
        kind: A media type: JPEG, SVG, or PNG, which has nothing behind the words.
    """
    lines = ["sandbox placeholder", *textwrap.wrap(prompt[:_SHOWN], _LETTERS), note]
    letter = max(_SMALLEST, min(size[0] // 18, size[1] // (2 * len(lines))))
    colour = f"hsl({seed * 47 % 360}, 50%, 35%)"
    if kind == "image/svg+xml":
        spans = "".join(f'<tspan x="8" dy="1.2em">{escape(line)}</tspan>' for line in lines)
        text = f'<text font-size="{letter}" fill="white">{spans}</text>'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}">'
        return f'{head}<rect width="100%" height="100%" fill="{colour}"/>{text}</svg>'.encode()
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - chats need no Pillow

    opaque = kind == "image/jpeg"
    image = Image.new("RGB", size, colour) if opaque else Image.new("RGBA", size)
    font, ink = ImageFont.load_default(letter), "white" if opaque else colour
    ImageDraw.Draw(image).multiline_text((letter, letter), "\n".join(lines), ink, font)
    file = io.BytesIO()
    image.save(file, "JPEG" if opaque else "PNG")
    return file.getvalue()


@cache
def video(*, sound: bool) -> bytes:
    """Two seconds of 320 x 180, whatever length and size were asked for."""
    name = "sound.mp4" if sound else "silent.mp4"
    return files(__package__).joinpath(name).read_bytes()


@cache
def silence(form: str) -> bytes:
    """One second of silence; PCM is 16 bits, mono, 24 kHz."""
    if form in {"pcm", "pcm16"}:
        return bytes(2 * _RATE)
    if form != "wav":
        return files(__package__).joinpath(f"silence.{form}").read_bytes()
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, _RATE, _RATE, "NONE", ""))
        sound.writeframes(silence("pcm"))
    return file.getvalue()
