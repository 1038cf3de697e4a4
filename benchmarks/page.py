"""What a run of the benchmarks leaves for readers: a page's tables and its picture."""

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter

MARK = "<!-- What follows is written by `make bench`. -->"
VERSIONS = (
    "httpx",
    "aiohttp",
    "urllib3",
    "langchain-core",
    "langchain-openai",
    "llama-index-core",
    "llama-index-llms-openai-like",
)
COLOURS = ("#0b7a75", "#19a59d", "#c9c9c9", "#a8a8a8", "#8c8c8c")

Bars = Mapping[str, Mapping[str, float]]


def write_tables(page: Path, lines: Sequence[str], rounds: int) -> None:
    """Put tables behind the mark of a page.

    Args:
        page: The page; what stands before the mark stays.
        lines: Markdown.
        rounds: How many rounds were measured.
    """
    words, _, _ = page.read_text("utf-8").partition(MARK)
    day = datetime.now(UTC).strftime("%d %B %Y")
    said = (
        f"Measured on {day}: {rounds} interleaved rounds, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in VERSIONS)
        + ", langchain-pollinations 0.3.0b3."
    )
    page.write_text("\n".join([words.rstrip(), "", MARK, "", said, *lines, ""]), "utf-8")


def draw(picture: Path, bars: Bars) -> None:
    """Draw how many times a bare httpx loop each package takes.

    Args:
        picture: An SVG file.
        bars: Of each case, the multiple of each package.
    """
    names = list(dict.fromkeys(name for found in bars.values() for name in found))
    with mpl.rc_context({"svg.hashsalt": "speed", "font.family": "DejaVu Sans", "font.size": 9}):
        figure, axes = plt.subplots(len(bars), 1, figsize=(5, 5.5), sharey=True)
        for axis, (case, found) in zip(axes, bars.items(), strict=True):
            values = [found.get(name, 0.0) for name in names]
            drawn = axis.barh(names, values, color=COLOURS, height=0.7)
            axis.bar_label(drawn, [f"{value:.2g}" for value in values], padding=3)
            axis.axvline(1, color="#444444", linewidth=0.8, linestyle=":")
            axis.set_title(case, fontsize=9)
            axis.set_xscale("log")
            axis.set_xlim(0.1, max(values) * 3)
            axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} x"))
            axis.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
            axis.spines[["top", "right"]].set_visible(False)
        axes[0].invert_yaxis()
        figure.suptitle("Times a bare httpx loop (less is faster)", fontsize=10)
        figure.tight_layout()
        figure.savefig(picture, metadata={"Date": None}, facecolor="white")
        plt.close(figure)
