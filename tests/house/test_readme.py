"""What README shows, done."""

import re
from pathlib import Path

import pytest

from pollinations_sandbox import Sandbox

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_every_block_of_code_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The Python blocks of README run one after another, as in a notebook."""
    with Sandbox() as sandbox:
        monkeypatch.setenv("POLLINATIONS_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("POLLINATIONS_API_KEY", sandbox.api_key)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.chdir(tmp_path)
        names: dict[str, object] = {"__name__": "readme"}
        for place, block in enumerate(BLOCKS):
            exec(compile(block, f"README block {place}", "exec"), names)  # noqa: S102 - our own page

    shown = capsys.readouterr().out
    assert len(BLOCKS) >= 8
    assert "42" in shown
    assert "['reasoning', 'text']" in shown
    assert "MISS" in shown


def test_it_fits_one_scroll() -> None:
    """README is short enough to read in one scroll."""
    assert len(README.splitlines()) < 170


def test_its_commands_exist() -> None:
    """Each make target that README names is one of the Makefile's."""
    targets = (Path(__file__).parents[2] / "Makefile").read_text("utf-8")

    named = set(re.findall(r"make (\w+)", README)) - {"no"}

    assert named >= {"demo", "test"}
    for target in named:
        assert re.search(rf"^{target}:", targets, re.MULTILINE), target
