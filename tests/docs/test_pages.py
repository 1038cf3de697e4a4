"""What README and the pages of docs/ show, done.

The blocks of a page run one after another in one namespace, against a sandbox and in an empty
folder, once for each reader: one who opens the tabs of LangChain, one who opens those of
LlamaIndex. Coroutines are shown inside `asyncio.run`, so that each block also runs as a script.
A block titled "Output" must be what the block before it prints.
"""

import ast
import importlib
import json
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_index.core import Settings
from pages import PAGES, ROOT, Block, blocks_of
from PIL import Image
from thread_loop import _loop  # noqa: F401 - a fixture

from pollinations_sandbox import Sandbox

READERS = ("LangChain", "LlamaIndex")
# What LlamaIndex and its friends are warned of, message and module, and why it is not our affair.
THEIR_WARNINGS = (
    # Workflows look at every member of a pydantic agent, deprecated ones too.
    r"ignore:The `__fields(_set)?__` attribute is deprecated:DeprecationWarning:inspect",
    r"ignore:Accessing the 'model_(computed_)?fields' attribute:DeprecationWarning:inspect",
    # StructuredLLM calls pydantic's old `json()` on each object of a stream.
    r"ignore:The `json` method is deprecated:DeprecationWarning:llama_index.core.llms",
)
# What README must have printed at its end, since it shows no output.
README_PRINTS = ("Saved as ", "['reasoning', 'text']", " pollen")
pytestmark = [
    pytest.mark.timeout(300),  # long pages, on a busy machine
    *(pytest.mark.filterwarnings(warning) for warning in THEIR_WARNINGS),
]


def read_by(reader: str, page: Path) -> list[Block]:
    """The blocks that a reader sees: those of the other framework's tabs are closed."""
    others = set(READERS) - {reader}
    return [block for block in blocks_of(page) if block.tab not in others]


def runs(block: Block) -> bool:
    return block.language == "python" and not block.not_run


def is_test_file(block: Block) -> bool:
    return block.title.startswith("test_") and block.title.endswith(".py")


def readings() -> Iterator[tuple[str, Path]]:
    """Each page once, or once for each reader if it has tabs of the frameworks."""
    for page in PAGES:
        blocks = [*blocks_of(page)]
        if any(runs(block) for block in blocks):
            tabs = {block.tab for block in blocks}
            for reader in READERS if tabs & set(READERS) else READERS[:1]:
                yield reader, page


READINGS = [
    pytest.param(reader, page, id=f"{page.relative_to(ROOT)}-{reader}")
    for reader, page in readings()
]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A gateway, a folder with some files in it, and no settings of an earlier page."""
    with Sandbox() as sandbox:
        monkeypatch.setenv("POLLINATIONS_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("POLLINATIONS_API_KEY", sandbox.api_key)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        for name in ("_llm", "_embed_model", "_callback_manager"):
            monkeypatch.setattr(Settings, name, None)
        folder = tmp_path / "folder"
        folder.mkdir()
        monkeypatch.chdir(folder)
        Image.new("RGB", (64, 48), "gold").save("bee.png")
        with wave.open("morning.wav", "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(bytes(16_000))
        yield


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(("reader", "page"), READINGS)
def test_every_block_of_code_runs(
    reader: str, page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The Python blocks run, and print what the page says that they print."""
    names: dict[str, object] = {"__name__": "page"}
    printed, everything, ran = "", "", 0
    for block in read_by(reader, page):
        if block.language == "text" and block.title == "Output":
            assert printed.strip("\n") == block.code.strip("\n"), f"{page.name}, line {block.line}"
        if runs(block) and is_test_file(block):
            run_by_pytest(block)
        elif runs(block):
            # Blank lines in front, so that a traceback names the page's own lines.
            code = compile("\n" * block.line + block.code, str(page), "exec")
            capsys.readouterr()
            exec(code, names)  # noqa: S102 - our own page
            printed = capsys.readouterr().out
            everything += printed
        ran += runs(block)

    assert ran
    if page.name == "README.md":
        assert all(words in everything for words in README_PRINTS)


def run_by_pytest(block: Block) -> None:
    """Run a test file as its reader would, in the current folder."""
    Path(block.title).write_text(block.code, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", block.title]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own page
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_code_escapes() -> None:
    """Every line that opens or closes a fence belongs to a block that was found."""
    for page in PAGES:
        text = page.read_text("utf-8")
        fences = sum(line.lstrip().startswith("```") for line in text.splitlines())

        assert fences == 2 * len([*blocks_of(page)]), page


def test_examples_import_public_names_only() -> None:
    """Each name is in the `__all__` of a public module; notebooks and the demo keep to it too."""
    private = [
        f"{place}: {module}.{name}"
        for place, code in [*codes_of_pages(), *codes_of_programs()]
        for module, name in imported(code)
        if "pollinations" in module
        if module.startswith("_") or name not in importlib.import_module(module).__all__
    ]

    assert private == []


def codes_of_pages() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        yield from ((page.name, block.code) for block in blocks_of(page) if runs(block))


def codes_of_programs() -> Iterator[tuple[str, str]]:
    """The programs beside the pages."""
    for path in (ROOT / "examples").glob("*.py"):
        yield path.name, path.read_text("utf-8")
    for path in (ROOT / "notebooks").rglob("*.ipynb"):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        for lines in (cell["source"] for cell in cells if cell["cell_type"] == "code"):
            yield path.name, "".join(line for line in lines if not line.startswith("%"))


def imported(code: str) -> Iterator[tuple[str, str]]:
    """The modules and names of `from ... import ...`."""
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for node in ast.walk(compile(code, "code", "exec", flags)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def test_both_frameworks_are_shown() -> None:
    """A page that has a tab of one framework has a tab of the other."""
    for page in PAGES:
        tabs = {block.tab for block in blocks_of(page)} & set(READERS)

        assert tabs in (set(), set(READERS)), page
