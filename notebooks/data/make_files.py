"""Makes the poster, the announcement and the rules beside it, which are committed.

Needs Pillow, and for the voice `pip install espeakng-loader`.
"""

import ctypes
import struct
import sys
import wave
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

HERE = Path(__file__).parent
POSTER = "Repair Café. Saturday, 28 November 2026, 14:00 to 17:00. 14 Hollow Lane, Aldersby. Free."
SPOKEN = (
    "Good evening. The tool library closes in ten minutes. "
    "Please bring ladders and machines back to the counter."
)
RULES = (
    (
        "Workshop rules",
        "1. Ear protection is compulsory while any machine runs.",
        "2. Nobody works alone: two people have to be in the building.",
        "3. The bandsaw may be used only after an induction of 90 minutes.",
        "4. Dust extraction runs for five minutes after the last cut.",
    ),
    (
        "In an emergency",
        "Press one of the three red buttons: every machine stops.",
        "The first-aid box hangs beside the side door.",
        "The meeting point is the lamp post in front of the bakery.",
    ),
)
RATE = 11_025


def poster() -> None:
    """A small PNG; its `Description` says what it shows, for those who cannot see it."""
    image = Image.new("RGB", (480, 320), "#14532d")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 240, 480, 320), fill="#facc15")
    draw.ellipse((352, 60, 452, 160), outline="white", width=14)
    draw.rectangle((392, 150, 412, 225), fill="white")
    draw.text((28, 36), "REPAIR CAFE", "white", ImageFont.load_default(48))
    draw.line((299, 40, 311, 30), fill="white", width=5)  # the font has no accents
    draw.text((28, 110), "Saturday, 28 November 2026", "white", ImageFont.load_default(22))
    draw.text((28, 145), "14:00 to 17:00", "white", ImageFont.load_default(22))
    draw.text((28, 262), "14 Hollow Lane, Aldersby. Free.", "#14532d", ImageFont.load_default(26))
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("Description", POSTER)
    image.quantize(32).save(HERE / "poster.png", optimize=True, pnginfo=notes)


def announcement() -> None:
    """A spoken WAV of 8 bits; a chunk that players skip holds its words."""
    samples = _spoken(SPOKEN)
    held = BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE)
        file.writeframes(samples)
    words = SPOKEN.encode()
    body = held.getvalue()[8:] + bytes(len(samples) % 2)
    body += b"said" + struct.pack("<I", len(words)) + words + bytes(len(words) % 2)
    (HERE / "announcement.wav").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


def rules() -> None:
    """A PDF of two pages whose text can be selected."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",  # the pages, once they are known
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    pages = []
    for lines in RULES:
        shown = b" ".join(
            b"/F1 %d Tf (%s) Tj 0 -28 Td" % (22 if at == 0 else 13, line.encode("latin-1"))
            for at, line in enumerate(lines)
        )
        content = b"BT 60 760 Td " + shown + b" ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        pages.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
    kids = b" ".join(b"%d 0 R" % page for page in pages)
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages))
    written, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(written))
    written += b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (size, table, end)
    (HERE / "rules.pdf").write_bytes(written)


def _spoken(text: str) -> bytes:
    """What eSpeak NG says, at half its rate and in 8 bits."""
    import espeakng_loader  # noqa: PLC0415 - only the voice needs it

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    heard: list[int] = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    def hear(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _: int) -> int:
        heard.extend(samples[:count] if samples else ())
        return 0

    rate = library.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0)
    if rate != 2 * RATE:
        sys.exit(f"eSpeak NG speaks at {rate} samples a second, not {2 * RATE}.")
    library.espeak_SetSynthCallback(hear)
    library.espeak_SetVoiceByName(b"en-gb")
    said = text.encode()
    library.espeak_Synth(said, len(said) + 1, 0, 1, 0, 1, None, None)
    library.espeak_Synchronize()
    pairs = zip(heard[::2], heard[1::2], strict=False)
    return bytes(min(255, max(0, 128 + round((one + other) / 512))) for one, other in pairs)


if __name__ == "__main__":
    poster()
    announcement()
    rules()
