"""What a user gets: the wheel and the source archive, built twice."""

import configparser
import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NAME = f"pollinations_adapters-{PROJECT['version']}"
TYPED = ("_pollinations", "langchain_pollinations", "llama_index_pollinations")
TOP = {*TYPED, "llama_index", "pollinations_sandbox", f"{NAME}.dist-info"}
MOMENT = "1767225600"


def build(tree: Path) -> tuple[Path, Path]:
    """Build the wheel and the source archive of a tree, without an index or a network."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", "made"],
        cwd=tree,
        check=True,
        capture_output=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": MOMENT},
    )
    return tree / "made" / f"{NAME}-py3-none-any.whl", tree / "made" / f"{NAME}.tar.gz"


def copied(folder: Path) -> Path:
    """The tree as it is tracked, and what a working folder also has."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - found in PATH
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    strays = ("notebooks/a.ipynb", "tests/b.py", ".venv/c.py", "_pollinations/__pycache__/d.pyc")
    for stray in strays:
        (folder / stray).parent.mkdir(parents=True, exist_ok=True)
        (folder / stray).write_text("")
    return folder


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("here"))


@pytest.fixture(scope="module")
def archives(tree: Path) -> tuple[Path, Path]:
    return build(tree)


@pytest.fixture
def names(archives: tuple[Path, Path]) -> list[str]:
    """The files of the wheel."""
    with zipfile.ZipFile(archives[0]) as wheel:
        return wheel.namelist()


def read(wheel: Path, name: str) -> str:
    with zipfile.ZipFile(wheel) as opened:
        return opened.read(f"{NAME}.dist-info/{name}").decode()


@pytest.fixture
def metadata(archives: tuple[Path, Path]) -> Message:
    return email.message_from_string(read(archives[0], "METADATA"))


def test_the_wheel_holds_the_packages_and_nothing_else(names: list[str]) -> None:
    """No tests, notebooks, docs, benchmarks or caches are installed."""
    assert {name.partition("/")[0] for name in names} == TOP
    assert {Path(name).suffix for name in names if ".dist-info/" not in name} <= {
        ".py",
        ".typed",
        *(".json", ".txt", ".aac", ".flac", ".mp3", ".mp4", ".opus"),
    }
    parts = {part for name in names for part in Path(name).parts}
    assert [
        part for part in parts if part in {"tests", "__pycache__"} or part.startswith("test_")
    ] == []


def test_every_source_file_is_in_the_wheel(names: list[str]) -> None:
    """No file of a package is missing."""
    sources = {
        str(path.relative_to(ROOT))
        for package in (*TYPED, "llama_index", "pollinations_sandbox")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert sources == {name for name in names if ".dist-info/" not in name}


def test_the_source_archive_is_enough_to_build_and_no_more(
    archives: tuple[Path, Path], names: list[str]
) -> None:
    """It holds what the wheel does, the project file, README, CHANGELOG and LICENSE."""
    with tarfile.open(archives[1]) as archive:
        inside = {name.removeprefix(f"{NAME}/") for name in archive.getnames()}
    extra = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "PKG-INFO", ".gitignore"}
    extra.add(".ci/readme.py")  # makes README of the metadata

    assert inside - {name for name in names if ".dist-info/" not in name} == extra


def test_types_come_along(names: list[str]) -> None:
    """Each package has its marker for type checkers."""
    for package in (*TYPED, "pollinations_sandbox"):
        assert f"{package}/py.typed" in names


def test_the_namespaces_of_llama_index_stay_open(names: list[str]) -> None:
    """No `__init__.py` in `llama_index` or `llama_index.llms` hides the framework's."""
    inside = [name for name in names if name.startswith("llama_index/")]

    assert sorted(inside) == [
        f"llama_index/{kind}/pollinations/__init__.py" for kind in ("embeddings", "llms", "tools")
    ]


def test_the_metadata_is_the_project_files(metadata: Message) -> None:
    """Name, version, Python, licence, extras, requirements and README are the same."""
    extras = PROJECT["optional-dependencies"]

    assert metadata["Name"] == PROJECT["name"]
    assert metadata["Version"] == PROJECT["version"]
    assert metadata["Requires-Python"] == PROJECT["requires-python"]
    assert metadata["License-Expression"] == "MIT"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert set(metadata.get_all("Provides-Extra", [])) == set(extras)
    needed = {Requirement(text) for text in metadata.get_all("Requires-Dist", [])}
    assert {need for need in needed if not need.marker} == set(
        map(Requirement, PROJECT["dependencies"])
    )
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])


def test_readme_works_where_only_the_metadata_is_shown(metadata: Message) -> None:
    """It is README, with the text of each link and image into the repository in its place."""
    shown = str(metadata.get_payload())
    readme = (ROOT / "README.md").read_text("utf-8")
    link = re.compile(r"!?\[([^\]]*)\]\(([^)]*)\)")
    outside = [url for _, url in link.findall(readme) if url.startswith("https://")]

    assert [url for _, url in link.findall(shown)] == outside
    assert link.sub(r"\1", shown) == link.sub(r"\1", readme)


def test_the_licence_comes_along(archives: tuple[Path, Path]) -> None:
    """Its text is in the wheel."""
    assert read(archives[0], "licenses/LICENSE") == (ROOT / "LICENSE").read_text("utf-8")


def test_commands_and_plugins_are_entered(archives: tuple[Path, Path]) -> None:
    """Each entry point names something that is there."""
    entered = configparser.ConfigParser(delimiters=("=",))
    entered.read_string(read(archives[0], "entry_points.txt"))

    assert dict(entered["console_scripts"]) == PROJECT["scripts"]
    assert dict(entered["pytest11"]) == PROJECT["entry-points"]["pytest11"]
    for module in (value.partition(":")[0] for part in entered.values() for value in part.values()):
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file()


def test_two_builds_are_the_same_to_the_byte(archives: tuple[Path, Path], tmp_path: Path) -> None:
    """Another folder, other times and other rights of files make no difference."""
    other = copied(tmp_path / "a folder somewhere else")
    for path in other.rglob("*.py"):
        os.utime(path, (0, 0))
        path.chmod(0o600)
    for one, two in zip(archives, build(other), strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_the_source_archive_builds_the_same_wheel(
    archives: tuple[Path, Path], tmp_path: Path
) -> None:
    """A build from the source archive gives the same wheel."""
    with tarfile.open(archives[1]) as archive:
        archive.extractall(tmp_path, filter="data")
    wheel, _ = build(tmp_path / NAME)

    assert wheel.read_bytes() == archives[0].read_bytes()
