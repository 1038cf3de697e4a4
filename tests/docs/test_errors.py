"""The table of errors, compared with the errors."""

import re
from pathlib import Path

import langchain_core.exceptions as theirs
import pytest

import langchain_pollinations
import llama_index_pollinations
from _pollinations.http import errors
from _pollinations.http.error_reader import error_from
from langchain_pollinations.errors import as_langchain_errors

PAGE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text("utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    """The cells of the table below a heading, by the first one."""
    lines = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0].splitlines()
    cells = [
        [cell.strip().strip("`") for cell in line.strip("| ").split(" | ")]
        for line in lines
        if line.startswith("| `")
    ]
    return {name: rest for name, *rest in cells}


MEANINGS = rows("What they mean")
ROWS = rows("When they come")


def errors_of(module: object) -> set[str]:
    """The names of a module's public errors; `PollinationsError` is the sum of the table."""
    kinds = (getattr(module, name) for name in getattr(module, "__all__", dir(module)))
    return {
        kind.__name__
        for kind in kinds
        if isinstance(kind, type) and issubclass(kind, errors.PollinationsError)
    } - {"PollinationsError"}


def kind_of(name: str) -> type[errors.PollinationsError]:
    home = langchain_pollinations if hasattr(langchain_pollinations, name) else None
    found: type[errors.PollinationsError] = getattr(home or llama_index_pollinations, name)
    return found


def test_every_public_error_has_its_row() -> None:
    """Both tables name what the core and both adapters export, and nothing else."""
    adapters = errors_of(langchain_pollinations) | errors_of(llama_index_pollinations)

    assert len(ROWS) > 10
    assert set(ROWS) == set(MEANINGS) == adapters
    assert errors_of(errors) <= set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_tells_what_is_retried(name: str) -> None:
    """The column says what the class says."""
    assert ROWS[name][1] == ("yes" if kind_of(name).default_retryable else "no")


@pytest.mark.parametrize("name", ROWS)
def test_a_row_names_the_parent_in_langchain(name: str) -> None:
    """The parent is LangChain's first class among the ancestors of what its objects raise."""
    if ROWS[name][2] == "only in LlamaIndex":
        assert not hasattr(langchain_pollinations, name)
        return
    with pytest.raises(errors.PollinationsError) as caught, as_langchain_errors():
        raise kind_of(name)("No.")
    ancestors = type(caught.value).__mro__
    family = [kind.__name__ for kind in ancestors if kind.__module__ == theirs.__name__]

    if name == "ContextOverflowError":
        assert ROWS[name][2] in family
    else:
        assert ROWS[name][2] == family[0]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        (name, int(status))
        for name, (statuses, *_) in ROWS.items()
        for status in re.findall(r"[45]\d\d", statuses)
        if "by its" not in statuses
    ],
)
def test_a_row_tells_which_status_it_is(name: str, status: int) -> None:
    """An answer with one of the row's statuses becomes the row's error."""
    error = error_from(status, {}, b"")

    assert type(error).__name__ == name
    assert error.retryable == (ROWS[name][1] == "yes")


def test_what_an_error_holds_is_told() -> None:
    """The second table names every fact of an error."""
    fields = set(re.findall(r"`(\w+)`", PAGE.partition("## What an error holds")[2]))
    error = errors.PollinationsError("")

    assert {"message", *error.facts} <= fields
