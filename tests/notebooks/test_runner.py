"""The runner, on notebooks that are made for it."""

import runpy
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
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

for leave in (
    lambda: socket.create_connection(("192.0.2.1", 9), timeout=1),
    lambda: socket.getaddrinfo("example.com", 443),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("192.0.2.1", 9)),
    lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 9)),
):
    with pytest.raises(PermissionError, match="stay on this machine"):
        leave()
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
    """It has this interpreter, these packages, a home of its own, and no key."""
    monkeypatch.setenv("POLLINATIONS_API_KEY", "sk_of_somebody")
    written = tree(ALL_IS_OURS, "1 + 1")

    notebook = RUNNER.execute("part/chapter", written)

    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    assert notebook.cells[1].outputs[0].data == {"text/plain": "2"}
    assert (written / "part" / "data.txt").read_text() == "beside"


def test_a_notebook_reaches_its_own_machine_only(tree: Callable[..., Path]) -> None:
    """No address and no name of another machine; a server on this one is reached by both."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        reach = f"socket.create_connection(('localhost', {port}), timeout=5).close()"
        RUNNER.execute("part/chapter", tree(NOBODY_LEAVES, reach))


def test_a_cell_that_fails_is_shown(tree: Callable[..., Path]) -> None:
    """The error shows the cell, and the cells after it do not run."""
    written = tree("wrong = {}['nothing']", "raise SystemExit")

    with pytest.raises(CellExecutionError, match=r"wrong = \{\}\['nothing'\]"):
        RUNNER.execute("part/chapter", written)


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


def test_notebooks_are_found_by_their_paths(tmp_path: Path) -> None:
    """In order, in every folder, but not the copies that Jupyter keeps."""
    for name in ("b.ipynb", "a/one.ipynb", "a/.ipynb_checkpoints/one.ipynb", "a/one.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert RUNNER.found(tmp_path) == ["a/one", "b"]


def test_what_is_kept_is_what_a_reader_sees() -> None:
    """Times, versions and the state of widgets go; tags stay, as do sources and outputs."""
    cell = new_code_cell("1", execution_count=1, metadata={"execution": {}, "tags": ["wide"]})
    notebook = new_notebook(
        cells=[cell], metadata={"widgets": {}, "language_info": {"name": "python", "version": "3"}}
    )

    kept = RUNNER.clean(notebook)

    assert kept.metadata.language_info == {"name": "python"}
    assert kept.metadata.kernelspec.name == "python3"
    assert set(kept.metadata) == {"kernelspec", "language_info"}
    assert kept.cells == [
        new_code_cell("1", id=cell.id, execution_count=1, metadata={"tags": ["wide"]})
    ]


def test_a_picture_has_the_text_of_its_cell_and_checks_are_folded() -> None:
    """The text follows `#| fig-alt:`, the tag is "checks"."""
    picture = new_output("display_data", {"image/png": "", "text/plain": "figure"})
    cells = [
        new_code_cell("#| fig-alt: A bee.\nplot()", outputs=[picture]),
        new_code_cell("assert 1", metadata={"tags": ["checks"]}),
    ]

    kept = RUNNER.clean(new_notebook(cells=cells)).cells

    assert kept[0].outputs[0].metadata == {"image/png": {"alt": "A bee."}}
    assert kept[1].metadata["jupyter"] == {"source_hidden": True}


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
