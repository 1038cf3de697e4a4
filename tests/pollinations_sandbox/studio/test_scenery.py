"""What stands behind the words of a picture."""

import pytest

from pollinations_sandbox.studio.scenery import scenery, shaded


def test_the_same_words_and_seed_show_the_same() -> None:
    """Other words or another seed show something else."""
    assert scenery("a bee", 1) == scenery("a bee", 1)
    assert len({scenery("a bee", 1), scenery("a bee", 2), scenery("a cat", 1)}) == 3


@pytest.mark.parametrize("seed", range(8))
def test_everything_is_in_the_picture(seed: int) -> None:
    """The sun in the sky, the ridges below, and nothing outside."""
    seen = scenery("half a \ud800 character", seed)

    assert all(0 <= part <= 1 for corners, _ in seen.ridges for point in corners for part in point)
    assert min(y for corners, _ in seen.ridges for _, y in corners) > 0.4
    assert seen.sun[1] + seen.radius < 0.8


def test_a_shade_is_a_colour() -> None:
    """Darker, or brighter up to white."""
    assert shaded((100, 200, 50), 0.5) == (50, 100, 25)
    assert shaded((100, 200, 50), 2) == (200, 255, 100)
