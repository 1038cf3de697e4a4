"""Look at the built site as a reader does: every page at 360 and 1280 pixels, in headless Chromium.

    make docs && .venv/bin/python docs/look.py --out /tmp/look

It saves a picture of each page at each width, and reports pages that are wider than a narrow
viewport, with what makes them so, requests to any other host, and whether search works from disk.
Chromium must be in the PATH; CI does not run this.
"""

import argparse
import base64
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

WIDTHS = (360, 1280)
TALLEST = 12_000  # pixels of a picture; more is cut off
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--remote-debugging-port=0 about:blank"
)
WIDER = """(() => {
    const wide = [...document.querySelectorAll("main *")].filter(one => {
        if (one.getBoundingClientRect().right <= innerWidth + 1) return false;
        for (let box = one.parentElement; box; box = box.parentElement)
            if (["auto", "scroll", "hidden"].includes(getComputedStyle(box).overflowX)
                && box.getBoundingClientRect().right <= innerWidth + 1) return false;
        return true;
    }).map(one => one.tagName + " " + one.textContent.trim().slice(0, 60));
    return [document.documentElement.scrollWidth, innerWidth,
            document.documentElement.scrollHeight, wide.slice(0, 3)];
})()"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass(slots=True)
class Tab:
    """One page of the browser, spoken to over its debugging socket."""

    socket: ClientConnection
    number: int = 0
    asked: list[str] = field(default_factory=list)

    def do(self, method: str, **given: object) -> dict[str, Any]:
        """Give an order and wait for its result."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": given}))
        while (told := self.heard()).get("id") != self.number:
            pass
        return told.get("result", {})

    def wait(self, event: str) -> None:
        """Wait for an event."""
        while self.heard().get("method") != event:
            pass

    def heard(self) -> dict[str, Any]:
        """The next thing that the browser says; what it asks for is written down."""
        told: dict[str, Any] = json.loads(self.socket.recv(timeout=30))
        if told.get("method") == "Network.requestWillBeSent":
            self.asked.append(told["params"]["request"]["url"])
        return told


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The site on the loopback device."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


@contextmanager
def browser() -> Iterator[Tab]:
    """A browser with an empty profile, and its only tab."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or "google-chrome"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(  # noqa: S603 - a browser from the PATH
            [program, f"--user-data-dir={profile}", *FLAGS.split()], stderr=subprocess.DEVNULL
        )
        try:
            told = Path(profile) / "DevToolsActivePort"
            while not (told.exists() and len(told.read_text().split()) > 1):
                time.sleep(0.1)
            port, path = told.read_text().split()
            with connect(f"ws://127.0.0.1:{port}{path}", max_size=None) as control:
                main = Tab(control)
                target = main.do("Target.getTargets")["targetInfos"][0]["targetId"]
                page = f"ws://127.0.0.1:{port}/devtools/page/{target}"
                with connect(page, max_size=None) as socket:
                    yield Tab(socket)
        finally:
            process.terminate()
            process.wait()


def look(tab: Tab, address: str, width: int, picture: Path) -> list[str]:
    """Take a picture of a page and say what is wrong with it."""
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    tab.do("Emulation.setDeviceMetricsOverride", **size)
    tab.do("Page.navigate", url=address)
    tab.wait("Page.loadEventFired")
    time.sleep(0.3)  # the theme's script measures tabs after the load
    found = tab.do("Runtime.evaluate", expression=WIDER, returnByValue=True)
    wide, inner, height, guilty = found["result"]["value"]
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST), "scale": 1}
    shot = tab.do("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
    picture.write_bytes(base64.b64decode(shot["data"]))
    return [f"{wide} pixels wide in {inner}: {guilty}"] if wide > inner or guilty else []


def found_from_disk(tab: Tab, site: Path) -> int:
    """How many pages the search finds for a common word, without a server."""
    tab.do("Page.navigate", url=f"{(site / 'index.html').resolve().as_uri()}?q=stream")
    tab.wait("Page.loadEventFired")
    time.sleep(2)  # the index is read first
    count = "document.querySelectorAll('.md-search-result__item').length"
    result = tab.do("Runtime.evaluate", expression=count, returnByValue=True)
    return int(result["result"]["value"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at every page; 1 if something is wrong."""
    parser = argparse.ArgumentParser(description="Take pictures of every page of the built site.")
    parser.add_argument("--site", type=Path, default=Path("site"))
    parser.add_argument("--out", type=Path, required=True, help="where the pictures go")
    parser.add_argument("pages", nargs="*", help="only pages with one of these in their path")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    wrong = 0
    with served(options.site) as home, browser() as tab:
        for domain in ("Page", "Network", "Runtime"):
            tab.do(f"{domain}.enable")
        for path in sorted(options.site.rglob("*.html")):
            page = path.relative_to(options.site).as_posix()
            if options.pages and not any(name in page for name in options.pages):
                continue
            for width in WIDTHS:
                picture = (
                    options.out / f"{page.removesuffix('.html').replace('/', '-')}-{width}.png"
                )
                for fault in look(tab, f"{home}/{page}", width, picture):
                    wrong += 1
                    print(f"{page} at {width}: {fault}")
        found = found_from_disk(tab, options.site)
        elsewhere = {url for url in tab.asked if not url.startswith((home, "data:", "file:"))}
    print(f"{len(tab.asked)} requests, elsewhere: {sorted(elsewhere) or 'none'}; {wrong} too wide")
    print(f"the search finds {found} pages from disk")
    return int(bool(wrong or elsewhere or not found))


if __name__ == "__main__":
    sys.exit(main())
