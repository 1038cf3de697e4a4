"""Every notebook: what it says when it is executed, and how it is kept."""

import ast
import itertools
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
RUNNER = SimpleNamespace(**runpy.run_path(str(ROOT / ".ci" / "notebooks.py")))
NAMES = RUNNER.found()
SECRETS_AND_PLACES = {
    "a key": re.compile(r"\b[sp]k_\w+"),
    "a path of a machine": re.compile(
        r"(?<![\w.:/)}>])/(?:tmp|home|root|usr|opt|var|work|mnt|private|Users)/[\w.]"
    ),
    "a port of a machine": re.compile(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):\d+"),
    "an address in memory": re.compile(r"\bat 0x[0-9a-f]{6,}"),
}
FIGURE = re.compile(r"\d[\d.,:e+-]*")
SENTENCE = re.compile(r"\w[^\w\n]*$")

every_notebook = pytest.mark.parametrize("name", NAMES)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def statements(cell: NotebookNode) -> list[ast.stmt]:
    return ast.parse(TransformerManager().transform_cell(cell.source)).body


def needs_no_introduction(cell: NotebookNode) -> bool:
    """Whether a cell does nothing but import, or nothing but assert."""
    kinds = {type(statement) for statement in statements(cell)}
    return kinds <= {ast.Import, ast.ImportFrom} or kinds == {ast.Assert}


def texts(notebook: NotebookNode) -> Iterator[str]:
    """All that a reader of the notebook can read."""
    for cell in notebook.cells:
        yield cell.source
        for output in cell.get("outputs", ()):
            yield output.get("text", "")
            yield from (
                shown
                for kind, shown in output.get("data", {}).items()
                if kind.startswith("text/") or kind.endswith(("json", "svg+xml"))
                if isinstance(shown, str)
            )


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
def test_its_cells_were_executed_in_order(name: str) -> None:
    """What the file keeps came from one run, from top to bottom, and none of it is an error."""
    cells = code_cells(RUNNER.read(name))

    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert "error" not in {output.output_type for cell in cells for output in cell.outputs}


@every_notebook
def test_it_is_kept_as_the_runner_leaves_it(name: str) -> None:
    """No times, no versions, no state of widgets: a new run changes what is new."""
    notebook = RUNNER.read(name)
    before = notebook.copy()

    assert RUNNER.clean(notebook) == before


@every_notebook
def test_it_tells_no_secret_and_no_place(name: str) -> None:
    """Neither a key nor anything of the machine that it ran on."""
    told = [
        (what, found.group())
        for text in texts(RUNNER.read(name))
        for what, pattern in SECRETS_AND_PLACES.items()
        if (found := pattern.search(text))
    ]

    assert told == []


@every_notebook
def test_a_sentence_stands_before_each_cell_of_code(name: str) -> None:
    """Each code cell is introduced; imports and asserts need no introduction."""
    cells = RUNNER.read(name).cells
    bare = [
        cell.source
        for before, cell in itertools.pairwise(cells)
        if cell.cell_type == "code" and not needs_no_introduction(cell)
        if before.cell_type != "markdown" or not SENTENCE.search(before.source)
    ]

    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    assert bare == []


@every_notebook
def test_its_last_cell_asserts_what_it_stated(name: str) -> None:
    """A notebook that is executed is a test; its checks are folded."""
    last = code_cells(RUNNER.read(name))[-1]

    assert any(isinstance(statement, ast.Assert) for statement in statements(last))
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
    answers = "".join(texts(notebook))

    assert samples in start.source
    assert (RUNNER.TREE / samples).is_file()
    assert start.execution_count == 1
    assert "No model is connected" not in answers
    assert "set `POLLINATIONS_API_KEY`" in answers.replace("Set", "set").replace("\n", " ")


def test_each_chapter_is_written_for_both_frameworks() -> None:
    """Each chapter exists for both frameworks."""
    chapters = {
        framework: [name for name in NAMES if name.startswith(f"{framework}/")]
        for framework in ("langchain", "llama_index")
    }

    assert [name.partition("/")[2] for name in chapters["langchain"]] == [
        name.partition("/")[2] for name in chapters["llama_index"]
    ]
