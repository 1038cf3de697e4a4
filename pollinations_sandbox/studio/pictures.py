"""Placeholder pictures: a plain colour, the words "sandbox placeholder", and what was asked for."""

import colorsys
import hashlib
import json
import textwrap
from dataclasses import asdict, dataclass
from html import escape
from io import BytesIO
from typing import Final

_MARK: Final = "sandbox placeholder"
_SHOWN: Final = 300  # characters of a prompt
_SMALLEST: Final = 8  # pixels
_LETTERS: Final = 32  # in a line
_LETTER: Final = 0.56  # width of a letter by its height
_QUALITY: Final = 80


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture was asked for.

    Attributes:
        prompt: The words.
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
    def lines(self) -> list[str]:
        """What stands in it."""
        shown = textwrap.shorten(self.prompt, _SHOWN, placeholder=" ...") or self.prompt[:_SHOWN]
        facts = f"{self.model}, seed {self.seed}, {self.width} x {self.height}"
        return [_MARK, *textwrap.wrap(shown, _LETTERS), *textwrap.wrap(facts, _LETTERS)]

    @property
    def letters(self) -> int:
        """The height of its letters in pixels, so that all lines have room."""
        wide = self.width / (_LETTERS * _LETTER)
        return max(_SMALLEST, round(min(wide, self.height / (2 * len(self.lines)))))

    @property
    def colour(self) -> tuple[int, int, int]:
        """A dark colour that follows from the seed."""
        first, second = hashlib.blake2b(str(self.seed).encode(), digest_size=2).digest()
        red, green, blue = colorsys.hsv_to_rgb(first / 256, 0.45 + second / 640, 0.5)
        return round(red * 255), round(green * 255), round(blue * 255)


def jpeg(picture: Picture) -> bytes:
    """A JPEG; its comment is the JSON of what was asked for."""
    return _drawn(picture, "JPEG")


def png(picture: Picture) -> bytes:
    """A PNG with nothing behind the words; its text `facts` is the JSON of what was asked for."""
    return _drawn(picture, "PNG")


def svg(picture: Picture) -> bytes:
    """The same as vectors."""
    size = picture.letters
    texts = "".join(
        f'<text x="{size}" y="{(number + 1) * 1.5 * size:.0f}">{escape(line)}</text>'
        for number, line in enumerate(picture.lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{picture.width}" '
        f'height="{picture.height}" font-family="sans-serif" font-size="{size}" fill="white">'
        f'<rect width="100%" height="100%" fill="rgb{picture.colour}"/>{texts}</svg>'
    ).encode()


def placeholder() -> bytes:
    """The picture that the gateway sends when too many were asked for."""
    return jpeg(Picture("Rate limit reached. Please try again later.", "placeholder", 0, 512, 512))


def _drawn(picture: Picture, form: str) -> bytes:
    from PIL import Image, ImageDraw, ImageFont, PngImagePlugin  # noqa: PLC0415 - chats need none

    facts = json.dumps(asdict(picture))
    size = (picture.width, picture.height)
    opaque = form == "JPEG"
    image = Image.new("RGB", size, picture.colour) if opaque else Image.new("RGBA", size)
    ink = (255, 255, 255) if opaque else (*picture.colour, 255)
    at, font = picture.letters, ImageFont.load_default(picture.letters)
    ImageDraw.Draw(image).multiline_text((at, at), "\n".join(picture.lines), ink, font)
    held = BytesIO()
    if opaque:
        image.save(held, form, quality=_QUALITY, comment=facts.encode()[:60_000])
    else:
        notes = PngImagePlugin.PngInfo()
        notes.add_text("facts", facts)
        image.save(held, form, compress_level=1, pnginfo=notes)
    return held.getvalue()
