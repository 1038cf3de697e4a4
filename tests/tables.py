"""Tables of cases: JSON lines in a folder beside the tests; the first line has the arguments."""

import json
from pathlib import Path

import pytest


def cases(test: str, table: str) -> pytest.MarkDecorator:
    """Parametrize a test by `tables/<table>.jsonl` beside the file `test`."""
    lines = (Path(test).parent / "tables" / f"{table}.jsonl").read_text().splitlines()
    names, *rows = map(json.loads, lines)
    return pytest.mark.parametrize(names, rows)
