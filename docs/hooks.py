"""Hooks of MkDocs: tables of a class's options, and described pictures in notebooks."""

import inspect
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from pydoc import locate
from typing import Union, cast, get_args, get_origin

import nbformat
from bs4 import BeautifulSoup
from mkdocs.structure.pages import Page
from pydantic import BaseModel
from pydantic.fields import FieldInfo

_OPTIONS = re.compile(r"^<!-- options of (\S+) -->$", re.MULTILINE)
_PACKAGE = re.compile(r"\b(?:\w+\.)+(?=\w)")
_EMPTY = {dict: "{}", list: "[]"}


def on_page_markdown(markdown: str, **_: object) -> str:
    """Put a table in the place of each `<!-- options of package.Class -->`."""
    return _OPTIONS.sub(lambda found: "\n".join(_table(found[1])), markdown)


def on_page_content(html: str, *, page: Page, **_: object) -> str:
    """Describe the pictures of a notebook, and fold its checks."""
    if not page.file.src_uri.endswith(".ipynb"):
        return html
    soup = BeautifulSoup(html, "html.parser")
    images = soup.select(".jp-OutputArea-output img")
    for image, text in zip(images, _alternative_texts(Path(page.file.abs_src_path)), strict=True):
        image["alt"] = text
    checks = soup.select_one(".celltag_checks")
    details, summary = soup.new_tag("details"), soup.new_tag("summary")
    summary.string = "Show the checks"
    checks.wrap(details)
    details.insert(0, summary)
    return str(soup)


def _table(path: str) -> Iterator[str]:
    """The options of a pydantic class, those of this package with a description."""
    kind = cast("type[BaseModel]", locate(path))
    names = [name for base in kind.__mro__ for name in inspect.get_annotations(base)]
    fields = {n: kind.model_fields[n] for n in dict.fromkeys(names) if n in kind.model_fields}
    described = {name: field for name, field in fields.items() if field.description}
    yield "| Option | Default | Description |"
    yield "|---|---|---|"
    for name, field in described.items():
        yield f"| `{field.alias or name}`<br>{_type(field)} | {_default(field)} | {_text(field)} |"
    others = ", ".join(f"`{name}`" for name in fields if name not in described)
    if others:
        yield f"\nOptions of the framework's own classes: {others}."


def _type(field: FieldInfo) -> str:
    one_of = get_origin(field.annotation) is Union
    kinds = get_args(field.annotation) if one_of else (field.annotation,)
    name = _PACKAGE.sub("", " | ".join(map(inspect.formatannotation, kinds)))
    return f"<small>{escape(name.replace('NoneType', 'None')).replace('|', '&#124;')}</small>"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default_factory:
        empty = _EMPTY.get(field.default_factory)
        return f"`{empty}`" if empty else "from the environment"
    return f"`{field.default!r}`"


def _text(field: FieldInfo) -> str:
    return " ".join((field.description or "").split()).replace("|", "\\|")


def _alternative_texts(path: Path) -> Iterator[str]:
    """What is known of each picture in the outputs of a notebook, in order."""
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", ()):
            kinds = [kind for kind in output.get("data", ()) if kind.startswith("image/")]
            yield from (output.metadata[kind]["alt"] for kind in kinds)
