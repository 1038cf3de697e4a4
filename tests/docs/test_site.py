"""The site builds without a network, and its pages load nothing from other hosts."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
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
# What a browser fetches by itself; a link waits to be clicked, and an address may be canonical.
FETCHED = {
    ("script", "src"),
    ("img", "src"),
    ("img", "srcset"),
    ("source", "src"),
    ("source", "srcset"),
    ("video", "src"),
    ("audio", "src"),
    ("iframe", "src"),
    ("embed", "src"),
    ("object", "data"),
    ("form", "action"),
}
FETCHED_LINKS = frozenset(
    [
        "dns-prefetch",
        "icon",
        "manifest",
        "modulepreload",
        "preconnect",
        "prefetch",
        "preload",
        "stylesheet",
    ]
)
# Addresses in the theme's script, and what a page would need to make it ask there.
ASKED_BY_SCRIPT = {
    "unpkg.com": re.compile(r'class="[^"]*mermaid'),  # and browsers without ResizeObserver, of 2019
    "api.github.com": re.compile(r'data-md-component="source"'),
    "${e}": re.compile(r'data-md-component="source"'),  # a GitLab
    "cdnjs.cloudflare.com": re.compile(r'class="[^"]*jp-Mermaid'),  # diagrams of notebooks
}
NAMESPACES = {"www.w3.org"}
ADDRESS = re.compile(r"[\"'`](https?://[^\"'`]+)")

pytestmark = pytest.mark.timeout(300)  # a build, on a busy machine


class Fetched(HTMLParser):
    """Collects what a page makes its browser fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        for name, value in attributes.items():
            if (tag, name) in FETCHED:
                self.found.append(value)
            if name == "style":
                self.found += urls_of(value)
        if tag == "link" and FETCHED_LINKS & set(attributes.get("rel", "").split()):
            self.found.append(attributes.get("href", ""))


def urls_of(style: str) -> list[str]:
    """What a style sheet fetches."""
    return re.findall(r"url\(\s*[\"']?([^)\"']+)", style) + re.findall(
        r"@import\s+[\"']([^\"']+)", style
    )


def elsewhere(address: str) -> bool:
    return bool(urlsplit(address).netloc)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built with proxies that lead nowhere."""
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


def test_every_page_is_built(site: Path) -> None:
    """Each page of docs/ is a page of the site; the build is strict, so that nothing dangles."""
    pages = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    pages = {page for page in pages if "data" not in page.parts}
    pages |= {path.relative_to(ROOT) for path in (ROOT / "notebooks").rglob("*.ipynb")}

    assert len(pages) > 20
    for page in pages:
        assert (site / page).with_suffix(".html").is_file(), page


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """No page or style sheet makes a browser ask another host."""
    pages = [*site.rglob("*.html")]
    sheets = [*site.rglob("*.css")]
    urls = [url for path in pages for url in Fetched(path.read_text("utf-8")).found]
    urls += [url for path in sheets for url in urls_of(path.read_text("utf-8"))]

    assert len(urls) > len(pages)
    assert [url for url in urls if elsewhere(url)] == []


def test_scripts_have_no_cause_to_ask_elsewhere(site: Path) -> None:
    """The theme's script can fetch diagrams and stars; no page has anything that makes it."""
    index = site / "search" / "search_index.js"  # text of the pages, no program
    paths = [path for path in site.rglob("*.js") if path != index]
    scripts = "".join(path.read_text("utf-8") for path in paths)
    pages = "".join(path.read_text("utf-8") for path in site.rglob("*.html"))
    inline = "".join(re.findall(r"<script[^>]*>(.*?)</script>", pages, re.DOTALL))

    hosts = {urlsplit(url).netloc for url in ADDRESS.findall(scripts + inline)}
    assert "unpkg.com" in hosts
    assert hosts - NAMESPACES <= set(ASKED_BY_SCRIPT)
    for host, cause in ASKED_BY_SCRIPT.items():
        assert not cause.search(pages), host


def test_search_needs_no_server(site: Path) -> None:
    """The index is a script too, and every page has the frame that stands in for a worker."""
    assert (site / "search" / "search_index.js").read_text("utf-8").startswith("var __index = {")
    for path in site.rglob("*.html"):
        assert "assets/iframe-worker.js" in path.read_text("utf-8"), path


def test_pictures_have_alternative_texts_and_checks_are_folded(site: Path) -> None:
    """On every page; those in the outputs of notebooks too."""
    for path in site.rglob("*.html"):
        page = path.read_text("utf-8")
        images = re.findall(r"<img [^>]*>", page)
        assert [image for image in images if not re.search(r'alt="\w', image)] == [], path
        assert "No description has been provided" not in page, path
        assert page.count("Show the checks") == ("notebooks" in path.parts), path


def test_options_are_a_table(site: Path) -> None:
    """With the type, the default and the description of each; nothing of how it is declared."""
    for name in ("langchain", "llama-index"):
        page = (site / "reference" / f"{name}.html").read_text("utf-8")
        assert "temperature" in page
        assert "<!-- options of" not in page
        assert "exclude=" not in page
        assert "default_factory" not in page


def test_a_page_that_asks_elsewhere_would_be_found() -> None:
    """The search finds scripts, pictures, style sheets and what they import, but no links."""
    page = (
        '<a href="https://a.example"></a><link rel="canonical" href="https://b.example">'
        '<link rel="stylesheet" href="https://c.example/c.css"><img src="//d.example/d.png">'
        '<p style="background: url(https://e.example)"><script src="f.js"></script>'
    )

    found = [url for url in Fetched(page).found if elsewhere(url)]

    assert found == ["https://c.example/c.css", "//d.example/d.png", "https://e.example"]
    assert urls_of("@import 'https://g.example/g.css';") == ["https://g.example/g.css"]


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
    shown = set(
        re.findall(
            rf"^::: {re.escape(prefix)}\.(\w+)$", (REFERENCE / page).read_text(), re.MULTILINE
        )
    )

    assert shown == {name for name in names if not name.endswith("Error")}
