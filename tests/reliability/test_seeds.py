"""The bytes that the fuzzer begins with go through the same functions in every run."""

from pathlib import Path

import pytest
from fuzz.targets import TARGETS

SEEDS = Path(__file__).parents[1] / "fuzz" / "seeds"
CASES = [
    (name, path)
    for name, (_, folder) in TARGETS.items()
    for path in sorted((SEEDS / folder).iterdir())
]


@pytest.mark.parametrize(
    ("name", "path"), CASES, ids=[f"{name}-{path.name}" for name, path in CASES]
)
def test_a_seed_is_read_or_told(name: str, path: Path) -> None:
    """Whole, without its end, and without its beginning."""
    read, _ = TARGETS[name]
    data = path.read_bytes()
    for cut in range(0, len(data), 97):
        read(data[: len(data) - cut])
        read(data[cut:])
