"""Executes notebooks as a reader would, each in a clean kernel that cannot leave this machine.

    python .ci/notebooks.py               # execute all, and keep what they show
    python .ci/notebooks.py scale tools   # those whose path ends so, without .ipynb
    python .ci/notebooks.py --live        # record the answers anew with your key, then the same

A notebook runs in a copy of its tree, with a home of its own, and with nothing of the environment
that could point it elsewhere: no key, no proxy, no address. What is kept holds no times.

With `--live` a recorder passes its requests on to gen.pollinations.ai with the key in
POLLINATIONS_API_KEY, and `notebooks/recordings/NAME.jsonl` is replaced when every cell has run.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import nbformat
import psutil
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbformat import NotebookNode

from pollinations_sandbox import Sandbox

ROOT: Final = Path(__file__).parents[1]
TREE: Final = ROOT / "notebooks"
GUARD: Final = Path(__file__).parent / "loopback"
LIMIT: Final = 150.0
"""Seconds that a notebook may take."""

LIVE_LIMIT: Final = 900.0
"""Seconds that it may take with a real gateway."""

GRACE: Final = 30.0
"""Seconds in which the processes that it started may end after it."""

ALT: Final = "#| fig-alt:"
_INHERITED: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
_FIXED: Final = {
    "HF_HUB_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
}
_HOMES: Final = (
    "HOME",
    "IPYTHONDIR",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "MPLCONFIGDIR",
    "RAY_TMPDIR",  # with sockets below it, whose paths have to be short
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
)


def found(tree: Path = TREE) -> list[str]:
    """Name the notebooks of a tree: their paths in it, without the suffix, in order."""
    paths = (path.relative_to(tree) for path in tree.rglob("*.ipynb"))
    return sorted(
        path.with_suffix("").as_posix() for path in paths if ".ipynb_checkpoints" not in path.parts
    )


def read(name: str, tree: Path = TREE) -> NotebookNode:
    """Read a notebook as it is kept."""
    return nbformat.read(tree / f"{name}.ipynb", as_version=4)


def execute(
    name: str,
    tree: Path = TREE,
    *,
    limit: float = LIMIT,
    grace: float = GRACE,
    variables: Mapping[str, str] | None = None,
) -> NotebookNode:
    """Execute a notebook from its first cell to its last.

    Args:
        name: The notebook's path in the tree, without its suffix.
        tree: The folder that is copied, so that a notebook finds what lies beside it.
        limit: Seconds that it may take.
        grace: Seconds in which processes that it started may end after it.
        variables: More environment variables for it.

    Returns:
        The notebook with what it showed, as `clean` leaves it.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed; the message shows it.
        TimeoutError: It took longer than it may; the message shows the cell.
        RuntimeError: A process that it started outlived it.
    """
    with elsewhere(tree, grace) as (copy, home):
        notebook = read(name, copy)
        manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),  # this interpreter, no other
            connection_file=str(home / "kernel.json"),
            transport="ipc",  # a file is ours alone, a port is free only until somebody takes it
        )
        end = time.monotonic() + limit
        client = NotebookClient(
            notebook,
            km=manager,
            timeout_func=lambda _: max(1, end - time.monotonic()),
            coalesce_streams=True,
            record_timing=False,
        )
        where = str((copy / name).parent)
        env = {**environment(home), **(variables or {})}
        client.execute(env=env, cwd=where, cleanup_kc=True)
    return clean(notebook)


def record(
    name: str, tree: Path = TREE, *, limit: float = LIVE_LIMIT, upstream: str | None = None
) -> None:
    """Execute a notebook with a real gateway, and keep its answers in place of the old ones.

    Args:
        name: As for `execute`.
        tree: As for `execute`; the answers go to its folder `recordings`.
        limit: Seconds that it may take.
        upstream: The gateway; by default gen.pollinations.ai.
    """
    recordings = tree / "recordings"
    with tempfile.TemporaryDirectory() as folder:
        tape = Path(folder, name).with_suffix(".jsonl")
        tape.parent.mkdir(parents=True, exist_ok=True)
        with Sandbox(record=tape, upstream=upstream) as recorder:
            execute(name, tree, limit=limit, variables=recorder.environment)
        shutil.rmtree((recordings / name).with_suffix(".files"), ignore_errors=True)
        shutil.copytree(folder, recordings, dirs_exist_ok=True)


def environment(home: Path) -> dict[str, str]:
    """The environment of a process that lives in `home`, imports what is here, and stays here."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    paths = os.pathsep.join([str(GUARD), str(ROOT)])
    return {**inherited, **_FIXED, **dict.fromkeys(_HOMES, str(home)), "PYTHONPATH": paths}


@contextmanager
def elsewhere(tree: Path, grace: float) -> Iterator[tuple[Path, Path]]:
    """A copy of the tree and a home, both gone in the end with all who still live there."""
    with tempfile.TemporaryDirectory(prefix="nb-", ignore_cleanup_errors=True) as folder:
        copy, home = Path(folder, tree.name), Path(folder, "h")
        shutil.copytree(tree, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        home.mkdir()
        try:
            yield copy, home
        finally:
            left = _end_those_who_live_in(home, grace)
    if left:
        raise RuntimeError(f"Processes outlived the notebook that started them: {left}")


def _end_those_who_live_in(home: Path, grace: float) -> list[str]:
    """Kill every process with this home that does not end by itself, and tell what they ran."""
    living = {}
    for process in psutil.process_iter():
        try:
            if process.environ().get("HOME") == str(home):
                living[process] = " ".join(process.cmdline()).strip()
        except psutil.Error:
            continue  # somebody else's, or just gone
    _, left = psutil.wait_procs(living, timeout=grace)
    for process in left:
        process.kill()
    psutil.wait_procs(left)
    return [living[process] for process in left]


def clean(notebook: NotebookNode) -> NotebookNode:
    """Leave only what a reader sees: no times, no versions, no state of widgets.

    A line `#| fig-alt: ...` in a cell becomes the alternative text of its pictures. A cell with the
    tag "checks" is folded.
    """
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = {"tags": tags} if tags else {}
        if tags and "checks" in tags:
            cell.metadata["jupyter"] = {"source_hidden": True}
        _describe_pictures(cell)
    return notebook


def _describe_pictures(cell: NotebookNode) -> None:
    texts = [line for line in cell.source.splitlines() if line.startswith(ALT)]
    for output in cell.get("outputs", ()):
        for kind in output.get("data", ()):
            if kind.startswith("image/") and texts:
                about = output.metadata.setdefault(kind, {})
                about["alt"] = texts[0].removeprefix(ALT).strip()


def main() -> int:
    """Execute notebooks and keep what they show; the number of those that failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="ends of paths, without .ipynb; else all")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds for each")
    parser.add_argument("--live", action="store_true", help="record answers with your key first")
    arguments = parser.parse_args()
    ends = tuple(arguments.names)
    names = [name for name in found() if not ends or name.endswith(ends)]
    if not names:
        parser.error(f"there is no such notebook; there are: {', '.join(found())}")
    failures = 0
    for name in names:
        print(name, flush=True)
        try:
            if arguments.live and (TREE / "recordings" / f"{name}.jsonl").exists():
                record(name)
            notebook = execute(name, limit=arguments.limit)
        except Exception as error:  # noqa: BLE001 - a cell may fail in any way, and the rest goes on
            failures += 1
            print(error, file=sys.stderr)
            continue
        nbformat.write(notebook, TREE / f"{name}.ipynb")
    return failures


if __name__ == "__main__":
    sys.exit(main())
