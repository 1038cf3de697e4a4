"""The runner, on notebooks that are made for it."""

import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from pollinations_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
RUNNER = SimpleNamespace(**runpy.run_path(str(ROOT / ".ci" / "notebooks.py")))

ALL_IS_OURS = f"""
import asyncio, os, sys, tempfile
from pathlib import Path
import _pollinations

here = Path.cwd()
assert Path("data.txt").read_text() == "beside"
assert Path(_pollinations.__file__).is_relative_to({str(ROOT)!r}), _pollinations.__file__
assert sys.executable == {sys.executable!r}, sys.executable
assert Path.home().parent == Path(tempfile.gettempdir()).parent == here.parent.parent
assert not [name for name in os.environ if name.startswith(("POLLINATIONS", "PYTEST"))]
assert asyncio.get_running_loop().is_running()
await asyncio.sleep(0)
Path("data.txt").write_text("changed")
"""

NOBODY_LEAVES = """
import pytest, socket

with pytest.raises(PermissionError, match="stay on this machine"):
    socket.create_connection(("192.0.2.1", 9), timeout=1)
"""

SAY_HI = """
import os, urllib.request
from pollinations_sandbox import start_unless_key

start_unless_key(replay="../recordings/part/chapter.jsonl")
headers = {"Authorization": "Bearer " + os.environ["POLLINATIONS_API_KEY"]}
url = os.environ["POLLINATIONS_BASE_URL"] + "/text/Hi"
urllib.request.urlopen(urllib.request.Request(url, headers=headers)).read()
"""


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook of such cells into a tree of its own."""

    def write(*cells: str) -> Path:
        chapter = tmp_path / "tree" / "part" / "chapter.ipynb"
        chapter.parent.mkdir(parents=True)
        nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), chapter)
        (chapter.parent / "data.txt").write_text("beside")
        return tmp_path / "tree"

    return write


def test_a_notebook_sees_the_files_beside_it_and_no_others(
    tree: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has this interpreter, these packages, a home of its own, no key, and no other machine."""
    monkeypatch.setenv("POLLINATIONS_API_KEY", "sk_of_somebody")
    written = tree(ALL_IS_OURS, NOBODY_LEAVES, "1 + 1")

    notebook = RUNNER.execute("part/chapter", written)

    assert [cell.execution_count for cell in notebook.cells] == [1, 2, 3]
    assert notebook.cells[2].outputs[0].data == {"text/plain": "2"}
    assert (written / "part" / "data.txt").read_text() == "beside"


def test_a_notebook_that_takes_too_long_is_stopped(tree: Callable[..., Path]) -> None:
    """The error shows the cell that was at work."""
    written = tree("import time", "time.sleep(60)")

    with pytest.raises(TimeoutError, match=r"time\.sleep\(60\)"):
        RUNNER.execute("part/chapter", written, limit=3)


def test_a_process_that_outlives_its_notebook_is_reported(tree: Callable[..., Path]) -> None:
    """A notebook clears up after itself; what it leaves is ended, and its run has failed."""
    leave = "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True);"

    with pytest.raises(RuntimeError, match=r"outlived the notebook.*sleep"):
        RUNNER.execute("part/chapter", tree(leave), grace=0.2)


def test_what_is_kept_is_what_a_reader_sees() -> None:
    """No times, versions or widgets; pictures with their text, and checks folded."""
    picture = new_output("display_data", {"image/png": "", "text/plain": "figure"})
    cells = [
        new_code_cell("#| fig-alt: A bee.\nplot()", outputs=[picture], metadata={"execution": {}}),
        new_code_cell("assert 1", metadata={"tags": ["checks"]}),
    ]

    kept = RUNNER.clean(new_notebook(cells=cells, metadata={"widgets": {}}))

    assert set(kept.metadata) == {"kernelspec", "language_info"}
    assert kept.cells[0].metadata == {}
    assert kept.cells[0].outputs[0].metadata == {"image/png": {"alt": "A bee."}}
    assert kept.cells[1].metadata == {"tags": ["checks"], "jupyter": {"source_hidden": True}}


def test_a_live_run_records_what_a_notebook_is_answered(
    tree: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The samples are replaced, and the recording answers without the gateway."""
    written = tree(SAY_HI)
    samples = written / "recordings" / "part" / "chapter.jsonl"
    samples.parent.mkdir(parents=True)
    samples.write_text('{"match": "Hi", "replies": ["by hand"]}\n')
    with Sandbox() as gateway:
        gateway.reply("recorded", times=None)
        monkeypatch.setenv("POLLINATIONS_API_KEY", gateway.api_key)
        RUNNER.record("part/chapter", written, upstream=gateway.base_url)

    notebook = RUNNER.execute("part/chapter", written)

    assert "by hand" not in samples.read_text()
    assert notebook.cells[0].outputs[0].data == {"text/plain": "b'recorded'"}
