"""What no file of the repository may contain."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "a package index": r"py(pi\.org|thonhosted\.org)|npmjs[.]",
    "a path of a machine": (
        r"(^|[^A-Za-z0-9_.:/)}])/(work|root|opt|home/[a-z]+|Users/[a-z]+)/[A-Za-z0-9_.]"
    ),
    "a key": r"(^|[^A-Za-z0-9_])[sp]k_[A-Za-z0-9]{20,}",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds_what_belongs_to_a_machine_or_a_person(what: str) -> None:
    """Text files that are tracked, or will be, name no index, no folder of a machine, no key."""
    found = subprocess.run(  # noqa: S603 - the patterns above
        ["git", "grep", "-nIE", "--untracked", "-e", FORBIDDEN[what]],  # noqa: S607 - found in PATH
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )

    assert (found.stdout, found.stderr) == ("", "")
