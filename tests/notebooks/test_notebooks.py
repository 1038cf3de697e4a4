"""Every notebook: what it says when it is executed, and how it is kept."""

import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
RUNNER = SimpleNamespace(**runpy.run_path(str(ROOT / ".ci" / "notebooks.py")))
NAMES = RUNNER.found()
SECRETS_AND_PLACES = [
    re.compile(r"\b[sp]k_\w+"),
    re.compile(r"(?<![\w.:/)}>])/(?:tmp|home|root|usr|opt|var|work|mnt|private|Users)/[\w.]"),
    re.compile(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):\d+"),
    re.compile(r"\bat 0x[0-9a-f]{6,}"),  # an address in memory
]
FIGURE = re.compile(r"\d[\d.,:e+-]*")

every_notebook = pytest.mark.parametrize("name", NAMES)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text_of(name: str) -> str:
    """All of a notebook's file but its pictures."""
    lines = (RUNNER.TREE / f"{name}.ipynb").read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if '"image/' not in line)


def shown(notebook: NotebookNode) -> list[tuple[str, set[str]]]:
    """How each code cell begins, and what it shows, but for the figures: times are among them."""
    return [
        (cell.source.partition("\n")[0], {text for out in cell.outputs for text in told(out)})
        for cell in code_cells(notebook)
    ]


def told(output: NotebookNode) -> Iterator[str]:
    """The kinds of things in an output, and the words of those that are for reading."""
    if output.output_type == "stream":
        bar_or_log = output.name == "stderr"
        yield output.name if bar_or_log else f"{output.name}: {words(output.text)}"
        return
    for kind, data in output.get("data", {}).items():
        yield f"{kind}: {words(data)}" if kind == "text/plain" else kind


def words(text: str) -> str:
    return " ".join(FIGURE.sub("0", text).split())


@pytest.mark.timeout(240)  # the notebook's own limit is shorter, and says which cell it was
@every_notebook
def test_it_runs_in_a_clean_kernel_and_shows_what_is_kept(name: str) -> None:
    """From the first cell to the last, without a network; what its file keeps is not stale."""
    done = RUNNER.execute(name)

    assert shown(done) == shown(RUNNER.read(name))


@every_notebook
def test_it_is_kept_as_the_runner_leaves_it(name: str) -> None:
    """No times, no versions, no state of widgets: a new run changes what is new."""
    notebook = RUNNER.read(name)
    before = notebook.copy()

    assert RUNNER.clean(notebook) == before


@every_notebook
def test_it_shows_no_secret_and_no_place(name: str) -> None:
    """Neither a key nor anything of the machine that it ran on."""
    text = text_of(name)

    assert [found for pattern in SECRETS_AND_PLACES if (found := pattern.search(text))] == []


@every_notebook
def test_its_last_cell_asserts_what_it_stated(name: str) -> None:
    """A notebook that is executed is a test; its checks are folded."""
    last = code_cells(RUNNER.read(name))[-1]

    assert "assert " in last.source
    assert last.metadata == {"tags": ["checks"], "jupyter": {"source_hidden": True}}


@every_notebook
def test_every_picture_has_an_alternative_text(name: str) -> None:
    """In the kept outputs, where the site and notebook programs find it."""
    notebook = RUNNER.read(name)
    texts = [
        output.metadata.get(kind, {}).get("alt", "")
        for cell in code_cells(notebook)
        for output in cell.outputs
        for kind in output.get("data", ())
        if kind.startswith("image/")
    ]

    assert "" not in texts
    assert not any("![]" in cell.source for cell in notebook.cells)


@pytest.mark.parametrize("name", sorted({*NAMES} - {"scale"}))
def test_a_chapter_is_answered_by_samples(name: str) -> None:
    """It says so in its first cell; the sandbox's own reply to a question is nowhere."""
    notebook = RUNNER.read(name)
    (start,) = [cell for cell in code_cells(notebook) if "start_unless_key(" in cell.source]
    samples = f"recordings/{name}.jsonl"
    text = text_of(name)

    assert samples in start.source
    assert (RUNNER.TREE / samples).is_file()
    assert start.execution_count == 1
    assert "No model is connected" not in text
    assert "`POLLINATIONS_API_KEY`" in text


def test_each_chapter_is_written_for_both_frameworks() -> None:
    """Each chapter exists for both frameworks."""
    chapters = {
        framework: [name for name in NAMES if name.startswith(f"{framework}/")]
        for framework in ("langchain", "llama_index")
    }

    assert [name.partition("/")[2] for name in chapters["langchain"]] == [
        name.partition("/")[2] for name in chapters["llama_index"]
    ]
