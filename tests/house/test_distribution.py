"""What a user gets: the wheel and the source archive."""

import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
NAME = f"pollinations_adapters-{VERSION}"
PACKAGES = (
    "_pollinations",
    "langchain_pollinations",
    "llama_index",
    "llama_index_pollinations",
    "pollinations_sandbox",
)
EXTRA = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore")
STRAYS = ("notebooks/a.ipynb", "tests/b.py", ".venv/c.py", "_pollinations/__pycache__/d.pyc")
LINK = re.compile(r"!?\[([^\]]*)\]\(([^)]*)\)")


def build(tree: Path) -> tuple[Path, Path]:
    """Build the wheel and the source archive of a tree, without an index or a network."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", "dist"],
        cwd=tree,
        check=True,
        capture_output=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"},
    )
    return tree / "dist" / f"{NAME}-py3-none-any.whl", tree / "dist" / f"{NAME}.tar.gz"


@pytest.fixture(scope="module")
def sources() -> list[str]:
    """The files that are tracked, or will be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - found in PATH
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [name for name in listed.splitlines() if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def archives(sources: list[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the source archive of those files, and of what a working folder also has."""
    tree = tmp_path_factory.mktemp("tree")
    for name in (*sources, *STRAYS):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).touch()
    for name in sources:
        shutil.copy(ROOT / name, tree / name)
    return build(tree)


def test_the_wheel_holds_the_packages_and_nothing_else(
    archives: tuple[Path, Path], sources: list[str]
) -> None:
    """Every tracked file of a package; no tests, notebooks, docs or caches."""
    with zipfile.ZipFile(archives[0]) as wheel:
        files = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert files == {name for name in sources if name.partition("/")[0] in PACKAGES}


def test_the_source_archive_builds_the_same_wheel(
    archives: tuple[Path, Path], sources: list[str], tmp_path: Path
) -> None:
    """It has the packages, the project file and what is shown, and no more; to the byte."""
    with tarfile.open(archives[1]) as archive:
        archive.extractall(tmp_path, filter="data")
        inside = {name.removeprefix(f"{NAME}/") for name in archive.getnames()}
    wheel, _ = build(tmp_path / NAME)

    packed = {name for name in sources if name.partition("/")[0] in PACKAGES}
    assert inside - packed == {*EXTRA, ".ci/readme.py", "PKG-INFO"}
    assert wheel.read_bytes() == archives[0].read_bytes()


def test_readme_works_where_only_the_metadata_is_shown(archives: tuple[Path, Path]) -> None:
    """It is README, with the text of each link and image into the repository in its place."""
    with zipfile.ZipFile(archives[0]) as wheel:
        metadata = wheel.read(f"{NAME}.dist-info/METADATA").decode()
    shown = str(email.message_from_string(metadata).get_payload())
    readme = (ROOT / "README.md").read_text("utf-8")
    outside = [url for _, url in LINK.findall(readme) if url.startswith("https://")]

    assert [url for _, url in LINK.findall(shown)] == outside
    assert LINK.sub(r"\1", shown) == LINK.sub(r"\1", readme)
