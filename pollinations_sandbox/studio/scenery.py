"""A landscape that follows from words and a seed: what stands behind the words of a picture."""

import hashlib
import math
from dataclasses import dataclass
from typing import Final

_RIDGES: Final = ((0.62, 0.8), (0.75, 0.62), (0.88, 0.45))  # how far down, how dark
_STEPS: Final = 24
_SWING: Final = 0.07  # of the height
_SUN: Final = 1.25

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scenery:
    """A sun and three ridges; all places are shares of width and height.

    Attributes:
        sun: Its middle.
        radius: Of the sun, as a share of the height.
        ridges: The nearest last; each the corners of a polygon, and how bright it is beside the
            sky.
    """

    sun: Point
    radius: float
    ridges: tuple[tuple[tuple[Point, ...], float], ...]
    glow: float = _SUN


def scenery(words: str, seed: int) -> Scenery:
    """The landscape of a prompt and a seed: the same for the same, another for another."""
    said = f"{seed} {words}".encode("utf-8", "replace")
    shares = [byte / 256 for byte in hashlib.blake2b(said, digest_size=9).digest()]
    ridges = tuple(
        (_ridge(base, *shares[3 + 2 * at : 5 + 2 * at]), shade)
        for at, (base, shade) in enumerate(_RIDGES)
    )
    sun = 0.75 + 0.17 * shares[0], 0.3 + 0.25 * shares[1]
    return Scenery(sun, 0.08 + 0.08 * shares[2], ridges)


def shaded(colour: tuple[int, int, int], shade: float) -> tuple[int, int, int]:
    """The colour, darker or brighter."""
    red, green, blue = (min(255, round(part * shade)) for part in colour)
    return red, green, blue


def _ridge(base: float, phase: float, waves: float) -> tuple[Point, ...]:
    line = tuple(
        (
            at / _STEPS,
            base + _SWING * math.sin(math.tau * (phase + (0.6 + waves) * at / _STEPS)),
        )
        for at in range(_STEPS + 1)
    )
    return (*line, (1.0, 1.0), (0.0, 1.0))
