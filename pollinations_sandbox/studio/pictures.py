"""Pictures that say what they were asked for: Pillow is loaded with the first of them."""

from __future__ import annotations

import colorsys
import hashlib
import json
import textwrap
from dataclasses import asdict, dataclass
from functools import lru_cache
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Final

from pollinations_sandbox.studio.scenery import scenery, shaded

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

_SHOWN: Final = 600  # characters of a prompt
_FONTS: Final = (1 / 12, 1 / 18, 1 / 26, 1 / 40, 1 / 60)  # of the shorter side
_SMALLEST: Final = 8  # pixels
_LETTER: Final = 0.56  # width of a letter by its height
_LINE: Final = 1.3
_MARGIN: Final = 0.06
_QUALITY: Final = 80


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture shows.

    Attributes:
        prompt: The words in its middle.
        model: The model's name.
        seed: Decides the colour.
        width: Pixels.
        height: Pixels.
        references: How many pictures were given to start from.
    """

    prompt: str
    model: str
    seed: int
    width: int
    height: int
    references: int = 0

    @property
    def facts(self) -> str:
        """The line below the prompt."""
        drawn = f"{self.model}   seed {self.seed}   {self.width} x {self.height}"
        return f"{drawn}   from {self.references}" if self.references else drawn

    @property
    def colour(self) -> tuple[int, int, int]:
        """A dark colour that follows from the seed."""
        first, second = hashlib.blake2b(str(self.seed).encode(), digest_size=2).digest()
        red, green, blue = colorsys.hsv_to_rgb(first / 256, 0.45 + second / 640, 0.5)
        return round(red * 255), round(green * 255), round(blue * 255)


def jpeg(picture: Picture) -> bytes:
    """A JPEG; its comment is the JSON of the picture's facts."""
    return _drawn(picture, "JPEG")


def png(picture: Picture) -> bytes:
    """A PNG with an alpha channel and nothing behind the words; its text `facts` is JSON."""
    return _drawn(picture, "PNG")


def svg(picture: Picture) -> bytes:
    """The same as vectors."""
    lines, size = _laid_out(picture)
    left = round(picture.width * _MARGIN)
    texts = "".join(
        f'<text x="{left}" y="{left + round(size * _LINE * number)}">{escape(line)}</text>'
        for number, line in enumerate([*lines, "", picture.facts], 1)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{picture.width}" '
        f'height="{picture.height}" font-family="sans-serif" font-size="{size}" fill="white">'
        f'<rect width="100%" height="100%" fill="{_hex(picture.colour)}"/>'
        f"{_outlined(picture)}{texts}</svg>"
    ).encode()


def placeholder() -> bytes:
    """The picture that stands in for one when too many were asked for."""
    return jpeg(Picture("Rate limit reached. Please try again later.", "placeholder", 0, 512, 512))


def _drawn(picture: Picture, form: str) -> bytes:
    from PIL import Image, ImageDraw, PngImagePlugin  # noqa: PLC0415 - chats need no Pillow

    facts = json.dumps(asdict(picture))
    size = (picture.width, picture.height)
    lines, letters = _laid_out(picture)
    left = round(picture.width * _MARGIN)
    text = "\n".join([*lines, "", picture.facts])
    opaque = form == "JPEG"
    image = Image.new("RGB", size, picture.colour) if opaque else Image.new("RGBA", size)
    ink = "white" if opaque else (*picture.colour, 255)
    pen = ImageDraw.Draw(image)
    if opaque:
        _paint(pen, picture)
    pen.multiline_text((left, left), text, ink, _font(letters))
    held = BytesIO()
    if opaque:
        image.save(held, form, quality=_QUALITY, comment=facts.encode()[:60_000])
    else:
        notes = PngImagePlugin.PngInfo()
        notes.add_text("facts", facts)
        image.save(held, form, compress_level=1, pnginfo=notes)
    return held.getvalue()


def _paint(pen: ImageDraw.ImageDraw, picture: Picture) -> None:
    """The landscape behind the words."""
    seen = scenery(picture.prompt, picture.seed)
    width, height, colour = picture.width, picture.height, picture.colour
    middle = seen.sun[0] * width, seen.sun[1] * height
    pen.circle(middle, seen.radius * height, shaded(colour, seen.glow))
    for corners, shade in seen.ridges:
        pen.polygon([(x * width, y * height) for x, y in corners], shaded(colour, shade))


def _outlined(picture: Picture) -> str:
    """The same as vectors."""
    seen = scenery(picture.prompt, picture.seed)
    width, height, colour = picture.width, picture.height, picture.colour
    ridges = "".join(
        f'<polygon fill="{_hex(shaded(colour, shade))}" points="'
        f'{" ".join(f"{x * width:.0f},{y * height:.0f}" for x, y in corners)}"/>'
        for corners, shade in seen.ridges
    )
    return (
        f'<circle cx="{seen.sun[0] * width:.0f}" cy="{seen.sun[1] * height:.0f}" '
        f'r="{seen.radius * height:.0f}" fill="{_hex(shaded(colour, seen.glow))}"/>{ridges}'
    )


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont  # noqa: PLC0415 - chats need no Pillow

    return ImageFont.load_default(size)


def _laid_out(picture: Picture) -> tuple[list[str], int]:
    """The lines of the prompt, in the largest letters that leave room for the facts."""
    shown = textwrap.shorten(picture.prompt, _SHOWN, placeholder=" ...") or picture.prompt[:_SHOWN]
    inside = 1 - 2 * _MARGIN
    size = _SMALLEST
    lines: list[str] = []
    for share in _FONTS:
        size = max(_SMALLEST, round(min(picture.width, picture.height) * share))
        lines = textwrap.wrap(shown, max(4, int(picture.width * inside / (size * _LETTER))))
        fits = len(picture.facts) * size * _LETTER <= picture.width * inside
        if fits and (len(lines) + 2) * size * _LINE <= picture.height * inside:
            break
    return lines, size
