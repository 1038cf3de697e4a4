"""What `make demo` shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"


def test_the_demo_runs_without_a_key_and_says_who_speaks(tmp_path: Path) -> None:
    """Reasoning, a cost, tools in both frameworks and a picture that is there; nothing fails."""
    clean = {name: text for name, text in os.environ.items() if "POLLINATIONS" not in name}
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(DEMO)],
        cwd=tmp_path,
        env={**clean, "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    picture = re.search(r"^The picture: (.+)$", done.stdout, re.MULTILINE)

    assert done.returncode == 0, done.stderr
    assert "No POLLINATIONS_API_KEY is set: a sandbox" in done.stdout
    assert "\nsandbox, reasoning: " in done.stdout
    assert re.search(r"^\d+ tokens, 0\.\d+ pollen$", done.stdout, re.MULTILINE)
    assert "tool weather: Lisbon: 21 degrees, sunny" in done.stdout
    assert "tool weather({'city': 'Rome'}): Rome: 21 degrees, sunny" in done.stdout
    assert picture
    assert (tmp_path / picture[1]).stat().st_size > 0
