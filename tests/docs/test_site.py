"""The site builds without a network, and its pages load nothing from other hosts."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import langchain_pollinations
import llama_index_pollinations
import pollinations_sandbox
from _pollinations import gateway

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
NOWHERE = "http://127.0.0.1:9"
# What a browser fetches by itself; other links wait to be clicked.
FETCHED = re.compile(r'\s(?:src|srcset|data|action)="([^"]*)"')
LINKED = re.compile(r'<link (?![^>]*rel="(?:canonical|prev|next)")[^>]*href="([^"]*)"')
IN_STYLES = re.compile(r"(?:url\(\s*|@import\s+)[\"']?([^)\"']+)")
STYLE = re.compile(r'\sstyle="([^"]*)"')
# What would make the scripts of the theme ask other hosts: diagrams, and stars of a repository.
CAUSES = re.compile(r'class="[^"]*(?:mermaid|jp-Mermaid)|data-md-component="source"')

pytestmark = pytest.mark.timeout(300)  # a build, on a busy machine


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built with proxies that lead nowhere; strictly, so that no link dangles."""
    site = tmp_path_factory.mktemp("site")
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
    done = subprocess.run(  # noqa: S603 - our own site
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)],
        cwd=ROOT,
        env={**os.environ, **proxies, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return site


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, str]:
    """The text of each page, by its path."""
    found = {str(path.relative_to(site)): path.read_text("utf-8") for path in site.rglob("*.html")}
    assert len(found) > 20
    return found


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[str, str]) -> None:
    """No page, style or style sheet makes a browser ask another host."""
    text = "".join(pages.values())
    sheets = [path.read_text("utf-8") for path in site.rglob("*.css")]
    urls = IN_STYLES.findall("".join([*sheets, *STYLE.findall(text)]))
    urls += [*FETCHED.findall(text), *LINKED.findall(text)]

    assert len(urls) > len(pages)
    assert [url for url in urls if urlsplit(url).netloc] == []
    assert [path for path, text in pages.items() if CAUSES.search(text)] == []


def test_search_needs_no_server(site: Path, pages: dict[str, str]) -> None:
    """The index is a script too, and every page has the frame that stands in for a worker."""
    assert (site / "search" / "search_index.js").read_text("utf-8").startswith("var __index = {")
    assert [path for path, text in pages.items() if "assets/iframe-worker.js" not in text] == []


def test_pictures_have_alternative_texts_and_checks_are_folded(pages: dict[str, str]) -> None:
    """On every page; those in the outputs of notebooks too."""
    for path, page in pages.items():
        images = re.findall(r"<img [^>]*>", page)
        assert [image for image in images if not re.search(r'alt="\w', image)] == [], path
        assert "No description has been provided" not in page, path
        assert page.count("Show the checks") == path.startswith("notebooks/"), path


@pytest.mark.parametrize("name", ["langchain", "llama-index"])
def test_options_are_a_table(name: str, pages: dict[str, str]) -> None:
    """With the type, the default and the description of each; nothing of how it is declared."""
    page = pages[f"reference/{name}.html"]

    assert "temperature" in page
    assert not re.search("<!-- options of|exclude=|default_factory", page)


@pytest.mark.parametrize(
    ("page", "prefix", "names"),
    [
        ("langchain.md", "langchain_pollinations", langchain_pollinations.__all__),
        ("llama-index.md", "llama_index_pollinations", llama_index_pollinations.__all__),
        ("gateway.md", "_pollinations.gateway", gateway.__all__),
        ("sandbox.md", "pollinations_sandbox", pollinations_sandbox.__all__),
    ],
)
def test_every_public_name_is_in_the_reference(page: str, prefix: str, names: list[str]) -> None:
    """Whatever can be imported can be looked up; errors have a table of their own."""
    entry = re.compile(rf"^::: {re.escape(prefix)}\.(\w+)$", re.MULTILINE)

    assert set(entry.findall((REFERENCE / page).read_text("utf-8"))) == {
        name for name in names if not name.endswith("Error")
    }
